"""Reads sources again: fetches what is at each of their addresses now. `judging.py` decides what that means."""

import asyncio
import hashlib
import os
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from index.errors import ArticleError, SourceError, SourceGone, TooCostly
from index.naming import named
from index.sources.feed import Item, address_of, article_of, is_in_feed_alone, read_feed
from index.sources.folder import read_folder
from index.sources.found import FoundPage, FoundSource
from index.sources.listing import Listing, list_pages
from index.sources.page import id_of, read_page
from index.sources.parser import Parser, Task
from index.sources.results import Held, LibraryState, Problem
from index.sources.sitemap import Listed, read_sitemap
from index.sources.web import FEED_TYPES, PAGE_TYPES, Response, Validators, Web, sitemap_types
from index.types import Article, Headline, OnProgress, Progress, Refusal, RefusedKind, Source, SourcePage

MAX_FEED_BYTES, MAX_SITEMAP_BYTES = 10_000_000, 20_000_000
"""Of one feed, and of one sitemap as it is sent; a packed one may be larger when it is unpacked."""

MAX_READ = 500
"""How many pages of a sitemap are fetched at one reading: first those that are new or were changed, the newest first.
The rest comes at the next ones."""

AT_ONCE = 4
"""How many pages of a source are fetched and read at the same time. All of them are in memory meanwhile."""

SOURCE_SECONDS = 600.0
"""How long one source may take to be read."""

MAX_STRIKES = 2
"""After this many documents that exceed the limits on time and memory, the rest of a source is left for later."""

MAX_FRESH = 50_000_000
"""The most characters of new text that one reading takes; all of it is in memory until it is stored."""

REST, LONGEST_REST = timedelta(hours=6), timedelta(days=7)
"""How long a source is not read again after MAX_STRIKES. Each further such document doubles the time."""

T = TypeVar("T")


def rests_until(source: Source) -> datetime | None:
    """Until when a source is not read, because its documents exceeded the limits; None if it may be read."""
    if source.strikes < MAX_STRIKES or source.checked is None:
        return None
    doublings = min(source.strikes - MAX_STRIKES, 10)
    return source.checked + min(REST * (1 << doublings), LONGEST_REST)


