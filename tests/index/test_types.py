"""The vocabulary: times in UTC, spans as text, and nothing that changes."""

from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Answer, Article, Passage, Quote, Sentence, Span, Timing
from index import types as vocabulary
from index.types import as_utc

TEXT = "The gate is shut. It opens at noon. Ada Finn keeps the key."


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (None, None),
        ("", None),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        (" 2026-01-31T10:20:30 ", datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC)),
        ("2026-01-31T10:20:30Z", datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC)),
        ("2026-01-31T10:20:30+09:00", datetime(2026, 1, 31, 1, 20, 30, tzinfo=UTC)),
        (date(2026, 1, 31), datetime(2026, 1, 31, tzinfo=UTC)),
        (datetime(2026, 1, 31, 10), datetime(2026, 1, 31, 10, tzinfo=UTC)),
        (datetime(2026, 1, 31, 23, tzinfo=timezone(timedelta(hours=-5))), datetime(2026, 2, 1, 4, tzinfo=UTC)),
    ],
)
def test_moments_become_aware_datetimes_in_utc(moment: datetime | date | str | None, expected: datetime | None) -> None:
    assert as_utc(moment) == expected
    assert expected is None or as_utc(moment).tzinfo is UTC  # type: ignore[union-attr]
    article = Article("a", "A", TEXT, published=moment, updated=moment)  # type: ignore[arg-type]
    assert (article.published, article.updated) == (expected, expected)


@pytest.mark.parametrize("moment", ["yesterday", "2026-02-30", "31.01.2026", "  ", "0001-01-01T00:00+05:00"])
def test_what_is_no_moment_is_refused(moment: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is Python's
        Article("a", "A", TEXT, published=moment)  # type: ignore[arg-type]


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.timezones()))
def test_a_moment_comes_back_from_its_text(moment: datetime) -> None:
    utc = as_utc(moment)
    assert utc is not None
    assert as_utc(utc.isoformat()) == utc == moment.astimezone(UTC)


def test_an_article_needs_an_id_a_title_and_a_text_only() -> None:
    article = Article("a", "A", TEXT)
    rest = [getattr(article, field.name) for field in fields(article)][3:]
    assert rest == [*[None] * 8, False]


def test_a_quote_is_a_slice_of_its_article_and_so_is_its_context() -> None:
    quote = Quote(Article("a", "A", TEXT), 18, 35, Span(0, len(TEXT)), 1.5)
    assert quote.text == "It opens at noon."
    assert quote.before == "The gate is shut. "
    assert quote.after == " Ada Finn keeps the key."
    assert Quote(quote.article, 18, 35, Span(18, 35), 0.0).before == ""


def test_offsets_count_characters_not_bytes() -> None:
    text = "Ø😀 gate. Shut."
    assert Quote(Article("a", "A", text), 9, 14, Span(0, 14), 0.0).text == "Shut."


def test_an_answer_took_as_long_as_its_timing_says() -> None:
    assert Answer("q", answered=False, confidence=0.0, timing=Timing(1.0, 2.0, 3.0, 6.0)).elapsed_ms == 6.0
    assert Answer("q", answered=False, confidence=0.0).elapsed_ms == 0.0


@pytest.mark.parametrize(
    "kind", [k for k in vars(vocabulary).values() if isinstance(k, type) and is_dataclass(k)], ids=lambda k: k.__name__
)
def test_every_type_is_frozen_and_slotted(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)


def test_a_type_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Sentence(0, 1).end = 2  # type: ignore[misc]
    assert Passage(0, 9, first=1, last=2) == Passage(0, 9, 1, 2)
    assert Sentence(0, 1) != Span(0, 1)
