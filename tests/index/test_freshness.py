"""From when a library is, as it stores that: sources that can be read, sources that cannot, and no sources."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index import Article, Library, Source, SourcePage, SourceUpdate
from tests.encoder import WordEncoder

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = Source("feed", "https://a.example/feed", NOON, checked=NOON, result="ok")
PAGE = Source("page", "https://b.example/inn", NOON, checked=NOON + timedelta(hours=1), result="ok")
BRIDGE, INN = Article("bridge", "The bridge", "It opened."), Article("inn", "The inn", "It is shut.")
PAGES = (
    SourcePage(FEED.address, "https://a.example/bridge", "bridge"),
    SourcePage(PAGE.address, PAGE.address, "inn"),
)


def later(source: Source, days: int, result: str = "ok") -> Source:
    return replace(source, checked=NOON + timedelta(days=days), result=result)


def remember(library: Library, *sources: Source, forget: tuple[str, ...] = ()) -> None:
    pages = tuple(page for page in PAGES if page.source in {source.address for source in sources})
    library.update([], source_update=SourceUpdate(sources, pages, forget=forget))


def test_without_sources_it_is_when_articles_came_in_last(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        assert library.freshness().read is None
        before = datetime.now(UTC)
        library.update([BRIDGE])
        read = library.freshness().read
        assert read and before <= read <= datetime.now(UTC)
        library.update([], remove=["bridge"])
        assert library.freshness().read == read


def test_of_several_sources_the_one_that_was_read_longest_ago_counts(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([BRIDGE, INN])
        remember(library, FEED, PAGE)
        assert library.freshness(["bridge"]).read == NOON
        remember(library, later(FEED, 2))
        assert library.freshness(["bridge"]).read == PAGE.checked


def test_a_source_that_fails_leaves_its_articles_silent_until_it_is_read_again(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([BRIDGE, INN])
        remember(library, FEED, PAGE)
        remember(library, later(FEED, 3, "It answers 404."), later(PAGE, 3))
        found = library.freshness(["bridge", "inn"])
        assert found.read == NOON + timedelta(days=3) and found.silent_since == {"bridge": NOON}
        assert library.freshness(["inn"]).silent_since == {}
        remember(library, later(FEED, 4))
        assert library.freshness(["bridge"]).silent_since == {}


def test_if_no_source_can_be_read_it_is_when_one_was_last(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([BRIDGE])
        remember(library, FEED)
        remember(library, later(FEED, 5, "It answers 404."))
        assert library.freshness().read == NOON
        remember(library, forget=(FEED.address,))
        assert library.freshness().silent_since == {} and library.freshness().read != NOON
