"""Reads new articles, or new facts of one, and makes a Change of them, which can be shown before it is made.

Articles come from files, folders, web addresses, uploads and pasted texts. An article is refused if another article,
read from elsewhere, already has its id, or if the same story is already there under another id. The functions that read
the web are coroutines. The others read files and the library, so call them from a thread where an event loop runs. Bad
input raises an ArticleError or a SourceError with a message of one sentence.
"""

import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePath

from index.changes import Change, held_in, seen_by, seen_in, sources_of, state_of, together
from index.errors import ArticleError, SourceError
from index.library import Library
from index.origin import Origin, OriginKind
from index.sources.document import read_document, read_text
from index.sources.duplicates import find_twins, resemblance
from index.sources.facts import Facts, with_facts
from index.sources.feed import Hub
from index.sources.folder import ArticlesRead, read_folder, read_paths
from index.sources.lines import read_lines
from index.sources.notices import Notice, is_read_from, read_again
from index.sources.parser import Parser
from index.sources.refresh import (
    find_hub_of,
    read_new_folder,
    read_new_source,
    read_page_source,
    read_sources,
)
from index.sources.results import Held, LibraryState, SourceReading
from index.sources.web import Web
from index.types import Article, Headline, OnProgress, Refusal, RefusedKind, SourceUpdate

SAME_STORY = 0.3
"""The lowest resemblance at which a text counts as another version of a story.

A story whose second half was rewritten has 0.34; two different stories of the sample have 0.03 at most."""


@dataclass(frozen=True, slots=True)
class NoticedChange:
    """The change that notices led to, and those of them that led to something new."""

    change: Change
    new: frozenset[Notice]


async def read_address(library: Library, address: str, web: Web, parser: Parser) -> Change:
    """Read the story of one page; the page becomes a source. Raises SourceError, also if the address is a feed."""
    return await _read_page(library, await asyncio.to_thread(state_of, library), address, web, parser)


async def read_addresses(library: Library, addresses: Iterable[str], web: Web, parser: Parser) -> Change:
    """Read the stories of several pages. Pages that cannot be read are named in `Change.refused`."""
    known, changes = await asyncio.to_thread(state_of, library), list[Change]()
    for address in dict.fromkeys(addresses):
        try:
            change = await _read_page(library, known, address, web, parser)
        except (SourceError, ArticleError) as error:
            change = Change(refused=(Refusal.of(address, error, RefusedKind.ADDRESS),))
        changes.append(change)
        known = replace(known, held=known.held.with_more(change.articles))  # so that a twin of this story is noticed
    return together(*changes)


async def read_source(
    library: Library,
    address: str,
    web: Web,
    parser: Parser,
    *,
    private: bool = False,
    on_progress: OnProgress | None = None,
) -> Change:
    """Read a page, feed or sitemap that is not yet a source; with `private`, its articles are private.

    Raises SourceError, and for a page also ArticleError.
    """
    checked = web.check(address)
    known = await asyncio.to_thread(state_of, library)
    if any(source.address == checked for source in known.sources):
        raise SourceError(f"{address} is a source already: every reindex reads it again.")
    reading = await read_new_source(web, parser, known, checked, private=private, on_progress=on_progress)
    is_page = reading.results[0].source.kind == "page"
    return await asyncio.to_thread(_of_sources, library, known, reading, alone=is_page)


async def read_all(
    library: Library,
    web: Web,
    parser: Parser,
    *,
    remove_missing: Collection[str] = (),
    seconds: float | None = None,
    on_progress: OnProgress | None = None,
    now: datetime | None = None,
) -> Change:
    """Read all sources of the library again. If something is wrong with one of them, its result in `sources` says so.

    `remove_missing` has the ids of articles that may be removed even if their source has lost more than half of its
    articles or lists nothing. After `seconds` seconds no further source is started.
    `now` is stored as when they were read; by default it is now.
    """
    known = await asyncio.to_thread(state_of, library)
    if not known.sources:
        return Change()
    reading = await read_sources(
        web, parser, known, remove_missing=remove_missing, seconds=seconds, on_progress=on_progress, now=now
    )
    return await asyncio.to_thread(_of_sources, library, known, reading)


