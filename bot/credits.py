"""Who wrote an article, where and when, as every reply names it."""

from datetime import datetime

from index import Article


def credits_of(article: Article) -> str:
    """Byline, day and section, as far as they are known; an empty string when nothing is."""
    day = as_day(article.published) if article.published else None
    return " · ".join(part for part in (article.author, day, article.section) if part)


def as_day(moment: datetime) -> str:
    """The day of a moment, such as 7 January 2026."""
    return f"{moment.day} {moment:%B %Y}"
