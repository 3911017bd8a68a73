"""Synthetic news: any number of articles, each made from its number alone, and questions about them.

Its words have a long tail, as those of a language do: the word of rank r is drawn with a chance of 1 / r. An article
has a topic, with words and people of its own that come back in the topic's other articles, and a few words that hardly
any other article has.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from index import Article

Numbers = NDArray[np.int64]

FIRST_DAY = datetime(2011, 1, 1, tzinfo=UTC)
YEARS = 15
MINUTES = YEARS * 365 * 24 * 60

PASSAGES_AN_ARTICLE = 4.1
"""How many passages an article is cut into on average."""

SENTENCES = 21
SHORTEST, LONGEST = 10, 29
"""Words of a sentence."""

WORDS, TOPICS = 200_000, 2_000
TOPIC_WORDS, TOPIC_NAMES, OWN_WORDS = 400, 40, 12
FIGURES = 5_000

KINDS = {"function": 0.45, "general": 0.17, "topic": 0.20, "own": 0.11, "name": 0.05, "figure": 0.02}
"""How large a share of the words of an article is of each kind."""

FUNCTION_WORDS = (
    "the of to and in a that for on is was with said by as at it from he be has are had have his an who but not they "
    "will their been were would its which this or after she one when more her about two than there out up"
).split()

OPENINGS = "What was said about", "How many", "Why did", "Where was"
"""How questions begin. "Said" is in nearly every passage, as in real news."""


@dataclass(frozen=True, slots=True)
class AskedStory:
    """A question about one article of synthetic news."""

    question: str
    article_id: str


class Newsroom:
    """Writes synthetic news. Two of the same seed write the same."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def articles(self, numbers: Iterable[int]) -> Iterator[Article]:
        """The articles of these numbers."""
        return map(self.article, numbers)

    def article(self, number: int) -> Article:
        """The article of that number: about 400 words in paragraphs of three sentences, of any day in fifteen years."""
        chance = np.random.default_rng((self._seed, number))
        topic = int(_by_rank(chance, TOPICS, 1)[0])
        published = FIRST_DAY + timedelta(minutes=int(chance.integers(MINUTES)))
        sentences = self._sentences(chance, topic)
        title = " ".join(
            self._words[i] for i in self._topic_words(topic, _by_rank(chance, TOPIC_WORDS, 5))
        ).capitalize()
        text = "\n\n".join(" ".join(sentences[first : first + 3]) for first in range(0, len(sentences), 3))
        return Article(id_of(number), title, text, published=published)

    def question(self, number: int) -> AskedStory:
        """A question about a sentence of the article of that number, with four of its words, most of them rare."""
        chance = np.random.default_rng((self._seed, number, 1))
        sentences = self.article(number).text.replace("\n\n", " ").split(". ")
        words = sentences[int(chance.integers(len(sentences)))].replace(",", "").replace(".", "").lower().split()
        told = sorted({word for word in words if word not in FUNCTION_WORDS}, key=lambda word: (-len(word), word))
        chosen = [*told[:3], *(told[3:] and [told[int(chance.integers(3, len(told)))]])]
        opening = OPENINGS[int(chance.integers(len(OPENINGS)))]
        return AskedStory(f"{opening} {' '.join(sorted(chosen, key=words.index))}?", id_of(number))

    def _sentences(self, chance: np.random.Generator, topic: int) -> list[str]:
        lengths = chance.integers(SHORTEST, LONGEST + 1, SENTENCES)
        count = int(lengths.sum())
        chosen = chance.choice(len(KINDS), count, p=list(KINDS.values()))
        own = chance.integers(WORDS, size=OWN_WORDS)
        drawn = np.choose(
            chosen,
            [
                self._functions + _by_rank(chance, len(FUNCTION_WORDS), count),
                _by_rank(chance, WORDS, count),
                self._topic_words(topic, _by_rank(chance, TOPIC_WORDS, count)),
                own[_by_rank(chance, OWN_WORDS, count)],
                self._names + (topic * TOPIC_NAMES + _by_rank(chance, TOPIC_NAMES, count)) % WORDS,
                self._figures + _by_rank(chance, FIGURES, count),
            ],
        )
        words, ends = [self._words[i] for i in drawn.tolist()], np.cumsum(lengths).tolist()
        return [_sentence(words[end - length : end]) for end, length in zip(ends, lengths.tolist(), strict=True)]

    def _topic_words(self, topic: int, ranks: Numbers) -> Numbers:
        """The words of these ranks among those of a topic, which are spread over the whole vocabulary."""
        return ((topic + 1) * 7_919 + (ranks + 1) * 104_729) % WORDS

    @cached_property
    def _words(self) -> list[str]:
        """The vocabulary, the commonest and shortest words first; names; words that only build sentences; figures."""
        vocabulary = _vocabulary(WORDS)
        figures = [f"{number:,}" for number in range(2, FIGURES + 2)]
        return [*vocabulary, *(word.capitalize() for word in reversed(vocabulary)), *FUNCTION_WORDS, *figures]

    _names = WORDS
    _functions = 2 * WORDS
    _figures = 2 * WORDS + len(FUNCTION_WORDS)


def id_of(number: int) -> str:
    """The id of the article of that number."""
    return f"story-{number:07}"


def _by_rank(chance: np.random.Generator, ranks: int, count: int) -> Numbers:
    """Draw `count` of the numbers from 0 to below `ranks`; number r with a chance proportional to 1 / (r + 1)."""
    return np.exp(chance.random(count) * math.log(ranks)).astype(np.int64) - 1


def _sentence(words: Sequence[str]) -> str:
    first, *rest = words
    if len(rest) > 15:
        rest[len(rest) // 2] += ","
    return f"{first[:1].upper()}{first[1:]} {' '.join(rest)}."


@cache
def _vocabulary(count: int) -> list[str]:
    """`count` made-up words of two or three syllables, no two alike."""
    syllables = [start + vowel + end for end in ("", "n", "r") for start in "bdfgklmnprstv" for vowel in "aeiou"]
    short = ["".join(parts) for parts in product(syllables, repeat=2)]
    chance = np.random.default_rng(0)
    short = [short[i] for i in chance.permutation(len(short)).tolist()]
    long = (word + syllable for syllable in syllables for word in short)
    words = dict.fromkeys(short[: count // 10])
    while len(words) < count:
        words[next(long)] = None
    return list(words)
