"""Reads what is to come into a library -> a Change, which can be shown before it is made.

Articles come as files, folders, web addresses, uploads and pasted texts. An article that would take the id of one from
elsewhere is refused, and so is the same story under a second id. What reads the web is a coroutine; what is none reads
files and the library, so where an event loop runs it is called from a thread. Bad input is an ArticleError or a
SourceError in one sentence.
"""

import asyncio
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from index.changes import Change, seen_in, state_of, together
from index.errors import ArticleError, SourceError
from index.library import Library
from index.origin import Origin, OriginKind
from index.sources.document import read_document, read_text
from index.sources.duplicates import find_twins, resemblance
from index.sources.folder import ArticlesRead, read_folder, read_paths
from index.sources.parser import Parser
from index.sources.refresh import read_new_folder, read_new_source, read_page_source, read_sources
from index.sources.results import LibraryState, SourceReading
from index.sources.web import Web
from index.types import Article, OnProgress, Refusal, RefusedKind, SourceUpdate

SAME_STORY = 0.3
"""From how much resemblance on a text is another version of a story: one whose second half was written anew comes to
0.34, two different stories of the sample to 0.03 at most."""


async def read_address(library: Library, address: str, web: Web, parser: Parser) -> Change:
    """The story of one page, which becomes a source of its own. Raises SourceError, for a feed as well."""
    return await _read_page(library, await asyncio.to_thread(state_of, library), address, web, parser)


async def read_addresses(library: Library, addresses: Iterable[str], web: Web, parser: Parser) -> Change:
    """The stories of several pages; those that cannot be read are named."""
    known, changes = await asyncio.to_thread(state_of, library), list[Change]()
    for address in dict.fromkeys(addresses):
        try:
            change = await _read_page(library, known, address, web, parser)
        except (SourceError, ArticleError) as error:
            change = Change(refused=(Refusal.of(address, error, RefusedKind.ADDRESS),))
        changes.append(change)
        known = replace(known, articles=(*known.articles, *change.articles))  # the next may be the same story
    return together(*changes)


async def read_source(
    library: Library, address: str, web: Web, parser: Parser, *, on_progress: OnProgress | None = None
) -> Change:
    """What a page or a feed holds that is no source of the library yet. Raises SourceError, ArticleError for a page."""
    checked = web.check(address)
    known = await asyncio.to_thread(state_of, library)
    if any(source.address == checked for source in known.sources):
        raise SourceError(f"{address} is a source already: every reindex reads it again.")
    reading = await read_new_source(web, parser, known, checked, on_progress=on_progress)
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
) -> Change:
    """What all sources of the library hold now. What is wrong with one of them is in its result.

    `remove_missing` names articles that may go even where their source has lost more than half, or lists nothing. After
    so many `seconds` no further source is begun.
    """
    known = await asyncio.to_thread(state_of, library)
    if not known.sources:
        return Change()
    reading = await read_sources(
        web, parser, known, remove_missing=remove_missing, seconds=seconds, on_progress=on_progress
    )
    return await asyncio.to_thread(_of_sources, library, known, reading)


def read_files(library: Library, paths: Sequence[Path], parser: Parser) -> Change:
    """The articles of files, and of folders and the folders in them, also those that were taken out by hand."""
    held = library.articles()
    reading = read_paths(paths, parser)
    reading = _without_taken_ids(reading, (a for a in held if not a.origin.is_sample), in_full=True)
    included = SourceUpdate(include=tuple(article.id for article in reading.articles))
    return seen_in(held, Change(reading.articles, _retired_by(held, reading.articles), reading.refused, included))


