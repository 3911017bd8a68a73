"""From a question to ranked sentences: find candidate passages, then score every sentence in them.

The search runs over the snapshots of several libraries and ranks all of them together. Nothing here depends on which
library a passage came from, and rarity is counted over all libraries.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.answering.block import Block, numbers_of, terms_of, vectors_of
from index.answering.lists import Lists
from index.answering.matching import match_tokens
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.tuning import Tuning
from index.encoding.encoder import dots
from index.storage.seam import Snapshot
from index.storage.types import Scope, StoredPassage
from index.types import Passage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may contain the answer, with the snapshot of the library where it was found."""

    snapshot: Snapshot
    stored: StoredPassage
    cosine: float
    bm25: float
    coverage: float

    @property
    def owner(self) -> tuple[Snapshot, str]:
        """The library and the id of its article. Two libraries may have an article with the same id."""
        return self.snapshot, self.stored.article_id


class Signals(NamedTuple):
    """The evidence that a sentence is an answer. Cosines are in -1..1; BM25 is in nats, from 0; shares are in 0..1."""

    sentence_cosine: float
    passage_cosine: float
    passage_bm25: float
    maxsim: float
    """Contextual MaxSim. A question token's weight is the rarity of its word times the adapter's emphasis."""
    maxsim_plain: float
    """The same with equal weights, over the question tokens that are part of a term."""
    maxsim_least: float
    """The best cosine of the question token, of these, that is matched worst."""
    maxsim_nearby: float
    """`maxsim` over the sentence and its neighbours in the passage."""
    maxsim_passage: float
    """`maxsim` over the whole passage."""
    answer: float
    """How much the sentence's most likely tokens look like an answer, in nats."""
    coverage: float
    """The share of the question's terms, weighted by rarity, that are in the sentence's passage or title."""
    nearby: float
    """The same share for the sentence and its neighbours in the passage."""


