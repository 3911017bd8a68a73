"""Encodings, terms and spans as bytes, as every engine stores them."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.encoding.encoder import PassageEncoding
from index.types import Floats, Sentence, Span
from index.words import term_number

Number = TypeVar("Number", np.float32, np.uint8, np.int8)

LARGEST = 127
"""Of an int8, as a sentence's vector is stored."""


class EncodingBlobs(NamedTuple):
    """The encoding of a passage with n sentences and m tokens, as the bytes of its columns in storage."""

    vector: bytes
    """float16 (dimension,)"""
    sentences: bytes
    """int8 (n, dimension): each row times its scale is a unit vector"""
    scales: bytes
    """float32 (n,)"""
    token_counts: bytes
    """uint16 (n,)"""
    tokens: bytes
    """uint8 (m, ceil(token_dimension / 8))"""

    @classmethod
    def pack(cls, encoding: PassageEncoding) -> "EncodingBlobs":
        """Pack an encoding into bytes."""
        sentences = encoding.sentences
        scales = np.abs(sentences).max(axis=1, initial=1e-12) / LARGEST
        return cls(
            encoding.vector.astype("<f2").tobytes(),
            np.rint(sentences / scales[:, np.newaxis]).astype(np.int8).tobytes(),
            scales.astype("<f4").tobytes(),
            encoding.token_counts.astype("<u2").tobytes(),
            encoding.tokens.tobytes(),
        )

    def unpack(self) -> PassageEncoding:
        """Unpack the encoding, with the precision in which it was stored."""
        counts = np.frombuffer(self.token_counts, dtype="<u2").astype(np.int32)
        return PassageEncoding(
            vector=self.unpack_vector(),
            sentences=self.unpack_sentences(),
            tokens=as_rows(np.frombuffer(self.tokens, dtype=np.uint8), int(counts.sum())),
            token_counts=counts,
        )

    def unpack_vector(self) -> Floats:
        """The passage's vector alone: float32 (dimension,)."""
        return np.frombuffer(self.vector, dtype="<f2").astype(np.float32)

    def unpack_sentences(self) -> Floats:
        """The vectors of its sentences alone: float32 (n, dimension). They are within 1e-3 of unit length."""
        scales = np.frombuffer(self.scales, dtype="<f4")
        rows = as_rows(np.frombuffer(self.sentences, dtype=np.int8), len(scales))
        return np.asarray(rows * scales[:, np.newaxis], dtype=np.float32)


class TermBlobs(NamedTuple):
    """The terms of a passage with n sentences, as bytes: first those of its article's title, then of each sentence."""

    counts: bytes
    """uint16 (n + 1,): how many terms the title and each sentence have"""
    numbers: bytes
    """uint32 (counts.sum(),): their numbers (`index.words.term_number`), in order, with repeats"""

    @classmethod
    def pack(cls, title: Sequence[str], sentences: Sequence[Sequence[str]]) -> "TermBlobs":
        """Pack the terms of a title and of sentences."""
        lines = (title, *sentences)
        numbers = [term_number(term) for line in lines for term in line]
        return cls(np.array([*map(len, lines)], dtype="<u2").tobytes(), np.array(numbers, dtype="<u4").tobytes())

    def unpack_counts(self) -> NDArray[np.uint16]:
        """How many terms the title and each sentence have: uint16 (n + 1,)."""
        return np.frombuffer(self.counts, dtype="<u2")

    def unpack_numbers(self) -> NDArray[np.uint32]:
        """The numbers of all terms, those of the title first: uint32 (m,)."""
        return np.frombuffer(self.numbers, dtype="<u4")

    def unpack(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the terms of the title, and then of each sentence."""
        numbers, ends = self.unpack_numbers().tolist(), self.unpack_counts().cumsum(dtype=np.int64).tolist()
        return tuple(tuple(numbers[start:end]) for start, end in zip([0, *ends], ends, strict=False))


def checksum_of(encoding: EncodingBlobs, terms: TermBlobs, cues: bytes) -> int:
    """CRC-32 over all that was derived from a passage's text."""
    return zlib.crc32(b"".join((*encoding, *terms, cues)))


def as_rows(values: NDArray[Number], count: int) -> NDArray[Number]:
    """`values` (count * d,) as rows (count, d); without values, d is 0."""
    return values.reshape(count, values.size // max(count, 1))


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Pack the starts and ends of spans: int32 (n, 2)."""
    return np.array([(span.start, span.end) for span in spans], dtype="<i4").tobytes()


def unpack_sentences(blob: bytes) -> tuple[Sentence, ...]:
    """The sentences that `pack_spans` wrote."""
    return tuple(Sentence(start, end) for start, end in np.frombuffer(blob, dtype="<i4").reshape(-1, 2).tolist())
