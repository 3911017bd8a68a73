"""Ranked sentences in, an answer out: copies, context, and how sure we are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Answer, Article, Passage, Quote
from index.answer import CLOSEST, compose, confidence
from index.search import RankedSentence, Signals, Tuning, View
from index.text import split_sentences
from tests.index.town import library_of

TUNING = Tuning()


def found_at(view: View, article_id: str, number: int, passage: tuple[int, int] | None, score: float) -> RankedSentence:
    """The sentence of that number, as a search would bring it, in a passage of the sentences [first, last]."""
    article, sentences = view.reader.with_sentences(article_id)
    first, last = passage or (0, len(sentences) - 1)
    return RankedSentence(
        view=view,
        article_id=article_id,
        number=number,
        passage=Passage(sentences[first].start, sentences[last].end, first, last),
        signals=signals_of(0.8),
        score=score,
    )


def signals_of(strength: float) -> Signals:
    share = max(0.0, min(strength, 1.0))
    return Signals(*[strength] * 4, coverage=share, nearby=share)


def answer_of(
    *texts: str,
    places: list[tuple[int, int]],
    passage: tuple[int, int] | None = None,
    limit: int = 3,
    threshold: float = 0.0,
) -> Answer:
    """The answer made of the sentences at `places` (text, number), best first, of articles a0, a1, … of those texts."""
    with library_of(*(Article(f"a{n}", "T", text) for n, text in enumerate(texts))) as library, library._view() as view:
        ranked = [found_at(view, f"a{n}", i, passage, float(len(places) - p)) for p, (n, i) in enumerate(places)]
        return compose("Which gate?", ranked, limit, threshold, TUNING)


def quote_of(text: str, number: int, passage: tuple[int, int] | None = None) -> Quote:
    (quote,) = answer_of(text, places=[(0, number)], passage=passage).closest
    return quote


def sureness(signals: Signals) -> float:
    sentence = RankedSentence(
        view=None,  # type: ignore[arg-type]
        article_id="a0",
        number=0,
        passage=Passage(0, 1, 0, 0),
        signals=signals,
        score=1.0,
    )
    return confidence([sentence], TUNING)


# How many


def test_quotes_are_the_best_of_the_closest() -> None:
    texts = [f"Keeper{n} shut gate{n} at hour{n}." for n in range(15)]
    answer = answer_of(*texts, places=[(n, 0) for n in range(15)])
    assert [q.article.id for q in answer.quotes] == ["a0", "a1", "a2"]
    assert [q.article.id for q in answer.closest] == [f"a{n}" for n in range(CLOSEST)]
    assert [q.score for q in answer.quotes] == [15, 14, 13]
    assert len(answer_of(*texts, places=[(n, 0) for n in range(15)], limit=12).quotes) == 12


def test_without_a_sentence_there_is_no_answer() -> None:
    assert compose("Which gate?", [], 3, 0.0, TUNING) == Answer("Which gate?", answered=False, confidence=0.0)


def test_at_the_threshold_there_is_an_answer_and_above_it_none() -> None:
    sure = sureness(signals_of(0.8))
    assert answer_of("The gate is shut.", places=[(0, 0)], threshold=sure).answered
    unsure = answer_of("The gate is shut.", places=[(0, 0)], threshold=sure + 1e-9)
    assert (unsure.answered, unsure.quotes, unsure.confidence) == (False, (), sure)
    assert [q.text for q in unsure.closest] == ["The gate is shut."]


# How sure


@given(*[st.floats(-1, 1)] * 3, st.floats(0, 50), *[st.floats(0, 1)] * 2)
def test_confidence_is_between_nought_and_one(
    cosine: float, passage: float, maxsim: float, passage_words: float, coverage: float, nearby: float
) -> None:
    assert 0 <= sureness(Signals(cosine, passage, passage_words, maxsim, coverage, nearby)) <= 1


def test_confidence_grows_with_what_speaks_for_the_best_sentence() -> None:
    levels = [sureness(signals_of(strength)) for strength in (0.0, 0.3, 0.6, 0.9)]
    assert levels == sorted(levels)
    assert levels[0] < levels[-1]
    assert confidence([], TUNING) == 0


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


@pytest.mark.parametrize(
    "opening",
    ["He", "She", "They", "It", "This", "That", "These", "Those", "His", "Her", "Their", "Its", "“He", "But",
     "However,", "So", "Meanwhile,", "The latter", "For that"],
)  # fmt: skip
def test_a_sentence_that_leans_on_the_one_before_brings_it(opening: str) -> None:
    quote = quote_of(f"Ada Finn keeps the key. {opening} shut the gate.", 1, passage=(1, 1))
    assert quote.before == "Ada Finn keeps the key. "


@pytest.mark.parametrize(
    "opening", ["Ada", "Hector", "Theyer", "Italy", "Thistle", "The", "A", "Butler", "Sophie", "“I"]
)
def test_a_sentence_that_stands_alone_brings_nothing(opening: str) -> None:
    assert quote_of(f"Ada Finn keeps the key. {opening} shut the gate.", 1, passage=(1, 1)).before == ""


def test_the_first_sentence_of_an_article_has_nothing_to_lean_on() -> None:
    assert quote_of("He shut the gate.", 0).before == ""


TEXTS = st.lists(
    st.sampled_from(["Ada keeps the key. ", "He shut it. ", "\n\n", "Boats wait. ", "“They left,” she said. ", "\n"]),
    min_size=1,
    max_size=12,
).map("".join)


@given(text=TEXTS, data=st.data())
def test_the_context_holds_the_quote_and_whole_sentences_of_the_article(text: str, data: st.DataObject) -> None:
    sentences = split_sentences(text)
    if not sentences:
        return
    first = data.draw(st.integers(0, len(sentences) - 1))
    number = data.draw(st.integers(first, len(sentences) - 1))
    last = data.draw(st.integers(number, len(sentences) - 1))
    quote = quote_of(text, number, passage=(first, last))
    assert (quote.start, quote.end) == (sentences[number].start, sentences[number].end)
    assert quote.context.start <= quote.start < quote.end <= quote.context.end
    assert quote.context.start in {s.start for s in sentences[max(first - 1, 0) : number + 1]}
    assert quote.context.end in {s.end for s in sentences[number : last + 1]}