class SourceReader:
    """Reads sources, and reports the progress in addresses."""

    def __init__(self, web: Web, parser: Parser, known: LibraryState, on_progress: OnProgress | None = None) -> None:
        """`known` is what the library holds and remembers."""
        self._web = web
        self._parser = parser
        self._held = known.held
        self._pages = known.pages
        self._excluded = frozenset(known.excluded)
        self._on_progress = on_progress
        self._done = self._total = 0
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._strikes = 0
        self._fresh = 0

    async def read(self, source: Source, response: Response | None = None) -> FoundSource:
        """Read one source with all addresses that it leads to.

        `response` is the answer of the source's own address, if that was already fetched. A source whose documents
        exceeded the limits the last times is not read for a while.
        """
        until = rests_until(source)
        if response is None and until and until > datetime.now(UTC):
            return self._left(source, _rests(source, until))
        self._strikes = 0
        try:
            async with asyncio.timeout(None if source.kind == "folder" else SOURCE_SECONDS):
                found = await self._read(source, response)
        except TimeoutError:
            found = replace(self._left(source, _too_long(source)), is_left=False)
        strikes = source.strikes + self._strikes if self._strikes else 0
        found = replace(found, source=replace(found.source, strikes=strikes))
        found = as_private(found, self._held)
        if not self._breaks_off or source.kind not in ("feed", "sitemap"):
            return found
        problem = _broken_off(source) if self._strikes >= MAX_STRIKES else _too_much(source)
        unsettled = replace(found.source, etag=None, last_modified=None)  # so that it is read in full the next time
        return replace(found, source=unsettled, problem=problem, is_empty=False)

    def leave_for_later(self, source: Source) -> FoundSource:
        """The source as it was the last time, because there was no time left to read it."""
        return self._left(source, _not_reached(source))

    def _left(self, source: Source, problem: Problem) -> FoundSource:
        kept = tuple(self._kept(page) for page in self._pages if page.source == source.address)
        return FoundSource(source, kept, problem=problem, is_left=True)

    async def _read(self, source: Source, response: Response | None) -> FoundSource:
        before = {page.address: page for page in self._pages if page.source == source.address}
        if source.kind == "folder":
            self._total += 1
            return await self._counted(asyncio.to_thread(find_in_folder, source, before, self._held, self._parser))
        if source.kind == "page":
            return await self._single(source, before.get(source.address), response)
        if source.kind == "sitemap":
            return await self._sitemap(source, before, response)
        return await self._feed(source, before, response)

    async def _feed(self, source: Source, before: Mapping[str, SourcePage], response: Response | None) -> FoundSource:
        """Read a feed: the items that it lists, and the pages that it listed before."""
        known = self._held.keys() | self._excluded
        unchanged = all(page.article_id in known for page in before.values() if page.whole)
        since = Validators(source.etag, source.last_modified) if before and unchanged else None
        try:
            if response is None:
                response = await self._web.get(source.address, FEED_TYPES, since=since, max_bytes=MAX_FEED_BYTES)
            if response.body is None:
                return FoundSource(source, await self._all([self._again(page) for page in before.values()]))
            feed = await self._parsed(partial(read_feed, response), source.address)
        except (SourceError, ArticleError) as error:
            kept = tuple(self._kept(page) for page in before.values())
            return FoundSource(source, kept, problem=Problem.of(error))
        listed = {address_of(item, source.address): item for item in feed.items}
        reads = [
            self._listed(item, before.get(address) or SourcePage(source.address, address, ""))
            for address, item in listed.items()
        ]
        unlisted = [page for address, page in before.items() if address not in listed]
        reads += [self._unlisted(page) for page in unlisted if page.article_id in self._held]
        pages = await self._all(reads)
        if not listed:
            unsettled = replace(source, etag=None, last_modified=None)  # so that the next reading reports it again
            problem = Problem(f"{named(source.address)} lists no article", "check the address of the feed")
            return FoundSource(unsettled, pages, feed.refused, problem, is_empty=True)
        seen = response.validators
        return FoundSource(replace(source, etag=seen.etag, last_modified=seen.last_modified), pages, feed.refused)

    async def read_pages(self, source: Source, pages: Collection[SourcePage]) -> FoundSource:
        """Read only these pages of a source, known or new; the others stay as they were the last time.

        A new page that cannot be read is left out.
        """
        self._strikes = 0
        wanted = {page.address: page for page in pages}
        known = {page.address: page for page in self._pages if page.source == source.address}
        read = dict(zip(wanted, await self._all(map(self._page, wanted.values())), strict=True))
        found = [read.get(address) or self._kept(page) for address, page in known.items()]
        new = [page for address, page in read.items() if address not in known]
        refused = [page.refusal for page in new if page.refusal]
        found += [page for page in new if page.problem is None and page.page is not None]
        return as_private(FoundSource(source, tuple(found), tuple(refused), is_left=True), self._held)

    async def _sitemap(
        self, source: Source, before: Mapping[str, SourcePage], response: Response | None
    ) -> FoundSource:
        """Read a sitemap: the pages that it lists and that are new or were changed, and some of the others."""
        since = Validators(source.etag, source.last_modified) if before else None
        try:
            if response is None:
                types = sitemap_types(source.address)
                response = await self._web.get(source.address, types, since=since, max_bytes=MAX_SITEMAP_BYTES)
            listing = await self._listing(source, response) if response.body is not None else None
        except (SourceError, ArticleError) as error:
            kept = tuple(self._kept(page) for page in before.values())
            return FoundSource(source, kept, problem=Problem.of(error))
        reads, later = self._chosen(source, before, listing)
        pages = [_without_story(page) for page in await self._all(reads)]
        refused = list(listing.refused) if listing else []
        if storyless := [page.old.address for page in pages if _has_no_story(page)]:
            refused.append(_storyless(source, storyless))
        pages = [replace(page, problem=None) if _has_no_story(page) else page for page in pages]
        if listing and not listing.pages:
            unsettled = replace(source, etag=None, last_modified=None)
            problem = Problem(f"{named(source.address)} lists no page", "check the address of the sitemap")
            return FoundSource(unsettled, tuple(pages), tuple(refused), problem, is_empty=True)
        if later:
            refused.append(_later(source, later))
        is_settled = not later and not (listing and (listing.is_index or listing.refused))
        is_settled = is_settled and not any(page.problem for page in pages)
        seen = response.validators if is_settled else Validators()
        found = replace(source, etag=seen.etag, last_modified=seen.last_modified)
        return FoundSource(found, tuple(pages), tuple(refused))

    async def _listing(self, source: Source, response: Response) -> Listing:
        async def fetch(address: str) -> Response:
            return await self._web.get(address, sitemap_types(address), max_bytes=MAX_SITEMAP_BYTES)

        return await list_pages(
            source.address, response, fetch, lambda body: self._parsed(partial(read_sitemap, body), body.address)
        )

    def _chosen(
        self, source: Source, before: Mapping[str, SourcePage], listing: Listing | None
    ) -> tuple[list[Coroutine[Any, Any, FoundPage]], int]:
        """The reads of a sitemap's pages, and how many new or changed ones are left for the next time.

        Without a `listing` it has not changed. A page is fetched if it is new, or if its time in the sitemap is another
        one than before. Pages without one, and those that the sitemap lists no longer, are fetched as far as there is
        room, at each reading others first.
        """
        known = self._held.keys() | self._excluded
        fresh: list[tuple[Listed, SourcePage]] = []
        others: list[tuple[Listed, SourcePage]] = []
        kept: list[SourcePage] = []
        listed = {page.address: page for page in listing.pages} if listing else {}
        for address, entry in listed.items():
            old = before.get(address)
            if old is None or (entry.modified and entry.modified != old.modified):
                fresh.append((entry, old or SourcePage(source.address, address, "")))
            elif old.article_id and old.article_id not in known:
                fresh.append((entry, old))
            elif entry.modified:
                kept.append(old)
            else:
                others.append((entry, old))
        for address, old in before.items():
            if address in listed:
                continue
            if listing is None and old.modified:
                kept.append(old)
            elif old.article_id in known:
                others.append((Listed(address), old))
        turn = source.checked.isoformat() if source.checked else ""
        others.sort(key=lambda pair: hashlib.sha256(f"{turn} {pair[1].address}".encode()).digest())
        room = max(MAX_READ - len(fresh), 0)
        waiting = [old for _, old in fresh[MAX_READ:] if old.address in before]
        reads = [self._in_sitemap(entry, old) for entry, old in fresh[:MAX_READ] + others[:room]]
        reads += [self._as_it_was(page) for page in (*kept, *waiting, *(old for _, old in others[room:]))]
        return reads, len(fresh[MAX_READ:])

    async def _as_it_was(self, page: SourcePage) -> FoundPage:
        return self._kept(page)

    async def _in_sitemap(self, entry: Listed, old: SourcePage) -> FoundPage:
        """Read a page that a sitemap lists, and remember its time there, unless it could not be read."""
        item = Item(entry.title, entry.address, published=entry.published)
        found = await self._page(old, item)
        if found.page is None or (found.problem and not _has_no_story(found)) or self._breaks_off:
            return found
        return replace(found, page=replace(found.page, modified=entry.modified))

    async def _single(self, source: Source, old: SourcePage | None, response: Response | None) -> FoundSource:
        """Read a source of one page. If the page fails, the source fails."""
        old = old or SourcePage(source.address, source.address, "")
        (found,) = await self._all([self._page(old, response=response)])
        if found.problem is None:
            return FoundSource(source, (found,))
        if found.page is None:
            return FoundSource(source, (replace(found, problem=None),), problem=found.problem, is_gone=True)
        return FoundSource(source, (self._kept(found.old),), problem=found.problem)

    async def _all(self, reads: Iterable[Coroutine[Any, Any, FoundPage]]) -> tuple[FoundPage, ...]:
        """Do all reads, a few at a time. The results are in the order of the reads."""
        reads = list(reads)
        self._total += len(reads)
        tasks = [asyncio.ensure_future(self._counted(read)) for read in reads]
        try:
            return tuple(await asyncio.gather(*tasks))
        finally:
            if unfinished := [task for task in tasks if not task.done()]:
                for task in unfinished:
                    task.cancel()
                await asyncio.wait(unfinished)
            for read in reads:
                read.close()  # one that was cut off before it began; the others have ended

    @property
    def _breaks_off(self) -> bool:
        """Whether the rest of the source is left for later, because of its strikes or too much new text."""
        return self._strikes >= MAX_STRIKES or self._fresh > MAX_FRESH

    async def _parsed(self, task: Task[T], address: str) -> T:
        """Read a document with the parser. Raises ArticleError or SourceError."""
        try:
            found = await self._parser.run_apart(task, address)
        except TooCostly:
            self._strikes += 1
            raise
        if isinstance(found, Article):
            self._fresh += len(found.text)
        return found

    async def _counted(self, read: Coroutine[Any, Any, T]) -> T:
        async with self._slots:
            found = await read
        self._done += 1
        if self._on_progress:
            self._on_progress(Progress(self._done, self._total))
        return found

    def _kept(self, page: SourcePage, error: SourceError | ArticleError | None = None) -> FoundPage:
        """The page as it was the last time, with the problem that `error` describes, if there is one."""
        problem = Problem.of(error) if error else None
        return FoundPage(page, page, self._held.get(page.article_id), problem=problem)

    async def _again(self, page: SourcePage) -> FoundPage:
        """Read a page of a feed that has not changed; a page whose story is in the feed needs no reading."""
        return self._kept(page) if page.whole else await self._page(page)

    async def _page(self, old: SourcePage, item: Item | None = None, response: Response | None = None) -> FoundPage:
        """Ask one page whether it has changed, and read it if so. A page whose article must stay out is not asked."""
        if old.article_id in self._excluded or self._breaks_off:
            return self._kept(old)
        known = self._held.get(old.article_id)
        since = Validators(old.etag, old.last_modified) if known else None
        try:
            if response is None:
                response = await self._web.get(old.address, PAGE_TYPES, since=since)
            if response.body is None:
                return self._kept(old)
            page = _as_answered(old, response, response.body)
            if known and page.digest == old.digest:
                return FoundPage(old, page, known)
            read = partial(read_page, response, asked=old.address, max_bytes=self._parser.max_bytes)
            article = await self._parsed(read, old.address)
        except SourceGone as error:
            return FoundPage(old, None, problem=Problem.of(error)) if known else self._kept(old, error)
        except TooCostly as error:
            return self._kept(old, error)
        except ArticleError as error:
            return replace(self._kept(old, error), is_read=True)
        except SourceError as error:
            return self._kept(old, error)
        if item is not None:  # the feed may state what the page does not
            article = replace(
                article, author=article.author or item.author, published=article.published or item.published
            )
        article = _under_its_id(article, known, old.address)
        return FoundPage(old, replace(page, article_id=article.id), article)

    async def _listed(self, item: Item, old: SourcePage) -> FoundPage:
        """Read an item of a feed. If the feed contains the whole story, nothing is fetched."""
        if item.story is None:
            return await self._page(old, item)
        if self._breaks_off:
            return self._kept(old)
        try:
            article = await self._parsed(partial(article_of, item, old.source), old.address)
        except ArticleError as error:
            return self._kept(old, error)
        article = _under_its_id(article, self._held.get(old.article_id), old.address)
        found = self._held[article.id] if self._held.has(article) else article
        return FoundPage(old, SourcePage(old.source, old.address, article.id, whole=True), found)

    async def _unlisted(self, old: SourcePage) -> FoundPage:
        """Check an item that the feed no longer lists. Its article stays as long as its page exists.

        An item without a page stays until somebody removes its article by hand.
        """
        if is_in_feed_alone(old.address, old.source):
            return self._kept(old)
        if not old.whole:
            return await self._page(old)
        try:
            await self._web.get(old.address, PAGE_TYPES)
        except SourceGone:
            return FoundPage(old, None)
        except SourceError as error:
            return self._kept(old, error)
        return self._kept(old)


