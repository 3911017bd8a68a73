"""How messages put things."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.wording import bar, counted, languages_in, unanswered
from index import Answer, Article, Limits, Outcome


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 articles"), (1, "1 article"), (2, "2 articles"), (2000, "2,000 articles")]
)
def test_one_is_not_many(number: int, expected: str) -> None:
    assert counted(number, "article") == expected


def test_one_language_is_named_and_many_are_counted() -> None:
    assert languages_in(("en",)) == "English"
    assert languages_in(("de", "en", "ko")) == "3 languages"


def test_a_bar_is_full_only_for_all_and_empty_only_for_nothing() -> None:
    assert [bar(share, 4) for share in (0, 0.001, 0.3, 0.5, 0.999, 1)] == [
        "▱▱▱▱", "▰▱▱▱", "▰▱▱▱", "▰▰▱▱", "▰▰▰▱", "▰▰▰▰",
    ]  # fmt: skip


FERRY = Article("ferry", "Ferry crews to strike", "They strike.", published=datetime(2026, 1, 7, 12, tzinfo=UTC))
UNDATED = Article("undated", "Ferry crews to strike", "They strike.")


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


ABSENT = {
    "all articles": (Limits(), "The articles do not hold an answer to that."),
    "one article": (Limits(FERRY), "This article does not hold an answer to that."),
    "since a day": (Limits(since=day(1)), "Nothing that was published since 1 January 2026 answers that."),
    "until a day": (Limits(until=day(13)), "Nothing that was published until 12 January 2026 answers that."),
    "some days": (
        Limits(since=day(9), until=day(13)),
        "Nothing that was published from 9 January 2026 to 12 January 2026 answers that.",
    ),
    "one day": (Limits(since=day(9), until=day(10)), "Nothing that was published on 9 January 2026 answers that."),
    "one undated": (
        Limits(since=day(1), undated=1),
        "Nothing that was published since 1 January 2026 answers that. 1 article without a date was left out.",
    ),
    "some undated": (
        Limits(until=day(13), undated=2),
        "Nothing that was published until 12 January 2026 answers that. 2 articles without a date were left out.",
    ),
    "an article of the period": (Limits(FERRY, since=day(7)), "This article does not hold an answer to that."),
    "its last day": (Limits(FERRY, until=day(8)), "This article does not hold an answer to that."),
    "an article of before": (Limits(FERRY, since=day(8)), "This article is of 7 January 2026, outside of that period."),
    "an article of after": (Limits(FERRY, until=day(7)), "This article is of 7 January 2026, outside of that period."),
    "an article without a date": (
        Limits(UNDATED, since=day(7)),
        "This article has no date, so it is left out where a period is asked for.",
    ),
}


@pytest.mark.parametrize(("limits", "said"), ABSENT.values(), ids=ABSENT)
def test_where_nothing_is_near_it_is_said_of_what_was_asked(limits: Limits, said: str) -> None:
    assert unanswered(Answer("Why?", answered=False, confidence=0.0, limits=limits)) == said


@pytest.mark.parametrize(
    ("limits", "near", "tells"),
    [
        (
            Limits(),
            "The articles are near that topic, but none of them says that.",
            "The articles tell of Harry Patch, but not of that.",
        ),
        (
            Limits(FERRY),
            "This article is near that topic, but does not say that.",
            "This article tells of Harry Patch, but not of that.",
        ),
        (
            Limits(since=day(1), undated=2),
            "What was published since 1 January 2026 is near that topic, but does not say that. "
            "2 articles without a date were left out.",
            "What was published since 1 January 2026 tells of Harry Patch, but not of that. "
            "2 articles without a date were left out.",
        ),
    ],
    ids=["all articles", "one article", "a period"],
)
def test_where_something_is_near_that_is_said_of_it(limits: Limits, near: str, tells: str) -> None:
    related = Answer("Why?", answered=False, confidence=0.0, outcome=Outcome.RELATED, limits=limits)
    assert unanswered(related) == near
    assert unanswered(replace(related, about="Harry Patch")) == tells
