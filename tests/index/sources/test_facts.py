"""What is stated of an article as somebody types it into a form, and back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from index.sources.facts import Facts, read_link, read_moment, with_facts
from index.types import Article

TEXT = "The mill closed in May. It made paper."
MILL = Article(
    "mill", "The  mill\ncloses", TEXT, "Nora Quill", "2026-05-04", url="https://news.example.org/mill", section="News"
)


def test_the_facts_of_an_article_are_lines_to_type() -> None:
    assert Facts.of(MILL) == Facts(
        "The mill closes", "Nora Quill", "2026-05-04", "News", "https://news.example.org/mill"
    )
    assert Facts.of(Article("mill", "The mill closes", TEXT)) == Facts("The mill closes")


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-05-04", datetime(2026, 5, 4, tzinfo=UTC)),
        ("2026-05-04 09:30", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("2026-05-04T09:30:15+02:00", datetime(2026, 5, 4, 7, 30, 15, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_date_may_have_a_time(typed: str, moment: datetime | None) -> None:
    assert read_moment(typed) == moment


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_date_is_shown_so_that_it_is_read_as_it_was(moment: datetime) -> None:
    shown = Facts.of(Article("mill", "The mill", TEXT, published=moment)).published
    assert read_moment(shown) == moment and len(shown) <= 40


def test_only_what_differs_from_what_was_shown_is_changed() -> None:
    shown = Facts.of(MILL)
    assert with_facts(MILL, shown, shown) is MILL
    edited = with_facts(MILL, Facts("The mill closes", "", "", "News", "town.example/mill"), shown)
    assert (edited.title, edited.author, edited.published) == ("The  mill\ncloses", None, None)
    assert (edited.section, edited.url, edited.text) == ("News", "https://town.example/mill", TEXT)


def test_an_address_for_readers_holds_no_name_and_no_space() -> None:
    assert read_link("") is None
    for typed in ("https://nora@news.example.org", "news.example.org/the mill", "mill.html"):
        with pytest.raises(ArticleError, match="is not a web address: write it in full, with https://"):
            read_link(typed)
