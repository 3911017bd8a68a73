"""What the questions find that the ranker is fitted to."""

import pytest

from index import Article
from index.answering.features import FEATURES
from index.answering.tuning import Tuning
from index.train.examples import Example, LabelledQuestion, examples
from index.train.foreign import Foreign
from index.types import Span
from tests.encoder import WordEncoder

ARTICLE = Article(
    "baker", "", "The baker of Elm Street opened in 1904. His cousin repairs the clocks. Nobody asked about it."
)
QUESTION = "Which baker opened in Elm Street in 1904?"
THIRD = Article("clock", "", "The clock tower stands beside the market. A bell rings there at noon.")
OTHER = Article("ferry", "", "The ferry was sold by Otto Brandt. It carried lorries over the river.")


def found_by(question: str, foreign: Foreign = Foreign.NONE, *, absent: bool = False) -> Example:
    known = LabelledQuestion(question, "baker", (Span(0, 39),), absent=absent, foreign=foreign)
    (found,) = examples({"set": [known]}, [ARTICLE, OTHER, THIRD], WordEncoder(), Tuning(), depth=10)
    return found


def column(example: Example, name: str) -> list[float]:
    return [float(value) for value in example.features[:, FEATURES.index(name)]]


def test_a_question_finds_the_sentence_that_answers() -> None:
    found = found_by(QUESTION)
    assert found.gold.tolist() == [True, *[False] * (len(found.gold) - 1)]
    assert column(found, "share of words")[0] == 1 and column(found, "share of pairs")[0] > 0
    assert set(column(found, "in another language")) == {0}


def test_foreign_articles_have_only_names_and_numbers_of_the_question() -> None:
    found = found_by(QUESTION, Foreign.ALL)
    own = found_by(QUESTION)
    assert set(column(found, "in another language")) == {1}
    assert 0 < max(column(found, "share of words")) < max(column(own, "share of words"))
    assert max(column(found, "share of names")) == 1
    assert column(found, "question's terms")[0] == column(own, "question's terms")[0]
    assert max(column(found_by("Which baker opened?", Foreign.ALL), "share of words")) == 0
    pairs = [column(found_by("Which baker of Elm Street opened?", kind), "share of pairs")[0] for kind in Foreign]
    assert pairs == pytest.approx([1, 1 / 3, 1 / 3, 1])


def test_some_articles_are_foreign_the_question_s_own_among_them_or_not() -> None:
    foreign = {kind: {i for i in ("baker", "ferry", "clock") if kind.includes(i, "baker")} for kind in Foreign}
    assert foreign[Foreign.NONE] == set() and foreign[Foreign.ALL] == {"baker", "ferry", "clock"}
    assert foreign[Foreign.OWN] - foreign[Foreign.OTHERS] == {"baker"} and len(foreign[Foreign.OTHERS]) == 1
    for kind in (Foreign.OWN, Foreign.OTHERS):
        found = found_by(QUESTION, kind)
        told = {(p.article_id, f) for p, f in zip(found.places, column(found, "in another language"), strict=True)}
        assert told == {(i, float(i in foreign[kind])) for i in ("baker", "ferry", "clock")}
        assert max(column(found, "share of words")) == (1 if kind is Foreign.OTHERS else pytest.approx(0.5, abs=0.2))


def test_a_question_is_read_in_its_own_language() -> None:
    text = "Die Bäckerei öffnete 1904 in der Ulmenstraße und verkauft seitdem Brot. Der Vetter repariert Uhren."
    article = Article("baker", "", text)
    known = LabelledQuestion("Wann wurde die Bäckerei eröffnet?", "baker", (Span(0, 30),))
    (found,) = examples({"set": [known]}, [article], WordEncoder(), Tuning(), depth=10)
    assert set(column(found, "in another language")) == {0}
    assert column(found, "asks when")[0] == 1


def test_without_its_article_nothing_answers() -> None:
    found = found_by(QUESTION, absent=True)
    assert found.absent and not found.gold.any() and {place.article_id for place in found.places} == {"ferry", "clock"}
