import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.errors import SourceError
from index.evaluate import EvaluationSet, KnownQuestion, load
from index.types import Article, Span

Entry = dict[str, Any]

FERRY = {"id": "ferry", "title": "", "text": "The ferry sails at nine. It was built in 1961.", "split": "dev"}
MILL = {"id": "mill", "title": "The mill", "text": "The mill burned down in May.", "split": "dev-absent"}
NINE = {
    "id": "q1",
    "question": "When does the ferry sail?",
    "article_id": "ferry",
    "answers": [{"text": "nine", "start": 19}, {"text": "at nine", "start": 16}, {"text": "nine", "start": 19}],
    "split": "dev",
    "specific": True,
}
BUILT = {
    "id": "q2",
    "question": "When was it built?",
    "article_id": "ferry",
    "answers": [{"text": "1961", "start": 41}],
    "split": "dev",
    "specific": False,
}
BURNED = {
    "id": "q3",
    "question": "When did the mill burn?",
    "article_id": "mill",
    "answers": [{"text": "in May", "start": 21}],
    "split": "dev-absent",
    "specific": True,
}


def write(
    folder: Path, articles: Sequence[Entry] = (FERRY, MILL), questions: Sequence[Entry] = (NINE, BUILT, BURNED)
) -> Path:
    """A set of those articles and questions in `folder`."""
    folder.mkdir(exist_ok=True)
    for name, entries in (("articles.jsonl", articles), ("questions.jsonl", questions)):
        (folder / name).write_text("".join(f"{json.dumps(entry)}\n" for entry in entries), encoding="utf-8")
    return folder


def ids(known: EvaluationSet) -> tuple[list[str], list[str]]:
    return [article.id for article in known.articles], [question.id for question in known.questions]


# Reading articles.jsonl and questions.jsonl


def test_a_folder_is_read_with_the_spans_of_the_answers(tmp_path: Path) -> None:
    known = load(write(tmp_path))
    assert known == EvaluationSet(
        (Article("ferry", "", FERRY["text"]), Article("mill", "The mill", MILL["text"])),
        (
            KnownQuestion("q1", "When does the ferry sail?", "ferry", (Span(19, 23), Span(16, 23))),
            KnownQuestion("q2", "When was it built?", "ferry", (Span(41, 45),)),
            KnownQuestion("q3", "When did the mill burn?", "mill", (Span(21, 27),)),
        ),
    )
    assert [FERRY["text"][a.start : a.end] for a in known.questions[0].answers] == ["nine", "at nine"]


def test_the_absent_split_stays_out_of_the_library_and_its_questions_have_no_answer(tmp_path: Path) -> None:
    known = load(write(tmp_path), split="dev", absent_split="dev-absent")
    assert ids(known) == (["ferry"], ["q1", "q2", "q3"])
    assert [question.absent for question in known.questions] == [False, False, True]
    assert ids(load(tmp_path, absent_split="dev-absent")) == ids(known)


def test_an_article_without_a_split_stays_out_when_an_absent_question_is_about_it(tmp_path: Path) -> None:
    unmarked = [{key: value for key, value in entry.items() if key != "split"} for entry in (FERRY, MILL)]
    assert ids(load(write(tmp_path, unmarked), absent_split="dev-absent")) == (["ferry"], ["q1", "q2", "q3"])


def test_a_split_keeps_its_questions_among_all_articles(tmp_path: Path) -> None:
    assert ids(load(write(tmp_path), split="dev")) == (["ferry", "mill"], ["q1", "q2"])


def test_specific_keeps_those_marked_so(tmp_path: Path) -> None:
    known = load(write(tmp_path), split="dev", absent_split="dev-absent", specific=True)
    assert ids(known) == (["ferry"], ["q1", "q3"])


