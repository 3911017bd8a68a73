"""Why an answer is what it is: what was looked at in each sentence, and what the confidence is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from index.answering.features import FEATURES, features
from index.answering.learned import Reading
from index.answering.pipeline import Confidence, Steps
from index.answering.ranker import DEPTH
from index.answering.reading import read_sentences
from index.answering.search import Place, RankedSentence
from index.languages import ENGLISH
from index.types import Answer, Pin, Quote
from index.words import terms

NEXT = 3
"""How many sentences are explained that were not quoted but nearly were."""

LEFT_OUT = 3
"""How many are named that would have been found and are never to be quoted."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A sentence that was quoted, or nearly, and what was looked at in it.

    `number` counts from 1, of `of` sentences in its article. `found` of the `asked` terms of the question are in the
    sentence. `read` is the readers' score in nats: how much likelier the sentence answers than that none does; None if
    it was not read. `features` has the ranker's features by name (`index/answering/features.py`); it is empty for a
    sentence that the search did not find, as one that somebody chose may be.
    """

    quote: Quote
    is_quoted: bool
    number: int
    of: int
    found: int
    asked: int
    read: float | None = None
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with the reasons for it.

    `considered` has what is quoted and then the next NEXT sentences. `left_out` has sentences that are never to be
    quoted and were found, the best first. `pin` is what chose the first quote, if somebody did. `is_follow_up` says
    that the question may not be understood without the one before it. `confidence` is None where nothing was searched.
    """

    answer: Answer
    threshold: float
    considered: tuple[Considered, ...] = ()
    left_out: tuple[Quote, ...] = ()
    pin: Pin | None = None
    confidence: Confidence | None = None
    is_follow_up: bool = False


def explain(steps: Steps, reading: Reading | None, threshold: float) -> Explanation:
    """The reasons for an answer, by the steps to it. The best sentences are read once more, if there are readers."""
    answer, first = steps.answer, steps.first
    ranked = first.ranked[:DEPTH]
    rows = features(ranked, steps.question, first.rarity) if ranked else ()
    told = {
        sentence.place: dict(zip(FEATURES, row.tolist(), strict=True))
        for sentence, row in zip(ranked, rows, strict=True)
    }
    read: Mapping[Place, float] = {}
    if reading and ranked:
        read = read_sentences(first.ranking.sentences[:DEPTH], steps.question.text, reading.readers)
    places = {_key(sentence): sentence for sentence in reversed(steps.sentences)}
    quoted = {quote.key for quote in answer.quotes}
    near = [quote for quote in answer.closest if quote.key not in quoted]
    considered = []
    for quote in (*answer.quotes, *near[:NEXT]):
        sentence = places.get((quote.article.id, quote.start))
        considered.append(
            Considered(
                quote,
                quote.key in quoted,
                *_place(quote, sentence),
                *_shared(quote, steps.question.terms),
                read=read.get(sentence.place) if sentence else None,
                features=told.get(sentence.place, {}) if sentence else {},
            )
        )
    return Explanation(
        answer,
        threshold,
        tuple(considered),
        tuple(_quote(sentence) for sentence in first.left_out[:LEFT_OUT]),
        steps.pin,
        steps.confidence,
        steps.is_follow_up,
    )


def _key(sentence: RankedSentence) -> tuple[str, int]:
    return sentence.article_id, sentence.snapshot.with_sentences(sentence.article_id)[1][sentence.number].start


def _place(quote: Quote, sentence: RankedSentence | None) -> tuple[int, int]:
    """The number of the sentence in its article, from 1, and how many the article has; 0 where that is not known."""
    if sentence is None:
        return 0, 0
    return sentence.number + 1, len(sentence.snapshot.with_sentences(sentence.article_id)[1])


def _shared(quote: Quote, asked: Sequence[str]) -> tuple[int, int]:
    """How many of the question's terms the sentence has, and how many there are."""
    held = set(terms(quote.text, quote.article.language or ENGLISH))
    return sum(term in held for term in asked), len(asked)


def _quote(sentence: RankedSentence) -> Quote:
    article, sentences = sentence.snapshot.with_sentences(sentence.article_id)
    span = sentences[sentence.number]
    return Quote(article, span.start, span.end, span, sentence.score)
