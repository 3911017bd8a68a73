"""How messages put things: numbers, days, and who wrote an article."""

from datetime import datetime

from index import Article


def counted(number: int, noun: str) -> str:
    """The number and what it counts: "1 article", "2,000 articles"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def credits_of(article: Article) -> str:
    """Byline, day and section, as far as they are known; an empty string when nothing is."""
    day = as_day(article.published) if article.published else None
    return " · ".join(part for part in (article.author, day, article.section) if part)


def as_day(moment: datetime) -> str:
    """The day of a moment, such as 7 January 2026."""
    return f"{moment.day} {moment:%B %Y}"
