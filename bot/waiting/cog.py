"""Waiting: the button below a question that found nothing, `/waiting`, and the loop that tells those who wait."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial

import discord
from discord import app_commands, ui
from discord.ext import commands, tasks

from bot.errors import NotKept, Stopping
from bot.languages import speak, speaking, spoken
from bot.remedies import operator_sentence
from bot.services.questions import GivenAnswer, Way
from bot.storage.answers import AnswerRecord
from bot.storage.waiting import Full, Wait
from bot.ui.sending import FAILURES, deliver, is_refusal, respond
from bot.ui.service_bot import Interaction, ServiceBot
from bot.ui.whereabouts import server_of_library
from bot.waiting.buttons import begun_view, list_view, listed
from bot.waiting.replies import refusal, told
from bot.wording import counted
from index import Answer, PullquoteError

SECONDS = 15.0
"""Seconds from one look whether anything is new to the next."""

TOLD_AT_ONCE = 5
"""How many are told after one look, which makes 20 a minute."""

ASKED_AT_ONCE = 25
"""How many questions are asked again after one look."""

STEPS_AT_ONCE = 20
"""How many steps one look takes through what is new."""

BEGIN = "wait"
"""The action of the button below a question that found nothing, among the bot's handlers."""

logger = logging.getLogger(__name__)