def as_private(found: FoundSource, held: Held) -> FoundSource:
    """What was found at a private source, with its articles private; what is found at another stays as it is."""
    if not found.source.private:
        return found

    def kept_back(page: FoundPage) -> FoundPage:
        if page.fresh is None:
            return page
        article = replace(page.fresh, private=True)
        return replace(page, article=held[article.id] if held.has(article) else article)

    return replace(found, pages=tuple(map(kept_back, found.pages)))


def find_in_folder(source: Source, before: Mapping[str, SourcePage], held: Held, parser: Parser) -> FoundSource:
    """Read a folder as a source; each of its files counts as an address.

    An article stays as long as its file exists, even if the file can no longer be read. `before` has the files of the
    last reading, by path; `held` has the articles of the library.
    """
    try:
        found = read_folder(Path(source.address), parser)
    except SourceError as error:
        kept = tuple(FoundPage(page, page, held.get(page.article_id)) for page in before.values())
        return FoundSource(source, kept, problem=Problem.of(error))
    pages = []
    for article in found.articles:
        path = article.origin.place
        old = before.get(path) or SourcePage(source.address, path, "")
        page = SourcePage(source.address, path, article.id)
        pages.append(FoundPage(old, page, held[article.id] if held.has(article) else article))
    files = {article.origin.place for article in found.articles}
    unread = [os.path.realpath(refusal.name) for refusal in found.refused]
    for path, old in before.items():
        if path not in files:
            stays = any(Path(path).is_relative_to(place) for place in unread)
            pages.append(FoundPage(old, old if stays else None, held.get(old.article_id)))
    if found.articles:
        return FoundSource(source, tuple(pages), found.refused)
    problem = Problem(f"{source.address} holds no article that can be read", "check the folder")
    return FoundSource(source, tuple(pages), found.refused, problem, is_empty=True)


