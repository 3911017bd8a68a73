"""A question's way to ranked sentences: candidate passages, then every sentence in them.

Works over the views of several libraries at once and ranks what they hold as one: nothing here depends on which
library a passage came from, and rarity is counted over all of them together.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from index.encoding.encoder import PassageEncoding, QuestionEncoding, products
from index.storage.store import Reader, Scope, StoredPassage
from index.storage.vectors import PassageIndex
from index.types import Floats, Passage, Span
from index.words import terms

DEFAULT_THRESHOLD = 0.3
"""The confidence from which on a question is answered."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic model of whether the best sentence answers, in what speaks for it, where no learned ranker takes part.

    Fitted on the specific questions of newsqa-dev against those of dev-absent, and on the bundled story's, answerable
    and not weighted alike, without the adapter; then moved so that even odds lie at DEFAULT_THRESHOLD. That the
    passage's cosine counts against an answer is right: at the same cosine of the sentence, a nearer passage means that
    the articles are on the topic and the sentence no more than that.
    """

    intercept: float = -9.69
    maxsim: float = 13.4
    coverage: float = 2.5
    sentence_cosine: float = 6.2
    passage_cosine: float = -3.4


@dataclass(frozen=True, slots=True)
class Tuning:
    """The numbers that the search and the choice of quotes turn on; measured where it says so."""

    candidates: int = 50
    """Passages whose sentences are ranked. At 50, 99% of newsqa-dev's answers are among them."""

    fetched: int = 100
    """Passages asked of FAISS and of the full text each, before they are fused."""

    background_passages: int = 300
    """Passages without any of the question's words that rarity is counted over besides the libraries' own: a library of
    a few articles says little about which words are rare."""

    stop_word: float = 1.5
    """What a stop word of the question weighs in MaxSim, where a word that is in every passage weighs 0.7, and one that
    is in a hundredth of them 4.6. Nothing from 0.7 to 2.5 was better or worse on newsqa-dev."""

    bm25_k1: float = 1.2
    bm25_b: float = 0.75

    passage_words: float = 0.5
    """Weight of a passage's BM25, over the best passage's, beside its cosine when candidates are fused."""

    maxsim: float = 3.4
    passage_cosine: float = -0.66
    passage_share: float = 0.52
    nearby: float = 0.45
    """Weights of a sentence's score beside its own cosine: contextual MaxSim, the cosine of its passage (of two equally
    near sentences the one that stands out from its passage), the BM25 of its passage over the best one's, and how much
    of the question it covers with its neighbours. Fitted on SQuADShifts' Amazon and Reddit domains, half of SQuAD 2.0's
    development set, XQuAD in English and newsqa-dev, all weighing the same; a sentence's own BM25 adds nothing to them.
    """

    confidence: Confidence = Confidence()

    log_odds: float = 6.0
    """What the search's own scores are multiplied by where no learned ranker takes part, so that they spread as its
    scores do, which are log-odds."""

    usual_spread: float = 6.0
    """How far the tenth best score lies below the best: the median over newsqa-dev's specific questions. The three
    margins below are shares of that distance, as each question has it; this one stands in where there are no ten."""

    worth_quoting: float = 0.4
    new_words: float = 0.5
    """A second or third quote may fall short of the best score by this share of how far the tenth does, and this share
    of its words of meaning must be new. On newsqa-dev's specific questions 2.2 of three quotes are shown, and the right
    sentence is among these in 95 of 100 cases in which it is among the three (with 0.3: 1.8 quotes, 92; with 0.5: 2.5
    quotes, 97)."""

    equally_good: float = 0.3
    """Where the newest is asked for, sentences that fall short of the best score by less than this share of how far the
    tenth does go by date. On newsqa-dev that is the best one and, on average, one of the next two."""

    half: float = 0.6
    """The power that the confidence in an answer to a question that leans is raised to: such a question says half of
    what is asked, and less of it can be found. Of the bundled story's right follow-ups it shows more, and of 20 that it
    does not answer 18 are declined with it and without."""

    likeness: float = 3.0
    background: float = 1.0
    faint_background: float = 0.2
    quoted_before: float = 0.7
    """For a follow-up: what the search's own score weighs beside the ranker's, which knows less of what half a question
    is about; what both for what it leans on weigh beside both for its own words; the latter for a question that merely
    names nobody; and by which share of the tenth's distance what was quoted before steps back. Measured on the bundled
    story's 34 follow-ups (26 right) and on newsqa-dev's questions that are not specific, each asked after one that is
    and of the same article: of 160 that name nobody 52% get the right first quote, 46% alone; of 80 that lean 31% and
    24%."""


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


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """One sentence of one article, found in one library, with what speaks for it."""

    candidate: "Candidate"
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
    def view(self) -> View:
        """The library that it was found in."""
        return self.candidate.view

    @property
    def article_id(self) -> str:
        """Of the article that it stands in."""
        return self.candidate.stored.article_id

    @property
    def number(self) -> int:
        """Its number in the article."""
        return self.candidate.stored.passage.first + self.row

    @property
    def text(self) -> str:
        """What it says."""
        article, sentences = self.view.reader.with_sentences(self.article_id)
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may hold the answer."""

    view: View
    stored: StoredPassage
    cosine: float
    bm25: float
    coverage: float


class Rarity:
    """How rare each term is over all passages of all views: counts, and the weights made of them."""

    def __init__(self, views: Sequence[View], wanted: Iterable[str], tuning: Tuning) -> None:
        counts: Counter[str] = Counter()
        for view in views:
            counts.update(view.reader.passage_counts(wanted))
        self._counts = counts
        passages = sum(len(view.index) for view in views)
        self._passages = passages + tuning.background_passages
        self._stop_word = tuning.stop_word
        self._idf: dict[str, float] = {}
        self.mean_length = sum(view.term_total for view in views) / max(passages, 1)

    def idf(self, term: str) -> float:
        """Inverse document frequency as BM25 has it (Robertson & Zaragoza 2009), never negative."""
        if term not in self._idf:
            count = self._counts[term]
            self._idf[term] = math.log(1 + (self._passages - count + 0.5) / (count + 0.5))
        return self._idf[term]

    def weight(self, term: str | None) -> float:
        """How much a token of the question counts in MaxSim; a token of a stop word as one that is everywhere."""
        if term is None:
            return self._stop_word
        return math.log(1 + self._passages / (1 + self._counts[term]))


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
            cosine = float(stored.vector @ question.encoding.vector)
            words = stored.all_terms
            bm25 = _bm25(words, question, rarity, rarity.mean_length, tuning)
            found.append(Candidate(view, stored, cosine, bm25, _coverage(question, set(words), rarity)))
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
    found: dict[tuple[int, str, int], RankedSentence] = {}
    for (candidate, row), cosine, match in zip(rows, cosines.tolist(), matches.tolist(), strict=True):
        around = {term for line in candidate.stored.terms[max(row - 1, 0) : row + 2] for term in line}
        nearby = _coverage(question, around, rarity)
        signals = Signals._make((cosine, candidate.cosine, candidate.bm25, *match, candidate.coverage, nearby))
        sentence = RankedSentence(candidate, row, candidate.stored.passage, signals)
        key = (id(sentence.view), sentence.article_id, sentence.number)
        found[key] = sentence.joined(found[key]) if key in found else sentence
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


def match_tokens(question: Question, rarity: Rarity, encodings: Sequence[PassageEncoding]) -> Floats:
    """How the tokens of each sentence of the passages meet the question: float32 (sentences, 6), as `Signals` has them.

    Contextual MaxSim (after Khattab & Zaharia 2020, arXiv:2004.12832) is the weighted mean, over the question's tokens,
    of the best cosine with any of the sentence's tokens, which know their passage. The passages' tokens are known by
    their signs, so that the cosine of a token with itself is about 0.8.
    """
    asked = question.encoding
    if not asked.token_spans:
        return np.zeros((sum(len(encoding.token_counts) for encoding in encodings), 6), dtype=np.float32)
    terms_of_tokens = [term_around(question.text, span) for span in asked.token_spans]
    weights = np.array([rarity.weight(term) for term in terms_of_tokens], dtype=np.float32) * asked.emphasis
    weights /= max(float(weights.sum()), 1e-9)
    content = np.array([term is not None for term in terms_of_tokens])
    content = content if content.any() else np.ones_like(content)

    counts = np.concatenate([encoding.token_counts for encoding in encodings])
    tokens = np.concatenate([encoding.tokens for encoding in encodings])
    holding = counts > 0
    starts = (np.cumsum(counts) - counts)[holding]
    best = np.zeros((len(weights), len(counts)), dtype=np.float32)
    answer = np.zeros(len(counts), dtype=np.float32)
    if len(starts):
        directions = asked.tokens if asked.answer is None else np.vstack([asked.tokens, asked.answer])
        met = products(directions, tokens)
        cosines = met[: len(weights)]
        best[:, holding] = np.maximum.reduceat(cosines, starts, axis=1)
        if asked.answer is not None:
            likely = np.exp(np.clip(met[-1] - asked.repeats * np.maximum(cosines.max(axis=0), 0), -30, 30))
            answer[holding] = np.log(np.add.reduceat(likely, starts))
    return np.stack(
        [
            weights @ best,
            best[content].mean(axis=0),
            best[content].min(axis=0),
            weights @ _widest(best, encodings, 1),
            weights @ _widest(best, encodings, None),
            answer,
        ],
        axis=1,
    )


def _widest(best: Floats, encodings: Sequence[PassageEncoding], reach: int | None) -> Floats:
    """The best of each sentence (m, sentences) and those up to `reach` away in its passage; None: of all in it."""
    wide = best.copy()
    start = 0
    for encoding in encodings:
        end = start + len(encoding.token_counts)
        if reach is None:
            wide[:, start:end] = best[:, start:end].max(axis=1, keepdims=True)
        else:
            wide[:, start + 1 : end] = np.maximum(wide[:, start + 1 : end], best[:, start : end - 1])
            wide[:, start : end - 1] = np.maximum(wide[:, start : end - 1], best[:, start + 1 : end])
        start = end
    return wide


def term_around(text: str, span: Span) -> str | None:
    """The term of the word that the characters of `span` are part of; None for a stop word or a mark.

    What stands between white space is one word ("U.S.", "35,000") unless it is several ("high-ranking").
    """
    for part_of_word in (_is_no_space, str.isalnum):
        start, end = span.start, span.end
        while start > 0 and part_of_word(text[start - 1]):
            start -= 1
        while end < len(text) and part_of_word(text[end]):
            end += 1
        found = terms(text[start:end])
        if len(found) == 1:
            return found[0] if any(character.isalnum() for character in text[span.start : span.end]) else None
    return None


def _is_no_space(character: str) -> bool:
    return not character.isspace()


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
