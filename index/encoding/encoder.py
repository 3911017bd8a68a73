"""What a library needs of a model: the encoder as a protocol, what it takes and gives, and the arithmetic of both."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import Bits, Floats, Span


@dataclass(frozen=True, slots=True)
class PassageText:
    """What the model reads for one passage, and where in it the passage's sentences stand."""

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
    token_spans:    of each token, its characters in the question
    emphasis:       float32 (m,): what each token counts beside the rarity of its word; ones where nobody learned it
    answer:         float32 (token_dimension,): its product with a unit token is how much that looks like an answer, in
                    nats; None where nobody learned it
    repeats:        nats that a token loses as an answer where its cosine with a token of the question is one
    """

    vector: Floats
    tokens: Floats
    token_spans: tuple[Span, ...]
    emphasis: Floats
    answer: Floats | None = None
    repeats: float = 0.0


class Encoder(Protocol):
    """What a library needs of a model. Vectors of two encoders compare only where their `fingerprint` is the same."""

    @property
    def name(self) -> str:
        """As settings and messages call it."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would."""

    @property
    def dimension(self) -> int:
        """Of passage, sentence and question vectors."""

    @property
    def token_dimension(self) -> int:
        """Of token vectors."""

    @property
    def window(self) -> int:
        """The longest passage, in tokens."""

    def tokenize(self, text: str) -> list[Span]:
        """Where the model's tokens stand in `text`, however long it is."""

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Each passage, through the model once, with its number in `passages`; in whatever order is quickest."""

    def encode_question(self, question: str) -> QuestionEncoding:
        """The question; what does not fit into the window is left out at its end."""

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """The same of many, in whatever way is quickest; how they are batched may show in the last digits."""


def unit(rows: Floats) -> Floats:
    """`rows` (…, d) scaled to length one; a row of zeros stays as it is."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def quantize(rows: Floats) -> Bits:
    """The signs of `rows` (m, d), packed to uint8 (m, ceil(d / 8))."""
    return np.packbits(rows > 0, axis=1)


def products(rows: Floats, bits: Bits) -> Floats:
    """Of `rows` (n, d) with what `quantize` kept of m others, as unit rows of components that differ in sign alone.

    float32 (n, m). A sign is twice its bit less one, so the bits need not be turned into signs first.
    """
    import torch

    dimension = rows.shape[1]
    set_bits = torch.from_numpy(np.unpackbits(bits, axis=1, count=dimension)).float()
    own = torch.from_numpy(rows)  # torch keeps to the threads that `encode_question` set; numpy's would wait on others
    found = (2 * (own @ set_bits.T) - own.sum(dim=1, keepdim=True)) / math.sqrt(dimension)
    return np.asarray(found.numpy(), dtype=np.float32)
