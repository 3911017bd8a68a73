"""No two processes begin sessions with Discord at once that it would not let begin at once."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from bot.services import identifying
from bot.services.identifying import IdentifyTurns, turns_of
from bot.settings import Settings
from bot.storage.lock_session import LockSession

HOLD = 1.5


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identifying, "HOLD_SECONDS", HOLD)
    monkeypatch.setattr(identifying, "POLL_SECONDS", (0.02, 0.04))


@pytest.fixture
def processes(postgres_database: str) -> Iterator[list[IdentifyTurns]]:
    """The turns of three processes."""
    yield [IdentifyTurns(partial(LockSession.begin, postgres_database, "turns")) for _ in range(3)]


async def begin(turns: IdentifyTurns, shard: int, begun: dict[int, float]) -> None:
    await turns.take(shard)
    begun[shard] = time.monotonic()
    turns.begun(shard)


async def test_three_processes_that_start_together_begin_one_after_the_other(processes: list[IdentifyTurns]) -> None:
    begun: dict[int, float] = {}
    await asyncio.gather(*(begin(one, shard, begun) for shard, one in enumerate(processes)))
    times = sorted(begun.values())
    assert [later - earlier >= HOLD for earlier, later in zip(times, times[1:], strict=False)] == [True, True]


async def test_shards_of_other_remainders_begin_at_once(processes: list[IdentifyTurns]) -> None:
    for one in processes:
        one.concurrency = 2
    begun: dict[int, float] = {}
    first, second, third = processes
    await asyncio.gather(begin(first, 4, begun), begin(second, 7, begun))
    assert abs(begun[4] - begun[7]) < HOLD
    await begin(third, 6, begun)
    assert begun[6] - begun[4] >= HOLD


async def test_a_shard_that_has_its_turn_does_not_wait_for_itself(processes: list[IdentifyTurns]) -> None:
    """The turn is taken before the connection is opened, and again when the session begins."""
    (one, *_), began = processes, time.monotonic()
    for _ in range(3):
        await one.take(0)
    assert time.monotonic() - began < HOLD
    one.begun(0)


async def test_a_turn_that_was_never_used_ends_with_its_session(
    processes: list[IdentifyTurns], postgres_database: str
) -> None:
    """So does that of a process that was killed."""
    first, second, _ = processes
    await first.take(0)
    waiting = asyncio.create_task(second.take(1))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    await asyncio.wait_for(waiting, 10)
    second.begun(1)
    await first.take(0)
    first.begun(0)


async def test_whoever_gives_up_waiting_leaves_no_session(
    processes: list[IdentifyTurns], postgres_database: str
) -> None:
    first, second, _ = processes
    await first.take(0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(second.take(1), 0.3)
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'turns'"
        deadline = time.monotonic() + 10
        while admin.execute(query).fetchone() != (1,):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    first.begun(0)


async def test_where_the_database_is_away_a_session_begins_after_the_time_of_one_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turns = IdentifyTurns(partial(LockSession.begin, "postgresql://nobody@127.0.0.1:1/nowhere", "turns"))
    began = time.monotonic()
    await turns.take(0)
    assert HOLD <= time.monotonic() - began < HOLD + 5
    turns.begun(0)
    assert "Whether other processes sign in to Discord just now is not known" in caplog.text


def test_a_process_that_is_alone_leaves_the_time_to_discord_py() -> None:
    assert turns_of(Settings(_env_file=None)) is None
    url = "postgresql://postgres@localhost/pullquote"
    assert turns_of(Settings(_env_file=None, database_url=url)) is None
    assert turns_of(Settings(_env_file=None, database_url=url, shard_ids="0-3", shard_count=4)) is None
    assert turns_of(Settings(_env_file=None, database_url=url, shard_ids="0-3", shard_count=8))
