"""A question's way to ranked sentences: candidate passages, then every sentence in them.

Works over the views of several libraries at once and ranks what they hold as one: nothing here depends on which
library a passage came from, and rarity is counted over all of them together.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from index.embedding import Floats, QuestionEncoding, unit
from index.store import Reader, Scope, StoredPassage
from index.types import Passage, Span
from index.vectors import PassageIndex
from index.words import terms

DEFAULT_THRESHOLD = 0.5
"""The confidence from which on a question is answered."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Every number that ranking and refusal turn on, beside DEFAULT_THRESHOLD; measured where it says so."""

    candidates: int = 50
    """Passages whose sentences are ranked. At 50, 99% of newsqa-dev's answers are among them."""

    fetched: int = 100
    """Passages asked of FAISS and of the full text each, before they are fused."""

    bm25_k1: float = 1.2
    bm25_b: float = 0.75

    passage_words: float = 0.5
    """Weight of a passage's BM25, over the best passage's, beside its cosine when candidates are fused."""

    passage_cosine: float = 0.5
    word_score: float = 0.5
    maxsim: float = 8.0
    """Weights of a sentence's score beside its own cosine: its passage's cosine, the BM25 of sentence and passage (each
    over its best), and contextual MaxSim (flat from 4 to 12)."""

    confidence: "Confidence" = field(default_factory=lambda: Confidence())


@dataclass(frozen=True, slots=True)
class Confidence:
    """The weights of the logistic model of how likely the best sentence answers."""

    intercept: float = -8.0
    maxsim: float = 12.0
    coverage: float = 2.0
    sentence_cosine: float = 1.0
    passage_cosine: float = 1.0


@dataclass(frozen=True, slots=True)
class View:
    """One library at one generation, as a search reads it."""

    reader: Reader
    index: PassageIndex
    term_total: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question, encoded, with its terms."""

    text: str
    encoding: QuestionEncoding
    terms: tuple[str, ...]

    @classmethod
    def of(cls, text: str, encoding: QuestionEncoding) -> "Question":
        """The question `text` with its distinct terms, in order."""
        return cls(text, encoding, tuple(dict.fromkeys(terms(text))))


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one sentence as an answer. Cosines in -1..1; BM25 in nats, 0 and up; coverage in 0..1."""

    sentence_cosine: float
    passage_cosine: float
    sentence_bm25: float
    passage_bm25: float
    maxsim: float
    coverage: float
    """The share of the question's terms, weighted by rarity, that stand in the sentence's passage or title."""


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """One sentence of one article, found in one library, with what speaks for it."""

    view: View
    article_id: str
    number: int
    passage: Passage
    signals: Signals
    score: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may hold the answer."""

    view: View
    stored: StoredPassage
    cosine: float
    bm25: float


class Rarity:
    """How rare each term is over all passages of all views: counts, and the weights made of them."""

    def __init__(self, views: Sequence[View], wanted: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        for view in views:
            counts.update(view.reader.passage_counts(wanted))
        self._counts = counts
        self.passages = sum(len(view.index) for view in views)
        self.mean_length = sum(view.term_total for view in views) / max(self.passages, 1)

    def idf(self, term: str) -> float:
        """Inverse document frequency as BM25 has it (Robertson & Zaragoza 2009), never negative."""
        count = self._counts[term]
        return math.log(1 + (self.passages - count + 0.5) / (count + 0.5))

    def weight(self, term: str | None) -> float:
        """How much a token of the question counts in MaxSim; a token of a stop word as one that is everywhere."""
        count = self.passages if term is None else self._counts[term]
        return math.log(1 + self.passages / (1 + count))


def find_passages(
    views: Sequence[View], question: Question, rarity: Rarity, scope: Scope, tuning: Tuning
) -> list[Candidate]:
    """The passages that vectors or words put first, fused: cosine plus weighted BM25 over the best one's."""
    found: list[Candidate] = []
    for view in views:
        among = None if scope.everything else view.reader.passage_ids(scope)
        ids = dict.fromkeys(view.index.search(question.encoding.vector, tuning.fetched, among))
        ids |= dict.fromkeys(view.reader.best_by_words(question.terms, tuning.fetched, scope))
        for stored in view.reader.passages(list(ids)):
            cosine = float(stored.encoding.vector @ question.encoding.vector)
            words = stored.all_terms
            found.append(Candidate(view, stored, cosine, _bm25(words, question, rarity, rarity.mean_length, tuning)))
    best = max((candidate.bm25 for candidate in found), default=0.0) or 1.0
    found.sort(key=lambda c: c.cosine + tuning.passage_words * c.bm25 / best, reverse=True)
    return found[: tuning.candidates]


