"""Puts the reasons for an answer into words. All functions are pure, for Discord and the command line."""

import math
from collections.abc import Collection, Iterator

from bot.languages import as_number, as_percent, later, say, say_many
from bot.markdown import plain, shortened
from index import Considered, Explanation, Outcome, Quote, SentenceKey

QUOTED_CHARACTERS = 220
"""How much of a sentence is repeated where it is explained."""

AS_CLOSE, CLOSE = 0.0, -0.15
"""How far the cosine of a sentence may be below the best one, to be called the closest, or close."""

A_DAY = 24 * 3600

_BETTER = (
    (50.0, later("the reader: far better than no answer")),
    (5.0, later("the reader: much better than no answer")),
    (1.5, later("the reader: a little better than no answer")),
)
_WORSE = (
    (50.0, later("the reader: far worse than no answer")),
    (5.0, later("the reader: much worse than no answer")),
    (1.5, later("the reader: a little worse than no answer")),
)
"""From which odds on, for a sentence or against it, it is called so; the highest first."""


def sentence_of(quote: Quote) -> str:
    """The words of a sentence, on one line; of a long one its beginning."""
    return shortened(plain(quote.text), QUOTED_CHARACTERS)


def reasons(one: Considered, first: Considered, own: Collection[SentenceKey] | None = None) -> str:
    """What was looked at in a sentence, in a line; `first` is the one that came first.

    `own` has the sentences from a server's own articles; where it is None, nothing is said of whose articles they are.
    """
    return " · ".join(_reasons(one, first, own))


def _reasons(one: Considered, first: Considered, own: Collection[SentenceKey] | None) -> Iterator[str]:
    yield say("its words: {} of {} of the question’s", as_number(one.found), as_number(one.asked))
    if one.features:
        cosine, below = one.features["sentence_cosine"], one.features["sentence_cosine below best"]
        how = say("the closest of all") if below >= AS_CLOSE else say("close") if below >= CLOSE else say("further off")
        yield say("its meaning: {} ({})", how, as_number(cosine, decimals=2))
        if one.features["offers what is asked"] > 0:
            yield say("it offers what is asked for")
    else:
        yield say("the search did not find it")
    if one.read is not None:
        yield reader_in_words(one.read)
    elif one.features:
        yield say("not read: others looked better before")
    if one.number:
        yield say("place: sentence {} of {}", as_number(one.number), as_number(one.of))
    yield from _age(one, first)
    if own is not None:
        yield (
            say("from this server’s own articles") if one.quote.key in own else say("from the articles for all servers")
        )
    if one is not first and one.features:
        yield say("{} points below the first", as_number(first.quote.score - one.quote.score, decimals=1))


def reader_in_words(score: float) -> str:
    """What the reader says of a sentence, by its score (`Considered.read`), the logarithm of the odds that it answers.

    The steps are at odds of 3 to 2, 5 to 1 and 50 to 1, for it or against it.
    """
    steps = _BETTER if score >= 0 else _WORSE
    said = next((words for odds, words in steps if abs(score) >= math.log(odds)), None)
    return said() if said else say("the reader: about as good as no answer")


def _age(one: Considered, first: Considered) -> Iterator[str]:
    """How much older or newer its article is than the first one's."""
    this, that = one.quote.article.published, first.quote.article.published
    if one is first or one.quote.article == first.quote.article:
        return
    if this is None:
        yield say("without a date")
    elif that is not None:
        days = round((that - this).total_seconds() / A_DAY)
        if days > 0:
            yield say_many("{} day older than the first", "{} days older than the first", days)
        elif days < 0:
            yield say_many("{} day newer than the first", "{} days newer than the first", -days)


def confidence_of(explanation: Explanation) -> list[str]:
    """What the confidence is made of, in sentences."""
    made, answer = explanation.confidence, explanation.answer
    if made is None:
        return [say("There was nothing to search: it asks nothing of the articles, or there are none.")]
    said = [say("Confidence: {}.", as_percent(answer.confidence))]
    if made.by_reader is None:
        said.append(say("By the search alone, as no reader reads the best sentences."))
    else:
        said.append(
            say(
                "By the search it was {}, and {} once the reader had read the best sentences.",
                as_percent(made.by_ranker),
                as_percent(made.by_reader),
            )
        )
    if made.unknown:
        said.append(say("No article has {} of the names in the question, which lowers it.", as_percent(made.unknown)))
    if made.is_foreign:
        said.append(say("Question and sentence are in two languages, which changes it."))
    return said


def outcome_of(explanation: Explanation, *, is_own_threshold: bool | None = None) -> str:
    """What the threshold is, and what came of it; `is_own_threshold` says that the server chose it."""
    threshold, answer = as_percent(explanation.threshold), explanation.answer
    whose = {
        None: say("The threshold is {}", threshold),
        True: say("The threshold here is {}, as this server chose", threshold),
        False: say("The threshold here is {}, as the operator chose", threshold),
    }[is_own_threshold]
    if answer.chosen:
        return say("{}; editors chose the first sentence, so it does not count.", whose)
    if answer.answered:
        return say("{}, so it is answered.", whose)
    if answer.outcome is Outcome.PERHAPS:
        return say("{}, so the first sentence is only shown as one that may answer.", whose)
    return say("{}, so nothing is quoted.", whose)
