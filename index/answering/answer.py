"""From ranked sentences to an answer: choose which sentences to quote and their context, or decline to answer."""

import math
from collections.abc import Collection, Sequence

from index.answering.context import context_around
from index.answering.cues import LOOKED_AT, facts_of
from index.answering.features import kinds_of
from index.answering.never import Never
from index.answering.search import RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.languages import ENGLISH
from index.types import Answer, Outcome, Quote
from index.words import terms, words

CLOSEST = 10
"""How many quotes `Answer.closest` holds at most. `spread` measures scores from the last of as many."""

NEAR_COPY = 0.85
"""Two sentences are near copies if the Jaccard index of their words is at least this, and no number differs."""


def compose(
    question: str,
    ranking: Ranking,
    limit: int,
    threshold: float,
    tuning: Tuning,
    *,
    never: Never = Never(),  # noqa: B008 - frozen
    about: str = "",
    code: str = ENGLISH,
) -> Answer:
    """Make the answer, without timing: at most `limit` quotes if the confidence reaches `threshold`, else none.

    `never` has what no context may show. `about` has the names of the question that the nearest article has. `code` is
    the language of the question.
    """
    closest = _closest(ranking.sentences, max(limit, CLOSEST), never)
    answered = bool(closest) and ranking.confidence >= threshold
    quotes = _worth_quoting(question, closest, tuning, code)[:limit] if answered else ()
    likely = bool(closest) and ranking.confidence >= tuning.perhaps
    near = bool(closest) and (about != "" or ranking.sentences[0].signals.coverage >= tuning.near)
    outcome = _outcome(answered, likely, near)
    told = about if outcome is Outcome.RELATED else ""
    return Answer(question, answered, ranking.confidence, quotes, closest, outcome=outcome, about=told, language=code)


def _outcome(answered: bool, likely: bool, near: bool) -> Outcome:
    if answered:
        return Outcome.ANSWERED
    if likely:
        return Outcome.PERHAPS
    return Outcome.RELATED if near else Outcome.ABSENT


def _closest(ranked: Sequence[RankedSentence], limit: int, never: Never) -> tuple[Quote, ...]:
    """The best `limit` sentences as quotes, without near copies."""
    quotes: list[Quote] = []
    seen: list[frozenset[str]] = []
    for sentence in ranked:
        article, _ = sentence.snapshot.with_sentences(sentence.article_id)
        found = frozenset(words(sentence.read_text()[:LOOKED_AT], article.language or ENGLISH))
        if any(alike(found, other) for other in seen):
            continue
        seen.append(found)
        quotes.append(quote_of(sentence, never))
        if len(quotes) == limit:
            break
    return tuple(quotes)


def quote_of(sentence: RankedSentence, never: Never) -> Quote:
    """A sentence that was found as a quote, with its context, which ends before what is never quoted."""
    article, sentences = sentence.snapshot.with_sentences(sentence.article_id)
    span = sentences[sentence.number]
    within = sentence.passage.first, sentence.passage.last
    context = context_around(article.text, sentences, sentence.number, within, article.language or ENGLISH)
    return never.narrowed(Quote(article, span.start, span.end, context, sentence.score), sentences)


def _worth_quoting(question: str, closest: Sequence[Quote], tuning: Tuning, code: str) -> tuple[Quote, ...]:
    """The first quote, and those of the others that may hold an answer which the quotes before do not hold.

    Another quote is added if its share of all chances is at least `Tuning.worth_quoting`; if the question has several
    parts, and the quote gives what no quote before it gives for one of them, `Tuning.other_part` is enough. It is not
    added if the reader has just read it as context, if less than the share `Tuning.new_words` of its terms is new, if
    it only repeats the facts that were asked for, or if it is in another language than the first, as it may say the
    same.
    """
    if not closest:
        return ()
    kinds = kinds_of(question, code)
    best = max(quote.score for quote in closest)
    chances = [math.exp(quote.score - best) for quote in closest]
    chosen = [closest[0]]
    said = _terms_of(closest[0])
    known = {kind: _facts_of(closest[0], kind, question) for kind in kinds}
    for quote, chance in zip(closest[1:], chances[1:], strict=True):
        if _language_of(quote) != _language_of(closest[0]):
            continue
        meant, facts = _terms_of(quote), {kind: _facts_of(quote, kind, question) for kind in kinds}
        other_part = len(kinds) > 1 and any(facts[kind] and not known[kind] for kind in kinds)
        if chance < sum(chances) * (tuning.other_part if other_part else tuning.worth_quoting):
            continue
        if any(_is_context(quote, other) for other in chosen) or len(meant - said) < tuning.new_words * len(meant):
            continue
        if any(facts.values()) and all(facts[kind] <= known[kind] for kind in kinds):
            continue
        chosen.append(quote)
        said |= meant
        known = {kind: known[kind] | facts[kind] for kind in kinds}
    return tuple(chosen)


def _language_of(quote: Quote) -> str:
    return quote.article.language or ENGLISH


def _terms_of(quote: Quote) -> set[str]:
    return set(terms(quote.text, _language_of(quote)))


def _facts_of(quote: Quote, kind: str, question: str) -> frozenset[str]:
    return facts_of(quote.text, kind, question, _language_of(quote))


def _is_context(quote: Quote, other: Quote) -> bool:
    """Whether the quote is within the context of the other one."""
    return quote.article == other.article and other.context.start <= quote.start and quote.end <= other.context.end


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
