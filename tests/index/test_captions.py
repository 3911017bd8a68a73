"""Which lines are captions of pictures, shown on a story written for the purpose."""

import pytest

from index import Article
from index.passages import prepare

LEAD = "HARMON, Ohio (CNN) -- The old gate on the canal failed on Monday, and 40 homes were flooded."
STORY = (
    "Mayor Ada Finn told the council that the county will pay for a new gate.",
    "Ray Poole, the clerk, was led into the hall by the police after a quarrel about the levy. He left at noon.",
    "The levy was put to the voters of Harmon in May, and it failed twice before that.",
    "“The gate is from 1904 and holds no more,” Finn said.",
)
OF_STORY = [LEAD.partition("-- ")[2], *STORY[:1], *STORY[1].replace(". He", ".¦He").split("¦"), *STORY[2:]]


def quoted(*paragraphs: str) -> list[str]:
    """The sentences that may be quoted, as the article holds them."""
    article = Article("a", "A", "\n\n".join(paragraphs))
    return [article.text[s.start : s.end] for s in prepare(article).sentences]


def test_the_story_without_captions_is_quoted_whole() -> None:
    assert quoted(LEAD, *STORY) == OF_STORY


@pytest.mark.parametrize(
    "caption",
    [
        "Ada Finn, left, and Ray Poole at the gate.",
        "Ada Finn (right) with the clerk",
        "Ray Poole, pictured in May, at the gate.",
        "Ray Poole, pictured here at the gate.",
        "Ray Poole, shown here after the vote, left at noon.",
        "The gate is shown in a picture of 1904.",
        "From left, Ada Finn, Ray Poole.",
        "Two of them (clockwise from top left): Ada Finn, Ray Poole.",
        "The gate, seen in a mugshot of sorts from 1904, held.",
    ],
)
def test_a_line_at_the_top_that_says_what_is_in_a_picture_is_not_quoted(caption: str) -> None:
    assert quoted(LEAD, caption, *STORY) == OF_STORY
    assert quoted(caption, LEAD, *STORY) == OF_STORY
    assert caption in quoted(LEAD, *STORY, caption)


@pytest.mark.parametrize(
    "caption",
    ["Ada Finn is seen in this file photo.", "The gate in an undated photo.", "The county gave this recent file image.",
     "The gate before it failed. (Photo: Jane Doe)"],
)  # fmt: skip
def test_a_line_that_speaks_of_its_picture_is_not_quoted_wherever_it_is(caption: str) -> None:
    assert quoted(LEAD, caption, *STORY) == OF_STORY
    assert quoted(LEAD, *STORY, caption, "The end came.") == [*OF_STORY, "The end came."]


@pytest.mark.parametrize(
    "copy",
    [
        "The levy was put to the voters of Harmon in May, and failed.",
        "The county will pay for a new gate, Mayor Ada Finn told the council.".replace("told", "informs"),
        "Ray Poole is led into the hall by the police on Monday.",
    ],
)
def test_a_near_copy_below_the_lead_is_not_quoted_and_the_story_is(copy: str) -> None:
    assert quoted(LEAD, copy, *STORY) == OF_STORY


@pytest.mark.parametrize(
    "line",
    [
        "The levy was put to the voters of Harmon in June, and failed.",  # another month
        "The levy was put to the voters of Harmon and Vale in May, and failed.",  # another name
        "The levy was put to the voters of Harmon, and failed, Poole said.",
        "Ray Poole was led into the hall.",  # too few words
        "Ray Poole is led into the hall by two soldiers with long rifles on Monday.",
        "Ada Finn left, and the gate failed.",
        "The left, right and centre of the council agreed.",
        "He said that he, left alone, had seen nothing.",
        "The gate pictured a new age to the people of 1904.",
    ],
)
def test_a_line_that_says_more_than_the_story_is_quoted(line: str) -> None:
    assert line in quoted(LEAD, line, *STORY)


def test_a_caption_that_alone_names_everybody_is_quoted() -> None:
    caption = "Five of them (clockwise from top left): Ada Finn, Ray Poole, Ivo Hart, Lena Moss and Theo Park."
    assert quoted(LEAD, caption, *STORY)[1] == caption


def test_the_lead_is_no_copy_of_the_story_below() -> None:
    lead = "The levy was put to the voters of Harmon in May, and failed."
    assert quoted(lead, *STORY, *STORY[:1])[0] == lead
    assert quoted(f"HARMON (CNN) -- {lead}", *STORY)[0] == lead


def test_a_brief_item_loses_no_near_copy() -> None:
    copy = "The levy was put to the voters of Harmon in May, and failed."
    assert copy in quoted(LEAD, copy, STORY[2])


def test_a_page_of_pictures_keeps_its_captions() -> None:
    captions = [f"The gate in this photo held for {n} years." for n in range(5)]
    assert quoted(*captions) == captions
    assert quoted(*captions[:1]) == captions[:1]