def test_a_limit_draws_the_same_questions_for_the_same_seed_in_their_order(tmp_path: Path) -> None:
    write(tmp_path, questions=[BUILT | {"id": f"{number:02}"} for number in range(40)])
    drawn = [[q.id for q in load(tmp_path, limit=10, seed=seed).questions] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [len(set(each)) for each in drawn] == [10, 10, 10]
    assert all(each == sorted(each) for each in drawn)
    assert len(load(tmp_path, limit=41).questions) == 40


@pytest.mark.parametrize(
    ("marks", "known", "left_out"),
    [
        ({}, ["q1", "none"], 0),
        ({"scope": [0, 46]}, ["q1", "none"], 0),
        ({"scope": [0, 24]}, ["q1"], 1),
        ({"scope": [25, 46]}, ["q1"], 1),
    ],
)
def test_an_unanswerable_question_is_absent_only_where_its_whole_article_was_checked(
    tmp_path: Path, marks: Entry, known: list[str], left_out: int
) -> None:
    unanswerable = {
        "id": "none",
        "question": "Who built it?",
        "article_id": "ferry",
        "answers": [],
        "answerable": False,
    }
    loaded = load(write(tmp_path, questions=[NINE, unanswerable | marks]))
    assert (ids(loaded)[1], loaded.left_out) == (known, left_out)
    assert all(question.absent == (question.id == "none") for question in loaded.questions)


def test_a_line_may_hold_any_character_of_unicode_and_be_blank(tmp_path: Path) -> None:
    write(
        tmp_path,
        [FERRY | {"text": "One\u2028two \U0001f6a2 nine."}],
        [NINE | {"answers": [{"text": "nine", "start": 10}]}],
    )
    lines = json.loads((tmp_path / "articles.jsonl").read_text())
    (tmp_path / "articles.jsonl").write_text(f"\ufeff\n{json.dumps(lines, ensure_ascii=False)}\r\n\n", encoding="utf-8")
    assert load(tmp_path).articles[0].text == "One\u2028two \U0001f6a2 nine."


# Reading SQuAD


def squad(*articles: list[tuple[str, list[Entry]]]) -> str:
    """A SQuAD file: for each article its paragraphs, and their questions."""
    data = [
        {"title": f"Title {number}", "paragraphs": [{"context": c, "qas": qas} for c, qas in paragraphs]}
        for number, paragraphs in enumerate(articles, start=1)
    ]
    return json.dumps({"version": "v2.0", "data": data})


def asked(name: str, text: str, start: int) -> Entry:
    return {"id": name, "question": f"{name}?", "answers": [{"text": text, "answer_start": start}]}


IMPOSSIBLE = {"id": "no", "question": "no?", "answers": [], "is_impossible": True, "plausible_answers": []}


def test_squad_paragraphs_become_one_article_and_answers_move_along(tmp_path: Path) -> None:
    file = tmp_path / "dev-v1.1.json"
    file.write_text(squad([("It rains.", [asked("a", "rains", 3)]), ("It snows.", [asked("b", "snows", 3)])]))
    known = load(file)
    assert known.articles == (Article("dev-v1.1-1", "Title 1", "It rains.\n\nIt snows."),)
    assert [q.answers for q in known.questions] == [(Span(3, 8),), (Span(14, 19),)]
    assert known == load(tmp_path)


def test_an_impossible_question_of_squad_is_absent_only_where_its_paragraph_is_the_whole_article(
    tmp_path: Path,
) -> None:
    file = tmp_path / "dev-v2.0.json"
    file.write_text(
        squad(
            [("It rains.", [asked("a", "rains", 3), IMPOSSIBLE | {"id": "elsewhere"}]), ("It snows.", [])],
            [("It hails.", [IMPOSSIBLE | {"id": "nowhere"}])],
        )
    )
    known = load(file)
    assert [(q.id, q.absent) for q in known.questions] == [("a", False), ("nowhere", True)]
    assert known.left_out == 1


def test_each_squad_file_is_a_split(tmp_path: Path) -> None:
    for name in ("rain", "snow"):
        (tmp_path / f"{name}.json").write_text(squad([(f"It is {name}.", [asked(name, name, 6)])]))
    known = load(tmp_path, split="rain", absent_split="snow")
    assert ids(known) == (["rain-1"], ["rain", "snow"])
    assert [q.absent for q in known.questions] == [False, True]


# What cannot be read


def refused(path: Path, **choices: Any) -> str:  # noqa: ANN401 - load's
    with pytest.raises(SourceError) as error:
        load(path, **choices)
    assert str(error.value).endswith(".")
    return str(error.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none").startswith(f"There is no folder {tmp_path / 'none'};")
    assert refused(tmp_path).startswith(f"{tmp_path} holds neither articles.jsonl and questions.jsonl")
    (tmp_path / "articles.jsonl").write_text("")
    assert refused(tmp_path).startswith(f"{tmp_path / 'questions.jsonl'} cannot be read (No such file or directory);")


@pytest.mark.parametrize("name", ["articles.jsonl", "questions.jsonl"])
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"id": ', "is not JSON (Expecting value); mend it."),
        (b"[" * 100_000, "is not JSON ("),
        (b'["id"]', "is not a JSON object; mend it."),
        (b'{"id": 3, "article_id": 3}', "id' that is a text; mend it."),
        (b'{"id": "\xff"}', "is not UTF-8; save the file as UTF-8."),
    ],
)
def test_a_line_that_is_not_as_it_should_be_is_named(tmp_path: Path, name: str, line: bytes, fault: str) -> None:
    path = write(tmp_path) / name
    before = path.read_bytes()
    path.write_bytes(before + b"\n" + line + b"\n" + before)
    message = refused(tmp_path)
    assert message.startswith(f"{path}, line {len(before.splitlines()) + 2} ")
    assert fault in message


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"answers": [{"text": "nine", "start": 18}]},
         ", answers 1 says 'nine' where the article says ' nin'; mend 'start'."),
        ({"answers": [{"text": "nine", "start": -27}]},
         ", answers 1 says 'nine' where the article says ''; mend 'start'."),
        ({"answers": [{"text": "", "start": 3}]}, ", answers 1 says '' where the article says ''; mend 'start'."),
        ({"answers": [{"text": "nine"}]}, ", answers 1 has no 'start' that is a whole number; mend it."),
        ({"answers": ["nine"]}, ", answers 1 is not a JSON object; mend it."),
        ({"answers": "nine"}, " has no 'answers' that is a list; mend it."),
        ({"answers": []}, " has no answer; give one, or mark the question as one without."),
        ({"article_id": "boat"}, " asks about the article 'boat', which is not in articles.jsonl; add it there."),
        ({"specific": "yes"}, " has no 'specific' that is true or false; mend it."),
        ({"scope": [1]}, " has no 'scope' that is two whole numbers; mend it."),
    ],
)  # fmt: skip
def test_a_question_that_does_not_fit_its_article_is_named(tmp_path: Path, changes: Entry, fault: str) -> None:
    write(tmp_path, questions=[BUILT, NINE | changes])
    assert refused(tmp_path) == f"{tmp_path / 'questions.jsonl'}, line 2{fault}"


