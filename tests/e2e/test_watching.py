"""The bot as its operator sees it: in the simulated Discord, and as a process that signs in to one on this machine."""

import asyncio
import json
import logging
import shutil
import signal
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import simcord
from aiohttp import ClientSession

from bot.cli.doctor import examine
from bot.corrections.cog import CorrectionsCog
from bot.desk.schedule import ScheduleCog
from bot.logs import TextFormatter
from bot.watching import watcher as watching
from bot.watching.health import Report, Status
from bot.watching.status_file import read_report, write_report
from bot.watching.watcher import Watcher
from index import Library
from tests.bot.test_token import SHAPED
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, TIDES, Process, Start
from tests.e2e.test_run import PROGRAM, Discord, outcome
from tests.e2e.world import World, quotes, text, until

HOUR = 3600


def asked(world: World) -> dict[tuple[str, str], float]:
    """How many questions were asked, by way and outcome."""
    (family,) = [one for one in world.bot.services.metrics.registry.collect() if one.name == "pullquote_questions"]
    return {
        (one.labels["way"], one.labels["outcome"]): one.value for one in family.samples if one.name.endswith("_total")
    }


async def test_every_way_to_ask_is_counted_with_what_it_came_to(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    await world.reader.send(world.channel, "Who are they?", reply_to=answer)
    await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    await world.reader.user.send_dm("Which mushrooms grow on Mars?")
    question = await world.admin.send(world.channel, LEE_QUESTION)
    await world.reader.context_menu(world.channel, "Ask about this", question)
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    await world.reader.send(world.channel, LEE_QUESTION)
    counted = asked(world)
    for way in ("mention", "command", "menu", "ask channel"):
        assert counted[way, "answered"] == 1, counted
    assert sum(number for (way, _), number in counted.items() if way == "reply") == 1
    assert [key for key in counted if key[0] == "direct message"] in (
        [("direct message", "absent")],
        [("direct message", "related")],
    )


@pytest.mark.settings(cooldown_seconds=60)
async def test_who_must_wait_is_counted(world: World) -> None:
    await world.mention(LEE_QUESTION)
    await world.reader.send(world.channel, f"{world.me} {LEE_QUESTION}")
    assert asked(world)["mention", "too soon"] == 1


@pytest.mark.simcord(settle_timeout=60, shard_count=2)
async def test_servers_on_all_shards_are_answered(world: World, simcord_env: simcord.Env) -> None:
    for shard in (0, 1):
        guild = simcord_env.create_guild(f"Shard {shard}", shard_id=shard)
        channel = guild.create_text_channel("ask")
        reader = guild.add_member(simcord_env.create_user(f"reader{shard}"))
        await reader.send(channel, f"{world.me} {LEE_QUESTION}")
        assert LEE_ASKED in quotes(channel.last_message)
        assert guild.id >> 22 & 1 == shard
    with world.env.time_context():
        report = await Watcher(world.bot).look()
    assert [(shard.id, shard.connected) for shard in report.facts.shards] == [(0, True), (1, True)]


async def looked(world: World, watcher: Watcher) -> Report:
    with world.env.time_context():
        return await watcher.look()


async def test_a_bot_that_is_well_says_so_with_what_is_known_of_it(world: World) -> None:
    report = await looked(world, Watcher(world.bot))
    assert (report.status, report.problems) == (Status.OK, ())
    facts = report.facts
    assert facts.ready and facts.model_warm and facts.servers == 1
    assert facts.base and (facts.base.generation, facts.base.sources) == (1, 0)
    assert facts.base.made and facts.disk_free
    assert {loop.name for loop in facts.loops} == {
        "ScheduleCog.check",
        "CorrectionsCog.check",
        "CorrectionPostsCog.look",
        "DigestCog.check",
        "LapsesCog.check",
        "WaitingCog.look",
        "HousekeepingCog.forget_in_time",
        "HousekeepingCog.forget_pending",
        "HousekeepingCog.rest_idle",
        "HousekeepingCog.tidy",
    }
    assert read_report(world.bot.services.settings.data_dir) == report


async def test_loops_that_have_died_or_wait_for_another_day_are_restarted_and_that_is_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watcher = Watcher(world.bot)
    schedule, corrections = world.bot.get_cog("ScheduleCog"), world.bot.get_cog("CorrectionsCog")
    assert isinstance(schedule, ScheduleCog) and isinstance(corrections, CorrectionsCog)
    await world.env.settle()
    schedule._check.cancel()
    await until(lambda: not schedule._check.is_running())
    corrections._check._next_iteration = world.env.now() + timedelta(days=1)
    report = await looked(world, watcher)
    assert report.status is Status.UNHEALTHY
    assert [problem.name for problem in report.problems] == ["ScheduleCog.check", "CorrectionsCog.check"]
    assert "The loop ScheduleCog.check was restarted." in caplog.messages
    await world.env.settle()
    assert (await looked(world, watcher)).status is Status.OK
    assert "No longer so: The loop ScheduleCog.check has ended." in caplog.messages
    restarts = world.bot.services.metrics.registry.get_sample_value("pullquote_restarts_total", {"part": "loop"})
    assert restarts == 2


async def test_a_stuck_worker_is_replaced_the_reader_is_told_and_the_next_question_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "STUCK_SECONDS", 0.0)
    monkeypatch.setattr("bot.watching.health.STUCK_SECONDS", 0.0)
    inside, gate, ask = threading.Event(), threading.Event(), Library.ask

    def stuck(library: Library, question: str, **options: object) -> object:
        if question == "Does it hang?":
            inside.set()
            gate.wait(60)
        return ask(library, question, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "ask", stuck)
    watcher = Watcher(world.bot)
    hanging = asyncio.create_task(world.mention("Does it hang?"))
    assert await asyncio.to_thread(inside.wait, 60)
    try:
        report = await looked(world, watcher)
        assert report.problems[0].sentence.startswith("A worker has been stuck in one question for")
        said = text(await hanging)
        assert said.startswith("Something went wrong on my side.")
        reference = said.split()[-1].rstrip(".")
        assert any(getattr(record, "reference", None) == reference for record in caplog.records)
        (where,) = [record for record in caplog.records if record.getMessage().startswith("A stuck worker")]
        assert "in stuck" in where.stack  # type: ignore[attr-defined]
        assert LEE_ASKED in quotes(await world.mention(LEE_QUESTION))
    finally:
        gate.set()


