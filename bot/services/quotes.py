"""Finds kept quotes again in the articles as they are now, and tells what became of those that are gone.

A quote is kept as its place in the article and a digest of its words. A paragraph that is added before it moves it, but
does not change it. So words that are no longer at their place are looked for in the whole article.
"""

import re
from collections.abc import Iterable

from bot.storage.answers import Fate, KeptQuote, digest_of
from index import Article, ArticleError, Library, Quote, Span


def versions_in(libraries: Iterable[Library], article_id: str) -> list[Article]:
    """The article of that id in each of the libraries that has one."""
    return [article for library in libraries if (article := article_in(library, article_id))]


def article_in(library: Library, article_id: str) -> Article | None:
    """The article of that id, if the library has one."""
    try:
        return library.article(article_id)
    except ArticleError:
        return None


def joint_fate(stands: Iterable[bool | None]) -> Fate | None:
    """What became of a quote, or None if it still stands in one of the libraries.

    `stands` has an entry for each library: whether the words are still in the article, or None if the article is gone.
    """
    found = list(stands)
    if any(found):
        return None
    return Fate.WITHDRAWN if all(one is None for one in found) else Fate.CORRECTED


def stands_in(article: Article | None, start: int, end: int, digest: str) -> bool | None:
    """Whether the words of that digest are still in the article; None if there is no article."""
    return None if article is None else find(article.text, start, end, digest) is not None


def find(text: str, start: int, end: int, digest: str) -> int | None:
    """Where the words that were at `[start, end)` begin in `text` now, found by their digest; None if they are gone."""
    if digest_of(text[start:end]) == digest:
        return start
    length = end - start
    starts = (match.start() for match in _MAY_BEGIN.finditer(text, 0, max(0, len(text) - length + 1)))
    return next((at for at in starts if digest_of(text[at : at + length]) == digest), None)


_MAY_BEGIN = re.compile(r"(?<!\w)\S")
"""Where a sentence may begin. Never inside a word, as each place that is tried costs a digest."""


def restored(kept: KeptQuote, article: Article) -> Quote | None:
    """The quote in the article as it is now; None if its words are no longer there.

    If they have moved, the context moves with them, as long as it still begins and ends between sentences.
    """
    start = find(article.text, kept.start, kept.end, kept.digest)
    if start is None:
        return None
    by = start - kept.start
    context = Span(kept.context_start + by, kept.context_end + by)
    end = start + kept.end - kept.start
    if by and not all(_between_sentences(article.text, at) for at in (context.start, context.end)):
        context = Span(start, end)
    return Quote(article, start, end, context, kept.score)


def _between_sentences(text: str, at: int) -> bool:
    if not 0 <= at <= len(text):
        return False
    before, after = text[max(0, at - _NEAR) : at], text[at : at + _NEAR]
    gap = before[len(before.rstrip()) :] + after[: len(after) - len(after.lstrip())]
    if not before.strip() or not after.strip() or "\n" in gap:
        return True
    return bool(gap and _STOP.search(before.rstrip()))


_NEAR = 100
"""How many characters on either side are read to tell whether a sentence ends."""

_STOP = re.compile(r"[.!?…؟۔।॥。！？｡]\W*$")