def read_whole_folder(library: Library, folder: Path, parser: Parser, *, remedy: str) -> Change:
    """The articles of a folder that is no source, without those taken out by hand; what is there no more is to go.

    What was added from elsewhere stays, also where an article in the folder has its id, and so does an article whose
    file is still there but cannot be read. Raises SourceError, with `remedy` for what can be done, for a folder without
    a single article while the library has some of it.
    """
    held, place = library.articles(), os.path.realpath(folder)
    reading = read_folder(folder, parser)
    found = {article.id for article in reading.articles}
    unread = [os.path.realpath(refusal.name) for refusal in reading.refused]
    missing = [article for article in held if article.id not in found and article.origin.is_within(place)]
    gone = tuple(a.id for a in missing if not any(a.origin.is_within(file) for file in unread))
    if gone and not found:
        raise SourceError(f"{folder} holds no article that can be read, so nothing was removed; {remedy}.")
    excluded = set(library.excluded())
    wanted = ArticlesRead(tuple(article for article in reading.articles if article.id not in excluded), reading.refused)
    elsewhere = (a for a in held if _is_in_file(a) and not a.origin.is_within(place))
    reading = _without_taken_ids(wanted, elsewhere, in_full=True)
    return seen_in(held, Change(reading.articles, (*gone, *_retired_by(held, reading.articles)), reading.refused))


def read_folder_source(library: Library, folder: Path, parser: Parser) -> Change:
    """The articles of a folder that is no source yet; for the operator, who may read the files. Raises SourceError."""
    known = state_of(library)
    folders = [Path(source.address) for source in known.sources if source.kind == "folder"]
    if other := overlapping(folder, folders):
        if os.path.realpath(folder) == str(other):
            raise SourceError(f"{folder} is a source already: every reindex reads it again.")
        raise SourceError(
            f"{folder} and {other}, which is a source already, are one in the other, so files would be read twice; "
            "name a folder apart from it, or remove that source first."
        )
    return _of_sources(library, known, read_new_folder(known, folder, parser))


def overlapping(folder: Path, others: Iterable[Path]) -> Path | None:
    """The first of the others that `folder` is, is in or is around, if there is one."""
    place = Path(os.path.realpath(folder))
    real = ((other, Path(os.path.realpath(other))) for other in others)
    return next((other for other, r in real if place.is_relative_to(r) or r.is_relative_to(place)), None)


async def read_upload(library: Library, data: bytes, name: str, parser: Parser) -> Change:
    """The article in a file that was sent, by the ending of its name. Raises ArticleError."""
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
    """The article in a text that was pasted; without a title its first sentence serves. Raises ArticleError."""
    facts = {"title": title, "author": author, "published": published, "url": url}
    source = Origin(OriginKind.PASTED).source
    read = partial(read_text, text, source=source, **facts, max_bytes=parser.max_bytes)
    article = await parser.run_apart(read, "The text")
    return await asyncio.to_thread(_of_article, library, article)


async def _read_page(library: Library, known: LibraryState, address: str, web: Web, parser: Parser) -> Change:
    address = web.check(address)
    source = next((source for source in known.sources if source.address == address), None)
    if source is None:
        reading = await read_new_source(web, parser, known, address, feeds=False)
    elif source.kind == "page":
        reading = await read_page_source(web, parser, known, source)
    else:
        raise SourceError(f"{address} is a feed, and a source already: every reindex reads it again.")
    return await asyncio.to_thread(_of_sources, library, known, reading, alone=True)


def _of_sources(library: Library, known: LibraryState, reading: SourceReading, *, alone: bool = False) -> Change:
    """The change that a reading of sources comes to. An article whose id belongs to one from elsewhere is refused.

    Where it is the only one that was asked for (`alone`), that is an ArticleError. `known` is what the library held
    when the reading began.
    """
    taken_in = _with_ids_of_their_own(reading.articles, known.articles)
    if alone and (refused := (*taken_in.refused, *library.plan(taken_in.articles).refused)):
        raise ArticleError(refused[0].reason)
    refused_ids = {refusal.name for refusal in taken_in.refused}
    memory = reading.source_update
    pages = tuple(replace(p, article_id="") if p.article_id in refused_ids else p for p in memory.pages)
    change = Change(
        articles=taken_in.articles,
        remove=(*reading.gone, *_retired_by(known.articles, taken_in.articles)),
        refused=(*reading.refused, *taken_in.refused),
        source_update=replace(memory, pages=pages),
        sources=reading.results,
        whole=alone,
    )
    return seen_in(known.articles, change)


