"""A bot whose shards begin their sessions with Discord in turn with those of other processes."""

import logging
from typing import Any

import yarl
from discord.ext import commands

from bot.services.identifying import IdentifyTurns
from bot.wording import counted

CONNECT_SECONDS = 60.0
"""Seconds for which a shard may try to connect while it has its turn."""

logger = logging.getLogger(__name__)


class BotInTurn(commands.AutoShardedBot):
    """With `turns`, it waits for them; without, Discord says how many shards there are, and all are this process's."""

    def __init__(self, turns: IdentifyTurns | None, **options: Any) -> None:  # noqa: ANN401 - discord.py's own
        super().__init__(**options)
        self._turns = turns
        if turns:
            self.shard_connect_timeout = CONNECT_SECONDS

    async def launch_shards(self) -> None:
        """Find out how many sessions Discord lets begin at a time, and open the connections."""
        if self._turns:
            advised, _, limits = await self.http.get_bot_gateway()
            self._turns.concurrency = max(1, limits["max_concurrency"])
            if self.shard_count and advised > self.shard_count:
                logger.warning(
                    "Discord advises %s, and SHARD_COUNT is %d; raise it in all processes.",
                    counted(advised, "shard"),
                    self.shard_count,
                )
        await super().launch_shards()

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Open a connection once it is its turn, lest it wait with the connection open."""
        if self._turns:
            await self._turns.take(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the turn also where a session is begun anew, which discord.py does on an open connection."""
        if self._turns is None or shard_id is None:
            await super().before_identify_hook(shard_id, initial=initial)
            return
        await self._turns.take(shard_id)
        self._turns.begun(shard_id)
