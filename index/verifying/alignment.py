"""Aligns a sentence with the stretch of an article that it comes from, if it comes from it.

The sentence is fitted into the text: all of its tokens count, and of the text only those between the first and the last
that match. Gaps have affine costs (Gotoh, "An improved algorithm for matching biological sequences", 1982): words of
the article that are left out cost little more if they are many. Where the sentence has an ellipsis, they cost nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

CHANGE, ADD, ADD_MORE, LEAVE_OUT, LEAVE_OUT_MORE = 0.7, 1.1, 0.7, 0.8, 0.04
"""What it costs to change a word, to add the first and each further one, and to leave out the first and each further.
A change costs so much that as many changed words at an end are rather changed than added."""

GAP = -1
"""The number of an ellipsis in a sentence. No token of a text has it."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Step:
    """A run of tokens `[first, last)` of the sentence beside one of the text. They match, or differ in some way."""

    first: int
    last: int
    text_first: int
    text_last: int
    same: bool


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a sentence fits into a text, at what cost. `steps` are in order and leave out nothing; gaps are in none."""

    steps: tuple[Step, ...]
    cost: float

    @property
    def matched(self) -> list[int]:
        """The numbers of the sentence's tokens that match."""
        return [number for step in self.steps if step.same for number in range(step.first, step.last)]

    @property
    def text_span(self) -> tuple[int, int]:
        """The first token of the text that matches, and the one after the last; (0, 0) if none does."""
        same = [step for step in self.steps if step.same]
        return (same[0].text_first, same[-1].text_last) if same else (0, 0)


def align(sentence: Ids, text: Ids) -> Alignment:
    """Fit the sentence (n,) into the text (m,), both as numbers of tokens, at the lowest cost."""
    rows, columns = len(sentence), len(text)
    places = np.arange(columns + 1)
    along = LEAVE_OUT_MORE * places
    best = np.zeros(columns + 1)
    added = np.full(columns + 1, np.inf)
    by = np.zeros((rows + 1, columns + 1), dtype=np.int8)  # 0: side by side, 1: added, 2: after text that is left out
    longer = np.zeros((rows + 1, columns + 1), dtype=bool)  # whether what is added goes on from the row above
    origin = np.zeros((rows + 1, columns + 1), dtype=np.int32)  # where text that is left out begins
    for row in range(1, rows + 1):
        token = sentence[row - 1]
        if token == GAP:
            least = np.minimum.accumulate(best)
            origin[row] = np.maximum.accumulate(np.where(best == least, places, 0))
            by[row] = 2
            best, added = least, np.full(columns + 1, np.inf)
            continue
        opened, extended = best + ADD, added + ADD_MORE
        longer[row] = extended < opened
        added = np.minimum(opened, extended)
        base = np.empty(columns + 1)
        base[0] = np.inf
        base[1:] = best[:-1] + np.where(text == token, 0.0, CHANGE)
        by[row] = added < base
        base = np.minimum(base, added)
        reach = base - along
        least = np.minimum.accumulate(reach)
        from_ = np.maximum.accumulate(np.where(reach == least, places, 0))
        skipped = np.full(columns + 1, np.inf)
        skipped[1:] = least[:-1] + LEAVE_OUT + along[1:]
        origin[row, 1:] = from_[:-1]
        by[row][skipped < base] = 2
        best = np.minimum(base, skipped)
    end = int(np.argmin(best))
    return Alignment(_steps(sentence, text, _path(sentence, by, longer, origin, end)), float(best[end]))


def _path(
    sentence: Ids, by: NDArray[np.int8], longer: NDArray[np.bool_], origin: NDArray[np.int32], end: int
) -> list[tuple[int | None, int | None]]:
    """The pairs of a token of the sentence and one of the text, in order; None for none."""
    row, column, found = len(sentence), end, list[tuple[int | None, int | None]]()
    is_skipped = True
    while row:
        if sentence[row - 1] == GAP:
            row, column, is_skipped = row - 1, int(origin[row, column]), True
            found.append((None, None))
            continue
        if is_skipped and by[row, column] == 2:
            start = int(origin[row, column])
            found += [(None, place) for place in range(column - 1, start - 1, -1)]
            column, is_skipped = start, False
            continue
        # After a skip, what led here is one of the other two ways.
        if by[row, column] == 1 or (by[row, column] == 2 and column == 0):
            found.append((row - 1, None))
            while longer[row, column]:
                row -= 1
                found.append((row - 1, None))
            row -= 1
        else:
            found.append((row - 1, column - 1))
            row, column = row - 1, column - 1
        is_skipped = True
    return found[::-1]


def _steps(sentence: Ids, text: Ids, path: Sequence[tuple[int | None, int | None]]) -> tuple[Step, ...]:
    """The path in runs of what matches and what does not. An ellipsis ends a run."""
    steps: list[Step] = []
    at = text_at = None

    def kind(pair: tuple[int | None, int | None]) -> str:
        one, other = pair
        if one is None and other is None:
            return "gap"
        return "same" if one is not None and other is not None and sentence[one] == text[other] else "different"

    at, text_at = 0, next((other for _, other in path if other is not None), 0)
    for what, run in groupby(path, kind):
        pairs = list(run)
        if what == "gap":
            at += len(pairs)
            continue
        own = [one for one, _ in pairs if one is not None]
        others = [other for _, other in pairs if other is not None]
        at = own[0] if own else at
        text_at = others[0] if others else text_at
        step = Step(at, at + len(own), text_at, text_at + len(others), same=what == "same")
        steps.append(step)
        at, text_at = step.last, step.text_last
    return tuple(steps)
