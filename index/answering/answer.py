"""Ranked sentences in, an answer out: which to quote, in what context, and how sure we are; or that nothing answers."""

from collections.abc import Collection, Sequence

from index.answering.context import context_around
from index.answering.features import LOOKED_AT
from index.answering.search import RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.types import Answer, Quote
from index.words import terms, words

CLOSEST = 10
"""How many quotes `Answer.closest` holds at the most; of them the last is what scores are measured from."""

NEAR_COPY = 0.85
"""Two sentences are the same to a reader when they share this part of their distinct words, and every number."""


def compose(question: str, ranking: Ranking, limit: int, threshold: float, tuning: Tuning) -> Answer:
    """Quote what is worth it, at most `limit` sentences, when the confidence reaches `threshold`; without timing."""
    closest = _closest(ranking.sentences, max(limit, CLOSEST))
    answered = bool(closest) and ranking.confidence >= threshold
    quotes = _worth_quoting(closest, tuning)[:limit] if answered else ()
    return Answer(question, answered, ranking.confidence, quotes, closest)


def _closest(ranked: Sequence[RankedSentence], limit: int) -> tuple[Quote, ...]:
    """The best `limit` sentences as quotes, near copies left out."""
    quotes: list[Quote] = []
    seen: list[list[str]] = []
    for sentence in ranked:
        article, sentences = sentence.snapshot.with_sentences(sentence.article_id)
        span = sentences[sentence.number]
        found = words(sentence.read_text()[:LOOKED_AT])
        if any(alike(found, other) for other in seen):
            continue
        seen.append(found)
        within = sentence.passage.first, sentence.passage.last
        context = context_around(article.text, sentences, sentence.number, within)
        quotes.append(Quote(article, span.start, span.end, context, sentence.score))
        if len(quotes) == limit:
            break
    return tuple(quotes)


def _worth_quoting(closest: Sequence[Quote], tuning: Tuning) -> tuple[Quote, ...]:
    """The first of the quotes, and of the others those that add something to it.

    They fall short of the best score by no more than `Tuning.worth_quoting` of its spread, and of their words of
    meaning at least `Tuning.new_words` stand in none of the quotes before.
    """
    if not closest:
        return ()
    scores = [quote.score for quote in closest]
    least = max(scores) - tuning.worth_quoting * spread(scores, tuning)
    chosen = [closest[0]]
    said = set(terms(closest[0].text))
    for quote in closest[1:]:
        meant = set(terms(quote.text))
        if quote.score >= least and len(meant - said) >= tuning.new_words * len(meant):
            chosen.append(quote)
            said |= meant
    return tuple(chosen)


def spread(scores: Sequence[float], tuning: Tuning) -> float:
    """How far the tenth best score lies below the best: a yardstick for margins.

    What is a wide margin differs with the question and with how sentences are scored; shares of this do not. The last
    of fewer scores may be as good as the first, so there it is `Tuning.usual_spread` at the least.
    """
    best_first = sorted(scores, reverse=True)[:CLOSEST]
    distance = best_first[0] - best_first[-1] if best_first else 0.0
    return distance if len(best_first) == CLOSEST else max(distance, tuning.usual_spread)


def alike(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two sentences of these words say the same: their Jaccard index reaches NEAR_COPY, no number differs."""
    distinct, others = frozenset(one), frozenset(other)
    if len(distinct & others) < NEAR_COPY * len(distinct | others):
        return False
    return not any(word[0].isdigit() for word in distinct ^ others)
