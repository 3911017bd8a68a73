"""Decides what happens to the articles of a library, given what was found at the addresses of its sources.

An article is gone if its page says so: it answers 404 or 410, or redirects to the front page. It is not gone because a
feed no longer lists it, since feeds list only the newest. Losses are held back until a person confirms them if the
source fails, lists nothing, or has lost more than half of its articles at once. A source that is a single page has only
one article, so its loss is always held back.

A story that is at two addresses is one article. It stays while it is at either of them. It is recognized by the
canonical address that its page gives, or else by its words.

Nothing here reads files or the web.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from index.naming import named
from index.sources.duplicates import find_twins
from index.sources.feed import is_in_feed_alone
from index.sources.found import FoundPage, FoundSource
from index.sources.page import id_of
from index.sources.results import Held, LibraryState, Problem, SourceReading, SourceResult, is_from
from index.types import READ_WELL, Article, Refusal, Source, SourceUpdate


def judge(
    found: Sequence[FoundSource], known: LibraryState, now: datetime, *, remove_missing: Collection[str] = ()
) -> SourceReading:
    """Combine what was found at all sources into one reading. An article is gone if no source has it any more.

    `now` is when the sources were read. `remove_missing` has the ids of articles whose loss a person has confirmed.
    """
    held = known.held
    excluded = frozenset(known.excluded)
    joined = _join_twins(found, held, excluded)
    judged = [_judge_one(one, held, remove_missing, _of_others(one.source, joined, known)) for one in joined]
    found_pages = _take_over([page for one in judged for page in one.pages], held)
    pages = tuple(found_page.page for found_page in found_pages if found_page.page)
    read_again = {one.source.address for one in judged}
    still_listed = {page.article_id for page in pages}
    still_listed |= {page.article_id for page in known.pages if page.source not in read_again}
    lost = (article_id for one in judged for article_id in one.lost if not one.is_held)
    results = tuple(one.result(now, excluded) for one in judged)
    over = tuple(one.source.address for one in judged if one.is_over)
    articles = _articles_of(found_pages, excluded, _public(joined, known))
    return SourceReading(
        articles,
        tuple(dict.fromkeys(article_id for article_id in lost if article_id not in still_listed)),
        tuple(refusal for one in judged for refusal in one.refused),
        SourceUpdate(
            tuple(result.source for result in results if result.source.address not in over),
            pages,
            forget=over,
            known=tuple(source.address for source in known.sources),
        ),
        results,
        _unchanged(found_pages, excluded, articles),
    )


def _articles_of(
    found_pages: Sequence[FoundPage], excluded: Collection[str], public: Mapping[str, Collection[str]]
) -> tuple[Article, ...]:
    """The articles that were newly read, each once.

    What a private source has of an article is left out if a public source has that article: what stands there counts.
    """
    articles: dict[str, Article] = {}
    for found in found_pages:
        if found.page and found.fresh and found.fresh.id not in excluded:
            elsewhere = found.fresh.id in public and found.page.source not in public[found.fresh.id]
            if not (found.fresh.private and elsewhere):
                articles.setdefault(found.fresh.id, found.fresh)
    return tuple(articles.values())


def _public(found: Sequence[FoundSource], known: LibraryState) -> Mapping[str, set[str]]:
    """The ids of the articles that public sources have, each with these sources."""
    read_again = {one.source.address for one in found}
    private = {source.address for source in known.sources if source.private}
    private |= {one.source.address for one in found if one.source.private}
    pages = [page.page for one in found for page in one.pages if page.page]
    pages += [page for page in known.pages if page.source not in read_again]
    having: dict[str, set[str]] = {}
    for page in pages:
        if page.source not in private and page.article_id:
            having.setdefault(page.article_id, set()).add(page.source)
    return having


def _unchanged(
    found_pages: Sequence[FoundPage], excluded: Collection[str], fresh: Sequence[Article]
) -> tuple[str, ...]:
    """The ids of the other articles that were found, each once."""
    others = {*excluded, *(article.id for article in fresh)}
    found = (page.article.id for page in found_pages if page.page and page.article)
    return tuple(dict.fromkeys(article_id for article_id in found if article_id not in others))


def _join_twins(found: Sequence[FoundSource], held: Held, excluded: Collection[str]) -> Sequence[FoundSource]:
    """Recognize new stories of the web that are already there at another address: lead their pages to that article."""
    fresh = {page.fresh.id: page.fresh for one in found for page in one.pages if page.fresh}
    new = [a for i, a in fresh.items() if i not in held and i not in excluded and a.origin.is_web]
    new_ids = {article.id for article in new}
    there = chain((a for i, a in fresh.items() if i not in new_ids), (a for a in held.articles() if a.id not in fresh))
    twins = _twins(new, [a for a in there if not a.origin.is_sample]) if new else {}

    def led(found_page: FoundPage) -> FoundPage:
        page, article = found_page.page, found_page.fresh
        if not (page and article and article.id in twins):
            return found_page
        twin = twins[article.id]
        page, copy = replace(page, article_id=twin), replace(article, id=twin)
        return replace(found_page, page=page, article=held.get(twin), copy=copy)

    return [replace(one, pages=tuple(led(page) for page in one.pages)) for one in found]


def _twins(new: Sequence[Article], there: Sequence[Article]) -> dict[str, str]:
    """The twins of new articles, by id. What is private is no twin of what is public: readers are to see the latter."""
    twins: dict[str, str] = {}
    for private in (False, True):
        alike = [article for article in new if article.private is private]
        twins |= find_twins(alike, (article for article in there if article.private is private)) if alike else {}
    return twins


def _take_over(found_pages: Sequence[FoundPage], held: Held) -> list[FoundPage]:
    """If the address of an article is gone but another page has the same story, move the article to that page.

    The article's link then works again. If the story at the other page was not read this time, the page is fetched in
    full the next time.
    """
    taken = list(found_pages)
    for gone in found_pages:
        article = held.get(gone.old.article_id)
        if gone.page or not (article and article.url and article.origin.is_web):
            continue
        if id_of(article.url) != id_of(gone.old.address):
            continue
        for number, found in enumerate(taken):
            page = found.page
            if page is None or page.article_id != article.id or is_in_feed_alone(page.address, page.source):
                continue
            story = found.copy or found.fresh or held.article(article.id)
            if story is None:
                continue
            if found.copy is None:
                page = replace(page, etag=None, last_modified=None, digest="")
            moved = replace(story, url=page.address, source=page.address)
            taken[number] = replace(found, page=page, article=moved)
            break
    return taken


@dataclass(frozen=True, slots=True)
class _Judged:
    """The decision about one source. `lost` has the ids of the articles that it has lost.

    If `is_held` is set, these are kept until a person confirms the loss. `is_over` says that the loss of a source's
    single page was confirmed, so the source is removed. `is_left` says that the source was not asked this time.
    """

    source: Source
    pages: tuple[FoundPage, ...]
    refused: tuple[Refusal, ...]
    lost: tuple[str, ...]
    is_held: bool
    problem: Problem | None
    is_over: bool
    is_left: bool

    def result(self, now: datetime, excluded: Collection[str]) -> SourceResult:
        """The result of the source, for a report."""
        found = {page.page.article_id for page in self.pages if page.page and page.page.article_id}
        left_out = tuple(sorted(found.intersection(excluded)))
        checked = self.source.checked if self.is_left else now
        said = self.problem.sentence if self.problem else READ_WELL
        source = replace(self.source, checked=checked, result=said)
        gone, missing = ((), self.lost) if self.is_held else (self.lost, ())
        return SourceResult(source, len(found) - len(left_out), gone, missing, self.problem, left_out)


def _of_others(source: Source, found: Sequence[FoundSource], known: LibraryState) -> set[str]:
    """The ids of the articles that a page of another source still has."""
    others = {page.page.article_id for one in found if one.source != source for page in one.pages if page.page}
    read_again = {one.source.address for one in found}
    return others | {page.article_id for page in known.pages if page.source not in read_again}


def _judge_one(found: FoundSource, held: Held, remove_missing: Collection[str], of_others: Collection[str]) -> _Judged:
    """Decide about one source: which of its own articles it has lost, and whether to hold the loss back.

    `held` has the articles of the library, by id. `of_others` has the ids of the articles that other sources have too.
    """
    known = (held[page.old.article_id] for page in found.pages if page.old.article_id in held)
    had = {article.id for article in known if is_from(article, found.source)}
    lost = tuple(sorted(had - {page.page.article_id for page in found.pages if page.page}))
    if found.is_gone:  # an article that another source has too is not lost
        lost = tuple(article_id for article_id in lost if article_id not in of_others)
    is_held = not set(lost) <= set(remove_missing) and bool(found.problem or 2 * len(lost) > len(had))
    is_over = found.is_gone and bool(lost) and not is_held
    problem, pages = None if is_over else found.problem, found.pages
    if is_held:
        problem = _holding_back(found, len(lost), len(had))
        pages = tuple(_kept(page, held) if page.old.article_id in lost else page for page in pages)
    refused = [page.refusal for page in found.pages if page.refusal and page.old.article_id not in lost]
    refused = [*found.refused, *refused]
    return _Judged(found.source, pages, tuple(refused), lost, is_held, problem, is_over, found.is_left)


def _kept(found: FoundPage, held: Held) -> FoundPage:
    """The page as it was the last time, because the loss of its article is held back."""
    return replace(found, page=found.old, article=held[found.old.article_id])


def _holding_back(found: FoundSource, lost: int, had: int) -> Problem:
    """The problem to report for a source whose losses are held back: it lost `lost` of its `had` articles."""
    if found.problem and found.is_gone:
        return Problem(found.problem.cause, outcome="and its article was kept until that is confirmed")
    problem = found.problem or Problem(f"{named(found.source.address)} has lost {lost} of its {had} articles at once")
    if found.is_empty:  # another remedy fits: the user can confirm that the source is empty
        problem = replace(problem, remedy="")
    return replace(problem, outcome="so nothing was removed")
