"""/pins: which sentence answers a question, as the editors of a server say."""

import asyncio

from discord import app_commands

from bot.choosing.articles import chosen_article, complete_article
from bot.choosing.components import ChoiceAction, named, number_in, pin_sentence, show_list, take_back
from bot.errors import NotAllowed
from bot.markdown import shortened
from bot.services.catalog import CHOICE_CHARACTERS
from bot.ui.options import CHOICES, Title
from bot.ui.permissions import EditorsCog, check_editor, server_of
from bot.ui.sending import question_in, respond
from bot.ui.service_bot import Interaction
from index import check_question

Sentence = app_commands.Range[str, 1, 4000]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class PinsCog(EditorsCog, name="pins", group_description="Pinned answers of this server."):
    """The pins of one server, for its editors."""

    @app_commands.command()
    @app_commands.describe(
        question="Who asks the same in other words gets the sentence, too.",
        sentence="Its words, or the link below a quote of it.",
        article="The article that it stands in. Titles show while you type.",
    )
    async def add(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, 1000],
        sentence: Sentence,
        article: Title | None = None,
    ) -> None:
        """Say which sentence answers a question."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        asked, article_id = question_in(question), await chosen_article(interaction, article)
        check_question(asked)
        await pin_sentence(interaction, asked, await named(interaction, sentence, article_id))

    @app_commands.command(name="list")
    async def show_list(self, interaction: Interaction) -> None:
        """List the pinned answers, the newest first."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        await show_list(interaction, ChoiceAction.PINS, 0)

    @app_commands.command()
    @app_commands.describe(pin="Its number in the list. Questions show while you type.")
    async def remove(self, interaction: Interaction, pin: Title) -> None:
        """Remove a pinned answer."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        await take_back(interaction, ChoiceAction.UNPIN, number_in(pin))

    @add.autocomplete("article")
    async def _complete_article(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await complete_article(interaction, typed)

    @remove.autocomplete("pin")
    async def _complete_pin(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The questions with pins that have what is typed. Only editors get them."""
        try:
            check_editor(interaction)
        except NotAllowed:
            return []
        pins = await asyncio.to_thread(self._services.choices.pins, server_of(interaction))
        labels = {str(one.kept.number): f"{one.kept.number} · {one.kept.question}" for one in pins}
        return [
            app_commands.Choice(name=shortened(label, CHOICE_CHARACTERS), value=number)
            for number, label in labels.items()
            if typed.casefold() in label.casefold()
        ][:CHOICES]
