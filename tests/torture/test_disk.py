"""A disk that is full, read-only, slow or broken, from any change on: one clear sentence, and nothing is lost."""

import errno
import os
import random
import re
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from bot.services.backup import restore_backup, write_backup
from bot.storage.answers import AnswerStore
from bot.storage.sqlite import SqliteDatabase
from index import Answer, PullquoteError
from index.encoding import kept
from tests.limits import torture
from tests.torture import faults
from tests.torture.faults import COUNTING, Action, Change, Fault
from tests.torture.kinds import FIRST, KINDS, QUESTIONS, SECOND, Kind, open_library, settings_of
from tests.torture.trials import Say, apart, attempt

pytestmark = pytest.mark.slow

TIMES = 8
"""How many of the changes go wrong in turn, of each kind of work and each fault."""

DISKS: dict[str, Fault] = {
    "full": Fault(Action.FAIL, 0, errno.ENOSPC, lasts=True, kinds=Change.OPEN | Change.WRITE | Change.MKDIR),
    "read-only": Fault(Action.FAIL, 0, errno.EROFS, lasts=True),
    "broken": Fault(Action.FAIL, 0, errno.EIO, lasts=True),
    "broken once": Fault(Action.FAIL, 0, errno.EIO),
    "of too many files": Fault(Action.FAIL, 0, errno.EMFILE, lasts=True, kinds=Change.OPEN | Change.MKDIR),
}
"""What is wrong with it, by an adjective."""


def check_sentence(said: str) -> None:
    """One sentence for whoever runs this, with the remedy after a semicolon or a dash of its own."""
    assert "\n" not in said and "Traceback" not in said, said
    assert re.fullmatch(r"[A-Z/“].{20,}\.", said), said


def spread(changes: int, count: int, chance: random.Random) -> list[int]:
    """Numbers of changes: the first, the last, and others from all parts between; three at least."""
    count = max(count, 3)
    if changes <= count:
        return list(range(1, changes + 1))
    part = (changes - 2) / (count - 2)
    return [1, *(int(2 + part * (number + chance.random())) for number in range(count - 2)), changes]


def try_faults(kind: Kind, disk: str, place: Path, count: int) -> Counter[str]:
    """Let the disk fail from one of the work's changes on, for changes from its first to its last.

    The work is done, or says in a sentence why not; then all is as before or as after, and the work can be done again.
    """
    fault, chance, found = DISKS[disk], random.Random(disk), Counter[str]()
    start = place / "start"
    start.mkdir()
    apart(partial(kind.prepare, start))
    views = [place / name for name in ("before", "after", "after-seen")]
    shutil.copytree(start, views[0])
    before = apart(partial(kind.view, views[0]))
    shutil.copytree(start, views[1])
    whole = attempt(partial(kind.work, views[1]), views[1], Fault(Action.COUNT, kinds=fault.kinds))
    assert not (whole.error or whole.surprise), whole
    shutil.copytree(views[1], views[2])
    after = apart(partial(kind.view, views[2]))
    for n in spread(whole.changes, count, chance):
        trial = place / f"trial-{n}"
        shutil.copytree(start, trial)
        at = Fault(fault.action, n, fault.number, fault.lasts, fault.kinds)
        ended = attempt(partial(kind.work, trial), trial, at)
        assert not (ended.surprise or ended.killed), (at, ended.surprise)
        if ended.error:
            check_sentence(ended.error)
        state = kind.judge(apart(partial(kind.view, trial)), before, after, ended.said)
        assert ended.error or state == "after" or not kind.changes_what_is_seen, (at, ended)
        if state == "before":
            again = attempt(partial(kind.work, trial), trial, COUNTING)
            assert not (again.error or again.surprise), (at, again)
            assert kind.judge(apart(partial(kind.view, trial)), before, after, again.said) == "after", at
        found[f"{'error' if ended.error else 'done'}, {state}"] += 1
        shutil.rmtree(trial)
    return found


def try_named(name: str, disk: str, place: Path, count: int) -> Counter[str]:
    """The same of the work of that name."""
    return try_faults(KINDS[name], disk, place, count)


