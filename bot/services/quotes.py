"""What became of what was quoted: the same words, wherever they now are in the article.

What is kept of a quote is where it stood and a digest of its words. A paragraph put in before it moves it and changes
nothing of it; so where the words are not at their old place they are looked for in the whole article.
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
    """What became of a quote, by what each library says: whether its words stand there, or None without its article.

    None where it stands in one of them.
    """
    found = list(stands)
    if any(found):
        return None
    return Fate.WITHDRAWN if all(one is None for one in found) else Fate.CORRECTED


def stands_in(article: Article | None, start: int, end: int, digest: str) -> bool | None:
    """Whether the words of that digest still stand in the article; None where there is none."""
    return None if article is None else find(article.text, start, end, digest) is not None


def find(text: str, start: int, end: int, digest: str) -> int | None:
    """Where the words of that digest begin in `text`, which began at `start` and ended at `end`; None: nowhere."""
    if digest_of(text[start:end]) == digest:
        return start
    length = end - start
    starts = (match.start() for match in _MAY_BEGIN.finditer(text, 0, max(0, len(text) - length + 1)))
    return next((at for at in starts if digest_of(text[at : at + length]) == digest), None)


_MAY_BEGIN = re.compile(r"(?<!\w)\S")
"""Where a sentence may begin: not in a word, for every place that is tried costs a digest."""


def restored(kept: KeptQuote, article: Article) -> Quote | None:
    """The quote in the article as it is now, if its words stand there.

    Where they have moved, the context goes with them if it still begins and ends between sentences.
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
"""How many characters to either side tell whether a sentence ends."""

_STOP = re.compile(r"[.!?…؟۔।॥。！？｡]\W*$")
