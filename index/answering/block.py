"""Stored passages as arrays: what a question computes of all of their sentences, terms and tokens at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.answering.lists import Lists, Value
from index.storage.blobs import as_rows
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
        sizes = np.array([len(stored.term_counts) - 1 for stored in passages], dtype=np.int64)
        count = int(sizes.sum())
        lengths = _joined((stored.blobs.token_counts for stored in passages), "<u2").astype(np.int64)
        tokens = _joined((stored.blobs.tokens for stored in passages), "u1")
        scales = _joined((stored.blobs.scales for stored in passages), "<f4")
        vectors = as_rows(_joined((stored.blobs.sentences for stored in passages), "i1"), count)
        return cls(
            sizes,
            np.repeat(np.arange(len(sizes)), sizes),
            np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes),
            _terms_of_sentences(passages),
            vectors * scales[:, np.newaxis],
            Lists(as_rows(tokens, int(lengths.sum())), lengths),
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
    joined = _joined((stored.blobs.vector for stored in passages), "<f2")
    return as_rows(joined.astype(np.float32), len(passages))


def terms_of(passages: Sequence[StoredPassage]) -> Lists[np.uint32]:
    """The numbers of all terms of each passage and of the title of its article."""
    numbers = _joined((stored.term_blobs.numbers for stored in passages), "<u4")
    return Lists(numbers, np.array([len(stored.term_blobs.numbers) // 4 for stored in passages], dtype=np.int64))


def _terms_of_sentences(passages: Sequence[StoredPassage]) -> Lists[np.uint32]:
    """The numbers of the terms of each sentence, without those of the titles, which are stored before them."""
    counts = [stored.term_counts for stored in passages]
    own = [stored.term_numbers[int(lengths[0]) :] for stored, lengths in zip(passages, counts, strict=True)]
    lengths = [lengths[1:].astype(np.int64) for lengths in counts]
    return Lists(np.concatenate([*own, _NO_TERMS]), np.concatenate([*lengths, _NO_LENGTHS]))


_NO_TERMS, _NO_LENGTHS = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.int64)


def _joined(blobs: Iterable[bytes], kind: str) -> Any:  # noqa: ANN401 - an array of that kind
    return np.frombuffer(b"".join(blobs), dtype=kind)


def numbers_of(terms: Iterable[str]) -> NDArray[np.uint32]:
    """The numbers of terms, uint32 (t,)."""
    return np.fromiter(map(term_number, terms), dtype=np.uint32)
