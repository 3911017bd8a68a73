"""What the questions find that the ranker is fitted to."""

from index import Article
from index.answering.features import FEATURES
from index.answering.tuning import Tuning
from index.train.examples import ELSEWHERE, Example, LabelledQuestion, examples
from index.types import Span
from tests.encoder import WordEncoder

ARTICLE = Article(
    "baker", "", "The baker of Elm Street opened in 1904. His cousin repairs the clocks. Nobody asked about it."
)
OTHER = Article("ferry", "", "The ferry was sold by Otto Brandt. It carried lorries over the river.")


def found_by(question: str, **asked: bool) -> Example:
    known = LabelledQuestion(question, "baker", (Span(0, 39),), **asked)
    (found,) = examples({"set": [known]}, [ARTICLE, OTHER], WordEncoder(), Tuning(), depth=10)
    return found


def column(example: Example, name: str) -> list[float]:
    return [float(value) for value in example.features[:, FEATURES.index(name)]]


def test_a_question_finds_the_sentence_that_answers() -> None:
    found = found_by("Which baker opened in Elm Street in 1904?")
    assert found.gold.tolist() == [True, *[False] * (len(found.gold) - 1)]
    assert column(found, "share of words")[0] == 1 and column(found, "share of pairs")[0] > 0
    assert set(column(found, "in another language")) == {0}


def test_a_foreign_question_has_only_names_and_numbers_in_common_with_the_articles() -> None:
    found = found_by("Which baker opened in Elm Street in 1904?", foreign=True)
    own = found_by("Which baker opened in Elm Street in 1904?")
    assert set(column(found, "in another language")) == {1}
    assert set(column(found, "share of pairs")) == {0}
    assert 0 < max(column(found, "share of words")) < max(column(own, "share of words"))
    assert max(column(found, "share of names")) == 1
    assert column(found, "question's terms") == column(own, "question's terms")
    assert max(column(found_by("Which baker opened?", foreign=True), "share of words")) == 0


def test_a_question_is_read_in_its_own_language() -> None:
    text = "Die Bäckerei öffnete 1904 in der Ulmenstraße und verkauft seitdem Brot. Der Vetter repariert Uhren."
    article = Article("baker", "", text)
    known = LabelledQuestion("Wann wurde die Bäckerei eröffnet?", "baker", (Span(0, 30),))
    (found,) = examples({"set": [known]}, [article], WordEncoder(), Tuning(), depth=10)
    assert set(column(found, "in another language")) == {0}
    assert column(found, "asks when")[0] == 1
    assert ELSEWHERE not in found.question


def test_without_its_article_nothing_answers() -> None:
    found = found_by("Which baker opened in Elm Street in 1904?", absent=True)
    assert found.absent and not found.gold.any() and {place.article_id for place in found.places} == {"ferry"}
