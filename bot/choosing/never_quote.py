"""/never-quote: which sentences are never quoted, as the editors of a server say."""

import asyncio

from discord import app_commands

from bot.choosing.articles import chosen_article, complete_article
from bot.choosing.components import ChoiceAction, ban_sentence, named, number_in, show_list, take_back
from bot.errors import NotAllowed
from bot.markdown import plain, shortened
from bot.services.catalog import CHOICE_CHARACTERS
from bot.ui.options import CHOICES, Title
from bot.ui.permissions import EditorsCog, check_editor, server_of
from bot.ui.sending import respond
from bot.ui.service_bot import Interaction

Sentence = app_commands.Range[str, 1, 4000]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class NeverQuoteCog(EditorsCog, name="never-quote", group_description="Sentences that are never quoted here."):
    """The sentences that one server never wants quoted, for its editors."""

    @app_commands.command()
    @app_commands.describe(
        sentence="Its words, or the link below a quote of it.",
        article="The article that it stands in. Titles show while you type.",
    )
    async def add(self, interaction: Interaction, sentence: Sentence, article: Title | None = None) -> None:
        """Say which sentence is never to be quoted."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        article_id = await chosen_article(interaction, article)
        await ban_sentence(interaction, await named(interaction, sentence, article_id))

    @app_commands.command(name="list")
    async def show_list(self, interaction: Interaction) -> None:
        """List the sentences that are never quoted, the newest first."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        await show_list(interaction, ChoiceAction.BANS, 0)

    @app_commands.command()
    @app_commands.describe(sentence="Its number in the list. Sentences show while you type.")
    async def remove(self, interaction: Interaction, sentence: Title) -> None:
        """Let a sentence be quoted again."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        await take_back(interaction, ChoiceAction.UNBAN, number_in(sentence))

    @add.autocomplete("article")
    async def _complete_article(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await complete_article(interaction, typed)

    @remove.autocomplete("sentence")
    async def _complete_sentence(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The sentences that have what is typed. Only editors get them."""
        try:
            check_editor(interaction)
        except NotAllowed:
            return []
        bans = await asyncio.to_thread(self._services.choices.bans, server_of(interaction))
        labels = {
            str(one.kept.number): f"{one.kept.number} · {plain(one.quote.text) if one.quote else '–'}" for one in bans
        }
        return [
            app_commands.Choice(name=shortened(label, CHOICE_CHARACTERS), value=number)
            for number, label in labels.items()
            if typed.casefold() in label.casefold()
        ][:CHOICES]
