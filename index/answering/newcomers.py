"""How near new passages come to questions that wait for an answer: a cheap sieve before these are asked again.

Asking a question in full takes a tenth of a second or more, and most new articles have nothing to do with most
questions. So each question is compared with the new passages alone: by its vector, and by the share of its words that a
passage has, where rare words weigh more.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.encoding.encoder import Encoder, unit
from index.languages import language_of_question
from index.storage.types import StoredPassage
from index.types import Floats
from index.words import term_number, terms

NEAR = 0.4
"""A question whose nearness to every new passage is less is hardly ever answered by them. Measured with
`python -m tests.tools.benchmark sieve`; the figures are in `index/README.md`."""

WORDS = 0.3
"""How much the words count beside the vectors. Chosen on newsqa-dev from 0, 0.2, 0.3, 0.4 and 0.6."""

AT_ONCE = 64
"""How many passages are compared at once. With ten thousand questions their cosines take some 20 MB."""

UNRELATED = (
    "When was the bridge opened?", "Who won the election?", "How many people live in Peru?", "What do whales eat?",
    "Why did the bank close?", "Where is the new hospital?", "How is glass made?", "Which team scored first?",
)  # fmt: skip
"""Questions that have nothing to do with one another. The mean cosine of their vectors is what a model gives to texts
that are not alike: next to nothing with one, 0.8 with another. Nearness counts from there."""


@dataclass(frozen=True, slots=True)
class AwaitedQuestion:
    """What is compared of a question that waits: its unit vector (dimension,), and its terms."""

    vector: Floats
    terms: frozenset[str]


def awaited(questions: Sequence[str], encoder: Encoder, languages: Sequence[str]) -> list[AwaitedQuestion]:
    """Prepare questions that are asked of articles in those languages."""
    if not questions:
        return []
    codes = [language_of_question(question, tuple(languages)) for question in questions]
    return [
        AwaitedQuestion(encoded.vector, frozenset(terms(question, code)))
        for question, code, encoded in zip(questions, codes, encoder.encode_questions(questions), strict=True)
    ]


def floor_of(encoder: Encoder) -> float:
    """The mean cosine of texts that are not alike."""
    vectors = np.stack([each.vector for each in encoder.encode_questions(UNRELATED)])
    count = len(UNRELATED)
    return float((np.sum(vectors @ vectors.T) - count) / (count * (count - 1)))


def nearness(
    questions: Sequence[AwaitedQuestion],
    passages: Sequence[StoredPassage],
    floor: float,
    counted: Callable[[Iterable[str]], Mapping[str, int]],
    total: int,
) -> Floats:
    """The nearness of each question to the passage that comes nearest: float32 (n,); -1 without passages.

    It is the cosine of the passage or of a sentence in it, counted from `floor`, and WORDS times the share of the
    question's words. `counted` says in how many of all `total` passages each of some terms is.
    """
    found = np.full(len(questions), -1.0, dtype=np.float32)
    if not (questions and passages):
        return found
    vectors = np.stack([question.vector for question in questions])
    weights = _weights(questions, counted, total)
    for start in range(0, len(passages), AT_ONCE):
        some = passages[start : start + AT_ONCE]
        cosines = (_cosines(vectors, some) - floor) / (1 - floor)
        found = np.maximum(found, (cosines + WORDS * _shares(weights, some, len(questions))).max(axis=1))
    return found


def _cosines(vectors: Floats, passages: Sequence[StoredPassage]) -> Floats:
    """The largest cosine of each question with each passage or a sentence of it: float32 (n, p)."""
    rows = [np.concatenate([each.vector[np.newaxis], each.blobs.unpack_sentences()]) for each in passages]
    starts = np.cumsum([0, *map(len, rows[:-1])])
    return np.maximum.reduceat(vectors @ unit(np.concatenate(rows)).T, starts, axis=1)


_Weights = dict[int, tuple[list[int], list[float]]]
"""By the number of a term: which questions have it, and which share of the words of each it is."""


def _weights(
    questions: Sequence[AwaitedQuestion], counted: Callable[[Iterable[str]], Mapping[str, int]], total: int
) -> _Weights:
    every = {term for question in questions for term in question.terms}
    counts = counted(every)
    weight = {term: math.log(1 + total / (0.5 + counts[term])) for term in every}
    found: _Weights = {}
    for number, question in enumerate(questions):
        whole = sum(weight[term] for term in question.terms)
        for term in question.terms:
            numbers, shares = found.setdefault(term_number(term), ([], []))
            numbers.append(number)
            shares.append(weight[term] / whole)
    return found


def _shares(weights: _Weights, passages: Sequence[StoredPassage], count: int) -> Floats:
    """Which share of each question's words each passage has: float32 (n, p)."""
    found = np.zeros((count, len(passages)), dtype=np.float32)
    for place, passage in enumerate(passages):
        for term in weights.keys() & set(passage.all_terms):
            numbers, shares = weights[term]
            found[numbers, place] += shares
    return found
