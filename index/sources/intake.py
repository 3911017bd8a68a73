"""What an editor does to a library, on the command line as in Discord: it is read first, shown, and done then.

Whatever reads the web is awaited; whatever reads or writes a library is called from a thread where a loop runs. Bad
input is an ArticleError or a SourceError in one sentence.
"""

import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from index.changes import Change, seen_in, state_of, together
from index.errors import ArticleError, SourceError
from index.library import Library
from index.origin import PASTED, SAMPLE, UPLOAD, is_address
from index.sources.document import read_document, read_text
from index.sources.duplicates import find_twins, resemblance
from index.sources.folder import Reading
from index.sources.parser import Parser
from index.sources.refresh import LibraryState, SourceReading, read_new_folder, read_new_source, read_sources
from index.sources.web import Web
from index.types import Article, OnProgress, Refusal, SourceUpdate

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
            change = Change(refused=(Refusal(address, str(error)),))
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
    refreshed = await read_new_source(web, parser, known, checked, on_progress=on_progress)
    is_page = refreshed.results[0].source.kind == "page"
    return await asyncio.to_thread(_of_sources, library, known, refreshed, alone=is_page)


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
    refreshed = await read_sources(
        web, parser, known, remove_missing=remove_missing, seconds=seconds, on_progress=on_progress
    )
    return await asyncio.to_thread(_of_sources, library, known, refreshed)


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
    facts = {"article_id": PurePath(name).stem, "source": f"{UPLOAD}{name}"}
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
    read = partial(read_text, text, source=PASTED, **facts, max_bytes=parser.max_bytes)
    article = await parser.run_apart(read, "The text")
    return await asyncio.to_thread(_of_article, library, article)


def retired_by(held: Iterable[Article], articles: Sequence[Article]) -> tuple[str, ...]:
    """The ids of what makes way for those articles: the sample, for the first of them, and a file's former id."""
    if not articles:
        return ()
    found = {article.id for article in articles}
    files = {article.source for article in articles if article.source and os.path.isfile(article.source)}
    others = (article for article in held if article.id not in found)
    return tuple(article.id for article in others if article.source == SAMPLE or article.source in files)


def without_taken_ids(reading: Reading, others: Iterable[Article], *, place: Callable[[Article], str]) -> Reading:
    """`reading` with those articles refused that would replace another one of `others`, for its id alone.

    `place` says in the messages where an article is from.
    """
    held = {article.id: article for article in others}
    taken, refused = [], list(reading.refused)
    for article in reading.articles:
        other = held.get(article.id)
        if other is None or other.source == article.source or other.text == article.text:
            taken.append(article)
        else:
            reason = (
                f"{place(article)} has the id {article.id!r}, which the article from {place(other)} has already; put "
                "another `id:` into its front matter, or remove that article first."
            )
            refused.append(Refusal(article.id, reason))
    return Reading(tuple(taken), tuple(refused))


def path_of(article: Article) -> str:
    """Where an article is from, for the operator."""
    return article.source or "elsewhere"


def name_of(article: Article) -> str:
    """Where an article is from, for people whom this machine's folders do not concern: of a file its name alone."""
    source = path_of(article)
    return PurePath(source).name if os.path.isabs(source) else source


async def _read_page(library: Library, known: LibraryState, address: str, web: Web, parser: Parser) -> Change:
    address = web.check(address)
    source = next((source for source in known.sources if source.address == address), None)
    if source is None:
        refreshed = await read_new_source(web, parser, known, address, feeds=False)
    elif source.kind == "page":
        refreshed = await read_sources(web, parser, replace(known, excluded=()), [source])
        if problem := refreshed.results[0].problem:
            raise SourceError(problem)
        included = tuple(article.id for article in refreshed.articles)
        refreshed = replace(refreshed, source_update=replace(refreshed.source_update, include=included))
    else:
        raise SourceError(f"{address} is a feed, and a source already: every reindex reads it again.")
    return await asyncio.to_thread(_of_sources, library, known, refreshed, alone=True)


def _of_sources(library: Library, known: LibraryState, refreshed: SourceReading, *, alone: bool = False) -> Change:
    """The change that a reading of sources comes to. An article whose id belongs to one from elsewhere is refused.

    Where it is the only one that was asked for (`alone`), that is an ArticleError. `known` is what the library held
    when the reading began.
    """
    held = [article for article in known.articles if article.source and article.source != SAMPLE]
    of_files = [article for article in held if not is_address(article.source or "")]
    there = [article for article in held if not _is_missing_file(article)]
    pages = without_taken_ids(
        Reading(tuple(a for a in refreshed.articles if is_address(a.source or ""))), of_files, place=name_of
    )
    files = without_taken_ids(
        Reading(tuple(a for a in refreshed.articles if not is_address(a.source or ""))), there, place=name_of
    )
    reading = Reading(pages.articles + files.articles, pages.refused + files.refused)
    if alone and (refused := (*reading.refused, *library.plan(reading.articles).refused)):
        raise ArticleError(refused[0].reason)
    taken = {refusal.name for refusal in reading.refused}
    led_to = tuple(replace(p, article_id="") if p.article_id in taken else p for p in refreshed.source_update.pages)
    change = Change(
        reading.articles,
        (*refreshed.gone, *retired_by(known.articles, reading.articles)),
        (*refreshed.refused, *reading.refused),
        replace(refreshed.source_update, pages=led_to),
        refreshed.results,
        whole=alone,
    )
    return seen_in(known.articles, change)


def _is_missing_file(article: Article) -> bool:
    """Whether the article was read from a file that is there no more: where a folder moved, it takes them along."""
    return os.path.isabs(article.source or "") and not os.path.exists(article.source or "")


def _of_article(library: Library, article: Article) -> Change:
    """The change that brings one article in, also where it was taken out by hand. Raises ArticleError."""
    held = library.articles()
    others = [other for other in held if other.source != SAMPLE]
    for other in others:
        if other.id == article.id and not _is_version(article, other):
            remedy = "title" if article.source == PASTED else "file name, or an `id:` in its front matter,"
            unlike = ", and this is another story" if other.source == article.source else ""
            raise ArticleError(
                f"“{other.title}” ({name_of(other)}) has the id {other.id!r} already{unlike}; give this one another "
                f"{remedy} or remove that article first."
            )
    twins = find_twins([article], (other for other in others if other.id != article.id))
    if twins:
        (twin,) = (other for other in others if other.id == twins[article.id])
        raise ArticleError(
            f"“{article.title}” is nearly the same text as “{twin.title}” (id {twin.id!r}); remove that article first, "
            "or leave this one out."
        )
    memory = SourceUpdate(include=(article.id,))
    return seen_in(held, Change((article,), retired_by(held, (article,)), source_update=memory, whole=True))


def _is_version(article: Article, other: Article) -> bool:
    """Whether `other`, which has its id, is the same story as `article`, as it was; both came by hand, in one way.

    A file's title may be the same as before, or its text nearly; a pasted one has its id from the title, so that is no
    sign.
    """
    if other.source != article.source:
        return False
    same_title = article.source != PASTED and other.title.casefold() == article.title.casefold()
    return same_title or resemblance(other.text, article.text) >= SAME_STORY
