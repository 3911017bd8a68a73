"""Encodings and spans as bytes, as every engine stores them."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.encoding.encoder import PassageEncoding
from index.types import Floats, Sentence, Span

Number = TypeVar("Number", np.float32, np.uint8)


class EncodingBlobs(NamedTuple):
    """The encoding of a passage with n sentences and m tokens, as the bytes of its columns in storage."""

    vector: bytes
    """float16 (dimension,)"""
    sentences: bytes
    """float16 (n, dimension)"""
    token_counts: bytes
    """int32 (n,)"""
    tokens: bytes
    """uint8 (m, ceil(token_dimension / 8))"""

    @classmethod
    def pack(cls, encoding: PassageEncoding) -> "EncodingBlobs":
        """Pack an encoding into bytes."""
        return cls(
            encoding.vector.astype("<f2").tobytes(),
            encoding.sentences.astype("<f2").tobytes(),
            encoding.token_counts.astype("<i4").tobytes(),
            encoding.tokens.tobytes(),
        )

    def unpack(self) -> PassageEncoding:
        """Unpack the encoding, with the precision in which it was stored."""
        counts = np.frombuffer(self.token_counts, dtype="<i4")
        return PassageEncoding(
            vector=self.unpack_vector(),
            sentences=as_rows(unpack_floats(self.sentences), len(counts)),
            tokens=as_rows(np.frombuffer(self.tokens, dtype=np.uint8), int(counts.sum())),
            token_counts=counts,
        )

    def unpack_vector(self) -> Floats:
        """The passage's vector alone: float32 (dimension,)."""
        return unpack_floats(self.vector)

    def checksum(self) -> int:
        """CRC-32 over all blobs."""
        return zlib.crc32(b"".join(self))

    def match(self, checksum: int | None) -> bool | None:
        """Whether the blobs match the stored checksum; None if none was stored."""
        return None if checksum is None else checksum == self.checksum()


def unpack_floats(blob: bytes) -> Floats:
    """The stored float16 numbers as float32 (n,)."""
    return np.frombuffer(blob, dtype="<f2").astype(np.float32)


def as_rows(values: NDArray[Number], count: int) -> NDArray[Number]:
    """`values` (count * d,) as rows (count, d); without values, d is 0."""
    return values.reshape(count, values.size // max(count, 1))


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Pack the starts and ends of spans: int32 (n, 2)."""
    return np.array([(span.start, span.end) for span in spans], dtype="<i4").tobytes()


def unpack_sentences(blob: bytes) -> tuple[Sentence, ...]:
    """The sentences that `pack_spans` wrote."""
    return tuple(Sentence(start, end) for start, end in np.frombuffer(blob, dtype="<i4").reshape(-1, 2).tolist())
