"""What stands in a story's paragraphs and is not quoted, shown on prose written for the purpose."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Article, ArticleError
from index.passages import prepare
from tests.cost import grows_faster

# Each is followed by the story's first words.
DATELINES = {
    "LONDON, England (CNN) -- ": "The gate will close.",
    "SEOUL, South Korea (AP) — ": "The gate will close.",
    "WASHINGTON (Reuters) - ": "The gate will close.",
    "WASHINGTON (Reuters)-": "The gate will close.",
    "KABUL, Jan 3 (Xinhua) -- ": "The gate will close.",
    "SEOUL, Jan. 5 (Yonhap) -- ": "South Korea's gate will close.",
    "PARIS, June 4 - ": "The gate will close.",
    "PARIS, 4 juin 2026 (AFP) – ": "The gate will close.",
    "NEW YORK, June 4, 2009 — ": "“The gate is old,” he said.",
    "LONDON, Monday — ": "The gate will close.",
    "NEW DELHI (PTI): ": "The gate will close.",
    "(CNN) -- ": "1,200 gates will close.",
    "(The Harmon Post) -- ": "There is no gate.",
    "(Harmon.com) -- ": "iPhones open the gate.",
    "ST. LOUIS, Mo. (AP) — ": "The gate will close.",
    "WASHINGTON, D.C. (AP) — ": "The gate will close.",
    "Port-au-Prince, Haiti (CNN) -- ": "In the plaza stood a gate.",
    "Paris/Berlin (dpa) – ": "The gate will close.",
    "ABOARD THE USS HARMON (AP) — ": "The gate will close.",
    "PLAYA DEL REY, California (CNN Student News) -- ": "The gate will close.",
    "BERLIN. Germany -- ": "Germany striker Otto Brandt left.",
    "Harmon, England -- ": "Ada Finn is a former mayor.",
    "MOSCOW — ": "The gate will close.",
    "MOSCOW—": "The gate will close.",
    "(서울=연합뉴스) 김민수 기자 = ": "수문이 닫힌다.",
    "【ソウル聯合ニュース】": "水門が閉まる。",
    "新华社北京1月5日电（记者张三）": "闸门将关闭。",
}
NO_DATELINES = (
    "NATO -- the alliance of 32 states -- met on Monday.",
    "HARMON — where the gate failed — is small.",
    "Ada Finn (AP) — no relation of the mayor — left.",
    "Mara Lind (SNP) — Scotland’s first — left.",
    "Ada Finn, mayor — the first woman there — left.",
    "The gate (CNN called it a wonder) -- and the canal -- are shut.",
    "The vote — the third this year — failed.",
    "UEFA - FIFA talks failed.",
    "Harmon — The gate failed.",
    "(It failed twice.) The gate is shut.",
    "June 4 - The gate failed.",
    "News: Who pays?",
)
BODY = "The council met. It voted at noon."


def quoted(text: str) -> list[str]:
    """The sentences that may be quoted, as the article holds them."""
    article = Article("a", "A", text)
    return [article.text[s.start : s.end] for s in prepare(article).sentences]


@pytest.mark.parametrize(("dateline", "sentence"), DATELINES.items(), ids=DATELINES)
def test_a_sentence_is_quoted_without_its_dateline(dateline: str, sentence: str) -> None:
    sentences = prepare(Article("a", "A", f"{dateline}{sentence}\n\n{BODY}")).sentences
    assert (sentences[0].start, sentences[0].end) == (len(dateline), len(dateline + sentence))
    assert quoted(f"{dateline}{sentence}\n\n{BODY}") == [sentence, "The council met.", "It voted at noon."]


@pytest.mark.parametrize("text", NO_DATELINES)
def test_what_only_looks_like_a_dateline_is_quoted(text: str) -> None:
    assert " ".join(quoted(f"{text}\n\n{BODY}")) == f"{text} {BODY}"


def test_a_dateline_below_a_headline_and_a_note_is_left_out() -> None:
    note = "Editor's note: Ada Finn is the mayor of Harmon. She wrote this in May."
    text = f"The gate closes\n\n{note}\n\nHARMON, Ohio (CNN) -- The gate failed.\n\n{BODY}"
    assert quoted(text) == ["The gate failed.", "The council met.", "It voted at noon."]


def test_in_a_round_up_each_item_loses_the_dateline_of_its_agency_and_only_the_first_ones_another() -> None:
    item = "(AP) — The gate failed."
    assert quoted("\n\n".join([f"HARMON {item}"] * 7)) == ["The gate failed."] * 7
    assert quoted("\n\n".join(["HARMON — The gate failed."] * 6))[3:] == [
        "The gate failed.", "HARMON — The gate failed.", "HARMON — The gate failed.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "note",
    [
        "Editor's note: Ada Finn is the mayor of Harmon. Her views are her own.",
        "Editor’s Note — This story was first published in May.",
        "EDITORS' NOTE: The gate is the third of five.",
        "(Editor's note: This story holds strong words.)",
        "Ed. note: The gate is the third of five",
        "CANNES, France (CNN) -- Editor's note: The programme is on at 7 p.m. on Monday.",
        "Programming note: The gate is on at 7 p.m. on Monday.",
    ],
)
def test_a_note_of_the_editors_is_not_quoted(note: str) -> None:
    assert quoted(f"{note}\n\n{BODY}") == ["The council met.", "It voted at noon."]
    assert quoted(f"{BODY}\n{note}") == ["The council met.", "It voted at noon."]


def test_a_note_in_wrapped_text_ends_with_its_paragraph() -> None:
    text = (
        "Editor's note: Ada Finn is the mayor of Harmon, and has been a member of the\n"
        "council for years. Her views are her own.\n"
        "\n"
        "The levy that the council put to the voters on Monday passed by a narrow\n"
        "margin, said the county clerk."
    )
    assert quoted(text) == [text[text.index("The levy") :]]


def test_a_paragraph_too_long_for_a_note_stays() -> None:
    text = "Editor's note: It begins here. " + "The gate failed again. " * 80
    assert len(quoted(text)) == 81


@pytest.mark.parametrize("text", ["The editor's note was lost.", "Editor's notes: three of them were lost."])
def test_a_sentence_about_a_note_is_quoted(text: str) -> None:
    assert quoted(text) == [text]


LINKS = {
    "at the end": ("The gate failed. Watch the gate fail »", ["The gate failed."]),
    "after a sentence that begins like one": ("Share prices fell. Watch them fall »", ["Share prices fell."]),
    "after somebody's words": ('"It failed," he said. Watch Finn speak »', ['"It failed," he said.']),
    "in the middle": ("It failed. Watch the gate fail » The county pays.", ["It failed.", "The county pays."]),
    "in front": ("Watch the gate fail » The county pays.", ["The county pays."]),
    "two": ("It failed. See photos » Watch the gate fail »", ["It failed."]),
    "with a stop": ("It failed. Watch the gate fail. »", ["It failed."]),
    "before a stop": ("It failed. Watch the gate fail ».", ["It failed."]),
    "with an abbreviation in it": ("It failed. Watch why Mr. Poole left the U.S. »", ["It failed."]),
    "after an abbreviation": ("It failed in the U.S. Watch the gate fail »", ["It failed in the U.S."]),
    "a headline": ("The gate failed. Poole pays for the gate »", ["The gate failed."]),
    "a broken arrow": ("The gate failed. See how it failed Â»", ["The gate failed."]),
    "another arrow": ("The gate failed. Read more →", ["The gate failed."]),
    "without an arrow": ("The gate failed. Watch Finn's interview with Poole", ["The gate failed."]),
    "a call": ("The gate failed. Share your story", ["The gate failed."]),
    "a question and a call": ("It failed. Are you there? Send photos, video", ["It failed."]),
    "a label": ("The gate failed. Harmon.com: More gates to close", ["The gate failed."]),
    "a report by readers": ("It failed. iReport.com: Are you near? Share sights, sounds", ["It failed."]),
    "a button": ("The gate failed. E-mail to a friend", ["The gate failed."]),
    "topics": ("The gate failed. All About Gates • Harmon", ["The gate failed."]),
    "a line": (
        "The gate failed.\n\nWatch the gate fail at noon and the crowd that ran from it »",
        ["The gate failed."],
    ),
    "a line with a label": (
        "The gate failed.\n\nBlog: No gates for us, please, we are from Harmon",
        ["The gate failed."],
    ),
}
NO_LINKS = (
    "The gate failed. Watch the canal, said Poole.",
    "Watch the gate. Read the sign. See the canal.",
    "« La vanne est vieille. Elle ferme. »",
    "«Ворота старые. Они закрыты», — сказал он. «Все ушли.»",
    "Share prices fell. Share prices rose.",
    "It failed in May. Read aloud, the verdict took an hour.",
    "The phone is out. Price: $249",
    "The gate failed. The county will pay for",
    "See the gate",
)


@pytest.mark.parametrize(("text", "expected"), LINKS.values(), ids=LINKS)
def test_a_link_in_a_paragraph_is_not_quoted(text: str, expected: list[str]) -> None:
    assert quoted(text) == expected


@pytest.mark.parametrize("text", NO_LINKS)
def test_what_only_looks_like_a_link_is_quoted(text: str) -> None:
    assert " ".join(quoted(text)) == text


def test_offsets_behind_links_and_datelines_are_exact() -> None:
    text = "HARMON (CNN) -- 😀 It failed. Watch it fail » The county pays.\n\nEditor's note: Go.\n\nIt is shut."
    sentences = prepare(Article("a", "A", text)).sentences
    assert [(s.start, s.end) for s in sentences] == [(16, 28), (45, 61), (83, 94)]
    assert quoted(text) == ["😀 It failed.", "The county pays.", "It is shut."]


def test_an_article_that_is_only_a_dateline_and_a_link_is_refused() -> None:
    with pytest.raises(ArticleError, match="nothing to quote"):
        prepare(Article("a", "A", "HARMON, Ohio (CNN) --\n\nWatch the gate fail »"))


PARTS = st.sampled_from(
    [
        *DATELINES,
        *NO_DATELINES,
        *(text for text, _ in LINKS.values()),
        *NO_LINKS,
        BODY,
        "Editor's note: ",
        "»",
        "\n",
        "\n\n",
    ]
)


@settings(deadline=None)
@given(st.lists(PARTS, max_size=12).map(" ".join))
def test_what_is_quoted_is_in_order_and_without_white_space_at_its_ends(text: str) -> None:
    end = 0
    for sentence in prepare(Article("a", "A", f"{text}\n\n{BODY}")).sentences:
        assert end <= sentence.start < sentence.end
        words = f"{text}\n\n{BODY}"[sentence.start : sentence.end]
        assert words == words.strip()
        end = sentence.end


@pytest.mark.parametrize(
    "part",
    [
        "Watch it » ",
        "It failed. Watch it fail »\n\n",
        "HARMON, Ohio (CNN) -- It failed.\n\n",
        "HARMON — A — ",
        "Editor's note: ",
        "Ada Finn, left, failed.\n\n",
        "Are you there? Send photos\n\n",
        "HARMON ",
        "See a.B » ",
        "A, B, C/",
    ],
)
def test_asides_take_time_that_grows_with_them(part: str) -> None:
    def work(size: int) -> None:
        with suppress(ArticleError):  # its sentences are too many, or none
            prepare(Article("a", "A", f"{part * size}\n\n{BODY}\n\n{part * size}"))

    assert not grows_faster(work, 500)