async def test_the_log_holds_no_question_also_if_it_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await world.mention("Where does the zebra sleep, and what did Lee ask Xi to do?")
    monkeypatch.setattr("bot.storage.answers.AnswerStore.keep", broken)
    assert "Something went wrong" in text(await world.mention("Where does the zebra sleep?"))
    logged = "\n".join(map(TextFormatter().format, caplog.records))
    assert "Traceback" in logged and "broken" in logged
    assert "zebra" not in logged and "Ada" not in logged


def broken(*_: object) -> None:
    raise RuntimeError("broken")


@pytest.mark.minutes
async def test_a_base_library_that_cannot_be_refreshed_is_told_to_the_operator_everywhere(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "tides.md").write_text(TIDES)
    log = world.guild.create_text_channel("operator")
    await world.restart(articles_dir=folder, refresh_hours=1, log_channel=log.id)
    await world.env.advance_time(1.5 * HOUR)
    assert text(log.last_message).startswith("### Refreshed\nI have read the sources again.\n**1 new**")
    shutil.rmtree(folder)
    await world.env.advance_time(1.5 * HOUR)
    assert text(log.last_message).startswith(
        "### Not refreshed\nThe sources could not be read again, and nothing was changed."
    )
    told = len(log.history())
    await world.env.advance_time(4 * HOUR)
    assert len(log.history()) == told, "the same is said once"
    report = await looked(world, Watcher(world.bot))
    assert report.status is Status.DEGRADED
    assert report.problems[0].sentence.startswith(
        "The base library could not be refreshed 2 times in a row since 2026-01-01 "
    )
    assert str(folder) in report.problems[0].sentence
    failed = world.bot.services.metrics.registry.get_sample_value(
        "pullquote_refreshes_total", {"library": "base", "result": "failed"}
    )
    assert failed == 2
    settings = world.bot.services.settings
    write_report(replace(report, facts=replace(report.facts, at=datetime.now(UTC))), settings.data_dir)
    found = [check for check in examine(lambda: settings) if check.subject == "bot"]
    assert any(check.detail == report.problems[0].sentence and check.remedy for check in found)
    assert BAKERY_ANSWER in quotes(await world.mention(BAKERY_QUESTION))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def read_until(process: Process, words: str) -> list[str]:
    """The lines of the process's log up to one with these words."""
    assert process.stderr
    lines: list[str] = []
    while not lines or words not in lines[-1]:
        lines.append(await asyncio.to_thread(process.stderr.readline))
        assert lines[-1], f"it ended: {lines}"
    return lines


def watched(seconds: float, more: str = "") -> tuple[str, ...]:
    """`pullquote` against a Discord on this machine, which looks after itself every `seconds`."""
    patched = (
        f"import bot.watching.watcher\nbot.watching.watcher.SECONDS = {seconds}\n{more}\nfrom bot.cli.app import main"
    )
    return ("-c", PROGRAM.replace("from bot.cli.app import main", patched))