class Place(NamedTuple):
    """The position of a sentence. It is equal for the same sentence, whichever passage or search found it."""

    snapshot: Snapshot
    article_id: str
    number: int
    """The number of the sentence in its article."""

    def beside(self, distance: int) -> "Place":
        """The place of the sentence `distance` after this one in the article, or before it if that is negative."""
        return self._replace(number=self.number + distance)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All sentences of the candidates of one search, as arrays. A sentence of two passages has one row of n.

    candidates: the candidates
    block:      their sentences, as the passages have them
    rows:       int64 (n,), the row of each sentence in the block: in the passage where it matches better, if it has two
    passages:   int64 (n,), the index of that passage among the candidates
    places:     the Place of each sentence
    articles:   int64 (n,), a number for its article
    numbers:    int64 (n,), its number in the article
    spans:      int64 (n, 4), the fields of its Passage; of two passages, of both joined
    signals:    float64 (n, 11), its Signals; of two passages, the higher value of each
    likeness:   float64 (n,), the search's own score
    """

    candidates: Sequence[Candidate]
    block: Block
    rows: NDArray[np.int64]
    passages: NDArray[np.int64]
    places: Sequence[Place]
    articles: NDArray[np.int64]
    numbers: NDArray[np.int64]
    spans: NDArray[np.int64]
    signals: NDArray[np.float64]
    likeness: NDArray[np.float64]


class RankedSentence(NamedTuple):
    """One sentence that was found: a row of `found`, with a score. Sentences are ordered by scores."""

    found: Found
    row: int
    score: float

    @property
    def candidate(self) -> Candidate:
        """The passage where it was found."""
        return self.found.candidates[int(self.found.passages[self.row])]

    @property
    def place(self) -> Place:
        """Its position, which is the same however it was found."""
        return self.found.places[self.row]

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot of the library where it was found."""
        return self.place.snapshot

    @property
    def article_id(self) -> str:
        """The id of its article."""
        return self.place.article_id

    @property
    def number(self) -> int:
        """Its number in the article."""
        return self.place.number

    @property
    def passage(self) -> Passage:
        """The passage that contains it; if it is in two overlapping passages, both of them joined."""
        return Passage(*self.found.spans[self.row].tolist())

    @property
    def signals(self) -> Signals:
        """The evidence that it is an answer."""
        return Signals._make(self.found.signals[self.row].tolist())

    @property
    def likeness(self) -> float:
        """The search's own score. A learned ranker changes `score` but not this."""
        return float(self.found.likeness[self.row])

    def scored(self, score: float) -> "RankedSentence":
        """The same sentence with another score."""
        return RankedSentence(self.found, self.row, score)

    def read_text(self) -> str:
        """The text of the sentence."""
        article, sentences = self.snapshot.with_sentences(self.article_id)
        span = sentences[self.number]
        return article.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Sentences, best first, and the confidence that the first is right, in 0..1."""

    sentences: tuple[RankedSentence, ...] = ()
    confidence: float = 0.0


def find_passages(
    snapshots: Sequence[Snapshot], question: Question, rarity: Rarity, scope: Scope, tuning: Tuning
) -> list[Candidate]:
    """Find candidate passages by vectors and by words. Fused score: cosine plus weighted BM25 relative to the best."""
    owners: list[Snapshot] = []
    found: list[StoredPassage] = []
    for snapshot in snapshots:
        ids = dict.fromkeys(snapshot.nearest(question.encoding.vector, tuning.fetched, scope))
        ids |= dict.fromkeys(snapshot.best_by_words(question.terms, tuning.fetched, scope))
        passages = snapshot.passages(list(ids))
        found += passages
        owners += [snapshot] * len(passages)
    if not found:
        return []
    cosines = dots(vectors_of(found), question.encoding.vector)
    terms = terms_of(found)
    counts = terms.count(numbers_of(question.terms))
    bm25 = _bm25(counts, terms.lengths / max(rarity.mean_length, 1e-9), rarity.idfs(question.terms), tuning)
    coverage = rarity.share(question.terms, counts > 0)
    fused = cosines + tuning.passage_words * bm25 / (bm25.max() or 1.0)
    best = np.argsort(-fused, kind="stable")[: tuning.candidates].tolist()
    return [Candidate(owners[i], found[i], float(cosines[i]), float(bm25[i]), float(coverage[i])) for i in best]


def rank_sentences(
    candidates: Sequence[Candidate], question: Question, rarity: Rarity, tuning: Tuning
) -> list[RankedSentence]:
    """Score every sentence of the candidates, and rank them, best first. Each sentence is listed once."""
    if not candidates:
        return []
    block = Block.of([candidate.stored for candidate in candidates])
    present = block.terms.count(numbers_of(question.terms)) > 0
    of_passages = np.array([(c.cosine, c.bm25, c.coverage) for c in candidates])[block.passages]
    signals = np.column_stack(
        [
            dots(block.vectors, question.encoding.vector),
            of_passages[:, :2],
            match_tokens(question, rarity, block),
            of_passages[:, 2],
            rarity.share(question.terms, block.with_neighbours(present)),
        ]
    )
    found = _each_once(candidates, block, signals, tuning)
    return [RankedSentence(found, row, score) for row, score in enumerate(found.likeness.tolist())]


def _each_once(candidates: Sequence[Candidate], block: Block, signals: NDArray[np.float64], tuning: Tuning) -> Found:
    """The sentences of the block, best first. The finds of one sentence in overlapping passages are joined."""
    owners = {owner: number for number, owner in enumerate(dict.fromkeys(c.owner for c in candidates))}
    articles = np.array([owners[candidate.owner] for candidate in candidates])[block.passages]
    stored = [candidate.stored.passage for candidate in candidates]
    spans = np.array([(span.start, span.end, span.first, span.last) for span in stored])[block.passages]
    numbers = spans[:, 2] + block.lines

    # The finds of one sentence are brought side by side, the best matching last; of equal ones, the later.
    order = np.lexsort((signals[:, Signals._fields.index("maxsim")], numbers, articles))
    is_other = (np.diff(articles[order]) != 0) | (np.diff(numbers[order]) != 0)
    starts = np.flatnonzero(np.concatenate([[True], is_other]))
    finds = Lists(order, np.diff(starts, append=len(order)))
    best = order[starts + finds.lengths - 1]
    first = finds.reduce(np.minimum, order)
    least, most = (finds.reduce(ufunc, spans[order]) for ufunc in (np.minimum, np.maximum))
    joined = finds.reduce(np.maximum, signals[order])

    best_bm25 = max(candidate.bm25 for candidate in candidates) or 1.0
    likeness = _likeness(Signals._make(joined.T), best_bm25, tuning)
    ranks = np.lexsort((first, -likeness))
    best = best[ranks]
    passages = block.passages[best]
    held_by = (candidates[passage] for passage in passages.tolist())
    at = zip(held_by, numbers[best].tolist(), strict=True)
    places = [Place(candidate.snapshot, candidate.stored.article_id, number) for candidate, number in at]
    joined_spans = np.column_stack([least[:, 0], most[:, 1], least[:, 2], most[:, 3]])
    return Found(
        candidates, block, best, passages, places, articles[best], numbers[best], joined_spans[ranks], joined[ranks],
        likeness[ranks],
    )  # fmt: skip


def with_confidence(ranked: Sequence[RankedSentence], tuning: Tuning) -> Ranking:
    """Make a Ranking of the search's own scores, with a confidence; used without the learned ranker."""
    if not ranked:
        return Ranking()
    best, weights = ranked[0].signals, tuning.confidence
    total = (
        weights.intercept
        + weights.maxsim * best.maxsim
        + weights.coverage * best.coverage
        + weights.sentence_cosine * best.sentence_cosine
        + weights.passage_cosine * best.passage_cosine
    )
    scaled = tuple(sentence.scored(tuning.log_odds * sentence.score) for sentence in ranked)
    return Ranking(scaled, 1 / (1 + math.exp(-total)))


def _likeness(signals: Signals, best_bm25: float, tuning: Tuning) -> NDArray[np.float64]:
    """The search's score of sentences (n,). `best_bm25` is the highest BM25 of the question's candidate passages."""
    return np.asarray(
        signals.sentence_cosine
        + tuning.maxsim * signals.maxsim
        + tuning.passage_cosine * signals.passage_cosine
        + tuning.passage_share * signals.passage_bm25 / best_bm25
        + tuning.nearby * signals.nearby
    )


def _bm25(
    counts: NDArray[np.int64], lengths: NDArray[np.float64], idfs: NDArray[np.float64], tuning: Tuning
) -> NDArray[np.float64]:
    """BM25 of passages (p,) for terms that they have so often (p, t) (Robertson & Zaragoza 2009).

    `lengths` (p,) is how many terms each passage has, divided by the mean.
    """
    norms = tuning.bm25_k1 * (1 - tuning.bm25_b + tuning.bm25_b * lengths)
    return np.asarray((idfs * counts * (tuning.bm25_k1 + 1) / (counts + norms[:, np.newaxis])).sum(axis=1))
