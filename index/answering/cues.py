"""Cues: what a sentence offers, whatever is asked. They are worked out at indexing, and stored with its passage.

A cue is the form of the sentence (speech, a reason, a question), or a mark: a word in it that is part of a number, a
date, a name or a place. A question is compared with the marks alone (`features.py`), because a name that the question
has itself is no answer. Words are stored as numbers (`term_number`), so no word of an article can be read from cues.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from index.answering.lists import Lists
from index.languages import ENGLISH, Language, any_of, language, matching
from index.words import term_number, words

VERSION = 1
"""Of the rules below and of the bytes. Cues that were packed under another version are made again from the text."""

LOOKED_AT = 2_000
"""How many characters of a sentence are examined. The longest sentence of newsqa-dev has 439, but one of a broken text
may have ten times this limit."""

# These ignore case: they are looked for in a text without capitals (`_lower`), in a third of the time.
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_DATE = re.compile(
    rf"\b(?:1[0-9]\d\d|20\d\d)s?\b|\b(?:{_MONTHS})\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:yesterday|today|tonight|tomorrow|ago|century|decade|(?:last|next|this|past) (?:week|month|year|night|summer"
    r"|spring|fall|autumn|winter)|(?:in|by|until|since|during) the (?:morning|evening|afternoon|night)|noon|midnight"
    r"|a\.m\.|p\.m\.|days?|weeks?|months?|years?|hours?|minutes?)\b",
)
_NUMBER = re.compile(
    r"\d+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|quarter|third|twice|once|couple|several|many"
    r"|percent|zero|single|double)\b|[$£€¥%]",
)
_REASON = re.compile(
    r"\b(?:because|due to|thanks to|since|so that|in order to|as a result|after|therefore|thus|reasons?|caus(?:e|ed|es"
    r"|ing)|led to|owing to|blam(?:e|ed|es|ing)|in response|for fear|why|prompted|so)\b|\bto [a-z]+",
)
_SPEECH = re.compile(
    r"\b(?:said|says|told|asked|added|according to|wrote|announced|claim(?:ed|s)|argued|called|explained|warned"
    r"|insisted|stated|believe[sd]?|think|thinks)\b",
)
_ROLE = re.compile(
    r"\b(?:president|minister|spokes(?:man|woman|person)|chief|director|officials?|police|officers?|judge|lawyer|attorney"
    r"|leader|author|actor|actress|singer|coach|manager|chairman|captain|king|queen|prince|princess|secretary|senator"
    r"|doctor|professor|founder|owner|wife|husband|son|daughter|father|mother|brother|sister|mr|mrs|ms|dr|sen|gov|rep)\b",
)
# For these case matters, or they are matched at one place.
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|outside|across|around|between|north|south|east|west|on) (?:the )?[A-Z]"
)
_MANNER = re.compile(r"\b(?:by [a-z]+ing|by|through|using|with|via|[a-z]{3,}ly)\b")
_PRONOUN = re.compile(r"\W*(?:he|she|they|it|this|that|these|those|his|her|their|its|but|and|so|we|i|you)\b", re.I)
_QUOTATION = re.compile(r"[\"“”]")
_ANY_QUOTATION = re.compile('["“”„«»「」『』]')
_DIGITS, _YEAR = re.compile(r"\d+"), re.compile(r"(?<!\d)(?:1\d\d\d|20\d\d)(?!\d)")
_UNITS_OF_TIME = frozenset("day days week weeks month months year years hour hours minute minutes ago".split())

FORMS = (
    "offers a reason", "offers a manner", "is said", "is quoted", "has a role", "opens with a pronoun", "asks",
    "ends without a stop",
)  # fmt: skip
"""What the form of a sentence may be, in the order of the bits."""


class Mark(IntEnum):
    """What a marked word is part of."""

    NUMBER = 0
    DATE = 1
    NAME = 2
    PLACE = 3
    FIGURE = 4
    """A word that starts with a digit; "35,000" has two numbers, and is one figure."""


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of one sentence.

    form:   which of FORMS it has
    words:  how many words it has
    marks:  each marked word once for each kind of mark, as the number of the word, the kind, and for a name the index
            of the word between white spaces, else 0. A mark without a word, such as a "%", has the empty one
    """

    form: tuple[bool, ...]
    words: int
    marks: tuple[tuple[int, Mark, int], ...]


