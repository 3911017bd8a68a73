"""Sentences that are never quoted: nothing of an answer has them, and the next best takes their place."""

from dataclasses import replace

from index import Library, SentenceKey
from tests.index.town import BRIDGE

RUST = "The Alder Bridge closed to lorries on Monday after engineers found rust in two of its cables."
CABLES = "They will replace both cables before the autumn floods."
FOUND = "What did engineers find in the cables of the Alder Bridge?"
NEVER = [SentenceKey.of("bridge", RUST)]


def test_the_next_best_takes_its_place_and_it_is_nowhere_in_the_answer(town: Library) -> None:
    before, answer = town.ask(FOUND), town.ask(FOUND, never=NEVER)
    assert before.quotes[0].text == RUST
    assert answer.quotes[0].text == CABLES
    for quote in (*answer.quotes, *answer.closest):
        assert RUST not in quote.before + quote.text + quote.after
    assert len(answer.closest) == len(before.closest) or len(answer.closest) == 10


def test_the_confidence_is_that_of_what_is_left(town: Library) -> None:
    assert town.ask(FOUND, never=NEVER).confidence < town.ask(FOUND).confidence


def test_it_holds_when_the_sentence_moves_and_not_when_it_is_another_one(town: Library) -> None:
    town.update([replace(BRIDGE, text=f"Snow fell on Sunday. {BRIDGE.text}")])
    assert town.ask(FOUND, never=NEVER).quotes[0].text != RUST
    changed = RUST.replace("two", "three")
    town.update([replace(BRIDGE, text=BRIDGE.text.replace(RUST, changed))])
    assert town.ask(FOUND, never=NEVER).quotes[0].text == changed


def test_the_same_words_in_another_article_may_be_quoted(town: Library) -> None:
    town.update([replace(BRIDGE, id="copy")])
    assert [quote.article.id for quote in town.ask(FOUND, never=NEVER).quotes[:1]] == ["copy"]


def test_a_follow_up_does_not_quote_it_either(town: Library) -> None:
    before = town.ask("Who carries the lorries?")
    answer = town.ask("And what did engineers find in the cables?", follows=before, never=NEVER)
    assert RUST not in [quote.text for quote in (*answer.quotes, *answer.closest)]


def test_an_article_of_which_nothing_may_be_quoted_answers_nothing(town: Library) -> None:
    every = [
        SentenceKey.of("bridge", BRIDGE.text[sentence.start : sentence.end]) for sentence in town.sentences("bridge")
    ]
    answer = town.ask(FOUND, never=every, article_id="bridge")
    assert (answer.answered, answer.closest) == (False, ())
