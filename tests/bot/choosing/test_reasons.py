"""The reasons for an answer in words."""

from dataclasses import replace

import pytest

from bot.choosing.reasons import (
    QUOTED_CHARACTERS,
    confidence_of,
    outcome_of,
    reader_in_words,
    reasons,
    sentence_of,
)
from index import Answer, Article, Confidence, Considered, Explanation, Outcome, Quote, Span

OLD = Article("old", "Old", "It opened in 1904.", published="2026-01-01")  # type: ignore[arg-type]
NEW = replace(OLD, id="new", published="2026-01-15")  # type: ignore[arg-type]
FEATURES = {"sentence_cosine": 0.62, "sentence_cosine below best": 0.0, "offers what is asked": 1.0}


def considered(article: Article, score: float, read: float | None = 2.14, below: float = 0.0) -> Considered:
    quote = Quote(article, 0, 18, Span(0, 18), score)
    return Considered(quote, True, 3, 12, 5, 6, read, FEATURES | {"sentence_cosine below best": below})


def test_the_first_has_its_words_meaning_reader_and_place() -> None:
    first = considered(NEW, 4.0)
    assert reasons(first, first) == (
        "its words: 5 of 6 of the question’s · its meaning: the closest of all (0.62) · it offers what is asked for · "
        "the reader: much better than no answer · place: sentence 3 of 12"
    )


def test_the_next_is_compared_with_the_first() -> None:
    said = reasons(considered(OLD, 2.5, -1.0, -0.1), considered(NEW, 4.0), frozenset())
    assert "its meaning: close (0.62)" in said
    assert "the reader: a little worse than no answer" in said
    assert "14 days older than the first · from the articles for all servers" in said
    assert said.endswith("1.5 points below the first")
    assert "14 days newer than the first" in reasons(considered(NEW, 2.5), considered(OLD, 4.0))
    assert "without a date" in reasons(considered(replace(OLD, published=None), 2.5), considered(NEW, 4.0))


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (12.0, "far better than no answer"),
        (3.92, "far better than no answer"),
        (3.91, "much better than no answer"),
        (1.61, "much better than no answer"),
        (1.60, "a little better than no answer"),
        (0.41, "a little better than no answer"),
        (0.40, "about as good as no answer"),
        (0.0, "about as good as no answer"),
        (-0.40, "about as good as no answer"),
        (-0.41, "a little worse than no answer"),
        (-1.60, "a little worse than no answer"),
        (-1.61, "much worse than no answer"),
        (-3.91, "much worse than no answer"),
        (-3.92, "far worse than no answer"),
    ],
)
def test_what_the_reader_says_has_seven_steps_at_odds_of_three_to_two_five_and_fifty(score: float, said: str) -> None:
    assert reader_in_words(score) == f"the reader: {said}"


def test_whose_articles_it_is_from_is_said_in_a_server() -> None:
    first = considered(NEW, 4.0)
    assert "from this server’s own articles" in reasons(first, first, frozenset({first.quote.key}))


def test_a_chosen_sentence_that_the_search_did_not_find_says_so() -> None:
    first = replace(considered(NEW, 0.0, None), features={}, number=0, of=0)
    assert reasons(first, first) == "its words: 5 of 6 of the question’s · the search did not find it"


def explanation(confidence: float, made: Confidence | None, threshold: float = 0.3, **answer: object) -> Explanation:
    return Explanation(Answer("Who?", confidence >= threshold, confidence, **answer), threshold, confidence=made)  # type: ignore[arg-type]


def test_a_confidence_is_taken_apart_in_sentences() -> None:
    assert confidence_of(explanation(0.33, Confidence(0.44, 0.33, 0.0, is_foreign=False))) == [
        "Confidence: 33%.",
        "By the search it was 44%, and 33% once the reader had read the best sentences.",
    ]
    assert confidence_of(explanation(0.2, Confidence(0.4, None, 0.5, is_foreign=True))) == [
        "Confidence: 20%.",
        "By the search alone, as no reader reads the best sentences.",
        "No article has 50% of the names in the question, which lowers it.",
        "Question and sentence are in two languages, which changes it.",
    ]
    assert confidence_of(explanation(0.0, None)) == [
        "There was nothing to search: it asks nothing of the articles, or there are none."
    ]


def test_the_threshold_says_whose_it_is_and_what_came_of_it() -> None:
    made = Confidence(0.4, None, 0.0, is_foreign=False)
    assert outcome_of(explanation(0.4, made)) == "The threshold is 30%, so it is answered."
    assert outcome_of(explanation(0.4, made, 0.5, outcome=Outcome.PERHAPS), is_own_threshold=True) == (
        "The threshold here is 50%, as this server chose, so the first sentence is only shown as one that may answer."
    )
    assert outcome_of(explanation(0.4, made, 0.5), is_own_threshold=False) == (
        "The threshold here is 50%, as the operator chose, so nothing is quoted."
    )
    assert outcome_of(explanation(0.4, made, 0.5, chosen=True)) == (
        "The threshold is 50%; editors chose the first sentence, so it does not count."
    )


def test_a_long_sentence_is_cut_where_it_is_explained() -> None:
    long = Article("long", "Long", "word " * 200)
    said = sentence_of(Quote(long, 0, 999, Span(0, 999), 1.0))
    assert len(said) <= QUOTED_CHARACTERS and said.endswith(" …")
