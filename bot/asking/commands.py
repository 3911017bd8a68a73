"""Asking by command: /ask, and the message menu."""

import asyncio
from dataclasses import replace
from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.asking.admission import Admission
from bot.asking.courtesy import friendly_line
from bot.asking.deleting import delete_answers_to
from bot.asking.delivery import give, told_view
from bot.asking.withdrawn import WithdrawnQuestions
from bot.errors import Refused
from bot.markdown import md
from bot.services.catalog import Entry, find
from bot.services.questions import AskedQuestion, Way
from bot.ui.menu import message_menu
from bot.ui.options import Date, Title, titles
from bot.ui.sending import failing_alone, has_response, question_in, respond, tell
from bot.ui.service_bot import Interaction, ServiceBot
from bot.ui.whereabouts import is_elsewhere, server_of_library
from index import check_question, talk_in


class AskCog(commands.Cog):
    """The commands that ask."""

    def __init__(self, bot: ServiceBot, admission: Admission, withdrawn: WithdrawnQuestions) -> None:
        self._bot = bot
        self._services = bot.services
        self._admission = admission
        self._withdrawn = withdrawn
        self._menu = message_menu("Ask about this", self._ask_about, everywhere=True)
        bot.told_view = told_view

    async def cog_load(self) -> None:
        """Add the message menu."""
        self._bot.tree.add_command(self._menu)

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(
        question="In plain words.",
        article="Ask this article alone.",
        since="Published that day or later, such as 2026-01-31.",
        until="Published that day or before, such as 2026-01-31.",
        private="Show the answer to you alone.",
    )
    async def ask(
        self,
        interaction: Interaction,
        question: str,
        article: Title | None = None,
        since: Date | None = None,
        until: Date | None = None,
        private: bool | None = None,
    ) -> None:
        """Ask our articles: the answer is quoted from them, word for word."""
        server = server_of_library(interaction)
        private = is_elsewhere(interaction) if private is None else private
        asked = AskedQuestion(question_in(question), interaction.user.id, server, Way.COMMAND, since=since, until=until)
        if talk := talk_in(asked.question):
            await tell(interaction, await friendly_line(talk, self._services, server))
            return
        async with failing_alone(interaction, private=private):
            check_question(asked.question, since=since, until=until)
            if article:
                with self._services.shutdown.one():
                    await respond(interaction, lambda: interaction.response.defer(ephemeral=private, thinking=True))
                    entry = await self._look_up(server, article)
                asked = replace(asked, article_id=entry.id)
            await self._answer(interaction, asked, private=private)

    @ask.autocomplete("article")
    async def _complete_article(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Titles that have what is typed."""
        return await titles(lambda: self._services.libraries.readable_by(server_of_library(interaction)), typed)

    async def _ask_about(self, interaction: Interaction, message: discord.Message) -> None:
        """Ask what a message says, whoever wrote it; the answer is for the one who asks."""
        question = question_in(message.content)
        if talk_in(question):
            raise Refused(md("That message holds nothing to ask about; to follow up an answer, reply to it."))
        server = server_of_library(interaction)
        asked = AskedQuestion(question, interaction.user.id, server, Way.MENU, message=message.id)
        await self._answer(interaction, asked, private=True)

    async def _look_up(self, server: int | None, chosen: str) -> Entry:
        """The entry of an article that is not known yet. Raises Refused where there is none."""
        entry = await asyncio.to_thread(lambda: find(self._services.libraries.readable_by(server), chosen))
        if entry is None:
            raise Refused(md("There is no article “{}”; choose one of the titles that show while you type.", chosen))
        return entry

    async def _answer(self, interaction: Interaction, asked: AskedQuestion, *, private: bool) -> None:
        answers = self._services.answers
        with self._admission.admitted(asked), self._withdrawn.watching(asked.message) as watch:
            if not has_response(interaction):
                await respond(interaction, lambda: interaction.response.defer(ephemeral=private, thinking=True))
            if isinstance(thread := interaction.channel, discord.Thread):
                asked = replace(asked, follows=await asyncio.to_thread(answers.latest_in_thread, thread.id))
            ask, send = partial(self._services.questions.answer, asked), interaction.edit_original_response
            unplaced = private or is_elsewhere(interaction)  # the bot may edit nothing where it is not
            await give(ask, self._services, send, repeat_question=True, private=unplaced)
            if asked.message and watch.is_withdrawn:
                await delete_answers_to(self._bot, [asked.message])
