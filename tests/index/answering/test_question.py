"""A question as the search takes it."""

from tests.index.answering.searching import asked


def test_a_question_has_its_terms_once_each_and_in_order() -> None:
    assert asked("Which gate did the crews' crew paint, which gate?").terms == ("gate", "crew", "paint")
    assert asked("What is it?").terms == ()
