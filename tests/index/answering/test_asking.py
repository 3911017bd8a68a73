"""What asks something among people, in eight languages: lines of `among_people.txt`."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Asking, asking_in

LINES = Path(__file__).with_name("among_people.txt")


def lines(sign: str, part: str) -> Iterator[str]:
    """The lines of a part of the file that begin with that sign, without it."""
    now = ""
    for line in LINES.read_text().splitlines():
        if line.startswith("# "):
            now = line.removeprefix("# ")
        elif now == part and line.startswith(f"{sign} "):
            yield line.removeprefix(f"{sign} ")


@pytest.mark.parametrize("part", ["first", "held out"])
def test_questions_are_heard_and_what_people_say_to_each_other_is_not(part: str) -> None:
    asked, said = [*lines("+", part)], [*lines("-", part)]
    assert len(asked) >= 50 and len(said) >= 50
    silent = [one for one in asked if asking_in(one) is Asking.NOT]
    heard = [one for one in said if asking_in(one) is not Asking.NOT]
    assert len(silent) <= 0.02 * len(asked), silent
    assert len(heard) <= 0.1 * len(said), heard
    assert sum(asking_in(one) is Asking.PLAINLY for one in said) <= 0.05 * len(said)


@pytest.mark.parametrize(
    ("message", "asking"),
    [
        ("ferry strike dates?", Asking.PLAINLY),
        ("ferry strike dates", Asking.PERHAPS),
        ("tell me who won", Asking.PLAINLY),
        ("is the ferry late again", Asking.PLAINLY),
        ("I think the ferry was late again", Asking.NOT),
        ("I heard the ferry is late again, is that true?", Asking.PLAINLY),
        ("It was cold. When does the pool open?", Asking.PLAINLY),
        ("thanks all", Asking.NOT),
        ("lol", Asking.NOT),
        ("https://example.org/a", Asking.NOT),
        ("🎉", Asking.NOT),
        ("", Asking.NOT),
        ("really?", Asking.NOT),
        ("???", Asking.NOT),
    ],
)
def test_how_far_a_message_asks(message: str, asking: Asking) -> None:
    assert asking_in(message) is asking


@pytest.mark.parametrize("piece", ["who ", "is the ", "tell me ", "a. ", "i think, ", "什么", "か。", "möchte wissen "])
def test_a_long_message_is_judged_at_once(piece: str) -> None:
    started = time.thread_time()
    asking_in(piece * (4000 // len(piece)))
    assert time.thread_time() - started < 0.5
