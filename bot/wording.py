"""How messages put things: numbers, days, who wrote an article, quotation marks, and that there is no answer."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum

from babel.dates import format_date

from bot.languages import babel_code, later, name_of, say, say_many
from bot.markdown import shortened
from index import OPINION, Answer, Article, Limits, Outcome, Quote

NAMES_CHARACTERS = 150
"""How much is repeated of the names in a question that the articles tell of."""

VERY_SURE, FAIRLY_SURE = 0.8, 0.5
"""The confidences from which on an answer is called sure or fairly sure. Cross-validated on newsqa-dev, the first quote
is right in 89 of 100 answers that are called sure, and in 65 of 100 that are called fairly sure."""

_QUOTATION = re.compile("([“„«»”「『])([^“„«»”「」『』]{2,400})([”“»«」』])")
_PAIRS = ("“”", "„“", "„”", "«»", "»«", "””", "「」", "『』")
_ENDED = re.compile("[.!?…。！？｡؟۔।:][”“»』」’\"')\\]]*\\s*$")
_MARKS = tuple("“”„«»「」『』‘’‚\"'")


class Certainty(Enum):
    """How sure an answer is; PERHAPS, that a sentence may be one; CHOSEN, by whom; DIFFER, what it says."""

    SURE = "sure"
    FAIRLY_SURE = "fairly sure"
    NOT_SURE = "not sure"
    PERHAPS = "perhaps"
    CHOSEN = "chosen"
    DIFFER = "differ"

    @property
    def words(self) -> str:
        """What readers see of it."""
        return _CERTAINTY[self]()


_CERTAINTY = {
    Certainty.SURE: later("Sure"),
    Certainty.FAIRLY_SURE: later("Fairly sure"),
    Certainty.NOT_SURE: later("Not sure"),
    Certainty.PERHAPS: later("Perhaps this"),
    Certainty.CHOSEN: later("Chosen by the editors"),
    Certainty.DIFFER: later("These differ"),
}


def counted(number: int, noun: str) -> str:
    """The number and what it counts, in English: "1 article", "2,000 articles"."""
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


def credits_of(article: Article, *, opinion: bool = False) -> str:
    """Byline, day and section, as far as they are known; an empty string when nothing is. `opinion` is said first."""
    day = as_day(article.published) if article.published else None
    said = say("Opinion") if opinion else None
    section = article.section if article.section not in (said, OPINION) else None
    return " · ".join(part for part in (said, article.author, day, section if opinion else article.section) if part)


def foreign(article: Article, reader: str) -> str:
    """The language of an article, as in "in German", if it is another one than the reader's; else an empty string."""
    return say("in {}", name_of(article.language)) if article.language not in (None, reader) else ""


def as_day(moment: datetime) -> str:
    """The day of a moment as the language writes it, such as 7 January 2026."""
    return format_date(moment, "long", babel_code())


def as_time(moment: datetime) -> str:
    """The day and the time of a moment in UTC as the language writes them, such as 7 January 2026, 09:30 UTC."""
    at = moment.astimezone(UTC)
    return say("{}, {} UTC", as_day(at), f"{at:%H:%M}")


def until_open(held_until: datetime | None, *, private: bool) -> str:
    """In a word, why readers do not see an article: it is private, or held until then."""
    return say("private") if private or held_until is None else say("held until {}", as_time(held_until))


def certainty(confidence: float) -> Certainty:
    """How sure an answer is."""
    if confidence >= VERY_SURE:
        return Certainty.SURE
    return Certainty.FAIRLY_SURE if confidence >= FAIRLY_SURE else Certainty.NOT_SURE


def certainty_of(answer: Answer) -> Certainty:
    """How sure an answer is; that editors chose it, if they did. Nothing is called sure where the articles differ."""
    if answer.chosen:
        return Certainty.CHOSEN
    return Certainty.DIFFER if answer.disagreement else certainty(answer.confidence)


def newest_first(quotes: Sequence[Quote]) -> str:
    """That the newest of several quotes is on top, if their articles have dates that tell which that is."""
    dates = [quote.article.published for quote in quotes]
    return say("the newest first") if None not in dates and len(set(dates)) > 1 else ""


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
    limits, near = answer.limits, answer.outcome is Outcome.RELATED
    about = shortened(answer.about, NAMES_CHARACTERS) if answer.about else ""
    if limits.article:
        return _outside(limits, limits.article) or _of_one_article(near=near, about=about)
    if limits.since or limits.until:
        said = _of_a_period(_period(limits), near=near, about=about)
        return f"{said} {_left_out(limits.undated)}" if limits.undated else said
    if near and about:
        return say("The articles tell of {}, but not of that.", about)
    if near:
        return say("The articles are near that topic, but none of them says that.")
    return say("The articles do not hold an answer to that.")


def _of_one_article(*, near: bool, about: str) -> str:
    if near and about:
        return say("This article tells of {}, but not of that.", about)
    if near:
        return say("This article is near that topic, but does not say that.")
    return say("This article does not hold an answer to that.")


def _of_a_period(period: str, *, near: bool, about: str) -> str:
    if near and about:
        return say("What was published {} tells of {}, but not of that.", period, about)
    if near:
        return say("What was published {} is near that topic, but does not say that.", period)
    return say("Nothing that was published {} answers that.", period)


def _outside(limits: Limits, article: Article) -> str:
    """That an article is not of the period that it was asked about; empty if it is, or if there is no period."""
    if not (limits.since or limits.until):
        return ""
    if article.published is None:
        return say("This article has no date, so it is left out where a period is asked for.")
    too_early = limits.since and article.published < limits.since
    too_late = limits.until and article.published >= limits.until
    if not (too_early or too_late):
        return ""
    return say("This article is of {}, outside of that period.", as_day(article.published))


def _period(limits: Limits) -> str:
    """The period in words: "since 1 January 2026", "on 9 January 2026"."""
    first = as_day(limits.since) if limits.since else ""
    last = as_day(limits.until - timedelta(microseconds=1)) if limits.until else ""
    if first == last:
        return say("on {}", first)
    if first and last:
        return say("from {} to {}", first, last)
    return say("since {}", first) if first else say("until {}", last)


def _left_out(undated: int) -> str:
    return say_many("{} article without a date was left out.", "{} articles without a date were left out.", undated)


STOOD, STANDS = later("It said:"), later("Now it says:")
NOTHING_STANDS = later("Nothing stands in its place.")
ITS_ARTICLE_WENT = later("The article was withdrawn since.")
"""The words of a correction."""


def corrected_title(withdrawn: bool, title: str) -> str:
    """What became of the article of that title, in a line; an article that was removed by hand has no title."""
    if not title:
        return say("An article was withdrawn") if withdrawn else say("An article was corrected")
    return say("Withdrawn: {}", title) if withdrawn else say("Corrected: {}", title)


def further_rewordings(number: int) -> str:
    """That so many further places were changed."""
    return say_many("and {} more place", "and {} more places", number)


def edited_answers(number: int) -> str:
    """How many answers were edited for a correction."""
    if not number:
        return say("No answer had quoted it.")
    return say_many("{} answer was edited.", "{} answers were edited.", number)
