"""`pullquote ask`, with the real model."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from index import Library, SentenceTransformerEncoder
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, ROOT, TIDES, Run

STORY = ROOT.parent / "shared" / "story" / "article.txt"
"""The article that the bot was first asked for; not part of the repository."""

STORY_QUESTIONS = [
    (LEE_QUESTION, "he had asked President Xi to play a mediating role"),
    ("How long have the restrictions been in place?", "which have been in place for more than a decade"),
    ("What does Beijing say the maritime structures are for?", "the structures are for fish-farming purposes"),
    ("Where did Lee speak to reporters?", "Speaking to reporters in Shanghai"),
    ("What does Lee hope 2026 will be?", "2026 would become the first year of full-scale restoration"),
    ("Who is watching the consultations closely?", "are being closely watched, especially by fans"),
]

SAMPLE_QUESTIONS = [
    (LEE_QUESTION, "Lee asked Xi to act as a mediator"),
    ("How long have the restrictions been in place?", "have now lasted for more than ten years"),
    ("What does Beijing say the maritime structures are for?", "there for farming fish"),
    ("Where did Lee speak to reporters?", "It was in Shanghai that Lee spoke"),
    ("What does Lee hope 2026 will be?", "He hopes 2026 will be the year"),
    ("Who is watching the consultations closely?", "are watching the planned consultations closely"),
]


SURE = {"ANSWER_THRESHOLD": "0"}
"""For what is not about confidence: every question is answered."""


def test_first_use_indexes_the_bundled_sample_and_says_so(pullquote: Run) -> None:
    answer = pullquote("ask", LEE_QUESTION)
    assert answer.code == 0
    assert answer.err == "The library was empty: indexed the bundled sample story, 8 articles.\n"
    assert f"    “{LEE_ASKED}”\n" in answer.out
    again = pullquote("ask", LEE_QUESTION)
    assert (again.code, again.out, again.err) == (0, answer.out, "")


def test_first_use_indexes_articles_dir_where_there_is_one(pullquote: Run) -> None:
    Path("stories").mkdir()
    Path("stories/tides.md").write_text(TIDES)
    answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1", env={"ARTICLES_DIR": "stories"})
    assert answer.err == "The library was empty: indexed stories, 1 article.\n"
    assert answer.quotes == [BAKERY_ANSWER]


def test_first_use_names_what_it_could_not_read_and_answers_from_the_rest(pullquote: Run) -> None:
    Path("stories").mkdir()
    Path("stories/tides.md").write_text(TIDES)
    Path("stories/empty.md").write_text("")
    answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1", env={"ARTICLES_DIR": "stories"})
    assert (answer.code, answer.quotes) == (0, [BAKERY_ANSWER])
    assert "refused: stories/empty.md is empty" in answer.err


def test_a_quote_is_shown_in_its_context_with_byline_date_and_link(pullquote: Run) -> None:
    Path("tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "tides.md").code == 0
    answer = pullquote("ask", "How many rye loaves does she sell?", "--limit", "1", env=SURE)
    assert answer.code == 0
    sure, blank, before, *lines = answer.out.splitlines()
    assert (sure in ("Sure", "Fairly sure", "Not sure"), blank) == (True, "")
    assert before.startswith("   │ ")
    assert before.endswith(BAKERY_ANSWER)
    assert lines == [
        "    “She sells four hundred rye loaves on a Saturday.”",
        "   │ The council wants to move the shop to the new quay next spring.",
        "     The bakery that opens with the tide",
        "     Nora Quill · 3 February 2026",
        "     https://example.org/tides#:~:text=She%20sells%20four%20hundred%20rye%20loaves%20on%20a%20Saturday.",
    ]


def test_the_link_names_the_quoted_sentence(pullquote: Run, sample: None) -> None:
    answer = pullquote("ask", LEE_QUESTION, "--limit", "1")
    (link,) = re.findall(r"https://\S+", answer.out)
    address, fragment = link.split("#:~:text=")
    assert address == "https://example.org/pullquote-sample/consultations"
    assert unquote(fragment) == LEE_ASKED
    assert not re.search(r"[ &,-]", fragment)


def test_json_has_exactly_the_shape_that_is_promised(pullquote: Run, sample: None) -> None:
    answer = pullquote("ask", LEE_QUESTION, "--json", "--limit", "2").json
    names = ["question", "answered", "confidence", "chosen", "quotes", "elapsed_ms", "outcome", "about", "perhaps"]
    names += ["disagreement", "read", "silent_since"]
    assert list(answer) == names and answer["read"] and answer["silent_since"] == {}
    assert (answer["outcome"], answer["about"], answer["perhaps"]) == ("answered", "", None)
    assert answer["question"] == LEE_QUESTION
    assert answer["answered"] is True
    assert 0.5 <= answer["confidence"] <= 1
    assert answer["elapsed_ms"] > 0
    best = answer["quotes"][0]
    assert list(best) == ["text", "start", "end", "before", "after", "score", "article", "opinion"]
    assert best["text"] == LEE_ASKED
    assert best["before"].endswith("talking about the structures in a constructive spirit.\n\n")
    assert best["after"].startswith(" Xi is reported to have urged patience")
    assert all(best["score"] >= other["score"] for other in answer["quotes"])
    assert best["article"] == {
        "id": "consultations",
        "title": "Seoul and Beijing to hold talks on curbs on Korean pop culture",
        "author": "The Pullquote sample desk",
        "published": "2026-01-07T00:00:00+00:00",
        "url": "https://example.org/pullquote-sample/consultations",
        "language": "en",
    }


def test_a_quote_is_byte_for_byte_what_the_library_holds(pullquote: Run, sample: None) -> None:
    answer = pullquote("ask", "What has Lee put first in dealing with China?", "--json", "--limit", "10", env=SURE).json
    assert len(answer["quotes"]) > 1
    with Library.open("pullquote-data") as library:
        for quote in answer["quotes"]:
            text = library.article(quote["article"]["id"]).text
            assert quote["text"] == text[quote["start"] : quote["end"]]
            assert quote["before"] + quote["text"] + quote["after"] in text


def test_a_question_without_an_answer_exits_with_1_and_says_so(pullquote: Run, sample: None) -> None:
    answer = pullquote("ask", "How do I bake a chocolate cake?")
    assert (answer.code, answer.out) == (1, "The articles do not hold an answer to that.\n")
    as_json = pullquote("ask", "How do I bake a chocolate cake?", "--json")
    assert as_json.code == 1
    assert (as_json.json["answered"], as_json.json["quotes"]) == (False, [])
    assert (as_json.json["outcome"], as_json.json["about"], as_json.json["perhaps"]) == ("absent", "", None)
    assert as_json.json["confidence"] < 0.5


def test_a_sentence_that_may_answer_is_shown_as_perhaps_and_exits_with_1(pullquote: Run, sample: None) -> None:
    unsure = {"ANSWER_THRESHOLD": "1"}
    answer = pullquote("ask", LEE_QUESTION, env=unsure)
    assert answer.code == 1
    assert answer.out.startswith("Perhaps this:\n") and f"    “{LEE_ASKED}”\n" in answer.out
    as_json = pullquote("ask", LEE_QUESTION, "--json", env=unsure)
    assert (as_json.code, as_json.json["outcome"], as_json.json["quotes"]) == (1, "perhaps", [])
    assert as_json.json["perhaps"]["text"] == LEE_ASKED


def test_usage_errors_exit_with_2(pullquote: Run) -> None:
    for arguments in (
        ["ask"],
        ["ask", "who", "--limit", "three"],
        ["ask", "who", "--nonsense"],
        ["asks", "who"],
        ["articles", "add"],
    ):
        assert pullquote(*arguments).code == 2, arguments


def test_limit_says_how_many_quotes_there_are_at_the_most(pullquote: Run, sample: None) -> None:
    question = "What are Seoul and Beijing going to discuss?"
    unlimited = pullquote("ask", question, "--json", "--limit", "50", env=SURE).quotes
    assert len(unlimited) >= 3  # 4 on some processors
    assert pullquote("ask", question, "--json", env=SURE).quotes == unlimited[:3]
    for limit in (1, 2):
        answer = pullquote("ask", question, "--json", "--limit", str(limit), env=SURE)
        assert answer.quotes == unlimited[:limit]


def test_a_question_that_one_sentence_answers_is_answered_with_one(pullquote: Run, sample: None) -> None:
    question = "Why is it hard to negotiate over something unofficial?"
    (quote,) = pullquote("ask", question, "--json", env=SURE).quotes
    assert quote.startswith("A limit that is unofficial is also awkward to negotiate")


def test_article_asks_that_article_alone(pullquote: Run, sample: None) -> None:
    question = "Who raised the subject of the structures?"
    answer = pullquote("ask", question, "--json", "--article", "maritime", "--limit", "10", env=SURE).json
    assert {quote["article"]["id"] for quote in answer["quotes"]} == {"maritime"}
    assert answer["quotes"][0]["text"] == "Lee raised the subject of the structures himself."


def test_since_and_until_ask_the_articles_of_those_days_both_included(pullquote: Run, sample: None) -> None:
    def dates(*options: str) -> set[str]:
        days = set()
        for question in ("What did Lee ask Xi to do?", "What are the structures?", "What does a mediator do?"):
            answer = pullquote("ask", question, "--json", "--limit", "50", *options, env=SURE)
            days |= {quote["article"]["published"][:10] for quote in answer.json["quotes"]}
        return days

    assert {"2026-01-07", "2026-01-08", "2026-01-09"} <= dates()
    assert min(dates("--since", "2026-01-09")) == "2026-01-09"
    assert max(dates("--until", "2026-01-08")) == "2026-01-08"
    assert dates("--since", "2026-01-08", "--until", "2026-01-08") == {"2026-01-08"}


def test_no_article_of_those_days_is_no_answer(pullquote: Run, sample: None) -> None:
    answer = pullquote("ask", LEE_QUESTION, "--since", "2027-01-01")
    assert (answer.code, answer.out) == (1, "Nothing that was published since 1 January 2027 answers that.\n")


def test_data_names_another_library(pullquote: Run) -> None:
    Path("tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "tides.md", "--data", "other").code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1", "--data", "other").quotes == [BAKERY_ANSWER]
    assert not Path("pullquote-data").exists()
    assert pullquote("ask", BAKERY_QUESTION, env={"DATA_DIR": "third"}).code == 1
    assert Path("third/library.sqlite3").is_file()


def test_a_threshold_of_one_leaves_every_question_unanswered(pullquote: Run, sample: None) -> None:
    answer = pullquote("ask", LEE_QUESTION, env={"ANSWER_THRESHOLD": "1"})
    assert answer.code == 1
    assert f"    “{LEE_ASKED}”\n" in answer.out


@pytest.mark.parametrize(("question", "expected"), SAMPLE_QUESTIONS)
def test_the_questions_of_the_story_are_answered_from_the_sample(
    pullquote: Run, sample: None, question: str, expected: str
) -> None:
    answer = pullquote("ask", question, "--json")
    assert answer.code == 0
    assert expected in answer.quotes[0]


def test_the_figures_of_the_sample_s_questions_do_not_fall(
    sample: None, real_encoder: SentenceTransformerEncoder
) -> None:
    """A fixed sample of 104 questions: the right first quote, and the answerable told from the others."""
    lines = Path(__file__).with_name("story_questions.jsonl").read_text().splitlines()
    questions = [question for question in map(json.loads, lines) if "follow_up" not in question]
    right, wrong, absent = [], [], []
    with Library.open("pullquote-data", load_encoder=lambda: real_encoder) as library:
        for question in questions:
            answer = library.ask(question["question"])
            first = " ".join(answer.closest[0].text.split()) if answer.closest else ""
            is_right = any(expected in first for expected in question["answers"])
            (right if is_right else wrong if question["answers"] else absent).append(answer)
    present = [*right, *wrong]
    above = [(p.confidence > a.confidence) + (p.confidence == a.confidence) / 2 for p in present for a in absent]
    shown, declined = sum(answer.answered for answer in right), sum(not answer.answered for answer in absent)
    misses = [f"{answer.confidence:.2f} {answer.question} → {answer.closest[0].text}" for answer in wrong]
    assert (len(present), len(absent)) == (68, 36)
    # Measured: 59 right, AUROC 0.98, 51 of the right ones shown, 35 declined. Below by as much as processors differ.
    assert len(right) >= 56, f"{len(right)} of {len(present)} are right.\n" + "\n".join(misses)
    assert sum(above) / len(above) >= 0.95, f"AUROC {sum(above) / len(above):.3f}"
    assert shown >= 0.75 * len(right), f"Of {len(right)} right quotes {shown} are shown."
    assert declined >= 32, f"{declined} of {len(absent)} questions without an answer are declined."


@pytest.mark.skipif(not STORY.is_file(), reason="the story itself is not part of the repository")
@pytest.mark.parametrize(("question", "expected"), STORY_QUESTIONS)
def test_the_story_itself_answers(pullquote: Run, question: str, expected: str) -> None:
    assert pullquote("articles", "add", STORY).code == 0
    answer = pullquote("ask", question, "--json")
    assert answer.code == 0
    assert expected in answer.quotes[0]


@pytest.mark.skipif(not STORY.is_file(), reason="the story itself is not part of the repository")
def test_of_the_story_itself_the_library_holds_the_sentences_the_author_and_nothing_else(pullquote: Run) -> None:
    assert pullquote("articles", "add", STORY).code == 0
    with Library.open("pullquote-data") as library:
        (article,) = library.articles()
        with library._storage.reading() as reader:
            _, sentences = reader.with_sentences(article.id)
    texts = [article.text[sentence.start : sentence.end] for sentence in sentences]
    assert article.author == "Tanisha Cardozo"
    assert len(texts) == 15
    assert texts[0].startswith("South Korean President Lee Jae Myung has said")
    assert texts[-1].endswith("after years of limited access.")
    assert article.text.split() == " ".join(texts).split()
