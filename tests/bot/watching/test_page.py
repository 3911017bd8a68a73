"""The page for machines: its statuses, its numbers, and that it is not there unless it is wanted."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace

import discord
import pytest
from aiohttp import ClientConnectionError, ClientSession

from bot.errors import SettingsError
from bot.services.metrics import Metrics
from bot.services.queue import WorkQueue
from bot.settings import Settings
from bot.watching.health import Facts, Report, Storage
from bot.watching.page import ReportMetrics, served
from tests.bot.watching.test_health import NOW, SHARD, WELL


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def page(facts: Facts | None, port: int | None) -> AsyncIterator[ClientSession]:
    with closing(WorkQueue(1, 1)) as queue:
        metrics, settings = Metrics(queue), Settings(_env_file=None, health_port=port)
        metrics.registry.register(ReportMetrics(lambda: Report.of(facts) if facts else None))
        async with served(settings, metrics, lambda: Report.of(facts) if facts else None), ClientSession() as session:
            yield session


PRESENT = replace(WELL, at=discord.utils.utcnow(), loops=(), refreshing=replace(WELL.refreshing, next=None))


@pytest.mark.parametrize(
    ("facts", "status", "said"),
    [
        (PRESENT, 200, "ok"),
        (replace(PRESENT, disk_free=500_000_000), 200, "degraded"),
        (replace(PRESENT, disk_free=1_000), 503, "unhealthy"),
        (replace(PRESENT, ready=False), 503, "starting"),
        (replace(PRESENT, stopping=True), 503, "stopped"),
        (replace(PRESENT, at=NOW), 503, "ok"),
        (None, 503, "starting"),
    ],
    ids=["ok", "degraded", "unhealthy", "starting", "stopping", "stale", "before the first look"],
)
async def test_health_has_the_status_of_the_last_report_and_503_if_the_bot_does_not_answer(
    facts: Facts | None, status: int, said: str
) -> None:
    if facts and facts.at != NOW:
        facts = replace(facts, at=discord.utils.utcnow())
    port = free_port()
    async with page(facts, port) as session, session.get(f"http://127.0.0.1:{port}/health") as response:
        assert (response.status, (await response.json())["status"]) == (status, said)


async def test_metrics_say_what_the_report_says() -> None:
    second = replace(SHARD, id=1, silent=None, latency=None)
    facts = replace(WELL, at=discord.utils.utcnow(), loops=(), shards=(SHARD, second), disk_free=85)
    port = free_port()
    async with page(facts, port) as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
        assert response.content_type == "text/plain"
        lines = (await response.text()).splitlines()
    assert {
        "pullquote_healthy 0.0",
        "pullquote_ready 1.0",
        "pullquote_servers 3.0",
        'pullquote_gateway_silent_seconds{shard="0"} 20.0',
        'pullquote_gateway_latency_seconds{shard="0"} 0.05',
        "pullquote_disk_free_bytes 85.0",
        "pullquote_library_generation 12.0",
        "pullquote_library_sources 4.0",
        "pullquote_queue_waiting 0.0",
        'pullquote_storage_up{engine="files"} 1.0',
    } <= set(lines)
    assert not any(line.startswith("pullquote_database") for line in lines)
    (refreshed,) = [line.split()[1] for line in lines if line.startswith("pullquote_refresh_last_seconds ")]
    assert WELL.refreshing.last and float(refreshed) == WELL.refreshing.last.timestamp()
    assert not [line for line in lines if 'shard="1"' in line]


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        (Storage(True, "news on db", 0.0025), ["pullquote_database_seconds 0.0025", "1.0"]),
        (Storage(True, "news on db", problem="The database cannot be reached."), ["0.0"]),
    ],
    ids=["it answers", "it does not"],
)
def test_metrics_say_whether_the_database_answers(storage: Storage, expected: list[str]) -> None:
    metrics = ReportMetrics(lambda: Report.of(replace(WELL, storage=storage)))
    samples = [sample for family in metrics.collect() for sample in family.samples]
    found = [f"{one.name} {one.value}" for one in samples if one.name.startswith("pullquote_database")]
    up = [(one.labels, str(one.value)) for one in samples if one.name == "pullquote_storage_up"]
    assert [*found, *(value for _, value in up)] == expected
    assert [labels for labels, _ in up] == [{"engine": "postgresql"}]


async def test_before_the_first_look_there_are_only_the_counts() -> None:
    port = free_port()
    async with page(None, port) as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
        text = await response.text()
    assert "pullquote_queue_waiting 0.0" in text and "pullquote_healthy" not in text


async def test_without_a_port_nothing_is_served_and_with_one_that_is_taken_it_is_named() -> None:
    port = free_port()
    async with page(WELL, None) as session:
        with pytest.raises(ClientConnectionError):
            await session.get(f"http://127.0.0.1:{port}/health")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(SettingsError, match=rf"^The health page cannot be served at 127\.0\.0\.1:{port} \("):
            async with page(WELL, port):
                pass
