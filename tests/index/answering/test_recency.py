"""Which questions want the newest, and what is newest for them."""

import pytest

from index import Article, Library
from index.answering.recency import asks_for_newest, without_newest

COUNTS = [
    ("january", "2026-01-10", "The keeper counted 41 swans on the pond in Pell."),
    ("march", "2026-03-10", "The keeper counted 52 swans on the pond in Pell."),
    ("february", "2026-02-10", "The keeper counted 63 swans on the pond in Pell."),
    ("undated", None, "The keeper counted 74 swans on the pond in Pell."),
]
OTHERS = [
    (f"other{n}", "2026-05-01", f"Carpenters varnished plank{n} beside the mill{n} in rain{n}.") for n in range(12)
]


@pytest.fixture
def pond(library: Library) -> Library:
    """Four counts of the same pond on different days, and newer articles on other things."""
    library.update([Article(name, "Title", text, published=day) for name, day, text in COUNTS + OTHERS])  # type: ignore[arg-type]
    return library


@pytest.mark.parametrize(
    "question",
    ["What is the latest count?", "the newest figures", "What's the most recent vote?", "What happened today?",
     "What is in today’s paper?", "What did the council do this week?", "How many are there now?",
     "Who is currently mayor?", "NOW WHAT?"],
)  # fmt: skip
def test_a_question_for_the_newest_is_told_by_its_words(question: str) -> None:
    assert asks_for_newest(question)


@pytest.mark.parametrize(
    "question",
    ["How many swans did the keeper count?", "When was the last war?", "Who knows Nowak?", "What is new?", "later", "",
     "Now that the bridge is shut, who carries lorries?"],
)  # fmt: skip
def test_other_questions_do_not_ask_for_the_newest(question: str) -> None:
    assert not asks_for_newest(question)


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What's the latest word from Pyongyang?", "What's word from Pyongyang?"),
        ("Who is the current mayor?", "Who is the mayor?"),
        ("What does Lee say now about trust?", "What does Lee say about trust?"),
        ("What happened today?", "What happened today?"),  # the day may stand in the articles
        ("What's the latest?", "What's the latest?"),  # it is about nothing else
        ("Who knows Nowak?", "Who knows Nowak?"),
    ],
)
def test_words_that_only_say_how_new_are_not_searched_for(question: str, rest: str) -> None:
    assert without_newest(question) == rest


def test_the_answer_holds_the_question_as_it_was_asked(pond: Library) -> None:
    assert pond.ask("What is the latest count of swans?").question == "What is the latest count of swans?"


@pytest.mark.parametrize(
    "question", ["What is the latest count of swans by the keeper?", "How many swans did the keeper count now?"]
)
def test_asked_for_the_newest_the_newest_article_goes_first_and_one_without_a_date_last(
    pond: Library, question: str
) -> None:
    answer = pond.ask(question)
    assert [q.article.id for q in answer.closest[:4]] == ["march", "february", "january", "undated"]
    assert answer.quotes[0].text == "The keeper counted 52 swans on the pond in Pell."


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-01-01", None, ["march", "february", "january"]),
        (None, "2026-02-28", ["february", "january"]),
        ("2026-01-10", "2026-01-31", ["january"]),
    ],
)
def test_within_a_period_the_newest_article_goes_first(
    pond: Library, since: str | None, until: str | None, expected: list[str]
) -> None:
    closest = pond.ask("How many swans did the keeper count?", since=since, until=until).closest
    assert [q.article.id for q in closest][: len(expected)] == expected


def test_a_newer_article_on_something_else_does_not_go_first(pond: Library) -> None:
    answer = pond.ask("What is the latest count of swans by the keeper?", limit=20)
    assert not {q.article.id for q in answer.quotes} & {name for name, _, _ in OTHERS}


def test_where_nobody_asks_for_the_newest_dates_change_nothing(pond: Library) -> None:
    dated = [q.text for q in pond.ask("How many swans did the keeper count?").closest]
    pond.update([Article(name, "Title", text) for name, _, text in COUNTS + OTHERS])
    assert [q.text for q in pond.ask("How many swans did the keeper count?").closest] == dated
