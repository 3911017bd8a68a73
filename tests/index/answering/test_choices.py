"""Pinned answers: when one holds, and what follows it."""

from dataclasses import replace

import pytest

from index import Article, Library, Outcome, Pin, SentenceKey, SentenceTransformerEncoder
from index.answering.grouping import asking_the_same
from tests.encoder import WordEncoder
from tests.index.town import BRIDGE

RUST = "The Alder Bridge closed to lorries on Monday after engineers found rust in two of its cables."
FERRY = "Otto Brandt carries the lorries on his ferry meanwhile."
FRIDAY = "She expects the first on Friday."
FOUND = "What did engineers find in the cables of the Alder Bridge?"
FOUND_AGAIN = "In the cables of the Alder Bridge, what did the engineers find?"

PIN = Pin(FOUND, SentenceKey.of("bridge", FERRY))


def test_the_sentence_of_a_pin_comes_first_where_the_same_is_asked_in_other_words(town: Library) -> None:
    answer = town.ask(FOUND_AGAIN, pinned=[PIN])
    assert answer.chosen and answer.answered and answer.outcome is Outcome.ANSWERED
    assert [quote.text for quote in answer.quotes] == [FERRY, RUST]
    assert answer.closest[0].text == FERRY
    assert len({quote.key for quote in answer.closest}) == len(answer.closest)
    assert answer.quotes[0].before + FERRY + answer.quotes[0].after in BRIDGE.text.replace("\n\n", "\n\n")


def test_it_answers_where_nothing_else_is_sure_enough(town: Library) -> None:
    answer = town.ask(FOUND, pinned=[PIN], threshold=1.0)
    assert (answer.answered, [quote.text for quote in answer.quotes]) == (True, [FERRY])


@pytest.mark.parametrize(
    "other",
    [
        "When did engineers find rust in the cables of the Alder Bridge?",
        "What did engineers find in the cables of the Pell Bridge?",
        "What did engineers find in the cables?",
        "What did engineers not find in the cables of the Alder Bridge?",
        "What did engineers find in the 2 cables of the Alder Bridge?",
        "And what did they find there?",
        "Who found rust in the Alder Bridge?",
    ],
)
def test_a_pin_does_not_hold_for_another_question(town: Library, other: str) -> None:
    assert not town.ask(other, pinned=[PIN]).chosen


def test_a_pin_does_not_hold_for_a_question_that_leans_on_the_one_before(town: Library) -> None:
    before = town.ask("Who carries the lorries?")
    pin = Pin("And what did they find?", SentenceKey.of("bridge", FERRY))
    assert town.ask("And what did they find?", pinned=[pin]).chosen
    assert not town.ask("And what did they find?", pinned=[pin], follows=before).chosen


def test_a_pin_holds_while_its_sentence_stands_wherever_it_moves(town: Library) -> None:
    town.update([replace(BRIDGE, text=f"Snow fell on Sunday. {BRIDGE.text}")])
    assert town.ask(FOUND, pinned=[PIN]).quotes[0].text == FERRY
    town.update([replace(BRIDGE, text=BRIDGE.text.replace("his ferry", "his barge"))])
    assert not town.ask(FOUND, pinned=[PIN]).chosen
    town.update([BRIDGE])
    assert town.ask(FOUND, pinned=[PIN]).chosen
    town.remove("bridge")
    assert not town.ask(FOUND, pinned=[PIN]).chosen


def test_of_two_pins_the_first_that_holds_comes_first(town: Library) -> None:
    gone, friday = Pin(FOUND, SentenceKey.of("bridge", "It fell.")), Pin(FOUND, SentenceKey.of("harbour", FRIDAY))
    assert town.ask(FOUND, pinned=[gone, friday, PIN]).quotes[0].text == FRIDAY


def test_a_pin_holds_within_the_limits_of_a_question_alone(town: Library) -> None:
    assert not town.ask(FOUND, pinned=[PIN], article_id="harbour").chosen
    assert town.ask(FOUND, pinned=[PIN], article_id="bridge").chosen
    assert not town.ask(FOUND, pinned=[PIN], since="2026-03-03").chosen
    assert town.ask(FOUND, pinned=[PIN], since="2026-03-02", until="2026-03-02").chosen


def test_what_is_never_quoted_is_not_pinned_either(town: Library) -> None:
    assert not town.ask(FOUND, pinned=[PIN], never=[PIN.sentence]).chosen


def test_the_quotes_of_a_pinned_answer_are_no_more_than_were_asked_for(town: Library) -> None:
    assert [quote.text for quote in town.ask(FOUND, pinned=[PIN], limit=1).quotes] == [FERRY]


def test_a_sentence_is_found_by_its_key_whatever_the_white_space(library: Library) -> None:
    library.update([Article("a", "A", "The gate is shut. The mill  turns all night.")])
    found = library.sentence(SentenceKey.of("a", "The mill turns all night."))
    assert found and found.text == "The mill  turns all night."
    assert library.sentence(SentenceKey.of("a", "The mill turns.")) is None
    assert library.sentence(SentenceKey.of("b", "The gate is shut.")) is None


def test_the_real_model_takes_rewordings_and_refuses_what_only_looks_alike(
    real_encoder: SentenceTransformerEncoder,
) -> None:
    asked = "When does the harbour bakery in Elmouth open?"
    others = (
        "When does Elmouth's harbour bakery open its doors?",
        "when does the harbour bakery in elmouth open",
        "At what time does the harbour bakery in Elmouth open?",
        "When does the harbour bakery in Elmouth close?",
        "When does the harbour library in Elmouth open?",
        "When does the harbour bakery in Pell open?",
        "Where does the harbour bakery in Elmouth open?",
        "Why does the harbour bakery in Elmouth open?",
        "When does the harbour open?",
        "Who opened the harbour bakery in Elmouth?",
        "When is the harbour bakery in Elmouth open to?",
    )
    found = asking_the_same(asked, others, real_encoder, lambda _: 1.0)
    assert set(found) <= {0, 1, 2}
    assert {0, 1} <= set(found)


def test_only_questions_that_may_be_the_same_are_encoded() -> None:
    class Counting(WordEncoder):
        read = 0

        def encode_questions(self, questions):  # noqa: ANN001, ANN202 - as the word encoder's
            self.read += len(questions)
            return super().encode_questions(questions)

    encoder = Counting()
    others = [f"What is the price of tram number {number}?" for number in range(500)]
    assert asking_the_same(FOUND, [*others, FOUND], encoder, lambda _: 1.0) == (500,)
    assert encoder.read == 0
    assert asking_the_same(FOUND, [*others, FOUND_AGAIN], encoder, lambda _: 1.0) == (500,)
    assert encoder.read == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Who presented the medals in Pell?", "Who was presented with medals in Pell?"),
        ("Who presented the medals in Pell?", "Who were the medals in Pell presented to?"),
        ("What is the name of the person who is suing?", "What is the name of the person being sued?"),
        ("Who made the harbour documentary?", "Who was the harbour documentary about?"),
        ("Whose neck did the barber cut?", "Who cut the neck of the barber?"),
        ("How many people did the gunman kill?", "How many people did the gunman shoot?"),
        ("What is New Scotland Yard?", "What is New Scotland Yard going to do?"),
        ("What is flicker noise?", "What is the frequency of flicker noise?"),
    ],
)
def test_small_words_that_turn_a_question_round_set_it_apart(
    real_encoder: SentenceTransformerEncoder, one: str, other: str
) -> None:
    assert asking_the_same(one, [other], real_encoder, lambda _: 1.0) == ()