class WaitingCog(commands.Cog):
    """Has readers wait for an answer, and tells each of them once. Nobody else is notified."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._waits = bot.services.waits
        self._answers = bot.services.answers
        self._trouble = self._reported = ""
        bot.button_handlers[BEGIN] = self._begin

    async def cog_load(self) -> None:
        """Begin to look."""
        self._look.change_interval(seconds=SECONDS)
        self._look.start()

    async def cog_unload(self) -> None:
        """Stop. What is due is on record, and goes on at the next start."""
        self._look.cancel()

    # Readers

    async def _begin(self, interaction: Interaction, answer_id: str) -> None:
        """Have the person who pressed the button wait; the interaction has been deferred. Raises Refused."""
        record = await self._services.questions.record(answer_id, server_of_library(interaction))
        wait = await asyncio.to_thread(self._waits.begin, record.id, interaction.user.id, spoken())
        if wait is None:
            raise NotKept
        if isinstance(wait, Full):
            raise refusal(wait)
        view = begun_view(self._services, wait)
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def waiting(self, interaction: Interaction) -> None:
        """The questions that you wait for, and how to stop waiting."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        entries = await asyncio.to_thread(listed, self._services, interaction.user.id)
        await deliver(lambda: interaction.edit_original_response(view=list_view(entries)))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """End the waits of a server that the bot was removed from, as nobody can be told there."""
        await asyncio.to_thread(self._waits.end_in, guild.id)

    # The loop

    @tasks.loop(seconds=SECONDS)
    async def _look(self) -> None:
        await self._bot.wait_until_ready()
        self._trouble = ""
        try:
            with self._services.shutdown.one():
                present = [guild.id for guild in self._bot.guilds]
                await asyncio.to_thread(self._services.waiting.end_in_all_but, present)
                await self._look_through()
                await self._ask_what_is_due()
        except Stopping:
            return
        except PullquoteError as error:
            self._trouble = operator_sentence(error)
        except Exception:
            logger.exception("What is waited for could not be looked through; that is tried again.")
        self._report()

    def _report(self) -> None:
        """Log what kept the bot from looking; the same thing only once."""
        if self._trouble and self._trouble != self._reported:
            logger.error("What is waited for cannot be looked through; that is tried again: %s", self._trouble)
        self._reported = self._trouble

    async def _look_through(self) -> None:
        try:
            for _ in range(STEPS_AT_ONCE):
                if not await self._services.queue.run_unhurried(self._services.waiting.look):
                    return
        except PullquoteError as error:  # what is due is asked all the same
            self._trouble = operator_sentence(error)

    async def _ask_what_is_due(self) -> None:
        """Ask what is due again, and tell those for whom there is an answer now, as long as not too many were told.

        A server that is unavailable, or whose library cannot be read, keeps no other from its turn.
        """
        told_now = asked = 0
        passed_over = set[int | None]()
        for wait in await asyncio.to_thread(self._waits.due):
            if told_now == TOLD_AT_ONCE or asked == ASKED_AT_ONCE:
                break
            if wait.server in passed_over or not self._can_be_told(wait.server):
                continue
            if wait.telling and await self._was_told(wait, wait.telling):
                continue
            asked += 1
            try:
                answer = await self._services.queue.run_unhurried(partial(self._services.waiting.ask_again, wait))
            except PullquoteError as error:
                self._trouble = operator_sentence(error)
                passed_over.add(wait.server)
                continue
            if answer:
                told_now += await self._tell(wait, answer)
            elif await asyncio.to_thread(self._services.waiting.can_be_asked, wait):
                await asyncio.to_thread(self._waits.note_asked, wait)
            else:
                await asyncio.to_thread(self._waits.end_unaskable, wait)
        if told_now:
            logger.info("Told %s what was waited for.", counted(told_now, "reader"))

    def _can_be_told(self, server: int | None) -> bool:
        """Whether it is for this process to tell somebody there, and Discord has the server available."""
        if server is None:
            return self._services.duties.has(None)
        guild = self._bot.get_guild(server)
        return guild is not None and not guild.unavailable

    # Telling

    async def _tell(self, wait: Wait, answer: Answer) -> bool:
        """Tell somebody the answer, put it on record, and forget the wait. Returns whether it was sent.

        Which answer is being told is written down first. So if the bot is stopped before the wait is forgotten, the
        next start finds the message, and tells nobody twice.
        """
        asked = await asyncio.to_thread(self._answers.answer, wait.answer_id)
        if asked is None:
            return False
        keep = partial(self._answers.keep, wait.server, wait.person, answer, asked.asked, asked.frame.follows)
        freshness = await asyncio.to_thread(self._services.questions.freshness, wait.server, answer)
        given = GivenAnswer(answer, await asyncio.to_thread(keep), freshness)
        await asyncio.to_thread(self._waits.note_telling, wait.id, given.record.id)
        try:
            message = await self._send(wait, asked, given)
        except FAILURES as error:
            await asyncio.to_thread(self._answers.forget, given.record.id)
            if not is_refusal(error):
                logger.warning("Somebody who waits could not be told; that is tried again: %s", error)
                await asyncio.to_thread(self._waits.note_telling, wait.id, None)
                return False
            logger.info("Somebody who waited cannot be told any more, so the wait has ended: %s", error)
            await asyncio.to_thread(self._waits.end, wait.id)
            return False
        await self._note_told(wait, given.record.id, message)
        self._services.metrics.count_answer(Way.WAITING, answer)
        return True

    async def _note_told(self, wait: Wait, answer_id: str, message: discord.Message) -> None:
        place = partial(self._answers.place, answer_id, message.channel.id, message.id, direct=wait.direct)
        await asyncio.to_thread(place)
        await asyncio.to_thread(self._waits.end, wait.id)

    async def _send(self, wait: Wait, asked: AnswerRecord, given: GivenAnswer) -> discord.Message:
        """Send the answer to the one who waits. Raises discord's errors, also where they have left the server."""
        if wait.server is not None and (guild := self._bot.get_guild(wait.server)):
            await deliver(partial(guild.fetch_member, wait.person))
        if wait.direct or asked.channel is None:
            with speaking(wait.language):
                view = self._bot.told_view(given, told(wait.person, wait.at, mention=False))
            channel = await deliver(partial(self._bot.create_dm, discord.Object(wait.person)))
            return await deliver(partial(channel.send, view=view, nonce=wait.id))
        speak(self._bot.language_of(wait.server))
        view = self._bot.told_view(given, told(wait.person, wait.at, mention=True))
        only = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(wait.person)])
        place = self._bot.get_partial_messageable(asked.channel, guild_id=wait.server)
        return await deliver(
            partial(place.send, view=view, allowed_mentions=only, nonce=wait.id, **self._reference(asked))
        )

    def _reference(self, asked: AnswerRecord) -> dict[str, discord.MessageReference | bool]:
        """What makes the message a reply to the one that said no; nothing where the bot may not read the history."""
        channel = self._bot.get_channel(asked.channel or 0)
        if asked.message is None or asked.channel is None or not isinstance(channel, _WITH_RIGHTS):
            return {}
        if not channel.permissions_for(channel.guild.me).read_message_history:
            return {}
        reference = discord.MessageReference(
            message_id=asked.message, channel_id=asked.channel, fail_if_not_exists=False
        )
        return {"reference": reference, "mention_author": False}

    async def _was_told(self, wait: Wait, answer_id: str) -> bool:
        """Whether that answer reached somebody before the bot was stopped; if so, the wait has ended."""
        try:
            async for message in self._sent_to(wait):
                if _shows(message, answer_id):
                    await self._note_told(wait, answer_id, message)
                    return True
        except FAILURES as error:
            logger.info("Whether somebody who waits was told before a stop cannot be seen: %s", error)
        await asyncio.to_thread(self._answers.forget, answer_id)
        await asyncio.to_thread(self._waits.note_telling, wait.id, None)
        return False

    async def _sent_to(self, wait: Wait) -> AsyncIterator[discord.Message]:
        """The last messages of the bot where somebody is told. Raises discord's errors."""
        asked = await asyncio.to_thread(self._answers.answer, wait.answer_id)
        if wait.direct or asked is None or asked.channel is None:
            place: discord.abc.Messageable = await self._bot.create_dm(discord.Object(wait.person))
        else:
            place = self._bot.get_partial_messageable(asked.channel, guild_id=wait.server)
        async for message in place.history(limit=100):
            if message.author == self._bot.user:
                yield message


_WITH_RIGHTS = (discord.abc.GuildChannel, discord.Thread)


def _shows(message: discord.Message, answer_id: str) -> bool:
    """Whether a message has the buttons of that answer."""
    view = ui.LayoutView.from_message(message, timeout=None)
    found = [str(item.custom_id) for item in view.walk_children() if isinstance(item, ui.Button)]
    view.stop()
    return any(custom_id.split(":")[-1] == answer_id for custom_id in found)
