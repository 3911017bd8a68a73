"""The full-text index: what is read, counted and ranked is what the passages hold, whatever was added and removed."""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.storage import postings
from index.storage.postings import BLOCK, K1, B, Postings, digest_of

TABLES = """
CREATE TABLE postings (place INTEGER PRIMARY KEY, block BLOB NOT NULL) STRICT;
CREATE TABLE term_counts (term INTEGER PRIMARY KEY, passages INTEGER NOT NULL) STRICT;
"""
LARGEST_TERM = 2**32 - 1


def numbers(*terms: int) -> np.ndarray:
    return np.array(terms, dtype=np.uint32)


@contextmanager
def new_postings() -> Iterator[Postings]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(TABLES)
        yield Postings(connection)


@pytest.fixture
def index() -> Iterator[Postings]:
    with new_postings() as index:
        yield index


def ranked(held: dict[int, np.ndarray], wanted: list[int]) -> list[tuple[int, float]]:
    """BM25 as the formula has it: ids and scores, best first."""
    mean = sum(map(len, held.values())) / max(len(held), 1)
    scores: Counter[int] = Counter()
    for term in dict.fromkeys(wanted):
        having = [passage for passage, terms in held.items() if term in terms]
        rarity = math.log(1 + (len(held) - len(having) + 0.5) / (len(having) + 0.5))
        for passage in having:
            count = int((held[passage] == term).sum())
            norm = K1 * (1 - B + B * len(held[passage]) / mean)
            scores[passage] += rarity * count * (K1 + 1) / (count + norm)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def best(
    index: Postings, held: dict[int, np.ndarray], wanted: list[int], limit: int, among: object = None
) -> list[int]:
    mean = sum(map(len, held.values())) / max(len(held), 1)
    ids = None if among is None else np.array(among, dtype=np.int64)
    return index.best(wanted, limit, len(held), mean, ids)


terms_of_a_passage = st.lists(st.sampled_from([0, 1, 2, 3, 5, 8, 2**31, LARGEST_TERM]), max_size=12)
steps = st.lists(
    st.tuples(st.lists(terms_of_a_passage, max_size=6), st.lists(st.integers(0, 30), max_size=4)), max_size=6
)


@given(steps=steps, wanted=st.lists(st.sampled_from([0, 1, 2, 8, LARGEST_TERM, 77]), max_size=4))
def test_after_any_updates_it_holds_what_the_passages_hold(
    steps: list[tuple[list[list[int]], list[int]]], wanted: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch, new_postings() as index:
        patch.setattr(postings, "BLOCK", 3)  # so that terms have many blocks
        held, passage = dict[int, np.ndarray](), 0
        for added, removed in steps:
            for terms in added:
                passage += 2
                held[passage] = numbers(*terms)
                index.add(passage, held[passage])
            for number in removed:
                if (gone := held.pop(number, None)) is not None:
                    index.remove(number, gone)
            index.flush()
        assert index.digest() == sum(digest_of(number, terms) for number, terms in held.items()) % 2**64
        assert index.counts(wanted) == {term: sum(term in terms for terms in held.values()) for term in wanted}
        expected = [number for number, _ in ranked(held, wanted)]
        scores = dict(ranked(held, wanted))
        found = best(index, held, wanted, 50)
        assert set(found) == set(expected)
        assert [scores[number] for number in found] == pytest.approx([scores[number] for number in expected], abs=1e-5)
        among = [number for number in sorted(held) if number % 4 == 0]
        assert set(best(index, held, wanted, 50, among)) == set(expected) & set(among)
        index.rebuild(sorted(held.items()))
        assert set(best(index, held, wanted, 50)) == set(expected)


def test_what_was_removed_leaves_no_row(index: Postings) -> None:
    for passage in (1, 2):
        index.add(passage, numbers(7, 9, 9))
    index.flush()
    for passage in (1, 2):
        index.remove(passage, numbers(7, 9, 9))
    index.flush()
    assert index._connection.execute(
        "SELECT (SELECT count(*) FROM postings), (SELECT count(*) FROM term_counts)"
    ).fetchone() == (0, 0)


def test_the_best_come_first_and_no_more_than_were_asked_for(index: Postings) -> None:
    held = {1: numbers(1, 2, 3, 4, 5, 6), 2: numbers(1, 9), 3: numbers(1, 1, 9, 9), 4: numbers(2, 3), 5: numbers(9)}
    for passage, terms in held.items():
        index.add(passage, terms)
    index.flush()
    expected = [passage for passage, _ in ranked(held, [1, 9])]
    for limit in range(1, 6):
        assert best(index, held, [1, 9], limit) == expected[:limit]
    assert best(index, held, [], 3) == best(index, held, [77], 3) == best(index, held, [1], 3, []) == []
    assert best(index, held, [9], 1, [2, 5]) == [5]  # the shorter one


def test_a_term_of_many_passages_fills_its_blocks(index: Postings) -> None:
    for _ in range(2):
        first = 1 + len(index.best([4], 10_000, 1, 1.0, None))
        for passage in range(first, first + BLOCK + 1):
            index.add(passage, numbers(4))
        index.flush()
    sizes = [row[0] for row in index._connection.execute("SELECT length(block) / 6 FROM postings ORDER BY place")]
    assert sizes == [BLOCK, BLOCK, 2]
    assert index.best([4], 10_000, 2 * BLOCK, 1.0, None) == list(range(1, 2 * BLOCK + 3))
    assert index.best([4], 10_000, 2 * BLOCK, 1.0, np.array([3, BLOCK, BLOCK + 1])) == [3, BLOCK, BLOCK + 1]


def test_of_common_terms_the_newest_passages_are_read_and_of_rare_ones_all(
    index: Postings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "READ", 2 * BLOCK)
    for passage in range(1, 4 * BLOCK + 1):
        index.add(passage, numbers(*((1, 2) if passage % 64 == 0 else (1, 3))))
    index.flush()
    found = index.best([1, 2], 10_000, 4 * BLOCK, 2.0, None)
    rare = [passage for passage in found if passage % 64 == 0]
    assert sorted(rare) == list(range(64, 4 * BLOCK + 1, 64))
    assert rare == found[: len(rare)]
    assert min(set(found) - set(rare)) > BLOCK  # of the common term, the newest
    among = np.arange(1, 101)
    assert index.best([1], 10_000, 4 * BLOCK, 2.0, among) == list(range(1, 101))  # where few are wanted, these are read


def test_the_collected_changes_are_written_when_they_are_many(index: Postings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "BUFFERED", 10)
    for passage in range(1, 9):
        index.add(passage, numbers(1, 2, 3))
    assert index.counts([1]) == {1: 8 - 8 % 4}
    index.flush()
    assert index.counts([1, 2]) == {1: 8, 2: 8}
