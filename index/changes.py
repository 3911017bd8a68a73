"""A change of a library as a value: it can be shown before it is made, and undone afterwards.

`index/intake.py` reads changes from files and from the web; removals are built here. `plan_change` says what a change
would do, `make_change` makes it, `inverse` builds the change that undoes it, and `change_as_json` serializes it.
Functions that take a `Library` read or write its files, so call them from a thread where an event loop runs.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from index.errors import ArticleError, SourceError
from index.library import Library
from index.origin import is_address
from index.sources.address import complete_address
from index.sources.results import Held, LibraryState, SourceResult, is_from
from index.storage.types import content_hash
from index.types import (
    Article,
    Conditions,
    OnProgress,
    Quota,
    Refusal,
    Source,
    SourcePage,
    SourceUpdate,
    UpdateReport,
)


@dataclass(frozen=True, slots=True)
class Change:
    """What should be done to a library. Building a Change does nothing to the library yet.

    `articles` are added, or replace those with the same ids. `remove` has the ids of articles to remove. `unchanged`
    has the ids of those that were read again and are just as the library has them; they are only reported. `refused`
    and `sources` report the outcome of the reading.

    `seen` maps each id of the change to the content hash that the library had under it when the change was read, or to
    None if it had none. If somebody else has changed such an article since, theirs stays. If `whole` is set, either all
    of the change is applied or nothing.
    """

    articles: tuple[Article, ...] = ()
    remove: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    source_update: SourceUpdate = SourceUpdate()
    sources: tuple[SourceResult, ...] = ()
    seen: Mapping[str, bytes | None] = field(default_factory=dict)
    whole: bool = False
    unchanged: tuple[str, ...] = ()


def article_removal(library: Library, article_id: str) -> Change:
    """Build the change that removes one article and lets no source add it again. Raises ArticleError if unknown."""
    article = library.article(article_id)
    memory = SourceUpdate() if article.origin.is_sample else library.withdrawal(article_id)
    return seen_in([article], Change(remove=(article_id,), source_update=memory, whole=True))


def inverse(library: Library, change: Change) -> Change:
    """Build the change that undoes `change`. Call it before `change` is made.

    The inverse also restores what the library knew about its sources, so the next refresh reads again what `change` had
    read. It is `whole`, and can be made only while every article is still as `change` left it.
    """
    known = state_of(library)
    touched = dict.fromkeys((*(article.id for article in change.articles), *change.remove))
    now = {article_id: article for article_id in touched if (article := known.held.article(article_id))}
    replaced = {*change.source_update.forget, *(source.address for source in change.source_update.sources)}
    addresses = {source.address for source in known.sources}
    return Change(
        articles=tuple(now.values()),
        remove=tuple(article_id for article_id in touched if article_id not in now),
        source_update=SourceUpdate(
            sources=tuple(source for source in known.sources if source.address in replaced),
            pages=tuple(page for page in known.pages if page.source in replaced),
            forget=tuple(source.address for source in change.source_update.sources if source.address not in addresses),
            exclude=tuple(article_id for article_id in change.source_update.include if article_id in known.excluded),
            include=tuple(
                article_id for article_id in change.source_update.exclude if article_id not in known.excluded
            ),
            private=tuple(
                (source.address, source.private)
                for source in known.sources
                if source.address in dict(change.source_update.private)
            ),
        ),
        seen=dict.fromkeys(change.remove) | {article.id: content_hash(article) for article in change.articles},
        whole=True,
    )


def source_removal(library: Library, address: str, *, with_articles: bool) -> Change:
    """Build the change that removes a source, and `with_articles` also the articles that only it has.

    Raises SourceError if `address` is not a source of the library.
    """
    known = state_of(library)
    address = _source_at(known, address).address
    removed = known.articles_of(address) if with_articles else ()
    return seen_by(known.held, Change(remove=removed, source_update=SourceUpdate(forget=(address,)), whole=True))


def source_privacy(library: Library, address: str, *, private: bool) -> Change:
    """Build the change that makes a source private, with all articles that it has, or public again.

    What another source has as well comes back to readers when that one is read the next time, as it stands there. The
    articles of a folder become public when it is read the next time, but for those whose files say that they are
    private. Raises SourceError if `address` is not a source of the library.
    """
    known = state_of(library)
    source = _source_at(known, address)
    others = {other.address: other for other in known.sources if other.address != source.address and not other.private}
    own = {page.article_id for page in known.pages if page.source == source.address}
    if source.kind == "folder" and not private:
        own = set()
    held = (known.held.article(article_id) for article_id in sorted(own) if article_id in known.held)
    articles = tuple(replace(article, private=private) for article in held if article and article.private != private)
    again = {page.source for page in known.pages if private and page.article_id in own and page.source in others}
    memory = SourceUpdate(
        sources=tuple(replace(others[place], etag=None, last_modified=None) for place in sorted(again)),
        pages=tuple(_to_read_again(page, own) for page in known.pages if page.source in again),
        private=((source.address, private),),
    )
    return seen_by(known.held, Change(articles, source_update=memory, whole=True))


def _to_read_again(page: SourcePage, article_ids: Collection[str]) -> SourcePage:
    """The page without what tells whether it has changed, if it has one of the articles."""
    return replace(page, etag=None, last_modified=None, digest="") if page.article_id in article_ids else page


def _source_at(known: LibraryState, address: str) -> Source:
    """The source that somebody means. Raises SourceError if there is none."""
    addresses = {source.address: source for source in known.sources}
    meant = find_address(address, addresses) or _place_of(address)
    if meant not in addresses:
        raise SourceError(f"{meant} is no source of this library; look for its address in the list of sources.")
    return addresses[meant]


def _place_of(given: str) -> str:
    """The address, or the real path of the folder, that somebody means."""
    full = complete_address(given)
    return full if is_address(full) and not os.path.exists(given) else os.path.realpath(given.strip())


def find_address(given: str, addresses: Collection[str]) -> str | None:
    """The one of the sources' `addresses` that somebody means, who may leave out https:// or a slash at the end."""
    full = complete_address(given)
    return next((address for address in (given.strip(), full, f"{full}/") if address in addresses), None)


