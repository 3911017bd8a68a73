"""Servers' libraries that nobody asks rest: a bot in many servers keeps few files open."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import bot.services.libraries
from bot.services.libraries import Libraries, name_of
from index import BASE, Article, EmbeddedEngine, Engine, Library
from tests.encoder import WordEncoder

SERVERS = (11, 22, 33, 44)
QUESTION = "When does the ferry sail?"


def open_library(engine: Engine, name: str = BASE) -> Library:
    return Library.open_in(engine, name, load_encoder=WordEncoder, threshold=0.0)


@pytest.fixture
def libraries(tmp_path: Path) -> Iterator[Libraries]:
    """Four servers, each with a ferry of its own."""
    engine = EmbeddedEngine(tmp_path)
    with open_library(engine) as base, closing(Libraries(base, engine, open_library)) as libraries:
        for server in SERVERS:
            libraries.own_or_create(server).update([Article("ferry", "Ferries", f"The ferry {server} sails at noon.")])
        yield libraries


def ask(libraries: Libraries, server: int) -> str:
    base, *own = libraries.readable_by(server)
    return base.ask(QUESTION, beside=own).quotes[0].text


def opened(libraries: Libraries, server: int) -> tuple[Library, ...]:
    """The base library, and the server's own if it was opened."""
    return (libraries.base, *(own for number, own in libraries._opened.items() if number == server))


def awake(libraries: Libraries) -> set[int]:
    """The servers whose libraries have anything in memory."""
    return {server for server in SERVERS if opened(libraries, server)[1]._storage._generations._kept}


def test_the_libraries_that_were_used_last_stay_awake(libraries: Libraries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.services.libraries, "AWAKE", 2)
    for server in (11, 22, 33, 22, 44):
        assert ask(libraries, server) == f"The ferry {server} sails at noon."
    assert awake(libraries) == {22, 44}


def test_a_library_at_rest_is_still_an_opened_one_and_the_same(libraries: Libraries) -> None:
    before = {server: opened(libraries, server) for server in SERVERS}
    libraries.rest_idle(0)
    assert awake(libraries) == set()
    assert {server: opened(libraries, server) for server in SERVERS} == before
    assert ask(libraries, 33) == "The ferry 33 sails at noon."
    assert opened(libraries, 33) == before[33]


def test_only_those_rest_that_nobody_asked_for_some_time(libraries: Libraries, monkeypatch: pytest.MonkeyPatch) -> None:
    now = bot.services.libraries.time.monotonic()
    for server, ago in ((11, 900), (22, 700), (33, 500), (44, 0)):
        monkeypatch.setattr("bot.services.libraries.time.monotonic", lambda ago=ago: now - ago)
        ask(libraries, server)
    libraries.rest_idle()
    assert awake(libraries) == {33, 44}


def test_a_library_that_was_used_by_who_still_held_it_rests_with_the_next(libraries: Libraries) -> None:
    held = opened(libraries, 11)[1]
    libraries.rest_idle(0)
    assert held.ask(QUESTION).quotes
    assert awake(libraries) == {11}
    libraries.rest_idle()
    assert awake(libraries) == set()


def test_a_deleted_library_is_forgotten(libraries: Libraries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.services.libraries, "AWAKE", 1)
    libraries.delete(44)
    assert opened(libraries, 44) == (libraries.base,)
    assert ask(libraries, 11) == "The ferry 11 sails at noon."
    libraries.rest_idle(0)
    assert libraries.servers() == [11, 22, 33]


def test_a_library_that_another_process_makes_or_deletes_is_noticed_at_the_next_question(
    libraries: Libraries, tmp_path: Path
) -> None:
    ask(libraries, 44)
    elsewhere = EmbeddedEngine(tmp_path)
    elsewhere.delete(name_of(44))
    assert libraries.readable_by(44) == (libraries.base.for_readers(),)
    assert opened(libraries, 44) == (libraries.base,)
    with open_library(elsewhere, name_of(55)) as made:
        made.update([Article("ferry", "Ferries", "The ferry 55 sails at noon.")])
    assert ask(libraries, 55) == "The ferry 55 sails at noon."
    assert libraries.servers() == [11, 22, 33, 55]


def test_two_threads_that_open_a_library_at_once_get_the_same_one(libraries: Libraries) -> None:
    gate, found = threading.Barrier(8), list[Library]()

    def use() -> None:
        gate.wait()
        found.append(libraries.own_or_create(66))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


IN_MANY_SERVERS = """
import resource, shutil, sys
from pathlib import Path

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from bot.services.libraries import Libraries
from index import EmbeddedEngine
from tests.bot.services.test_resting import QUESTION, Article, open_library

folder = Path(sys.argv[1])
with open_library(EmbeddedEngine(folder / "first")) as first:
    first.update([Article("ferry", "Ferries", "The ferry sails at noon.")])
for server in range(500):
    shutil.copytree(folder / "first", folder / "servers" / str(server))
engine = EmbeddedEngine(folder)
with open_library(engine) as base:
    libraries = Libraries(base, engine, open_library)
    answers = []
    for server in [*range(500), *range(20)]:
        own = libraries.readable_by(server)[1]
        answers.append(base.ask(QUESTION, beside=[own]).quotes[0].text)
    print(len(answers), set(answers), len(libraries.servers()))
    libraries.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_five_hundred_servers_are_answered_with_256_files_to_open(tmp_path: Path) -> None:
    command = [sys.executable, "-c", IN_MANY_SERVERS, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False)
    assert (run.stdout, run.stderr) == ("520 {'The ferry sails at noon.'} 500\n", "")
