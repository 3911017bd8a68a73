"""The bot as its features see it: it holds the services, and knows no feature."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.languages import ENGLISH, LANGUAGES, language_for
from bot.markdown import Markdown
from bot.services.identifying import turns_of
from bot.services.opened import Services
from bot.services.questions import GivenAnswer
from bot.ui.shards_in_turn import BotInTurn


class Heard:
    """Recognizes what Discord sends again, as it may after a connection was lost, by the ids of the last `most`."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._ids: dict[int, None] = {}

    def is_new(self, snowflake: int) -> bool:
        """Whether a message or an interaction is heard for the first time."""
        if snowflake in self._ids:
            return False
        self._ids[snowflake] = None
        if len(self._ids) > self._most:
            del self._ids[next(iter(self._ids))]
        return True


class PersonsLanguages:
    """The languages in which the last `most` persons used the bot. They are in memory alone."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._languages: dict[int, str] = {}

    def note(self, person: int, language: str) -> None:
        """Note the language of somebody's interaction."""
        self._languages.pop(person, None)
        self._languages[person] = language
        if len(self._languages) > self._most:
            del self._languages[next(iter(self._languages))]

    def of(self, person: int) -> str:
        """The language of a person's last interaction; English of one who had none."""
        return self._languages.get(person, ENGLISH)


class ServiceBot(BotInTurn):
    """A bot that holds the services, the ids of its commands, and what its buttons do."""

    def __init__(self, services: Services, **options: Any) -> None:  # noqa: ANN401 - discord.py's own
        super().__init__(turns_of(services.settings), **options)
        self.services = services
        self.is_warm = False
        """Whether the model is loaded."""
        self.heard = Heard()
        self.languages = PersonsLanguages()
        self.command_ids: dict[str, int] = {}
        """The ids of the commands by name, as Discord knows them."""
        self.button_handlers: dict[str, ButtonHandler] = {}
        """What the buttons of the desk do, by their actions. The cogs that show them put it here."""
        self.told_view: ToldView
        """Shows an answer that somebody waited for. The cog of `/ask` puts it here."""

    def language_of(self, server: int | None) -> str:
        """The language of messages in a server: the one that its admins chose, or else its usual one."""
        chosen = self.services.server_settings.of(server).language
        return chosen if chosen in LANGUAGES else self.usual_language_of(server)

    def usual_language_of(self, server: int | None) -> str:
        """The language that a server has in Discord; English of none, and where the bot does not speak it."""
        guild = self.get_guild(server) if server is not None else None
        return language_for(guild.preferred_locale.value) if guild else ENGLISH


Interaction = discord.Interaction[ServiceBot]
"""A command, button or form that somebody used, in this bot."""

ButtonHandler = Callable[[Interaction, str], Awaitable[None]]
"""Does what a button says, given the button's argument."""

ToldView = Callable[[GivenAnswer, Markdown], ui.LayoutView]
"""Makes the message of an answer, with a text on top of it."""