async def read_noticed(
    library: Library, notices: Sequence[Notice], web: Web, parser: Parser, *, sources: Collection[str] = ()
) -> NoticedChange:
    """Read the pages again of which `notices` say that they have changed, and in full those of `sources`.

    A notice of a page that no source of the library has, at no host of its feeds and sitemaps, does nothing.
    """
    known = await asyncio.to_thread(state_of, library)
    reading, new = await read_again(web, parser, known, notices, sources)
    return NoticedChange(await asyncio.to_thread(_of_sources, library, known, reading), new)


def heeds(library: Library, notice: Notice, *, new: bool = True) -> bool:
    """Whether a notice is about a page that a source of the library has, or a new one at a feed's or sitemap's host.

    With `new` false, new ones do not count. It reads the library; call it from a thread.
    """
    return is_read_from(LibraryState(sources=library.sources(), pages=library.source_pages()), notice, new=new)


async def read_hub(feed: str, web: Web, parser: Parser) -> Hub:
    """The hub that tells of the changes of a feed; one without an address if there is none. Raises SourceError."""
    try:
        return await find_hub_of(web, parser, feed)
    except ArticleError as error:
        raise SourceError(str(error)) from error


def read_files(library: Library, paths: Sequence[Path], parser: Parser) -> Change:
    """Read files, and folders with all folders in them. Articles that were removed by hand before come in again."""
    held = held_in(library)
    reading = _without_taken_ids(
        read_paths(paths, parser), held, lambda other: not other.origin.is_sample, in_full=True
    )
    change = Change(
        reading.articles,
        remove=_retired_by(held, reading.articles),
        refused=reading.refused,
        source_update=SourceUpdate(include=tuple(article.id for article in reading.articles)),
    )
    return seen_by(held, change)


def read_export(library: Library, file: Path, max_bytes: int) -> Change:
    """Read articles that were written as lines of JSON. They come in as they were, whatever had their ids.

    What cannot be read is refused by its line. Articles that were removed by hand before come in again. Raises
    SourceError.
    """
    held, reading = library.articles(), read_lines(file, max_bytes)
    found = {article.id for article in reading.articles}
    sample = tuple(article.id for article in held if article.origin.is_sample and article.id not in found)
    included = SourceUpdate(include=tuple(found))
    return seen_in(held, Change(reading.articles, sample if found else (), reading.refused, included))


def read_whole_folder(library: Library, folder: Path, parser: Parser, *, remedy: str) -> Change:
    """Make the library match a folder that is not a source: read its articles, and remove those whose file is gone.

    Articles that were removed by hand stay out. An article from elsewhere stays, even if an article in the folder has
    its id. So does an article whose file is there but cannot be read. If the library has articles of this folder and
    none can be read there now, it raises SourceError; the message ends with `remedy`.
    """
    held, place = held_in(library), os.path.realpath(folder)
    reading = read_folder(folder, parser)
    found = {article.id for article in reading.articles}
    unread = [os.path.realpath(refusal.name) for refusal in reading.refused]
    missing = [article for article in held.values() if article.id not in found and article.origin.is_within(place)]
    gone = tuple(a.id for a in missing if not any(a.origin.is_within(file) for file in unread))
    if gone and not found:
        raise SourceError(f"{folder} holds no article that can be read, so nothing was removed; {remedy}.")
    excluded = set(library.excluded())
    wanted = ArticlesRead(tuple(article for article in reading.articles if article.id not in excluded), reading.refused)
    reading = _without_taken_ids(
        wanted, held, lambda other: _is_in_file(other) and not other.origin.is_within(place), in_full=True
    )
    remove = (*gone, *_retired_by(held, reading.articles))
    return seen_by(held, Change(reading.articles, remove=remove, refused=reading.refused))


def read_folder_source(library: Library, folder: Path, parser: Parser, *, private: bool = False) -> Change:
    """Read a folder that is not yet a source. Only for the operator, who may read these files. Raises SourceError."""
    known = state_of(library)
    folders = [Path(source.address) for source in known.sources if source.kind == "folder"]
    if other := overlapping(folder, folders):
        if os.path.realpath(folder) == str(other):
            raise SourceError(f"{folder} is a source already: every reindex reads it again.")
        raise SourceError(
            f"{folder} and {other}, which is a source already, are one in the other, so files would be read twice; "
            "name a folder apart from it, or remove that source first."
        )
    return _of_sources(library, known, read_new_folder(known, folder, parser, private=private))


