"""Stored passages as arrays: what a question computes of all of their sentences, terms and tokens at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.answering.lists import Lists, Value
from index.storage.blobs import as_rows, unpack_floats
from index.storage.types import StoredPassage
from index.types import Floats
from index.words import term_number


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """p passages with n sentences, one after the other.

    sizes:      int64 (p,), how many sentences each passage has
    passages:   int64 (n,), the index of the passage of each sentence
    lines:      int64 (n,), its index in the passage
    terms:      the numbers of the terms of each sentence, uint32
    vectors:    float32 (n, dimension), the vector of each sentence
    tokens:     the quantized tokens of each sentence, uint8 (m, ceil(token_dimension / 8))
    """

    sizes: NDArray[np.int64]
    passages: NDArray[np.int64]
    lines: NDArray[np.int64]
    terms: Lists[np.uint32]
    vectors: Floats
    tokens: Lists[np.uint8]

    @classmethod
    def of(cls, passages: Sequence[StoredPassage]) -> "Block":
        """The sentences of the passages, in order."""
        lines = [line for stored in passages for line in stored.terms]
        sizes = np.array([len(stored.terms) for stored in passages], dtype=np.int64)
        counts = np.frombuffer(b"".join(stored.blobs.token_counts for stored in passages), dtype="<i4")
        tokens = np.frombuffer(b"".join(stored.blobs.tokens for stored in passages), dtype=np.uint8)
        return cls(
            sizes,
            np.repeat(np.arange(len(sizes)), sizes),
            np.arange(len(lines)) - np.repeat(np.cumsum(sizes) - sizes, sizes),
            _numbers_of(lines),
            as_rows(unpack_floats(b"".join(stored.blobs.sentences for stored in passages)), len(lines)),
            Lists(as_rows(tokens, int(counts.sum())), counts.astype(np.int64)),
        )

    def with_neighbours(self, values: NDArray[Value]) -> NDArray[Value]:
        """Each row of `values` (n, k) as the maximum over its sentence and those beside that in the passage."""
        together = (self.passages[1:] == self.passages[:-1])[:, np.newaxis]
        wide = values.copy()
        np.maximum(wide[1:], values[:-1], out=wide[1:], where=together)
        np.maximum(wide[:-1], values[1:], out=wide[:-1], where=together)
        return wide

    def over_passages(self, values: NDArray[Value]) -> NDArray[Value]:
        """Each row of `values` (n, k) as the maximum over all sentences of its passage."""
        return Lists(values, self.sizes).reduce(np.maximum, values)[self.passages]


def vectors_of(passages: Sequence[StoredPassage]) -> Floats:
    """The vectors of the passages, float32 (p, dimension)."""
    return as_rows(unpack_floats(b"".join(stored.blobs.vector for stored in passages)), len(passages))


def terms_of(passages: Sequence[StoredPassage]) -> Lists[np.uint32]:
    """The numbers of all terms of each passage and of the title of its article."""
    return _numbers_of([stored.all_terms for stored in passages])


def _numbers_of(lists: Sequence[Sequence[str]]) -> Lists[np.uint32]:
    lengths = np.array([len(each) for each in lists], dtype=np.int64)
    return Lists(numbers_of(term for each in lists for term in each), lengths)


def numbers_of(terms: Iterable[str]) -> NDArray[np.uint32]:
    """The numbers of terms, uint32 (t,)."""
    return np.fromiter(map(term_number, terms), dtype=np.uint32)
