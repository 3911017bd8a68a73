"""How messages put things: numbers, days, who wrote an article, quotation marks, and that there is no answer."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.markdown import shortened
from index import Answer, Article, Limits, Outcome

NAMES_CHARACTERS = 150
"""How much is repeated of the names in a question that the articles tell of."""

VERY_SURE, FAIRLY_SURE = 0.8, 0.5
"""The confidences from which on an answer is called sure or fairly sure. Cross-validated on newsqa-dev, the first quote
is right in 89 of 100 answers that are called sure, and in 65 of 100 that are called fairly sure."""

_QUOTATION = re.compile("([“„«»”「『])([^“„«»”「」『』]{2,400})([”“»«」』])")
_PAIRS = ("“”", "„“", "„”", "«»", "»«", "””", "「」", "『』")
_ENDED = re.compile("[.!?…。！？｡؟۔।:][”“»』」’\"')\\]]*\\s*$")
_MARKS = tuple("“”„«»「」『』‘’‚\"'")


def counted(number: int, noun: str) -> str:
    """The number and what it counts: "1 article", "2,000 articles"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def as_span(seconds: float) -> str:
    """A span of time in whole units, rounded down: "40 seconds", "1 minute", "5 hours", "2 days"."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return counted(int(seconds // length), unit)
    return counted(max(0, int(seconds)), "second")


def as_bytes(number: int) -> str:
    """How much that is on a disk: "12.3 GB", "85 MB"."""
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.0f} MB"


def languages_in(codes: Sequence[str]) -> str:
    """The languages with these codes of ISO 639-1: "English", or how many they are."""
    return "English" if tuple(codes) == ("en",) else counted(len(codes), "language")


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


def certainty(confidence: float) -> str:
    """How sure an answer is, in words."""
    if confidence >= VERY_SURE:
        return "Sure"
    return "Fairly sure" if confidence >= FAIRLY_SURE else "Not sure"


def is_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does, and a subheading does not."""
    return _ENDED.search(text) is not None


def quotation_marks(sentence: str, text: str) -> tuple[str, str]:
    """What opens and what closes a quotation of the sentence: the marks that `text`, which it is from, uses itself.

    They are “these” if it uses none. A thin space parts them from marks of the sentence's own.
    """
    found = (match[1] + match[3] for match in _QUOTATION.finditer(text[:20_000]))
    uses = Counter(pair for pair in found if pair in _PAIRS)
    pair = uses.most_common(1)[0][0] if uses else "“”"
    opening, closing = pair[0], pair[1]
    within = "\N{NO-BREAK SPACE}" if opening == "«" and re.search(r"«\s", text) else ""
    before, after = ("\N{THIN SPACE}" if end in _MARKS else within for end in (sentence[:1], sentence[-1:]))
    return opening + before, after + closing


def unanswered(answer: Answer) -> str:
    """What to say if there is nothing to quote: that what was asked is near the topic, or not even that.

    What was asked is all articles, one of them, or those of a period.
    """
    limits = answer.limits
    if limits.article:
        said = _nearest(answer, "This article", one=True) or "This article does not hold an answer to that."
        return _outside(limits, limits.article) or said
    if limits.since or limits.until:
        published = f"published {_period(limits)}"
        said = _nearest(answer, f"What was {published}", one=True) or f"Nothing that was {published} answers that."
        return f"{said} {_left_out(limits.undated)}" if limits.undated else said
    return _nearest(answer, "The articles", one=False) or "The articles do not hold an answer to that."


def _nearest(answer: Answer, asked: str, *, one: bool) -> str:
    """That what was asked is near the topic; empty if it is not. `one` says that it takes the singular."""
    if answer.outcome is not Outcome.RELATED:
        return ""
    if answer.about:
        tells = "tells" if one else "tell"
        return f"{asked} {tells} of {shortened(answer.about, NAMES_CHARACTERS)}, but not of that."
    near = "is near that topic, but does not say that" if one else "are near that topic, but none of them says that"
    return f"{asked} {near}."


def _outside(limits: Limits, article: Article) -> str:
    """That an article is not of the period that it was asked about; empty if it is, or if there is no period."""
    if not (limits.since or limits.until):
        return ""
    if article.published is None:
        return "This article has no date, so it is left out where a period is asked for."
    too_early = limits.since and article.published < limits.since
    too_late = limits.until and article.published >= limits.until
    return f"This article is of {as_day(article.published)}, outside of that period." if too_early or too_late else ""


def _period(limits: Limits) -> str:
    """The period in words: "since 1 January 2026", "on 9 January 2026"."""
    first = as_day(limits.since) if limits.since else ""
    last = as_day(limits.until - timedelta(microseconds=1)) if limits.until else ""
    if first == last:
        return f"on {first}"
    if first and last:
        return f"from {first} to {last}"
    return f"since {first}" if first else f"until {last}"


def _left_out(undated: int) -> str:
    return f"{counted(undated, 'article')} without a date {'was' if undated == 1 else 'were'} left out."
