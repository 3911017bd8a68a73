"""What is kept, and no longer than it should be: old records, what was removed, servers that were left.

Of several processes, each judges its own servers alone, as it does not see the others'; the leader forgets what is old.
"""

import asyncio
import logging

import discord
from discord.ext import commands, tasks

from bot.ui.service_bot import ServiceBot
from bot.wording import counted

HOURS = 6
"""How often old records are looked for."""

PENDING_MINUTES = 5
"""How often is looked for what a button needed and needs no more."""

TIDY_HOURS = 6
"""How often is looked for what was kept for its time, and for the last traces of removed articles."""

REST_MINUTES = 5
"""How often libraries are looked for that nobody uses."""

logger = logging.getLogger(__name__)


class HousekeepingCog(commands.Cog):
    """Forgets in time."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._duties = bot.services.duties

    async def cog_load(self) -> None:
        """Begin."""
        self._forget_in_time.start()
        self._forget_pending.start()
        self._rest_idle.start()
        self._tidy.start()

    async def cog_unload(self) -> None:
        """End."""
        self._forget_in_time.cancel()
        self._forget_pending.cancel()
        self._rest_idle.cancel()
        self._tidy.cancel()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Note which servers were left or joined meanwhile; one that is unavailable is still the bot's."""
        await self._note_presence()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Keep the data of a server that took the bot in again."""
        await self._note_presence()

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Begin to count the days; Discord does not call it for a server that is merely unavailable."""
        await self._note_presence()

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget an ask channel that is no more."""
        if self._services.server_settings.is_ask_channel(channel.id):
            await asyncio.to_thread(self._services.server_settings.remove_ask_channel, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """Forget an ask thread that is no more."""
        if self._services.server_settings.is_ask_channel(event.thread_id):
            await asyncio.to_thread(self._services.server_settings.remove_ask_channel, event.thread_id)

    async def _note_presence(self) -> None:
        present = [guild.id for guild in self._bot.guilds]
        with_library = await asyncio.to_thread(self._services.libraries.servers)
        note = self._services.server_settings.note_presence
        await asyncio.to_thread(note, present, with_library, self._duties.has)

    @tasks.loop(hours=HOURS)
    async def _forget_in_time(self) -> None:
        await self._bot.wait_until_ready()  # or the data would go of a server that took the bot back while it was away
        try:
            await self._note_presence()
            if self._duties.leads:
                await self._forget_old()
            await self._forget_left()
        except Exception:
            logger.exception("Old records could not be deleted; they are tried again in %d hours.", HOURS)

    @tasks.loop(minutes=PENDING_MINUTES)
    async def _forget_pending(self) -> None:
        """Withdrawn stories are kept no longer than the hour in which they can be brought back."""
        if not self._duties.leads:
            return
        try:
            await asyncio.to_thread(self._services.pending.forget_old)
            await asyncio.to_thread(self._services.choices.forget_removed)
            await asyncio.to_thread(self._services.inbox.store.forget_old)  # also where the webhook is off by now
        except Exception:
            logger.exception("What can no longer be taken back could not be deleted; that is tried again.")

    @tasks.loop(minutes=REST_MINUTES)
    async def _rest_idle(self) -> None:
        try:
            await asyncio.to_thread(self._services.libraries.rest_idle)
        except Exception:
            logger.exception("Libraries that nobody uses could not be closed; that is tried again.")

    @tasks.loop(hours=TIDY_HOURS)
    async def _tidy(self) -> None:
        try:
            await asyncio.to_thread(self._services.libraries.tidy, self._duties.keeps)
        except Exception:
            logger.exception("The last traces of removed articles could not be erased; that is tried again.")

    async def _forget_old(self) -> None:
        settings = self._services.settings
        await asyncio.to_thread(self._services.corrections.store.forget_older_than, settings.records_days)
        forgotten = await asyncio.to_thread(self._services.answers.forget_older_than, settings.records_days)
        if forgotten:
            logger.info("Forgot %s older than %d days.", counted(forgotten, "answer"), settings.records_days)

    async def _forget_left(self) -> None:
        days = self._services.settings.left_server_days
        for server in await asyncio.to_thread(self._services.server_settings.servers_left_for, days):
            if not self._duties.has(server):
                continue
            async with self._services.editor.alone(server):
                await asyncio.to_thread(self._services.libraries.delete, server)
                await asyncio.to_thread(self._services.server_settings.forget_server, server)
            logger.info("Deleted the data of server %d, which was left %d days ago.", server, days)