def rank_sentences(
    candidates: Sequence[Candidate], question: Question, rarity: Rarity, tuning: Tuning
) -> list[RankedSentence]:
    """Score every sentence of the candidates; one that stands in two passages counts where it scores best."""
    lengths = [len(sentence) for candidate in candidates for sentence in candidate.stored.terms]
    mean_length = float(np.mean(lengths)) if lengths else 1.0
    weights = _token_weights(question, rarity)
    rows = [
        (candidate, row, signals)
        for candidate in candidates
        for row, signals in enumerate(_signals(candidate, question, rarity, weights, mean_length, tuning))
    ]
    best_sentence = max((signals.sentence_bm25 for _, _, signals in rows), default=0.0) or 1.0
    best_passage = max((signals.passage_bm25 for _, _, signals in rows), default=0.0) or 1.0
    best: dict[tuple[int, str, int], RankedSentence] = {}
    for candidate, row, signals in rows:
        words = signals.sentence_bm25 / best_sentence + signals.passage_bm25 / best_passage
        score = (
            signals.sentence_cosine
            + tuning.passage_cosine * signals.passage_cosine
            + tuning.word_score * words
            + tuning.maxsim * signals.maxsim
        )
        stored = candidate.stored
        number = stored.passage.first + row
        key = (id(candidate.view), stored.article_id, number)
        if key not in best or score > best[key].score:
            best[key] = RankedSentence(candidate.view, stored.article_id, number, stored.passage, signals, score)
    return sorted(best.values(), key=lambda ranked: ranked.score, reverse=True)


def _signals(
    candidate: Candidate, question: Question, rarity: Rarity, weights: Floats, mean_length: float, tuning: Tuning
) -> list[Signals]:
    """The signals of each sentence of one candidate, in order."""
    stored = candidate.stored
    cosines = stored.encoding.sentences @ question.encoding.vector
    similarities = contextual_maxsim(question.encoding.tokens, weights, stored)
    coverage = _coverage(question, set(stored.all_terms), rarity)
    return [
        Signals(
            sentence_cosine=float(cosines[row]),
            passage_cosine=candidate.cosine,
            sentence_bm25=_bm25(sentence, question, rarity, mean_length, tuning),
            passage_bm25=candidate.bm25,
            maxsim=float(similarities[row]),
            coverage=coverage,
        )
        for row, sentence in enumerate(stored.terms)
    ]


def contextual_maxsim(question_tokens: Floats, weights: Floats, stored: StoredPassage) -> Floats:
    """For each sentence of a passage, in -1..1: the weighted mean, over the question's tokens, of the best cosine with
    any of the sentence's tokens as the passage's encoding has them (after Khattab & Zaharia 2020, arXiv:2004.12832).

    question_tokens: float32 (m, d), unit rows; weights: float32 (m,), adding up to one.
    """  # noqa: D205 - the formula is the summary
    counts = stored.encoding.token_counts
    cosines = question_tokens @ unit(stored.encoding.tokens.astype(np.float32)).T
    ends = np.cumsum(counts)
    scores = np.zeros(len(counts), dtype=np.float32)
    for row, (start, end) in enumerate(zip(ends - counts, ends, strict=True)):
        if end > start:
            scores[row] = cosines[:, start:end].max(axis=1) @ weights
    return scores


def _token_weights(question: Question, rarity: Rarity) -> Floats:
    """For each token of the question the rarity of the word it is part of, together one."""
    weights = [rarity.weight(_term_around(question.text, span)) for span in question.encoding.token_spans]
    total = sum(weights) or 1.0
    return np.array(weights, dtype=np.float32) / np.float32(total)


def _term_around(text: str, span: Span) -> str | None:
    """The term of the word that the characters of `span` are part of; None for a stop word or a mark."""
    start, end = span.start, span.end
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    found = terms(text[start:end])
    return found[0] if found else None


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
