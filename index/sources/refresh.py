"""The sources of a library, read again: what they hold now -> one update, and what to remember for the next time.

An article is gone where its page says so (404, 410, or it leads to the front page), not where a feed lists it no more:
feeds list only the newest. A source that fails, lists nothing or has lost more than half of its articles at once
removes none of them, and nor does a source that is one page, all of whose articles are one: until that is confirmed.

The same story at a second address is one article, which stays while it is at either. It is told by the address that
its page gives as its own, or else by its words.
"""

import asyncio
import hashlib
import os
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from index.errors import ArticleError, SourceError, SourceGone, TooCostly
from index.naming import named
from index.origin import SAMPLE
from index.sources.duplicates import find_twins
from index.sources.feed import Item, address_of, article_of, is_feed, is_in_feed_alone, read_feed
from index.sources.folder import read_folder
from index.sources.page import id_of, read_page
from index.sources.parser import Parser, Task
from index.sources.web import FEED_TYPES, PAGE_TYPES, Response, Validators, Web
from index.types import Article, OnProgress, Progress, Refusal, Source, SourcePage, SourceUpdate

MAX_FEED_BYTES = 10_000_000

AT_ONCE = 4
"""How many pages of a source are fetched and read at the same time; what they hold is in memory meanwhile."""

SOURCE_SECONDS = 600.0
"""How long one source may take to be read."""

MAX_STRIKES = 2
"""After so many documents that cannot be read within the limits, the rest of a source is left for later."""

MAX_FRESH = 50_000_000
"""Characters of new text that are taken in at one time; all of it is in memory until it lands."""

REST, LONGEST_REST = timedelta(hours=6), timedelta(days=7)
"""How long a source is left alone after that; twice as long for each such document more."""