async def test_a_running_bot_tells_how_it_is_to_systemd_to_the_page_and_to_the_command_line(
    pullquote_process: Start, sample: None, place: Path
) -> None:
    port = free_port()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("notify")  # in the working directory: a path in full may be too long for a socket
        systemd.setblocking(False)
        told: list[str] = []

        async def listen() -> None:
            while True:
                told.extend((await asyncio.get_running_loop().sock_recv(systemd, 10_000)).decode().splitlines())

        listening = asyncio.create_task(listen())
        async with Discord(shards=2) as discord:
            env = {"HEALTH_PORT": str(port), "LOG_FORMAT": "json", "NOTIFY_SOCKET": "notify", "DISCORD_TOKEN": SHAPED}
            process = pullquote_process("run", program=(*watched(0.2), discord.address), **env)
            lines = await read_until(process, "Ready as pullquote")
            await until(lambda: "READY=1" in told, 60)
            assert discord.identified == [[0, 2], [1, 2]]
            async with ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/health") as page:
                    health, status = await page.json(), page.status
                async with session.get(f"http://127.0.0.1:{port}/metrics") as page:
                    metrics = await page.text()
                async with session.post(f"http://127.0.0.1:{port}/health") as page:
                    assert page.status == 405
            running = await outcome(pullquote_process("health"))
            process.send_signal(signal.SIGTERM)
            ended = await outcome(process)
        await until(lambda: "STOPPING=1" in told)
        listening.cancel()
    assert ended.code == 0, ended
    assert (status, health["status"], len(health["facts"]["shards"])) == (200, "ok", 2)
    assert "pullquote_healthy 1.0" in metrics and "process_resident_memory_bytes" in metrics
    assert 'pullquote_discord_requests_total{method="GET",status="200"} 3.0' in metrics
    assert (running.code, running.err) == (0, "")
    assert running.out.splitlines()[0].startswith("bot: ok, running for ")
    assert "gateway: signed in, in 0 servers; shard 0 heard " in running.out
    assert "WATCHDOG=1" in told and "STATUS=ok." in told
    stopped = await outcome(pullquote_process("health"))
    assert stopped.code == 1 and stopped.out.startswith("bot: stopped "), stopped
    records = [json.loads(line) for line in (*lines, *ended.err.splitlines()) if line.startswith("{")]
    assert {"Signing in to Discord.", "Stopping; answers under way are finished first."} <= {
        record["message"] for record in records
    }
    assert len(records) > len(lines) - 3, "all but what was said before the bot was opened is JSON"
    assert SHAPED not in "".join(lines) + ended.err


async def test_a_shard_that_falls_silent_is_unhealthy_and_gets_a_new_connection(
    pullquote_process: Start, sample: None, place: Path
) -> None:
    async with Discord(heartbeat_ms=2000) as discord:
        process = pullquote_process("run", program=(*watched(0.2), discord.address), DISCORD_TOKEN=SHAPED)
        await read_until(process, "Ready as pullquote")
        before = len(discord.identified)
        discord.is_silent = True
        lines = await read_until(process, "gets a new connection")
        assert any("Discord was last heard" in line for line in lines)
        report = read_report(place / "pullquote-data")
        assert report and report.status is Status.UNHEALTHY
        await until(lambda: len(discord.identified) > before, 60)
        await read_until(process, "No longer so: Discord was last heard")
        process.send_signal(signal.SIGTERM)
        assert (await outcome(process)).code == 0


HANGS = """
import re
import bot.client, bot.watching.supervision
bot.watching.supervision.keep_guard.__defaults__ = (5.0,)
async def hang(_):
    re.match("(a+)+$", "a" * 60 + "b")
bot.client.Pullquote.on_ready = hang
"""


async def test_a_bot_whose_event_loop_hangs_ends_itself_and_says_where_it_was(
    pullquote_process: Start, sample: None
) -> None:
    async with Discord() as discord:
        process = pullquote_process("run", program=(*watched(0.2, HANGS), discord.address), DISCORD_TOKEN=SHAPED)
        ended = await outcome(process)
    assert ended.code == 1
    assert "in hang\n" in ended.err


async def test_a_page_that_cannot_be_served_is_named(pullquote_process: Start, sample: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = pullquote_process("run", DISCORD_TOKEN=SHAPED, HEALTH_PORT=port)
        ended = await outcome(process)
    assert ended.code == 2
    said = ended.err.splitlines()[-1]
    assert said.startswith(f"The health page cannot be served at 127.0.0.1:{port} (")
    assert said.endswith("; set HEALTH_PORT and HEALTH_HOST right, or remove HEALTH_PORT.")


async def test_without_a_bot_health_says_so(pullquote_process: Start) -> None:
    said = await outcome(pullquote_process("health"))
    assert (said.code, said.out) == (1, "No bot has run on this data folder.\n")
