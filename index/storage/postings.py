"""The full-text index of a library's database: for each term the passages that contain it, and BM25 over them.

The postings of a term are stored in blocks, in the order of the passages' ids. A new passage is appended to the last
block of each of its terms; a removed one is taken out of the block that it is in, so no trace of it stays. Terms are
numbers, so the index holds no words.

SQLite's own full-text search would read every posting of every word of a question, one row at a time. From these blocks
a question reads at most READ postings, the rarest terms first, whatever the size of the library; and a filter by
article or date costs no more than none.
"""

import math
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.storage.hidden import Hidden
from index.types import Floats

POSTING = np.dtype([("passage", "<u4"), ("count", "u1"), ("length", "u1")])
"""How often the passage has the term, and how many terms it has; both at most LARGEST."""

LARGEST = 255
BLOCK = 640
"""Postings. A full block is 3,840 bytes, which fit into one page of the database."""

READ = 100_000
"""How many postings one question reads at most."""

BUFFERED = 2_000_000
"""How many changes an update collects before it writes them, term by term."""

K1, B = 1.2, 0.75
"""The parameters of BM25 that full-text search uses by default. The candidates are scored again by the search."""

_FIRST_LOOK = 8
"""Of how many times as many of the best passages as are wanted is asked first whether they are in scope."""

_ID_BITS = 31
_LAST_ID = (1 << _ID_BITS) - 1

Ids = NDArray[np.int64]


class Changes(ABC):
    """The changes of an update to a full-text index, collected until `flush` writes them."""

    def __init__(self) -> None:
        self._added: list[tuple[NDArray[np.uint32], NDArray[np.void]]] = []
        self._removed: list[tuple[NDArray[np.uint32], NDArray[np.void]]] = []
        self._buffered = 0

    @abstractmethod
    def flush(self) -> None:
        """Write the collected changes."""

    def add(self, passage: int, numbers: NDArray[np.uint32]) -> None:
        """Add a passage with the numbers of its terms, with repeats. Its id must be larger than all before."""
        self._collect(self._added, passage, numbers)

    def remove(self, passage: int, numbers: NDArray[np.uint32]) -> None:
        """Remove a passage; `numbers` are those that it was added with."""
        self._collect(self._removed, passage, numbers)

    def _collect(
        self, changes: list[tuple[NDArray[np.uint32], NDArray[np.void]]], passage: int, numbers: NDArray[np.uint32]
    ) -> None:
        terms, postings = postings_of(passage, numbers)
        if len(terms):
            changes.append((terms, postings))
        self._buffered += len(terms)
        if self._buffered >= BUFFERED:
            self.flush()


