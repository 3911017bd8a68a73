"""Reads sources and decides what their articles become: one update, and what to remember for the next time."""

import asyncio
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from index.errors import SourceError
from index.naming import named
from index.sources.feed import Hub, find_hub, is_feed
from index.sources.found import FoundSource
from index.sources.judging import judge
from index.sources.parser import Parser
from index.sources.reading import MAX_FEED_BYTES, MAX_SITEMAP_BYTES, SourceReader, as_private, find_in_folder
from index.sources.results import LibraryState, SourceReading
from index.sources.robots import is_front, sitemap_of_site
from index.sources.sitemap import is_sitemap
from index.sources.web import FEED_TYPES, PAGE_TYPES, Response, Web, sitemap_types
from index.types import OnProgress, Source


async def read_new_source(
    web: Web,
    parser: Parser,
    known: LibraryState,
    address: str,
    *,
    feeds: bool = True,
    private: bool = False,
    on_progress: OnProgress | None = None,
) -> SourceReading:
    """Read a new source for the first time: the page, feed or sitemap at `address`.

    If it is the front page of a site whose robots.txt names a sitemap, that is the source. The story of a page comes in
    even if somebody removed it by hand before. Raises SourceError if nothing can be read there, or if it is a feed or
    sitemap and `feeds` is False. With `private`, its articles are private.
    """
    address = web.check(address)
    response = await web.get(address, PAGE_TYPES | sitemap_types(address), max_bytes=_most_bytes(web, address))
    kind = await _kind_of(response, parser)
    if kind != "page" and not feeds:
        if kind == "sitemap":
            raise SourceError(
                f"{named(address)} is a sitemap: add it as a source, or name the address of one story's page."
            )
        raise SourceError(f"{named(address)} is a feed: add it as a source, or name the address of one story's page.")
    if (
        kind == "page"
        and feeds
        and is_front(address)
        and (listing := await sitemap_of_site(web, parser, address, max_bytes=MAX_SITEMAP_BYTES))
    ):
        kind, (address, response) = "sitemap", listing
        if any(source.address == address for source in known.sources):
            raise SourceError(f"{address} is a source already: every reindex reads it again.")
    if kind == "page":
        known = replace(known, excluded=())
    source = Source(kind, address, datetime.now(UTC), private=private)
    found = await SourceReader(web, parser, known, on_progress).read(source, response)
    reading = _without_problem(await asyncio.to_thread(judge, [found], known, datetime.now(UTC)))
    return _with_its_story(reading) if kind == "page" else reading


async def read_page_source(web: Web, parser: Parser, known: LibraryState, source: Source) -> SourceReading:
    """Read a page that is already a source, because a user asks for its address.

    Its story comes in even if somebody removed it by hand before. Raises SourceError if it cannot be read.
    """
    reading = await read_sources(web, parser, replace(known, excluded=()), [source])
    return _with_its_story(_without_problem(reading))


def read_new_folder(known: LibraryState, folder: Path, parser: Parser, *, private: bool = False) -> SourceReading:
    """Read a folder that becomes a source. Raises SourceError if nothing can be read there."""
    source = Source("folder", os.path.realpath(folder), datetime.now(UTC), private=private)
    found = as_private(find_in_folder(source, {}, known.held, parser), known.held)
    return _without_problem(judge([found], known, datetime.now(UTC)))


async def read_sources(
    web: Web,
    parser: Parser,
    known: LibraryState,
    sources: Sequence[Source] | None = None,
    *,
    remove_missing: Collection[str] = (),
    seconds: float | None = None,
    on_progress: OnProgress | None = None,
    now: datetime | None = None,
) -> SourceReading:
    """Read `sources`, by default all known ones. Articles that cannot be read stay as they were; the result names them.

    `remove_missing` has the ids of articles that may be removed even if their source has lost more than half of its
    articles or lists nothing. After `seconds` seconds no further source is started. The sources that were read longest
    ago come first. `now` is stored as when they were read; by default it is now.
    """
    reader = SourceReader(web, parser, known, on_progress)
    deadline = None if seconds is None else monotonic() + seconds
    wanted = known.sources if sources is None else sources
    found: dict[str, FoundSource] = {}
    for source in sorted(wanted, key=lambda source: source.checked or source.added):
        is_late = deadline is not None and monotonic() > deadline
        found[source.address] = reader.leave_for_later(source) if is_late else await reader.read(source)
    in_order = [found[source.address] for source in wanted]
    return await asyncio.to_thread(judge, in_order, known, now or datetime.now(UTC), remove_missing=remove_missing)


async def find_hub_of(web: Web, parser: Parser, feed: str) -> Hub:
    """The hub of the feed at an address; one without an address if it names none. Raises SourceError, ArticleError."""
    response = await web.get(feed, FEED_TYPES, max_bytes=MAX_FEED_BYTES)
    return await parser.run_apart(partial(find_hub, response), response.address)


async def _kind_of(response: Response, parser: Parser) -> str:
    if await parser.run_apart(partial(is_feed, response), response.address):
        return "feed"
    return "sitemap" if await parser.run_apart(partial(is_sitemap, response), response.address) else "page"


def _most_bytes(web: Web, address: str) -> int:
    is_likely = "sitemap" in address.lower()
    return max(web.max_bytes, MAX_SITEMAP_BYTES if is_likely else MAX_FEED_BYTES)


def _without_problem(reading: SourceReading) -> SourceReading:
    """Return the reading of one source. Raises SourceError if anything is wrong with the source."""
    (result,) = reading.results
    if result.problem:
        raise result.problem.error
    return reading


def _with_its_story(reading: SourceReading) -> SourceReading:
    """The reading of one page, changed so that its story may come in again even if it was removed by hand."""
    included = (*(article.id for article in reading.articles), *reading.unchanged)
    return replace(reading, source_update=replace(reading.source_update, include=included))
