"""Reads the best sentences of what questions found, for fitting the networks that join the readers and the ranker."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.answering import reading
from index.answering.features import kind_of
from index.answering.reader import Readers
from index.answering.reading import COLUMNS, Readings, read_places
from index.train.examples import Example
from index.train.ranker import Fitted, Recipe
from index.types import Floats

logger = logging.getLogger(__name__)

JOINED = Recipe(hidden=(16,), epochs=10)
"""How the networks are fitted. There are few columns, so they are small."""


MOST = 200
"""How many questions of a set are read at the most, evenly chosen; reading takes a while, and there are few columns."""

MOST_OF = {"news": 1000, "everyday": 600, "everyday-unanswered": 400}
"""The same of the sets that say most."""


@dataclass(frozen=True, slots=True)
class ReadExample(Example):
    """A question whose best sentences were read: `features` has the columns of those, in the order of the ranker."""

    read: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    confidence: float = 0.0

    def signs(self, order: NDArray[np.int64], scores: Floats) -> Floats:
        """What the confidence is computed from."""
        return reading.signs_of_an_answer(self.read[order], scores[order], self.confidence)


def read_all(examples: Sequence[Example], ranked: Fitted, readers: Readers, sets: Collection[str]) -> list[ReadExample]:
    """Read the best sentences of the examples of those sets, as networks rank them that never saw the example."""
    found = []
    chosen = [
        number for name in dict.fromkeys(e.corpus for e in examples) if name in sets for number in _of(examples, name)
    ]
    for number in chosen:
        found.append(_read(examples[number], ranked.scores[number], float(ranked.confidence[number]), readers))
        if len(found) % 500 == 0:
            logger.info("%d of %d questions read", len(found), len(chosen))
    return found


def _of(examples: Sequence[Example], name: str) -> list[int]:
    """The numbers of the examples of that set which are read."""
    inside = np.array([number for number, example in enumerate(examples) if example.corpus == name])
    most = min(len(inside), MOST_OF.get(name, MOST))
    return [int(number) for number in inside[np.linspace(0, len(inside) - 1, most).round().astype(int)]]


def _read(example: Example, scores: Floats, confidence: float, readers: Readers) -> ReadExample:
    order = np.argsort(-scores, kind="stable").tolist()
    places = [example.places[row] for row in order]
    found = read_places(places, example.question, readers, lambda owner: example.texts[owner[1]])
    rows = [row for row in order if example.places[row] in found]
    readings = Readings.of([example.places[row] for row in rows], scores[rows].tolist(), found)
    columns = readings.columns(kind_of(example.question)) if rows else np.zeros((0, len(COLUMNS)), np.float32)
    return ReadExample(
        example.corpus, example.article_id, example.absent, columns, example.gold[rows], example.question,
        read=readings.read, confidence=confidence,
    )  # fmt: skip
