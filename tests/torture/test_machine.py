"""A machine short of open files or memory, and a clock that is set back: a sentence, and nothing is lost."""

import mmap
import os
import resource
import shutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.storage.answers import AnswerStore
from bot.storage.pending import PendingPaste, PendingStore
from bot.storage.sqlite import SqliteDatabase
from index import Answer, Outcome
from tests.limits import torture
from tests.torture import faults
from tests.torture.faults import COUNTING
from tests.torture.kinds import DAY, FIRST, KINDS, SECOND, Kind, open_library
from tests.torture.test_disk import check_sentence
from tests.torture.trials import Say, apart, attempt

pytestmark = pytest.mark.slow

WORK = ("update", "removal", "reindex --full", "rollback", "migration from version 1", "restore", "records of the bot")


def leave_files(spare: int) -> None:
    """Let this process open just so many more files."""
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + spare, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def leave_memory(kibibytes: int) -> None:
    """Let this process grow by just so much."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    resource.setrlimit(resource.RLIMIT_AS, (taken + (kibibytes << 10), resource.RLIM_INFINITY))


LIMITS: dict[str, tuple[Callable[[int], None], list[int]]] = {
    "open files": (leave_files, list(range(24))),
    "memory": (leave_memory, [0, *range(1_000, 12_000, 1_000), *(1_000 << bits for bits in range(4, 10))]),
}
"""What sets a limit, and how much it leaves."""


def try_limits(name: str, limit: str, place: Path, count: int) -> Counter[str]:
    """Do the work with less or more of what is limited. It is done, or says in a sentence why not; nothing is lost."""
    kind, found = KINDS[name], Counter[str]()
    set_limit, steps = LIMITS[limit]
    start = place / "start"
    start.mkdir()
    apart(partial(kind.prepare, start))
    shutil.copytree(start, place / "before")
    before = apart(partial(kind.view, place / "before"))
    shutil.copytree(start, place / "after")
    attempt(partial(kind.work, place / "after"), place / "after", COUNTING)
    after = apart(partial(kind.view, place / "after"))
    for spare in [*steps[: -1 : max(len(steps) // count, 1)], steps[-1]]:
        trial = place / f"trial-{spare}"
        shutil.copytree(start, trial)
        ended = attempt(partial(_work_within, kind, set_limit, spare, trial), trial, COUNTING)
        assert not (ended.surprise or ended.killed), (spare, ended)
        if ended.error:
            check_sentence(ended.error)
        state = kind.judge(apart(partial(kind.view, trial)), before, after, ended.said)
        assert ended.error or state == "after", (spare, ended)
        if state == "before":
            again = attempt(partial(kind.work, trial), trial, COUNTING)
            assert kind.judge(apart(partial(kind.view, trial)), before, after, again.said) == "after"
        found[f"{'error' if ended.error else 'done'}, {state}"] += 1
        shutil.rmtree(trial)
    return found


def _work_within(kind: Kind, set_limit: Callable[[int], None], spare: int, place: Path, say: Say) -> None:
    set_limit(spare)
    kind.work(place, say)


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("name", WORK)
def test_work_that_runs_short_is_done_or_says_in_a_sentence_why_it_was_not(
    name: str, limit: str, lab: ProcessPoolExecutor, tmp_path: Path
) -> None:
    found = lab.submit(try_limits, name, limit, tmp_path, torture(8)).result()
    assert {state.partition(",")[0] for state in found} == {"error", "done"}


def live_through_a_clock_set_back(place: Path, say: Say) -> None:
    """An update, a day back, and then all that depends on time."""
    with open_library(place / "library") as library:
        library.update(FIRST, keep_for=DAY)
        faults.set_clock_back(24 * 3600)
        answer = library.ask("What did the miller of Holt say on day 2?", since="2026-03-01", until="2026-03-31")
        assert answer.quotes[0].article.id == "holt"
        library.update(SECOND, keep_for=DAY)
        assert library.read_generation() == 2
        assert [kept.generation for kept in library.kept_generations()] == [2, 1]
        library.tidy()
        library.roll_back()
        assert {article.id: article for article in library.articles()} == {article.id: article for article in FIRST}
        assert [kept.generation for kept in library.kept_generations()] == [1]
        assert library.check() == ()
        faults.set_clock_back(0)
    with open_library(place / "library") as library:
        assert (library.read_generation(), library.check()) == (3, ())
    with closing(SqliteDatabase(place / "library")) as database:
        answers, pending = AnswerStore(database), PendingStore(database)
        for number, days_back in enumerate((0, 1, 1)):
            faults.set_clock_back(days_back * 24 * 3600)
            record = answers.keep(5, 6, Answer(f"Who said {number}?", True, 0.9, outcome=Outcome.ANSWERED))
            answers.place(record.id, 60, 1000 + number)
        latest = answers.latest_to(6, 60, minutes=15)
        assert latest and latest.question == "Who said 2?"
        assert answers.forget_older_than(1) == 0
        faults.set_clock_back(0)
        kept = pending.keep(5, PendingPaste("A story that was withdrawn."))
        faults.set_clock_back(24 * 3600)
        pending.forget_old()
        assert pending.find(kept, 5, PendingPaste) is None
        faults.set_clock_back(-int(timedelta(days=3).total_seconds()))
        assert answers.forget_older_than(1) == 3
    say("lived")


def try_clock(place: Path) -> tuple[tuple[str, ...], str]:
    ended = attempt(partial(live_through_a_clock_set_back, place), place, COUNTING)
    return ended.said, ended.error + ended.surprise


def test_nothing_breaks_where_the_clock_is_set_back_a_day(lab: ProcessPoolExecutor, tmp_path: Path) -> None:
    assert lab.submit(try_clock, tmp_path).result() == (("lived",), "")
