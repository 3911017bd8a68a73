"""Which windows of text are read for the best sentences."""

import pytest

from index.answering.reader import AROUND, READ, WINDOW_CHARACTERS, WINDOWS, Window, choose_windows
from index.text import split_sentences
from index.types import Sentence, Span


def texts_of(*texts: str) -> dict[int, tuple[str, tuple[Sentence, ...]]]:
    return {number: (text, split_sentences(text)) for number, text in enumerate(texts)}


def gates(count: int) -> str:
    return " ".join(f"Gate {number} is open." for number in range(count))


def read_of(window: Window) -> list[str]:
    return [window.text[span.start : span.end] for span in window.sentences]


def test_a_sentence_is_read_with_its_neighbours() -> None:
    (window,) = choose_windows([(0, 5)], texts_of(gates(20)).__getitem__)[0]
    assert read_of(window) == [f"Gate {n} is open." for n in range(5 - AROUND, 5 + AROUND + 1)]
    assert [window.row_of(number) for number in (2, 3, 5, 7, 8)] == [None, 0, 2, 4, None]


@pytest.mark.parametrize(("number", "expected"), [(0, [0, 1, 2]), (1, [0, 1, 2, 3]), (3, [1, 2, 3])])
def test_at_the_ends_of_an_article_there_are_fewer_neighbours(number: int, expected: list[int]) -> None:
    (window,) = choose_windows([(0, number)], texts_of(gates(4)).__getitem__)[0]
    assert read_of(window) == [f"Gate {n} is open." for n in expected]


def test_a_sentence_in_the_window_of_a_better_one_needs_none_of_its_own() -> None:
    found = choose_windows([(0, 5), (0, 6), (1, 6), (0, 8)], texts_of(gates(20), gates(20)).__getitem__)
    assert [window.first for window in found[0]] == [3, 6]
    assert [window.first for window in found[1]] == [4]


def test_only_the_best_sentences_are_read_and_only_so_many_windows() -> None:
    text = texts_of(gates(500)).__getitem__
    far_apart = [(0, 10 * number) for number in range(40)]
    assert [window.first for window in choose_windows(far_apart, text)[0]] == [
        max(10 * n - 2, 0) for n in range(WINDOWS)
    ]
    behind = [(0, 0)] * READ + [(0, 100)]
    assert len(choose_windows(behind, text)[0]) == 1


def test_long_neighbours_are_left_out_and_a_long_sentence_is_cut_off() -> None:
    long = "Nobody " + "very " * 200 + "much minds."
    (window,) = choose_windows([(0, 1)], texts_of(f"Gate 1 is open. {long} Gate 3 is open.").__getitem__)[0]
    assert len(window.text) == WINDOW_CHARACTERS
    assert window.sentences == (Span(0, WINDOW_CHARACTERS),)
    (window,) = choose_windows([(0, 0)], texts_of(f"Gate 1 is open. {long} Gate 3 is open.").__getitem__)[0]
    assert read_of(window) == ["Gate 1 is open."]


def test_without_sentences_nothing_is_read() -> None:
    assert choose_windows([], texts_of("").__getitem__) == {}
