"""Sentences that answer about equally well: something else may decide which of them comes first.

The search and the scores stay the same.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from index.answering.answer import spread
from index.answering.search import RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.opinion import is_opinion


def equals_by(ranking: Ranking, share: float, tuning: Tuning, order: Callable[[RankedSentence], Any]) -> Ranking:
    """Order the sentences that answer about equally well, lowest `order` first.

    These are the sentences whose scores are at most `share` of the spread below the best. Those for which `order` is
    the same, and all other sentences, keep their order.
    """
    ranked = ranking.sentences
    if not ranked:
        return ranking
    least = ranked[0].score - share * spread([sentence.score for sentence in ranked], tuning)
    good = [sentence for sentence in ranked if sentence.score >= least]
    return replace(ranking, sentences=(*sorted(good, key=order), *ranked[len(good) :]))


def news_before_opinion(ranking: Ranking, further: Collection[str], tuning: Tuning) -> Ranking:
    """Of the sentences that are as good, put those of news before those of opinion, which `further` names may mark."""

    def order(sentence: RankedSentence) -> bool:
        headline = sentence.snapshot.headline(sentence.article_id)
        return headline is not None and is_opinion(headline.section, further)

    return equals_by(ranking, tuning.as_good, tuning, order)


def own_language_first(ranking: Ranking, code: str, tuning: Tuning) -> Ranking:
    """Of the sentences that are as good, put those in the language `code`, which is the question's, before others."""
    return equals_by(ranking, tuning.as_good, tuning, lambda sentence: sentence.candidate.stored.language != code)
