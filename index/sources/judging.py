"""What was found at the addresses of sources -> what becomes of the articles of a library: a pure judgement.

An article is gone where its page says so (404, 410, or it leads to the front page), not where a feed lists it no more:
feeds list only the newest. A source that fails, lists nothing or has lost more than half of its articles at once
removes none of them, and nor does a source that is one page, all of whose articles are one: until that is confirmed.

The same story at a second address is one article, which stays while it is at either. It is told by the address that
its page gives as its own, or else by its words.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from index.naming import named
from index.sources.duplicates import find_twins
from index.sources.feed import is_in_feed_alone
from index.sources.found import FoundPage, FoundSource
from index.sources.page import id_of
from index.sources.results import LibraryState, Problem, SourceReading, SourceResult, is_from
from index.types import READ_WELL, Article, Refusal, Source, SourceUpdate


def judge(
    found: Sequence[FoundSource], known: LibraryState, now: datetime, *, remove_missing: Collection[str] = ()
) -> SourceReading:
    """What all that was found comes to together: each article once, gone where no source has it any more.

    `now` is when the sources were read. `remove_missing` names articles whose loss is confirmed.
    """
    held = {article.id: article for article in known.articles}
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
    return SourceReading(
        _articles_of(found_pages, excluded),
        tuple(dict.fromkeys(article_id for article_id in lost if article_id not in still_listed)),
        tuple(refusal for one in judged for refusal in one.refused),
        SourceUpdate(
            tuple(result.source for result in results if result.source.address not in over),
            pages,
            forget=over,
            known=tuple(source.address for source in known.sources),
        ),
        results,
    )


def _articles_of(found_pages: Sequence[FoundPage], excluded: Collection[str]) -> tuple[Article, ...]:
    """The articles there are now, each once: of one story at two addresses, what is new."""
    articles: dict[str, Article] = {}
    for found in sorted(found_pages, key=lambda found: not found.fresh):
        if found.page and found.article and found.article.id not in excluded:
            articles.setdefault(found.article.id, found.article)
    return tuple(articles.values())


def _join_twins(
    found: Sequence[FoundSource], held: Mapping[str, Article], excluded: Collection[str]
) -> Sequence[FoundSource]:
    """The sources with each new story of the web that is there already, at another address, led to that one."""
    fresh = {page.article.id: page.article for one in found for page in one.pages if page.article and page.fresh}
    new = [a for i, a in fresh.items() if i not in held and i not in excluded and a.origin.is_web]
    new_ids = {article.id for article in new}
    there = [a for i, a in ({**held, **fresh}).items() if i not in new_ids and not a.origin.is_sample]
    twins = find_twins(new, there) if new else {}

    def led(found_page: FoundPage) -> FoundPage:
        page, article = found_page.page, found_page.article
        if not (page and article and article.id in twins):
            return found_page
        twin = twins[article.id]
        page, copy = replace(page, article_id=twin), replace(article, id=twin)
        return replace(found_page, page=page, article=held.get(twin), fresh=False, copy=copy)

    return [replace(one, pages=tuple(led(page) for page in one.pages)) for one in found]


def _take_over(found_pages: Sequence[FoundPage], held: Mapping[str, Article]) -> list[FoundPage]:
    """The pages with each article whose own address is gone taken from another that it is at, so that its link works.

    Where the story as it is there was not read this time, its page is asked for in full the next time.
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
            moved = replace(found.copy or found.article or article, url=page.address, source=page.address)
            if found.copy is None:
                page = replace(page, etag=None, last_modified=None, digest="")
            taken[number] = replace(found, page=page, article=moved, fresh=True)
            break
    return taken


@dataclass(frozen=True, slots=True)
class _Judged:
    """One source, and what it lost, which `is_held` back until it is confirmed or not.

    Where it was confirmed that its one page is gone, it `is_over`: a source no more. One that `is_left` was not asked.
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
        """What came of it, for people."""
        found = {page.page.article_id for page in self.pages if page.page and page.page.article_id}
        left_out = tuple(sorted(found.intersection(excluded)))
        checked = self.source.checked if self.is_left else now
        said = self.problem.sentence if self.problem else READ_WELL
        source = replace(self.source, checked=checked, result=said)
        gone, missing = ((), self.lost) if self.is_held else (self.lost, ())
        return SourceResult(source, len(found) - len(left_out), gone, missing, self.problem, left_out)


def _of_others(source: Source, found: Sequence[FoundSource], known: LibraryState) -> set[str]:
    """The ids of the articles that a page of another source still leads to."""
    others = {page.page.article_id for one in found if one.source != source for page in one.pages if page.page}
    read_again = {one.source.address for one in found}
    return others | {page.article_id for page in known.pages if page.source not in read_again}


def _judge_one(
    found: FoundSource, held: Mapping[str, Article], remove_missing: Collection[str], of_others: Collection[str]
) -> _Judged:
    """One source: what of its own it lost, and whether that is to be believed.

    `held` are the articles of the library by id, `of_others` the ids of those that are also elsewhere.
    """
    known = (held[page.old.article_id] for page in found.pages if page.old.article_id in held)
    had = {article.id for article in known if is_from(article, found.source)}
    lost = tuple(sorted(had - {page.page.article_id for page in found.pages if page.page}))
    if found.is_gone:  # what stands elsewhere goes on from there
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


def _kept(found: FoundPage, held: Mapping[str, Article]) -> FoundPage:
    """A page as it was the last time, since the loss of its article is not believed."""
    return replace(found, page=found.old, article=held[found.old.article_id], fresh=False)


def _holding_back(found: FoundSource, lost: int, had: int) -> Problem:
    """What to say of a source whose losses are held back: of `had` articles so many."""
    if found.problem and found.is_gone:
        return Problem(found.problem.cause, outcome="and its article was kept until that is confirmed")
    problem = found.problem or Problem(f"{named(found.source.address)} has lost {lost} of its {had} articles at once")
    if found.is_empty:  # that it holds nothing can be confirmed, which is another remedy
        problem = replace(problem, remedy="")
    return replace(problem, outcome="so nothing was removed")
