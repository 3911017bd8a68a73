"""What the readers change: the order of the best sentences, and the confidence in the first.

The readers' scores and the ranker's are joined by a few small networks with a calibration, of the same form as the
ranker's own. `index/train/joining.py` reads what they are fitted to; `weights.md` names the data.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.answering.features import KINDS, kind_of
from index.answering.ranker import DEPTH, Ranker
from index.answering.reader import Readers, choose_windows
from index.answering.search import Place, RankedSentence, Ranking
from index.storage.seam import Snapshot
from index.types import Floats, Sentence

LIMIT = 12.0
"""Scores of the readers are cut off at this many nats on either side of 0."""

COLUMNS = (
    "score below best", "share", "read", "read below best", "share of reading", "read before", "read after",
    "rank", "is the first", "share of article", "share of reading of article", "read below best of article",
    *(f"asks {kind}" for kind in KINDS),
)  # fmt: skip
"""The names of the columns of `Readings.columns`."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What is known of a question's sentences that were read, a row each, in the order of the ranker.

    scores:         float32 (n,), the ranker's
    read:           float32 (n,), the readers', cut off at LIMIT
    before, after:  float32 (n,), the same of the sentence before and after; -LIMIT if that was not read
    articles:       int64 (n,), a number for the article of each sentence
    numbers:        int64 (n,), the number of each sentence in its article
    """

    scores: Floats
    read: Floats
    before: Floats
    after: Floats
    articles: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, places: Sequence[Place], scores: Sequence[float], found: dict[Place, float]) -> "Readings":
        """The readings of sentences at `places`, all of which the readers `found` a score for."""

        def read(distance: int) -> Floats:
            near = [found.get(place.beside(distance), -LIMIT) for place in places]
            return np.clip(np.array(near, dtype=np.float32), -LIMIT, LIMIT)

        numbers = np.array([place.number for place in places], dtype=np.int64)
        owners: dict[tuple[Snapshot, str], int] = {}
        articles = [owners.setdefault((place.snapshot, place.article_id), len(owners)) for place in places]
        return cls(
            np.array(scores, dtype=np.float32), read(0), read(-1), read(1), np.array(articles, np.int64), numbers
        )

    def columns(self, kind: str) -> Floats:
        """What the networks see, for a question of that kind: float32 (n, len(COLUMNS))."""
        count = len(self.scores)
        rank = np.empty(count)
        rank[np.argsort(-self.scores, kind="stable")] = np.arange(count)
        share, of_reading = _shares(self.scores), _shares(self.read)
        of_article = self.articles[:, None] == self.articles
        best_of_article = np.where(of_article, self.read, -LIMIT).max(axis=1)
        columns = (
            self.scores - self.scores.max(), share, self.read, self.read - self.read.max(),
            of_reading, self.before, self.after, 1 / (1 + rank), self.numbers == 0,
            of_article @ share, of_article @ of_reading, self.read - best_of_article,
        )  # fmt: skip
        kinds = np.tile(np.array([kind == name for name in KINDS], dtype=np.float32), (count, 1))
        return np.concatenate([np.stack(columns, axis=1), kinds], axis=1).astype(np.float32)


def _shares(scores: Floats) -> Floats:
    """The softmax of `scores`."""
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum(), dtype=np.float32)


SIGNS = 6
"""How many signs of an answer there are."""


def signs_of_an_answer(read: Floats, scores: Floats, confidence: float) -> Floats:
    """The input of the confidence, float32 (SIGNS,).

    `read` (n,) and `scores` (n,) are the readers' and the networks' scores, best first by the latter; `confidence` is
    the ranker's, in 0..1. The signs are the log-odds of that; the first sentence's score by the readers, and by the
    networks; how far the first is ahead of the rest by each; and the log of the sum over all that was read.
    """
    sure = min(max(confidence, 0.01), 0.99)
    every = float(np.logaddexp.reduce(read))
    ahead = -math.log(float(np.exp(scores - scores[0]).sum()))
    return np.array(
        [math.log(sure / (1 - sure)), read[0], float(read[0]) - every, scores[0], ahead, every], dtype=np.float32
    )


def reread(ranking: Ranking, question: str, readers: Readers, joined: Ranker) -> Ranking:
    """Read the best sentences, and order them and compute the confidence again.

    The rest follow in their old order, as far behind as the ranker had them behind all that was read.
    """
    found = read_sentences(ranking.sentences[:DEPTH], question, readers)
    chosen = [sentence for sentence in ranking.sentences[:DEPTH] if sentence.place in found]
    if not chosen:
        return ranking
    rest = [sentence for sentence in ranking.sentences if sentence.place not in found]
    readings = Readings.of([s.place for s in chosen], [s.score for s in chosen], found)
    scores = joined.scores(readings.columns(kind_of(question)))
    order = np.argsort(-scores, kind="stable")
    signs = signs_of_an_answer(readings.read[order], scores[order], ranking.confidence)
    anew = [chosen[i].scored(float(scores[i])) for i in order.tolist()]
    behind = anew[-1].score - max(sentence.score for sentence in (chosen[-1], *rest[:1]))
    others = (sentence.scored(sentence.score + behind) for sentence in rest)
    return Ranking((*anew, *others), float(np.interp(joined.signs @ signs, *joined.calibration)))


def read_sentences(ranked: Sequence[RankedSentence], question: str, readers: Readers) -> dict[Place, float]:
    """The readers' scores of the best of these sentences and of their neighbours."""

    def text_of(owner: tuple[Snapshot, str]) -> tuple[str, Sequence[Sentence]]:
        article, sentences = owner[0].with_sentences(owner[1])
        return article.text, sentences

    return read_places([sentence.place for sentence in ranked], question, readers, text_of)


def read_places(
    places: Sequence[Place],
    question: str,
    readers: Readers,
    text_of: Callable[[tuple[Snapshot, str]], tuple[str, Sequence[Sentence]]],
) -> dict[Place, float]:
    """The same for the sentences at `places`, best first; `text_of` gives an article's text and its sentences."""
    chosen = choose_windows([((place.snapshot, place.article_id), place.number) for place in places], text_of)
    windows = [(owner, window) for owner, of_article in chosen.items() for window in of_article]
    scores = readers.read(question, [window for _, window in windows])
    found: dict[Place, float] = {}
    for (owner, window), of_window in zip(windows, scores, strict=True):
        for row, score in enumerate(of_window.tolist()):
            place = Place(*owner, window.first + row)
            if math.isfinite(score):
                found[place] = max(score, found.get(place, -math.inf))
    return found
