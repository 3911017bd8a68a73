"""The titles in memory: which are offered, and in what order."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.services.catalog import Catalog, Holdings
from bot.services.libraries import Libraries
from index import Article, Library
from tests.encoder import WordEncoder

TEXT = "The bridge opened in 1904."


def article(article_id: str, title: str, published: str | None = None) -> Article:
    return Article(article_id, title, TEXT, published=published)


@pytest.fixture
def library(folder: Path) -> Library:
    return Library.open(folder, load_encoder=WordEncoder)


def catalog_over(library: Library) -> Catalog:
    def open_library(folder: Path) -> Library:
        return Library.open(folder, load_encoder=WordEncoder)

    return Catalog(Libraries(library, library.folder / "servers", open_library))


def titles(catalog: Catalog, library: Library, typed: str) -> list[str]:
    return [entry.title for entry in catalog.matching([library], typed, 25)]


def test_titles_that_begin_with_what_is_typed_come_first_then_the_newest(library: Library) -> None:
    library.update(
        [
            article("a", "The old bridge", "2020-01-01"),
            article("b", "Bridge and tunnel", "2019-01-01"),
            article("c", "A bridge too far", "2021-01-01"),
            article("d", "Tunnel vision", "2022-01-01"),
        ]
    )
    catalog = catalog_over(library)
    assert titles(catalog, library, "bridge") == []
    catalog.read([library])
    assert titles(catalog, library, "BRIDGE") == ["Bridge and tunnel", "A bridge too far", "The old bridge"]
    assert titles(catalog, library, "tunnel bridge") == ["Bridge and tunnel"]
    assert titles(catalog, library, "") == ["Tunnel vision", "A bridge too far", "The old bridge", "Bridge and tunnel"]


def test_a_change_is_there_after_a_refresh(library: Library) -> None:
    library.update([article("a", "Old")])
    catalog = catalog_over(library)
    catalog.read([library])
    library.update([article("a", "New")])
    assert titles(catalog, library, "") == ["Old"]
    catalog.read([library])
    assert titles(catalog, library, "") == ["New"]


def test_an_article_is_found_by_what_its_choice_holds_however_long_its_id(library: Library) -> None:
    long = "folder/" * 30 + "story.md"
    library.update([article(long, "  A\n title " + "that goes on " * 20), article("short", "Short")])
    catalog = catalog_over(library)
    catalog.read([library])
    for entry in catalog.matching([library], "", 25):
        assert 1 <= len(entry.key) <= 100 and 1 <= len(entry.label) <= 100
        assert catalog.find([library], entry.key) == entry
    assert {entry.id for entry in catalog.matching([library], "", 25)} == {long, "short"}
    found = catalog.find([library], long)
    assert found and found.id == long
    found = catalog.find([library], "sHORT")
    assert found and found.id == "short"
    assert catalog.find([library], "nothing like it") is None


def test_a_title_that_two_articles_have_is_no_choice_by_itself(library: Library) -> None:
    library.update([article("a", "Twins"), Article("b", "Twins", "It carries two lanes.")])
    catalog = catalog_over(library)
    catalog.read([library])
    assert catalog.find([library], "Twins") is None
    found = catalog.find([library], "b")
    assert found and found.id == "b"


def test_holdings_count_articles_and_name_the_first_and_last_day(library: Library) -> None:
    catalog = catalog_over(library)
    assert catalog.holdings(library) == Holdings(0, None, None)
    library.update([article("a", "A", "2020-01-01"), article("b", "B"), article("c", "C", "2021-05-06")])
    catalog.read([library])
    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 5, 6, tzinfo=UTC)
    assert catalog.holdings(library) == Holdings(3, first, last)


async def test_a_server_s_refresh_is_not_dropped_while_another_server_s_is_under_way(
    library: Library, folder: Path
) -> None:
    """As it was: one refresh for all, so what changed in B showed late where A's ran."""
    library.update([article("a", "Of all")])
    catalog = catalog_over(library)
    for server, title in ((1, "Of one"), (2, "Of two")):
        with Library.open(folder / "servers" / str(server), load_encoder=WordEncoder) as own:
            own.update([article("own", title)])
    libraries = catalog._libraries
    catalog.refresh_soon(1)
    catalog.refresh_soon(2)
    await asyncio.gather(*catalog._refreshing.values())
    assert [titles(catalog, libraries.readable_by(server)[1], "") for server in (1, 2)] == [["Of one"], ["Of two"]]
    libraries.close()
