"""What `--json` prints: answers, articles, sources and reports as objects of JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.storage.corrections import Correction
from index import Answer, Article, Freshness, Headline, Quote, Source, SourceResult, UpdateReport


def answer_as_json(answer: Answer, freshness: Freshness = Freshness()) -> dict[str, Any]:  # noqa: B008 - frozen
    """The answer as `pullquote ask --json` prints it.

    "read" is when the articles were read, and "silent_since" when the sources of quoted ones could be, by their ids.
    """
    return {
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "chosen": answer.chosen,
        "quotes": [_quote(quote) for quote in answer.quotes],
        "elapsed_ms": round(answer.elapsed_ms, 1),
        "outcome": answer.outcome.value,
        "about": answer.about,
        "perhaps": _quote(answer.perhaps) if answer.perhaps else None,
        "read": _moment(freshness.read),
        "silent_since": {article_id: _moment(since) for article_id, since in freshness.silent_since.items()},
    }


def article_as_json(article: Article | Headline) -> dict[str, Any]:
    """An article without its text, as `pullquote articles list --json` prints it."""
    return {
        "id": article.id,
        "title": article.title,
        "author": article.author,
        "published": _moment(article.published),
        "updated": _moment(article.updated),
        "section": article.section,
        "url": article.url,
        "source": article.source,
        "language": article.language,
    }


def correction_as_json(correction: Correction) -> dict[str, Any]:
    """A correction as `pullquote corrections --json` prints it."""
    return {
        "at": _moment(correction.at),
        "fate": correction.fate.value,
        "article": correction.article_id or None,
        "title": correction.title or None,
        "url": correction.url,
        "changes": [{"stood": one.stood, "stands": one.stands} for one in correction.rewordings],
        "further": correction.further,
        "answers_edited": correction.edited,
    }


def source_as_json(source: Source) -> dict[str, Any]:
    """A source as `pullquote sources list --json` prints it."""
    return {
        "kind": source.kind,
        "address": source.address,
        "added": _moment(source.added),
        "checked": _moment(source.checked),
        "result": source.result,
    }


def report_as_json(report: UpdateReport, sources: Sequence[SourceResult], *, planned: bool) -> dict[str, Any]:
    """What an update did, or would do (`planned`), as `pullquote reindex --json` and other commands print it."""
    return {
        "planned": planned,
        "added": list(report.added),
        "changed": list(report.changed),
        "removed": list(report.removed),
        "unchanged": list(report.unchanged),
        "refused": [{"name": refusal.name, "reason": refusal.reason} for refusal in report.refused],
        "passages_embedded": report.passages_embedded,
        "sources": [
            {
                "kind": result.source.kind,
                "address": result.source.address,
                "articles": result.articles,
                "gone": list(result.gone),
                "missing": list(result.missing),
                "excluded": list(result.excluded),
                "problem": result.problem.sentence if result.problem else None,
            }
            for result in sources
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _quote(quote: Quote) -> dict[str, Any]:
    return {
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "before": quote.before,
        "after": quote.after,
        "score": round(quote.score, 4),
        "article": {
            "id": quote.article.id,
            "title": quote.article.title,
            "author": quote.article.author,
            "published": _moment(quote.article.published),
            "url": quote.article.url,
            "language": quote.article.language,
        },
    }
