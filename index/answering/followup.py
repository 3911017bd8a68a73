"""Follow-ups: understands a question with the help of the answer before it.

"And what did Xi say?" cannot be searched for alone. Its topic is in the question before it and in the sentence that was
quoted for that one. So these two, the background, are searched for as well, with a lower weight. The question is also
searched for in the quoted article alone. A question that stands on its own is not changed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.answering.answer import CLOSEST, alike, spread
from index.answering.intent import is_about_the_articles, names_in
from index.answering.search import Place, RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.languages import ENGLISH, any_of, language
from index.types import Answer, Quote
from index.words import terms, words

BACKGROUND_CHARACTERS = 1000
"""The most characters of a background that are searched for: about as much as the default model reads at once."""

# The question continues another one, is only a question word, or says "too".
_GOING_ON = re.compile(
    r"""\W*(?:and|but|so|or|also|then|(?:what|how)\ about|(?:what|who|where|when|anything|anyone|anybody)\ else
        |how\ come|such\ as)\b
    |\W*(?:why|how|when|where|who|what|which|really)(?:\ (?:so|not|exactly|then))?\W*$
    |.*\b(?:too|as\ well|either|instead|of\ (?:this|that|those|these|it|them))\W*$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
# The question points back to something named before. "There is", "this year" and "the man that" do not.
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
# A pronoun also points back, unless the question itself names somebody before it.
_PRONOUN = re.compile(r"\b(?:he|she|they|it|him|hers|theirs)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:his|her|its|their)\b", re.IGNORECASE)
_ASKING_WHO = re.compile(r"\W*(?:who|which|how many)\b", re.IGNORECASE)
_DEFINING = re.compile(
    r"\W*(?:(?:what|who)(?:['’]?s| is| are| was| were)|define|explain|what does|what do)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Search:
    """A text to search for; if `article_id` is set, only in that article. What is found should answer a question."""

    text: str
    article_id: str | None = None
    is_question: bool = True


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How a question is understood. `background` is the text that it leans on, or "" if it stands on its own.

    `quoted` is the sentence that was quoted for the question before. `strongly` says that the words of the question
    point back (`leans`); otherwise it has a background only because it names nobody.
    """

    question: str
    background: str = ""
    quoted: Quote | None = None
    strongly: bool = False

    @property
    def whole(self) -> str:
        """The background, followed by the question."""
        return f"{self.background} {self.question}".strip()

    @property
    def searches(self) -> tuple[Search, ...]:
        """The searches to make: the question, the question in the article quoted before, and last the background."""
        if not self.background:
            return (Search(self.question),)
        again = (Search(self.question, self.quoted.article.id),) if self.quoted else ()
        return (Search(self.question), *again, Search(self.background, is_question=False))


def interpret(question: str, previous: Answer | None, code: str = ENGLISH) -> Interpretation:
    """Understand the question as asked after `previous`. If it names somebody and does not lean, it stands alone.

    `code` is its language.
    """
    strongly = leans(question, code)
    if previous is None or not is_about_the_articles(previous.question):
        return Interpretation(question)
    if not strongly and names_in(question, openers=True):
        return Interpretation(question)
    quoted = previous.quotes[0] if previous.quotes else previous.perhaps
    background = f"{previous.question} {quoted.text}" if quoted else previous.question
    return Interpretation(question, background[:BACKGROUND_CHARACTERS], quoted, strongly)


def weigh(rankings: Sequence[Ranking], meant: Interpretation, tuning: Tuning) -> Ranking:
    """Merge the rankings of the searches of an interpretation into one.

    - A sentence's score is its score for the question plus a weight times its score for the background. The weight is
      `Tuning.background`, or `Tuning.faint_background` if the question merely names nobody. It is lower the higher the
      confidence for the question alone is.
    - A sentence that is not in the background's ranking gets that ranking's lowest score. A sentence that only the
      background found is left out.
    - If the question leans, both scores include `Tuning.likeness` times the search's own score. Sentences like the one
      quoted before lose `Tuning.quoted_before` of the spread, unless that quote contains all terms of the question:
      then the user asks for it again.
    - The confidence is the mean of those of the searches for the question. The background was just answered, so it
      would make every follow-up look certain.
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
        [found[place].scored(total + weight * beside.get(place, least)) for place, total in totals.items()]
    )
    if meant.strongly and meant.quoted is not None and not _asks_again(meant.question, meant.quoted):
        step = tuning.quoted_before * spread([sentence.score for sentence in ranked], tuning)
        code = meant.quoted.article.language or ENGLISH
        quoted = words(meant.quoted.text, code)
        near = [
            sentence.scored(sentence.score - step) if alike(words(sentence.read_text(), code), quoted) else sentence
            for sentence in ranked[:CLOSEST]
        ]
        ranked = _best_first(near + ranked[CLOSEST:])
    confidence = sum(ranking.confidence for ranking in own) / len(own)
    return Ranking(tuple(ranked), confidence**tuning.half if meant.strongly else confidence)


def _totals(ranking: Ranking, likeness: float) -> dict[Place, float]:
    """Each sentence's score plus `likeness` times the search's own score, minus the best such total.

    Measured from the best, the results of two searches can be compared.
    """
    totals = {s.place: s.score + likeness * s.likeness for s in ranking.sentences}
    best = max(totals.values(), default=0.0)
    return {place: total - best for place, total in totals.items()}


def _asks_again(question: str, quoted: Quote) -> bool:
    """Whether the quoted sentence contains all terms of the question."""
    code = quoted.article.language or ENGLISH
    meant = set(terms(question, code))
    return bool(meant) and meant <= set(terms(quoted.text, code))


def _best_first(ranked: Sequence[RankedSentence]) -> list[RankedSentence]:
    return sorted(ranked, key=lambda sentence: sentence.score, reverse=True)


def leans(question: str, code: str = ENGLISH) -> bool:
    """Whether the question can only be understood together with the one before it.

    That is so if it continues something ("and…", "what about…", "why?", "…too?"), if it points back ("them", "like
    that", "the first one"), if it has a pronoun before it names anybody, or if it has at most one term and does not ask
    for the meaning of that. Nearly all of newsqa-dev's specific questions stand on their own; one in forty of them
    leans by these rules. In other languages (`code`) the words are those of the language's table.
    """
    if code != ENGLISH:
        return _leans_in(question, code)
    if _GOING_ON.match(question):
        return True
    if _POINTING.search(question):
        return True
    pronoun = _PRONOUN.search(question) or (not _ASKING_WHO.match(question) and _POSSESSIVE.search(question))
    if pronoun and not names_in(question[: pronoun.start()], openers=True):
        return True
    meant = set(terms(question))
    return not meant or (len(meant) == 1 and not _DEFINING.match(question))


def _leans_in(question: str, code: str) -> bool:
    """Whether a question that is not English leans, by the lists of its language."""
    spoken = language(code)
    said = question.strip(" \t\n?!.,;:…¿¡？！。，、؟")
    if any_of(spoken.going_on, spoken.edges).match(said) or any_of(spoken.alone, spoken.edges).fullmatch(said):
        return True
    if any_of(spoken.pointing, spoken.edges).search(said):
        return True
    pronoun = any_of(spoken.pronouns, spoken.edges).search(said)
    if pronoun and not names_in(said[: pronoun.start()], openers=True, code=code):
        return True
    return not terms(question, code)
