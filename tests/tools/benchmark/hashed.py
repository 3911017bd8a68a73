"""A stand-in for the encoder: fast, with vectors that are spread as the model's are, and encodings of the same size."""

import re
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import BinaryIO

import numpy as np

from index.answering.ranker import Ranker
from index.encoding.encoder import PassageEncoding, PassageText, QuestionEncoding, quantize, unit
from index.known import MINILM
from index.types import Bits, Floats, Span
from tests.tools.benchmark.measuring import Clock, Meter
from tests.tools.benchmark.news import Newsroom

DIMENSION = 384

ROWS = 32_768
"""How many directions there are. Words share them by chance."""

PIECE = 6
"""Longer words are cut into tokens of so many letters. That makes about as many as in the model: 1.4 a word."""

_WORD = re.compile(r"\w+|[^\w\s]")
_TOKEN = re.compile(rf"\w{{1,{PIECE}}}|[^\w\s]")

SAMPLE = 200
"""From how many articles of synthetic news the encoder knows which words are common, and so say little."""

RARE = 3e-4
"""A word with this share of all words in the sample has half the weight of one that is not in it: `RARE / (RARE +
share)`, the smooth inverse frequency of Arora, Liang and Ma (2017)."""

COMMON, NOISE, DECAY = 0.3, 0.1, 0.7
"""The weights of the direction that all texts share, and of one that no other text has, beside a text's words of weight
one; and how fast the variance falls from axis to axis.

Chosen to resemble the passages of newsqa-dev in the real model. In a library of 1,190 passages, the median cosine of a
passage to its nearest, tenth and hundredth neighbour is .60, .33 and .23 (there .68, .39, .25), that of a question to
its nearest passages .44, .33 and .23 (there .52, .30, .17). The variance is that of 74 even axes (there of 84).
"""

FLIPPED = 3
"""A sign of a token differs from that of its word with a chance of one in 2 to this power, as contexts differ."""


class HashedEncoder:
    """Each word has a direction, the same in every process; a text is the sum of its words' directions.

    It claims to be the model that the ranker was fitted to, so that questions are ranked as usual. `spent` counts the
    time in the encoder. `record` gets the vector of every passage: float16 (DIMENSION,), in the order of encoding.
    """

    name = MINILM.name
    dimension = DIMENSION
    token_dimension = DIMENSION
    window = 254

    def __init__(self, record: BinaryIO | None = None, clock: Clock = time.perf_counter) -> None:
        self.fingerprint = Ranker.load(MINILM.ranker).fingerprint
        self.spent = Meter(clock)
        self._record = record
        self._directions, self._rows = _weighted_directions()
        self._signs = quantize(self._directions)
        self._common = COMMON * unit(np.random.default_rng(1).standard_normal(DIMENSION, dtype=np.float32))

    def tokenize(self, text: str) -> list[Span]:
        """The spans of the pieces of words, and of what stands between words."""
        with self.spent.running():
            return [Span(*match.span()) for match in _TOKEN.finditer(text)]

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Encode each passage; the same text always gets the same encoding."""
        with self.spent.running():
            encodings = [self._encoding(passage) for passage in passages]
            if self._record:
                vectors = np.stack([encoding.vector for encoding in encodings]) if encodings else np.empty(0)
                self._record.write(vectors.astype("<f2").tobytes())
        yield from enumerate(encodings)

    def encode_question(self, question: str) -> QuestionEncoding:
        """Encode a question. Every token may be part of an answer."""
        with self.spent.running():
            rows = np.array(self._rows_of(question))[: self.window]
            spans = tuple(Span(*match.span()) for match in _TOKEN.finditer(question))[: self.window]
            chance = _chance(question)
            vector = self._vectors(self._directions[rows].sum(axis=0, keepdims=True), chance)[0]
            answer = 3 * unit(chance.standard_normal(DIMENSION, dtype=np.float32))
            tokens = unit(self._directions[rows])
            return QuestionEncoding(vector, tokens, spans, np.ones(len(spans), np.float32), answer, repeats=1.0)

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """Encode many questions, in their order."""
        return [self.encode_question(question) for question in questions]

    def _encoding(self, passage: PassageText) -> PassageEncoding:
        per_sentence = [self._rows_of(passage.text[span.start : span.end]) for span in passage.sentences]
        counts = np.array([len(found) for found in per_sentence], dtype=np.int32)
        rows = np.concatenate(per_sentence)
        sums = np.add.reduceat(self._directions[rows], np.cumsum(counts) - counts)
        chance = _chance(passage.text)
        vectors = self._vectors(np.vstack([sums.sum(axis=0), sums]), chance)
        signs = self._signs[rows] ^ _flips((len(rows), DIMENSION // 8), chance)
        return PassageEncoding(vectors[0], vectors[1:], signs, counts)

    def _rows_of(self, text: str) -> list[int]:
        """The row of each token's direction, which is that of its word."""
        return [self._rows[word] for word in _WORD.findall(text) for _ in range(0, len(word), PIECE)]

    def _vectors(self, sums: Floats, chance: np.random.Generator) -> Floats:
        """Unit rows (n, DIMENSION): sums of words, with what all texts have in common, and what no other text has."""
        noise = unit(chance.standard_normal(sums.shape, dtype=np.float32))
        return unit(unit(sums) + self._common + NOISE * noise)


class _Rows(dict[str, int]):
    """The row of each word's direction; words that are not common share those that are left over."""

    def __missing__(self, word: str) -> int:
        low = word.lower()
        self[word] = row = self[low] if low in self else ROWS - 1 - zlib.crc32(low.encode()) % (ROWS // 2)
        return row


@cache
def _weighted_directions() -> tuple[Floats, _Rows]:
    """The vectors (ROWS, DIMENSION) of all words, each as long as it weighs, and which word has which."""
    common, directions = _common_words(), _directions()
    directions[: len(common)] *= np.array(list(common.values()), dtype=np.float32)[:, np.newaxis]
    return directions, _Rows({word: row for row, word in enumerate(common)})


def _common_words() -> dict[str, float]:
    """The weights of the commonest words in a sample of the synthetic news."""
    counts = Counter(_WORD.findall(" ".join(article.text for article in Newsroom().articles(range(SAMPLE))).lower()))
    return {word: RARE / (RARE + count / counts.total()) for word, count in counts.most_common(ROWS // 2)}


def _directions() -> Floats:
    """Unit rows (ROWS, DIMENSION). The variance falls from axis to axis, as the model's does; then all are turned."""
    chance = np.random.default_rng(0)
    scale = ((np.arange(DIMENSION) + 12) ** -DECAY).astype(np.float32)
    turn, _ = np.linalg.qr(chance.standard_normal((DIMENSION, DIMENSION), dtype=np.float32))
    parts = (chance.standard_normal((ROWS // 16, DIMENSION), dtype=np.float32) for _ in range(16))
    return np.concatenate([unit(part * scale @ turn) for part in parts])


def _chance(text: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(text.encode()))


def _flips(shape: tuple[int, ...], chance: np.random.Generator) -> Bits:
    """Bytes of this shape, each bit of which is set with a chance of one in 2 to the power FLIPPED."""
    drawn = np.frombuffer(chance.bytes(FLIPPED * shape[0] * shape[1]), dtype=np.uint8)
    return np.asarray(np.bitwise_and.reduce(drawn.reshape(FLIPPED, *shape)), dtype=np.uint8)
