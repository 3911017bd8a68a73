"""Finds out whether two articles say different things of the same: other numbers, other dates, another outcome.

It would rather miss a difference than claim one. Two sentences differ if both may answer the question, if their
articles tell of the same, and if what they say cannot both be right. So it matters how a number is said ("about 1,200"
may be 1,187), what it counts, and for when it holds: figures of two years, of two places, of a whole and of a part of
it do not contradict each other.
"""

import math
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from index.answering.amounts import AGE, CASUALTIES, COUNT, PERCENT, Amount, amounts_in, classes_asked
from index.answering.answer import quote_of
from index.answering.cues import LOOKED_AT
from index.answering.features import kinds_of
from index.answering.moments import Moment, moments_in, periods_in
from index.answering.never import Never
from index.answering.outcomes import Ending, bodies_in, endings_in, undone_in
from index.answering.ranker import DEPTH
from index.answering.search import RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.languages import ENGLISH, language
from index.types import Differing, Disagreement
from index.words import terms

LEAD = 360
"""How many characters of an article, after its title, say what it is about."""

SAME = 0.22
"""The least share of the terms of what either article is about, weighted by rarity, that the other has as well."""

SAME_NAMES, WELL_NAMED = 0.14, 0.5
"""The least share of these terms where at least that share of the names is the same."""

NAMED = 0.3
"""The least share of the names that the other article has, weighted by rarity, if both have names."""

NEWS = timedelta(days=45)
"""How far apart two articles may be that tell of an outcome, or of a number that may be another at another time."""

IN_COMMON = 1
"""How many terms the two sentences must have in common beside what they differ in; or one each with the question."""

_ATTRIBUTION = re.compile(
    r",?\s(?:according to|as reported by|told|citing)\b[^,.;]*"
    r"|,\s[^,.;]{2,60}\s(?:said|says|told \w+|announced|added|reported|wrote)\b[^,.;]*",
)
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w’'-]+")
_NO_NAMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mr mrs ms dr".split()
)


@dataclass(frozen=True)
class Statement:
    """A sentence of an article, with what must be known of that. `around` is the sentence with those next to it."""

    sentence: str
    around: str
    title: str
    text: str
    code: str = ENGLISH
    published: datetime | None = None

    @cached_property
    def said(self) -> frozenset[str]:
        """The terms of the sentence."""
        return frozenset(terms(self.sentence, self.code))

    @cached_property
    def topic(self) -> frozenset[str]:
        """The terms of what the article is about."""
        return frozenset(terms(f"{self.title}. {self.text[:LEAD]} {self.around}", self.code))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in the sentence and at the start of the article, without those of whoever says so."""
        return _names_in(f"{self.text[:LEAD]} {self.around}", self.code)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The names in the sentence alone."""
        return _names_in(self.sentence, self.code)

    @cached_property
    def whole_terms(self) -> frozenset[str]:
        """All terms of the article."""
        return frozenset(terms(f"{self.title}. {self.text[:20_000]}", self.code))

    @cached_property
    def amounts(self) -> Sequence[Amount]:
        """The amounts in the sentence."""
        return amounts_in(self.sentence, self.code)

    @cached_property
    def moments(self) -> Sequence[Moment]:
        """The moments in the sentence."""
        return moments_in(self.sentence, self.code, self.published)

    @cached_property
    def endings(self) -> Sequence[Ending]:
        """The outcomes in the sentence."""
        return endings_in(self.sentence, self.code)


Weigh = Callable[[Set[str]], Callable[[str], float]]
"""Counts some terms; what it returns gives the rarity of each of them."""


def differ(question: str, one: Statement, other: Statement, weigh: Weigh, code: str = ENGLISH) -> Differing | None:
    """What two sentences of two articles differ in, which both may answer the question; None if they do not differ.

    `code` is the language of the question.
    """
    if one.code != other.code:
        return None
    how = _how(question, one, other, code)
    asked = frozenset(terms(question, code))
    return how if how and _is_same_thing(one, other, weigh, how, asked) else None


def _how(question: str, one: Statement, other: Statement, code: str) -> Differing | None:
    """In what the two sentences differ, whatever they are about."""
    kinds = kinds_of(question, code)
    asked = frozenset(terms(question, code))
    common = (one.said & other.said) | (asked & (one.said | other.said))
    if kinds[0] == "when" or _asks_for_time(question, code):
        return Differing.DATE if _differ_in_moments(one, other) and len(common) >= IN_COMMON else None
    if _share_no_period(one, other):
        return None
    if {"number", "what", "yes or no", "how"} & {*kinds}:
        if _differ_in_amounts(question, one, other, code) and len(common) >= IN_COMMON:
            return Differing.NUMBER
        if "number" in kinds:
            return None
    return Differing.OUTCOME if _differ_in_outcome(one, other, asked) else None


