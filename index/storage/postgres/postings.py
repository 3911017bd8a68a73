"""The full-text index of the libraries in a PostgreSQL database: the same blocks of postings as in the embedded engine.

A snapshot sees the postings of its own generation, as it sees every other row, and an update is in nobody's way. (The
index of pg_textsearch 1.0 is locked from the first row that an update adds until its transaction ends; who reads it
waits that long, and cannot be stopped.) All terms of a question, or of an update, are read and written together, so
that neither waits for the server once a term.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from index.storage import postings
from index.storage.hidden import Hidden
from index.storage.postings import POSTING, Changes, are_in, by_term, digest_of_block

_ROWS = 2_000
"""How many rows one statement writes."""

Block = NDArray[np.void]
Row = TypeVar("Row")


class PostgresPostings(Changes):
    """The full-text index of one library, as one transaction sees it. Changes are written by `flush`."""

    def __init__(self, connection: Connection[Any], library: int) -> None:
        """`library` is the number that is in each of its rows."""
        super().__init__()
        self._connection = connection
        self._library = library

    def flush(self) -> None:
        """Write the collected changes."""
        added, removed = list(by_term(self._added)), list(by_term(self._removed))
        self._added, self._removed, self._buffered = [], [], 0
        self._append(added)
        self._take_out(removed)
        changes = dict.fromkeys([*(number for number, _ in added), *(number for number, _ in removed)], 0)
        for sign, some in ((1, added), (-1, removed)):
            for number, block in some:
                changes[number] += sign * len(block)
        self._count({number: change for number, change in changes.items() if change})

    def _append(self, added: Sequence[tuple[int, Block]]) -> None:
        """Fill up the last block of each term, and add blocks after it."""
        rows: list[tuple[int, int, Block]] = []
        for some in _parts(added):
            last = {
                number: (first, block)
                for number, first, block in self._rows(
                    """SELECT wanted.term, last.first, last.block FROM unnest(%s::bigint[]) wanted (term)
                       CROSS JOIN LATERAL (
                           SELECT first, block FROM postings WHERE library = %s AND postings.term = wanted.term
                           ORDER BY first DESC LIMIT 1) last
                       WHERE octet_length(last.block) < %s""",
                    ([number for number, _ in some], self._library, postings.BLOCK * POSTING.itemsize),
                )
            }
            for number, new in some:
                place, block = last.get(number, (int(new["passage"][0]), new[:0]))
                whole = np.concatenate([block, new])
                for start in range(0, len(whole), postings.BLOCK):
                    part = whole[start : start + postings.BLOCK]
                    rows.append((number, int(part["passage"][0]) if start else place, part))
        self._write(rows)

    def _take_out(self, removed: Sequence[tuple[int, Block]]) -> None:
        """Take passages out of the blocks of their terms."""
        for some in _parts(removed):
            gone = {number: block["passage"] for number, block in some}
            kept: list[tuple[int, int, Block]] = []
            emptied: list[tuple[int, int]] = []
            for number, first, block in self._rows(
                """SELECT wanted.term, held.first, held.block
                   FROM unnest(%(terms)s::bigint[], %(least)s::bigint[], %(most)s::bigint[]) wanted (term, least, most)
                   CROSS JOIN LATERAL (
                       (SELECT first, block FROM postings
                        WHERE library = %(library)s AND postings.term = wanted.term AND first <= least
                        ORDER BY first DESC LIMIT 1)
                       UNION ALL
                       (SELECT first, block FROM postings
                        WHERE library = %(library)s AND postings.term = wanted.term AND first > least AND first <= most)
                   ) held""",
                {
                    "terms": [*gone],
                    "least": [int(ids[0]) for ids in gone.values()],
                    "most": [int(ids[-1]) for ids in gone.values()],
                    "library": self._library,
                },
            ):
                left = block[~np.isin(block["passage"], gone[number])]
                if not len(left):
                    emptied.append((number, first))
                elif len(left) < len(block):
                    kept.append((number, first, left))
            self._write(kept)
            if not emptied:
                continue
            self._connection.execute(
                """DELETE FROM postings USING unnest(%s::bigint[], %s::bigint[]) gone (term, first)
                   WHERE library = %s AND postings.term = gone.term AND postings.first = gone.first""",
                ([number for number, _ in emptied], [first for _, first in emptied], self._library),
            )

    def _write(self, rows: Sequence[tuple[int, int, Block]]) -> None:
        for some in _parts(rows):
            numbers, firsts, blocks = zip(*some, strict=True)
            self._connection.execute(
                """INSERT INTO postings (library, term, first, block)
                   SELECT %b, * FROM unnest(%b::bigint[], %b::bigint[], %b::bytea[])
                   ON CONFLICT (library, term, first) DO UPDATE SET block = excluded.block""",
                (self._library, list(numbers), list(firsts), [block.tobytes() for block in blocks]),
            )

    def _count(self, changes: Mapping[int, int]) -> None:
        """Add to the counts of terms."""
        for some in _parts(sorted(changes.items())):
            numbers, more = zip(*some, strict=True)
            self._connection.execute(
                """INSERT INTO term_counts (library, term, passages)
                   SELECT %s, * FROM unnest(%s::bigint[], %s::integer[])
                   ON CONFLICT (library, term) DO UPDATE SET passages = term_counts.passages + excluded.passages""",
                (self._library, list(numbers), list(more)),
            )
        if gone := [number for number, change in changes.items() if change < 0]:
            self._connection.execute(
                "DELETE FROM term_counts WHERE library = %s AND term = ANY(%s::bigint[]) AND passages = 0",
                (self._library, gone),
            )

    def counts(self, numbers: Iterable[int], hidden: Hidden | None = None) -> dict[int, int]:
        """How many passages contain each term, without those that are `hidden`."""
        counts = dict.fromkeys(numbers, 0)
        counts |= dict(
            self._connection.execute(
                "SELECT term, passages FROM term_counts WHERE library = %s AND term = ANY(%s::bigint[])",
                (self._library, [*counts]),
                binary=True,
            )
        )
        if hidden is not None and len(hidden.passages):
            self._count_hidden([number for number, count in counts.items() if count], hidden)
            counts = {number: count - hidden.counts.get(number, 0) for number, count in counts.items()}
        return counts

    def _count_hidden(self, numbers: Sequence[int], hidden: Hidden) -> None:
        """Count the hidden passages that contain each term, once, over the blocks that may name one of them."""
        if unknown := [number for number in numbers if number not in hidden.counts]:
            found, ids = dict.fromkeys(unknown, 0), hidden.passages
            for number, block in self._blocks(dict.fromkeys(unknown), int(ids[0]), int(ids[-1])):
                found[number] += int(are_in(ids, block["passage"]).sum())
            hidden.counts.update(found)

    def newest(self, counts: Mapping[int, int], hidden: Hidden | None = None) -> Iterator[tuple[int, Block]]:
        """The postings of each term without those of `hidden` passages, the rarest term first: READ of them in all.

        `counts` says how many passages have each. Of those that are too many, the newest are read, or none.
        """
        wanted: dict[int, int | None] = {}
        left = postings.READ
        for number, count in sorted(counts.items(), key=lambda item: item[1]):
            if count and left > 0:
                wanted[number] = None if count <= left else left // postings.BLOCK + 2
                left -= count
        parts: dict[int, list[Block]] = {number: [] for number in wanted}
        for number, block in self._blocks(wanted):
            parts[number].append(block)
        left = postings.READ
        for number in wanted:
            blocks, read = [], 0
            for block in parts[number]:
                if hidden is not None and len(hidden.passages):
                    block = block[~are_in(hidden.passages, block["passage"])]
                if read < left:
                    blocks.append(block)
                    read += len(block)
            left -= read
            if read:
                yield number, np.concatenate(blocks)

    def _blocks(
        self, wanted: Mapping[int, int | None], least: int = 0, most: int = np.iinfo(np.int64).max
    ) -> Iterator[tuple[int, Block]]:
        """The blocks of terms that may hold ids from `least` to `most`, the newest first; so many of each, or all."""
        rows = self._rows(
            """SELECT wanted.term, held.first, held.block
               FROM unnest(%(terms)s::bigint[], %(limits)s::bigint[]) wanted (term, most_of_it)
               CROSS JOIN LATERAL (
                   SELECT first, block FROM postings
                   WHERE library = %(library)s AND postings.term = wanted.term AND first <= %(most)s
                       AND first >= coalesce((SELECT max(before.first) FROM postings before WHERE
                           before.library = %(library)s AND before.term = wanted.term AND before.first <= %(least)s), 0)
                   ORDER BY first DESC LIMIT wanted.most_of_it) held""",
            {
                "terms": [*wanted],
                "limits": [*wanted.values()],
                "library": self._library,
                "least": least,
                "most": most,
            },
        )
        return ((number, block) for number, _, block in rows)

    def _rows(self, query: str, values: Sequence[object] | Mapping[str, object]) -> Iterator[tuple[int, int, Block]]:
        """Rows of a term, the first id of a block when it was made, and that block."""
        for number, first, block in self._connection.execute(query, values, binary=True):
            yield number, first, np.frombuffer(block, dtype=POSTING)

    def rebuild(self, passages: Iterable[tuple[int, NDArray[np.uint32]]]) -> None:
        """Make the whole index again, of the ids of all passages, ascending, with the numbers of their terms."""
        self._added, self._removed, self._buffered = [], [], 0  # they are of passages that are there, or no more
        for table in ("postings", "term_counts"):
            self._connection.execute(f"DELETE FROM {table} WHERE library = %s", (self._library,))
        for passage, numbers in passages:
            self.add(passage, numbers)
        self.flush()

    def digest(self) -> int:
        """A sum over all postings, the same as that of `digest_of` over the passages they were made of."""
        total, counted = 0, 0
        with self._connection.cursor(binary=True) as cursor:
            query = "SELECT term, block FROM postings WHERE library = %s"
            for number, content in cursor.stream(query, (self._library,)):
                block = np.frombuffer(content, dtype=POSTING)
                counted += len(block)
                total += digest_of_block(number, block)
        (held,) = self._connection.execute(
            "SELECT coalesce(sum(passages), 0)::bigint FROM term_counts WHERE library = %s", (self._library,)
        ).fetchone() or (0,)
        return (total + counted - held) % 2**64


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in parts that one statement takes."""
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))
