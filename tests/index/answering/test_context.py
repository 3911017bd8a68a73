"""What comes along with a quote: what it leans on, and who said it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answering.context import LEANING_REACH, SPEAKER_REACH, context_around
from index.text import split_sentences
from index.types import Span

LONG = (
    "The county will pay for the gate and for the road to it, and in time for a roof over the market and its stalls. "
)
"""A quotation of several of these is too long to be kept in one sentence."""


def around(text: str, opening: str, passage: tuple[int, int] | None = None) -> tuple[str, str]:
    """What comes along before and after the one sentence that opens so, alone in its passage unless told."""
    sentences = split_sentences(text)
    (number,) = [n for n, s in enumerate(sentences) if text.startswith(opening, s.start)]
    context = context_around(text, sentences, number, passage or (number, number))
    return text[context.start : sentences[number].start], text[sentences[number].end : context.end]


# What it leans on


@pytest.mark.parametrize(
    "opening",
    ["He", "She", "They", "It", "This", "That", "These", "Those", "His", "Her", "Their", "Its", "“He", "But",
     "However,", "So", "Meanwhile,", "The latter", "For that"],
)  # fmt: skip
def test_a_sentence_that_leans_on_the_one_before_brings_it(opening: str) -> None:
    assert around(f"Ada Finn keeps the key. {opening} shut the gate.", opening) == ("Ada Finn keeps the key. ", "")


@pytest.mark.parametrize(
    "opening", ["Hector", "Theyer", "Italy", "Thistle", "The", "A", "Butler", "Sophie", "“I shut it,” said Finn. “I"]
)
def test_a_sentence_that_stands_alone_brings_nothing(opening: str) -> None:
    assert around(f"Rain fell. {opening} shut the gate.", opening) == ("", "")


def test_where_the_sentence_before_leans_as_well_the_one_before_that_comes_too() -> None:
    text = "Rain fell. Ada Finn keeps the key. She shut the gate. It holds."
    assert around(text, "It holds") == ("Ada Finn keeps the key. She shut the gate. ", "")
    assert around(text, "She shut") == ("Ada Finn keeps the key. ", "")


def test_leaning_ends_somewhere() -> None:
    text = "Ada Finn keeps the key. " + " ".join(f"She shut gate {n}." for n in range(9))
    assert around(text, "She shut gate 8") == ("She shut gate 5. She shut gate 6. She shut gate 7. ", "")
    assert LEANING_REACH == 3


def test_the_first_sentence_of_an_article_has_nothing_to_lean_on() -> None:
    assert around("He shut the gate.", "He") == ("", "")


def test_the_paragraph_comes_along_as_far_as_the_passage_has_it() -> None:
    text = "Ada keeps the key. The gate was shut. Boats wait.\n\nRain is expected. Nobody was hurt."
    assert around(text, "The gate", (0, 4)) == ("Ada keeps the key. ", " Boats wait.")
    assert around(text, "The gate", (1, 4)) == ("", " Boats wait.")
    assert around(text, "Rain", (0, 4)) == ("Boats wait.\n\n", " Nobody was hurt.")


# Who said it

SPEAKERS = {
    "named where the words end": (
        f"Rain fell. “{LONG * 3}That is all,” said Poole. The end.",
        "“The county",
        ("", f" {LONG * 2}That is all,” said Poole."),
    ),
    "named before the words": (
        f"Poole said: “First the road. {LONG * 3}Then the roof.” The end.",
        "Then the roof",
        (f"Poole said: “First the road. {LONG * 3}", ""),
    ),
    "named in the middle of the words": (
        f"Rain fell. “Gates hold,” said Poole. “{LONG * 3}Then the roof.” The end.",
        "Then the roof",
        (f"“Gates hold,” said Poole. “{LONG * 3}", ""),
    ),
    "named after the sentence's own words": ("“Gates hold,” said Poole. The end.", "“Gates", ("", "")),
    "named in the sentence before": (
        "Rain fell. “Gates hold,” said Poole. “Years of work went into it.” The end.",
        "“Years",
        ("“Gates hold,” said Poole. ", ""),
    ),
    "named in the sentence before, straight marks": (
        'Rain fell. "Gates hold," said Poole. "Years of work went into it." The end.',
        '"Years',
        ('"Gates hold," said Poole. ', ""),
    ),
    "named two quotations before": (
        "Rain fell. “Gates hold,” said Poole. “Years went into it.” “Nobody thanked us.” The end.",
        "“Nobody",
        ("“Gates hold,” said Poole. “Years went into it.” ", ""),
    ),
    "named in the sentence after": (
        "Rain fell. “Years of work went into it.” Poole told the council so.",
        "“Years",
        ("", " Poole told the council so."),
    ),
    "named by a pronoun, and before that by name": (
        "Rain fell. Poole opened the gate. “Gates hold,” he said. “Years of work went into it.” The end.",
        "“Years",
        ("Poole opened the gate. “Gates hold,” he said. ", ""),
    ),
    "named by a pronoun in the sentence itself": (
        "Rain fell. Poole opened the gate. “Years of work went into it,” he said.",
        "“Years",
        ("Poole opened the gate. ", ""),
    ),
    "named paragraphs before": (
        f"Rain fell. Poole wrote this to the council:\n\n“{LONG}\n\n“Years went into it. {LONG * 3}” The end.",
        "“Years",
        (f"Poole wrote this to the council:\n\n“{LONG}\n\n", ""),
    ),
    "named by nobody": ("Rain fell. “Years of work went into it.” The end.", "“Years", ("", "")),
    "not somebody's words but a few of them": (
        "Poole said so. Ministers spoke of “useful talks.” The end.",
        "Ministers",
        ("", ""),
    ),
    "announced with a colon": (
        "Rain fell. These are the clerk's notes: “Gates hold.” “Years went into it.” The end.",
        "“Years",
        ("Rain fell. These are the clerk's notes: “Gates hold.” ", ""),
    ),
    "nouns that could be verbs": (
        "Poole said so. “Gates hold” is among the claims of six United States ports: “Years went into it.” The end.",
        "“Gates",
        ("", ""),
    ),
    "an arrow": ("Poole said so. Watch the gate fall » The end.", "Watch", ("", "")),
    "inches": ("Poole said so. The 6' 2\" guard scored. The end.", "The 6'", ("", "")),
    "according to": (
        "Rain fell. The gate is safe, according to Poole. “Years of work went into it.” The end.",
        "“Years",
        ("The gate is safe, according to Poole. ", ""),
    ),
}


@pytest.mark.parametrize(("text", "opening", "expected"), SPEAKERS.values(), ids=SPEAKERS)
def test_nobodys_words_lose_their_speaker(text: str, opening: str, expected: tuple[str, str]) -> None:
    assert around(text, opening) == expected


def test_the_speaker_is_not_looked_for_beyond_reach() -> None:
    text = (
        "Poole said: “" + " ".join(f"Gate {n} of the harbour at Pell is shut for the night." for n in range(20)) + "”"
    )
    assert around(text, "Gate 7 ")[0].startswith("Poole said: “Gate 0")
    assert around(text, "Gate 9 ") == ("", "")
    assert SPEAKER_REACH == 8


# Whatever the text

TEXTS = st.lists(
    st.sampled_from(
        ["Ada keeps the key. ", "He shut it. ", "\n\n", "Boats wait. ", "“They left,” she said. ", "\n", "“", "”", '"',
         "“It holds.” ", "Poole told them: ", "And so on. ", '"No," he added. ', "« Non. » ", "6' 2\" ", "# Head\n"]
    ),
    min_size=1,
    max_size=16,
).map("".join)  # fmt: skip


@given(text=TEXTS, data=st.data())
def test_the_context_is_a_span_around_the_quote_on_the_borders_of_sentences(text: str, data: st.DataObject) -> None:
    sentences = split_sentences(text)
    if not sentences:
        return
    first = data.draw(st.integers(0, len(sentences) - 1))
    number = data.draw(st.integers(first, len(sentences) - 1))
    last = data.draw(st.integers(number, len(sentences) - 1))
    context = context_around(text, sentences, number, (first, last))
    quote = sentences[number]
    assert context.start <= quote.start < quote.end <= context.end
    farthest = min(first - 1, number - SPEAKER_REACH - LEANING_REACH)
    assert context.start in {s.start for s in sentences[max(farthest, 0) : number + 1]}
    assert context.end in {s.end for s in sentences[number : max(last, number + SPEAKER_REACH) + 1]}


@given(text=TEXTS)
def test_a_wider_passage_takes_nothing_away(text: str) -> None:
    sentences = split_sentences(text)
    for number in range(len(sentences)):
        alone = context_around(text, sentences, number, (number, number))
        whole = context_around(text, sentences, number, (0, len(sentences) - 1))
        assert isinstance(alone, Span)
        assert whole.start <= alone.start and alone.end <= whole.end