def _asks_for_time(question: str, code: str) -> bool:
    return (
        code == ENGLISH and re.search(r"\b(?:what|which) (?:time|day|date|year|month)\b", question.lower()) is not None
    )


def disagreement_in(
    question: str, ranking: Ranking, weigh: Weigh, limit: int, tuning: Tuning, never: Never, code: str = ENGLISH
) -> Disagreement | None:
    """What other articles say otherwise than the best sentence, in at most `limit` quotes; None if none does."""
    best = ranking.sentences[0]
    first = _statement(best)
    chosen, about = [(best, first)], None
    for sentence in ranking.sentences[1:DEPTH]:
        if len(chosen) == limit or sentence.score < best.score - tuning.answers_too:
            break
        if any(sentence.article_id == other.article_id for other, _ in chosen):
            continue
        statement = _statement(sentence)
        how = differ(question, first, statement, weigh, code)
        if how and all(differ(question, other, statement, weigh, code) for _, other in chosen[1:]):
            chosen.append((sentence, statement))
            about = about or how
    if about is None:
        return None
    newest = sorted(chosen, key=lambda each: -(each[1].published.timestamp() if each[1].published else -math.inf))
    return Disagreement(about, tuple(quote_of(sentence, never) for sentence, _ in newest))


def _statement(ranked: RankedSentence) -> Statement:
    article, sentences = ranked.snapshot.with_sentences(ranked.article_id)
    span = sentences[ranked.number]
    before, after = sentences[max(0, ranked.number - 1)], sentences[min(ranked.number + 1, len(sentences) - 1)]
    return Statement(
        article.text[span.start : span.end][:LOOKED_AT],
        article.text[before.start : after.end][: 2 * LOOKED_AT],
        article.title,
        article.text,
        article.language or ENGLISH,
        article.published,
    )


# Numbers


def _differ_in_amounts(question: str, one: Statement, other: Statement, code: str) -> bool:
    """Whether the amounts that are asked for cannot be the same."""
    asked = frozenset(terms(question, code))
    for unit in dict.fromkeys(amount.unit for amount in one.amounts):
        ours, theirs = ([a for a in two.amounts if a.unit == unit] for two in (one, other))
        if not theirs or not _is_asked_for(unit, ours, question, asked, code):
            continue
        if unit == COUNT:
            ours, theirs = _of_same_noun(ours, theirs, asked)
        if not ours or not theirs or len(ours) > 1 or len(theirs) > 1:
            continue
        if ours[0].agrees(theirs[0]) or (unit in CASUALTIES and _is_part(ours[0], theirs[0], one.code)):
            continue
        return True
    return False


_HOW_BIG = re.compile(r"\bhow (?:big|large)\b", re.IGNORECASE)
_HOW_OLD = re.compile(r"\bhow (?:old|young)\b|\b(?:age|aged)\b", re.IGNORECASE)
_ASKS_FOR = {
    "time": re.compile(r"\bhow (?:long|many|much|old|soon)\b|\b(?:time|sentence|duration|last)", re.IGNORECASE),
    "length": re.compile(r"\bhow (?:long|far|tall|deep|high|wide|big|large|many|close|near|much)\b|\b(?:height|length"
                         r"|depth|distance|size)\b", re.IGNORECASE),
}  # fmt: skip


def _is_asked_for(unit: str, ours: Sequence[Amount], question: str, asked: frozenset[str], code: str) -> bool:
    """Whether a question asks for amounts of that unit."""
    if code != ENGLISH:
        return (
            unit == COUNT
            or unit not in CASUALTIES
            or not classes_asked(question, code)
            or unit in classes_asked(question, code)
        )
    many = re.search(r"\bhow many\b", question, re.IGNORECASE)
    if unit in CASUALTIES:
        named = classes_asked(question, code)
        return unit in named if named else not many or bool(asked & _PEOPLE)
    if unit == AGE:
        return _HOW_OLD.search(question) is not None
    if _HOW_OLD.search(question):
        return False
    if unit == COUNT:
        return (
            many is not None
            or _HOW_BIG.search(question) is not None
            or "number" in question.lower()
            or any(amount.nouns & asked for amount in ours)
        )
    if unit == PERCENT:
        return not many
    if unit in _ASKS_FOR:
        return _ASKS_FOR[unit].search(question) is not None
    return True