def overlapping(folder: Path, others: Iterable[Path]) -> Path | None:
    """The first of `others` that is the same folder as `folder`, contains it or lies in it, if there is one."""
    place = Path(os.path.realpath(folder))
    real = ((other, Path(os.path.realpath(other))) for other in others)
    return next((other for other, r in real if place.is_relative_to(r) or r.is_relative_to(place)), None)


async def read_upload(library: Library, data: bytes, name: str, parser: Parser) -> Change:
    """Read the article in an uploaded file; the ending of its name gives the type. Raises ArticleError."""
    name = PurePath(name).name
    facts = {"article_id": PurePath(name).stem, "source": Origin(OriginKind.UPLOAD, name).source}
    article = await parser.run_apart(partial(read_document, data, name, **facts, max_bytes=parser.max_bytes), name)
    return await asyncio.to_thread(_of_article, library, article)


async def read_pasted(
    library: Library,
    text: str,
    parser: Parser,
    *,
    title: str | None = None,
    author: str | None = None,
    published: str | None = None,
    url: str | None = None,
) -> Change:
    """Read the article in a pasted text. Without a title, its first sentence is the title. Raises ArticleError."""
    facts = {"title": title, "author": author, "published": published, "url": url}
    source = Origin(OriginKind.PASTED).source
    read = partial(read_text, text, source=source, **facts, max_bytes=parser.max_bytes)
    article = await parser.run_apart(read, "The text")
    return await asyncio.to_thread(_of_article, library, article)


def article_edit(library: Library, article_id: str, stated: Facts, shown: Facts) -> Change:
    """Build the change of what is `stated` of an article, where that differs from what was `shown`; its text stays.

    Raises ArticleError if something stated cannot be read, and for an article that is read again from a source, since
    what its page states would undo the edit.
    """
    article = library.article(article_id)
    if read_again := sources_of(library, article):
        raise ArticleError(
            f"“{article.title}” is read again from {read_again[0].address}, and what stands there counts: change it "
            "there."
        )
    return seen_in([article], Change((with_facts(article, stated, shown),), whole=True))


async def _read_page(library: Library, known: LibraryState, address: str, web: Web, parser: Parser) -> Change:
    address = web.check(address)
    source = next((source for source in known.sources if source.address == address), None)
    if source is None:
        reading = await read_new_source(web, parser, known, address, feeds=False)
    elif source.kind == "page":
        reading = await read_page_source(web, parser, known, source)
    else:
        if source.kind == "sitemap":
            raise SourceError(f"{address} is a sitemap, and a source already: every reindex reads it again.")
        raise SourceError(f"{address} is a feed, and a source already: every reindex reads it again.")
    return await asyncio.to_thread(_of_sources, library, known, reading, alone=True)


def _of_sources(library: Library, known: LibraryState, reading: SourceReading, *, alone: bool = False) -> Change:
    """Make a Change of a reading of sources. Refuse an article if one from elsewhere already has its id.

    If the user asked for this one article (`alone`), the refusal is raised as an ArticleError. `known` is what the
    library held when the reading began.
    """
    taken_in = _with_ids_of_their_own(reading.articles, known.held)
    if alone and (refused := (*taken_in.refused, *library.plan(taken_in.articles).refused)):
        raise ArticleError(refused[0].reason)
    refused_ids = {refusal.name for refusal in taken_in.refused}
    memory = reading.source_update
    pages = tuple(replace(p, article_id="", modified=None) if p.article_id in refused_ids else p for p in memory.pages)
    change = Change(
        articles=taken_in.articles,
        unchanged=reading.unchanged,
        remove=(*reading.gone, *_retired_by(known.held, taken_in.articles)),
        refused=(*reading.refused, *taken_in.refused),
        source_update=replace(memory, pages=pages),
        sources=reading.results,
        whole=alone,
    )
    return seen_by(known.held, change)