def cues_of(sentence: str, code: str = ENGLISH) -> Cues:
    """The cues of a sentence in the language `code`. Only its first LOOKED_AT characters are examined, and its end."""
    text = sentence[:LOOKED_AT]
    if code != ENGLISH:
        return _cues_in(language(code), text, sentence)
    low, said = _lower(text), words(text)
    found = _REASON.search(low), _MANNER.search(text), _SPEECH.search(low), _QUOTATION.search(text), _ROLE.search(low)
    form = (*map(bool, found), bool(_PRONOUN.match(text)), sentence.endswith("?"), sentence[-1:].isalnum())
    marks = dict.fromkeys((term_number(word), kind, index) for word, kind, index in _marks(text, low, said))
    return Cues(form, len(said), tuple(marks))


def _cues_in(spoken: Language, text: str, sentence: str) -> Cues:
    """The cues of a sentence that is not English, by the words of its language's table; manner and roles are not told.

    Places have no mark either: no list of words tells them from other names.
    """
    said = words(text, spoken.code)
    form = (
        any_of(spoken.reasons, spoken.edges).search(text) is not None,
        False,
        any_of(spoken.saying, spoken.edges).search(text) is not None,
        _ANY_QUOTATION.search(text) is not None,
        False,
        any_of(spoken.leaning, spoken.edges).match(text.lstrip("\"'“”„«»「『（(¿¡ ")) is not None,
        sentence.endswith(("?", "？", "؟", ";")) and not (sentence.endswith(";") and spoken.code != "el"),
        sentence[-1:].isalnum(),
    )
    marks = dict.fromkeys((term_number(word), kind, index) for word, kind, index in _marks_in(spoken, text, said))
    return Cues(form, len(said), tuple(marks))


def _marks_in(spoken: Language, text: str, said: Sequence[str]) -> Iterator[tuple[str, Mark, int]]:
    for match in (matching(spoken.numbers) if spoken.numbers else _DIGITS).finditer(text):
        yield from ((word, Mark.NUMBER, 0) for word in words(match[0], spoken.code) or ("",))
    for match in (matching(spoken.dates) if spoken.dates else _YEAR).finditer(text):
        yield from ((word, Mark.DATE, 0) for word in words(match[0], spoken.code))
    if not spoken.nouns_have_capitals:
        for index, name in _names(text):
            yield from ((word, Mark.NAME, index) for word in words(name, spoken.code) or ("",))
    for word in said:
        if word[0].isdigit():
            yield word, Mark.FIGURE, 0


def _lower(text: str) -> str:
    """The text without capitals, and with plain letters for "ſ" and the Turkish "i", as `re.IGNORECASE` has them.

    It has as many characters as the text.
    """
    return text.replace("İ", "i").lower().replace("ı", "i").replace("ſ", "s")


