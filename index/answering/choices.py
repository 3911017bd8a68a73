"""The sentence that somebody chose to answer a question: when it holds, and how it comes first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.answering.answer import CLOSEST, alike
from index.answering.context import context_around
from index.answering.grouping import asking_the_same
from index.answering.never import Never
from index.answering.rarity import Rarity
from index.answering.tuning import Tuning
from index.encoding.encoder import Encoder
from index.languages import ENGLISH
from index.storage.seam import Snapshot
from index.storage.types import Scope
from index.types import Answer, Article, Outcome, Pin, Quote, Sentence, SentenceKey
from index.words import terms, words


def standing(key: SentenceKey, article: Article | None, sentences: Sequence[Sentence]) -> int | None:
    """The number of the sentence of that key in its article; None if it no longer stands there."""
    if article is None:
        return None
    texts = enumerate(article.text[sentence.start : sentence.end] for sentence in sentences)
    return next((number for number, text in texts if SentenceKey.of(article.id, text) == key), None)


def quote_of(key: SentenceKey, snapshots: Sequence[Snapshot], score: float = 0.0) -> Quote | None:
    """The sentence of that key as a quote, from the first library where it stands; None if it stands in none."""
    for snapshot in snapshots:
        if snapshot.article(key.article_id) is None:
            continue
        article, sentences = snapshot.with_sentences(key.article_id)
        number = standing(key, article, sentences)
        if number is not None:
            within = max(number - 1, 0), min(number + 1, len(sentences) - 1)
            context = context_around(article.text, sentences, number, within, article.language or ENGLISH)
            return Quote(article, sentences[number].start, sentences[number].end, context, score)
    return None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The pin that holds for a question, with its sentence as a quote."""

    pin: Pin
    quote: Quote


def chosen_for(
    question: str,
    pins: Sequence[Pin],
    snapshots: Sequence[Snapshot],
    scope: Scope,
    never: Never,
    encoder: Encoder,
    tuning: Tuning,
    code: str,
) -> Chosen | None:
    """The first pin for a question that asks the same, whose sentence stands and may be quoted; None if there is none.

    `scope` limits the articles, and `code` is the language of the question.
    """
    if not pins:
        return None
    wanted = {term for pin in pins for term in terms(pin.question)} | {*terms(question)}
    rarity = Rarity(snapshots, wanted, tuning)
    for number in asking_the_same(question, [pin.question for pin in pins], encoder, rarity.idf, code):
        quote = quote_of(pins[number].sentence, snapshots)
        if quote and _within(quote.article, scope) and not never.has(quote.article.id, quote.text):
            return Chosen(pins[number], quote)
    return None


def _within(article: Article, scope: Scope) -> bool:
    if scope.article_id not in (None, article.id):
        return False
    if not (scope.since or scope.until):
        return True
    moment = article.published
    return (
        moment is not None
        and not (scope.since and moment < scope.since)
        and not (scope.until and moment >= scope.until)
    )


def with_chosen(answer: Answer, quote: Quote, limit: int) -> Answer:
    """The answer with a chosen quote first; the others follow, but for copies of it and what stands around it."""
    best = max((one.score for one in answer.closest), default=0.0)
    first = replace(quote, score=best)
    said = frozenset(words(quote.text, quote.article.language or ENGLISH))

    def is_other(one: Quote) -> bool:
        return one.key != quote.key and not alike(frozenset(words(one.text, one.article.language or ENGLISH)), said)

    def is_around(one: Quote) -> bool:
        return one.article == quote.article and quote.context.start <= one.start and one.end <= quote.context.end

    quotes = (first, *(one for one in answer.quotes if is_other(one) and not is_around(one)))[:limit]
    closest = (first, *filter(is_other, answer.closest))[: max(limit, CLOSEST)]
    return replace(
        answer, answered=True, quotes=quotes, closest=closest, outcome=Outcome.ANSWERED, about="", chosen=True
    )