def _with_ids_of_their_own(articles: Iterable[Article], held: Held) -> ArticlesRead:
    """The articles of sources; refused are those whose id an article of `held`, read from elsewhere, already has.

    The whole web counts as one place, so a page may replace the article of another page. A file may replace the article
    of a file that no longer exists, because the folder may have been moved.
    """
    articles = tuple(articles)
    of_web = ArticlesRead(tuple(article for article in articles if article.origin.is_web))
    of_files = ArticlesRead(tuple(article for article in articles if not article.origin.is_web))
    web = _without_taken_ids(of_web, held, lambda other: _counts(other) and not other.origin.is_web, in_full=False)
    files = _without_taken_ids(
        of_files,
        held,
        lambda other: _counts(other) and (not other.origin.is_file or _is_in_file(other)),
        in_full=False,
    )
    return ArticlesRead(web.articles + files.articles, web.refused + files.refused)


def _counts(other: Headline) -> bool:
    """Whether an article is neither of the bundled sample nor of an origin that is not known."""
    return other.origin.is_known and not other.origin.is_sample


def _without_taken_ids(
    reading: ArticlesRead, held: Held, is_other: Callable[[Headline], bool], *, in_full: bool
) -> ArticlesRead:
    """Refuse the articles of `reading` that have the id of a different article for which `is_other` holds.

    Messages show the full path of a file if `in_full` is set, which is for the operator, and else only its name.
    """
    taken, refused = [], list(reading.refused)
    for article in reading.articles:
        other = held.get(article.id)
        if (
            other is None
            or not is_other(other)
            or other.origin == article.origin
            or ((whole := held.article(article.id)) and whole.text == article.text)
        ):
            taken.append(article)
        else:
            reason = (
                f"{article.origin.name(in_full=in_full)} has the id {article.id!r}, which the article from "
                f"{other.origin.name(in_full=in_full)} has already; put another `id:` into its front matter, or remove "
                "that article first."
            )
            refused.append(Refusal(article.id, reason))
    return ArticlesRead(tuple(taken), tuple(refused))


def _retired_by(held: Held, articles: Sequence[Article]) -> tuple[str, ...]:
    """The ids of the articles that these articles replace: the bundled sample, and the former id of the same file."""
    if not articles:
        return ()
    found = {article.id for article in articles}
    files = {article.origin for article in articles if _is_in_file(article)}
    others = (article for article in held.values() if article.id not in found)
    return tuple(article.id for article in others if article.origin.is_sample or article.origin in files)


def _is_in_file(article: Article | Headline) -> bool:
    """Whether the article was read from a file that still exists."""
    return article.origin.is_file and os.path.exists(article.origin.place)


def _of_article(library: Library, article: Article) -> Change:
    """Make the Change that adds one article, even if it was removed by hand before. Raises ArticleError."""
    held = held_in(library)
    other = held.article(article.id)
    if other and not other.origin.is_sample and not _is_version(article, other):
        is_pasted = article.origin.kind is OriginKind.PASTED
        remedy = "title" if is_pasted else "file name, or an `id:` in its front matter,"
        unlike = ", and this is another story" if other.origin == article.origin else ""
        raise ArticleError(
            f"“{other.title}” ({other.origin.name(in_full=False)}) has the id {other.id!r} already{unlike}; give "
            f"this one another {remedy} or remove that article first."
        )
    others = (
        other
        for other in held.articles()
        if other.id != article.id and not other.origin.is_sample and other.private is article.private
    )
    if twins := find_twins([article], others):
        twin = held[twins[article.id]]
        raise ArticleError(
            f"“{article.title}” is nearly the same text as “{twin.title}” (id {twin.id!r}); remove that article first, "
            "or leave this one out."
        )
    memory = SourceUpdate(include=(article.id,))
    return seen_by(held, Change((article,), remove=_retired_by(held, (article,)), source_update=memory, whole=True))


def _is_version(article: Article, other: Article) -> bool:
    """Whether `article` is a new version of `other`, which has the same id. Both must have been added in the same way.

    An uploaded file is a version if its title is the same or its text is similar. The id of a pasted text is made from
    its title, so there only the text counts.
    """
    if other.origin != article.origin:
        return False
    is_pasted = article.origin.kind is OriginKind.PASTED
    same_title = not is_pasted and other.title.casefold() == article.title.casefold()
    return same_title or resemblance(other.text, article.text) >= SAME_STORY
