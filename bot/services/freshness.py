"""From when an answer is: when the articles that it was looked for in were read last."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from index import Answer, Freshness, Library

SILENT = timedelta(days=1)
"""So long no source of a quoted article could be read before an answer says so."""


def freshness_of(libraries: Sequence[Library], answer: Answer, now: datetime) -> Freshness:
    """From when the articles are that an answer quotes; of one without a quote, all that were asked.

    If they are from several libraries, the one that was read longest ago counts. Articles whose sources have been
    silent for a short time only are left out.
    """
    shown = answer.quotes or ((answer.perhaps,) if answer.perhaps else ())
    quoted = {quote.article.id for quote in shown}
    found = [library.freshness(quoted) for library in _quoted(libraries, quoted)]
    read = min((min(one.read, now) for one in found if one.read), default=None)
    silent = {
        article_id: since for one in found for article_id, since in one.silent_since.items() if now - since >= SILENT
    }
    return Freshness(read, silent)


def _quoted(libraries: Sequence[Library], article_ids: Iterable[str]) -> Sequence[Library]:
    """The libraries that have one of these articles; all if none does."""
    having = [library for library in libraries if any(map(library.headline, article_ids))]
    return having or libraries
