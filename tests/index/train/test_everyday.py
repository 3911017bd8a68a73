"""The stories of our own, with questions as people ask them."""

from pathlib import Path

import pytest

from index.train.everyday import read_stories

TWO = """\
# The ferry
[1] The ferry sank on Monday.
[2] Nobody drowned, police said.
[3] It had been built in 1971.
? how old was the boat | 3
? did everybody get out alive? | 1, 2
! who was the captain

# The mill
[1] The mill is for sale.
? can you buy it | 1
"""


def test_a_story_has_its_sentences_in_paragraphs_and_the_spans_of_those_that_answer(tmp_path: Path) -> None:
    (tmp_path / "x-01.txt").write_text(TWO, encoding="utf-8")
    ferry, mill = read_stories(tmp_path)
    assert (ferry.corpus, ferry.group, mill.group) == ("everyday", "everyday/x-01-1", "everyday/x-01-2")
    assert ferry.text == "The ferry sank on Monday. Nobody drowned, police said.\n\nIt had been built in 1971."
    answers = {q.text: [ferry.text[a.start : a.end] for a in q.answers] for q in ferry.questions}
    assert answers == {
        "how old was the boat": ["It had been built in 1971."],
        "did everybody get out alive?": ["The ferry sank on Monday.", "Nobody drowned, police said."],
        "who was the captain": [],
    }
    assert [mill.text[s.start : s.end] for s in mill.sentences] == ["The mill is for sale."]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[3] The mill burnt.", "sentence 3 is out of order"),
        ("? when did it burn | 4", "a question names a sentence that is not there"),
        ("? when did it burn", "this cannot be read: ? when did it burn"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_story(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "x-02.txt").write_text(f"{TWO}{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=f"x-02.txt, story 2: {said}".replace("?", r"\?")):
        read_stories(tmp_path)


def test_all_stories_can_be_read_and_no_two_are_the_same() -> None:
    stories = read_stories()
    assert len({story.text for story in stories}) == len({story.group for story in stories}) == len(stories) >= 1600
    asked = [question for story in stories for question in story.questions]
    assert sum(bool(question.answers) for question in asked) > 30_000
    assert sum(not question.answers for question in asked) > 10_000
