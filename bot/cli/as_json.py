"""What `--json` prints: answers, articles, sources and reports as objects of JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.services.catalog import ListedSource
from bot.storage.corrections import Correction
from index import (
    Answer,
    Article,
    Checked,
    Difference,
    Freshness,
    Headline,
    Quote,
    SourceResult,
    UpdateReport,
    Verification,
)


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
        "disagreement": answer.disagreement.about.value if answer.disagreement else None,
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
        "embargo": _moment(article.embargo),
        "private": article.private,
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


def source_as_json(listed: ListedSource) -> dict[str, Any]:
    """A source as `pullquote sources list --json` prints it. `checked` is when it was read last, well or not."""
    source = listed.source
    return {
        "kind": source.kind,
        "address": source.address,
        "added": _moment(source.added),
        "checked": _moment(source.checked),
        "result": source.result,
        "private": source.private,
        "articles": listed.articles,
        "read_well": _moment(listed.read_well),
        "failing_since": _moment(listed.failing_since),
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


def verification_as_json(found: Verification) -> dict[str, Any]:
    """The verification as `pullquote verify --json` prints it.

    Offsets are those of `text`, and of the article's text, or with "in_title" of its title.
    """
    return {
        "text": found.text,
        "verdict": found.verdict.value,
        "gravest": _difference(found.gravest) if found.gravest else None,
        "sentences": [_checked(one, found.text) for one in found.sentences],
        "around": [found.text[span.start : span.end] for span in found.around],
        "seams": list(found.seams),
    }


def _checked(one: Checked, text: str) -> dict[str, Any]:
    published = one.quote.article.text if one.quote else ""
    return {
        "text": text[one.span.start : one.span.end],
        "start": one.span.start,
        "end": one.span.end,
        "verdict": one.verdict.value,
        "in_title": one.in_title,
        "never_quoted": one.is_never_quoted,
        "quote": _quote(one.quote) if one.quote else None,
        "differences": [
            {
                **_difference(each),
                "pasted": text[each.pasted.start : each.pasted.end],
                "published": published[each.published.start : each.published.end],
                "pasted_start": each.pasted.start,
                "published_start": each.published.start,
                "elsewhere": _quote(each.elsewhere) if each.elsewhere else None,
            }
            for each in one.differences
        ],
        "former": {
            "until": _moment(one.former.until),
            "fate": "corrected" if one.former.article else "withdrawn",
            "article": article_as_json(one.former.article) if one.former.article else None,
        }
        if one.former
        else None,
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {"matter": one.matter.name.lower(), "manner": one.manner.value}


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
        "opinion": quote.is_opinion,
    }