_PEOPLE = frozenset(terms("people persons men women children soldiers victims miners passengers civilians officers"))
_ANYBODY = frozenset(
    terms("people persons person others dead victims lives bodies deaths died killed dead injured hurt")
)


def _of_same_noun(
    ours: Sequence[Amount], theirs: Sequence[Amount], asked: frozenset[str]
) -> tuple[list[Amount], list[Amount]]:
    """The amounts that count what the other sentence counts, and what is asked for if either counts that."""
    one, other = (frozenset[str]().union(*(amount.nouns for amount in amounts)) for amounts in (ours, theirs))
    shared = one & other
    shared = shared & asked or shared
    return [a for a in ours if a.nouns & shared], [a for a in theirs if a.nouns & shared]


def _is_part(one: Amount, other: Amount, code: str) -> bool:
    """Whether one may count a part of what the other counts, such as the children among the people."""
    if code != ENGLISH:
        return False
    less, more = sorted((one, other), key=lambda amount: amount.high)
    return bool(less.nouns & _KINDS) and not less.nouns & more.nouns - _ANYBODY


_KINDS = frozenset(
    terms(
        "children child women woman men man boys girls soldiers troops civilians police officers firefighters students"
        " tourists foreigners americans britons workers employees passengers crew journalists rebels militants"
        " insurgents gunmen doctors nurses pupils teenagers adults pedestrians drivers aid protesters"
    )
)


# Dates


def _differ_in_moments(one: Statement, other: Statement) -> bool:
    """Whether no moment in one sentence can be one in the other, and there is but one in each."""
    ours, theirs = one.moments, other.moments
    if not (len(ours) == 1 and len(theirs) == 1):
        return False
    return ours[0].shares(theirs[0]) and not ours[0].agrees(theirs[0])


def _share_no_period(one: Statement, other: Statement) -> bool:
    """Whether the sentences speak of different years or months, so that both may be right."""
    ours, theirs = (periods_in(two.sentence, two.code, two.published) for two in (one, other))
    if ours and theirs and not any(mine.agrees(yours) for mine in ours for yours in theirs):
        return True
    mine, yours = (dict(map(reversed, _TURN.findall(two.sentence.lower()))) for two in (one, other))
    return any(mine[what] != yours[what] for what in mine.keys() & yours.keys())


_TURN = re.compile(
    r"\b(first|second|third|fourth|fifth|last|final)[\s-](quarter|half|round|season|stage|leg|phase|term|week|day|test)\b"
)


# Outcomes


def _differ_in_outcome(one: Statement, other: Statement, asked: frozenset[str]) -> bool:
    """Whether the sentences tell opposite outcomes of the same, or different winners."""
    ours, theirs = one.endings, other.endings
    for kind in {ending.kind for ending in ours} & {ending.kind for ending in theirs}:
        mine, yours = ([e for e in two if e.kind == kind] for two in (ours, theirs))
        if len({e.is_so for e in mine}) != 1 or len({e.is_so for e in yours}) != 1:
            continue
        common = (one.said & other.said) | (asked & one.said & other.said)
        if len(common) < 2:
            continue
        if kind == "win":
            if _have_other_winners(one, other, mine[0], yours[0]):
                return True
            continue
        if mine[0].is_so == yours[0].is_so:
            continue
        if kind == "life" and any(a.unit in CASUALTIES for a in (*one.amounts, *other.amounts)):
            continue
        bodies, others = (bodies_in(e.who, one.code) for e in (mine[0], yours[0]))
        if bodies and others and not bodies & others:
            continue
        return True
    return _denies(one, other) or _denies(other, one)


def _have_other_winners(one: Statement, other: Statement, mine: Ending, yours: Ending) -> bool:
    """Whether the same is said to have won and lost, or two who both take part are said to have won."""
    same = bool(_names_of(mine, one) & _names_of(yours, other))
    if mine.is_so != yours.is_so:
        return same
    ours, theirs = _names_of(mine, one), _names_of(yours, other)
    return not same and bool(ours and theirs) and ours <= other.whole_terms and theirs <= one.whole_terms


def _names_of(ending: Ending, statement: Statement) -> frozenset[str]:
    names = frozenset(term for name in re.findall(r"\b[A-Z][\w’'-]+", statement.sentence) for term in terms(name))
    return ending.who & names if not language(statement.code).nouns_have_capitals else ending.who