_NOT_REACHED = "was not reached, since others took too long: it comes first the next time"
_TOO_LONG = f"took more than {SOURCE_SECONDS / 60:g} minutes, and was left as it was: try again later, or remove it"
_BROKEN_OFF = (
    "{address} holds documents that take too long, or too much memory, to read, so the rest was left for later: remove "
    "it, or have its site mended"
)
_TOO_MUCH = "{address} has more new text than is taken in at one time, and the rest comes the next time"
_RESTS = (
    "is left alone until {until:%Y-%m-%d %H:%M} UTC, since documents of it take too long, or too much memory, to read: "
    "wait, or remove it and add it again once its site is mended"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LibraryState:
    """What a library holds and remembers: its articles, its sources, the pages that these led to, what is left out."""

    articles: Sequence[Article] = ()
    sources: Sequence[Source] = ()
    pages: Sequence[SourcePage] = ()
    excluded: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What came of reading one source: how many articles it has now, the ids of those that are gone, what is wrong.

    `missing` names those that seem to be gone and were kept for `problem`, `excluded` those that it has and that stay
    out, since they were taken out by hand.
    """

    source: Source
    articles: int = 0
    gone: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What all sources hold now, for one update: `library.update(articles, remove=gone, source_update=memory)`."""

    articles: tuple[Article, ...] = ()
    gone: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    source_update: SourceUpdate = SourceUpdate()
    results: tuple[SourceResult, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """One address as it was the last time (`old`) and as it is now (`page`, None where it is gone).

    `article` is its article, `fresh` or as the library has it; `refusal` says why there is none, or none newer. Where
    that article was read elsewhere, `copy` is the story as it is here.
    """

    old: SourcePage
    page: SourcePage | None
    article: Article | None = None
    fresh: bool = False
    refusal: Refusal | None = None
    copy: Article | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One source as it was found. `remedy` is what to do about a `problem` that does not say it.

    `is_gone` says that it is one page, which says so itself; `is_left` that it was not asked this time.
    """

    source: Source
    reads: tuple[_Read, ...] = ()
    refused: tuple[Refusal, ...] = ()
    problem: str = ""
    remedy: str = ""
    is_gone: bool = False
    is_left: bool = False


async def read_new_source(
    web: Web,
    parser: Parser,
    known: LibraryState,
    address: str,
    *,
    feeds: bool = True,
    on_progress: OnProgress | None = None,
) -> SourceReading:
    """What is at `address`, a page or a feed that is to become a source, read for the first time.

    The story of a page counts even where it was taken out by hand. Raises SourceError where nothing can be read there,
    or where it is a feed and not `feeds`.
    """
    response = await web.get(address, PAGE_TYPES | FEED_TYPES, max_bytes=max(web.max_bytes, MAX_FEED_BYTES))
    kind = "feed" if await parser.run_apart(partial(is_feed, response), response.address) else "page"
    if kind == "feed" and not feeds:
        raise SourceError(f"{named(address)} is a feed: add it as a source, or name the address of one story's page.")
    if kind == "page":
        known = replace(known, excluded=())
    source = Source(kind, web.check(address), datetime.now(UTC))
    reading = await _Reader(web, parser, known, on_progress or (lambda _: None)).read(source, response)
    refreshed = await asyncio.to_thread(make_refreshed, [reading], known)
    if problem := refreshed.results[0].problem:
        raise SourceError(problem)
    included = tuple(article.id for article in refreshed.articles) if kind == "page" else ()
    return replace(refreshed, source_update=replace(refreshed.source_update, include=included))


def read_new_folder(known: LibraryState, folder: Path, parser: Parser) -> SourceReading:
    """What is in a folder that is to become a source. Raises SourceError where nothing can be read there."""
    source = Source("folder", os.path.realpath(folder), datetime.now(UTC))
    reading = _read_folder(source, {}, {article.id: article for article in known.articles}, parser)
    refreshed = make_refreshed([reading], known)
    if problem := refreshed.results[0].problem:
        raise SourceError(problem)
    return refreshed


async def read_sources(
    web: Web,
    parser: Parser,
    known: LibraryState,
    sources: Sequence[Source] | None = None,
    *,
    remove_missing: Collection[str] = (),
    seconds: float | None = None,
    on_progress: OnProgress | None = None,
) -> SourceReading:
    """Read `sources`, by default all that are known. What cannot be read is named in the result and stays as it was.

    `remove_missing` names articles that may go even where their source has lost more than half, or lists nothing.
    After so many `seconds` no further source is begun; those that were read longest ago come first.
    """
    reader = _Reader(web, parser, known, on_progress or (lambda _: None))
    deadline = None if seconds is None else monotonic() + seconds
    wanted = known.sources if sources is None else sources
    readings: dict[str, _Reading] = {}
    for source in sorted(wanted, key=lambda source: source.checked or source.added):
        is_late = deadline is not None and monotonic() > deadline
        readings[source.address] = reader.leave(source, _NOT_REACHED) if is_late else await reader.read(source)
    in_order = [readings[source.address] for source in wanted]
    return await asyncio.to_thread(make_refreshed, in_order, known, remove_missing=remove_missing)


def rests_until(source: Source) -> datetime | None:
    """Until when a source is left alone, since documents of it could not be read within the limits."""
    if source.strikes < MAX_STRIKES or source.checked is None:
        return None
    doublings = min(source.strikes - MAX_STRIKES, 10)
    return source.checked + min(REST * (1 << doublings), LONGEST_REST)


class _Reader:
    """Reads sources, and counts the addresses on the way."""

    def __init__(self, web: Web, parser: Parser, known: LibraryState, on_progress: OnProgress) -> None:
        self._web = web
        self._parser = parser
        self._articles = {article.id: article for article in known.articles}
        self._pages = known.pages
        self._excluded = frozenset(known.excluded)
        self._on_progress = on_progress
        self._done = self._total = 0
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._strikes = 0
        self._fresh = 0

    async def read(self, source: Source, response: Response | None = None) -> _Reading:
        """One source, with all the addresses that it leads to; `response` is what its own answered, if it was asked.

        One whose documents could not be read the last times is left alone for a while.
        """
        until = rests_until(source)
        if response is None and until and until > datetime.now(UTC):
            return self.leave(source, _RESTS.format(until=until))
        self._strikes = 0
        try:
            async with asyncio.timeout(None if source.kind == "folder" else SOURCE_SECONDS):
                reading = await self._read(source, response)
        except TimeoutError:
            reading = replace(self.leave(source, _TOO_LONG), is_left=False)
        reading = replace(
            reading, source=replace(reading.source, strikes=source.strikes + self._strikes if self._strikes else 0)
        )
        if not self._breaks_off or source.kind != "feed":
            return reading
        said = (_BROKEN_OFF if self._strikes >= MAX_STRIKES else _TOO_MUCH).format(address=named(source.address))
        unsettled = replace(reading.source, etag=None, last_modified=None)  # the next time it is read as a whole
        return replace(reading, source=unsettled, problem=said, remedy="")

    def leave(self, source: Source, problem: str) -> _Reading:
        """A source as it was the last time."""
        kept = tuple(self._kept(page) for page in self._pages if page.source == source.address)
        return _Reading(source, kept, problem=f"{named(source.address)} {problem}", is_left=True)

    async def _read(self, source: Source, response: Response | None) -> _Reading:
        before = {page.address: page for page in self._pages if page.source == source.address}
        if source.kind == "folder":
            self._total += 1
            return await self._counted(asyncio.to_thread(_read_folder, source, before, self._articles, self._parser))
        if source.kind == "page":
            return await self._single(source, before.get(source.address), response)
        known = self._articles.keys() | self._excluded
        unchanged = all(page.article_id in known for page in before.values() if page.whole)
        since = Validators(source.etag, source.last_modified) if before and unchanged else None
        try:
            if response is None:
                response = await self._web.get(source.address, FEED_TYPES, since=since, max_bytes=MAX_FEED_BYTES)
            if response.body is None:
                return _Reading(source, await self._all([self._again(page) for page in before.values()]))
            feed = await self._parsed(partial(read_feed, response), source.address)
        except (SourceError, ArticleError) as error:
            kept = tuple(self._kept(page) for page in before.values())
            return _Reading(source, kept, problem=str(error))
        listed = {address_of(item, source.address): item for item in feed.items}
        reads = [
            self._listed(item, before.get(address) or SourcePage(source.address, address, ""))
            for address, item in listed.items()
        ]
        unlisted = [page for address, page in before.items() if address not in listed]
        reads += [self._unlisted(page) for page in unlisted if page.article_id in self._articles]
        problem = "" if listed else f"{named(source.address)} lists no article"
        seen = response.validators if listed else Validators()  # to be told of it again the next time
        fresh = replace(source, etag=seen.etag, last_modified=seen.last_modified)
        remedy = "check the address of the feed"
        return _Reading(fresh, await self._all(reads), feed.refused, problem, remedy)

    async def _single(self, source: Source, old: SourcePage | None, response: Response | None) -> _Reading:
        """A source of one page, which has failed where the page has."""
        old = old or SourcePage(source.address, source.address, "")
        (read,) = await self._all([self._page(old, response=response)])
        if read.refusal is None:
            return _Reading(source, (read,))
        if read.page is None:
            return _Reading(source, (replace(read, refusal=None),), problem=read.refusal.reason, is_gone=True)
        return _Reading(source, (self._kept(read.old),), problem=read.refusal.reason)

    async def _all(self, reads: Iterable[Coroutine[Any, Any, _Read]]) -> tuple[_Read, ...]:
        """All of them, a few at a time, in their order."""
        reads = list(reads)
        self._total += len(reads)
        return tuple(await asyncio.gather(*(self._counted(read) for read in reads)))

    @property
    def _breaks_off(self) -> bool:
        """Whether the rest of a source is to be left as it is."""
        return self._strikes >= MAX_STRIKES or self._fresh > MAX_FRESH

    async def _parsed(self, task: Task[T], address: str) -> T:
        """What comes of a document, read by the parser. Raises ArticleError or SourceError."""
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
        self._on_progress(Progress(self._done, self._total))
        return found

    def _kept(self, page: SourcePage, refusal: Refusal | None = None) -> _Read:
        """The page as it was the last time."""
        return _Read(page, page, self._articles.get(page.article_id), refusal=refusal)

    async def _again(self, page: SourcePage) -> _Read:
        """A page of a feed that has not changed."""
        return self._kept(page) if page.whole else await self._page(page)

    async def _page(self, old: SourcePage, item: Item | None = None, response: Response | None = None) -> _Read:
        """One page: asked whether it changed, and read where it did. One whose story is to stay out is not asked."""
        if old.article_id in self._excluded or self._breaks_off:
            return self._kept(old)
        known = self._articles.get(old.article_id)
        since = Validators(old.etag, old.last_modified) if known else None
        try:
            if response is None:
                response = await self._web.get(old.address, PAGE_TYPES, since=since)
            if response.body is None:
                return self._kept(old)
            page = _as_answered(old, response, response.body)
            if known and page.digest == old.digest:
                return _Read(old, page, known)
            read = partial(read_page, response, asked=old.address, max_bytes=self._parser.max_bytes)
            article = await self._parsed(read, old.address)
        except SourceGone as error:
            refusal = Refusal(old.address, str(error))
            return _Read(old, None, refusal=refusal) if known else self._kept(old, refusal)
        except (SourceError, ArticleError) as error:
            return self._kept(old, Refusal(old.address, str(error)))
        if item is not None:  # what the page does not say, the feed may
            article = replace(
                article, author=article.author or item.author, published=article.published or item.published
            )
        article = _under_its_id(article, known, old.address)
        return _Read(old, replace(page, article_id=article.id), article, fresh=True)

    async def _listed(self, item: Item, old: SourcePage) -> _Read:
        """An item of a feed; where it holds its story, nothing is fetched."""
        if item.story is None:
            return await self._page(old, item)
        if self._breaks_off:
            return self._kept(old)
        try:
            article = await self._parsed(partial(article_of, item, old.source), old.address)
        except ArticleError as error:
            return self._kept(old, Refusal(old.address, str(error)))
        article = _under_its_id(article, self._articles.get(old.article_id), old.address)
        fresh = article != self._articles.get(article.id)
        return _Read(old, SourcePage(old.source, old.address, article.id, whole=True), article, fresh)

    async def _unlisted(self, old: SourcePage) -> _Read:
        """What the feed lists no more stands while its page does; without one, until it is taken out by hand."""
        if is_in_feed_alone(old.address, old.source):
            return self._kept(old)
        if not old.whole:
            return await self._page(old)
        try:
            await self._web.get(old.address, PAGE_TYPES)
        except SourceGone:
            return _Read(old, None)
        except SourceError as error:
            return self._kept(old, Refusal(old.address, str(error)))
        return self._kept(old)


def _read_folder(
    source: Source, before: Mapping[str, SourcePage], held: Mapping[str, Article], parser: Parser
) -> _Reading:
    """A folder, each file of which is an address; an article stays while its file is there, also where it is broken."""
    try:
        found = read_folder(Path(source.address), parser)
    except SourceError as error:
        kept = tuple(_Read(page, page, held.get(page.article_id)) for page in before.values())
        return _Reading(source, kept, problem=str(error))
    reads = []
    for article in found.articles:
        path = article.source or ""
        old = before.get(path) or SourcePage(source.address, path, "")
        reads.append(_Read(old, SourcePage(source.address, path, article.id), article, article != held.get(article.id)))
    files = {article.source for article in found.articles}
    unread = [os.path.realpath(refusal.name) for refusal in found.refused]
    for path, old in before.items():
        if path not in files:
            stays = any(Path(path).is_relative_to(place) for place in unread)
            reads.append(_Read(old, old if stays else None, held.get(old.article_id)))
    problem = "" if found.articles else f"{source.address} holds no article that can be read"
    return _Reading(source, tuple(reads), found.refused, problem, "check the folder")


def _is_from_the_web(article: Article) -> bool:
    return (article.source or "").lower().startswith(("http://", "https://"))


def _is_of(article: Article, source: Source) -> bool:
    """Whether an article came from where `source` leads: what a person brought in by hand no source takes out."""
    if source.kind == "folder":
        return Path(article.source or "").is_relative_to(source.address)
    return _is_from_the_web(article)


def _under_its_id(article: Article, known: Article | None, address: str) -> Article:
    """The article read at `address` as the library has it where it moved there: with the id of its first address."""
    if known is None or known.url is None or not _is_from_the_web(known):
        return article
    moved_here = id_of(known.url) == id_of(address) != known.id
    return replace(article, id=known.id, url=known.url, source=known.source) if moved_here else article


def _as_answered(page: SourcePage, response: Response, body: bytes) -> SourcePage:
    etag, last_modified = response.validators.etag, response.validators.last_modified
    digest = hashlib.sha256(body).hexdigest()
    return replace(page, etag=etag, last_modified=last_modified, digest=digest, whole=False)


def articles_of(known: LibraryState, address: str) -> tuple[str, ...]:
    """The ids of the articles that came from that source and that no other has."""
    (source,) = (source for source in known.sources if source.address == address)
    others = {page.article_id for page in known.pages if page.source != address}
    own = {page.article_id for page in known.pages if page.source == address} - others
    return tuple(article.id for article in known.articles if article.id in own and _is_of(article, source))


def make_refreshed(
    readings: Sequence[_Reading], known: LibraryState, *, remove_missing: Collection[str] = ()
) -> SourceReading:
    """What all readings come to together: each article once, gone where no source has it any more."""
    now = datetime.now(UTC)
    held = {article.id: article for article in known.articles}
    excluded = frozenset(known.excluded)
    joined = _join_twins(readings, held, excluded)
    judged = [_judge(one, held, remove_missing, _of_others(one.source, joined, known)) for one in joined]
    reads = _take_over([read for one in judged for read in one.reads], held)
    pages = tuple(read.page for read in reads if read.page)
    read_again = {one.source.address for one in judged}
    standing = {page.article_id for page in pages}
    standing |= {page.article_id for page in known.pages if page.source not in read_again}
    gone = tuple(dict.fromkeys(i for one in judged for i in one.lost if not one.hold and i not in standing))
    articles: dict[str, Article] = {}
    for read in sorted(reads, key=lambda read: not read.fresh):  # of one story at two addresses, what is new
        if read.page and read.article and read.article.id not in excluded:
            articles.setdefault(read.article.id, read.article)
    results = tuple(one.result(now, excluded) for one in judged)
    over = tuple(one.source.address for one in judged if one.is_over)
    return SourceReading(
        tuple(articles.values()),
        gone,
        tuple(refusal for one in judged for refusal in one.refused),
        SourceUpdate(
            tuple(result.source for result in results if result.source.address not in over),
            pages,
            forget=over,
            known=tuple(source.address for source in known.sources),
        ),
        results,
    )


def _join_twins(
    readings: Sequence[_Reading], held: Mapping[str, Article], excluded: Collection[str]
) -> Sequence[_Reading]:
    """The readings with each new story of the web that is there already, at another address, led to that one."""
    fresh = {read.article.id: read.article for one in readings for read in one.reads if read.article and read.fresh}
    new = [a for i, a in fresh.items() if i not in held and i not in excluded and _is_from_the_web(a)]
    new_ids = {article.id for article in new}
    there = [article for i, article in ({**held, **fresh}).items() if i not in new_ids and article.source != SAMPLE]
    twins = find_twins(new, there) if new else {}

    def led(read: _Read) -> _Read:
        if not (read.page and read.article and read.article.id in twins):
            return read
        twin = twins[read.article.id]
        copy = replace(read.article, id=twin)
        return replace(read, page=replace(read.page, article_id=twin), article=held.get(twin), fresh=False, copy=copy)

    return [replace(one, reads=tuple(led(read) for read in one.reads)) for one in readings]


def _take_over(reads: Sequence[_Read], held: Mapping[str, Article]) -> list[_Read]:
    """The reads with each article whose own address is gone taken from another that it is at, so that its link works.

    Where the story as it is there was not read this time, its page is asked for in full the next time.
    """
    taken = list(reads)
    for gone in reads:
        article = held.get(gone.old.article_id)
        if gone.page or not (article and article.url and _is_from_the_web(article)):
            continue
        if id_of(article.url) != id_of(gone.old.address):
            continue
        for number, read in enumerate(taken):
            page = read.page
            if page is None or page.article_id != article.id or is_in_feed_alone(page.address, page.source):
                continue
            moved = replace(read.copy or read.article or article, url=page.address, source=page.address)
            if read.copy is None:
                page = replace(page, etag=None, last_modified=None, digest="")
            taken[number] = replace(read, page=page, article=moved, fresh=True)
            break
    return taken


@dataclass(frozen=True, slots=True)
class _Judged:
    """One source, and whether what it lost is held back for a confirmation.

    Where it was confirmed that its one page is gone, it `is_over`: a source no more.
    """

    source: Source
    reads: tuple[_Read, ...]
    refused: tuple[Refusal, ...]
    lost: tuple[str, ...]
    hold: bool
    problem: str
    is_over: bool = False
    is_left: bool = False

    def result(self, now: datetime, excluded: Collection[str]) -> SourceResult:
        """What came of it, for people."""
        found = {read.page.article_id for read in self.reads if read.page and read.page.article_id}
        left_out = tuple(sorted(found.intersection(excluded)))
        checked = self.source.checked if self.is_left else now
        source = replace(self.source, checked=checked, result=self.problem or "ok")
        gone, missing = ((), self.lost) if self.hold else (self.lost, ())
        return SourceResult(source, len(found) - len(left_out), gone, missing, self.problem, left_out)


def _of_others(source: Source, readings: Sequence[_Reading], known: LibraryState) -> set[str]:
    """The ids of the articles that a page of another source still leads to."""
    found = {read.page.article_id for one in readings if one.source != source for read in one.reads if read.page}
    read_again = {one.source.address for one in readings}
    return found | {page.article_id for page in known.pages if page.source not in read_again}


def _judge(
    reading: _Reading, held: Mapping[str, Article], remove_missing: Collection[str], of_others: Collection[str]
) -> _Judged:
    source, problem = reading.source, reading.problem
    known = (held[read.old.article_id] for read in reading.reads if read.old.article_id in held)
    had = {article.id for article in known if _is_of(article, source)}
    lost = tuple(sorted(had - {read.page.article_id for read in reading.reads if read.page}))
    if reading.is_gone:  # what stands elsewhere goes on from there
        lost = tuple(article_id for article_id in lost if article_id not in of_others)
    hold = not set(lost) <= set(remove_missing) and bool(problem or 2 * len(lost) > len(had))
    is_over = reading.is_gone and bool(lost) and not hold
    reads = reading.reads
    if hold:
        reads = tuple(
            replace(r, page=r.old, article=held[r.old.article_id], fresh=False) if r.old.article_id in lost else r
            for r in reads
        )
        if reading.is_gone:
            problem = f"{problem.partition(': ')[0]}, and its article was kept until that is confirmed"
        else:
            problem = problem or f"{named(source.address)} has lost {len(lost)} of its {len(had)} articles at once"
            problem += ", so nothing was removed"
    elif is_over:
        problem = ""
    elif problem and reading.remedy:
        problem += f": {reading.remedy}"
    refused = [r.refusal for r in reading.reads if r.refusal and r.old.article_id not in lost]
    if problem and not problem.endswith("."):
        problem += "."
    return _Judged(source, reads, (*reading.refused, *refused), lost, hold, problem, is_over, reading.is_left)
