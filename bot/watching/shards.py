"""What discord.py knows of its connections and does not make public. Nothing else here touches its insides."""

import math
from time import perf_counter

import discord

from bot.watching.health import Shard

LONGEST_PAUSE = 6
"""A closed connection is tried again after at most 2**6 seconds. discord.py by itself waits up to 2**10, so that a bot
may stay away for 17 minutes after Discord is back. A try that fails counts towards no limit of Discord's."""


def shard_of(info: discord.ShardInfo) -> Shard:
    """What is known of a shard. When it was heard stands only in the keeper of its heartbeat, once there is one."""
    latency = info.latency if math.isfinite(info.latency) else None
    if (keeper := getattr(info._parent.ws, "_keep_alive", None)) is None:
        return Shard(info.id, not info.is_closed(), latency=latency)
    return Shard(info.id, not info.is_closed(), perf_counter() - keeper._last_recv, keeper.interval, latency)


def limit_pauses(info: discord.ShardInfo) -> None:
    """Have a shard that lost its connection try again after LONGEST_PAUSE at the latest."""
    if pauses := getattr(info._parent, "_backoff", None):
        pauses._max = LONGEST_PAUSE