def _with_ids_of_their_own(articles: Iterable[Article], held: Iterable[Article]) -> ArticlesRead:
    """What sources hold, without those articles whose id one of `held` from elsewhere has.

    The web is one place: what a page holds may replace what another page held. And where a folder moved, its files take
    the ids of those that are there no more.
    """
    articles = tuple(articles)
    others = [article for article in held if article.origin.is_known and not article.origin.is_sample]
    of_web = ArticlesRead(tuple(article for article in articles if article.origin.is_web))
    of_files = ArticlesRead(tuple(article for article in articles if not article.origin.is_web))
    web = _without_taken_ids(of_web, (o for o in others if not o.origin.is_web), in_full=False)
    files = _without_taken_ids(of_files, (o for o in others if not o.origin.is_file or _is_in_file(o)), in_full=False)
    return ArticlesRead(web.articles + files.articles, web.refused + files.refused)


def _without_taken_ids(reading: ArticlesRead, others: Iterable[Article], *, in_full: bool) -> ArticlesRead:
    """`reading` with those articles refused that would replace another one of `others`, for its id alone.

    Messages name files `in_full`, for the operator, or by their names alone.
    """
    held = {article.id: article for article in others}
    taken, refused = [], list(reading.refused)
    for article in reading.articles:
        other = held.get(article.id)
        if other is None or other.origin == article.origin or other.text == article.text:
            taken.append(article)
        else:
            reason = (
                f"{article.origin.name(in_full=in_full)} has the id {article.id!r}, which the article from "
                f"{other.origin.name(in_full=in_full)} has already; put another `id:` into its front matter, or remove "
                "that article first."
            )
            refused.append(Refusal(article.id, reason))
    return ArticlesRead(tuple(taken), tuple(refused))


def _retired_by(held: Iterable[Article], articles: Sequence[Article]) -> tuple[str, ...]:
    """The ids of what makes way for those articles: the sample, for the first of them, and a file's former id."""
    if not articles:
        return ()
    found = {article.id for article in articles}
    files = {article.origin for article in articles if _is_in_file(article)}
    others = (article for article in held if article.id not in found)
    return tuple(article.id for article in others if article.origin.is_sample or article.origin in files)


def _is_in_file(article: Article) -> bool:
    """Whether the article was read from a file that is there still."""
    return article.origin.is_file and os.path.exists(article.origin.place)


def _of_article(library: Library, article: Article) -> Change:
    """The change that brings one article in, also where it was taken out by hand. Raises ArticleError."""
    held = library.articles()
    others = [other for other in held if not other.origin.is_sample]
    for other in others:
        if other.id == article.id and not _is_version(article, other):
            is_pasted = article.origin.kind is OriginKind.PASTED
            remedy = "title" if is_pasted else "file name, or an `id:` in its front matter,"
            unlike = ", and this is another story" if other.origin == article.origin else ""
            raise ArticleError(
                f"“{other.title}” ({other.origin.name(in_full=False)}) has the id {other.id!r} already{unlike}; give "
                f"this one another {remedy} or remove that article first."
            )
    twins = find_twins([article], (other for other in others if other.id != article.id))
    if twins:
        (twin,) = (other for other in others if other.id == twins[article.id])
        raise ArticleError(
            f"“{article.title}” is nearly the same text as “{twin.title}” (id {twin.id!r}); remove that article first, "
            "or leave this one out."
        )
    memory = SourceUpdate(include=(article.id,))
    return seen_in(held, Change((article,), _retired_by(held, (article,)), source_update=memory, whole=True))


def _is_version(article: Article, other: Article) -> bool:
    """Whether `other`, which has its id, is the same story as `article`, as it was; both came by hand, in one way.

    A file's title may be the same as before, or its text nearly; a pasted one has its id from the title, so that is no
    sign.
    """
    if other.origin != article.origin:
        return False
    is_pasted = article.origin.kind is OriginKind.PASTED
    same_title = not is_pasted and other.title.casefold() == article.title.casefold()
    return same_title or resemblance(other.text, article.text) >= SAME_STORY
