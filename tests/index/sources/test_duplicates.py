"""Which articles are one story, and which only look like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article
from index.sources.duplicates import find_twins, resemblance
from tests.index.town import ARTICLES
from tests.tools.site import story

FERRY = story("ferry")
WORDS = st.lists(st.sampled_from("boat rope oar sail tide mast quay hull keel deck".split()), min_size=1, max_size=60)


def article(article_id: str, text: str) -> Article:
    return Article(article_id, "Title", text)


def are_twins(one: str, other: str) -> bool:
    found = find_twins([article("one", one)], [article("other", other)])
    assert bool(found) == bool(find_twins([article("other", other)], [article("one", one)]))
    assert bool(found) == bool(find_twins([article("other", other), article("one", one)], []))
    assert found in ({}, {"one": "other"})
    return bool(found)


def test_resemblance_is_the_share_of_the_runs_of_four_words_that_both_have() -> None:
    assert resemblance("the ferry sails at noon", "The ferry sails, at noon!") == 1.0
    assert resemblance("the ferry sails at noon", "the ferry sails at night") == pytest.approx(1 / 3)
    assert resemblance("the ferry sails at noon", "a boat is in the harbour") == 0.0


@pytest.mark.parametrize(
    "copy",
    [
        FERRY,
        FERRY.replace("\n\n", "\n"),
        FERRY.replace("are glad", "are very glad"),
        FERRY.replace(",", " –").upper(),
        f"ELMOUTH (Post) – {FERRY}",
        f"{FERRY} It is blue.",
    ],
)
def test_the_same_story_in_another_dress_is_one(copy: str) -> None:
    assert are_twins(FERRY, copy)


@pytest.mark.parametrize(
    "other",
    [
        story("bakery"),
        story("ferry", 2018),
        FERRY.replace("four hundred", "five hundred"),
        FERRY.replace("Ada Brandt", "Otto Brandt"),
        FERRY.replace("Tuesday", "Monday"),
        FERRY.split("\n\n")[0],
        "",
    ],
)
def test_a_story_that_says_something_else_is_another(other: str) -> None:
    assert not are_twins(FERRY, other)


def test_results_in_another_order_are_other_results() -> None:
    text = "After a long evening at the old quay the home side won by {} to {} and went home late, as it often does."
    assert not are_twins(text.format(3, 1), text.format(1, 3))


def test_the_articles_of_a_town_are_all_their_own() -> None:
    assert find_twins(ARTICLES, []) == {}
    assert find_twins(ARTICLES[:2], ARTICLES[2:]) == {}
    assert find_twins([], ARTICLES) == {}


def test_of_several_the_first_is_the_one_that_stays() -> None:
    three = [article(name, FERRY) for name in ("a", "b", "c")]
    assert find_twins(three, []) == {"b": "a", "c": "a"}
    assert find_twins(three[1:], [article("z", "Nothing."), three[0]]) == {"b": "a", "c": "a"}


@given(words=WORDS)
def test_a_text_is_its_own_twin(words: list[str]) -> None:
    assert are_twins(" ".join(words), "\n".join(words).title())


@given(one=WORDS, other=WORDS)
def test_resemblance_is_the_same_both_ways_and_a_share(one: list[str], other: list[str]) -> None:
    texts = " ".join(one), " ".join(other)
    assert 0 <= resemblance(*texts) == resemblance(*reversed(texts)) <= 1
    assert resemblance(texts[0], texts[0]) == 1


@given(words=WORDS, number=st.integers(0, 99), other=st.integers(0, 99), place=st.integers(0, 60))
def test_another_number_is_another_story(words: list[str], number: int, other: int, place: int) -> None:
    texts = [" ".join([*words[:place], str(each), *words[place:]]) for each in (number, other)]
    assert are_twins(*texts) == (number == other)


def test_ten_thousand_articles_are_compared_in_seconds() -> None:
    others = [article(str(number), f"{FERRY} {number} " * 8) for number in range(10_000)]
    started = time.thread_time()
    assert find_twins([article("new", f"{FERRY} 4711 " * 8)], others) == {"new": "4711"}
    assert time.thread_time() - started < 10
