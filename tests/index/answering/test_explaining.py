"""Why an answer is what it is."""

import pytest

from index import Explanation, Library, Pin, SentenceKey
from index.answering.explaining import NEXT
from index.answering.features import FEATURES

RUST = "The Alder Bridge closed to lorries on Monday after engineers found rust in two of its cables."
FERRY = "Otto Brandt carries the lorries on his ferry meanwhile."
FOUND = "What did engineers find in the cables of the Alder Bridge?"


def test_what_was_quoted_and_the_next_are_explained_in_the_order_of_the_answer(town: Library) -> None:
    explained = town.explain(FOUND)
    assert explained.answer.quotes == town.ask(FOUND).quotes
    assert [one.quote for one in explained.considered if one.is_quoted] == list(explained.answer.quotes)
    assert sum(not one.is_quoted for one in explained.considered) == NEXT
    first = explained.considered[0]
    assert (first.quote.text, first.number, first.of) == (RUST, 1, 5)
    assert (first.found, first.asked) == (4, 5)
    assert first.read is None
    assert set(first.features) == set(FEATURES)
    assert first.features["sentence_cosine below best"] == 0
    assert first.features["among the first"] == 1


def test_the_confidence_is_taken_apart(town: Library) -> None:
    explained = town.explain(FOUND)
    assert explained.confidence
    assert explained.confidence.by_ranker == pytest.approx(explained.answer.confidence)
    assert (explained.confidence.by_reader, explained.confidence.unknown) == (None, 0.0)
    unknown = town.explain("What did Zebulon find in the cables of the Alder Bridge?")
    assert unknown.confidence and unknown.confidence.unknown == 0.5
    assert unknown.answer.confidence == pytest.approx(unknown.confidence.by_ranker * 0.5)


def test_what_was_chosen_and_what_was_left_out_are_named(town: Library) -> None:
    pin, never = Pin(FOUND, SentenceKey.of("bridge", FERRY)), [SentenceKey.of("bridge", RUST)]
    explained = town.explain(FOUND, pinned=[pin], never=never, threshold=0.4)
    assert (explained.pin, explained.threshold) == (pin, 0.4)
    assert [quote.text for quote in explained.left_out] == [RUST]
    assert explained.considered[0].quote.text == FERRY
    assert explained.considered[0].is_quoted


def test_a_question_that_leans_is_told_to(town: Library) -> None:
    assert not town.explain(FOUND).is_follow_up
    assert town.explain("And what did they find?").is_follow_up


def test_nothing_is_explained_of_what_asks_nothing_or_where_there_is_nothing(town: Library, library: Library) -> None:
    assert town.explain("Hello!").considered == ()
    town.update([], remove=["bridge", "harbour", "reading-room", "school"])
    assert town.explain(FOUND) == Explanation(town.ask(FOUND), 0.0)
