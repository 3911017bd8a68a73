"""The protocol of encoders: what a library needs from a model, the types for it, and arithmetic on vectors."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import Bits, Floats, Span


@dataclass(frozen=True, slots=True)
class PassageText:
    """What the model reads for one passage, and the spans of the passage's sentences in it."""

    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PassageEncoding:
    """One passage, encoded once.

    vector:         float32 (dimension,), unit length: the model's own embedding of the passage
    sentences:      float32 (n, dimension), unit rows: each the mean of the sentence's token states within the passage
                    (late chunking, Günther et al. 2024, arXiv:2409.04701)
    tokens:         uint8 (m, ceil(token_dimension / 8)): the signs of the sentences' token states, in order, a bit each
                    (a set bit is positive), packed. They rank as well as the states themselves (newsqa-dev H@1, H@3:
                    .48, .70 against .49, .69) in a thirty-second of the space
    token_counts:   int32 (n,), adding up to m: how many rows of `tokens` each sentence has
    """

    vector: Floats
    sentences: Floats
    tokens: Bits
    token_counts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class QuestionEncoding:
    """A question, encoded.

    vector:         float32 (dimension,), unit length
    tokens:         float32 (m, token_dimension), unit rows
    token_spans:    the characters of each token in the question
    emphasis:       float32 (m,): the weight of each token, in addition to the rarity of its word; ones if not learned
    answer:         float32 (token_dimension,): the product with a unit token says how much that looks like an answer,
                    in nats; None if not learned
    repeats:        how many nats a token loses as an answer if its cosine with a token of the question is 1
    """

    vector: Floats
    tokens: Floats
    token_spans: tuple[Span, ...]
    emphasis: Floats
    answer: Floats | None = None
    repeats: float = 0.0


class Encoder(Protocol):
    """What a library needs from a model. Vectors of two encoders are comparable only if the fingerprints are equal."""

    @property
    def name(self) -> str:
        """The name of the model in settings and messages."""

    @property
    def fingerprint(self) -> str:
        """Identifies the model. It differs whenever the vectors would differ."""

    @property
    def dimension(self) -> int:
        """The dimension of passage, sentence and question vectors."""

    @property
    def token_dimension(self) -> int:
        """The dimension of token vectors."""

    @property
    def window(self) -> int:
        """The length of the longest passage, in tokens."""

    def tokenize(self, text: str) -> list[Span]:
        """The spans of the model's tokens in `text`, which may be of any length."""

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Encode each passage with one pass of the model, in any order; yields its index in `passages` with it."""

    def encode_question(self, question: str) -> QuestionEncoding:
        """Encode a question. If it is longer than the window, its end is cut off."""

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """Encode many questions, in their order. Batching may change the last digits."""


def unit(rows: Floats) -> Floats:
    """`rows` (…, d) scaled to length one; a row of zeros stays as it is."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def quantize(rows: Floats) -> Bits:
    """The signs of `rows` (m, d), packed to uint8 (m, ceil(d / 8))."""
    return np.packbits(rows > 0, axis=1)


def dots(rows: Floats, vector: Floats) -> Floats:
    """The products of `rows` (n, d) with one `vector` (d,): float32 (n,), in the calling thread, as in `products`."""
    return np.asarray(np.einsum("nd,d->n", rows, vector), dtype=np.float32)


ONE_THREAD = 2**18
"""With no more multiplications than this, numpy's OpenBLAS computes a product of matrices in the calling thread."""

AT_ONCE = 512
"""How many quantized rows are unpacked at once, about, so that they are still in the processor's cache when used."""


def products(bits: Bits, rows: Floats) -> Floats:
    """The products of m quantized rows with `rows` (n, d): float32 (m, n).

    A quantized row counts as a unit row whose components all have the same size and differ only in sign. A sign is
    2 * bit - 1, so the bits need not be converted to signs first. The quantized rows are multiplied in stacks so small
    that one thread does it. With two threads on two busy cores, where each waits for the other, it took six times as
    long.
    """
    count, dimension = rows.shape
    height = max(1, ONE_THREAD // rows.size)
    step = height * max(1, AT_ONCE // height)
    padding = np.zeros((-len(bits) % height, bits.shape[1]), dtype=np.uint8)
    padded = np.concatenate([bits, padding])
    found = np.empty((len(padded), count), dtype=np.float32)
    for start in range(0, len(padded), step):
        set_bits = np.unpackbits(padded[start : start + step], axis=1, count=dimension).astype(np.float32)
        stacks = found[start : start + step].reshape(-1, height, count)
        np.matmul(set_bits.reshape(-1, height, dimension), rows.T, out=stacks)
    found = (2 * found[: len(bits)] - rows.sum(axis=1)) / math.sqrt(dimension)
    return np.asarray(found, dtype=np.float32)
