"""What votes say of how sure answers were, and of the threshold."""

from datetime import UTC, datetime

from bot.insights.suiting import Suiting, Sureness, suiting, sureness
from bot.storage.answers import KeptQuote, RatedQuestion, Votes
from bot.wording import Certainty

DAY = datetime(2026, 1, 31, 12, tzinfo=UTC)
QUOTE = KeptQuote("bridge", 0, 5, 0, 5, 1.0, "digest")


def voted(confidence: float, up: int, down: int, *, perhaps: bool = False) -> RatedQuestion:
    return RatedQuestion("Who?", DAY, () if perhaps else (QUOTE,), Votes(up, down), perhaps, confidence)


RIGHT_HIGH = [voted(0.9, 2, 0)] * 12
WRONG_LOW = [voted(0.35, 0, 1)] * 7


def test_each_certainty_is_counted_by_what_most_votes_say_and_ties_count_for_nothing() -> None:
    asked = [
        voted(0.85, 1, 0), voted(0.85, 2, 3), voted(0.6, 3, 1), voted(0.6, 1, 1), voted(0.4, 0, 0),
        voted(0.1, 1, 0, perhaps=True), RatedQuestion("Why?", DAY, (), Votes(0, 4), confidence=0.02),
    ]  # fmt: skip
    assert sureness(asked) == (
        Sureness(Certainty.SURE, 1, 1),
        Sureness(Certainty.FAIRLY_SURE, 1, 0),
        Sureness(Certainty.PERHAPS, 1, 0),
    )


def test_a_higher_threshold_suits_where_low_answers_are_voted_wrong_and_says_what_it_would_leave_out() -> None:
    asked = [*RIGHT_HIGH, *WRONG_LOW, voted(0.37, 1, 0)]
    assert suiting(asked, 0.3) == Suiting(0.4, 0.3, right=1, wrong=7)


def test_a_lower_threshold_suits_where_sentences_that_were_perhaps_the_answer_are_voted_right() -> None:
    asked = [*RIGHT_HIGH, *[voted(0.22, 1, 0, perhaps=True)] * 8, voted(0.24, 0, 1, perhaps=True)]
    assert suiting(asked, 0.3) == Suiting(0.2, 0.3, right=8, wrong=1)


def test_of_thresholds_that_suit_as_well_the_nearest_is_named() -> None:
    assert suiting([*RIGHT_HIGH, *WRONG_LOW, voted(0.36, 0, 1)], 0.3) == Suiting(0.4, 0.3, right=0, wrong=8)


def test_the_present_threshold_stays_where_another_would_hardly_change_anything() -> None:
    few = suiting([*RIGHT_HIGH, *[voted(0.7, 1, 0)] * 8, voted(0.35, 0, 1), voted(0.36, 0, 1)], 0.3)
    assert few == Suiting(0.3, 0.3)
    assert few.is_present


def test_nothing_is_suggested_before_twenty_answers_have_votes() -> None:
    assert suiting([*RIGHT_HIGH, *WRONG_LOW], 0.3) is None
    assert suiting([*RIGHT_HIGH, *WRONG_LOW, voted(0.9, 1, 1)], 0.3) is None
