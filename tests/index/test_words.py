"""Words and terms: one analysis for articles and questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words import STOP_WORDS, terms, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("… — !? 🤷", []),
        ("The gate is shut.", ["the", "gate", "is", "shut"]),
        ("The U.S. and the U.N.", ["the", "us", "and", "the", "un"]),
        ("35,000 of 1.5", ["35000", "of", "1d5"]),
        ("Lee's and the readers’ pages", ["lee", "and", "the", "readers", "pages"]),
        ("X’s café, naïve Ærø", ["x", "cafe", "naive", "ærø"]),
        ("co-owned under_score", ["co", "owned", "under", "score"]),
        ("ﬁve ﬂoors", ["five", "floors"]),
        ("MOSS, Moss, moss", ["moss", "moss", "moss"]),
        ("Мост закрыт", ["мост", "закрыт"]),
        ("No. 10", ["no", "10"]),
    ],
)
def test_words_are_lower_case_without_accents_or_marks(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did the engineers find in the cables?", ["engin", "find", "cabl"]),
        ("bridges, bridge's, Bridging", ["bridg", "bridg", "bridg"]),
        ("What is it?", []),
        ("gate gate", ["gate", "gate"]),
    ],
)
def test_terms_are_the_stems_of_the_words_that_carry_meaning(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_both_forms_of_a_letter_with_an_accent_are_the_same_word() -> None:
    assert words("caf\u00e9") == words("cafe\u0301") == ["cafe"]


def test_stop_words_are_written_as_words_are_found() -> None:
    assert all(words(word) == [word] for word in STOP_WORDS)


@given(st.text())
def test_a_word_has_neither_white_space_nor_marks_and_is_found_again_by_itself(text: str) -> None:
    for word in words(text):
        assert word
        assert word.isalnum()
        assert len(word.split()) == 1
    assert len(terms(text)) <= len(words(text))
    assert all(term and len(term.split()) == 1 for term in terms(text))


@given(st.lists(st.sampled_from("gate bridge U.S. 35,000 café Lee's".split())))
def test_the_words_of_a_text_are_those_of_its_parts(parts: list[str]) -> None:
    assert words(" ".join(parts)) == [word for part in parts for word in words(part)]
