"""What is computed of many lists at once is what each list gives alone."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.answering.lists import Lists

several = st.lists(st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 3), max_size=6), max_size=6)


def lists_of(each: Sequence[Sequence[int]]) -> Lists[np.uint32]:
    values = np.array([value for one in each for value in one], dtype=np.uint32)
    return Lists(values, np.array([len(one) for one in each], dtype=np.int64))


def each_of(lists: Lists[np.generic]) -> list[list[int]]:
    return [part.tolist() for part in np.split(lists.values, lists.starts[1:])][: len(lists.lengths)]


@given(several)
def test_every_list_is_where_it_starts(each: list[list[int]]) -> None:
    lists = lists_of(each)
    assert each_of(lists) == each
    assert lists.owners.tolist() == [number for number, one in enumerate(each) for _ in one]


@given(several, st.lists(st.integers(0, 3), unique=True))
def test_values_are_counted_in_each_list(each: list[list[int]], wanted: list[int]) -> None:
    counts = lists_of(each).count(np.array(wanted, dtype=np.uint32))
    assert counts.shape == (len(each), len(wanted))
    assert counts.tolist() == [[one.count(value) for value in wanted] for one in each]


@given(several.filter(bool), st.data())
def test_some_lists_are_taken_in_any_order(each: list[list[int]], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(each) - 1)))
    assert each_of(lists_of(each).take(np.array(rows, dtype=np.int64))) == [each[row] for row in rows]


@given(several)
def test_each_list_is_reduced_to_one_value_and_an_empty_one_to_nought(each: list[list[int]]) -> None:
    lists = lists_of(each)
    assert lists.reduce(np.maximum, lists.values).tolist() == [max(one, default=0) for one in each]
    two = np.stack([lists.values, lists.values // 2], axis=1)
    assert lists.reduce(np.minimum, two)[:, 1].tolist() == [min(one, default=0) // 2 for one in each]


@given(several)
def test_pairs_and_different_values_are_those_of_each_list(each: list[list[int]]) -> None:
    lists = lists_of(each)
    assert each_of(lists.pairs()) == [[a << 32 | b for a, b in pairwise(one)] for one in each]
    assert lists.distinct().tolist() == [len(set(one)) for one in each]
