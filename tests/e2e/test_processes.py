"""Two processes of the bot on one database, each with a Discord of its own that has the servers of its shard."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote as escaped

import pytest
from aiohttp import web
from psycopg.conninfo import conninfo_to_dict

from tests.e2e.conftest import Run, Start
from tests.e2e.test_run import Discord, outcome, started
from tests.postgres import add_extensions
from tests.tools.relay import Relay

ROOT = Path(__file__).parents[2]


def url_of(conninfo: str) -> str:
    """The address of a database, as DATABASE_URL has it."""
    named = {name: escaped(str(value), safe="") for name, value in conninfo_to_dict(conninfo).items()}
    return "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**named)


@pytest.fixture
def database_url(postgres_database: str) -> str:
    add_extensions(postgres_database)
    return url_of(postgres_database)


class Process:
    """A process of the bot (`one_of_many.py`), which does what it is told."""

    def __init__(self, url: str, shard: int, folder: Path) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.one_of_many", url, str(shard), str(folder)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> None:
        """Let it open what it stands on, and wait until it is ready."""
        assert self.running.stdin
        print(file=self.running.stdin, flush=True)
        assert self.heard() == "ready"

    def heard(self) -> Any:  # noqa: ANN401 - what JSON holds
        """What it answers."""
        assert self.running.stdout
        line = self.running.stdout.readline()
        assert line, f"the process has ended: {self.running.wait()}"
        return json.loads(line)

    def begin(self, name: str, *positional: object, **named: object) -> None:
        """Tell it to do something."""
        assert self.running.stdin
        print(json.dumps([name, positional, named]), file=self.running.stdin, flush=True)

    def __call__(self, name: str, *positional: object, **named: object) -> Any:  # noqa: ANN401
        """What it answers when it has done something."""
        self.begin(name, *positional, **named)
        return self.heard()

    def kill(self) -> None:
        """Kill it."""
        self.running.kill()
        self.running.communicate()


@pytest.fixture
def processes(database_url: str, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """Two processes, of which the first leads. The base library has a story about almonds."""
    first, second = (Process(database_url, shard, tmp_path / str(shard)) for shard in (0, 1))
    try:
        first.start()
        second.start()
        yield first, second
    finally:
        first.kill()
        second.kill()


def test_no_server_is_answered_twice_or_lost_and_none_from_the_articles_of_another(
    processes: tuple[Process, Process],
) -> None:
    first, second = processes
    assert [one("leads") for one in processes] == [True, False]
    first("give_own", "barley")
    second("give_own", "candles")
    asked = {ware: [one("ask", ware) for one in processes] for ware in ("almonds", "barley", "candles")}
    assert asked == {
        "almonds": [[True], [True]],
        "barley": [[True], [False]],
        "candles": [[False], [True]],
    }
    first("update", "dates")
    assert second("ask", "dates") == [True], "what one puts into the base library, the other answers from"


def test_what_is_set_in_a_server_holds_there_alone(processes: tuple[Process, Process]) -> None:
    first, second = processes
    second("command", "settings threshold", percent=90)
    second("command", "settings ask-channel add", channel="CHANNEL")
    assert [one("settings")[1] for one in processes] == [False, True]
    assert second("settings")[0] == 0.9 != first("settings")[0]
    assert [one("post", "almonds") for one in processes] == [False, True]


def test_housekeeping_of_one_process_leaves_the_servers_of_the_other_alone(processes: tuple[Process, Process]) -> None:
    """Also where data of a server that was left is kept for no day at all."""
    first, second = processes
    servers = [one("server") for one in processes]
    for one, ware in zip(processes, ("barley", "candles"), strict=True):
        one("give_own", ware)
        one("ask", ware)
    assert first("keep_house") == second("keep_house") == sorted(servers)
    second("leave")
    assert first("keep_house") == sorted(servers), "it is for the other one to delete"
    assert second("keep_house") == [servers[0]]
    assert first("ask", "barley") == [True]


def test_each_process_corrects_the_answers_in_its_servers(processes: tuple[Process, Process]) -> None:
    first, second = processes
    for one in processes:
        assert one("ask", "almonds") == [True]
        assert one("correct") == []
    second("update", "almonds", year=2018)
    assert len(first("correct")) == 1
    assert len(second("correct")) == 1


def test_each_process_reads_for_its_servers_whoever_was_told_and_the_leader_for_the_base_library(
    processes: tuple[Process, Process],
) -> None:
    first, second = processes
    own, others = first("server"), second("server")
    for one, ware in zip(processes, ("barley", "candles"), strict=True):
        one("give_own", ware)
    assert [sorted(one("refresh"), key=str) for one in processes] == [[own, None], [others]]
    for server in (None, own, others):
        second("say_of", server)
    assert [sorted(one("read"), key=str) for one in processes] == [[own, None], [others]]


def test_the_leader_looks_for_all_who_wait_and_each_process_tells_its_own(processes: tuple[Process, Process]) -> None:
    first, second = processes
    for one in processes:
        one("wait")
        assert one("tell") == 0
    first("bring_news")
    assert second("tell") == 0, "the leader has not looked through the base library yet"
    assert [one("tell") for one in processes] == [1, 1]
    assert [one("tell") for one in processes] == [1, 1]


def test_a_leader_that_is_killed_in_an_update_leaves_the_old_generation_to_the_other_which_leads_then(
    processes: tuple[Process, Process], database_url: str, tmp_path: Path
) -> None:
    first, second = processes
    before = second("generation")
    assert first("generation") == before
    assert first("commands") > 0 == second("commands"), "the leader alone tells Discord the commands"
    first.begin("update", "figs", "hops", dies=True)
    since = time.monotonic()
    assert first.running.wait(60) == -9
    until(lambda: second("leads"))
    assert time.monotonic() - since < 30
    assert second("generation") == before
    assert second("commands") > 0
    assert second("ask", "figs") == [False]
    assert second("ask", "almonds") == [True]
    assert second("update", "figs") == before + 1
    again = Process(database_url, 0, tmp_path / "0")
    try:
        again.start()
        assert not again("leads")
        assert again("ask", "figs") == [True]
    finally:
        again.kill()


def test_a_leader_that_is_cut_off_from_the_database_says_so_and_follows_when_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    with Relay.to(database_url) as relay:
        first = Process(url_of(relay.url), 0, tmp_path / "0")
        second = Process(database_url, 1, tmp_path / "1")
        try:
            first.start()
            second.start()
            assert first("ask", "almonds") == [True]
            assert [one("leads") for one in (first, second)] == [True, False]
            relay.cut()
            until(lambda: second("leads"))
            assert not first("leads")
            assert first("ask", "almonds") == [False], "a sentence, in place of an answer"
            relay.mend()
            until(lambda: first("ask", "almonds") == [True])
            assert [one("leads") for one in (first, second)] == [False, True]
        finally:
            first.kill()
            second.kill()


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it holds."""
    since = time.monotonic()
    while not condition():
        assert time.monotonic() - since < seconds, "it did not come to that"
        time.sleep(0.1)


