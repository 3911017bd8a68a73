"""Ranked sentences in, an answer out: which to quote, in what context, and how sure we are; or that nothing answers."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.search import RankedSentence, Tuning
from index.types import Answer, Article, Quote, Sentence, Span
from index.words import words

CLOSEST = 10
"""How many quotes `Answer.closest` holds at the most."""

NEAR_COPY = 0.85
"""Two sentences are the same to a reader when they share this part of their distinct words, and every number."""

# A sentence that opens with one of these leans on the sentence before it.
_LEANING = re.compile(
    r"""[\W_]*(he|she|they|it|this|that|these|those|his|her|hers|their|theirs|its|such|both|but|and|so|yet|however|
    instead|meanwhile|moreover|also|then|there|here|nevertheless|still|for\ that|the\ (former|latter|same|two))\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A ranked sentence with its article, the article's sentences, and the words that tell copies apart."""

    ranked: RankedSentence
    article: Article
    sentences: tuple[Sentence, ...]

    @property
    def span(self) -> Sentence:
        return self.sentences[self.ranked.number]

    @property
    def text(self) -> str:
        return self.article.text[self.span.start : self.span.end]


def compose(question: str, ranked: Sequence[RankedSentence], limit: int, threshold: float, tuning: Tuning) -> Answer:
    """Quote the best sentences, at most `limit`, when the confidence reaches `threshold`; without timing."""
    closest = _closest(ranked, max(limit, CLOSEST))
    certainty = confidence(ranked, tuning)
    answered = bool(closest) and certainty >= threshold
    return Answer(question, answered, certainty, closest[:limit] if answered else (), closest)


def confidence(ranked: Sequence[RankedSentence], tuning: Tuning) -> float:
    """How likely it is that the best sentence answers, in 0..1: logistic in what speaks for it."""
    if not ranked:
        return 0.0
    best = ranked[0].signals
    weights = tuning.confidence
    total = (
        weights.intercept
        + weights.maxsim * best.maxsim
        + weights.coverage * best.coverage
        + weights.sentence_cosine * best.sentence_cosine
        + weights.passage_cosine * best.passage_cosine
    )
    return 1 / (1 + math.exp(-total))


def _closest(ranked: Sequence[RankedSentence], limit: int) -> tuple[Quote, ...]:
    """The best `limit` sentences as quotes, near copies left out."""
    quotes: list[Quote] = []
    seen: list[frozenset[str]] = []
    for sentence in ranked:
        found = _Found(sentence, *sentence.view.reader.with_sentences(sentence.article_id))
        distinct = frozenset(words(found.text))
        if any(_alike(distinct, other) for other in seen):
            continue
        seen.append(distinct)
        quotes.append(Quote(found.article, found.span.start, found.span.end, _context(found), sentence.score))
        if len(quotes) == limit:
            break
    return tuple(quotes)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of words say the same: their Jaccard index reaches NEAR_COPY, and no number tells them apart."""
    if len(one & other) < NEAR_COPY * len(one | other):
        return False
    return not any(word[0].isdigit() for word in one ^ other)


def _context(found: _Found) -> Span:
    """What a reader needs around the sentence.

    Its paragraph as far as the passage has it, at least a neighbour each side, and the sentence before the passage
    where the quote opens by leaning on that one.
    """
    passage, number = found.ranked.passage, found.ranked.number
    text, sentences = found.article.text, found.sentences
    first = last = number
    while first > passage.first and not _paragraph_ends(text, sentences, first - 1):
        first -= 1
    while last < passage.last and not _paragraph_ends(text, sentences, last):
        last += 1
    if first == number > 0 and (number > passage.first or _LEANING.match(found.text)):
        first -= 1
    if last == number < passage.last:
        last += 1
    return Span(sentences[first].start, sentences[last].end)


def _paragraph_ends(text: str, sentences: Sequence[Sentence], number: int) -> bool:
    """Whether the sentence of that number is the last of its paragraph."""
    return "\n" in text[sentences[number].end : sentences[number + 1].start]
