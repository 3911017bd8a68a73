"""Which language the bot speaks with whom."""

from discord import Locale, app_commands

from bot.languages import ENGLISH, LANGUAGES, catalogue, language_for, speak
from bot.ui.service_bot import Interaction

NAME = "name"
"""The context of the names of commands, options and menu entries in the catalogues. Descriptions have none."""

_NAMES = (
    app_commands.TranslationContextLocation.command_name,
    app_commands.TranslationContextLocation.group_name,
    app_commands.TranslationContextLocation.parameter_name,
)


def speak_with(interaction: Interaction) -> None:
    """Speak the language that the person who acts has chosen in Discord, from now on in this task."""
    language = language_for(interaction.locale.value)
    interaction.client.languages.note(interaction.user.id, language)
    speak(language)


class CommandTranslator(app_commands.Translator):
    """Tells Discord what the commands, their options and choices are called in the bot's languages."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The words for a locale of Discord's; None where they are the English ones."""
        language = language_for(locale.value)
        if language == ENGLISH or string.message in LANGUAGES.values():
            return None
        if context.location in _NAMES:
            return catalogue(language).pgettext(NAME, string.message)
        return catalogue(language).gettext(string.message)
