"""`pullquote` run as a user runs it: in this process with the real model loaded once, or as a process of its own."""

import ctypes
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import simcord

from bot.choosing.lapses import LapsesCog
from bot.cli import app as cli
from bot.cli import doctor
from bot.client import Pullquote
from bot.corrections import cog as corrections
from bot.corrections import posting
from bot.desk.schedule import ScheduleCog
from bot.housekeeping import HousekeepingCog
from bot.run import opened_bot
from bot.services import opening as base
from bot.settings import Settings
from bot.waiting import cog as waiting
from index import DEFAULT_MODEL, Library, SentenceTransformerEncoder, Web, sample_articles
from tests.e2e.world import World, make_world
from tests.parser import PARSER
from tests.tools.site import Site

ROOT = Path(__file__).parents[2]

LEE_ASKED = "On North Korea, Lee asked Xi to act as a mediator as Seoul tries to reach Pyongyang by diplomatic means."
"""The sentence of the bundled sample that answers LEE_QUESTION."""

LEE_QUESTION = "What did Lee ask Xi to do about North Korea?"

TIDES = """---
title: The bakery that opens with the tide
author: Nora Quill
published: 2026-02-03
url: https://example.org/tides
---

The harbour bakery in Elmouth opens two hours before high tide. Its owner, Ada Brandt, bought the oven from a lighthouse
keeper in 2019.

She sells four hundred rye loaves on a Saturday. The council wants to move the shop to the new quay next spring.
"""
"""An article of one's own. It answers BAKERY_QUESTION with BAKERY_ANSWER."""

BAKERY_QUESTION = "Who sold Ada Brandt the oven?"
BAKERY_ANSWER = "Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019."


REACHABLE: set[tuple[str, int]] = set()
"""What of this machine the bot may read in these tests: the endpoints of local sites."""


def open_web() -> Web:
    """Reads the web, and the local sites of tests."""
    return Web(max_bytes=Settings(_env_file=None).max_article_bytes, allow=REACHABLE)


@pytest.fixture
def site() -> Iterator[Site]:
    """A newsroom's site on this machine, which the bot may read."""
    with Site() as site:
        REACHABLE.add(site.endpoint)
        yield site
        REACHABLE.discard(site.endpoint)


LAPSES = LapsesCog.__dict__["_check"]
"""The loop that looks after pinned answers."""

STACK = pytest.StashKey[ExitStack]()
"""Where a test's item holds what its bot stands on, for restarts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of `pullquote` came to."""

    code: int
    out: str
    err: str
    read: str = ""
    """When the articles were read, which every answer says at its end; `out` is without it."""

    @classmethod
    def of(cls, code: int, out: str, err: str) -> "Outcome":
        """What a run wrote."""
        found = re.search(r"\n(Articles read .+ ago\.\n(?:The source of .+\n)*)", out)
        return cls(code, out.replace(found[0], ""), err, found[1]) if found else cls(code, out, err)

    @property
    def json(self) -> Any:  # noqa: ANN401 - what JSON holds
        return json.loads(self.out)

    @property
    def quotes(self) -> list[str]:
        """The quoted sentences of `--json`."""
        return [quote["text"] for quote in self.json["quotes"]]

    @property
    def complaint(self) -> str:
        """What a run that refused its input said: one line on standard error, nothing else, and exit code 2."""
        assert self.code == 2, self
        assert self.out == "", self
        assert "Traceback" not in self.err, self.err
        assert self.err.count("\n") == 1 and self.err.endswith((".\n", "'\n")), self.err
        return self.err.strip()


Run = Callable[..., Outcome]


@pytest.fixture(scope="session")
def encoder(real_encoder: SentenceTransformerEncoder) -> Callable[[str], SentenceTransformerEncoder]:
    """Gives the encoder of a model's name; the default one is loaded once a session."""
    return lambda name: real_encoder if name == DEFAULT_MODEL else SentenceTransformerEncoder(name)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no setting in the environment."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return place


