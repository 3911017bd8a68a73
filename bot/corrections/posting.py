"""Tells servers of corrections in the channel that they have named, and keeps the feed of the base library's."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta

import discord
from discord import ui
from discord.ext import commands, tasks

from bot.corrections.page import HEADING, corrections_post, taken_back_post
from bot.errors import Stopping
from bot.languages import in_all_languages, speak
from bot.remedies import operator_sentence
from bot.services.opened import Services
from bot.storage.corrections import Correction, CorrectionChannel, CorrectionPost
from bot.ui.sending import FAILURES, deliver, is_refusal, layout
from bot.ui.service_bot import ServiceBot
from index import PullquoteError

SECONDS = 30.0
"""Seconds between two looks for corrections that were not told yet."""

QUIET = timedelta(seconds=60)
"""So long after the last correction of several that come one after the other they are told, in one message."""

PATIENCE = timedelta(minutes=10)
"""So long after the first one they are told in any case."""

SEARCHED = 50
"""Among how many messages is looked for one that was perhaps sent just before the bot ended."""

logger = logging.getLogger(__name__)


class CorrectionPostsCog(commands.Cog):
    """Posts corrections, once each. Nobody is pinged."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._store = bot.services.corrections.store
        self._duties = bot.services.duties
        self._failing: set[int] = set()  # channels whose failure is in the log
        self._unreadable: set[int] = set()  # servers whose failure is in the log
        self._feed_problem = ""

    async def cog_load(self) -> None:
        """Begin."""
        self._look.change_interval(seconds=SECONDS)
        self._look.start()

    async def cog_unload(self) -> None:
        """End."""
        self._look.cancel()

    @tasks.loop(seconds=SECONDS)
    async def _look(self) -> None:
        await self._bot.wait_until_ready()
        try:
            with self._services.shutdown.one():
                if self._duties.leads:
                    await asyncio.to_thread(self._store.note_edits)
                await self._write_feed()
                for channel in await asyncio.to_thread(self._store.channels):
                    if self._bot.get_guild(channel.server):
                        await self._apart(channel.server, self._tell(channel))
                for post in await asyncio.to_thread(self._store.posts_to_mend):
                    if self._duties.has(post.server):
                        await self._apart(post.server, self._mend(post))
        except Stopping:
            return
        except PullquoteError as error:
            logger.warning("Corrections could not be told; that is tried again: %s", operator_sentence(error))
        except Exception:
            logger.exception("Corrections could not be told; that is tried again.")

    async def _apart(self, server: int, work: Awaitable[None]) -> None:
        """Do what is to be done in a server; a library of it that cannot be read keeps no other from being told."""
        try:
            await work
        except PullquoteError as error:
            if server not in self._unreadable:
                logger.warning("Corrections cannot be told in server %d: %s", server, operator_sentence(error))
            self._unreadable.add(server)
        else:
            self._unreadable.discard(server)

    async def _write_feed(self) -> None:
        """Write the feed, in every process that is to have one; a problem is logged when it begins."""
        base, problem = self._services.libraries.base, ""
        try:
            await asyncio.to_thread(self._services.corrections.write_feed, base)
        except PullquoteError as error:
            problem = operator_sentence(error)
            if problem != self._feed_problem:
                logger.warning("%s", problem)
        self._feed_problem = problem

    async def _tell(self, channel: CorrectionChannel) -> None:
        """Tell a server of what it was not told yet, if it is time."""
        speak(self._bot.language_of(channel.server))
        unsettled = await asyncio.to_thread(self._store.unsettled_post, channel.server)
        if unsettled and not await self._settle(unsettled):
            return
        due = await asyncio.to_thread(untold, self._services, channel)
        if not due or not is_time([one.at for one in due], discord.utils.utcnow()):
            return
        view = layout(corrections_post(due))
        place = self._bot.get_partial_messageable(channel.channel, guild_id=channel.server)
        await asyncio.to_thread(self._store.begin_post, channel.server, channel.channel, [one.id for one in due])
        try:
            sent = await deliver(lambda: place.send(view=view, allowed_mentions=discord.AllowedMentions.none()))
        except FAILURES as error:
            if is_refusal(error):
                await asyncio.to_thread(self._store.drop_post, channel.server)
            if channel.channel not in self._failing:
                self._failing.add(channel.channel)
                logger.warning("Corrections cannot be told in channel %d: %s", channel.channel, error)
        else:
            self._failing.discard(channel.channel)
            await asyncio.to_thread(self._store.end_post, channel.server, sent.id)
        finally:
            view.stop()

    async def _settle(self, post: CorrectionPost) -> bool:
        """Find out whether a message was sent before the bot ended, or the connection. False if that must wait."""
        place = self._bot.get_partial_messageable(post.channel, guild_id=post.server)
        since = post.at - timedelta(minutes=1)
        try:
            async for message in place.history(limit=SEARCHED):
                mine = self._bot.user and message.author.id == self._bot.user.id
                if mine and message.created_at >= since and is_post(message):
                    await asyncio.to_thread(self._store.end_post, post.server, message.id)
                    return True
        except FAILURES as error:
            if not is_refusal(error):
                return False
        await asyncio.to_thread(self._store.drop_post, post.server)
        return True

    async def _mend(self, post: CorrectionPost) -> None:
        """Take what was taken back out of a message."""
        assert post.message
        speak(self._bot.language_of(post.server))
        left = await asyncio.to_thread(_still_told, self._services, post)
        view = layout(corrections_post(left) if left else taken_back_post())
        place = self._bot.get_partial_messageable(post.channel, guild_id=post.server)
        message = place.get_partial_message(post.message)
        try:
            await deliver(lambda: message.edit(view=view, allowed_mentions=discord.AllowedMentions.none()))
        except FAILURES as error:
            if not is_refusal(error):
                return
            logger.warning("A correction that was taken back stays in channel %d: %s", post.channel, error)
        finally:
            view.stop()
        await asyncio.to_thread(self._store.post_is_mended, post.message)


def is_post(message: discord.Message) -> bool:
    """Whether a message of the bot's tells of corrections."""
    items = ui.LayoutView.from_message(message, timeout=None).walk_children()
    first = next((item.content for item in items if isinstance(item, ui.TextDisplay)), "")
    return first in in_all_languages(HEADING).values()


def is_time(at: Sequence[datetime], now: datetime) -> bool:
    """Whether corrections of these times are told now: when no more come, or the first has waited long enough."""
    return now - max(at) >= QUIET or now - min(at) >= PATIENCE


def untold(services: Services, channel: CorrectionChannel) -> list[Correction]:
    """What a server is still to be told of, the newest first.

    That is what was corrected in its own library, and in the base library where an answer given there had quoted it.
    """
    told = services.corrections.store.posted_in(channel.server)
    listed = services.corrections.listed_in(services.libraries, channel.server)
    new = [one for one in listed if one.id not in told and one.at >= channel.since]
    if any(one.server is None for one in new):
        shown = [(quote.article_id, quote.digest) for quote in services.answers.shown([channel.server])]
        concerning = services.corrections.store.quoting(new, shown)
        new = [one for one in new if one.server is not None or one.id in concerning]
    return new


def _still_told(services: Services, post: CorrectionPost) -> list[Correction]:
    listed = services.corrections.listed_in(services.libraries, post.server)
    return [one for one in listed if one.id in post.corrections]
