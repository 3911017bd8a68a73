"""A question in the light of the answer before it.

"And what did Xi say?" cannot be searched for as it stands. What it is about stands in the question before it and in the
sentence that was quoted for that, so these are searched for as well and count for less; and the article that was quoted
is searched through whole. A question that stands on its own is left alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.answering.answer import CLOSEST, alike, spread
from index.answering.intent import is_about_the_articles, names_in
from index.answering.search import Place, RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.types import Answer, Quote
from index.words import terms, words

BACKGROUND_CHARACTERS = 1000
"""More of what went before is not searched for; about what the default model reads at once."""

# It goes on from something, is cut short, or says "too".
_GOING_ON = re.compile(
    r"""\W*(?:and|but|so|or|also|then|(?:what|how)\ about|(?:what|who|where|when|anything|anyone|anybody)\ else
        |how\ come|such\ as)\b
    |\W*(?:why|how|when|where|who|what|which|really)(?:\ (?:so|not|exactly|then))?\W*$
    |.*\b(?:too|as\ well|either|instead|of\ (?:this|that|those|these|it|them))\W*$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
# It points at what was named before; "there is", "this year" and "the man that" do not.
_POINTING = re.compile(
    r"""\b(?:them|the\ (?:former|latter)(?!\ \w)
    |(?<!are\ )(?<!is\ )(?<!was\ )(?<!were\ )there(?!\ (?:is|are|was|were|be|been|any|a)\b)
    |(?:this|these)(?!\ (?:week|month|year|season|time|morning|summer|winter|spring|autumn|fall))
    |(?:does|did|do|is|was|are|were|will|would|can|could|about|for|with|like|after|before|by|from|to|than)\ those
    |(?:does|did|do|is|was|will|would|can|could|about|for|with|like|after|before|by|from|to|than)\ that
    |(?:the|which|another|this|that|first|last|next|other|same|\w+[ei]an|\w+ese)\ ones?(?!\ of\b))\b
    |\bthat\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
# A pronoun does as well, where nothing in the question has been named before it that it could stand for.
_PRONOUN = re.compile(r"\b(?:he|she|they|it|him|hers|theirs)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:his|her|its|their)\b", re.IGNORECASE)
_ASKING_WHO = re.compile(r"\W*(?:who|which|how many)\b", re.IGNORECASE)
_DEFINING = re.compile(
    r"\W*(?:(?:what|who)(?:['’]?s| is| are| was| were)|define|explain|what does|what do)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Search:
    """A text to search for, in one article alone where that is named."""

    text: str
    article_id: str | None = None


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A question as it is to be understood: with the `background` that it leans on, if it does; else that is empty.

    `quoted` is what the answer before it quoted first. It leans `strongly` where it says so itself, not where it merely
    names nobody.
    """

    question: str
    background: str = ""
    quoted: Quote | None = None
    strongly: bool = False

    @property
    def whole(self) -> str:
        """The question behind its background."""
        return f"{self.background} {self.question}".strip()

    @property
    def searches(self) -> tuple[Search, ...]:
        """What is searched for: the question, also in the article quoted before, and last its background."""
        if not self.background:
            return (Search(self.question),)
        again = (Search(self.question, self.quoted.article.id),) if self.quoted else ()
        return (Search(self.question), *again, Search(self.background))


def interpret(question: str, previous: Answer | None) -> Interpretation:
    """The question as it is to be understood after `previous`: by itself where it names someone and does not lean."""
    strongly = leans(question)
    if previous is None or not is_about_the_articles(previous.question):
        return Interpretation(question)
    if not strongly and names_in(question, openers=True):
        return Interpretation(question)
    quoted = previous.quotes[0] if previous.quotes else None
    background = f"{previous.question} {quoted.text}" if quoted else previous.question
    return Interpretation(question, background[:BACKGROUND_CHARACTERS], quoted, strongly)


def weigh(rankings: Sequence[Ranking], meant: Interpretation, tuning: Tuning) -> Ranking:
    """What the searches of an interpretation ranked, as one ranking.

    A sentence's score is that for the question, plus `Tuning.background` times that for the background, or
    `Tuning.faint_background` where the question merely names nobody; the surer the answer to the question alone, the
    less the background counts. A sentence that is not among the background's counts as the last of these. Where the
    question leans, of both the score counts and `Tuning.likeness` times the search's own, and what was quoted before
    steps back by `Tuning.quoted_before`, unless it has every word of meaning in the question, which then asks for it
    again. A sentence that only the background brought is left out. How sure the answer is comes from the question
    alone: a background was answered just before, and would make every follow-up sure.
    """
    if not meant.background:
        return rankings[0]
    *own, background = rankings
    weight, likeness = (tuning.background, tuning.likeness) if meant.strongly else (tuning.faint_background, 0.0)
    weight *= 1 - own[0].confidence
    beside = _totals(background, likeness)
    least = min(beside.values(), default=0.0)
    totals = {place: total for ranking in reversed(own) for place, total in _totals(ranking, likeness).items()}
    found = {sentence.place: sentence for ranking in reversed(own) for sentence in ranking.sentences}
    ranked = _best_first(
        [replace(found[place], score=total + weight * beside.get(place, least)) for place, total in totals.items()]
    )
    if meant.strongly and meant.quoted is not None and not _asks_again(meant.question, meant.quoted):
        step = tuning.quoted_before * spread([sentence.score for sentence in ranked], tuning)
        quoted = words(meant.quoted.text)
        near = [
            replace(sentence, score=sentence.score - step) if alike(words(sentence.read_text()), quoted) else sentence
            for sentence in ranked[:CLOSEST]
        ]
        ranked = _best_first(near + ranked[CLOSEST:])
    confidence = max(ranking.confidence for ranking in own)
    return Ranking(tuple(ranked), confidence**tuning.half if meant.strongly else confidence)


def _totals(ranking: Ranking, likeness: float) -> dict[Place, float]:
    """The score of each sentence with `likeness` times the search's own, as far as it falls short of the best.

    So measured, what two searches found compares.
    """
    totals = {s.place: s.score + likeness * s.likeness for s in ranking.sentences}
    best = max(totals.values(), default=0.0)
    return {place: total - best for place, total in totals.items()}


def _asks_again(question: str, quoted: Quote) -> bool:
    """Whether all that the question is about stands in the sentence that was quoted."""
    meant = set(terms(question))
    return bool(meant) and meant <= set(terms(quoted.text))


def _best_first(ranked: Sequence[RankedSentence]) -> list[RankedSentence]:
    return sorted(ranked, key=lambda sentence: sentence.score, reverse=True)


def leans(question: str) -> bool:
    """Whether the question can only be understood after another one.

    It goes on ("and…", "what about…", "why?", "…too?"); or points back ("them", "like that", "the first one"); or has a
    pronoun before it has named anyone; or holds a single word of meaning and does not ask what that is. Of newsqa-dev's
    specific questions, nearly all of which stand on their own, one in forty leans by this.
    """
    if _GOING_ON.match(question):
        return True
    if _POINTING.search(question):
        return True
    pronoun = _PRONOUN.search(question) or (not _ASKING_WHO.match(question) and _POSSESSIVE.search(question))
    if pronoun and not names_in(question[: pronoun.start()], openers=True):
        return True
    meant = set(terms(question))
    return not meant or (len(meant) == 1 and not _DEFINING.match(question))
