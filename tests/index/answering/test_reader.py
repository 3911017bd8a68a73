"""Which windows of text are read for the best sentences, and how they are read."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from index.answering.reader import AROUND, READ, WINDOW_CHARACTERS, WINDOWS, Reader, Readers, Window, choose_windows
from index.encoding.loading import published_folder
from index.known import READERS, KnownReader
from index.text import split_sentences
from index.train import reader as training
from index.train import reading
from index.types import Floats, Sentence, Span


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


# What is read


STORY = (
    "The new bridge over the harbour was opened on Tuesday. Mayor Ada Holm cut the ribbon before 900 guests. "
    "It took four years to build, because the ground was softer than expected. The ferry will stop in May."
)
QUESTIONS = ("When was the bridge opened?", "Who cut the ribbon?", "Why did it take so long?", "Who won the match?")


@pytest.fixture(scope="module")
def window() -> Window:
    return Window(STORY, tuple(Span(s.start, s.end) for s in split_sentences(STORY)), 0)


@pytest.fixture(scope="module", params=READERS, ids=lambda known: known.model.name)
def known(request: pytest.FixtureRequest) -> KnownReader:
    return request.param  # type: ignore[no-any-return]


def test_the_sentence_that_answers_scores_best_and_none_where_none_does(known: KnownReader, window: Window) -> None:
    found = [Reader.load(known).read(question, [window])[0] for question in QUESTIONS]
    assert [int(scores.argmax()) for scores in found[:3]] == [0, 1, 2]
    assert all(scores.max() > 1 for scores in found[:3])
    assert found[3].max() < 0


def test_windows_are_read_alike_alone_and_together_in_any_order(known: KnownReader, window: Window) -> None:
    reader = Reader.load(known)
    others = [Window(STORY[s.start : s.end], (Span(0, s.end - s.start),), n) for n, s in enumerate(window.sentences)]
    together = reader.read(QUESTIONS[0], [others[0], window, *others[1:]])
    for scores, alone in zip(together, [others[0], window, *others[1:]], strict=True):
        assert scores == pytest.approx(reader.read(QUESTIONS[0], [alone])[0], abs=0.2)
    assert reader.read(QUESTIONS[0], []) == []


def test_a_sentence_of_which_nothing_was_read_has_no_score(known: KnownReader) -> None:
    long = Window("word " * 300 + "End.", (Span(0, 1499), Span(1500, 1504)), 0)
    first, second = Reader.load(known).read(QUESTIONS[0], [long])[0].tolist()
    assert math.isfinite(first)
    assert second == -math.inf


def test_in_8_bits_the_scores_are_those_of_the_model_in_full(known: KnownReader, window: Window) -> None:
    exact = plain_scores(known, QUESTIONS, window)
    read = np.stack([Reader.load(known).read(question, [window])[0] for question in QUESTIONS])
    assert np.abs(read - exact).max() < 0.5
    assert np.sqrt(np.mean((read - exact) ** 2)) < 0.2  # the scores spread over 2.6


class Says(Reader):
    """A reader that gives the sentences of each window the scores that are told for its text."""

    def __init__(self, **scores: Sequence[float]) -> None:
        self.scores = scores

    def read(self, question: str, windows: Sequence[Window]) -> list[Floats]:
        return [np.array(self.scores[window.text], dtype=np.float32) for window in windows]


def test_every_window_is_read_by_both_readers_and_has_the_mean_of_what_they_say() -> None:
    windows = [Window(text, (Span(0, 1),), number) for number, text in enumerate("abc")]
    one, other = Says(a=[0, 9], b=[1, -5], c=[3, -math.inf]), Says(a=[4, 1], b=[3, 1], c=[1, 8])
    found = Readers(one, other).read("Who?", windows)
    assert [scores.tolist() for scores in found] == [[2, 5], [2, -2], [2, -math.inf]]
    assert Readers(one, other).read("Who?", []) == []


def test_of_few_windows_both_read_all(window: Window) -> None:
    by_each = [Reader.load(known).read(QUESTIONS[0], [window])[0] for known in READERS]
    assert Readers.load().read(QUESTIONS[0], [window])[0] == pytest.approx(np.mean(by_each, axis=0), abs=1e-4)
    assert Readers.load().read(QUESTIONS[0], []) == []


def plain_scores(known: KnownReader, questions: Sequence[str], window: Window) -> Floats:
    """The scores as `index.train` computes them, by torch in single precision."""
    with published_folder(known.model) as folder:
        trainer = training.Trainer(str(folder), training.RECIPES[READERS.index(known)])
    trainer.load(known.file)
    encoded = trainer.tokenizer(window.text, add_special_tokens=False, return_offsets_mapping=True)
    starts = [start for start, _ in encoded["offset_mapping"]]
    sentence_of = np.searchsorted([sentence.end for sentence in window.sentences], starts, side="right")
    count = len(window.sentences)
    read = reading.Window(np.array(encoded["input_ids"]), sentence_of, np.zeros(len(starts), bool), count)
    with torch.inference_mode():
        scores = trainer.scores([reading.Reading(trainer.question(question), (read,)) for question in questions])
    return scores.sentences.numpy().reshape(len(questions), count)
