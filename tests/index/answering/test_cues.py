"""What a sentence offers is worked out once, and compared with any question."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answering import cues
from index.answering.cues import FORMS, LOOKED_AT, Cues, CueTable, Mark, are_current, cues_of, pack_cues
from index.answering.features import _offers, _Wanted
from index.words import term_number, words
from tests.index.answering.reference import offers
from tests.index.answering.searching import asked
from tests.index.answering.test_same_features import questions, sentences


def marked(found: Cues, kind: Mark) -> set[tuple[int, int]]:
    return {(word, index) for word, of_kind, index in found.marks if of_kind is kind}


def test_the_marks_of_a_sentence_are_its_numbers_dates_names_and_places() -> None:
    found = cues_of("On Monday Lena Moss sold 35,000 loaves, two percent of all, in the Town, for 5%.")
    number = term_number
    assert marked(found, Mark.NUMBER) == {(number(w), 0) for w in ("35", "000", "two", "percent", "5", "")}
    assert marked(found, Mark.DATE) == {(number("monday"), 0)}
    assert marked(found, Mark.NAME) == {
        (number(w), n) for w, n in (("monday", 1), ("lena", 2), ("moss", 3), ("town", 13))
    }
    assert marked(found, Mark.PLACE) == {(number("town"), 0)}
    assert marked(found, Mark.FIGURE) == {(number("35000"), 0), (number("5"), 0)}
    assert found.words == 16


@pytest.mark.parametrize(
    ("sentence", "form"),
    [
        ("The gate is shut because of rust.", {"offers a reason"}),
        ("It was mended slowly.", {"offers a manner", "opens with a pronoun"}),
        ("Is it “shut”?", {"is quoted", "asks"}),
        ("The director said nothing", {"is said", "has a role", "ends without a stop"}),
        ("The gate is shut.", set()),
    ],
)
def test_the_form_of_a_sentence(sentence: str, form: set[str]) -> None:
    assert {name for name, has in zip(FORMS, cues_of(sentence).form, strict=True) if has} == form


def test_a_sentence_is_examined_as_far_as_the_limit_and_at_its_end() -> None:
    found = cues_of("The gate" + " is" * LOOKED_AT + " shut in May?")
    assert found.marks == ()
    assert dict(zip(FORMS, found.form, strict=True))["asks"]
    assert found.words == (LOOKED_AT - len("The gate")) // 3 + 2


@pytest.mark.parametrize("said", ["SIX", "SİX", "sıx", "ſix"])
def test_letters_count_for_those_that_case_makes_of_them(said: str) -> None:
    assert marked(cues_of(f"The {said} gates."), Mark.NUMBER) == {(term_number(words(said)[0]), 0)}


several = st.lists(st.lists(sentences | st.text(max_size=40), min_size=1, max_size=4), min_size=1, max_size=3)


@given(several, questions)
def test_cues_say_of_every_question_what_the_text_says(passages: list[list[str]], question: str) -> None:
    packed = [pack_cues([cues_of(sentence) for sentence in each], 9) for each in passages]
    texts = [sentence for each in passages for sentence in each]
    rows = np.arange(len(texts))[::-1].copy()
    table = CueTable.of(packed, rows)
    found = _offers(table, _Wanted.of(asked(question)))
    for place, row in enumerate(rows.tolist()):
        expected = offers(texts[row], question)
        assert {name: float(found[name][place]) for name in expected} == pytest.approx(expected, abs=1e-6)
    assert table.in_article.tolist() == [9] * len(rows)


def test_cues_of_other_rules_and_missing_ones_are_not_current(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack_cues([cues_of("The gate is shut.")], 1)
    assert are_current(packed)
    assert not are_current(b"")
    monkeypatch.setattr(cues, "VERSION", cues.VERSION + 1)
    assert not are_current(packed)
