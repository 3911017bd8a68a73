"""What takes a change of a library back, in a form that can be written down."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.desk import Change
from index import Article, Library, Memory, Source, SourcePage


def inverse(library: Library, change: Change) -> Change:
    """What makes `library` again what it is now, once `change` was made."""
    now = {article.id: article for article in library.articles()}
    sources = {source.address: source for source in library.sources()}
    touched = dict.fromkeys((*(article.id for article in change.articles), *change.remove))
    lost = tuple(source for address, source in sources.items() if address in change.memory.forget)
    excluded = set(library.excluded())
    return Change(
        articles=tuple(now[article_id] for article_id in touched if article_id in now),
        remove=tuple(article_id for article_id in touched if article_id not in now),
        memory=Memory(
            sources=lost,
            pages=tuple(page for page in library.source_pages() if page.source in change.memory.forget),
            forget=tuple(source.address for source in change.memory.sources if source.address not in sources),
            exclude=tuple(article_id for article_id in change.memory.include if article_id in excluded),
            include=tuple(article_id for article_id in change.memory.exclude if article_id not in excluded),
        ),
    )


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
