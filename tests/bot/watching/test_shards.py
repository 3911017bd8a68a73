"""What is read from the insides of discord.py: a test that fails where they have changed."""

import time
from types import SimpleNamespace

import discord
import pytest
from discord.backoff import ExponentialBackoff
from discord.gateway import KeepAliveHandler
from discord.shard import Shard as DiscordShard

from bot.watching.shards import LONGEST_PAUSE, limit_pauses, shard_of


def shard(*, heartbeats: bool) -> discord.ShardInfo:
    """A shard of discord.py's own on a connection that is none."""
    ws = SimpleNamespace(shard_id=3, open=True, latency=float("inf"), thread_id=1, _max_heartbeat_timeout=60.0)
    ws._keep_alive = KeepAliveHandler(ws=ws, interval=41.25, shard_id=3) if heartbeats else None  # type: ignore[arg-type]
    client = SimpleNamespace(dispatch=None, _reconnect=True)
    return discord.ShardInfo(DiscordShard(ws, client, lambda _: None), 4)  # type: ignore[arg-type]


def test_a_shard_that_discord_greeted_tells_when_it_was_heard() -> None:
    info = shard(heartbeats=True)
    keeper = info._parent.ws._keep_alive
    assert keeper
    keeper.tick()
    time.sleep(0.05)
    known = shard_of(info)
    assert (known.id, known.connected, known.heartbeat, known.latency) == (3, True, 41.25, None)
    assert known.silent is not None and 0.05 <= known.silent < 60
    info._parent.ws.latency = 0.2  # type: ignore[misc]
    assert shard_of(info).latency == 0.2


def test_a_shard_that_was_not_greeted_yet_tells_nothing() -> None:
    known = shard_of(shard(heartbeats=False))
    assert (known.id, known.silent, known.heartbeat, known.latency) == (3, None, None, None)


def test_the_pauses_between_tries_stay_short(monkeypatch: pytest.MonkeyPatch) -> None:
    info = shard(heartbeats=True)
    pauses = info._parent._backoff
    assert isinstance(pauses, ExponentialBackoff)
    monkeypatch.setattr(pauses, "_randfunc", lambda _, longest: longest)
    assert max(pauses.delay() for _ in range(20)) == 1024
    limit_pauses(info)
    assert {pauses.delay() for _ in range(20)} == {2**LONGEST_PAUSE}
