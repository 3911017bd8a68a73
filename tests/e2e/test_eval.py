"""`pullquote eval`: the figures on questions with known answers."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from index import evaluate
from tests.e2e.conftest import Run

Entry = dict[str, Any]

ARTICLES = {
    "tides": (
        "present",
        "The harbour bakery in Elmouth opens two hours before high tide. Its owner, Ada Brandt, bought the oven from a "
        "lighthouse keeper in 2019. She sells four hundred rye loaves on a Saturday.",
    ),
    "hills": ("present", "The farmer Ross Tait sold his last forty sheep in October. He keeps the dog, called Fern."),
    "comet": ("absent", "Astronomers in Nairobi named the comet after Wanjiru Odhiambo, who saw it first."),
}
QUESTIONS = [
    ("Who sold Ada Brandt the oven?", "tides", "a lighthouse keeper", True),
    ("How many rye loaves does the bakery sell on a Saturday?", "tides", "four hundred", True),
    ("When did Ross Tait sell his sheep?", "hills", "October", True),
    ("What is it called?", "hills", "Fern", False),
    ("Who was the comet named after?", "comet", "Wanjiru Odhiambo", True),
]
PRESENT = ("--split", "present", "--absent-split", "absent")


def write_set(folder: Path, extra: Sequence[Entry] = ()) -> Path:
    articles = [{"id": name, "title": "", "text": text, "split": split} for name, (split, text) in ARTICLES.items()]
    questions = [
        {
            "id": f"q{number}",
            "question": question,
            "article_id": name,
            "answers": [{"text": answer, "start": ARTICLES[name][1].index(answer)}],
            "split": ARTICLES[name][0],
            "specific": specific,
        }
        for number, (question, name, answer, specific) in enumerate(QUESTIONS, start=1)
    ]
    folder.mkdir()
    for file, entries in (("articles.jsonl", articles), ("questions.jsonl", [*questions, *extra])):
        (folder / file).write_text("".join(f"{json.dumps(entry)}\n" for entry in entries), encoding="utf-8")
    return folder


@pytest.fixture
def known(place: Path) -> Path:
    """The name of a folder in `place` with two articles, four questions about them, and one about a third."""
    return write_set(place / "known").relative_to(place)


def test_the_figures_come_as_one_json_object(pullquote: Run, known: Path) -> None:
    outcome = pullquote("eval", known, *PRESENT, "--specific", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    report = outcome.json
    assert list(report) == [
        "model", "threshold", "seed", "articles", "questions", "absent", "left_out", "passages", "passages_per_second",
        "hit_at_1", "hit_at_3", "mrr_at_10", "article_at_1", "auroc", "answered", "declined", "answers_right",
        "median_ms", "percentile_95_ms", "calibration",
    ]  # fmt: skip
    assert (report["articles"], report["questions"], report["absent"], report["passages"]) == (2, 3, 1, 2)
    sure = {"value": 1.0, "low": 1.0, "high": 1.0}
    assert [report[name] for name in ("hit_at_1", "hit_at_3", "mrr_at_10", "article_at_1", "auroc")] == [sure] * 5
    assert report["declined"] == sure
    assert 0 < report["median_ms"] <= report["percentile_95_ms"]
    assert sum(tenth["count"] for tenth in report["calibration"]) == 4


def test_people_get_a_line_a_figure(pullquote: Run, known: Path) -> None:
    outcome = pullquote("eval", known, *PRESENT, "--specific")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert re.fullmatch(
        r"2 articles, 2 passages, indexed at [\d.]+ passages a second with all-MiniLM-L6-v2\.", lines[0]
    )
    assert lines[1].startswith("3 questions with an answer, 1 absent, 0 left out; answered from a confidence of 0.")
    assert lines[3].split() == ["95%", "interval"]
    assert lines[4].split() == ["H@1", "1.000", "1.000", "to", "1.000"]
    assert [line[:26].strip() for line in lines[4:13]] == [
        "H@1", "H@3", "MRR@10", "article@1", "AUROC of the confidence", "with an answer: answered", "absent: declined",
        "answers given: right", "time a question",
    ]  # fmt: skip
    assert lines[14].split() == ["confidence", "questions", "mean", "right"]


def test_without_absent_questions_what_they_are_for_is_not_measured(pullquote: Run, known: Path) -> None:
    report = pullquote("eval", known, "--split", "present", "--json").json
    assert (report["articles"], report["questions"], report["absent"]) == (3, 4, 0)
    assert (report["auroc"], report["declined"]) == (None, None)
    assert "absent: declined          none asked\n" in pullquote("eval", known, "--split", "present").out


def test_the_library_of_the_data_folder_is_neither_read_nor_made(pullquote: Run, known: Path) -> None:
    assert pullquote("eval", known, "--limit", "1").code == 0
    assert [path.name for path in Path().iterdir()] == ["known"]


def test_out_gets_a_line_a_question_and_a_picture_of_the_curve(pullquote: Run, known: Path) -> None:
    assert pullquote("eval", known, *PRESENT, "--specific", "--out", "figures/today").code == 0
    lines = [json.loads(line) for line in Path("figures/today/results.jsonl").read_text("utf-8").splitlines()]
    assert [(line["id"], line["absent"], line["rank"]) for line in lines] == [
        ("q1", False, 1),
        ("q2", False, 1),
        ("q3", False, 1),
        ("q5", True, None),
    ]
    first = lines[0]
    assert list(first) == [
        "id", "question", "article_id", "absent", "answered", "confidence", "rank", "right_article", "nearest",
        "elapsed_ms",
    ]  # fmt: skip
    nearest = first["nearest"]
    assert nearest["text"] == "Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019."
    assert ARTICLES["tides"][1][nearest["start"] : nearest["end"]] == nearest["text"]

    picture = ElementTree.parse("figures/today/risk-coverage.svg").getroot()
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "Coverage: questions answered, the surest first" in texts
    assert "Risk: answers that are not right" in texts
    line = picture.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points[-1] == (616.0, 298.0)  # all four answered, one of them wrong: a quarter of the way up
    assert points[-2] == (480.0, 376.0)  # three of four answered, none wrong


def test_squad_is_read_as_it_is_published(pullquote: Run, known: Path) -> None:
    text = ARTICLES["tides"][1]
    qas = [
        {"id": "a", "question": QUESTIONS[0][0], "answers": [{"text": "2019", "answer_start": text.index("2019")}]},
        {"id": "b", "question": "Who named the comet?", "answers": [], "is_impossible": True},
    ]
    data = [{"title": "Bakery", "paragraphs": [{"context": text, "qas": qas}]}]
    Path("dev-v2.0.json").write_text(json.dumps({"version": "v2.0", "data": data}))
    report = pullquote("eval", "dev-v2.0.json", "--json").json
    assert (report["questions"], report["absent"], report["hit_at_1"]["value"]) == (1, 1, 1.0)


def test_an_article_that_cannot_be_taken_in_is_named_and_its_questions_count_as_missed(
    pullquote: Run, known: Path
) -> None:
    with (known / "articles.jsonl").open("a") as file:
        file.write(json.dumps({"id": "broken", "title": "", "text": "One\x00two."}) + "\n")
    question = {"id": "b", "question": "What comes after one?", "article_id": "broken"}
    with (known / "questions.jsonl").open("a") as file:
        file.write(json.dumps(question | {"answers": [{"text": "two", "start": 4}], "specific": True}) + "\n")
    outcome = pullquote("eval", known, "--absent-split", "absent", "--specific", "--json")
    assert (outcome.code, outcome.err.count("\n")) == (0, 1)
    assert outcome.err.startswith("refused: broken holds null characters")
    assert outcome.json["hit_at_1"]["value"] == 0.75


# Bad input


def test_a_missing_folder(pullquote: Run) -> None:
    assert pullquote("eval", "nowhere").complaint.startswith("There is no folder nowhere; name one with articles.jsonl")


def test_a_line_that_is_not_json(pullquote: Run, known: Path) -> None:
    with (known / "questions.jsonl").open("a") as file:
        file.write("{oops\n")
    assert pullquote("eval", known).complaint.startswith("known/questions.jsonl, line 6 is not JSON (")


def test_an_answer_whose_offset_does_not_match_its_text(pullquote: Run, place: Path) -> None:
    wrong = {"id": "w", "question": "Who?", "article_id": "hills", "answers": [{"text": "Ross Tait", "start": 10}]}
    assert pullquote("eval", write_set(place / "wrong", [wrong])).complaint == (
        f"{place}/wrong/questions.jsonl, line 6, answers 1 says 'Ross Tait' where the article says ' Ross Tai'; "
        "mend 'start'."
    )


def test_a_question_about_an_unknown_article(pullquote: Run, place: Path) -> None:
    stray = {"id": "s", "question": "Who?", "article_id": "moon", "answers": [{"text": "Ross Tait", "start": 11}]}
    assert pullquote("eval", write_set(place / "stray", [stray])).complaint == (
        f"{place}/stray/questions.jsonl, line 6 asks about the article 'moon', which is not in articles.jsonl; "
        "add it there."
    )


def test_no_questions_left(pullquote: Run, known: Path) -> None:
    assert pullquote("eval", known, "--split", "test").complaint == (
        "No question with an answer is left of the 5 in known (4 marked specific; splits: absent, present); "
        "choose others."
    )


def test_a_place_for_the_results_that_cannot_be_written_is_found_before_anything_is_asked(
    pullquote: Run, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "run", lambda *_: pytest.fail("the questions were asked"))
    Path("taken").write_text("")
    assert pullquote("eval", known, "--out", "taken").complaint == (
        "taken cannot be written (File exists); name another folder with --out."
    )


@pytest.mark.parametrize("option", ["--limit", "--seed"])
def test_a_number_out_of_range(pullquote: Run, known: Path, option: str) -> None:
    outcome = pullquote("eval", known, option, "-1")
    assert (outcome.code, outcome.out) == (2, "")
    assert option in outcome.err