def _denies(one: Statement, other: Statement) -> bool:
    """Whether one sentence denies what the other tells, in the same words."""
    undone = undone_in(one.sentence, one.code) & other.said
    if not undone or undone & undone_in(other.sentence, other.code):
        return False
    common = (one.said & other.said) - undone
    return len(common) >= 2 and not re.search(r"\b(?:if|whether|would|could|might|may)\b", other.sentence)


# The same thing


def _is_same_thing(one: Statement, other: Statement, weigh: Weigh, how: Differing, asked: frozenset[str]) -> bool:
    """Whether two articles tell of the same event or thing. `asked` has the terms of the question."""
    if one.published and other.published and not _may_be_apart(one, other, how):
        return False
    idf = weigh(one.topic | other.topic)
    named = _share(one.names, other.names, idf)
    if _share(one.topic, other.topic, idf) < (SAME_NAMES if named >= WELL_NAMED else SAME):
        return False
    if one.names and other.names and named < NAMED:
        return False
    if how is not Differing.OUTCOME and (_is_of(one, other) or _is_of(other, one) or _are_kinds(one, other, asked)):
        return False
    return not (one.own_names - other.whole_terms and other.own_names - one.whole_terms)


_PART_OF = re.compile(r"\b(?:the|a|an|its|one)\s(?P<part>[a-z]+)\s(?:of|in|at)\s(?:the|a|an|its)\s", re.IGNORECASE)
_NO_PARTS = frozenset(
    terms("cost price number city town village owner building construction opening size length height rest end start"
          " crowd death deaths toll fire group total court house people crash case bill")
)  # fmt: skip


def _is_of(one: Statement, other: Statement) -> bool:
    """Whether one sentence is about a part of what the other is about: "the gym of the school was built in 1998"."""
    if one.code != ENGLISH:
        return False
    found = _PART_OF.match(one.sentence)
    parts = frozenset(terms(found["part"])) - _NO_PARTS if found else frozenset()
    return bool(parts) and not parts & other.whole_terms


_MEASURED = frozenset(terms("long old tall high wide deep far big large fast heavy"))


def _are_kinds(one: Statement, other: Statement, asked: frozenset[str]) -> bool:
    """Whether what was asked about is of another kind in each of them: a water tower, a church's tower."""
    if one.code != ENGLISH:
        return False
    for noun in one.said & other.said & asked - _MEASURED:
        ours, theirs = _kinds_of(noun, one), _kinds_of(noun, other)
        if ours - other.whole_terms and theirs - one.whole_terms:
            return True
    return False


def _kinds_of(noun: str, statement: Statement) -> frozenset[str]:
    """The terms right before a noun in a sentence, or after its "of the"."""
    found: set[str] = set()
    said = re.findall(r"[\w’'-]+", statement.sentence)
    for at, word in enumerate(said):
        if terms(word) == [noun]:
            found.update(terms(said[at - 1]) if at and said[at - 1].islower() else ())
            if [each.lower() for each in said[at + 1 : at + 3]] == ["of", "the"]:
                found.update(terms(" ".join(said[at + 3 : at + 4])))
    return frozenset(found)


def _may_be_apart(one: Statement, other: Statement, how: Differing) -> bool:
    """Whether two articles of those days can tell of the same. An event that is dated, or a date, can be long ago."""
    assert one.published and other.published
    if abs(one.published - other.published) <= NEWS or how is Differing.DATE:
        return True
    ours, theirs = (periods_in(f"{two.around} {two.text[:LEAD]}", two.code, two.published) for two in (one, other))
    years = {each.year for each in ours if each.year} & {each.year for each in theirs if each.year}
    return bool(years)


def _share(one: frozenset[str], other: frozenset[str], idf: Callable[[str], float]) -> float:
    """How much of the smaller of two sets of terms is in the other, weighted by rarity."""
    least = min(sum(map(idf, one)), sum(map(idf, other)))
    return sum(map(idf, one & other)) / least if least else 0.0


def _names_in(text: str, code: str) -> frozenset[str]:
    """The capitalized words inside the sentences of a text, without those of whoever says something."""
    if language(code).nouns_have_capitals:
        return frozenset()
    said = _NAME.findall(_ATTRIBUTION.sub("", text))
    bare = (re.sub(r"['’]s?$", "", name) for name in said)
    return frozenset(term for name in bare if name.lower() not in _NO_NAMES for term in terms(name, code))
