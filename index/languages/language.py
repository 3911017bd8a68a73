"""What a language's table holds: plain words and phrases, from which patterns are made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

NOWHERE = re.compile(r"(?!)")
"""A pattern that matches nothing."""


class Edges(Enum):
    """Where a listed word must have the edges of a word in a text."""

    BOTH = (r"(?<!\w)", r"(?!\w)")
    START = (r"(?<!\w)", "")
    """Endings and particles are attached to words, as in Korean."""
    NONE = ("", "")
    """Words are written without spaces."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its ISO 639-1 code, with the words that the steps of answering look for.

    Every list is a string of phrases, separated by commas; an empty one matches nothing. `orders`, `dates`, `numbers`
    and `goes_on` are regular expressions.

    stemmer:    the name of its stemmer in Snowball; without one, words are compared as they are
    edges:      where a listed word must begin or end a word
    nouns_have_capitals: whether a capital letter does not tell a name
    suffix_after_apostrophe: whether what follows an apostrophe is an ending, as in "Ankara'da"
    space_ends: whether a space ends a sentence, because the language has no stops
    ordinals_have_stops: whether a stop makes a number an ordinal, as in "3. Oktober"
    asks:       for each kind of question, the words that ask for it
    newest:     words that ask how things are now, and that an answer need not have
    today:      words that ask for what is new, and that an answer may have
    going_on:   how a question begins that goes on from the one before
    alone:      a question that is nothing else asks about the answer before
    pointing:   words that point back, wherever they are in a question
    pronouns:   words for somebody or something that was named before
    leaning:    how a sentence begins that is not understood without the one before it
    saying:     verbs of speech, by which a sentence says whose words it has
    reasons:    words that announce a reason
    """

    code: str
    stemmer: str = ""
    edges: Edges = Edges.BOTH
    nouns_have_capitals: bool = False
    suffix_after_apostrophe: bool = False
    space_ends: bool = False
    ordinals_have_stops: bool = False
    asks: Mapping[str, str] = field(default_factory=dict)
    newest: str = ""
    today: str = ""
    going_on: str = ""
    alone: str = ""
    pointing: str = ""
    pronouns: str = ""
    leaning: str = ""
    saying: str = ""
    reasons: str = ""
    orders: str = ""
    dates: str = ""
    numbers: str = ""
    goes_on: str = ""
    """What follows a closing quotation mark inside the same sentence: "……」と述べた"."""

    def __hash__(self) -> int:
        return hash(self.code)


@lru_cache(maxsize=512)
def any_of(phrases: str, edges: Edges) -> re.Pattern[str]:
    """A pattern for any of the phrases, the longest first, in capitals or not."""
    listed = sorted((phrase.strip() for phrase in phrases.split(",")), key=len, reverse=True)
    listed = [re.escape(phrase) for phrase in listed if phrase]
    before, after = edges.value
    return re.compile(rf"{before}(?:{'|'.join(listed)}){after}", re.IGNORECASE) if listed else NOWHERE


@lru_cache(maxsize=128)
def matching(pattern: str) -> re.Pattern[str]:
    """A regular expression of a table, or one that matches nothing if the table has none."""
    return re.compile(pattern, re.IGNORECASE) if pattern else NOWHERE
