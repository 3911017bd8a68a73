"""Which questions are put together: the same in other words, and nothing else."""

import random
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Library, ModelError, SentenceTransformerEncoder
from index.answering.grouping import LIKE, _likeness, groups_of
from tests.encoder import WordEncoder


def grouped(*questions: str, encoder: WordEncoder | SentenceTransformerEncoder | None = None) -> list[list[str]]:
    groups = groups_of(questions, encoder or WordEncoder())
    return [[questions[number] for number in group] for group in groups]


# Same words


def test_case_marks_and_accents_make_no_difference() -> None:
    assert grouped("Who runs the café?", "Where is it?", "who runs the CAFE", "Who runs the café?!") == [
        ["Who runs the café?", "Who runs the café?!", "who runs the CAFE"],
        ["Where is it?"],
    ]


def test_small_words_do() -> None:
    questions = ("Who is the mayor?", "Where is the mayor?", "Why is the mayor there before noon?")
    assert len(grouped(*questions)) == 3
    assert len(grouped("What opened before the flood?", "What opened after the flood?")) == 2


def test_no_questions_are_no_groups_and_one_is_one() -> None:
    assert grouped() == []
    assert grouped("Who?") == [["Who?"]]


def test_signs_alone_are_the_same_only_as_themselves(real_encoder: SentenceTransformerEncoder) -> None:
    assert grouped("???", "!!!", "???", encoder=real_encoder) == [["???", "???"], ["!!!"]]


# Other words


def test_a_word_more_or_less_makes_no_other_question() -> None:
    assert grouped("When does the harbour ferry leave?", "Ferries?", "When does the old harbour ferry leave?") == [
        ["When does the harbour ferry leave?", "When does the old harbour ferry leave?"],
        ["Ferries?"],
    ]


def test_a_word_in_place_of_another_does() -> None:
    questions = (
        "What does the harbour master of Pell think of trams?",
        "What does the harbour master of Pell think of dogs?",
    )
    assert len(grouped(*questions)) == 2


def test_the_wording_that_is_most_like_the_others_is_first() -> None:
    typical = "When does the harbour ferry leave Pell?"
    longer = "When does the old harbour ferry leave Pell now?"
    assert grouped(longer, typical, "when does the harbour ferry leave pell") == [
        [typical, "when does the harbour ferry leave pell", longer]
    ]


def test_the_largest_group_is_first_and_repeats_count() -> None:
    assert grouped("Where is the mill?", "Who cut the rope?", "who cut the rope", "Who cut the rope?") == [
        ["Who cut the rope?", "Who cut the rope?", "who cut the rope"],
        ["Where is the mill?"],
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Who won the harbour cup race in 2019?", "Who won the harbour cup race in 2020?"),
        ("Who won the harbour cup race?", "Who won the harbour cup race in 2020?"),
        ("Who won the two harbour cup races?", "Who won the three harbour cup races?"),
        ("Is the new town swimming pool open on Sundays?", "Is the new town swimming pool open on Monday?"),
        ("What did the harbour master say about Otto Brandt?", "What did the harbour master say about Lena Moss?"),
        ("When does the old swimming pool in town open?", "Where does the old swimming pool in town open?"),
        ("Why can trucks cross the Alder Bridge in winter?", "Why can't trucks cross the Alder Bridge in winter?"),
        ("Did rents in the harbour quarter rise last year?", "Did rents in the harbour quarter fall last year?"),
        ("What did the crew find before the great flood?", "What did the crew find after the great flood?"),
        ("Who is the first harbour master of the town?", "Who is the last harbour master of the town?"),
    ],
)
def test_what_sets_two_questions_apart_keeps_them_apart(one: str, other: str) -> None:
    assert sorted(grouped(one, other)) == sorted([[one], [other]])


def test_the_same_name_in_other_places_does_not() -> None:
    one, other = "Opening hours of the Elmouth library?", "Library opening hours, Elmouth"
    assert len(grouped(one, other)) == 1