def sources_of(library: Library, article: Article) -> tuple[Source, ...]:
    """The sources that an article was read from, and is read from again."""
    having = {page.source for page in library.source_pages() if page.article_id == article.id}
    return tuple(source for source in library.sources() if source.address in having and is_from(article, source))


def articles_per_source(library: Library) -> dict[str, int]:
    """How many articles of the library each source has, by its address. An article of two sources counts for both."""
    held = {article.id for article in library.headlines()}
    found: dict[str, set[str]] = {source.address: set() for source in library.sources()}
    for page in library.source_pages():
        if page.article_id in held:
            found[page.source].add(page.article_id)
    return {address: len(ids) for address, ids in found.items()}


def seen_in(held: Iterable[Article], change: Change) -> Change:
    """Fill in `seen` of a change from `held`, all the articles of the library at the time when the change was read."""
    return seen_by(Held.of(held), change)


def seen_by(held: Held, change: Change) -> Change:
    """Fill in `seen` of a change from what the library held at the time when the change was read."""
    touched = (*(article.id for article in change.articles), *change.remove)
    return replace(change, seen={article_id: held.digests.get(article_id) for article_id in touched})


def plan_change(library: Library, change: Change, *, rebuild: bool = False, quota: Quota | None = None) -> UpdateReport:
    """Say what a change would do. Raises ArticleError if the change is `whole` and cannot be made."""
    conditions = Conditions(change.seen, quota, change.whole)
    report = library.plan(change.articles, remove=change.remove, rebuild=rebuild, conditions=conditions)
    return _reported(report, change)


def _reported(report: UpdateReport, change: Change) -> UpdateReport:
    """A report with what the reading of the change had to say as well."""
    told = {*report.added, *report.changed, *report.unchanged, *report.removed}
    unchanged = (*report.unchanged, *(article_id for article_id in change.unchanged if article_id not in told))
    return replace(report, unchanged=unchanged, refused=(*change.refused, *report.refused))


def make_change(
    library: Library,
    change: Change,
    *,
    rebuild: bool = False,
    quota: Quota | None = None,
    on_progress: OnProgress | None = None,
    keep_for: timedelta | None = None,
) -> UpdateReport:
    """Make a change in one transaction. Raises LibraryBusy or another PullquoteError; the library is then unchanged.

    An article that somebody else has changed since the change was read, or that does not fit into the `quota`, is
    refused; if the change is `whole`, that raises an ArticleError. `rebuild` embeds every article of the library again.
    What the change replaces and removes is kept for `keep_for`, for `Library.roll_back`; without that, it is erased.
    """
    write = library.rebuild if rebuild else library.update
    report = write(
        change.articles,
        remove=change.remove,
        on_progress=on_progress,
        source_update=change.source_update,
        conditions=Conditions(change.seen, quota, change.whole),
        keep_for=keep_for,
    )
    return _reported(report, change)