def test_two_questions_of_one_id_are_named(tmp_path: Path) -> None:
    write(tmp_path, questions=[NINE, BUILT, NINE])
    assert refused(tmp_path).startswith(
        f"{tmp_path / 'questions.jsonl'}, line 3 has the id 'q1', as a question before it"
    )


def test_two_articles_of_one_id_are_named(tmp_path: Path) -> None:
    write(tmp_path, [FERRY, MILL, FERRY])
    assert refused(tmp_path).startswith(
        f"{tmp_path / 'articles.jsonl'}, line 3 has the id 'ferry', as an article before it"
    )


@pytest.mark.parametrize(
    ("choices", "what"),
    [
        ({"split": "test"}, "question with an answer"),
        ({"split": "dev", "absent_split": "test"}, "question of the split 'test'"),
    ],
)
def test_no_questions_left_says_what_there_is(tmp_path: Path, choices: dict[str, str], what: str) -> None:
    assert refused(write(tmp_path), **choices) == (
        f"No {what} is left of the 3 in {tmp_path} (2 marked specific; splits: dev, dev-absent); choose others."
    )


def test_a_question_about_an_article_that_stays_out_is_named(tmp_path: Path) -> None:
    write(tmp_path, questions=[NINE, BURNED, BURNED | {"id": "q9", "split": "dev"}])
    assert refused(tmp_path, split="dev", absent_split="dev-absent").startswith(
        f"{tmp_path / 'questions.jsonl'}, line 3 asks about the article 'mill', which stays out of the library"
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"data":\n [}', ", line 2 is not JSON (Expecting value); mend it."),
        ("[]", " is not a JSON object; mend it."),
        ("{}", " has no 'data' that is a list; mend it."),
        (squad([("It rains.", [])], [("It rains.", [asked("a", "rains", 3), asked("b", "rains", 4)])]),
         ", data 2, paragraphs 1, qas 2, answers 1 says 'rains' where the article says 'ains.'; mend 'answer_start'."),
    ],
)  # fmt: skip
def test_what_is_wrong_in_squad_is_named_with_its_place(tmp_path: Path, content: str, fault: str) -> None:
    file = tmp_path / "dev.json"
    file.write_text(content)
    assert refused(file) == f"{file}{fault}"
