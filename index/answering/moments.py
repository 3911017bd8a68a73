"""Reads the days, years and times of day in a sentence, as far as they are said.

"Tuesday" and "yesterday" are days once it is known when the article was published. What is not said can be anything, so
"in May" agrees with "on 12 May", and "1904" with "June 1904".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from index.languages import ENGLISH, Edges, language


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, as far as it is said: `minute` counts from midnight, and `weekday` from Monday, which is 0."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    minute: int | None = None

    def agrees(self, other: "Moment") -> bool:
        """Whether nothing that both say differs."""
        pairs = zip(self._said(), other._said(), strict=True)
        return all(one is None or two is None or one == two for one, two in pairs)

    def shares(self, other: "Moment") -> bool:
        """Whether both say the year, the month, the day, the weekday or the time of day."""
        pairs = zip(self._said(), other._said(), strict=True)
        return any(one is not None and two is not None for one, two in pairs)

    def _said(self) -> tuple[int | None, ...]:
        return self.year, self.month, self.day, self.weekday, self.minute


@lru_cache
def _names(code: str) -> tuple[dict[str, int], dict[str, int]]:
    """The names of months, from 1, and of days, from 0, in lower case."""
    try:
        locale = Locale(code)
    except (UnknownLocaleError, ValueError):
        locale = Locale(ENGLISH)
    months: dict[str, int] = {}
    for width in ("abbreviated", "wide"):
        for number, name in locale.months["format"][width].items():
            months[name.casefold().rstrip(".")] = number
            months.setdefault(name.casefold(), number)
    days = {name.casefold(): number for number, name in locale.days["format"]["wide"].items()}
    if code == ENGLISH:
        months["sept"] = 9
    return months, days


@lru_cache
def _patterns(code: str) -> tuple[re.Pattern[str], ...]:
    months, days = _names(code)
    month = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    weekday = "|".join(sorted(map(re.escape, days), key=len, reverse=True))
    year = r"(?P<year>1[0-9]\d\d|20\d\d)"
    day = r"(?P<day>[12]\d|3[01]|0?[1-9])"
    if language(code).edges is Edges.NONE or code == "ko":
        dated = rf"(?:{year}\s?[年년]\s?)?(?:(?P<month>1[0-2]|0?[1-9])\s?[月월]\s?)(?:{day}\s?[日일])?"
        return re.compile(dated), re.compile(rf"{year}\s?[年년](?!\s?\d)"), re.compile(rf"(?P<weekday>{weekday})")
    ordinal = r"(?:st|nd|rd|th|\.|er|º)?"
    return (
        re.compile(
            rf"(?<!\w){day}{ordinal}\s(?:of\s|de\s)?(?P<month>{month})(?!\w)\.?(?:,?\s(?:de\s|del\s)?{year}(?!\w))?",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?<!\w)(?P<month>{month})(?!\w)\.?\s{day}(?:st|nd|rd|th)?(?![\w:])(?:,?\s{year}(?!\w))?", re.IGNORECASE
        ),
        re.compile(rf"(?<!\w)(?P<month>{month})(?!\w)\.?,?\s(?:of\s|de\s|del\s)?{year}(?!\w)", re.IGNORECASE),
        re.compile(rf"(?<![\w,.$£€]){year}(?![\w%]|[,.]\d|-year)"),
        re.compile(rf"(?<!\w)(?P<month>{month})(?!\w)", re.IGNORECASE if code != ENGLISH else 0)
        if code != ENGLISH
        else re.compile(
            r"\b(?:in|since|until|by|of|last|this|next|early|late|mid-?)\s(?P<month>"
            + "|".join(name.capitalize() for name in months if len(name) > 3 or name == "may")
            + r")\b"
        ),
        re.compile(rf"(?<!\w)(?P<weekday>{weekday})(?!\w)", re.IGNORECASE),
    )


_TIME = re.compile(
    r"(?<![\d:])(?P<hour>1?\d|2[0-3])(?:[:.](?P<past>[0-5]\d))?\s?(?P<half>a\.?m\b|p\.?m\b)"
    r"|(?<![\d:.])(?P<hour24>[01]?\d|2[0-3])[:h](?P<past24>[0-5]\d)(?![\d:])|\b(?P<word>noon|midnight)\b",
    re.IGNORECASE,
)
_NEAR_DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_NEAR_DAY = re.compile(rf"\b(?:{'|'.join(_NEAR_DAYS)})\b", re.IGNORECASE)
_NEAR_YEAR = re.compile(r"\b(?P<which>last|this|next)\s(?P<what>year|month)\b", re.IGNORECASE)
_TO_COME = re.compile(r"\b(?:will|would|next|to be|is due|are due|plans?|scheduled|expected|shall)\b", re.IGNORECASE)


def moments_in(text: str, code: str = ENGLISH, published: datetime | None = None) -> list[Moment]:
    """The moments in a sentence of an article that was published then, each as far as it is said."""
    found: list[Moment] = []
    taken: list[tuple[int, int]] = []
    for pattern in _patterns(code):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            found.append(_moment(match, code, text, published))
    if code == ENGLISH and published:
        found += _near(text, published)
    times = [Moment(minute=minute) for minute in _minutes(text)]
    days = [one for one in found if one.day is not None or one.weekday is not None]
    if len(times) == 1 and len(days) == 1:  # "at 8 p.m. on Tuesday"
        at = days[0]
        found[found.index(at)] = Moment(at.year, at.month, at.day, at.weekday, times[0].minute)
        return found
    return found + times


def periods_in(text: str, code: str = ENGLISH, published: datetime | None = None) -> list[Moment]:
    """The years and months that a sentence speaks of, without days and times of day."""
    found = (Moment(one.year, one.month) for one in moments_in(text, code, published) if one.weekday is None)
    return [one for one in found if one != Moment()]


def _moment(match: re.Match[str], code: str, text: str, published: datetime | None) -> Moment:
    said = match.groupdict()
    months, days = _names(code)
    year = int(said["year"]) if said.get("year") else None
    month = said.get("month")
    number = int(month) if month and month.isdigit() else months.get(month.casefold()) if month else None
    if weekday := said.get("weekday"):
        return _on_weekday(days[weekday.casefold()], text, published)
    return Moment(year, number, int(said["day"]) if said.get("day") else None)


def _on_weekday(weekday: int, text: str, published: datetime | None) -> Moment:
    """A day of the week: the last one before the article, or the next one after it for what is to come."""
    if published is None:
        return Moment(weekday=weekday)
    day = published.date()
    back = (day.weekday() - weekday) % 7
    on = day + timedelta(days=(-back) % 7) if _TO_COME.search(text) else day - timedelta(days=back)
    return _of_date(on)


def _of_date(day: date) -> Moment:
    return Moment(day.year, day.month, day.day)


def _near(text: str, published: datetime) -> Iterator[Moment]:
    for match in _NEAR_DAY.finditer(text):
        yield _of_date((published + timedelta(days=_NEAR_DAYS[match[0].lower()])).date())
    for match in _NEAR_YEAR.finditer(text):
        by = {"last": -1, "this": 0, "next": 1}[match["which"].lower()]
        if match["what"].lower() == "year":
            yield Moment(published.year + by)
        else:
            months = published.year * 12 + published.month - 1 + by
            yield Moment(months // 12, months % 12 + 1)


def _minutes(text: str) -> Iterator[int]:
    """The times of day, in minutes from midnight."""
    for match in _TIME.finditer(text):
        if word := match["word"]:
            yield 12 * 60 if word.lower() == "noon" else 0
        elif match["half"]:
            hour = int(match["hour"]) % 12 + (12 if match["half"].lower().startswith("p") else 0)
            yield hour * 60 + int(match["past"] or 0)
        else:
            yield int(match["hour24"]) * 60 + int(match["past24"])
