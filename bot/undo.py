"""What takes a change of a library back, in a form that can be written down."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.desk import Change
from index import Article, Memory, Source, SourcePage


def write_undo(change: Change) -> dict[str, Any]:
    """The change as JSON holds it."""
    memory = change.memory
    return {
        "articles": [_dated(asdict(article), "published", "updated") for article in change.articles],
        "remove": list(change.remove),
        "sources": [_dated(asdict(source), "added", "checked") for source in memory.sources],
        "pages": [asdict(page) for page in memory.pages],
        "forget": list(memory.forget),
        "exclude": list(memory.exclude),
        "include": list(memory.include),
    }


def read_undo(work: dict[str, Any]) -> Change:
    """The change that was written down."""
    return Change(
        articles=tuple(Article(**article) for article in work["articles"]),
        remove=tuple(work["remove"]),
        memory=Memory(
            sources=tuple(Source(**_moments(source, "added", "checked")) for source in work["sources"]),
            pages=tuple(SourcePage(**page) for page in work["pages"]),
            forget=tuple(work["forget"]),
            exclude=tuple(work["exclude"]),
            include=tuple(work["include"]),
        ),
    )


def _dated(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return values | {name: values[name].isoformat() for name in names if values[name]}


def _moments(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return values | {name: datetime.fromisoformat(values[name]) for name in names if values[name]}
