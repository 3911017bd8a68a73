"""A deterministic encoder with meaning: texts are alike as far as they share words."""

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from index.encoding.encoder import PassageEncoding, PassageText, QuestionEncoding, quantize, unit
from index.types import Bits, Floats, Span
from index.words import STOP_WORDS, terms, words

DIMENSION = 96


class WordEncoder:
    """Each word has a direction of its own, the same in every process; a text is the sum of its words' directions."""

    name = "words"
    dimension = DIMENSION
    token_dimension = DIMENSION

    def __init__(self, fingerprint: str = "words 1", window: int = 60) -> None:
        self.fingerprint = fingerprint
        self.window = window
        self.passages_read = 0

    def tokenize(self, text: str) -> list[Span]:
        return [Span(*match.span()) for match in re.finditer(r"\w+|[^\w\s]", text)]

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        for number, passage in enumerate(passages):
            assert len(self.tokenize(passage.text)) <= self.window, "a passage is longer than the window"
            self.passages_read += 1
            per_sentence = [_directions(passage.text[s.start : s.end]) for s in passage.sentences]
            yield (
                number,
                PassageEncoding(
                    vector=unit(_directions(passage.text).sum(axis=0)),
                    sentences=unit(np.stack([rows.sum(axis=0) for rows in per_sentence])),
                    tokens=quantize(np.concatenate(per_sentence)),
                    token_counts=np.array([len(rows) for rows in per_sentence], dtype=np.int32),
                ),
            )

    def encode_question(self, question: str) -> QuestionEncoding:
        spans = tuple(Span(*match.span()) for match in re.finditer(r"\w+", question))[: self.window]
        tokens = np.stack([_directions(question[s.start : s.end])[0] for s in spans])
        return QuestionEncoding(unit(tokens.sum(axis=0)), unit(tokens), spans, np.ones(len(spans), dtype=np.float32))

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        return [self.encode_question(question) for question in questions]


def _directions(text: str) -> Floats:
    """float32 (n, DIMENSION): a unit row for each word; stop words count a tenth. A text without words has one row."""
    rows = [
        _direction(terms(w)[0]) if w not in STOP_WORDS else 0.1 * _direction(w)
        for w in words(text)
        if terms(w) or w in STOP_WORDS
    ]
    return np.stack(rows) if rows else np.full((1, DIMENSION), 1e-3, dtype=np.float32)


@lru_cache(50_000)
def _direction(word: str) -> Floats:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return unit(np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32))


def dequantize(bits: Bits, dimension: int) -> Floats:
    """The unit rows (m, dimension) that `quantize` left: components that differ in their signs alone."""
    signs = 2 * np.unpackbits(bits, axis=1, count=dimension).astype(np.float32) - 1
    return signs / np.float32(math.sqrt(dimension))
