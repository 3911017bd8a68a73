"""Work that is killed at any change to a file, in its middle, or at any moment, is done or was never begun."""

import logging
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.limits import torture
from tests.torture.faults import COUNTING, Action, Fault
from tests.torture.kinds import KINDS, Kind
from tests.torture.trials import apart, attempt

pytestmark = pytest.mark.slow

KILLS = 14
"""Of each kind of work. Fifteen kinds make 210; PULLQUOTE_TORTURE=5 makes more than a thousand of them."""


def kills(changes: int, seconds: float, count: int, chance: random.Random) -> Iterator[tuple[Fault, float | None]]:
    """Faults that kill, half of them at one of so many changes; and after how many seconds to kill at the latest.

    A quarter kill in the midst of a change, and a quarter at a moment, wherever the work is then. The first and the
    last changes are always among them.
    """
    at = [1, changes, changes - 1, *(chance.randint(2, max(changes - 2, 2)) for _ in range(count))]
    for number in range(count):
        if number % 4 == 3:
            yield COUNTING, chance.uniform(0, 1.1 * seconds)
        else:
            yield Fault(Action.TEAR if number % 4 == 2 else Action.KILL, at[number]), None


def try_kills(name: str, place: Path, count: int) -> Counter[str]:
    """Kill the work so often, each time from the same beginning. Returns how often it was as before, and as after."""
    kind, chance, found = KINDS[name], random.Random(name), Counter[str]()
    start = place / "start"
    start.mkdir()
    apart(partial(kind.prepare, start))
    before = _view(kind, start, place / "before")
    began = time.monotonic()
    whole = attempt(partial(kind.work, _copied(start, place / "after")), place / "after", COUNTING)
    seconds = time.monotonic() - began
    assert not (whole.error or whole.surprise), whole
    after = _view(kind, place / "after", place / "viewed")
    assert (before != after) == kind.changes_what_is_seen
    for number, (fault, late) in enumerate(kills(whole.changes, seconds, count, chance)):
        trial = _copied(start, place / f"trial-{number}")
        ended = attempt(partial(kind.work, trial), trial, fault, seconds=late)
        assert not (ended.error or ended.surprise), ended
        seen = apart(partial(kind.view, trial))
        state = kind.judge(seen, before, after, ended.said)
        assert ended.killed or state == "after" or not kind.changes_what_is_seen, (fault, late)
        if state == "before":
            again = attempt(partial(kind.work, trial), trial, COUNTING)
            assert not (again.error or again.surprise), again
            assert kind.judge(apart(partial(kind.view, trial)), before, after, again.said) == "after"
        found[state] += 1
        found["kills"] += ended.killed
        shutil.rmtree(trial)
    return found


def _copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def _view(kind: Kind, folder: Path, copy: Path) -> object:
    """What is seen in a folder, which looking does not change."""
    return apart(partial(kind.view, _copied(folder, copy)))


@pytest.mark.parametrize("name", KINDS)
def test_what_is_killed_is_as_before_or_as_after(name: str, lab: ProcessPoolExecutor, tmp_path: Path) -> None:
    kind, found = KINDS[name], lab.submit(try_kills, name, tmp_path, torture(KILLS)).result()
    logging.getLogger(__name__).info("%s: %s", name, dict(found))
    assert found["kills"] >= torture(KILLS) // 2  # some come when all is done
    assert kind.is_concurrent or found["after"] and (found["before"] or not kind.changes_what_is_seen)
