"""Turns a text into terms for full-text search. The index, questions and counts of rarity all use the same analysis.

A text is analysed in its language. English has an analysis of its own. In the others, words are stemmed where Snowball
has a stemmer; what is written without spaces (Chinese, Japanese, Thai), and Korean, whose particles are attached, is
cut into overlapping pairs of characters.
"""

import re
import threading
import unicodedata
import zlib
from collections.abc import Iterator
from functools import cache, lru_cache

import snowballstemmer

from index.languages.english import STOP_WORDS as STOP_WORDS
from index.languages.tables import ENGLISH, language, stop_words

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)+|[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)

MAX_WORD = 64
"""Characters; a longer word is an address or not a word. It is not stemmed, because every stemmed word is cached."""

_AT_ONCE = 1_000
"""How many characters are decomposed in one call. If every letter has many accents, a call takes quadratic time."""

_lock = threading.Lock()  # a stemmer keeps the word that it works on


@lru_cache(maxsize=200_000)
def _stem(word: str, code: str = ENGLISH) -> str:
    stemmer = _stemmer(code)
    if stemmer is None:
        return word
    with _lock:
        return str(stemmer.stemWord(word))


@cache
def _stemmer(code: str) -> "snowballstemmer.stemmer | None":
    name = "english" if code == ENGLISH else language(code).stemmer
    return snowballstemmer.stemmer(name) if name else None


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    # Cut into pieces, the accents may come in another order, but they are removed anyway.
    parts = (unicodedata.normalize("NFKD", text[start : start + _AT_ONCE]) for start in range(0, len(text), _AT_ONCE))
    return "".join(c for part in parts for c in part if not unicodedata.combining(c)).lower()


def words(text: str, code: str = ENGLISH) -> list[str]:
    """The words of a text in the language `code`, lower case: "U.S." is "us", "35,000" is "35000", "Lee's" is "lee".

    A decimal such as "3.5" is "3d5": one word of only letters and digits. English words lose their accents here, others
    when they become terms. Of what is written without spaces, and of Korean, every pair of characters is a word.
    """
    if code != ENGLISH:
        return list(_words_of(text, code))
    folded = _fold(_POSSESSIVE.sub("", text))
    return [_plain(word) for word in _WORD.findall(folded)]


def _plain(word: str) -> str:
    if word[0].isdigit():
        return word.replace(",", "").replace(".", "d")
    return word.replace(".", "")


def terms(text: str, code: str = ENGLISH) -> list[str]:
    """The stems of the words of `text` that carry meaning, in order, with repeats."""
    if code != ENGLISH:
        return [term for word in _words_of(text, code) if (term := term_of(word, code))]
    return [_stem(word) if len(word) <= MAX_WORD else word for word in words(text) if word not in STOP_WORDS]


def term_of(word: str, code: str) -> str:
    """The term of a word of `words`, or "" for a stop word."""
    if code == ENGLISH:
        word = _fold(word)
        return "" if word in STOP_WORDS else _stem(word) if len(word) <= MAX_WORD else word
    if word in stop_words(code) or _ONLY_HIRAGANA.fullmatch(word):
        return ""
    return _without_accents(_stem(word, code) if len(word) <= MAX_WORD else word)


def is_unspaced(text: str) -> bool:
    """Whether the text begins in a script that is cut into pairs of characters."""
    return _RUN.match(text) is not None


def term_number(term: str) -> int:
    """The number that stands for a term, or for any other word, where it is stored and compared: CRC-32 of its UTF-8.

    Of a million different terms, about a hundred pairs share a number. The empty word has the number 0.
    """
    return zlib.crc32(term.encode())


# All languages but English

_EAST_ASIAN = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f"
_SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
_VOWEL_SIGNS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b6-\u17d3"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_UNSPACED = f"{_EAST_ASIAN}{_SOUTH_EAST_ASIAN}"
_ANY_WORD = re.compile(
    rf"(?:[^\W\d_{_UNSPACED}]\.){{2,}}|\d+(?:[.,]\d+)+|(?P<run>[{_UNSPACED}]+)"
    rf"|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[{_MARKS}])*"
)
_RUN = re.compile(f"[{_UNSPACED}]")
_CHARACTER = re.compile(rf"[^{_VOWEL_SIGNS}][{_VOWEL_SIGNS}]*|[{_VOWEL_SIGNS}]+")
_ONLY_HIRAGANA = re.compile("[\u3041-\u309f]+")
_GROUPS = re.compile(r"[.,](?=\d{3}(?!\d))")  # of three digits: "1.234" and "1,234" are one number, "3,5" is a decimal
_ENDING = re.compile(r"['’]\w+")
_ACCENTS = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]")


def _words_of(text: str, code: str) -> Iterator[str]:
    if language(code).suffix_after_apostrophe:
        text = _ENDING.sub(" ", text)
    for match in _ANY_WORD.finditer(_composed(text, code)):
        if match["run"]:
            yield from _pairs(match["run"])
        elif match[0][0].isdigit():
            yield _GROUPS.sub("", match[0]).replace(",", "d").replace(".", "d")
        else:
            yield match[0].replace(".", "")


def _composed(text: str, code: str) -> str:
    """The text in lower case, each letter composed with its accents, wide and narrow forms as usual ones."""
    if code == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    parts = (unicodedata.normalize("NFKC", text[start : start + _AT_ONCE]) for start in range(0, len(text), _AT_ONCE))
    return "".join(parts).lower()


def _pairs(run: str) -> Iterator[str]:
    """Every two neighbouring characters of a run, each with its vowel signs; a single one alone."""
    characters = _CHARACTER.findall(run)
    if len(characters) == 1:
        yield run
    for one, other in zip(characters, characters[1:], strict=False):
        yield one + other


def _without_accents(term: str) -> str:
    if term.isascii():
        return term
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", term)))
