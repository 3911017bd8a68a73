"""What the ranker sees of a sentence: numbers, each with a name, that say how it meets the question."""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from index.embedding import Floats
from index.search import Question, RankedSentence, Rarity
from index.types import Article, Sentence
from index.words import words

_QUESTION_KINDS = {
    "who": re.compile(r"\b(who|whom|whose)\b"),
    "when": re.compile(r"\b(when|what (year|date|day|month|time)|how long|since when)\b"),
    "where": re.compile(r"\b(where|what (country|city|state|place|town|region))\b|\b(which|what) \w+ (is|was) .* in\b"),
    "amount": re.compile(r"\bhow (many|much|old|far|often|big|large|tall|high|long)\b|\bwhat (percentage|number)\b"),
    "why": re.compile(r"\b(why|what (was the )?(reason|caused?)|how come)\b"),
    "how": re.compile(r"\bhow\b"),
    "which": re.compile(r"\bwhich\b"),
    "what": re.compile(r"\bwhat\b"),
    "yes or no": re.compile(r"^\W*(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"),
    "says": re.compile(r"\b(say|said|says|tell|told|think|thought|claim|believe|according|describe|call|called)\w*\b"),
}
_NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|billion|half|decades?)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(january|february|march|april|june|july|august|september|october|november|december|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|today|yesterday|tomorrow|year|years|month|months|week|weeks|day|days|decades?|"
    r"century|morning|evening|night|ago|since|until|(1[5-9]|20)\d\d)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(in|at|from|near|to|of|outside|across) (the )?[A-Z]")
_REASON = re.compile(
    r"\b(because|since|due|so that|in order|after|as a result|to avoid|for fear|therefore|led to)\b", re.I
)
_SPEECH = re.compile(r"\b(said|says|told|asked|added|according|called|described|wrote|announced|confirmed)\b", re.I)
_NAME = re.compile(r"(?<![.!?\"“] )(?<!^)\b[A-Z][\w’'-]+")
_QUOTED = re.compile(r"[“”\"]")
_PRONOUN = re.compile(r"^\W*(he|she|they|it|this|that|these|those|his|her|their|its)\b", re.IGNORECASE)

_SCORES = ("score", "sentence cosine", "passage cosine", "sentence words", "passage words", "maxsim")
_OWN = (
    "coverage", "passage coverage", "coverage with neighbours", "coverage before", "coverage after", "pairs",
    "maxsim before", "maxsim after", "cosine before", "cosine after",
    "length", "number in the article", "place in the article", "first", "new numbers", "new times", "new places",
    "new names", "reasons", "speech", "quotation marks", "opens with a pronoun", "asks", "no stop",
    "rank", "share of the article", "best of its article", "question length",
)  # fmt: skip
FEATURES = (
    *_SCORES,
    *(f"{name}, below the best" for name in _SCORES),
    *_OWN,
    *(f"question: {kind}" for kind in _QUESTION_KINDS),
)
"""The columns of `features`."""


def features(
    question: Question,
    ranked: Sequence[RankedSentence],
    count: int,
    rarity: Rarity,
    texts: Mapping[tuple[int, str], tuple[Article, tuple[Sentence, ...]]],
) -> Floats:
    """The features of the first `count` of the ranked sentences: float32 (count, len(FEATURES)).

    The rest of `ranked` serves for their neighbours; `texts` holds article and sentences by the key of a sentence.
    """
    by_place = {(*sentence.key, sentence.number): sentence for sentence in ranked}
    top = ranked[:count]
    weight = {term: rarity.idf(term) for term in question.terms}
    total = sum(weight.values()) or 1.0
    pairs = set(pairwise(question.terms))
    asked_words = set(words(question.text))
    lowered = question.text.lower()
    kinds = [float(bool(pattern.search(lowered))) for pattern in _QUESTION_KINDS.values()]
    scores = np.array([_scores(sentence) for sentence in top], dtype=np.float32)
    of_article: dict[tuple[int, str], int] = {}
    for sentence in top:
        of_article[sentence.key] = of_article.get(sentence.key, 0) + 1
    seen: set[tuple[int, str]] = set()

    def covered(*sentences: RankedSentence | None) -> float:
        present = {term for sentence in sentences if sentence for term in sentence.terms}
        return sum(value for term, value in weight.items() if term in present) / total

    rows = []
    for rank, sentence in enumerate(top):
        article, spans = texts[sentence.key]
        span = spans[sentence.number]
        text = article.text[span.start : span.end]
        before = by_place.get((*sentence.key, sentence.number - 1))
        after = by_place.get((*sentence.key, sentence.number + 1))
        rows.append(
            (
                covered(sentence), sentence.signals.coverage, covered(sentence, before, after),
                covered(before), covered(after),
                len(pairs & set(pairwise(sentence.terms))) / max(len(pairs), 1),
                before.signals.maxsim if before else 0.0, after.signals.maxsim if after else 0.0,
                before.signals.sentence_cosine if before else 0.0, after.signals.sentence_cosine if after else 0.0,
                math.log1p(len(sentence.terms)), math.log1p(sentence.number),
                sentence.number / len(spans), float(sentence.number == 0),
                _new(_NUMBER, text, asked_words), _new(_TIME, text, asked_words), float(bool(_PLACE.search(text))),
                _new(_NAME, text, asked_words), float(bool(_REASON.search(text))), float(bool(_SPEECH.search(text))),
                float(bool(_QUOTED.search(text))), float(bool(_PRONOUN.match(text))), float(text.endswith("?")),
                float(not text.rstrip("\"'”’)").endswith((".", "!", "?", "…"))),
                math.log1p(rank), of_article[sentence.key] / len(top), float(sentence.key not in seen),
                math.log1p(len(question.terms)),
                *kinds,
            )
        )  # fmt: skip
        seen.add(sentence.key)
    return np.concatenate([scores, scores.max(axis=0) - scores, np.array(rows, dtype=np.float32)], axis=1)


def _scores(sentence: RankedSentence) -> tuple[float, ...]:
    signals = sentence.signals
    return (
        sentence.score, signals.sentence_cosine, signals.passage_cosine,
        signals.sentence_bm25, signals.passage_bm25, signals.maxsim,
    )  # fmt: skip


def _new(pattern: re.Pattern[str], text: str, asked: set[str]) -> float:
    """How many matches the sentence has that the question does not name, on a logarithmic scale."""
    return math.log1p(sum(match.group().lower() not in asked for match in pattern.finditer(text)))
