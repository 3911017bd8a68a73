"""Titles: which are offered, in what order, and which article is meant."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.services.catalog import Holdings, find, holdings, matching
from index import Article, Library
from tests.encoder import WordEncoder

TEXT = "The bridge opened in 1904."


def article(article_id: str, title: str, published: str | None = None) -> Article:
    return Article(article_id, title, TEXT, published=published)


@pytest.fixture
def library(folder: Path) -> Library:
    return Library.open(folder, load_encoder=WordEncoder)


def titles(library: Library, typed: str) -> list[str]:
    return [entry.title for entry in matching([library], typed, 25)]


def test_titles_that_begin_with_what_is_typed_come_first_then_the_newest(library: Library) -> None:
    library.update(
        [
            article("a", "The old bridge", "2020-01-01"),
            article("b", "Bridge and tunnel", "2019-01-01"),
            article("c", "A bridge too far", "2021-01-01"),
            article("d", "Tunnel vision", "2022-01-01"),
        ]
    )
    assert titles(library, "BRIDGE") == ["Bridge and tunnel", "A bridge too far", "The old bridge"]
    assert titles(library, "tunnel bridge") == ["Bridge and tunnel"]
    assert titles(library, "") == ["Tunnel vision", "A bridge too far", "The old bridge", "Bridge and tunnel"]


def test_a_change_is_there_at_once(library: Library) -> None:
    library.update([article("a", "Old")])
    library.update([article("a", "New")])
    assert titles(library, "") == ["New"]


def test_titles_of_two_libraries_are_offered_together(library: Library, tmp_path: Path) -> None:
    library.update([article("a", "A bridge"), article("b", "Of a bridge")])
    with Library.open(tmp_path / "own", load_encoder=WordEncoder) as own:
        own.update([article("c", "A bridge of our own"), article("a", "The bridge")])
        found = matching([library, own], "a bridge", 3)
        assert [entry.title for entry in found] == ["A bridge", "A bridge of our own", "Of a bridge"]
        assert find([library, own], "the  BRIDGE").title == "The bridge"


def test_an_article_is_found_by_what_its_choice_holds_however_long_its_id(library: Library) -> None:
    long = "folder/" * 30 + "story.md"
    library.update([article(long, "  A\n title " + "that goes on " * 20), article("short", "Short")])
    for entry in matching([library], "", 25):
        assert 1 <= len(entry.key) <= 100 and 1 <= len(entry.label) <= 100
        assert find([library], entry.key) == entry
    assert {entry.id for entry in matching([library], "", 25)} == {long, "short"}
    found = find([library], long)
    assert found and found.id == long
    found = find([library], "sHORT")
    assert found and found.id == "short"
    assert find([library], "nothing like it") is None


def test_a_title_that_two_articles_have_is_no_choice_by_itself(library: Library) -> None:
    library.update([article("a", "Twins"), Article("b", "Twins", "It carries two lanes.")])
    assert find([library], "Twins") is None
    found = find([library], "b")
    assert found and found.id == "b"


def test_holdings_count_articles_and_name_the_first_and_last_day(library: Library) -> None:
    assert holdings(library) == Holdings(0, None, None)
    library.update([article("a", "A", "2020-01-01"), article("b", "B"), article("c", "C", "2021-05-06")])
    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 5, 6, tzinfo=UTC)
    assert holdings(library) == Holdings(3, first, last)