def together(*changes: Change) -> Change:
    """Merge several changes into one. If two of them hold the same article, source or page, the first one counts."""
    articles: dict[str, Article] = {}
    sources: dict[str, Source] = {}
    pages: dict[tuple[str, str], SourcePage] = {}
    seen: dict[str, bytes | None] = {}
    for change in changes:
        seen = {**change.seen, **seen}
        for article in change.articles:
            articles.setdefault(article.id, article)
        for source in change.source_update.sources:
            sources.setdefault(source.address, source)
        for page in change.source_update.pages:
            pages.setdefault((page.source, page.address), page)
    memories = [change.source_update for change in changes]
    return Change(
        tuple(articles.values()),
        _joined(change.remove for change in changes),
        tuple(refusal for change in changes for refusal in change.refused),
        SourceUpdate(
            tuple(sources.values()),
            tuple(pages.values()),
            _joined(memory.forget for memory in memories),
            _joined(memory.known for memory in memories),
            _joined(memory.exclude for memory in memories),
            _joined(memory.include for memory in memories),
            tuple(one for memory in memories for one in memory.private),
        ),
        tuple(result for change in changes for result in change.sources),
        seen,
        unchanged=_joined(change.unchanged for change in changes),
    )


def _joined(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for part in parts for each in part))


def state_of(library: Library) -> LibraryState:
    """Read what the library holds, without the texts, and what it remembers about its sources."""
    return LibraryState(held_in(library), library.sources(), library.source_pages(), frozenset(library.excluded()))


def held_in(library: Library) -> Held:
    """Read what the library holds, without the texts."""
    digests = library.content_hashes()
    return Held(
        (headline for headline in library.headlines() if headline.id in digests),
        digests,
        library.articles,
        partial(_article, library),
    )


def _article(library: Library, article_id: str) -> Article | None:
    try:
        return library.article(article_id)
    except ArticleError:
        return None


def change_as_json(change: Change) -> dict[str, Any]:
    """Serialize what a change should do, without the report of the reading (`refused`, `sources`).

    The key "now" holds `seen`: the library must still have these contents, or somebody's later change would be lost.
    """
    memory = change.source_update
    return {
        "now": {article_id: digest and digest.hex() for article_id, digest in change.seen.items()},
        "articles": [*map(article_as_json, change.articles)],
        "remove": list(change.remove),
        "sources": [_dated(asdict(source), "added", "checked") for source in memory.sources],
        "pages": [asdict(page) for page in memory.pages],
        "forget": list(memory.forget),
        "exclude": list(memory.exclude),
        "include": list(memory.include),
        "private": [list(one) for one in memory.private],
    }


def change_from_json(work: dict[str, Any]) -> Change:
    """Read a change that `change_as_json` serialized. It is `whole`: made completely or not at all."""
    return Change(
        articles=tuple(map(article_from_json, work["articles"])),
        remove=tuple(work["remove"]),
        source_update=SourceUpdate(
            sources=tuple(Source(**_moments(source, "added", "checked")) for source in work["sources"]),
            pages=tuple(SourcePage(**page) for page in work["pages"]),
            forget=tuple(work["forget"]),
            exclude=tuple(work["exclude"]),
            include=tuple(work["include"]),
            private=tuple((address, bool(private)) for address, private in work.get("private", ())),
        ),
        seen={article_id: digest and bytes.fromhex(digest) for article_id, digest in work["now"].items()},
        whole=True,
    )


def article_as_json(article: Article) -> dict[str, Any]:
    """Serialize an article."""
    return _dated(asdict(article), "published", "updated", "embargo")


def article_from_json(fields: dict[str, Any]) -> Article:
    """Read an article that `article_as_json` serialized."""
    return Article(**fields)


def _dated(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return values | {name: values[name].isoformat() for name in names if values[name]}


def _moments(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return values | {name: datetime.fromisoformat(values[name]) for name in names if values[name]}