class Noted(list[list[int]]):
    """The shards whose sessions were begun, and when each was."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def append(self, shard: list[int]) -> None:
        super().append(shard)
        self.times.append(time.monotonic())


class Many(Discord):
    """Discord for bots that run some of its shards each."""

    def __init__(self) -> None:
        super().__init__(shards=2)
        self.identified = self.begun = Noted()
        self.told_commands = 0

    async def _answer(self, request: web.Request) -> web.Response:
        self.told_commands += request.path.endswith("/commands") and request.method == "PUT"
        return await super()._answer(request)


@pytest.mark.slow
async def test_two_processes_sign_in_in_turn_and_the_one_that_is_left_leads(
    pullquote_process: Start, pullquote: Run, database_url: str
) -> None:
    env = {"DATABASE_URL": database_url, "SHARD_COUNT": "2"}

    def how(**more: str) -> list[dict[str, Any]]:
        found = pullquote("health", "--json", env=env | {"SHARD_IDS": "0-1"} | more).json
        return found if isinstance(found, list) else [found] if found else []

    async with Many() as discord:
        processes = [await started(pullquote_process, discord, **env, SHARD_IDS=shard) for shard in ("0", "1")]
        while len(reports := [one for one in how() if one["status"] == "ok"]) < 2:
            ended = [process for process in processes if process.poll() is not None]
            assert not ended, [await outcome(process) for process in ended]
            await asyncio.sleep(0.5)
        assert sorted(discord.begun) == [[0, 2], [1, 2]]
        one, other = discord.begun.times
        assert other - one >= 5, "Discord lets one session begin in five seconds"
        assert discord.told_commands == 1
        leaders = [report["facts"]["process"]["shards"] for report in reports if report["facts"]["process"]["leads"]]
        ((leader,),) = leaders
        left = 1 - leader
        processes[leader].kill()
        killed = time.monotonic()
        while not how(SHARD_IDS=str(left))[0]["facts"]["process"]["leads"]:
            assert time.monotonic() - killed < 30
            await asyncio.sleep(0.5)
        lines = pullquote("health", env=env | {"SHARD_IDS": str(left)}).out.splitlines()
        assert lines[0].startswith(f"bot, shard {left} of 2: ok, running for ")
        assert "leader: this process" in lines
        again = await started(pullquote_process, discord, **env, SHARD_IDS=str(left))
        said = await outcome(again)
        assert said.code == 2
        assert said.err.splitlines()[-1] == (
            f"Another process runs shard {left} already; give each process its own SHARD_IDS."
        )


@pytest.mark.slow
async def test_a_process_that_was_frozen_ends_where_another_has_taken_its_place(
    pullquote_process: Start, database_url: str
) -> None:
    env = {"DATABASE_URL": database_url, "SHARD_COUNT": "2", "SHARD_IDS": "0"}
    async with Many() as discord:
        frozen = await started(pullquote_process, discord, **env)
        await asyncio.to_thread(until, lambda: bool(discord.begun))
        frozen.send_signal(signal.SIGSTOP)
        standby = await started(pullquote_process, discord, **env)
        await asyncio.to_thread(until, lambda: len(discord.begun) == 2, 60)
        frozen.send_signal(signal.SIGCONT)
        since = time.monotonic()
        said = await outcome(frozen)
        assert time.monotonic() - since < 40
        assert standby.poll() is None
        standby.kill()
    assert said.code == 2
    assert said.err.splitlines()[-1] == (
        "This process was cut off from the database, and its place was taken. Another process runs shard 0 already; "
        "give each process its own SHARD_IDS."
    )
