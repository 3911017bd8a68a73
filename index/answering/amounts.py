"""Reads the amounts in a sentence: how many, of what, and how exactly that is said.

An amount stands for a span of values: "about 1,200" may be 1,187, and "12" is 12. What was measured is converted
("5 miles" is 8 kilometres), and numbers in words are numbers. What only looks like an amount is left out: years,
scores, the "370" of "Flight 370", and "another 12", which is a part of a number that was told before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.answering.amount_words import (
    CLASSES,
    CURRENCIES,
    MEASURES,
    MULTIPLES,
    NUMBER_WORDS,
    PARTS,
    QUALITIES,
    ROUGHLY,
)
from index.languages import ENGLISH, Edges, any_of, language
from index.words import is_unspaced, terms

AGE, PERCENT, COUNT = "age", "%", ""
"""Units of amounts. Others are a currency, what is measured ("length"), or one of CLASSES ("dead")."""

CASUALTIES = frozenset(CLASSES[ENGLISH])
"""The units that count people by what happened to them. They are told in many words: "killed 12", "12 lives"."""

ROUND = 0.05
"""A number with zeros at its end may be rounded, by half of its last digit and at most by this share of itself."""

ABOUT = 0.12
"""What is said to be about a number may be off by this share of it."""

OVER = 1.25
"""What is said to be over a number is at most this many times as much."""

UNDER = 0.85
"""What is said to be nearly a number is at least this share of it."""

CONVERTED = 0.03
"""What was measured may be off by this share, as it was converted and rounded."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a sentence: what it counts or measures, and between which values it may be.

    `nouns` are the terms after the number, one of which says what is counted.
    """

    unit: str
    low: float
    high: float
    nouns: frozenset[str] = frozenset()

    def agrees(self, other: "Amount") -> bool:
        """Whether both may be the same number."""
        return self.low <= other.high and other.low <= self.high


def amounts_in(text: str, code: str = ENGLISH) -> list[Amount]:
    """The amounts in a sentence in the language `code`, in order."""
    if code == ENGLISH and _OF_THEM.match(text):
        return []
    found: list[Amount] = []
    waiting = -1  # the last amount of people of whom it was not said what happened to them
    for segment in _segments(text, code):
        if _part(code).match(segment):
            continue
        classes = _classes_in(segment, code)
        here = list(_amounts(segment, code, classes))
        if not here and classes and waiting >= 0:
            amount = found[waiting]
            found[waiting] = Amount(classes[0][1], amount.low, amount.high, amount.nouns)
        waiting = next((len(found) + i for i, one in enumerate(here) if one.unit == COUNT), -1 if here else waiting)
        found += here
    return found


def classes_asked(question: str, code: str = ENGLISH) -> frozenset[str]:
    """The classes of CASUALTIES that a question names."""
    return frozenset(name for _, name in _classes_in(question, code))


@lru_cache
def _splitter(code: str) -> re.Pattern[str]:
    ands = any_of({"en": "and, while, but, with", "de": "und, während, aber", "fr": "et, tandis que, mais",
                   "es": "y, mientras, pero", "tr": "ve, ama"}.get(code, ""), Edges.BOTH).pattern  # fmt: skip
    return re.compile(rf"[;:()—–、，；：（）]|,(?!\d{{3}})|,(?=\d{{3}}\d)|(?<=\s){ands}(?=\s)", re.IGNORECASE)


def _segments(text: str, code: str) -> Iterator[str]:
    """The parts of a sentence that say one thing each. "between 12 and 15" and "two hundred and six" stay whole."""
    text = _RANGE.sub(r"\1–\2", text) if code == ENGLISH else text
    text = re.sub(r"(\d) ?[–-] ?(\d)", "\\1\N{NON-BREAKING HYPHEN}\\2", text)
    text = re.sub(r"\b(hundred|thousand|million) and (?=\w)", r"\1 ", text, flags=re.IGNORECASE)
    for segment in _splitter(code).split(text):
        if segment and segment.strip():
            yield segment


_RANGE = re.compile(r"\bbetween (\d[\d,.]*) and (\d[\d,.]*\d|\d)", re.IGNORECASE)


@lru_cache
def _part(code: str) -> re.Pattern[str]:
    """How a segment begins that tells of a part of a number before it."""
    return re.compile(r"\s*" + any_of(PARTS.get(code, ""), language(code).edges).pattern, re.IGNORECASE)


@lru_cache
def _class_patterns(code: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    edges = language(code).edges
    return tuple((name, any_of(listed, edges)) for name, listed in CLASSES.get(code, {}).items())


def _classes_in(segment: str, code: str) -> list[tuple[int, str]]:
    return sorted((match.start(), name) for name, p in _class_patterns(code) for match in p.finditer(segment))


@lru_cache
def _words_for_numbers(code: str) -> dict[str, int]:
    """What the words for numbers of a language stand for."""
    found: dict[str, int] = {}
    for part in NUMBER_WORDS.get(code, "").split(","):
        number, _, listed = part.strip().partition(" ")
        found |= {word: int(number) for word in listed.split("/") if word}
    return found


@lru_cache
def _number(code: str) -> re.Pattern[str]:
    """A number: its digits or words, with what multiplies it, and the signs of money or percent around it."""
    spelled = "|".join(sorted(map(re.escape, _words_for_numbers(code)), key=len, reverse=True))
    times = "|".join(sorted(map(re.escape, MULTIPLES.get(code, {})), key=len, reverse=True))
    edge = r"(?!\w)" if language(code).edges is Edges.BOTH else ""
    before = r"(?<![\w.,\N{NON-BREAKING HYPHEN}-])" if language(code).edges is not Edges.NONE else r"(?<![\d.,])"
    digits = r"\d{1,3}(?:[,.\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE} ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
    plain = rf"{digits}|(?:(?:{spelled})(?:[ -](?:{spelled}))*{edge})" if spelled else digits
    many = rf"(?:[ -]?(?P<times>{times}){edge})?" if times else "(?P<times>(?!))?"
    return re.compile(
        rf"{before}(?P<sign>(?:US|C|A|NZ|HK)?[$£€¥₩₺])?\s?(?P<number>{plain})"
        rf"(?:\N{{NON-BREAKING HYPHEN}}(?P<until>{digits}))?{many}",
        re.IGNORECASE,
    )


_NO_AMOUNT = re.compile(
    r"\s?(?:a\.?m\b|p\.?m\b|o'?clock|Uhr|st\b|nd\b|rd\b|th\b|°|:\d|/\d|(?:de )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep"
    r"|oct|nov|dec)[a-z]*\b(?! \w+ers))|[-\N{NON-BREAKING HYPHEN}]\d",
    re.IGNORECASE,
)
_MONTH_BEFORE = re.compile(
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december|(?-i:May)|jan\.?|feb\.?"
    r"|aug\.?|sept?\.?|oct\.?|nov\.?|dec\.?)\s$",
    re.IGNORECASE,
)
_OTHERS_BEFORE = re.compile(
    r"\b(?:another|other|further|additional|extra|first|last|next|top|no|number|flight|route|highway|room|section|article"
    r"|channel|boeing|airbus|line|platform|gate|unit|block|chapter)\s$",
    re.IGNORECASE,
)
_OTHERS_AFTER = re.compile(r"\s(?:more|others?|another|further|additional)\b(?! than)", re.I)
_AGED = re.compile(r"\b(?:aged|age|age of|turned)\s$", re.I)
_YEARS_OLD = re.compile(r"[\s-]years?[\s-]olds?\b|\sJahre alt|-jährige|\sans\b(?= )|\saños de edad|岁|歳|세", re.I)
_OF_THEM = re.compile(r"\W*(?:of|among) (?:the|those|these|them|its|their)\b", re.I)
_WHO = re.compile(r"\s(?:[\w’'-]+\s){1,3}(?:who|whom|whose|that|which)\b")
_OF_THE = re.compile(r"\s(?:of|out of)\s(?:the|its|their|his|her|our|these|those|them|us|\d)", re.I)
_NAMED = re.compile(r"\b([A-Z][a-z]+|No\.?|[A-Z]{1,3})[\s-]$")


def _amounts(segment: str, code: str, classes: Sequence[tuple[int, str]]) -> Iterator[Amount]:
    """The amounts of one segment. `classes` has what happened to people, and where that is said."""
    matches = list(_number(code).finditer(segment))
    for match in matches:
        before, after = segment[: match.start()], segment[match.end() :]
        value = _value(match["number"], code)
        if value is None or _OTHERS_BEFORE.search(before) or _OTHERS_AFTER.match(after):
            continue
        if code == ENGLISH and _WHO.match(after):
            continue  # some of those who were counted elsewhere
        if match["number"].isdigit() and not match["times"] and _is_no_amount(match, before, after):
            continue
        scale = MULTIPLES.get(code, {}).get((match["times"] or "").casefold(), 1)
        last = _value(match["until"], code) if match["until"] else None
        unit, factor, nouns = _unit(match["sign"], before, after, code)
        if unit == COUNT:
            if not nouns and not classes:
                continue
            if _OF_THE.match(after):
                continue
            if classes and not any(noun in QUALITIES["things"] for noun in nouns):
                unit = _nearest(classes, match.start())
        if unit == COUNT and (not nouns or value == 1):
            continue
        low, high = _bounds(match["number"], value, scale, before, after, unit, code)
        if last is not None:
            high = last * scale
        yield Amount(unit, low * factor, high * factor, nouns)


def _is_no_amount(match: re.Match[str], before: str, after: str) -> bool:
    """Whether plain digits are a time, a score, a date, a year, or a part of a name."""
    if match["sign"] or match["until"]:
        return False
    if _NO_AMOUNT.match(after) or _MONTH_BEFORE.search(before):
        return True
    named = _NAMED.search(before)
    if named and before[: named.start()].strip() and not re.match(r"\s[a-z]", after):
        return True
    is_year = len(match["number"]) == 4 and match["number"][:2] in ("18", "19", "20")
    return is_year and not re.match(r"\s(?:people|dead|deaths|residents|homes|jobs|years)\b", after)


def _nearest(classes: Sequence[tuple[int, str]], at: int) -> str:
    return min(classes, key=lambda one: abs(one[0] - at))[1]


def _value(said: str, code: str) -> float | None:
    """The number that digits or words stand for."""
    if said[0].isdigit():
        plain = re.sub(r"[,.\s](?=\d{3}(?!\d))", "", said)
        return float(plain.replace(",", "."))
    known = _words_for_numbers(code)
    total = part = 0
    for word in re.split(r"[ -]+", said.casefold()):
        if word not in known:
            return float(known[said.casefold()]) if said.casefold() in known else None
        number = known[word]
        if number == 100 and part:
            part *= 100
        else:
            part += number
    return float(total + part)


def _unit(sign: str | None, before: str, after: str, code: str) -> tuple[str, float, frozenset[str]]:
    """What a number counts or measures, by what factor it is converted, and the terms after it."""
    if sign:
        return CURRENCIES.get(sign.upper(), sign.upper()), 1.0, frozenset()
    if _AGED.search(before) or _YEARS_OLD.match(after):
        return AGE, 1.0, frozenset()
    if re.match(r"\s?(?:%|％|per ?cent\b|Prozent\b|pour cent\b|por ciento\b|yüzde\b|퍼센트)", after, re.IGNORECASE):
        return PERCENT, 1.0, frozenset()
    if re.search(r"(?:\byüzde\s|%\s?)$", before):
        return PERCENT, 1.0, frozenset()
    for pattern, unit, factor in _measures():
        if pattern.match(after):
            return unit, factor, frozenset()
    if re.search(r"\bmagnitude[\s-](?:of\s)?$", before, re.IGNORECASE) or re.match(r"[\s-]magnitude", after):
        return "magnitude", 1.0, frozenset()
    return COUNT, 1.0, _nouns(after, code)


@lru_cache
def _measures() -> tuple[tuple[re.Pattern[str], str, float], ...]:
    return tuple(
        (re.compile(rf"[\s-]?(?:{listed})(?!\w)", re.IGNORECASE), unit, factor) for listed, unit, factor in MEASURES
    )


def _nouns(after: str, code: str) -> frozenset[str]:
    """The terms of the three words right after a number, one of which may name what is counted."""
    if is_unspaced(after.strip()[:1]):
        return frozenset({after.strip()[:1]})
    said = re.match(r"(?:[\s-]+[^\W\d_][\w’']*){1,3}", after)
    if not said:
        return frozenset()
    return frozenset(terms(said[0], code)) - QUALITIES["vague"]


def _bounds(
    said: str, value: float, scale: float, before: str, after: str, unit: str, code: str
) -> tuple[float, float]:
    """Between which values a number may be, by how it is said."""
    number = value * scale
    step = _step(said, scale)
    exact = unit in CASUALTIES or unit in (COUNT, AGE)
    may_be_round = step > 1 and number >= 100 if exact else True
    slack = min(step / 2, ROUND * number) if may_be_round else 0.0
    if unit not in CASUALTIES and any(unit == measured for _, measured, _ in MEASURES):
        slack = max(slack, CONVERTED * number)
    if unit == PERCENT:
        slack = step / 2 * 0.98
    low, high = number - slack * 0.98, number + slack * 0.98
    listed, edges = ROUGHLY.get(code, {}), Edges.START if language(code).edges is Edges.BOTH else language(code).edges
    said_before = before.rstrip().casefold()
    for how, phrases in listed.items():
        if any(said_before.endswith(phrase.strip()) for phrase in phrases.split(",")):
            if how == "about":
                low, high = min(low, number * (1 - ABOUT)), max(high, number * (1 + ABOUT))
            elif how == "over":
                low, high = number, max(high, number * OVER)
            elif how == "least":
                high = max(high, number * OVER) if may_be_round else high
            elif how == "under":
                low, high = number * UNDER, number
            elif how == "most":
                low = 0.0
    if any_of("or so, or thereabouts", edges).match(after.strip()):
        low, high = min(low, number * (1 - ABOUT)), max(high, number * (1 + ABOUT))
    return low, high


def _step(said: str, scale: float) -> float:
    """How fine a number is: 100 for "1,200", 100,000 for "1.2 million", 1 for "12" and for words."""
    if not said[0].isdigit():
        return scale if scale > 1 else 1.0
    plain = re.sub(r"[,.\s](?=\d{3}(?!\d))", "", said).replace(",", ".")
    if "." in plain:
        return float(scale * 10.0 ** -len(plain.partition(".")[2]))
    zeros = len(plain) - len(plain.rstrip("0")) if scale == 1 else 0
    return float(scale * 10.0**zeros)