WORK = ("update", "removal", "reindex --full", "migration from version 1", "restore", "records of the bot")


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize("name", WORK)
def test_work_on_a_failing_disk_is_done_or_says_in_a_sentence_why_it_was_not(
    name: str, disk: str, lab: ProcessPoolExecutor, tmp_path: Path
) -> None:
    times = torture(TIMES) if name == "update" else torture(TIMES // 2)
    found = lab.submit(try_named, name, disk, tmp_path, times).result()
    assert found["error, before"] or not (DISKS[disk].lasts and KINDS[name].changes_what_is_seen)


class LastingUpdate(Kind):
    """A process that has the library open goes on with it as soon as the fault is gone."""

    def work(self, place: Path, say: Say) -> None:
        with open_library(place / "library") as library:
            library.ask(QUESTIONS[0])
            try:
                library.update(SECOND, remove=["ashby"])
            except PullquoteError:
                faults.disarm()
                held = {article.id: article for article in library.articles()}
                assert held in ({a.id: a for a in FIRST}, {a.id: a for a in SECOND if a.id != "ashby"})
                library.ask(QUESTIONS[0])
                library.update(SECOND, remove=["ashby"])
                assert library.ask(QUESTIONS[0]).quotes[0].article.id == "holt"
                raise


class LastingRecords(Kind):
    """A bot that has its records open goes on with them."""

    def prepare(self, place: Path) -> None:
        SqliteDatabase(place / "library").close()

    def work(self, place: Path, say: Say) -> None:
        database = SqliteDatabase(place / "library")
        store = AnswerStore(database)
        for number in range(12):
            try:
                self._keep(store, number)
            except PullquoteError as error:
                faults.disarm()
                check_sentence(str(error))
                say(str(error))
                assert len(store.answers_to([number])) <= 1
                for record in store.answers_to([number]):
                    store.forget(record.id)
                self._keep(store, number)
        database.close()

    def _keep(self, store: AnswerStore, number: int) -> None:
        record = store.keep(5, 6, Answer(f"Who said {number}?", False, 0.1), asked=number)
        store.vote(record.id, 7, up=True)
        if number % 3 == 0:
            store.forget(record.id)

    def view(self, place: Path) -> object:
        database = SqliteDatabase(place / "library")
        found = AnswerStore(database).answers_to(range(12))
        return sorted((record.asked, record.question) for record in found), AnswerStore(database).votes_of(7)


LASTING = {"update": LastingUpdate(), "records": LastingRecords()}


def try_lasting(name: str, disk: str, place: Path, count: int) -> Counter[str]:
    return try_faults(LASTING[name], disk, place, count)


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize("name", LASTING)
def test_a_process_goes_on_with_what_it_has_open_when_the_disk_works_again(
    name: str, disk: str, lab: ProcessPoolExecutor, tmp_path: Path
) -> None:
    found = lab.submit(try_lasting, name, disk, tmp_path, torture(TIMES)).result()
    assert found["error, after"] or not DISKS[disk].lasts or name == "records"  # which say it themselves


class FailedBackup(Kind):
    """A backup that could not be written leaves nothing behind."""

    def prepare(self, place: Path) -> None:
        super().prepare(place)
        (place / "kept").mkdir()

    def work(self, place: Path, say: Say) -> None:
        with open_library(place / "library") as library:
            write_backup(place / "kept/all.zip", library, settings_of(place), open_library)

    def view(self, place: Path) -> object:
        held = sorted(os.listdir(place / "kept"))
        assert held in ([], ["all.zip"]), held
        if held:
            shutil.rmtree(place / "restored", ignore_errors=True)
            restore_backup(place / "kept/all.zip", place / "restored", open_library)
        return bool(held)


def try_backup(disk: str, place: Path, count: int) -> Counter[str]:
    return try_faults(FailedBackup(), disk, place, count)


@pytest.mark.parametrize("disk", [disk for disk in DISKS if disk != "read-only" and disk != "broken"])
def test_a_backup_that_cannot_be_written_leaves_nothing_behind(
    disk: str, lab: ProcessPoolExecutor, tmp_path: Path
) -> None:
    found = lab.submit(try_backup, disk, tmp_path, torture(TIMES // 2)).result()
    assert found["error, before"] or not DISKS[disk].lasts


def _fill(folder: Path) -> None:
    for name in ("model.xml", "model.bin"):
        (folder / name).write_bytes(name.encode() * 5_000)


class Keeping(Kind):
    """A compiled model is kept, or made for this process alone."""

    changes_what_is_seen = False

    def prepare(self, place: Path) -> None:
        """Nothing is kept yet."""

    def work(self, place: Path, say: Say) -> None:
        os.environ[kept.VARIABLE] = str(place / "cache")
        folder = kept.kept("model", _fill)
        say(str(sorted(file.name for file in folder.iterdir())))
        assert (folder / "model.bin").read_bytes() == b"model.bin" * 5_000

    def view(self, place: Path) -> object:
        self.work(place, lambda _: None)  # the next start
        assert sorted(file.name for file in (place / "cache").iterdir()) == ["model", "model.lock"]
        return None


def try_keeping(disk: str, place: Path, count: int) -> Counter[str]:
    return try_faults(Keeping(), disk, place, count)


@pytest.mark.parametrize("disk", DISKS)
def test_a_model_that_cannot_be_kept_is_made_for_this_process_alone(
    disk: str, lab: ProcessPoolExecutor, tmp_path: Path
) -> None:
    found = lab.submit(try_keeping, disk, tmp_path, torture(TIMES)).result()
    assert found.total()
    assert {state for state in found if state.startswith("done")}


def try_slow_disk(place: Path) -> tuple[bool, bool]:
    kind = KINDS["update"]
    apart(partial(kind.prepare, place))
    slow = Fault(Action.DELAY, 1, 5, lasts=True)
    ended = attempt(partial(kind.work, place), place, slow)
    return bool(ended.error or ended.surprise or ended.killed), apart(partial(kind.view, place)).generation == 2


def test_on_a_slow_disk_an_update_takes_long_and_nothing_else(lab: ProcessPoolExecutor, tmp_path: Path) -> None:
    assert lab.submit(try_slow_disk, tmp_path).result() == (False, True)
