"""From a question to ranked sentences: find candidate passages, then score every sentence in them.

The search runs over the snapshots of several libraries and ranks all of them together. Nothing here depends on which
library a passage came from, and rarity is counted over all libraries.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from index.answering.matching import match_tokens
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.tuning import Tuning
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


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """One sentence that was found, with its signals and scores."""

    candidate: Candidate
    row: int
    """The index of the sentence in the candidate's passage."""
    passage: Passage
    """The passage that contains it; if it is in two overlapping passages, both of them joined."""
    signals: Signals
    score: float = 0.0
    """Sentences are ordered by this."""
    likeness: float = 0.0
    """The search's own score. A learned ranker changes `score` but not this."""

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot of the library where it was found."""
        return self.candidate.snapshot

    @property
    def article_id(self) -> str:
        """The id of its article."""
        return self.candidate.stored.article_id

    @property
    def number(self) -> int:
        """Its number in the article."""
        return self.candidate.stored.passage.first + self.row

    @property
    def place(self) -> Place:
        """Its position, which is the same however it was found."""
        return Place(self.snapshot, self.article_id, self.number)

    def read_text(self) -> str:
        """The text of the sentence."""
        article, sentences = self.snapshot.with_sentences(self.article_id)
        span = sentences[self.number]
        return article.text[span.start : span.end]

    def joined(self, other: "RankedSentence") -> "RankedSentence":
        """Join two finds of the same sentence, in two overlapping passages: keep the higher value of each signal."""
        one, two = self.passage, other.passage
        both = Passage(
            min(one.start, two.start), max(one.end, two.end), min(one.first, two.first), max(one.last, two.last)
        )
        better = self if self.signals.maxsim >= other.signals.maxsim else other
        return replace(better, passage=both, signals=Signals(*map(max, self.signals, other.signals)))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Sentences, best first, and the confidence that the first is right, in 0..1."""

    sentences: tuple[RankedSentence, ...] = ()
    confidence: float = 0.0


def find_passages(
    snapshots: Sequence[Snapshot], question: Question, rarity: Rarity, scope: Scope, tuning: Tuning
) -> list[Candidate]:
    """Find candidate passages by vectors and by words. Fused score: cosine plus weighted BM25 relative to the best."""
    found: list[Candidate] = []
    for snapshot in snapshots:
        ids = dict.fromkeys(snapshot.nearest(question.encoding.vector, tuning.fetched, scope))
        ids |= dict.fromkeys(snapshot.best_by_words(question.terms, tuning.fetched, scope))
        for stored in snapshot.passages(list(ids)):
            cosine = float(stored.vector @ question.encoding.vector)
            words = stored.all_terms
            bm25 = _bm25(words, question, rarity, rarity.mean_length, tuning)
            found.append(Candidate(snapshot, stored, cosine, bm25, _coverage(question, set(words), rarity)))
    best = max((candidate.bm25 for candidate in found), default=0.0) or 1.0
    found.sort(key=lambda c: c.cosine + tuning.passage_words * c.bm25 / best, reverse=True)
    return found[: tuning.candidates]


def rank_sentences(
    candidates: Sequence[Candidate], question: Question, rarity: Rarity, tuning: Tuning
) -> list[RankedSentence]:
    """Score every sentence of the candidates, and rank them, best first. Each sentence is listed once."""
    rows = [(candidate, row) for candidate in candidates for row in range(len(candidate.stored.terms))]
    if not rows:
        return []
    encodings = [candidate.stored.encoding for candidate in candidates]
    cosines = np.concatenate([encoding.sentences for encoding in encodings]) @ question.encoding.vector
    matches = match_tokens(question, rarity, encodings)
    found: dict[Place, RankedSentence] = {}
    for (candidate, row), cosine, match in zip(rows, cosines.tolist(), matches.tolist(), strict=True):
        around = {term for line in candidate.stored.terms[max(row - 1, 0) : row + 2] for term in line}
        nearby = _coverage(question, around, rarity)
        signals = Signals._make((cosine, candidate.cosine, candidate.bm25, *match, candidate.coverage, nearby))
        sentence = RankedSentence(candidate, row, candidate.stored.passage, signals)
        place = sentence.place
        found[place] = sentence.joined(found[place]) if place in found else sentence
    best_bm25 = max(candidate.bm25 for candidate in candidates) or 1.0
    scores = (_score(sentence.signals, best_bm25, tuning) for sentence in found.values())
    scored = [replace(s, score=score, likeness=score) for s, score in zip(found.values(), scores, strict=True)]
    return sorted(scored, key=lambda sentence: sentence.score, reverse=True)


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
    scaled = tuple(replace(sentence, score=tuning.log_odds * sentence.score) for sentence in ranked)
    return Ranking(scaled, 1 / (1 + math.exp(-total)))


def _score(signals: Signals, best_bm25: float, tuning: Tuning) -> float:
    """The search's score of a sentence. `best_bm25` is the highest BM25 of the question's candidate passages."""
    return (
        signals.sentence_cosine
        + tuning.maxsim * signals.maxsim
        + tuning.passage_cosine * signals.passage_cosine
        + tuning.passage_share * signals.passage_bm25 / best_bm25
        + tuning.nearby * signals.nearby
    )


def _bm25(words: Sequence[str], question: Question, rarity: Rarity, mean_length: float, tuning: Tuning) -> float:
    """BM25 of `words` for the question's terms (Robertson & Zaragoza 2009)."""
    length = 1 - tuning.bm25_b + tuning.bm25_b * len(words) / max(mean_length, 1e-9)
    score = 0.0
    for term in question.terms:
        if count := words.count(term):
            score += rarity.idf(term) * count * (tuning.bm25_k1 + 1) / (count + tuning.bm25_k1 * length)
    return score


def _coverage(question: Question, present: set[str], rarity: Rarity) -> float:
    """The share of the question's terms that are in `present`, each term weighted by its rarity."""
    total = sum(rarity.idf(term) for term in question.terms)
    return sum(rarity.idf(term) for term in question.terms if term in present) / total if total else 0.0
