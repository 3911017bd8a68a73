"""How the tokens of sentences meet those of a question."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answering.block import Block
from index.answering.matching import match_tokens
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import Signals
from index.answering.tuning import Tuning
from index.encoding.encoder import PassageEncoding, QuestionEncoding, quantize, unit
from index.storage.blobs import EncodingBlobs, TermBlobs
from index.storage.types import StoredPassage
from index.types import Passage, Span
from tests.encoder import dequantize


def encoding_of(counts: list[int], seed: int, dimension: int = 24) -> PassageEncoding:
    random_numbers = np.random.default_rng(seed)
    return PassageEncoding(
        vector=unit(random_numbers.standard_normal(dimension).astype(np.float32)),
        sentences=unit(random_numbers.standard_normal((len(counts), dimension)).astype(np.float32)),
        tokens=quantize(random_numbers.standard_normal((sum(counts), dimension)).astype(np.float32)),
        token_counts=np.array(counts, dtype=np.int32),
    )


def block_of(encodings: list[PassageEncoding]) -> Block:
    """The sentences of passages with these encodings."""
    blobs = [EncodingBlobs.pack(encoding) for encoding in encodings]
    words = [TermBlobs.pack((), ((),) * len(encoding.token_counts)) for encoding in encodings]
    span = Passage(0, 1, 0, 0)
    return Block.of([StoredPassage(1, "a", span, word, b"", blob) for word, blob in zip(words, blobs, strict=True)])


COLUMNS = ("maxsim", "maxsim_plain", "maxsim_least", "maxsim_nearby", "maxsim_passage", "answer")


@given(
    counts=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=4),
    seed=st.integers(0, 999),
)
def test_tokens_are_matched_as_signals_say(counts: list[list[int]], seed: int) -> None:
    random_numbers = np.random.default_rng(seed)
    text = "Which gate did crews paint"  # "which" and "did" are stop words
    spans = tuple(Span(m.start(), m.end()) for m in re.finditer(r"\w+", text))
    rows = unit(random_numbers.standard_normal((5, 24)).astype(np.float32))
    emphasis = random_numbers.random(5).astype(np.float32)
    direction = random_numbers.standard_normal(24).astype(np.float32)
    question = Question.of(text, QuestionEncoding(rows[0], rows, spans, emphasis, direction, 2.0))
    rarity = Rarity([], question.terms, Tuning())
    encodings = [encoding_of(each, seed + n) for n, each in enumerate(counts)]

    weights = [e * rarity.weight(t) for e, t in zip(emphasis, (None, "gate", None, "crew", "paint"), strict=True)]
    expected: list[list[float]] = []
    for encoding in encodings:
        tokens, start, best = dequantize(encoding.tokens, 24), 0, []
        for count in encoding.token_counts:
            inside = tokens[start : start + count]
            start += count
            best.append([max(inside @ row) if count else 0.0 for row in rows])
            likely = [math.exp(t @ direction - 2.0 * max(0.0, max(rows @ t))) for t in inside]
            expected.append([math.log(sum(likely)) if count else 0.0])
        for number, own in enumerate(best):
            wide = np.max(best[max(number - 1, 0) : number + 2], axis=0)
            content = [own[1], own[3], own[4]]
            matched = [np.average(own, weights=weights), np.mean(content), min(content)]
            matched += [np.average(wide, weights=weights), np.average(np.max(best, axis=0), weights=weights)]
            expected[number - len(best)] = matched + expected[number - len(best)]
    assert match_tokens(question, rarity, block_of(encodings)) == pytest.approx(np.array(expected), abs=1e-5)
    assert Signals._fields[3:9] == COLUMNS


def test_a_sentence_with_the_very_tokens_of_the_question_scores_highest() -> None:
    rows = unit(np.random.default_rng(1).standard_normal((3, 24)).astype(np.float32))
    own = PassageEncoding(rows[0], rows[:1], quantize(rows), np.array([3], dtype=np.int32))
    spans = (Span(0, 5), Span(6, 10), Span(11, 15))
    question = Question.of("crews coat gate", QuestionEncoding(rows[0], rows, spans, np.ones(3, dtype=np.float32)))
    same, others = match_tokens(question, Rarity([], [], Tuning()), block_of([own, encoding_of([3], 7)]))
    assert 0.7 < same[COLUMNS.index("maxsim_least")] <= same[COLUMNS.index("maxsim")] <= 1
    assert others[0] < same[0]
    assert same[COLUMNS.index("answer")] == 0, "nobody learned what an answer looks like"