@pytest.fixture
def pullquote(
    place: Path,
    encoder: Callable[[str], SentenceTransformerEncoder],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Runs `pullquote ARGUMENTS…` in this process, in `place`, with the settings `env`, reading `stdin`."""
    monkeypatch.setattr(base, "SentenceTransformerEncoder", encoder)
    monkeypatch.setattr(doctor, "SentenceTransformerEncoder", encoder)

    def run(*arguments: str | Path, env: dict[str, str | Path] | None = None, stdin: str = "") -> Outcome:
        capfd.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["pullquote", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(os.fsencode(stdin)), "utf-8"))
            patch.setattr(logging.root, "handlers", [])  # pytest's own would keep main() from adding its handler
            for name, value in (env or {}).items():
                patch.setenv(name, str(value))
            with pytest.raises(SystemExit) as leaving:
                cli.main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Outcome.of(int(leaving.value.code or 0), out, err)

    return run


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lest a test that lets days go by look for them thousands of times; those of corrections set it back."""
    monkeypatch.setattr(corrections, "SECONDS", 6 * 3600.0)
    monkeypatch.setattr(posting, "SECONDS", 6 * 3600.0)


@pytest.fixture(autouse=True)
def _answers_looked_for_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for answers to those who wait."""
    monkeypatch.setattr(waiting, "SECONDS", 6 * 3600.0)


@pytest.fixture(scope="session")
def _sample_folder(real_encoder: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "library"
    with Library.open(folder, load_encoder=lambda: real_encoder) as library:
        library.update(sample_articles())
    return folder


@pytest.fixture
def sample(place: Path, _sample_folder: Path) -> None:
    """The library as it is after first use: with the bundled sample."""
    shutil.copytree(_sample_folder, place / "pullquote-data")


@pytest.fixture
def answers_as_before(pullquote: Run) -> Iterator[None]:
    """A library with TIDES in it. After the test it must still hold just that, soundly, and answer from it."""
    Path("tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "tides.md").code == 0
    yield
    assert pullquote("articles", "list").out.split("\t")[0] == "tides"
    answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1")
    assert (answer.code, answer.quotes) == (0, [BAKERY_ANSWER]), answer
    with Library.open("pullquote-data") as library:
        assert library.check() == ()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the bot time to settle on a machine with much else to do."""
    for item in items:
        if item.get_closest_marker("simcord") is None:
            item.add_marker(pytest.mark.simcord(settle_timeout=60, shard_count=1))


@pytest.fixture
def simcord_bot(
    _sample_folder: Path, tmp_path: Path, real_encoder: SentenceTransformerEncoder, request: pytest.FixtureRequest
) -> Iterator[Pullquote]:
    """The bot over the bundled sample, with no cooldown; `@pytest.mark.settings(…)` sets what it names."""
    shutil.copytree(_sample_folder, tmp_path / "data")
    unhurried = ExitStack()
    if not request.node.get_closest_marker("minutes"):
        keeping = HousekeepingCog.__dict__
        for loop in (ScheduleCog.__dict__["_check"], keeping["_forget_pending"], keeping["_rest_idle"], LAPSES):
            unhurried.callback(loop.change_interval, minutes=loop.minutes)
            loop.change_interval(hours=6)
    marker = request.node.get_closest_marker("settings")
    chosen = {"data_dir": tmp_path / "data", "cooldown_seconds": 0} | (marker.kwargs if marker else {})
    settings = Settings(_env_file=None, **chosen)
    with Library.open(settings.data_dir, load_encoder=lambda: real_encoder) as base, ExitStack() as stack:
        bot = stack.enter_context(opened_bot(settings, base, lambda: real_encoder, PARSER, open_web))
        request.node.stash[STACK] = stack
        yield bot
    unhurried.close()


@pytest.fixture
def world(simcord_env: simcord.Env, real_encoder: SentenceTransformerEncoder, request: pytest.FixtureRequest) -> World:
    """The bot in a simulated Discord, over the bundled sample."""
    return make_world(simcord_env, real_encoder, request.node.stash[STACK], open_web)


Speaks = Callable[[object, str], None]


@pytest.fixture
def speaks(world: World, monkeypatch: pytest.MonkeyPatch) -> Speaks:
    """Has a person use Discord in a language. SimCord sends every interaction as if it were in English."""
    backend, locales = world.env.backend, dict[str, str]()
    emit = backend.emit

    def localized(event: str, payload: dict[str, object], *more: object, **others: object) -> object:
        if event == "INTERACTION_CREATE":
            who = payload.get("user") or payload["member"]["user"]  # type: ignore[index]
            payload["locale"] = locales.get(who["id"], "en-US")  # type: ignore[index]
        return emit(event, payload, *more, **others)

    monkeypatch.setattr(backend, "emit", localized)

    def speak(person: object, locale: str) -> None:
        locales[str(person.id)] = locale  # type: ignore[attr-defined]

    return speak


class Process(subprocess.Popen[str]):
    """`pullquote` in a process of its own, which a test may signal."""

    def outcome(self, timeout: float = 120) -> Outcome:
        """Wait until it ends. Its exit code is negative where a signal ended it."""
        out, err = self.communicate(timeout=timeout)
        return Outcome.of(self.returncode, out, err)


Start = Callable[..., Process]


@pytest.fixture
def pullquote_process(place: Path) -> Iterator[Start]:
    """Starts `pullquote ARGUMENTS…` in `place`; what still runs after the test is killed."""
    processes: list[Process] = []

    def start(
        *arguments: str | Path, program: tuple[str, ...] = ("-m", "bot"), bound: bool = False, **env: str | Path
    ) -> Process:
        """Start it with the settings `env`; `bound` by the modes of files even where root runs the tests."""
        process = Process(
            [sys.executable, *program, *map(str, arguments)],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | {k: str(v) for k, v in env.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=drop_root_powers if bound and os.geteuid() == 0 else None,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def drop_root_powers() -> None:
    """Let the program that this process becomes be held by the modes of files, as everyone but root is."""
    drop_from_bounding_set, override, read_search = 24, 1, 2  # from linux/prctl.h and linux/capability.h
    for capability in (override, read_search):
        if ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0):
            raise OSError("the capability to override the modes of files cannot be dropped")


def plain(text: str) -> str:
    """`text` without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