def _parts(text: str, low: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """The parts of the text where the pattern is in it without capitals."""
    return (text[match.start() : match.end()] for match in pattern.finditer(low))


def _marks(text: str, low: str, said: Sequence[str]) -> Iterator[tuple[str, Mark, int]]:
    for number in _parts(text, low, _NUMBER):
        yield from ((word, Mark.NUMBER, 0) for word in words(number) or ("",))
    for date in _parts(text, low, _DATE):
        yield date.lower(), Mark.DATE, 0
    for index, name in _names(text):
        yield from ((word, Mark.NAME, index) for word in words(name) or ("",))
    for match in _PLACE.finditer(text):
        yield _word_at(text, match.end() - 1), Mark.PLACE, 0
    for word in said:
        if word[0].isdigit():
            yield word, Mark.FIGURE, 0


def _names(text: str) -> Iterator[tuple[int, str]]:
    """The words between white spaces that are capitalized, each with its index; the first word is skipped."""
    for index, word in enumerate(text.split()):
        bare = word.strip("\"'“”‘’()[],.;:!?—–-")
        if index and bare[:1].isupper():
            yield index, bare


def _word_at(text: str, start: int) -> str:
    found = words(text[start : start + 40])
    return found[0] if found else ""


def facts_of(text: str, kind: str, question: str, code: str = ENGLISH) -> frozenset[str]:
    """The dates, numbers or names in `text` that are not in the question, if it asks for one of these; else nothing.

    Two sentences with the same ones give the same answer. `code` is the language of the text.
    """
    if code != ENGLISH:
        wanted = {"when": Mark.DATE, "number": Mark.NUMBER, "who": Mark.NAME}.get(kind)
        spoken, asked = language(code), set(words(question, code))
        found = _marks_in(spoken, text[:LOOKED_AT], words(text[:LOOKED_AT], code))
        return frozenset(word for word, mark, _ in found if mark == wanted) - asked
    text, asked = text[:LOOKED_AT], set(words(question))
    if kind == "when":
        return frozenset(date.lower() for date in _parts(text, _lower(text), _DATE)) - asked - _UNITS_OF_TIME
    if kind == "number":
        return frozenset(number.lower() for number in _parts(text, _lower(text), _NUMBER)) - asked
    if kind == "who":
        said = text.split()
        new = (index for index, name in _names(text) if not asked & set(words(name)))
        return frozenset(word for index in new for word in words(said[index]))
    return frozenset()


# As bytes: a passage's head, then each of its sentences, then the marks of all of them, in order.

_HEAD = struct.Struct("<BHI")
_HEADS = np.dtype([("version", "u1"), ("sentences", "<u2"), ("in_article", "<u4")])  # the same, for many
_SENTENCE = np.dtype([("form", "u1"), ("words", "<u2"), ("marks", "<u2")])
_MARK = np.dtype([("word", "<u4"), ("kind", "u1"), ("index", "<u2")])


def pack_cues(sentences: Sequence[Cues], in_article: int) -> bytes:
    """The cues of a passage's sentences as bytes. `in_article` is how many sentences its article has."""
    forms = np.packbits(np.array([cues.form for cues in sentences], dtype=bool).reshape(-1, len(FORMS)), axis=1)
    rows = [(form, cues.words, len(cues.marks)) for form, cues in zip(forms[:, 0], sentences, strict=True)]
    marks = [mark for cues in sentences for mark in cues.marks]
    head = _HEAD.pack(VERSION, len(sentences), in_article)
    return head + np.array(rows, dtype=_SENTENCE).tobytes() + np.array(marks, dtype=_MARK).tobytes()


def are_current(packed: bytes) -> bool:
    """Whether the cues were packed under the present rules; not if there are none."""
    return packed[:1] == bytes([VERSION])


@dataclass(frozen=True, slots=True, eq=False)
class CueTable:
    """The cues of n sentences, as arrays.

    form:       bool (n, len(FORMS))
    words:      int64 (n,), how many words each has
    in_article: int64 (n,), how many sentences its article has
    marks:      the marks of each, with the fields `word`, `kind` and `index`
    """

    form: NDArray[np.bool_]
    words: NDArray[np.int64]
    in_article: NDArray[np.int64]
    marks: Lists[np.void]

    @classmethod
    def of(cls, packed: Sequence[bytes], rows: NDArray[np.int64]) -> "CueTable":
        """The cues of some sentences: `rows` (n,) has their indexes among all sentences of the `packed` passages."""
        heads, sentences, marks = (b"".join(part) for part in zip(*map(_split, packed), strict=True))
        head, sentence = np.frombuffer(heads, dtype=_HEADS), np.frombuffer(sentences, dtype=_SENTENCE)
        own = sentence[rows]
        return cls(
            np.unpackbits(own["form"][:, np.newaxis], axis=1).astype(bool),
            own["words"].astype(np.int64),
            np.repeat(head["in_article"], head["sentences"])[rows].astype(np.int64),
            Lists(np.frombuffer(marks, dtype=_MARK), sentence["marks"].astype(np.int64)).take(rows),
        )


def _split(packed: bytes) -> tuple[bytes, bytes, bytes]:
    """The head of the cues of a passage, its sentences, and their marks."""
    _, sentences, _ = _HEAD.unpack_from(packed)
    end = _HEAD.size + sentences * _SENTENCE.itemsize
    return packed[: _HEAD.size], packed[_HEAD.size : end], packed[end:]
