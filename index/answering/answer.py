"""From ranked sentences to an answer: choose which sentences to quote and their context, or decline to answer."""

from collections.abc import Collection, Sequence

from index.answering.context import context_around
from index.answering.features import LOOKED_AT
from index.answering.search import RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.types import Answer, Outcome, Quote
from index.words import terms, words

CLOSEST = 10
"""How many quotes `Answer.closest` holds at most. `spread` measures scores from the last of as many."""

NEAR_COPY = 0.85
"""Two sentences are near copies if the Jaccard index of their words is at least this, and no number differs."""


def compose(
    question: str, ranking: Ranking, limit: int, threshold: float, tuning: Tuning, *, about: str = ""
) -> Answer:
    """Make the answer, without timing: at most `limit` quotes if the confidence reaches `threshold`, else none.

    `about` has the names of the question that the nearest article has.
    """
    closest = _closest(ranking.sentences, max(limit, CLOSEST))
    answered = bool(closest) and ranking.confidence >= threshold
    quotes = _worth_quoting(closest, tuning)[:limit] if answered else ()
    outcome = _outcome(answered, bool(closest) and ranking.confidence >= tuning.perhaps, about)
    return Answer(question, answered, ranking.confidence, quotes, closest, outcome=outcome, about=about)


def _outcome(answered: bool, likely: bool, about: str) -> Outcome:
    if answered:
        return Outcome.ANSWERED
    if likely:
        return Outcome.PERHAPS
    return Outcome.RELATED if about else Outcome.ABSENT


def _closest(ranked: Sequence[RankedSentence], limit: int) -> tuple[Quote, ...]:
    """The best `limit` sentences as quotes, without near copies."""
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
    """The first quote, and those of the others that add something to it.

    Another quote is added if its score is at most `Tuning.worth_quoting` times the spread below the best score, and if
    at least the share `Tuning.new_words` of its terms is in none of the quotes before it.
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
    """How far the tenth best score is below the best; margins are given as shares of it.

    How large a margin is in points depends on the question and on the scorer, but a share of the spread means the same
    everywhere. Of fewer than ten scores the last may be as good as the first, so then it is at least
    `Tuning.usual_spread`.
    """
    best_first = sorted(scores, reverse=True)[:CLOSEST]
    distance = best_first[0] - best_first[-1] if best_first else 0.0
    return distance if len(best_first) == CLOSEST else max(distance, tuning.usual_spread)


def alike(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two sentences with these words are near copies: Jaccard index at least NEAR_COPY, and equal numbers."""
    distinct, others = frozenset(one), frozenset(other)
    if len(distinct & others) < NEAR_COPY * len(distinct | others):
        return False
    return not any(word[0].isdigit() for word in distinct ^ others)
