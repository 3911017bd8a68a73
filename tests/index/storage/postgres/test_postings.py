"""The full-text index in PostgreSQL: it is that of the embedded engine, and a reader keeps that of its generation."""

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.storage import postings
from index.storage.hidden import Hidden
from index.storage.postgres.postings import PostgresPostings
from index.storage.postgres.schema import bring_up
from index.storage.postings import BLOCK, Postings, digest_of
from index.storage.rows import Totals
from tests.postgres import Place, schema

TABLES = """
CREATE TABLE postings (place INTEGER PRIMARY KEY, block BLOB NOT NULL) STRICT;
CREATE TABLE term_counts (term INTEGER PRIMARY KEY, passages INTEGER NOT NULL) STRICT;
"""
LARGEST_TERM = 2**32 - 1


@dataclass
class Tables:
    """Tables for libraries, each with a number of its own."""

    place: Place
    connection: psycopg.Connection
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new(self) -> PostgresPostings:
        return PostgresPostings(self.connection, next(self.numbers))


@pytest.fixture(scope="module")
def tables(postgres_server: str) -> Iterator[Tables]:
    with schema(postgres_server) as place, place.connect() as connection:
        bring_up(connection, place.schema)
        yield Tables(place, connection)


@pytest.fixture
def index(tables: Tables) -> PostgresPostings:
    return tables.new()


def numbers(*terms: int) -> np.ndarray:
    return np.array(terms, dtype=np.uint32)


def read(index: PostgresPostings, wanted: list[int], hidden: Hidden | None = None) -> dict[int, list[int]]:
    """The ids of the passages that have each term."""
    counts = index.counts(wanted, hidden)
    return {number: block["passage"].tolist() for number, block in index.newest(counts, hidden)}


terms_of_a_passage = st.lists(st.sampled_from([0, 1, 2, 3, 5, 8, 2**31, LARGEST_TERM]), max_size=12)
steps = st.lists(
    st.tuples(st.lists(terms_of_a_passage, max_size=6), st.lists(st.integers(0, 30), max_size=4)), max_size=6
)


@given(
    steps=steps,
    wanted=st.lists(st.sampled_from([0, 1, 2, 8, LARGEST_TERM, 77]), max_size=4, unique=True),
    hides=st.sets(st.integers(1, 40), max_size=5),
)
def test_after_any_updates_it_is_the_index_of_the_embedded_engine(
    tables: Tables, steps: list[tuple[list[list[int]], list[int]]], wanted: list[int], hides: set[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch, closing(sqlite3.connect(":memory:", isolation_level=None)) as embedded:
        patch.setattr(postings, "BLOCK", 3)  # so that terms have many blocks
        embedded.executescript(TABLES)
        index, other = tables.new(), Postings(embedded)
        held, passage = dict[int, np.ndarray](), 0
        for added, removed in steps:
            for terms in added:
                passage += 2
                held[passage] = numbers(*terms)
                index.add(passage, held[passage])
                other.add(passage, held[passage])
            for number in removed:
                if (gone := held.pop(number, None)) is not None:
                    index.remove(number, gone)
                    other.remove(number, gone)
            index.flush()
            other.flush()
        assert index.digest() == other.digest() == sum(map(digest_of, held.keys(), held.values())) % 2**64
        assert index.counts(wanted) == other.counts(wanted)
        having = {term: [number for number, terms in held.items() if term in terms] for term in wanted}
        assert {term: sorted(ids) for term, ids in read(index, wanted).items()} == {
            term: ids for term, ids in having.items() if ids
        }
        hidden = Hidden(Totals(), np.array(sorted(hides & held.keys()), dtype=np.int64))
        seen = {term: [number for number in ids if number not in hides] for term, ids in having.items()}
        assert index.counts(wanted, hidden) == {term: len(ids) for term, ids in seen.items()}
        assert {term: sorted(ids) for term, ids in read(index, wanted, hidden).items()} == {
            term: ids for term, ids in seen.items() if ids
        }
        index.rebuild(sorted(held.items()))
        assert index.digest() == other.digest()


def test_what_was_removed_leaves_no_row_and_other_libraries_keep_theirs(tables: Tables) -> None:
    index, other = tables.new(), tables.new()
    for one in (index, other):
        one.add(1, numbers(7, 9, 9))
        one.flush()
    index.remove(1, numbers(7, 9, 9))
    index.flush()
    for table in ("postings", "term_counts"):
        rows = tables.connection.execute(f"SELECT 1 FROM {table} WHERE library = %s", (index._library,)).fetchall()
        assert rows == []
    assert read(other, [7, 9]) == {7: [1], 9: [1]}


def test_of_common_terms_the_newest_passages_are_read_and_of_rare_ones_all(
    index: PostgresPostings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "READ", 2 * BLOCK)
    for passage in range(1, 4 * BLOCK + 1):
        index.add(passage, numbers(*((1, 2) if passage % 64 == 0 else (1, 3))))
    index.flush()
    found = read(index, [1, 2])
    assert [*found] == [2, 1]  # the rarer one first
    assert sorted(found[2]) == list(range(64, 4 * BLOCK + 1, 64))
    assert sorted(found[1]) == list(range(2 * BLOCK + 1, 4 * BLOCK + 1))


def test_a_reader_keeps_its_generation_while_an_update_is_open_and_after_it(
    tables: Tables, index: PostgresPostings
) -> None:
    index.add(1, numbers(1, 2))
    index.flush()
    with tables.place.connect() as early, tables.place.connect() as late, tables.place.connect() as writer:
        early.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        early_index = PostgresPostings(early, index._library)
        assert read(early_index, [1, 2, 3]) == {1: [1], 2: [1]}
        writer.execute("BEGIN")
        update = PostgresPostings(writer, index._library)
        update.add(2, numbers(1, 3))
        update.remove(1, numbers(1, 2))
        update.flush()
        late.execute("SET statement_timeout = '5s'")
        seen: list[dict[int, list[int]]] = []
        # In a thread, so that a reader that waits for the update is seen as such.
        asking = threading.Thread(target=lambda: seen.append(read(PostgresPostings(late, index._library), [1, 2, 3])))
        asking.start()
        asking.join(10)
        assert seen == [{1: [1], 2: [1]}]
        writer.execute("COMMIT")
        assert read(early_index, [1, 2, 3]) == {1: [1], 2: [1]}
    assert read(index, [1, 2, 3]) == {1: [2], 3: [2]}
