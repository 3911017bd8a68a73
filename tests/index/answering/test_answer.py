"""Ranked sentences in, an answer out: copies, context, and how sure we are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Answer, Article, Outcome, Quote
from index.answering.answer import CLOSEST, compose
from index.answering.search import Ranking, Signals, with_confidence
from index.answering.tuning import Tuning
from tests.index.answering.searching import found_at
from tests.index.town import library_of

TUNING = Tuning()


def signals_of(strength: float) -> Signals:
    share = max(0.0, min(strength, 1.0))
    return Signals(*[strength] * (len(Signals._fields) - 2), coverage=share, nearby=share)


def answer_of(
    *texts: str,
    places: list[tuple[int, int]],
    passage: tuple[int, int] | None = None,
    limit: int = 3,
    threshold: float = 0.0,
    scores: list[float] | None = None,
    confidence: float = 0.8,
    about: str = "",
    question: str = "Which gate?",
    strength: float = 0.8,
) -> Answer:
    """The answer for the sentences at `places` (text, number), best first. The texts are those of articles a0, a1, …"""
    scores = scores or [float(len(places) - number) for number in range(len(places))]
    with (
        library_of(*(Article(f"a{n}", "T", text) for n, text in enumerate(texts))) as library,
        library._storage.reading() as snapshot,
    ):
        ranked = [
            found_at(snapshot, f"a{n}", i, passage, score, signals_of(strength))
            for (n, i), score in zip(places, scores, strict=True)
        ]
        return compose(question, Ranking(tuple(ranked), confidence), limit, threshold, TUNING, about=about)


def ask_about(question: str, *texts: str, scores: list[float] | None = None) -> Answer:
    """The answer to the question if each text is the only sentence of an article."""
    places = [(n, 0) for n in range(len(texts))]
    return answer_of(*texts, places=places, scores=scores or [4.0] * len(texts), question=question)


def quote_of(text: str, number: int, passage: tuple[int, int] | None = None) -> Quote:
    (quote,) = answer_of(text, places=[(0, number)], passage=passage).closest
    return quote


def sureness(signals: Signals) -> float:
    with library_of(Article("a", "T", "The gate is shut.")) as library, library._storage.reading() as snapshot:
        return with_confidence([found_at(snapshot, "a", 0, None, 1.0, signals)], TUNING).confidence


# How many


def test_quotes_are_the_best_of_the_closest() -> None:
    texts = [f"Keeper{n} shut gate{n} at hour{n}." for n in range(15)]
    answer = answer_of(*texts, places=[(n, 0) for n in range(15)])
    assert [q.article.id for q in answer.quotes] == ["a0", "a1", "a2"]
    assert [q.article.id for q in answer.closest] == [f"a{n}" for n in range(CLOSEST)]
    assert [q.score for q in answer.quotes] == [15, 14, 13]
    assert len(answer_of(*texts, places=[(n, 0) for n in range(15)], limit=12).closest) == 12


DISTINCT = [f"Keeper{n} shut gate{n} at hour{n}." for n in range(10)]


@pytest.mark.parametrize(
    ("scores", "quoted"),
    [
        ([9, 9, 9, 0, 0, 0, 0, 0, 0, 0], 3),
        ([9, 7, 6, 3, 2, 1, 1, 1, 1, 0], 2),  # 7 has .11 of all chances, 6 has .04
        ([9, 3, 3, 3, 2, 1, 1, 1, 1, 0], 1),
        ([109, 107, 106, 103, 102, 101, 101, 101, 101, 100], 2),  # what counts are distances
        ([-1, -3, -4, -7, -8, -9, -9, -9, -9, -10], 2),
        ([7, 7], 2),
        ([7, 5], 2),
        ([7, 4], 1),
        ([7], 1),
    ],
)
def test_a_sentence_that_falls_far_short_of_the_first_is_not_quoted(scores: list[float], quoted: int) -> None:
    places = [(n, 0) for n in range(len(scores))]
    answer = answer_of(*DISTINCT[: len(scores)], places=places, scores=scores)
    assert [q.article.id for q in answer.quotes] == [f"a{n}" for n in range(quoted)]
    assert len(answer.closest) == len(scores)


@pytest.mark.parametrize(
    ("second", "quoted"),
    [
        ("Ada Finn shut the northern gate.", False),  # less of the same
        ("The northern gate was shut by Ada Finn, it is said.", False),
        ("Ada Finn shut the northern gate at noon with a chain, after the flood.", False),  # a word more
        ("Otto Brandt opened the northern gate with a borrowed key.", True),
        ("Nobody has the key of the southern harbour.", True),
    ],
)
def test_a_sentence_that_adds_little_is_not_quoted_but_is_close(second: str, quoted: bool) -> None:
    first = "Ada Finn shut the northern gate at noon with a chain."
    answer = answer_of(first, second, *DISTINCT, places=[(n, 0) for n in range(12)])
    assert (second in [q.text for q in answer.quotes]) is quoted
    assert second in [q.text for q in answer.closest]
    assert answer.quotes[0].text == first


def test_what_is_quoted_third_must_be_new_beside_the_first_and_the_second() -> None:
    one, two = "Ada Finn shut the gate.", "Otto Brandt opened the harbour."
    answer = answer_of(
        one,
        two,
        "Finn shut the gate, Brandt the harbour.",
        *DISTINCT,
        places=[(n, 0) for n in range(9)],
        scores=[4.0] * 9,
    )
    assert [q.text for q in answer.quotes] == [one, two, DISTINCT[0]]


def test_what_was_just_read_as_context_is_not_quoted_again() -> None:
    text = "The bridge is new. It opens in June. Boats may pass below.\n\nNobody minds."
    answer = answer_of(text, *DISTINCT[:1], places=[(0, 1), (0, 0), (0, 2), (1, 0)], scores=[4, 4, 4, 4])
    assert [q.text for q in answer.quotes] == ["It opens in June.", DISTINCT[0]]
    assert answer.quotes[0].before + answer.quotes[0].text + answer.quotes[0].after == text[: text.index("\n")]


@pytest.mark.parametrize(
    ("question", "second", "quoted"),
    [
        ("When did Lee take office?", "Lee was sworn in on a rainy day in June.", False),
        ("When did Lee take office?", "Lee took the oath in May, others say.", True),
        ("Why did Lee take office?", "Lee was sworn in on a rainy day in June.", True),
        ("How many guests came to Lee?", "Twelve guests drank tea with Lee.", True),
    ],
)
def test_the_same_date_is_given_once_to_who_asks_when(question: str, second: str, quoted: bool) -> None:
    first = "Lee became president in June."
    assert [q.text for q in ask_about(question, first, second).quotes] == [first, second][: 1 + quoted]


def test_each_part_of_a_question_may_take_a_quote() -> None:
    first, second = "The town chose Anna Bell.", "That was long before the flood, in 1904."
    scores = [4.0, 1.0]  # the second has .047 of all chances
    assert [q.text for q in ask_about("Who leads the town?", first, second, scores=scores).quotes] == [first]
    both = ask_about("Who leads the town and when was she chosen?", first, second, scores=scores)
    assert [q.text for q in both.quotes] == [first, second]


def test_without_a_sentence_there_is_no_answer() -> None:
    empty = Answer("Which gate?", answered=False, confidence=0.0)
    assert compose("Which gate?", with_confidence([], TUNING), 3, 0.0, TUNING) == empty


def test_at_the_threshold_there_is_an_answer_and_above_it_none() -> None:
    assert answer_of("The gate is shut.", places=[(0, 0)], threshold=0.8).answered
    unsure = answer_of("The gate is shut.", places=[(0, 0)], threshold=0.8 + 1e-9)
    assert (unsure.answered, unsure.quotes, unsure.confidence) == (False, (), 0.8)
    assert [q.text for q in unsure.closest] == ["The gate is shut."]


@pytest.mark.parametrize(
    ("confidence", "about", "coverage", "outcome"),
    [
        (0.3, "", 0.1, Outcome.ANSWERED),
        (0.29, "", 0.1, Outcome.PERHAPS),
        (0.15, "Ada Finn", 0.1, Outcome.PERHAPS),
        (0.14, "Ada Finn", 0.1, Outcome.RELATED),
        (0.14, "", 0.6, Outcome.RELATED),
        (0.14, "", 0.5, Outcome.ABSENT),
    ],
)
def test_below_the_threshold_it_says_what_can_be_said_instead(
    confidence: float, about: str, coverage: float, outcome: Outcome
) -> None:
    answer = answer_of(
        "The gate is shut.", places=[(0, 0)], threshold=0.3, confidence=confidence, about=about, strength=coverage
    )
    assert answer.outcome is outcome
    assert answer.answered is (outcome is Outcome.ANSWERED)
    assert answer.perhaps == (answer.closest[0] if outcome is Outcome.PERHAPS else None)


def test_without_a_sentence_nothing_may_be_the_answer() -> None:
    assert answer_of("The gate is shut.", places=[], threshold=0.9).outcome is Outcome.ABSENT


# How sure


@given(st.lists(st.floats(-1, 1), min_size=len(Signals._fields), max_size=len(Signals._fields)))
def test_confidence_is_between_nought_and_one(values: list[float]) -> None:
    assert 0 <= sureness(Signals(*values)) <= 1


def test_confidence_grows_with_what_speaks_for_the_best_sentence() -> None:
    levels = [sureness(signals_of(strength)) for strength in (0.0, 0.3, 0.6, 0.9)]
    assert levels == sorted(levels)
    assert levels[0] < levels[-1]


# Copies

FOUR_OF_FIVE = "Ada Finn shut the northern gate of the old harbour at noon on Monday with a heavy iron chain"


@pytest.mark.parametrize(
    ("copy", "quotes"),
    [
        (f"{FOUR_OF_FIVE}.", 1),
        (f"“{FOUR_OF_FIVE.upper()}!”", 1),
        (f"{FOUR_OF_FIVE} again.", 1),
        ("Ada Finn shut the northern gate of the old harbour at noon.", 2),
        ("Nobody has the key of the southern gate.", 2),
    ],
)
def test_a_sentence_that_says_the_same_is_quoted_once(copy: str, quotes: int) -> None:
    closest = answer_of(f"{FOUR_OF_FIVE}.", copy, places=[(0, 0), (1, 0)]).closest
    assert [q.article.id for q in closest] == ["a0", "a1"][:quotes]


def test_of_copies_the_best_ranked_is_quoted() -> None:
    answer = answer_of("The gate is shut.", "The gate is shut.", places=[(1, 0), (0, 0)])
    assert [q.article.id for q in answer.quotes] == ["a1"]


# Context

PARAGRAPHS = (
    "Ada Finn keeps the key. The gate was shut at noon. Boats wait outside.\n\nRain is expected. Nobody was hurt."
)


def test_context_is_the_paragraph() -> None:
    quote = quote_of(PARAGRAPHS, 1)
    assert quote.text == "The gate was shut at noon."
    assert quote.before == "Ada Finn keeps the key. "
    assert quote.after == " Boats wait outside."


def test_context_ends_where_the_passage_does() -> None:
    quote = quote_of(PARAGRAPHS, 1, passage=(1, 1))
    assert (quote.before, quote.after) == ("", "")
    quote = quote_of(PARAGRAPHS, 1, passage=(0, 1))
    assert (quote.before, quote.after) == ("Ada Finn keeps the key. ", "")


def test_the_only_sentence_of_an_article_has_no_context() -> None:
    quote = quote_of("The gate is shut.", 0)
    assert (quote.before, quote.after, quote.context.start, quote.context.end) == ("", "", 0, 17)
