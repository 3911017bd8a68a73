"""Sources whose documents take too long to read: the rest of them is read, and they are left alone for longer and
longer."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index import Parser, Web, rests_until
from index.errors import SourceError
from index.library import Library
from index.sources.parser import Limits
from index.sources.reading import LONGEST_REST, REST
from index.sources.refresh import read_new_source, read_sources
from index.sources.results import Held, LibraryState, SourceReading
from index.types import Source, SourceUpdate
from tests.encoder import WordEncoder
from tests.hostile import document
from tests.tools.site import Site

HOSTILE = document("page", "JSON-LD of authors without a name").data


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library.open(folder, load_encoder=WordEncoder) as opened:
        yield opened


@pytest.fixture
def parser() -> Iterator[Parser]:
    """One that gives a document half a second."""
    with Parser(limits=Limits(seconds=0.5), processes=1) as parser:
        yield parser


def known(library: Library) -> LibraryState:
    return LibraryState(Held.of(library.articles()), library.sources(), library.source_pages(), library.excluded())


def topics(library: Library) -> set[str]:
    return {article.id.rpartition("/")[2] for article in library.articles()}


@asynccontextmanager
async def the_web(site: Site) -> AsyncIterator[Web]:
    async with Web(allow={site.endpoint}, seconds=5) as web:
        yield web


async def again(library: Library, site: Site, parser: Parser) -> SourceReading:
    """Bring the library in line with its sources."""
    site.requests.clear()
    async with the_web(site) as web:
        refreshed = await read_sources(web, parser, known(library))
    library.update(refreshed.articles, remove=refreshed.gone, source_update=refreshed.source_update)
    return refreshed


def days_later(library: Library, hours: float) -> None:
    """Have all that is remembered of sources be older."""
    aged = tuple(
        replace(source, checked=source.checked - timedelta(hours=hours))
        for source in library.sources()
        if source.checked
    )
    library.update([], source_update=SourceUpdate(sources=aged, pages=tuple(library.source_pages())))


@pytest.fixture
async def turned(library: Library, site: Site, parser: Parser) -> Source:
    """A feed of four stories that is a source, three of whose pages have turned hostile since."""
    for topic in ("ferry", "bakery", "bridge", "school"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge", "school"])
    async with the_web(site) as web:
        first = await read_new_source(web, parser, known(library), f"{site.url}/feed")
    library.update(first.articles, source_update=first.source_update)
    assert topics(library) == {"ferry", "bakery", "bridge", "school"}
    assert first.results[0].source.strikes == 0
    for topic in ("ferry", "bakery", "bridge"):
        site.put(f"/{topic}", HOSTILE + topic.encode())
    (source,) = library.sources()
    return source


async def test_after_two_documents_the_rest_of_a_source_is_left_and_nothing_is_lost(
    library: Library, site: Site, parser: Parser, turned: Source
) -> None:
    refreshed = await again(library, site, parser)
    (result,) = refreshed.results
    assert result.problem.sentence == (
        f"{turned.address} holds documents that take too long, or too much memory, to read, so the rest was left for "
        "later: remove it, or have its site mended."
    )
    assert result.gone == result.missing == ()
    assert topics(library) == {"ferry", "bakery", "bridge", "school"}
    (source,) = library.sources()
    assert source.strikes in (2, 3)  # one page more may have been under way
    assert rests_until(source) == source.checked + REST * 2 ** (source.strikes - 2)


async def test_a_source_that_was_broken_off_is_not_asked_until_its_time_and_then_twice_as_long_after(
    library: Library, site: Site, parser: Parser, turned: Source
) -> None:
    await again(library, site, parser)
    (before,) = library.sources()
    refreshed = await again(library, site, parser)
    assert site.requests == []
    until = rests_until(before)
    assert refreshed.results[0].problem.sentence == (
        f"{turned.address} is left alone until {until:%Y-%m-%d %H:%M} UTC, since documents of it take too long, or too "
        "much memory, to read: wait, or remove it and add it again once its site is mended."
    )
    (resting,) = library.sources()
    assert (resting.checked, resting.strikes) == (before.checked, before.strikes), "leaving it alone is no reading"
    days_later(library, 24 * 8)
    await again(library, site, parser)
    assert site.requests
    (later,) = library.sources()
    assert later.strikes >= before.strikes + 2
    assert rests_until(later) - later.checked > rests_until(before) - before.checked


async def test_a_source_that_reads_well_again_is_as_any_other(
    library: Library, site: Site, parser: Parser, turned: Source
) -> None:
    await again(library, site, parser)
    for topic in ("ferry", "bakery", "bridge"):
        site.put_story(topic, 2020)
    days_later(library, 24 * 8)
    refreshed = await again(library, site, parser)
    assert (refreshed.results[0].problem, len(refreshed.articles), len(refreshed.unchanged)) == (None, 3, 1)
    (source,) = library.sources()
    assert (source.strikes, rests_until(source)) == (0, None)


async def test_one_such_document_is_named_and_the_others_are_read(library: Library, site: Site, parser: Parser) -> None:
    for topic in ("ferry", "bridge"):
        site.put_story(topic)
    site.put("/bakery", HOSTILE)
    site.put_feed(["bakery", "ferry", "bridge"])
    async with the_web(site) as web:
        first = await read_new_source(web, parser, known(library), f"{site.url}/feed")
    library.update(first.articles, source_update=first.source_update)
    assert topics(library) == {"ferry", "bridge"}
    (refusal,) = first.refused
    assert refusal.reason.startswith(f"{site.url}/bakery takes more than 0.5 seconds to read: ")
    assert library.sources()[0].strikes == 1


async def test_a_feed_of_such_documents_is_not_taken_in_as_a_source(
    library: Library, site: Site, parser: Parser
) -> None:
    for topic in ("ferry", "bakery", "bridge"):
        site.put(f"/{topic}", HOSTILE + topic.encode())
    site.put_feed(["ferry", "bakery", "bridge"])
    async with the_web(site) as web:
        with pytest.raises(SourceError, match="holds documents that take too long"):
            await read_new_source(web, parser, known(library), f"{site.url}/feed")
        with pytest.raises(SourceError, match=r"/ferry takes more than 0\.5 seconds to read"):
            await read_new_source(web, parser, known(library), f"{site.url}/ferry")


async def test_no_source_is_begun_after_the_time_for_all_and_the_one_left_comes_first_the_next_time(
    library: Library, site: Site, parser: Parser
) -> None:
    site.put_story("ferry")
    site.put_story("bridge")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    read_before = [
        Source("page", f"{site.url}/bridge", long_ago, checked=long_ago + timedelta(days=2)),
        Source("page", f"{site.url}/ferry", long_ago, checked=long_ago + timedelta(days=1)),
    ]
    library.update([], source_update=SourceUpdate(sources=tuple(read_before)))
    async with the_web(site) as web:
        refreshed = await read_sources(web, parser, known(library), seconds=0)
    assert [path for path, _ in site.requests] == []
    assert [result.source.checked for result in refreshed.results] == [source.checked for source in read_before]
    assert refreshed.results[0].problem.sentence == (
        f"{site.url}/bridge was not reached, since others took too long: it comes first the next time."
    )
    async with the_web(site) as web:
        await read_sources(web, parser, known(library), seconds=60)
    assert [path for path, _ in site.requests] == ["/ferry", "/bridge"]


@pytest.mark.parametrize(
    ("strikes", "rest"),
    [(0, None), (1, None), (2, REST), (3, 2 * REST), (5, 8 * REST), (9, LONGEST_REST), (10_000, LONGEST_REST)],
)
def test_a_source_rests_longer_with_each_such_document(strikes: int, rest: timedelta | None) -> None:
    checked = datetime(2026, 1, 31, tzinfo=UTC)
    source = Source("feed", "https://news.example.org/feed", checked, checked=checked, strikes=strikes)
    assert rests_until(source) == (rest and checked + rest)