def _under_its_id(article: Article, known: Headline | None, address: str) -> Article:
    """Give an article that has moved to `address` the id, url and source under which the library has it."""
    if known is None or known.url is None or not known.origin.is_web:
        return article
    moved_here = id_of(known.url) == id_of(address) != known.id
    return replace(article, id=known.id, url=known.url, source=known.source) if moved_here else article


def _as_answered(page: SourcePage, response: Response, body: bytes) -> SourcePage:
    etag, last_modified = response.validators.etag, response.validators.last_modified
    digest = hashlib.sha256(body).hexdigest()
    return replace(page, etag=etag, last_modified=last_modified, digest=digest, whole=False)


# ---- what is said of a source that is not read, or not to its end


def _without_story(found: FoundPage) -> FoundPage:
    """A page of a sitemap in which no story was found, as one that has no article, until the sitemap has it anew."""
    if not _has_no_story(found) or found.page is None:
        return found
    return replace(found, page=replace(found.page, article_id=""))


def _has_no_story(found: FoundPage) -> bool:
    return bool(found.problem and found.is_read and found.article is None)


def _storyless(source: Source, addresses: Sequence[str]) -> Refusal:
    reason = (
        f"Of the pages that {named(source.address)} lists, {len(addresses):,} hold no story, such as "
        f"{named(addresses[0])}: they are left out until they change."
    )
    return Refusal(source.address, reason, RefusedKind.ADDRESS)


