"""Questions for the newest, with the real model."""

from pathlib import Path

import pytest

from index import Article, Library, SentenceTransformerEncoder

LEVELS = [
    ("spring", "2026-03-04", "The river Ouse at Elmouth", "On Tuesday the Ouse reached 2.1 metres at Elmouth quay."),
    ("flood", "2026-04-19", "Sandbags along the quay", "On Sunday the Ouse reached 4.6 metres at Elmouth quay."),
    (
        "after",
        "2026-04-28",
        "The water goes down",
        "The Ouse has fallen to 3.2 metres at Elmouth, the harbour office said.",
    ),
    ("old", None, "A history of floods", "In the great flood the Ouse reached 5.9 metres at Elmouth."),
    ("bakery", "2026-05-02", "Bread at high tide", "The bakery in Elmouth opens two hours before high tide."),
    ("school", "2026-05-06", "A roof at last", "The school in Elmouth has a new roof, paid for by the county."),
]


@pytest.fixture
def river(folder: Path, real_encoder: SentenceTransformerEncoder):  # noqa: ANN201 - a generator fixture
    with Library.open(folder, load_encoder=lambda: real_encoder, threshold=0.0) as library:
        library.update([Article(name, title, text, published=day) for name, day, title, text in LEVELS])  # type: ignore[arg-type]
        yield library


@pytest.mark.parametrize(
    "question",
    ["What is the latest level of the Ouse at Elmouth?", "How high is the Ouse at Elmouth now?"],
)
def test_the_newest_of_several_answers_is_quoted_first(river: Library, question: str) -> None:
    assert river.ask(question).quotes[0].article.id == "after"


def test_until_a_day_the_newest_before_it_is_quoted_first(river: Library) -> None:
    assert river.ask("How high is the Ouse at Elmouth?", until="2026-04-20").quotes[0].article.id == "flood"


def test_where_nobody_asks_for_the_newest_the_sentence_that_fits_best_is_quoted_first(river: Library) -> None:
    assert river.ask("How high did the Ouse stand in the great flood?").quotes[0].article.id == "old"
    assert river.ask("What did the Ouse reach at Elmouth quay on Sunday?").quotes[0].article.id == "flood"
