"""Asking by command: /ask and the message menu, and giving the answer, which all ways to ask share."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.asking.buttons import AnswerButton
from bot.asking.reply import answer_reply
from bot.errors import Refused
from bot.markdown import md
from bot.services.catalog import Entry
from bot.services.questions import AskedQuestion, GivenAnswer
from bot.storage.answers import AnswerStore
from bot.ui.sending import deliver, failing_alone, layout, question_in
from index import check_question

if TYPE_CHECKING:
    from bot.client import Pullquote

CHOICES = 25
"""How many choices Discord shows at the most."""

Title = app_commands.Range[str, 1, 100]
Date = app_commands.Range[str, 1, 40]
"""What is too long to be one Discord does not even send; it would come back in a message that is too long itself."""


class AskCog(commands.Cog):
    """The commands that ask."""

    def __init__(self, bot: "Pullquote") -> None:
        self._bot = bot
        # discord.py has no decorator for a menu command in a cog.
        self._menu = app_commands.ContextMenu(
            name="Ask about this",
            callback=self._ask_about,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    async def cog_load(self) -> None:
        """Add the message menu."""
        self._bot.tree.add_command(self._menu)

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.describe(
        question="In plain words.",
        article="Ask this article alone.",
        since="Published that day or later, such as 2026-01-31.",
        until="Published that day or before, such as 2026-01-31.",
        private="Show the answer to you alone.",
    )
    async def ask(
        self,
        interaction: discord.Interaction[Any],
        question: str,
        article: Title | None = None,
        since: Date | None = None,
        until: Date | None = None,
        private: bool = False,
    ) -> None:
        """Ask our articles: the answer is quoted from them, word for word."""
        server = interaction.guild_id
        asked = AskedQuestion(question_in(question), interaction.user.id, server, since=since, until=until)
        async with failing_alone(interaction, private=private):
            check_question(asked.question, since=since, until=until)
            if article:
                entry = self._bot.catalog.find(self._bot.questions.libraries.opened(server), article)
                if entry is None:  # or is it new, or chosen before a restart? To look takes time
                    with self._bot.underway.one():
                        await deliver(lambda: interaction.response.defer(ephemeral=private, thinking=True))
                        entry = await self._look_up(server, article)
                asked = replace(asked, article_id=entry.id)
            await self._answer(interaction, asked, private=private)

    @ask.autocomplete("article")
    async def _complete_article(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Titles that hold what is typed, from memory; what has changed meanwhile is there at the next letter."""
        server = interaction.guild_id
        self._bot.refresh_catalog_soon(server)
        found = self._bot.catalog.matching(self._bot.questions.libraries.opened(server), typed, CHOICES)
        return [app_commands.Choice(name=entry.label, value=entry.key) for entry in found]

    async def _ask_about(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Ask what a message says, whoever wrote it; the answer is for the one who asks."""
        question = question_in(message.content)
        if not question:
            raise Refused(md("That message holds no words to ask about; to follow up an answer, reply to it."))
        asked = AskedQuestion(question, interaction.user.id, interaction.guild_id)
        await self._answer(interaction, asked, private=True)

    async def _look_up(self, server: int | None, chosen: str) -> Entry:
        """The entry of an article that is not known yet. Raises Refused where there is none."""
        await self._bot.refresh_catalog(server)
        entry = self._bot.catalog.find(self._bot.questions.libraries.opened(server), chosen)
        if entry is None:
            raise Refused(md("There is no article “{}”; choose one of the titles that show while you type.", chosen))
        return entry

    async def _answer(self, interaction: discord.Interaction[Any], asked: AskedQuestion, *, private: bool) -> None:
        records = self._bot.questions.records
        with self._bot.admitted(asked.person):
            if not interaction.response.is_done():
                await deliver(lambda: interaction.response.defer(ephemeral=private, thinking=True))
            if isinstance(thread := interaction.channel, discord.Thread):
                asked = replace(asked, follows=await asyncio.to_thread(records.latest_in_thread, thread.id))
            given = await self._bot.questions.answer(asked)
            send = interaction.edit_original_response
            await give(given, records, send, repeat_question=True, private=private)


async def give(
    given: GivenAnswer,
    records: AnswerStore,
    send: Callable[..., Awaitable[discord.Message]],
    *,
    repeat_question: bool = False,
    private: bool = False,
) -> None:
    """Send an answer with its buttons, and write down which message it became; forget it where it cannot be sent.

    One that only its asker sees is nothing that others could follow up, nor may a bot edit it later, so its message is
    not written down. The channel of a direct message, which stands for a person, is sealed.
    """
    answer_id = given.record.id
    reply = answer_reply(given.answer, repeat_question=repeat_question)
    view = layout(reply, *(AnswerButton(action, answer_id) for action in reply.actions))
    try:
        message = await deliver(partial(send, view=view))
    except BaseException:
        await asyncio.to_thread(records.forget, answer_id)
        raise
    if not private:
        direct = given.record.server is None
        await asyncio.to_thread(records.place, answer_id, message.channel.id, message.id, direct=direct)