def _later(source: Source, count: int) -> Refusal:
    reason = (
        f"{named(source.address)} lists {count:,} pages more than the {MAX_READ} that are read at one time: they come "
        "in at the next readings."
    )
    return Refusal(source.address, reason, RefusedKind.ADDRESS)


def _rests(source: Source, until: datetime) -> Problem:
    return Problem(
        f"{named(source.address)} is left alone until {until:%Y-%m-%d %H:%M} UTC, since documents of it take too long, "
        "or too much memory, to read",
        "wait, or remove it and add it again once its site is mended",
    )


def _not_reached(source: Source) -> Problem:
    cause = f"{named(source.address)} was not reached, since others took too long"
    return Problem(cause, "it comes first the next time")


def _too_long(source: Source) -> Problem:
    cause = f"{named(source.address)} took more than {SOURCE_SECONDS / 60:g} minutes, and was left as it was"
    return Problem(cause, "try again later, or remove it")


def _broken_off(source: Source) -> Problem:
    return Problem(
        f"{named(source.address)} holds documents that take too long, or too much memory, to read, so the rest was "
        "left for later",
        "remove it, or have its site mended",
    )


def _too_much(source: Source) -> Problem:
    return Problem(
        f"{named(source.address)} has more new text than is taken in at one time, and the rest comes the next time"
    )
