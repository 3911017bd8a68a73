"""A question's way to ranked sentences: candidate passages, then every sentence in them.

Works over the snapshots of several libraries at once and ranks what they hold as one: nothing here depends on which
library a passage came from, and rarity is counted over all of them together.
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
    """A passage that may hold the answer, of the library that it was found in."""

    snapshot: Snapshot
    stored: StoredPassage
    cosine: float
    bm25: float
    coverage: float


class Signals(NamedTuple):
    """What speaks for one sentence as an answer. Cosines in -1..1; BM25 in nats, 0 and up; shares in 0..1."""

    sentence_cosine: float
    passage_cosine: float
    passage_bm25: float
    maxsim: float
    """Contextual MaxSim: each token of the question weighs what its word is rare and the adapter's emphasis."""
    maxsim_plain: float
    """The same with every token that is part of a term weighing the same."""
    maxsim_least: float
    """Of these tokens the one that is met worst."""
    maxsim_nearby: float
    """`maxsim` over the sentence and its neighbours in the passage."""
    maxsim_passage: float
    """`maxsim` over the whole passage."""
    answer: float
    """How much its most likely tokens look like an answer, in nats."""
    coverage: float
    """The share of the question's terms, weighted by rarity, that stand in the sentence's passage or title."""
    nearby: float
    """The same of the sentence and its neighbours in the passage."""


class Place(NamedTuple):
    """Where a sentence stands: equal for the same one, whichever passage or search brought it."""

    snapshot: Snapshot
    article_id: str
    number: int
    """Of the sentence in its article."""

    def beside(self, distance: int) -> "Place":
        """The place of the sentence so many after it in its article, or before it where `distance` is negative."""
        return self._replace(number=self.number + distance)


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """One sentence of one article, found in one library, with what speaks for it."""

    candidate: Candidate
    row: int
    """Its number in the candidate's passage."""
    passage: Passage
    """The passage that holds it; where two overlap in it, both of them together."""
    signals: Signals
    score: float = 0.0
    """Orders the sentences."""
    likeness: float = 0.0
    """The score that the search gave it, which a learned ranker leaves as it was."""

    @property
    def snapshot(self) -> Snapshot:
        """The library that it was found in."""
        return self.candidate.snapshot

    @property
    def article_id(self) -> str:
        """Of the article that it stands in."""
        return self.candidate.stored.article_id

    @property
    def number(self) -> int:
        """Its number in the article."""
        return self.candidate.stored.passage.first + self.row

    @property
    def place(self) -> Place:
        """Where it stands, the same however it was found."""
        return Place(self.snapshot, self.article_id, self.number)

    def read_text(self) -> str:
        """What it says."""
        article, sentences = self.snapshot.with_sentences(self.article_id)
        span = sentences[self.number]
        return article.text[span.start : span.end]

    def joined(self, other: "RankedSentence") -> "RankedSentence":
        """The same sentence as two passages have it: of each signal the stronger one."""
        one, two = self.passage, other.passage
        both = Passage(
            min(one.start, two.start), max(one.end, two.end), min(one.first, two.first), max(one.last, two.last)
        )
        better = self if self.signals.maxsim >= other.signals.maxsim else other
        return replace(better, passage=both, signals=Signals(*map(max, self.signals, other.signals)))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Sentences best first, and how likely the first is right, in 0..1."""

    sentences: tuple[RankedSentence, ...] = ()
    confidence: float = 0.0


def find_passages(
    snapshots: Sequence[Snapshot], question: Question, rarity: Rarity, scope: Scope, tuning: Tuning
) -> list[Candidate]:
    """The passages that vectors or words put first, fused: cosine plus weighted BM25 over the best one's."""
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
    """Rank every sentence of the candidates, best first, each once."""
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
    """The ranking as the search has it, where no learned ranker takes part."""
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
    """Orders the sentences of one question; `best_bm25` is that of the question's best passage."""
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
    """The share of the question's terms that are in `present`, each weighted by its rarity."""
    total = sum(rarity.idf(term) for term in question.terms)
    return sum(rarity.idf(term) for term in question.terms if term in present) / total if total else 0.0
