"""A change of a library as a value, so that it can be shown before it is made, and taken back after.

`sources.intake` reads one from files and from the web, and the removals are made up here. `plan_change` says what one
would do, `inverse` what takes it back, and `make_change` makes it; `change_as_json` writes one down. What takes a
`Library` reads or writes it: where an event loop runs, call it from a thread.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from index.errors import SourceError
from index.library import Library
from index.origin import is_address
from index.sources.results import LibraryState, SourceResult
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
    """What is to be done to a library, as it was read; nothing is done yet.

    `articles` are added, or take the place of those with their ids, and `remove` names those that go. `refused` and
    `sources` say what came of the reading.

    `seen` has the content hash of what stood under each of its ids then, None where nothing did: what somebody else has
    made of one since is left alone. A change that is `whole` is done with all of its articles, or not at all.
    """

    articles: tuple[Article, ...] = ()
    remove: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    source_update: SourceUpdate = SourceUpdate()
    sources: tuple[SourceResult, ...] = ()
    seen: Mapping[str, bytes | None] = field(default_factory=dict)
    whole: bool = False


def article_removal(library: Library, article_id: str) -> Change:
    """Take one article out, so that no source brings it back. Raises ArticleError where there is none."""
    article = library.article(article_id)
    memory = SourceUpdate() if article.origin.is_sample else library.withdrawal(article_id)
    return seen_in([article], Change(remove=(article_id,), source_update=memory, whole=True))


def inverse(library: Library, change: Change) -> Change:
    """What makes `library` again what it is now, once `change` was made; to be read before.

    That goes for what is known of its sources as well, so the next refresh reads again what `change` had read. It is
    whole, and fits only while all stands as `change` has left it.
    """
    known = state_of(library)
    now = {article.id: article for article in known.articles}
    touched = dict.fromkeys((*(article.id for article in change.articles), *change.remove))
    replaced = {*change.source_update.forget, *(source.address for source in change.source_update.sources)}
    addresses = {source.address for source in known.sources}
    return Change(
        articles=tuple(now[article_id] for article_id in touched if article_id in now),
        remove=tuple(article_id for article_id in touched if article_id not in now),
        source_update=SourceUpdate(
            sources=tuple(source for source in known.sources if source.address in replaced),
            pages=tuple(page for page in known.pages if page.source in replaced),
            forget=tuple(source.address for source in change.source_update.sources if source.address not in addresses),
            exclude=tuple(article_id for article_id in change.source_update.include if article_id in known.excluded),
            include=tuple(
                article_id for article_id in change.source_update.exclude if article_id not in known.excluded
            ),
        ),
        seen=dict.fromkeys(change.remove) | {article.id: content_hash(article) for article in change.articles},
        whole=True,
    )


def source_removal(library: Library, address: str, *, with_articles: bool) -> Change:
    """Read a source no more; its articles stay unless asked otherwise. Raises SourceError where it is none."""
    known, address = state_of(library), address.strip()
    if address not in (addresses := {source.address for source in known.sources}) and not is_address(address):
        address = os.path.realpath(address)
    if address not in addresses:
        raise SourceError(f"{address} is no source of this library; look for its address in the list of sources.")
    removed = known.articles_of(address) if with_articles else ()
    return seen_in(known.articles, Change(remove=removed, source_update=SourceUpdate(forget=(address,)), whole=True))


def articles_per_source(library: Library) -> dict[str, int]:
    """How many articles of the library each source leads to, by its address; one that two lead to counts at both."""
    held = {article.id for article in library.articles()}
    found: dict[str, set[str]] = {source.address: set() for source in library.sources()}
    for page in library.source_pages():
        if page.article_id in held:
            found[page.source].add(page.article_id)
    return {address: len(ids) for address, ids in found.items()}


def seen_in(held: Iterable[Article], change: Change) -> Change:
    """The change, with what stands in its place in `held`: all the articles of the library when it was read."""
    now = dict.fromkeys((*(article.id for article in change.articles), *change.remove))
    return replace(change, seen=now | {article.id: content_hash(article) for article in held if article.id in now})


def plan_change(library: Library, change: Change, *, rebuild: bool = False, quota: Quota | None = None) -> UpdateReport:
    """What a change would do. Raises ArticleError for one that is whole and could not be done."""
    conditions = Conditions(change.seen, quota, change.whole)
    report = library.plan(change.articles, remove=change.remove, rebuild=rebuild, conditions=conditions)
    return replace(report, refused=(*change.refused, *report.refused))


def make_change(
    library: Library,
    change: Change,
    *,
    rebuild: bool = False,
    quota: Quota | None = None,
    on_progress: OnProgress | None = None,
) -> UpdateReport:
    """Make a change in one step. Raises LibraryBusy or another PullquoteError, with the library unchanged.

    What somebody else has changed since it was read, and what does not fit into the `quota`, is refused; of a change
    that is whole that is an ArticleError. `rebuild` embeds every article of the library afresh.
    """
    write = library.rebuild if rebuild else library.update
    report = write(
        change.articles,
        remove=change.remove,
        on_progress=on_progress,
        source_update=change.source_update,
        conditions=Conditions(change.seen, quota, change.whole),
    )
    return replace(report, refused=(*change.refused, *report.refused))


def together(*changes: Change) -> Change:
    """Several changes as one; of what is in two of them the first counts."""
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
        tuple(dict.fromkeys(article_id for change in changes for article_id in change.remove)),
        tuple(refusal for change in changes for refusal in change.refused),
        SourceUpdate(
            tuple(sources.values()),
            tuple(pages.values()),
            _joined(memory.forget for memory in memories),
            _joined(memory.known for memory in memories),
            _joined(memory.exclude for memory in memories),
            _joined(memory.include for memory in memories),
        ),
        tuple(result for change in changes for result in change.sources),
        seen,
    )


def _joined(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for part in parts for each in part))


def state_of(library: Library) -> LibraryState:
    """What the library holds and remembers."""
    return LibraryState(library.articles(), library.sources(), library.source_pages(), frozenset(library.excluded()))


def change_as_json(change: Change) -> dict[str, Any]:
    """What is to be done, as JSON holds it, without what came of the reading.

    `now` is what must stand in its place still, or a later change would be lost.
    """
    memory = change.source_update
    return {
        "now": {article_id: digest and digest.hex() for article_id, digest in change.seen.items()},
        "articles": [_dated(asdict(article), "published", "updated") for article in change.articles],
        "remove": list(change.remove),
        "sources": [_dated(asdict(source), "added", "checked") for source in memory.sources],
        "pages": [asdict(page) for page in memory.pages],
        "forget": list(memory.forget),
        "exclude": list(memory.exclude),
        "include": list(memory.include),
    }


def change_from_json(work: dict[str, Any]) -> Change:
    """The change that `change_as_json` wrote down, to be made whole or not at all."""
    return Change(
        articles=tuple(Article(**article) for article in work["articles"]),
        remove=tuple(work["remove"]),
        source_update=SourceUpdate(
            sources=tuple(Source(**_moments(source, "added", "checked")) for source in work["sources"]),
            pages=tuple(SourcePage(**page) for page in work["pages"]),
            forget=tuple(work["forget"]),
            exclude=tuple(work["exclude"]),
            include=tuple(work["include"]),
        ),
        seen={article_id: digest and bytes.fromhex(digest) for article_id, digest in work["now"].items()},
        whole=True,
    )


def _dated(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return values | {name: values[name].isoformat() for name in names if values[name]}


def _moments(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return values | {name: datetime.fromisoformat(values[name]) for name in names if values[name]}
