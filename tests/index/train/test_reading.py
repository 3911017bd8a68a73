"""What the reader is trained on: windows, and questions asked otherwise."""

import re
from dataclasses import replace

import numpy as np
import pytest

from index.train.data import SourceText
from index.train.reading import (
    MAX_WINDOW_TOKENS,
    Chances,
    Reader,
    Reading,
    Reworder,
    TokenizedText,
    Window,
    all_windows,
    batches,
    joined,
    window_of,
)
from index.types import Span
from tests.index.train.sources import NEVER, source_of

TEXT = "The baker of Elm Street sells rye. Anna Bell repairs clocks there. The mill closed in 1904."


class Words:
    """A tokenizer whose tokens are words; an id is the number of the word's first letter."""

    def __call__(self, text: str, **_: object) -> dict[str, list[object]]:
        found = list(re.finditer(r"\w+|[^\w\s]", text))
        return {"input_ids": [ord(m[0][0]) for m in found], "offset_mapping": [m.span() for m in found]}


def reader_of(source: SourceText, chances: Chances, *others: SourceText) -> Reader:
    texts = [TokenizedText.of(each, Words()) for each in (source, *others)]
    generator = np.random.default_rng(0)

    def tokenize(text: str) -> np.ndarray:
        return np.array([ord(word[0]) for word in text.split()])

    near = {(0, 0): list(range(1, len(texts)))}
    return Reader(texts, tokenize, near, Reworder({}, chances, generator), chances, generator)


def test_a_window_has_the_tokens_of_its_sentences_and_knows_which_of_them_answer() -> None:
    text = TokenizedText.of(source_of(TEXT, ("When?", "1904")), Words())
    window = window_of(text, [1, 2], [Span(TEXT.index("1904"), TEXT.index("1904") + 4)])
    assert window.sentences == 2
    assert "".join(map(chr, window.ids)) == "ABrct.Tmci1."
    assert window.sentence_of.tolist() == [0] * 6 + [1] * 6
    assert np.flatnonzero(window.answers).tolist() == [10]


def test_a_window_is_cut_off() -> None:
    text = TokenizedText.of(source_of("word " * 500 + "end."), Words())
    assert len(window_of(text, [0], []).ids) == MAX_WINDOW_TOKENS


def test_as_it_stands_a_question_is_read_with_the_text_around_its_answer() -> None:
    reading = reader_of(source_of(TEXT, ("What does the baker sell?", "rye")), NEVER).one(0, 0)
    assert len(reading.windows) == 1
    assert reading.windows[0].answers.any()
    assert reading.question.tolist() == [ord(letter) for letter in "Wdtbs"]


def test_the_sentence_that_answers_is_cut_out_unless_another_holds_the_same_words() -> None:
    cut_out = replace(NEVER, cut_out=1.0)
    (window,) = reader_of(source_of(TEXT, ("What does the baker sell?", "rye")), cut_out).one(0, 0).windows
    assert not window.answers.any()
    assert "".join(map(chr, window.ids)) == "ABrct.Tmci1."
    twice = TEXT + " Nobody else sells rye."
    (window,) = reader_of(source_of(twice, ("What does the baker sell?", "rye")), cut_out).one(0, 0).windows
    assert window.answers.any()


def test_a_question_about_somebody_else_is_not_answered() -> None:
    chances = replace(NEVER, somebody_else=1.0)
    source = source_of(TEXT, ("What does Anna Bell repair?", "clocks"), ("Where was Carl Dunn born?", ""))
    reading = reader_of(source, chances).one(0, 0)
    assert not reading.windows[0].answers.any()
    assert "".join(map(chr, reading.question)) == "WdCDr"


def test_windows_of_texts_that_are_near_do_not_answer() -> None:
    source, other = source_of(TEXT, ("What does the baker sell?", "rye")), source_of("The baker of Oak Street is away.")
    reading = reader_of(source, replace(NEVER, others=1.0), other).one(0, 0)
    assert [window.answers.any() for window in reading.windows] == [True, False]
    alone = reader_of(source, replace(NEVER, others=1.0, absent=1.0), other).one(0, 0)
    assert [len(window.ids) for window in alone.windows] == [len(reading.windows[1].ids)]
    assert not alone.windows[0].answers.any()


