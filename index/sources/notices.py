"""Reads single pages again when their site says that they have changed, without reading the whole source."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from index.sources.found import FoundSource
from index.sources.judging import judge
from index.sources.page import id_of
from index.sources.parser import Parser
from index.sources.reading import SourceReader, rests_until
from index.sources.results import LibraryState, SourceReading
from index.sources.web import Web
from index.types import Source, SourcePage

LISTS = ("feed", "sitemap")
"""The kinds of sources that a new page of their host may belong to."""


@dataclass(frozen=True, slots=True)
class Notice:
    """That a page has changed or is gone, as its site says: its address, or several that it has or had.

    `slug` is the last part of its address, for a site that no longer tells the address of what it took down.
    """

    addresses: tuple[str, ...]
    slug: str = ""


Wanted = Mapping[str, Sequence[tuple[Notice, SourcePage]]]
"""The pages to be read again, by the addresses of their sources, each with the notice that is about it."""


def is_read_from(known: LibraryState, notice: Notice, *, new: bool = True) -> bool:
    """Whether a notice is about a page of one of the sources, or about a new one at the host of a feed or sitemap.

    With `new` false, new ones do not count.
    """
    pages = {(page.source, page.address) for page in known.pages}
    wanted = (page for found in wanted_pages(known, [notice]).values() for _, page in found)
    return any(new or (page.source, page.address) in pages for page in wanted)


def wanted_pages(known: LibraryState, notices: Sequence[Notice]) -> Wanted:
    """The pages that the notices are about, known ones and new ones.

    A new page belongs to the first feed or sitemap at its host, but to a private one before others, so that nothing
    private becomes public by a notice; "www." counts for nothing. Another host, and a page beside a source that is a
    single page, belong to none.
    """
    wanted: dict[str, list[tuple[Notice, SourcePage]]] = {source.address: [] for source in known.sources}
    lists = sorted((one for one in known.sources if one.kind in LISTS), key=lambda source: not source.private)
    by_place: dict[tuple[str, str], list[SourcePage]] = {}
    by_article: dict[str, list[SourcePage]] = {}
    kinds = {source.address: source.kind for source in known.sources}
    for page in known.pages:
        if kinds.get(page.source, "folder") != "folder":
            by_place.setdefault(_place_of(page.address), []).append(page)
            by_article.setdefault(page.article_id, []).append(page)
    for notice in notices:
        mine = list(_known_pages(notice, by_place, by_article))
        if not mine:
            for address in notice.addresses:
                if home := next((one for one in lists if host_of(one.address) == host_of(address)), None):
                    mine.append(SourcePage(home.address, address, ""))
                    break
        for page in mine:
            wanted[page.source].append((notice, page))
    return wanted


def _known_pages(
    notice: Notice,
    by_place: Mapping[tuple[str, str], Sequence[SourcePage]],
    by_article: Mapping[str, Sequence[SourcePage]],
) -> Iterator[SourcePage]:
    """The pages that a notice is about, each once: by its addresses, the article at them, or its slug."""
    found: dict[tuple[str, str], SourcePage] = {}
    for address in notice.addresses:
        article_id = id_of(address)
        near = [page for page in by_place.get(_place_of(address), ()) if id_of(page.address) == article_id]
        named_so = by_place.get((host_of(address), notice.slug), ()) if notice.slug else ()
        for page in (*near, *by_article.get(article_id, ()), *named_so):
            found.setdefault((page.source, page.address), page)
    yield from found.values()


def host_of(address: str) -> str:
    """The host of an address, with its port if it names one; the same with "www." and without."""
    return urlsplit(address).netloc.lower().removeprefix("www.")


def _place_of(address: str) -> tuple[str, str]:
    """The host and the last part of the path of an address."""
    return host_of(address), urlsplit(address).path.rstrip("/").rpartition("/")[2]


async def read_again(
    web: Web, parser: Parser, known: LibraryState, notices: Sequence[Notice], sources: Collection[str] = ()
) -> tuple[SourceReading, frozenset[Notice]]:
    """Read the pages again that `notices` are about, and in full those of `sources`, by their addresses.

    A page that answers that it is gone is gone, however few articles its source has left: the notice is the
    confirmation. Returns the reading, and those of the notices that led to something new.
    """
    reader, wanted = SourceReader(web, parser, known), await asyncio.to_thread(wanted_pages, known, notices)
    found = [one for source in known.sources if (one := await _found(reader, source, wanted[source.address], sources))]
    confirmed = {page.article_id for pages in wanted.values() for _, page in pages if page.article_id}
    reading = await asyncio.to_thread(judge, found, known, datetime.now(UTC), remove_missing=confirmed)
    before = {source.address: source for source in known.sources}
    left = {one.source.address for one in found if one.is_left}
    results = tuple(
        replace(source, result=before[source.address].result) if source.address in left else source
        for source in reading.source_update.sources
    )
    reading = replace(reading, source_update=replace(reading.source_update, sources=results))
    return reading, frozenset(notice for one in found for notice in _new_of(one, wanted[one.source.address], known))


async def _found(
    reader: SourceReader, source: Source, wanted: Sequence[tuple[Notice, SourcePage]], in_full: Collection[str]
) -> FoundSource | None:
    """A source with its wanted pages read; in full where the story is in the feed itself. None if nothing is to do."""
    pages = {page.address: page for _, page in wanted}
    until = rests_until(source)
    if source.kind == "folder" or (until and until > datetime.now(UTC)):
        return None
    if source.address in in_full or any(page.whole for page in pages.values()) or (pages and source.kind == "page"):
        return await reader.read(source)
    return await reader.read_pages(source, tuple(pages.values())) if pages else None


def _new_of(found: FoundSource, wanted: Sequence[tuple[Notice, SourcePage]], known: LibraryState) -> Iterator[Notice]:
    """The notices of pages that are gone, or hold another article than the library."""
    new = {
        page.old.address for page in found.pages if page.page is None or (page.fresh and not known.held.has(page.fresh))
    }
    gone = found.is_gone
    yield from (notice for notice, page in wanted if gone or page.address in new)
