"""The question of a post: its title, and what its first message adds."""

import pytest

from bot.asking.posts import LONGEST, post_question

TITLE = "When does the new bridge open?"


@pytest.mark.parametrize(
    "said", ["", "see title", "Thanks in advance!", "thanks all 🎉", "the new bridge", "如题", "^^"]
)
def test_the_title_alone_asks_where_the_message_adds_nothing(said: str) -> None:
    assert post_question(TITLE, said) == TITLE


@pytest.mark.parametrize("title", ["", "bridge", "hello!", "The new bridge"])
def test_the_message_alone_asks_where_it_says_what_the_title_does(title: str) -> None:
    assert post_question(title, TITLE) == TITLE


def test_both_ask_where_both_say_something() -> None:
    assert post_question("The new bridge", "When does it open?") == "The new bridge: When does it open?"
    assert post_question("Is it open yet?", "I mean the bridge") == "Is it open yet? I mean the bridge"


def test_of_a_long_message_the_sentences_that_ask_are_kept() -> None:
    story = "We walked along the quay last week. It was a lovely evening and the lamps were lit. " * 5
    question = post_question("The new bridge", f"{story}When does it open? {story}Who built it?")
    assert question == "The new bridge: When does it open? Who built it?"


def test_a_long_message_that_asks_nothing_is_cut_between_its_sentences() -> None:
    question = post_question("The new bridge", "It is closed. " * 60)
    assert len(question) <= LONGEST
    assert question.startswith("The new bridge: It is closed. It is closed.") and question.endswith("closed.")


@pytest.mark.parametrize("said", ["word " * 500, "x" * 3000, "桥" * 2000])
def test_no_post_makes_a_question_that_is_too_long(said: str) -> None:
    assert 0 < len(post_question("t" * 100, said)) <= LONGEST
    assert 0 < len(post_question("", said)) <= LONGEST
