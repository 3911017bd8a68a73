"""A connection is opened when it is its turn, and discord.py's own pause is kept where there are no turns."""

import asyncio
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import yarl
from discord.ext import commands

from bot.ui.shards_in_turn import BotInTurn

GATEWAY = yarl.URL("wss://gateway.example.org")


class Turns:
    """Notes what is asked of the turns."""

    def __init__(self) -> None:
        self.concurrency = 1
        self.noted: list[tuple[str, int]] = []

    async def take(self, shard: int) -> None:
        self.noted.append(("take", shard))

    def begun(self, shard: int) -> None:
        self.noted.append(("begun", shard))


def bot_in_turn(turns: Turns | None, **options: Any) -> BotInTurn:  # noqa: ANN401
    return BotInTurn(turns, command_prefix="!", intents=discord.Intents.none(), **options)  # type: ignore[arg-type]


async def test_a_shard_has_its_turn_before_it_connects_and_until_its_session_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = Turns()

    async def connect(bot: BotInTurn, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        turns.noted.append(("connect", shard_id))
        await bot.before_identify_hook(shard_id, initial=initial)

    monkeypatch.setattr(commands.AutoShardedBot, "launch_shard", connect)
    await bot_in_turn(turns, shard_ids=[3], shard_count=4).launch_shard(GATEWAY, 3)
    assert turns.noted == [("take", 3), ("connect", 3), ("take", 3), ("begun", 3)]


@pytest.mark.parametrize(("advised", "warned"), [(4, False), (6, True)])
async def test_discord_says_how_many_sessions_may_begin_at_a_time_and_how_many_shards_there_should_be(
    advised: int, warned: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gateway() -> tuple[int, str, dict[str, int]]:
        return advised, str(GATEWAY), {"max_concurrency": 16}

    async def nothing(_: BotInTurn) -> None:
        pass

    monkeypatch.setattr(commands.AutoShardedBot, "launch_shards", nothing)
    turns = Turns()
    bot = bot_in_turn(turns, shard_ids=[0, 1], shard_count=4)
    bot.http = SimpleNamespace(get_bot_gateway=gateway)  # type: ignore[assignment]
    await bot.launch_shards()
    assert turns.concurrency == 16
    assert ("Discord advises 6 shards, and SHARD_COUNT is 4; raise it in all processes." in caplog.text) is warned


async def test_a_process_that_is_alone_keeps_the_pause_of_discord_py(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    bot = bot_in_turn(None)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await bot.before_identify_hook(0, initial=True)
    await bot.before_identify_hook(1)
    assert slept == [5.0]
