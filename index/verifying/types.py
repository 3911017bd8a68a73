"""The types of a verification: what a pasted text is, beside what was published."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from index.types import Article, Quote, Span


class Verdict(StrEnum):
    """What a pasted text is. A single sentence is never JOINED or PARTLY."""

    WORD_FOR_WORD = "word for word"
    """It is in an article as it was pasted; a cut at an end, or at an ellipsis, is none in the words."""
    FORMER = "former"
    """It was in an article word for word, and was corrected or withdrawn since."""
    JOINED = "joined"
    """Its sentences are ours word for word, but without a mark between them they stand apart in the articles."""
    ALTERED = "altered"
    """It is ours but for the differences."""
    PARTLY = "partly"
    """Some of its sentences are ours, and others are in no article."""
    ABSENT = "absent"
    """It is in no article."""


class Matter(IntEnum):
    """What a difference is about. What counts most comes first."""

    NUMBER = 0
    """A number, or a day or month."""
    NAME = 1
    NEGATION = 2
    WORDS = 3


class Manner(StrEnum):
    """What was done to the words that were published."""

    CHANGED = "changed"
    ADDED = "added"
    LEFT_OUT = "left out"
    JOINED = "joined"
    """What stands between two sentences, or all between two articles, was left out without a mark."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a sentence differs: the span of the pasted text and that of the article's; either may be empty.

    If words of another place are JOINED to the sentence, `elsewhere` is where they stand.
    """

    pasted: Span
    published: Span
    matter: Matter
    manner: Manner
    elsewhere: Quote | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Words that an article had until a correction, as a program around the library remembers them."""

    article_id: str
    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Former:
    """An earlier version of an article that had the sentence, until `until`. Its text is not repeated.

    `article` is the article as it is now; None if it was withdrawn.
    """

    until: datetime
    article: Article | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether it differs from the other one."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of the pasted text, at `span` of it, with its verdict.

    `quote` is what it was compared with: the whole sentences of the article, or those that come nearest to one that is
    ABSENT; None if nothing is near. `differences` are in the order of the text. With `in_title` it is the title that it
    was compared with; then `quote.article` has the title in place of its text. `is_never_quoted` says that a sentence
    which is never to be quoted is among what was published, so that readers should not be shown it.
    """

    span: Span
    verdict: Verdict
    quote: Quote | None = None
    differences: tuple[Difference, ...] = ()
    former: Former | None = None
    in_title: bool = False
    is_never_quoted: bool = False

    @property
    def gravest(self) -> Difference | None:
        """The difference that counts most; of several, the first."""
        return min(self.differences, key=lambda one: one.matter, default=None)

    def pasted(self, text: str) -> tuple[Piece, ...]:
        """The sentence as it was pasted, in pieces; `text` is the whole pasted text."""
        return tuple(_pieces(text, self.span, (one.pasted for one in self.differences)))

    @property
    def published(self) -> tuple[Piece, ...]:
        """What was published in its place, in pieces; nothing without a quote."""
        if self.quote is None:
            return ()
        spans = (one.published for one in self.differences)
        return tuple(_pieces(self.quote.article.text, Span(self.quote.start, self.quote.end), spans))


@dataclass(frozen=True, slots=True)
class Verification:
    """A pasted text, its verdict and that of each of its sentences, in order.

    `around` has the spans of what stands around the quotation and was not checked, such as "Lee said:". `seams` has the
    numbers of the sentences before which something was left out without a mark.
    """

    text: str
    verdict: Verdict
    sentences: tuple[Checked, ...]
    around: tuple[Span, ...] = ()
    seams: tuple[int, ...] = ()

    @property
    def gravest(self) -> Difference | None:
        """The difference that counts most in the whole text; of several, the first."""
        found = (one for sentence in self.sentences for one in sentence.differences)
        return min(found, key=lambda one: one.matter, default=None)

    def counted(self, *verdicts: Verdict) -> int:
        """How many sentences have one of these verdicts."""
        return sum(sentence.verdict in verdicts for sentence in self.sentences)


def _pieces(text: str, whole: Span, differing: Iterable[Span]) -> Iterator[Piece]:
    at = whole.start
    for span in sorted(differing, key=lambda one: (one.start, one.end)):
        start, end = max(span.start, at), min(span.end, whole.end)
        if start < end:
            if at < start:
                yield Piece(text[at:start], differs=False)
            yield Piece(text[start:end], differs=True)
            at = end
    if at < whole.end:
        yield Piece(text[at : whole.end], differs=False)
