"""Every regular expression takes time that grows with the text and no faster, or is only shown texts that are short."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from tests.patterns import Found, patterns, texts

CHARACTERS = 10_000
"""How long a text is that a pattern is fed. What is not slow on that is not looked at twice."""

MANY_CHARACTERS = 100_000
"""The same, of slow tests."""

STEEPEST = 8
"""How many times as long four times as many characters may take: a linear pattern takes 4 times, a quadratic one 16."""

NOTICEABLE = 0.004
"""Seconds for CHARACTERS; less than that cannot be told from nothing."""

MOST = 0.02
"""Seconds on the longest text that a bounded pattern is shown. Most of them take a hundredth of that."""

QUESTION = 1_000
BOUNDS = {
    "index.asides": (200, "as much as MAX_LINE of a sentence"),
    "index.boilerplate": (200, "lines of MAX_LINE"),
    "index.captions": (200, "sentences of at most MAX_LINE"),
    "index.answering.followup": (QUESTION, "questions"),
    "index.answering.recency": (QUESTION, "questions"),
    "index.answering.asking": (QUESTION, "messages as far as LOOKED_AT"),
    "index.answering.intent": (QUESTION, "questions"),
    "index.answering.grouping": (QUESTION, "questions"),
    "index.answering.cues": (2_000, "sentences as far as LOOKED_AT"),
    "index.answering.features": (QUESTION, "questions"),
    "index.verifying.tokens._OPENING_WORD": (6, "what stands before a word"),
    "bot.corrections.strike": (4_000, "messages of Discord's"),
    "bot.services.quotes._STOP": (100, "what is _NEAR a place"),
}
"""Where patterns are only shown texts of so many characters, and which these are."""


def use(found: Found, text: str | bytes) -> None:
    """Use a pattern in the way in which its module uses it."""
    if found.searches:
        for _ in found.pattern.finditer(text):
            pass
    found.pattern.match(text)
    found.pattern.fullmatch(text)


def seconds(found: Found, text: str | bytes, tries: int = 1) -> float:
    """Of computing, the least of several tries: what else the machine does only adds to it."""
    spent = []
    for _ in range(tries):
        began = time.thread_time()
        use(found, text)
        spent.append(time.thread_time() - began)
    return min(spent)


class TooLong(Exception):
    """A pattern that would take for ever."""


@contextmanager
def limited(most: float) -> Iterator[None]:
    """Raises TooLong after that many seconds of computing: the engine looks for signals."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def is_steep(found: Found, text: Callable[[int], str | bytes], characters: int = CHARACTERS) -> bool:
    """Whether the time grows faster than the text, as far as that can be told; asked again before it is believed."""
    times = characters / CHARACTERS
    try:
        with limited(2.0 * times):
            if seconds(found, text(characters)) < NOTICEABLE * times:
                return False
            return all(
                seconds(found, text(characters), tries) >= STEEPEST * seconds(found, text(characters // 4), tries)
                for tries in (1, 3, 8)
            )
    except TooLong:
        return True


def bound_of(found: Found) -> int | None:
    return next((bound for name, (bound, _) in BOUNDS.items() if re.match(rf"{name}\b", found.name)), None)


FOUND = patterns()


def test_the_patterns_are_found_in_constants_in_tuples_and_in_calls() -> None:
    names = {found.name for found in FOUND}
    assert {"index.text._STOP", "index.text._SHADOWS", "index.boilerplate._SITE", "bot.ui.sending._MENTIONS"} <= names
    assert any(found.name.startswith("index.boilerplate:") for found in FOUND)  # of a call
    assert {"bot.asking.buttons.AnswerButton", "bot.desk.buttons.DeskButton"} <= names  # of a class
    assert len(FOUND) > 80
    assert {module for module in BOUNDS if not any(found.name.startswith(module) for found in FOUND)} == set()


@pytest.mark.parametrize(
    ("pattern", "is_bad"),
    [
        (r"(\w+)-\n(\w+)", True),
        (r"[ \t]*\n\s*\n\s*", True),
        (r"(?:a+)+b", True),
        (r"(?:a|a)*b", True),
        (r"a*a*b", True),
        (r"^\s+$|x", False),
        (r"\b\w+\b", False),
        (r"[\s]*+x", True),
        (r"\w{0,40}-x", False),
    ],
)
def test_a_slow_pattern_is_told_from_a_quick_one(pattern: str, is_bad: bool) -> None:
    found = Found(pattern, re.compile(pattern), searches=True)
    assert any(is_steep(found, text) for text in texts(found.pattern)) is is_bad


def test_a_pattern_that_is_tried_at_one_place_may_begin_with_a_repeat() -> None:
    found = Found("", re.compile(r"\W*(?:he|she)\b"), searches=False)
    assert not any(is_steep(found, text) for text in texts(found.pattern))


@pytest.mark.parametrize("characters", [CHARACTERS, pytest.param(MANY_CHARACTERS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("found", [f for f in FOUND if bound_of(f) is None], ids=lambda found: found.name)
def test_the_time_of_a_pattern_grows_with_the_text_and_no_faster(found: Found, characters: int) -> None:
    bad = next((text(60) for text in texts(found.pattern) if is_steep(found, text, characters)), None)
    assert bad is None, f"{found.pattern.pattern!r} takes ever longer on texts such as {bad!r}"


@pytest.mark.parametrize("found", [f for f in FOUND if bound_of(f) is not None], ids=lambda found: found.name)
def test_a_pattern_for_short_texts_is_quick_on_the_longest_of_them(found: Found) -> None:
    bound = bound_of(found)
    assert bound is not None
    for text in texts(found.pattern):
        longest = text(bound)[:bound]
        with limited(2.0):
            if seconds(found, longest) > MOST:
                assert seconds(found, longest, 5) <= MOST, f"{found.pattern.pattern!r} is slow on {longest!r}"
