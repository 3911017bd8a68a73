"""Finds articles that are the same story: nearly the same words, and the same facts.

The resemblance of two texts is Broder's (A. Broder, "On the resemblance and containment of documents", 1997): take all
runs of four words (shingles) that are in either text; the resemblance is the share of them that both texts have. To
find texts that are worth comparing, each gets a sketch, the smallest hashes of its shingles. Stories made from one
template, such as sports results or the weather, resemble one another just as much. So the numbers in both texts must be
the same, and no name may be replaced by another.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.text import pieces
from index.types import Article

RESEMBLANCE = 0.9
"""The lowest resemblance at which two texts count as nearly the same."""

SHINGLE = 4
"""Words."""

SKETCH = 64
"""Hashes per sketch. Texts with a resemblance of 0.9 share nearly that much of their sketches. Texts that share at
least half are compared in full."""

Shingles = NDArray[np.uint64]
"""The hashes of a text's shingles, smallest first, each once."""

_WORD = re.compile(r"\w+")
_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion".split()
)
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: Knuth's multiplicative hashing


def find_twins(articles: Sequence[Article], others: Iterable[Article]) -> dict[str, str]:
    """Find the articles that are nearly the same as another one: their ids, each with the id of its twin.

    The twin is one of `others`, or an earlier one of `articles`. `others` is read only once; 10,000 texts of 600 words
    take about two seconds.
    """
    shingles = [_shingles(article.text) for article in articles]
    owners: dict[int, list[int]] = {}
    for number, found in enumerate(shingles):
        for value in _sketch(found):
            owners.setdefault(value, []).append(number)

    def like(text: str, found: Shingles) -> Iterator[int]:
        """The indexes of the articles that are nearly the same as `text`."""
        sketch = _sketch(found)
        shared = Counter(number for value in sketch for number in owners.get(value, ()))
        for number, count in shared.items():
            is_likely = 2 * count >= len(sketch) and _resemblance(shingles[number], found) >= RESEMBLANCE
            if is_likely and _agree(articles[number].text, text):
                yield number

    twins: dict[str, str] = {}
    shortest = min((len(article.text) for article in articles), default=0)
    longest = max((len(article.text) for article in articles), default=0)
    for other in others:
        if shortest / 2 <= len(other.text) <= 2 * longest:
            for number in like(other.text, _shingles(other.text)):
                twins.setdefault(articles[number].id, other.id)
    for number, article in enumerate(articles):
        if article.id not in twins:
            for later in like(article.text, shingles[number]):
                if later > number:
                    twins.setdefault(articles[later].id, article.id)
    return twins


def resemblance(one: str, other: str) -> float:
    """The resemblance of two texts, from 0 to 1."""
    return _resemblance(_shingles(one), _shingles(other))


def _shingles(text: str) -> Shingles:
    words = list(_words(text, str.casefold))
    words += [""] * (SHINGLE - len(words))
    hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)
    mixed = np.zeros(len(words) - SHINGLE + 1, np.uint64)
    for place in range(SHINGLE):
        mixed = (mixed ^ hashes[place : place + len(mixed)]) * _ODD
    return np.unique(mixed ^ (mixed >> np.uint64(32)))


def _sketch(shingles: Shingles) -> list[int]:
    found: list[int] = shingles[:SKETCH].tolist()
    return found


def _resemblance(one: Shingles, other: Shingles) -> float:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


def _agree(one: str, other: str) -> bool:
    """Whether both texts have the same numbers in the same order, and no name is replaced by another."""
    return _numbers(one) == _numbers(other) and not (_names(one) - _names(other) and _names(other) - _names(one))


def _numbers(text: str) -> list[str]:
    return [word for word in _words(text, str.casefold) if word in _NUMBERS or not word.isalpha()]


def _names(text: str) -> set[str]:
    return {word.casefold() for word in _words(text, str) if word[0].isupper()}


def _words(text: str, spelled: Callable[[str], str]) -> Iterator[str]:
    """The words of a text after `spelled` is applied to it, found piece by piece."""
    return (word for part in pieces(text) for word in _WORD.findall(spelled(text[part.start : part.end])))