class Postings(Changes):
    """The full-text index of a SQLite database, as one transaction sees it. Changes are written by `flush`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def flush(self) -> None:
        """Write the collected changes."""
        more: list[tuple[int, int]] = []
        for number, postings in by_term(self._added):
            self._append(number, postings)
            more.append((number, len(postings)))
        for number, postings in by_term(self._removed):
            self._take_out(number, postings["passage"])
            more.append((number, -len(postings)))
        self._connection.executemany(
            """INSERT INTO term_counts VALUES (?, ?)
               ON CONFLICT (term) DO UPDATE SET passages = passages + excluded.passages""",
            more,
        )
        gone = [(number,) for number, change in more if change < 0]
        self._connection.executemany("DELETE FROM term_counts WHERE term = ? AND passages = 0", gone)
        self._added, self._removed, self._buffered = [], [], 0

    def _append(self, number: int, postings: NDArray[np.void]) -> None:
        """Fill up the last block of a term, and add blocks after it."""
        first, last = _places(number)
        found = self._connection.execute(
            "SELECT place, block FROM postings WHERE place BETWEEN ? AND ? ORDER BY place DESC LIMIT 1", (first, last)
        ).fetchone()
        place, content = first + int(postings["passage"][0]), postings.tobytes()
        if found and len(found[1]) < BLOCK * POSTING.itemsize:
            place, content = found[0], found[1] + content
        whole = np.frombuffer(content, dtype=POSTING)
        for start in range(0, len(whole), BLOCK):
            block = whole[start : start + BLOCK]
            self._write(place if start == 0 else first + int(block["passage"][0]), block)

    def _take_out(self, number: int, passages: NDArray[np.uint32]) -> None:
        """Take passages, given by ascending ids, out of the blocks of a term."""
        for place, block in list(self._blocks(number, int(passages[0]), int(passages[-1]))):
            kept = block[~np.isin(block["passage"], passages)]
            if not len(kept):
                self._connection.execute("DELETE FROM postings WHERE place = ?", (place,))
            elif len(kept) < len(block):
                self._write(place, kept)

    def _write(self, place: int, block: NDArray[np.void]) -> None:
        self._connection.execute("INSERT OR REPLACE INTO postings VALUES (?, ?)", (place, block.tobytes()))

    def _blocks(self, number: int, first: int, last: int) -> Iterator[tuple[int, NDArray[np.void]]]:
        """The blocks of a term that may hold ids from `first` to `last`, the newest first, each with its place."""
        begin, _ = _places(number)
        rows = self._connection.execute(
            "SELECT place, block FROM postings WHERE place BETWEEN ? AND ? ORDER BY place DESC", (begin, begin + last)
        )
        for place, block in rows:
            yield place, np.frombuffer(block, dtype=POSTING)
            if place <= begin + first:
                return

    def counts(self, numbers: Iterable[int], hidden: Hidden | None = None) -> dict[int, int]:
        """How many passages contain each term, without those that are `hidden`."""
        counts = {}
        for number in numbers:
            row = self._connection.execute("SELECT passages FROM term_counts WHERE term = ?", (number,)).fetchone()
            counts[number] = 0 if row is None else int(row[0])
            if hidden and counts[number]:
                counts[number] -= self._hidden_count(number, hidden)
        return counts

    def _hidden_count(self, number: int, hidden: Hidden) -> int:
        """How many hidden passages contain a term. It is counted once, over the blocks that may name one of them."""
        if number not in hidden.counts:
            ids = hidden.passages
            blocks = self._blocks(number, int(ids[0]), int(ids[-1])) if len(ids) else iter(())
            hidden.counts[number] = sum(int(are_in(ids, block["passage"]).sum()) for _, block in blocks)
        return hidden.counts[number]

    def best(
        self,
        numbers: Iterable[int],
        limit: int,
        total: int,
        mean_length: float,
        among: Ids | None,
        hidden: Hidden | None = None,
    ) -> list[int]:
        """The ids of the passages that BM25 puts first for any of the terms; at most `limit`, best first.

        `total` is how many passages there are, and `mean_length` how many terms they have on average. `among` has the
        ids that may be found, ascending; None: all. Of terms that are so common that READ is exceeded, only the newest
        passages are read, or none. `hidden` passages are neither found nor counted.
        """
        if among is not None and not len(among):
            return []
        first, last = (0, _LAST_ID) if among is None else (int(among[0]), int(among[-1]))
        found: list[NDArray[np.uint32]] = []
        weights: list[Floats] = []
        left = READ
        counts = self.counts(numbers, hidden)
        for number, count in sorted(counts.items(), key=lambda item: item[1]):
            if count and left > 0:
                postings = self._newest(number, first, last, left, hidden)
                left -= len(postings)
                if len(postings):
                    found.append(postings["passage"])
                    weights.append(bm25(postings, count, total, mean_length))
        if not found:
            return []
        ids, scores = summed(np.concatenate(found), np.concatenate(weights))
        if among is None:
            return first_of(ids, scores, limit)
        best = np.array(first_of(ids, scores, _FIRST_LOOK * limit), dtype=np.int64)
        best = best[are_in(among, best)]
        if len(best) < limit:  # so the scope is narrow
            inside = are_in(among, ids)
            return first_of(ids[inside], scores[inside], limit)
        return best[:limit].tolist()  # type: ignore[no-any-return]

    def _newest(self, number: int, first: int, last: int, limit: int, hidden: Hidden | None = None) -> NDArray[np.void]:
        """The postings of a term whose passages have ids from `first` to `last`: about `limit`, the newest.

        Those of `hidden` passages are left out.
        """
        blocks, read = [], 0
        for _, block in self._blocks(number, first, last):
            if hidden and len(hidden.passages):
                block = block[~are_in(hidden.passages, block["passage"])]
            blocks.append(block)
            read += len(block)
            if read >= limit:
                break
        return np.concatenate(blocks) if blocks else np.empty(0, dtype=POSTING)

    def rebuild(self, passages: Iterable[tuple[int, NDArray[np.uint32]]]) -> None:
        """Make the whole index again, of the ids of all passages, ascending, with the numbers of their terms."""
        self._connection.execute("DELETE FROM postings")
        self._connection.execute("DELETE FROM term_counts")
        for passage, numbers in passages:
            self.add(passage, numbers)
        self.flush()

    def digest(self) -> int:
        """A sum over all postings, the same as that of `digest_of` over the passages they were made of."""
        total, counted = 0, 0
        for place, block in self._connection.execute("SELECT place, block FROM postings"):
            postings = np.frombuffer(block, dtype=POSTING)
            counted += len(postings)
            total += digest_of_block(place >> _ID_BITS, postings)
        held = self._connection.execute("SELECT coalesce(sum(passages), 0) FROM term_counts").fetchone()[0]
        return int(total + counted - held) & _WHOLE


_WHOLE = (1 << 64) - 1
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: Knuth's multiplicative hashing


def digest_of(passage: int, numbers: NDArray[np.uint32]) -> int:
    """The part of one passage in `Postings.digest`; these are added modulo 2^64."""
    return _digest(*postings_of(passage, numbers))


def digest_of_block(number: int, postings: NDArray[np.void]) -> int:
    """The part of some postings of a term in the same sum."""
    return _digest(np.full(len(postings), number, dtype=np.uint32), postings)


def postings_of(passage: int, numbers: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.void]]:
    """The different terms of a passage, and its posting for each."""
    terms, counts = np.unique(numbers, return_counts=True)
    postings = np.empty(len(terms), dtype=POSTING)
    postings["passage"] = passage
    postings["count"] = np.minimum(counts, LARGEST)
    postings["length"] = min(len(numbers), LARGEST)
    return terms, postings


def _digest(terms: NDArray[np.uint32], postings: NDArray[np.void]) -> int:
    words = (terms.astype(np.uint64) << np.uint64(32)) | postings["passage"]
    words = (words ^ (words >> np.uint64(29))) * _ODD + postings["count"] * np.uint64(256) + postings["length"]
    return int(((words ^ (words >> np.uint64(32))) * _ODD).sum(dtype=np.uint64))


def _places(number: int) -> tuple[int, int]:
    """The first and the last place that a block of a term may have."""
    return number << _ID_BITS, number << _ID_BITS | _LAST_ID


def by_term(
    changes: Sequence[tuple[NDArray[np.uint32], NDArray[np.void]]],
) -> Iterator[tuple[int, NDArray[np.void]]]:
    """The postings of each term, in the order of the terms' numbers and of the passages' ids."""
    if not changes:
        return
    terms = np.concatenate([terms for terms, _ in changes])
    postings = np.concatenate([postings for _, postings in changes])
    order = np.lexsort((postings["passage"], terms))
    terms, postings = terms[order], postings[order]
    starts = np.flatnonzero(np.diff(terms, prepend=terms[:1] + np.uint32(1)))
    for number, start, end in zip(terms[starts].tolist(), starts, [*starts[1:], len(terms)], strict=True):
        yield number, postings[start:end]


def bm25(postings: NDArray[np.void], count: int, total: int, mean_length: float) -> Floats:
    """BM25 (Robertson & Zaragoza 2009) of each posting of a term that `count` of all passages contain: float32 (n,)."""
    rarity = math.log(1 + (total - count + 0.5) / (count + 0.5))
    often = postings["count"].astype(np.float32)
    length = (1 - B) + B / max(mean_length, 1e-9) * postings["length"].astype(np.float32)
    return np.asarray(rarity * (K1 + 1) * often / (often + K1 * length), dtype=np.float32)


def summed(ids: NDArray[np.uint32], weights: Floats) -> tuple[Ids, Floats]:
    """Each id once, ascending, with the sum of its weights."""
    order = np.argsort(ids, kind="stable")
    ids, weights = ids[order], weights[order]
    starts = np.flatnonzero(np.diff(ids, prepend=ids[:1] + np.uint32(1)))
    return ids[starts].astype(np.int64), np.add.reduceat(weights, starts)


def are_in(among: Ids, ids: Ids) -> NDArray[np.bool_]:
    """For each of the ids, whether it is in `among`, which is ascending and not empty."""
    return np.asarray(among[np.minimum(np.searchsorted(among, ids), len(among) - 1)] == ids)


def first_of(ids: Ids, scores: Floats, limit: int) -> list[int]:
    """The `limit` ids with the highest scores, best first; of equal ones the smaller id first."""
    if len(ids) > limit:
        least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        ids, scores = ids[scores >= least], scores[scores >= least]
    return ids[np.argsort(-scores, kind="stable")][:limit].tolist()  # type: ignore[no-any-return]
