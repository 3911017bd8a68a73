"""The weekly digest in a server's log channel: what was asked there and not found, and which sources fail."""

import asyncio
import logging
from datetime import timedelta

import discord
from discord.ext import commands, tasks

from bot.insights.page import digest_reply
from bot.insights.summary import Summary, summarize
from bot.languages import speak
from bot.ui.reporting import log_channel_of, report
from bot.ui.sending import layout
from bot.ui.service_bot import ServiceBot
from index import Source

DAYS = 7
"""The days that a digest tells of, which are those between two digests."""

HOURS = 6
"""How often is looked for digests that are due."""

AGAIN = timedelta(days=1)
"""How long after a digest that could not be sent the next try is."""

logger = logging.getLogger(__name__)


class DigestCog(commands.Cog):
    """Sends each server with a log channel its digest, unless its admins have switched that off."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services

    async def cog_load(self) -> None:
        """Begin."""
        self._check.start()

    async def cog_unload(self) -> None:
        """End."""
        self._check.cancel()

    @tasks.loop(hours=HOURS)
    async def _check(self) -> None:
        await self._bot.wait_until_ready()
        for guild in tuple(self._bot.guilds):
            if self._services.shutdown.has_begun:
                return
            try:
                await self._send_if_due(guild.id)
            except Exception:
                logger.exception("The digest of server %d could not be made; that is tried again.", guild.id)

    async def _send_if_due(self, server: int) -> None:
        digests = self._services.digests
        if log_channel_of(self._bot, server) is None or self._services.server_settings.of(server).digest == 0:
            await asyncio.to_thread(digests.drop, server)
            return
        if not await asyncio.to_thread(digests.is_due, server, timedelta(days=DAYS)):
            return
        speak(self._bot.language_of(server))
        with self._services.shutdown.one():
            summary = await asyncio.to_thread(self._summary, server)
            failing = await asyncio.to_thread(self._failing, server)
            await asyncio.to_thread(digests.note, server)  # before it is sent: a crash must not send it twice
            if not summary.questions and not failing:
                return
            if not await report(self._bot, server, layout(digest_reply(summary, failing, discord.utils.utcnow()))):
                await asyncio.to_thread(digests.note, server, ago=timedelta(days=DAYS) - AGAIN)

    def _summary(self, server: int) -> Summary:
        asked = self._services.answers.asked_in(server, DAYS)
        libraries = self._services.libraries.readable_by(server)
        return summarize(asked, DAYS, libraries, self._services.threshold_of(server), with_found=False)

    def _failing(self, server: int) -> list[Source]:
        """The sources of a server's own library whose last reading went wrong."""
        own = self._services.libraries.own(server)
        return [source for source in own.sources() if source.problem] if own else []
