import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.verifying.alignment import GAP, Alignment, align

WORDS: dict[str, int] = {}


def ids(text: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(
        [GAP if word == "…" else WORDS.setdefault(word, len(WORDS)) for word in text.split()], dtype=np.int64
    )


def shown(alignment: Alignment, sentence: str, text: str) -> list[tuple[str, str]]:
    """What differs: the sentence's words and the text's."""
    own, other = sentence.split(), text.split()
    return [
        (" ".join(own[step.first : step.last]), " ".join(other[step.text_first : step.text_last]))
        for step in alignment.steps
        if not step.same
    ]


TEXT = "before that the bridge closed on monday after engineers found rust in two cables and then it rained"


def differences(sentence: str, text: str = TEXT) -> list[tuple[str, str]]:
    return shown(align(ids(sentence), ids(text)), sentence, text)


def test_a_stretch_of_the_text_fits_without_a_difference() -> None:
    found = align(ids("the bridge closed on monday"), ids(TEXT))
    assert (found.cost, found.text_span, found.matched) == (0, (2, 7), [0, 1, 2, 3, 4])


def test_a_changed_word_is_beside_the_one_that_it_stands_for() -> None:
    assert differences("the bridge closed on friday after engineers found rust") == [("friday", "monday")]
    assert differences("the tunnel closed on monday") == [("tunnel", "bridge")]


def test_words_that_are_added_or_left_out_stand_alone() -> None:
    assert differences("the bridge never closed on monday") == [("never", "")]
    assert differences("the bridge closed after engineers found rust") == [("", "on monday")]
    assert differences("the bridge closed on monday after a long and bitter fight engineers found rust") == [
        ("a long and bitter fight", "")
    ]


def test_much_that_is_left_out_costs_little_more_than_a_word() -> None:
    assert differences("the bridge closed on monday and then it rained") == [
        ("", "after engineers found rust in two cables")
    ]


def test_an_ellipsis_leaves_out_what_it_likes() -> None:
    assert differences("the bridge closed … found rust … it rained") == []
    assert differences("the bridge closed … found gold … it rained") == [("gold", "rust")]


def test_a_sentence_that_is_not_there_matches_hardly() -> None:
    assert len(align(ids("cheese is made of the moon"), ids(TEXT)).matched) <= 1
    assert align(ids("cheese"), ids("")).matched == []


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(st.integers(0, 5), max_size=30))
def test_the_steps_cover_the_sentence_once_and_in_order(sentence: list[int], text: list[int]) -> None:
    found = align(np.array(sentence), np.array(text, dtype=np.int64))
    assert [number for step in found.steps for number in range(step.first, step.last)] == list(range(len(sentence)))
    for step in found.steps:
        if step.same:
            assert sentence[step.first : step.last] == text[step.text_first : step.text_last]
    for before, after in zip(found.steps, found.steps[1:], strict=False):
        assert before.text_last == after.text_first


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.data())
def test_any_stretch_of_a_text_is_found_in_it(text: list[int], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert align(np.array(text[start:end]), np.array(text)).cost == 0
