"""Which changes of a message ask anew."""

from datetime import UTC, datetime, timedelta

from bot.asking.edits import HeardWords, is_in_time

SENT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_edit_within_two_minutes_is_in_time_and_a_later_one_or_none_is_not() -> None:
    assert is_in_time(SENT, SENT + timedelta(seconds=120))
    assert not is_in_time(SENT, SENT + timedelta(seconds=121))
    assert not is_in_time(SENT, None)


def test_words_are_new_once_and_those_of_an_unknown_message_too() -> None:
    words = HeardWords()
    assert words.note(1, "why?")
    assert not words.note(1, "why?")
    assert words.note(1, "who?") and words.note(1, "why?")
    assert words.note(2, "why?")


def test_the_oldest_message_is_no_longer_known_once_there_are_too_many() -> None:
    words = HeardWords(most=2)
    for message in (1, 2, 1, 3):
        words.note(message, "why?")
    assert not words.note(1, "why?") and not words.note(3, "why?")
    assert words.note(2, "why?")
