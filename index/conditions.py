"""Checks whether an update may be applied: nobody else has changed its articles since, and the quota allows it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from index.errors import Conflict, NoRoom, SourceError
from index.storage.seam import Records
from index.types import Article, Conditions, Quota, Size, Source, SourceUpdate

CORRECTED = 2
"""A library may exceed the bytes of its quota by this factor, through corrections that make articles longer."""

CORRECTION_BYTES = 20_000
"""A corrected article of at most this many bytes is always accepted: some 3,000 words of English."""

TITLE_CHARACTERS = 100
"""How many characters of a title a message shows."""


def is_another(now: bytes | None, article_id: str, conditions: Conditions) -> bool:
    """Whether `now`, the hash stored under that id, differs from the one stored when the update was prepared."""
    return conditions.seen.get(article_id, now) != now


def conflict(records: Records, article_id: str) -> Conflict:
    """The error for an article that somebody else has changed or removed since the update was prepared."""
    article = records.article(article_id)
    if article is None:
        return Conflict(
            f"The article with the id {article_id!r} was removed by somebody else meanwhile, and stays out; look at "
            "the list of articles, and try again."
        )
    return Conflict(
        f"{_called(article)} (id {article_id!r}) was brought in or changed by somebody else meanwhile, and stays as it "
        "is; look at it in the list of articles, and try again."
    )


class Room:
    """Counts what a library would hold after the steps of a plan, and compares it with the quota."""

    def __init__(self, held: Size, sizes: Mapping[str, int], removed: Collection[str], quota: Quota) -> None:
        """`held` is what the library holds before the update; `removed` are subtracted first.

        `sizes` has the bytes of the texts of those articles that the update may replace or remove, by id.
        """
        self._known = sizes.keys()
        self._sizes = {article_id: sizes[article_id] for article_id in sizes.keys() - set(removed)}
        gone = [sizes[article_id] for article_id in sizes.keys() & set(removed)]
        self._articles, self._total = held.articles - len(gone), held.text_bytes - sum(gone)
        self._quota = quota

    def check(self, article: Article) -> None:
        """Raise NoRoom if the article does not fit.

        Corrections of stored articles may exceed the quota, but only up to a limit. Without that limit a site could
        list many small articles and then let them grow.
        """
        quota = self._quota
        if article.id in self._known:
            size = _text_bytes(article)
            more = size - self._sizes.get(article.id, 0)
            if more <= 0 or size <= CORRECTION_BYTES or self._total + more <= CORRECTED * quota.text_bytes:
                return
            reason = f"as it has become too long for the {quota.text_bytes:,} bytes of text that there is room for here"
        elif self._articles >= quota.articles:
            reason = f"as there is room for {_counted(quota.articles, 'article')} here"
        elif self._total + _text_bytes(article) > quota.text_bytes:
            reason = f"as it does not fit into the {quota.text_bytes:,} bytes of text that there is room for here"
        else:
            return
        raise NoRoom(f"{_called(article)} was left out, {reason}; {quota.remedy}.")

    def take(self, article: Article) -> None:
        """Count an article, in place of its former version."""
        self._total += _text_bytes(article) - self._sizes.get(article.id, 0)
        self._articles += article.id not in self._sizes
        self._sizes[article.id] = _text_bytes(article)


def left_out(excluded: Iterable[str], memory: SourceUpdate) -> set[str]:
    """The ids of the articles that sources may not add, after `memory` is applied."""
    return {*excluded, *memory.exclude}.difference(memory.include)


def without(memory: SourceUpdate, set_aside: Collection[str]) -> SourceUpdate:
    """`memory`, in which pages of articles that were set aside have no article, so that the next refresh reads them."""
    pages = tuple(
        replace(page, article_id="", modified=None) if page.article_id in set_aside else page for page in memory.pages
    )
    return replace(memory, pages=pages)


def kept_private(records: Records, articles: Sequence[Article], memory: SourceUpdate) -> list[Article]:
    """The articles; private are those that `memory` has from sources that have become private since they were read."""
    told = dict(memory.private)
    private = {source.address for source in records.sources() if told.get(source.address, source.private)}
    private.difference_update(memory.forget)
    if not private:
        return list(articles)
    of_public = {page.article_id for page in memory.pages if page.source not in private}
    mine = {page.article_id for page in memory.pages if page.source in private} - of_public
    return [replace(article, private=True) if article.id in mine else article for article in articles]


def check_sources(held: Iterable[Source], memory: SourceUpdate, quota: Quota | None) -> None:
    """Raise SourceError if `memory` would give the library more sources than its quota allows."""
    addresses = {source.address for source in held}
    new = {source.address for source in memory.sources}.difference(addresses, memory.known)
    if quota and new and len(addresses.difference(memory.forget) | new) > quota.sources:
        raise SourceError(
            f"There is room for {_counted(quota.sources, 'source')} here; remove one that is of no more use first."
        )


def _called(article: Article) -> str:
    """The title of an article in quotation marks, shortened for a message."""
    title = " ".join(article.title.split())
    return f"“{title if len(title) <= TITLE_CHARACTERS else f'{title[: TITLE_CHARACTERS - 1]}…'}”"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _text_bytes(article: Article) -> int:
    return len(article.text.encode(errors="surrogatepass"))