def test_no_chain_of_small_steps_joins_different_questions() -> None:
    words = "ferry harbour boat captain bridge tower museum garden school river mill quay rope lamp".split()
    chain = [f"What about {' '.join(words[:n])}?" for n in range(5, 13)]
    encoder = WordEncoder()
    likeness = _likeness(chain, encoder, LIKE)
    assert all(likeness[n, n + 1] >= LIKE for n in range(7)) and likeness[0, 7] == 0
    groups = groups_of(chain, encoder)
    assert sorted(number for group in groups for number in group) == list(range(8))
    for group in groups:
        assert all(likeness[one, other] >= LIKE for one, other in combinations(group, 2))


PARTS = st.tuples(
    st.sampled_from(["When does", "when will", "Where does", "Why doesn't"]),
    st.sampled_from(["the ferry", "the old ferry", "the harbour ferry", "the tram"]),
    st.sampled_from(["leave", "leave Pell", "leave Pell on Sunday", "leave in 2019", "stop"]),
    st.sampled_from(["?", "", " ?!"]),
)
QUESTIONS = st.lists(PARTS.map(lambda parts: f"{' '.join(parts[:3])}{parts[3]}"), max_size=25)


@given(questions=QUESTIONS, seed=st.integers(0, 1000))
def test_the_order_of_the_questions_makes_no_difference(questions: list[str], seed: int) -> None:
    encoder = WordEncoder()
    order = list(range(len(questions)))
    random.Random(seed).shuffle(order)
    shuffled = [questions[number] for number in order]
    before, after = groups_of(questions, encoder), groups_of(shuffled, encoder)
    assert sorted(number for group in before for number in group) == list(range(len(questions)))
    assert [[questions[n] for n in group] for group in before] == [[shuffled[n] for n in group] for group in after]


# With the real model

SAME = (
    ("Who is the mayor of Elmouth?", "What is the name of Elmouth's mayor?", "who's the mayor of Elmouth"),
    ("How much does parking cost?", "What is the price of parking?"),
    ("When does the library open?", "At what time does the library open?"),
    ("Why was the bridge closed?", "Why did they close the bridge?"),
    ("How many people were hurt in the fire?", "How many were injured in the fire?"),
    ("will schools close because of the snow", "Are schools shut because of snow?"),
    ("When will the road be open again?", "When will the road reopen?"),
    ("Did the council approve the budget?", "Has the budget been approved by the council?"),
    ("Will the ferry run at Christmas?", "Does the ferry run on Christmas Day?"),
    ("Did the ferry stop in the storm?",),
    ("Did the ferry sink in the storm?",),
    ("Who won the election in France?",),
    ("Who won the election in Germany?",),
    ("Who won in 2019?",),
    ("Who won in 2020?",),
    ("When does the library close?",),
    ("Where do I pay my water bill?",),
    ("How do I pay my water bill?",),
    ("Who owns the harbour?",),
    ("Who owns the ferry?",),
    ("What does the mayor think of the tram?",),
    ("What does the mayor think of the ferry?",),
    ("Is the pool open on Sundays?",),
    ("Is the pool open on Mondays?",),
    ("Did unemployment rise?",),
    ("Did unemployment fall?",),
    ("Who won the women's final?",),
    ("Who won the men's final?",),
)


def test_readers_questions_in_other_words_are_put_together_and_others_are_not(
    real_encoder: SentenceTransformerEncoder,
) -> None:
    questions = [wording for group in SAME for wording in group]
    random.Random(3).shuffle(questions)
    assert sorted(map(sorted, grouped(*questions, encoder=real_encoder))) == sorted(sorted(group) for group in SAME)


def test_the_real_model_in_another_order_groups_alike(real_encoder: SentenceTransformerEncoder) -> None:
    questions = [wording for group in SAME for wording in group] * 2
    expected = grouped(*questions, encoder=real_encoder)
    random.Random(5).shuffle(questions)
    assert grouped(*questions, encoder=real_encoder) == expected


# In a library


def test_a_library_groups_questions_without_having_articles(library: Library) -> None:
    assert library.groups_of(["Where is it?", "Who came?", "who came"]) == ((1, 2), (0,))


def test_no_questions_need_no_model(folder: Path) -> None:
    def load() -> WordEncoder:
        raise ModelError("there is none")

    with Library.open(folder, load_encoder=load) as library:
        assert library.groups_of([]) == ()
