"""Turns a text into terms for full-text search. The index, questions and counts of rarity all use the same analysis."""

import re
import unicodedata
import zlib
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)+|[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_stemmer = snowballstemmer.stemmer("english")

MAX_WORD = 64
"""Characters; a longer word is an address or not a word. It is not stemmed, because every stemmed word is cached."""

_AT_ONCE = 1_000
"""How many characters are decomposed in one call. If every letter has many accents, a call takes quadratic time."""

# Words that only build sentences and say nothing about the topic. Full-text search ignores them.
STOP_WORDS = frozenset(
    """
    a about again all also am an and any are as at be because been before being between both but by can could did do
    does doing done for from further had has have having he her here hers herself him himself his how i if in into is
    it its itself just may me might more most must my myself no nor not of off on once only or other our ours out over
    own same shall she should so some such than that the their theirs them themselves then there these they this those
    through to too under until up very was we were what when where which while who whom whose why will with would you
    your yours yourself
    """.split()
)


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return str(_stemmer.stemWord(word))


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    # Cut into pieces, the accents may come in another order, but they are removed anyway.
    parts = (unicodedata.normalize("NFKD", text[start : start + _AT_ONCE]) for start in range(0, len(text), _AT_ONCE))
    return "".join(c for part in parts for c in part if not unicodedata.combining(c)).lower()


def words(text: str) -> list[str]:
    """The words of `text`, lower case, without accents: "U.S." is "us", "35,000" is "35000", "Lee's" is "lee".

    A decimal such as "3.5" is "3d5": one word of only letters and digits, as full-text search needs it.
    """
    folded = _fold(_POSSESSIVE.sub("", text))
    return [_plain(word) for word in _WORD.findall(folded)]


def _plain(word: str) -> str:
    if word[0].isdigit():
        return word.replace(",", "").replace(".", "d")
    return word.replace(".", "")


def terms(text: str) -> list[str]:
    """The stems of the words of `text` that carry meaning, in order, with repeats."""
    return [_stem(word) if len(word) <= MAX_WORD else word for word in words(text) if word not in STOP_WORDS]


def term_number(term: str) -> int:
    """The number that stands for a term, or for any other word, where it is stored and compared: CRC-32 of its UTF-8.

    Of a million different terms, about a hundred pairs share a number. The empty word has the number 0.
    """
    return zlib.crc32(term.encode())
