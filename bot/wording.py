"""How messages put things: numbers, days, who wrote an article, and that there is no answer."""

from datetime import datetime

from bot.markdown import shortened
from index import Answer, Article, Outcome

NAMES_CHARACTERS = 150
"""How much is repeated of the names in a question that the articles tell of."""


def counted(number: int, noun: str) -> str:
    """The number and what it counts: "1 article", "2,000 articles"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def bar(share: float, marks: int) -> str:
    """A share, from 0 to 1, as a bar of so many marks: full only for all of it, and empty only for nothing."""
    filled = round(share * marks)
    filled = min(max(filled, 1), marks - 1) if 0 < share < 1 else filled
    return "▰" * filled + "▱" * (marks - filled)


def credits_of(article: Article) -> str:
    """Byline, day and section, as far as they are known; an empty string when nothing is."""
    day = as_day(article.published) if article.published else None
    return " · ".join(part for part in (article.author, day, article.section) if part)


def as_day(moment: datetime) -> str:
    """The day of a moment, such as 7 January 2026."""
    return f"{moment.day} {moment:%B %Y}"


def unanswered(answer: Answer) -> str:
    """What to say if there is nothing to quote: that the articles are near the topic, or not even that."""
    if answer.outcome is not Outcome.RELATED:
        return "The articles do not hold an answer to that."
    if not answer.about:
        return "The articles are near that topic, but none of them says that."
    return f"The articles tell of {shortened(answer.about, NAMES_CHARACTERS)}, but not of that."
