"""Cuts a text into the tokens that a comparison counts: words, numbers, and characters of what is written unspaced.

White space, quotation marks, dashes, ellipses, other punctuation and what nobody sees are no tokens. Nor do capitals
count, the marks of vowels that Arabic and Hebrew may leave out, and the separators of thousands.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.types import Span

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
_UNSPACED = (
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_VOWEL_SIGNS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b6-\u17d3"
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0903\u093a-\u094f\u0951-\u0957"
)
_MARKS += "\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a51\u0abc-\u0acd\u0b3c-\u0b57\u0bbe-\u0bcd\u0c3e-\u0c56"
_MARKS += "\u0cbc-\u0cd6\u0d3b-\u0d4d\u0dca-\u0ddf"
_LETTER = rf"[^\W_{_UNSPACED}]"
_ELLIPSIS = r"…+|\.(?:[ \u00a0]?\.)+|⋯+|。。+"
_TOKEN = re.compile(
    rf"(?P<gap>[\[(](?:{_ELLIPSIS})[\])]|{_ELLIPSIS})"
    rf"|(?P<number>(?:(?<![^\s(\[])(?<!\d\s)[-\u2212])?\d[\d{_UNSEEN}]*(?:[.,٫٬][{_UNSEEN}]*\d[\d{_UNSEEN}]*)*)"
    rf"(?P<unit>[^\W\d_{_UNSPACED}]*)"
    rf"|(?P<sign>[%‰٪$£€¥₩₽₹₺₴₪°§])"
    rf"|[{_UNSPACED}][{_VOWEL_SIGNS}{_UNSEEN}]*"
    rf"|{_LETTER}(?:[{_MARKS}{_UNSEEN}]*(?:['’ʼ‘＇](?=[^\W\d_]))?{_LETTER})*[{_MARKS}{_UNSEEN}]*"
)
_DROPPED = re.compile(rf"[{_UNSEEN}'’ʼ‘＇\u0640\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0307]")
_GROUPS = re.compile(r"[.,٬](?=\d{3}(?!\d))")
_OPENING_WORD = re.compile(
    r"[.!?…:;\n。！？؟।][\s\"'”’»)\]}*_“‘«„(\[-]*$|^[\s\"'“‘«„(\[*_>–—-]*$|[\"“„«]$|[-–—]{1,2}\s*$"
)

_PAIRS = {"“": "”“", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "‹": "›", '"': '"'}
_QUOTED_LEAST = 4
"""Fewer tokens between quotation marks are an expression in a sentence, and no quotation that is verified alone."""


@dataclass(frozen=True, slots=True)
class Token(Span):
    """One token. `norm` is what is compared; it is empty for a `gap`, an ellipsis where words may have been left out.

    `is_capital` says that it begins with a capital letter where no sentence does, so that it may be a name.
    """

    norm: str
    gap: bool = False
    is_capital: bool = False

    @property
    def length(self) -> int:
        """How many characters of the text it takes."""
        return self.end - self.start


def tokens_of(text: str, start: int = 0, end: int | None = None) -> tuple[Token, ...]:
    """The tokens of `text[start:end]`, in order; their spans are of `text`."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        if match["gap"]:
            found.append(Token(*match.span(), "", gap=True))
            continue
        norm = _figure(match["number"]) + folded(match["unit"]) if match["number"] else folded(match[0])
        if norm:
            capital = match[0][:1].isupper() and not _opens(text, match.start())
            found.append(Token(*match.span(), norm, is_capital=capital))
    return tuple(found)


@lru_cache(maxsize=100_000)
def folded(word: str) -> str:
    """The form of a word that is compared: without capitals, apostrophes and what nobody sees."""
    if word.isascii():
        return word.replace("'", "").lower()
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", word).casefold())
    return _DROPPED.sub("", unicodedata.normalize("NFKC", composed)).replace("ı", "i")


@lru_cache(maxsize=100_000)
def bare(norm: str) -> str:
    """The form without accents, as words in capitals are often written."""
    if norm.isascii():
        return norm
    return "".join(one for one in unicodedata.normalize("NFKD", norm) if not unicodedata.combining(one))


def _figure(number: str) -> str:
    """A number without separators of thousands, with "d" for a decimal mark and "-" for a minus: "1,234.5" is 1234d5.

    A single group of three digits is a thousand: "1.234" and "1,234" are the same, as different languages write it.
    """
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in _DROPPED.sub("", number))
    return re.sub(r"[.,٫]", "d", _GROUPS.sub("", digits.replace("\u2212", "-")))


def _opens(text: str, start: int) -> bool:
    """Whether a word there begins a sentence, a quotation or a line, so that its capital letter says nothing."""
    return _OPENING_WORD.search(text[max(0, start - 6) : start] if start > 6 else text[:start]) is not None


def is_in_capitals(tokens: Sequence[Token], text: str) -> bool:
    """Whether the words are in capitals throughout, or most begin with one, so that capitals mark no name."""
    words = [text[one.start : one.end] for one in tokens if text[one.start].isalpha()]
    cased = [word for word in words if word.upper() != word.lower()]
    return len(cased) >= 3 and sum(word[0].isupper() for word in cased) >= 0.7 * len(cased)


def regrouped(text: str) -> str | None:
    """A text whose letters stand apart ("t h e  b r i d g e"), with its words again; None if it is no such text.

    It has the same length: the letters of a word come first, and spaces take the places that become free.
    """
    words = text.split()
    if len(words) < 12 or sum(len(word) == 1 for word in words) < 0.7 * len(words):
        return None
    parts = re.split(r"(\s{2,})", text)
    if len(parts) < 3:
        return None
    return "".join(part if part.isspace() else re.sub(r"\s", "", part).ljust(len(part)) for part in parts)


def quoted_spans(text: str) -> tuple[Span, ...]:
    """What stands between quotation marks, if it is long enough to be the quotation that is to be verified.

    A mark that is not closed quotes all that follows. Lines that Discord shows as quoted (`> …`) count as well.
    """
    found: list[Span] = []
    at = 0
    while at < len(text):
        closing = _PAIRS.get(text[at])
        if closing is None:
            at += 1
            continue
        end = next((i for i in range(at + 1, len(text)) if text[i] in closing), len(text))
        found.append(Span(at + 1, end))
        at = end + 1
    found += [Span(*match.span(1)) for match in re.finditer(r"^> ?(.+)$", text, re.MULTILINE)]
    found += [Span(*match.span(1)) for match in re.finditer(r"(?<!\w)‘((?:[^‘’]|(?<=\w)’(?=\w))+)’(?!\w)", text)]
    long = [span for span in found if len(tokens_of(text, span.start, span.end)) >= _QUOTED_LEAST]
    return tuple(sorted(long, key=lambda span: span.start))