@pytest.mark.parametrize(
    ("chances", "question", "expected"),
    [
        (replace(NEVER, without_mark=1.0), "What is it about bread?", "What is it about bread"),
        (replace(NEVER, pronoun=1.0), "When did Anna Bell leave?", r"When did (he|she|they|it) leave\?"),
        (
            replace(NEVER, otherwise=1.0),
            "How long did it take?",
            "(for how many years|for how much time) did it take\\?",
        ),
        (replace(NEVER, otherwise=1.0), "Does it open?", r"Does it open\?"),
        (NEVER, "Why did the mill close?", r"Why did the mill close\?"),
    ],
)
def test_a_question_is_asked_otherwise(chances: Chances, question: str, expected: str) -> None:
    assert re.fullmatch(expected, Reworder({}, chances, np.random.default_rng(0))(question, TEXT))


def test_words_that_the_answer_repeats_are_dropped_or_replaced_and_names_stay() -> None:
    chances = replace(NEVER, fewer_words=1.0)
    said = {
        Reworder({"mill": ["factory"]}, chances, np.random.default_rng(seed))("Why was the Elm mill closed?", TEXT)
        for seed in range(40)
    }
    assert said >= {"Why was the Elm mill closed?", "Why was the Elm factory ?", "Why was the Elm ?"}
    assert all("Elm" in text for text in said)


def test_batches_hold_readings_of_like_length_and_no_more_than_so_many_tokens() -> None:
    generator = np.random.default_rng(0)
    ids = np.ones(3, dtype=np.int64)
    readings = [
        Reading(ids, (Window(np.ones(n, dtype=np.int64), np.zeros(n, np.int64), np.zeros(n, bool), 1),))
        for n in generator.integers(5, 50, 100).tolist()
    ]
    found = list(batches(iter(readings), 200, 40, generator))
    assert sum(map(len, found)) == 100
    assert all(sum(len(r.windows) for r in batch) * (max(r.tokens for r in batch) + 3) <= 200 for batch in found)


def test_single_sentences_of_a_group_are_joined_and_keep_their_questions() -> None:
    one = source_of("The mill closed in 1904.", ("When?", "1904"), corpus="qamr", group="a")
    two = source_of("Anna repairs clocks.", ("What?", "clocks"), corpus="qamr", group="a")
    three = source_of("It rains.", corpus="qamr", group="b")
    rest, first, second = joined([one, two, three, source_of(TEXT)], "qamr", 2)
    assert rest.text == TEXT
    assert (first.group, second.group) == ("a", "b")
    assert [first.text[s.start : s.end] for s in first.sentences] == [one.text, two.text]
    assert [first.text[a.start : a.end] for q in first.questions for a in q.answers] == ["1904", "clocks"]


def test_of_a_long_text_other_windows_are_read_too_and_what_is_cut_out_is_in_none() -> None:
    source = source_of(" ".join(f"Number {n} is {n} words long here." for n in range(20)), ("Which?", "Number 12 is"))
    found = [reader_of(source, replace(NEVER, narrow=1, elsewhere=1)).one(0, 0) for _ in range(5)]
    assert all(len(reading.windows) in (2, 3) for reading in found)
    assert all(reading.windows[0].answers.any() for reading in found)
    assert all(not window.answers.any() for reading in found for window in reading.windows[1:])
    reader = reader_of(source, replace(NEVER, narrow=1, elsewhere=1, cut_out=1))
    for _ in range(5):
        reading = reader.one(0, 0)
        assert sum(window.sentences for window in reading.windows) <= 14
        assert not any(window.answers.any() for window in reading.windows)


def test_all_windows_hold_a_text_once() -> None:
    text = TokenizedText.of(source_of("one two three four five. " * 60, ("?", "one")), Words())
    windows = all_windows(text, text.source.questions[0].answers)
    assert sum(window.sentences for window in windows) == 60
    assert sum(len(window.ids) for window in windows) == len(text.ids)
    assert all(len(window.ids) <= MAX_WINDOW_TOKENS for window in windows)
    assert [bool(window.answers.any()) for window in windows] == [True] + [False] * (len(windows) - 1)
