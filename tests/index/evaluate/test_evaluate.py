"""Measuring: what is read, what counts as a hit, and figures worked out by hand."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Library, Progress, Span, evaluate
from index.errors import SourceError
from index.evaluate import (
    CurvePoint,
    Estimate,
    EvaluationSet,
    KnownQuestion,
    Nearest,
    QuestionResult,
    Tenth,
    auroc,
    fill,
    load,
    risk_coverage,
    run,
)
from index.train.encoder import measure
from tests.index.town import ARTICLES, BRIDGE, HARBOUR

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


# Asking


def about(article: Article, answer: str, question: str) -> KnownQuestion:
    start = article.text.index(answer)
    return KnownQuestion("q", question, article.id, (Span(start, start + len(answer)),))


def test_filling_counts_passages_and_names_what_was_refused(library: Library) -> None:
    steps: list[Progress] = []
    indexing = fill(library, [*ARTICLES, Article("blank", "Blank", " ")], steps.append)
    assert (indexing.passages, [refusal.name for refusal in indexing.refused]) == (4, ["blank"])
    assert indexing.passages_per_second == 4 / indexing.seconds
    assert steps[-1] == Progress(4, 4)


def test_a_question_is_a_hit_at_the_rank_of_the_quote_that_overlaps_its_answer(town: Library) -> None:
    question = "Who is the harbour master?"
    second = town.ask(question, limit=10).closest[1]
    steps: list[Progress] = []
    first_hit, second_hit, wrong_article = run(
        town,
        [
            about(HARBOUR, "Lena Moss", question),
            about(second.article, second.text, question),
            about(BRIDGE, "rust", question),
        ],
        steps.append,
    )
    assert (first_hit.rank, first_hit.right, first_hit.right_article) == (1, True, True)
    assert first_hit.nearest == Nearest("harbour", 119, 191, HARBOUR.text[119:191])
    assert (second_hit.rank, second_hit.right) == (2, False)
    assert (wrong_article.right, wrong_article.right_article) == (False, False)
    assert wrong_article.nearest == first_hit.nearest
    assert first_hit.answered and 0 < first_hit.confidence < 1 and first_hit.elapsed_ms > 0
    assert steps == [Progress(1, 3), Progress(2, 3), Progress(3, 3)]


def test_what_only_touches_the_answer_or_stands_there_in_another_article_is_no_hit(town: Library) -> None:
    question = "Who is the harbour master?"  # the quote is [119, 191) of HARBOUR
    spans = {Span(117, 119): False, Span(118, 120): True, Span(190, 192): True, Span(191, 192): False}
    results = run(town, [KnownQuestion("q", question, "harbour", (span,)) for span in spans])
    assert [result.rank == 1 for result in results] == list(spans.values())
    (elsewhere,) = run(town, [KnownQuestion("q", question, "bridge", (Span(119, 191),))])
    assert elsewhere.rank != 1


def test_a_question_that_cannot_be_asked_counts_as_declined(town: Library) -> None:
    (result,) = run(town, [KnownQuestion("q", "?!", "harbour", (Span(0, 5),))])
    assert (result.answered, result.confidence, result.rank, result.nearest) == (False, 0.0, None, None)
    assert not result.right_article


# Counting

QUOTE_HERE, QUOTE_ELSEWHERE = Nearest("here", 0, 4, "Word"), Nearest("elsewhere", 0, 4, "Word")


def result(
    confidence: float, rank: int | None = None, *, absent: bool = False, here: bool = True, elapsed_ms: float = 1.0
) -> QuestionResult:
    """A result that is answered from a confidence of 0.5 on."""
    question = KnownQuestion("q", "Why?", "here", () if absent else (Span(0, 4),))
    nearest = QUOTE_HERE if here and not absent else QUOTE_ELSEWHERE
    return QuestionResult(question, confidence >= 0.5, confidence, rank, nearest, elapsed_ms)


SEVEN = [
    result(0.9, rank=1, elapsed_ms=10),
    result(0.6, rank=2, elapsed_ms=20),
    result(0.5, rank=4, elapsed_ms=30),
    result(0.3, rank=None, here=False, elapsed_ms=40),
    result(0.5, rank=1, elapsed_ms=50),
    result(0.5, absent=True, elapsed_ms=60),
    result(0.1, absent=True, elapsed_ms=90),
]


def test_the_figures_of_seven_results_are_those_worked_out_by_hand() -> None:
    figures = measure(SEVEN)
    expected = {
        "hit_at_1": 2 / 5,
        "hit_at_3": 3 / 5,
        "mrr_at_10": (1 + 1 / 2 + 1 / 4 + 0 + 1) / 5,
        "article_at_1": 4 / 5,
        "auroc": (2 + 2 + 1.5 + 1 + 1.5) / 10,
        "answered": 4 / 5,
        "declined": 1 / 2,
        "answers_right": 2 / 5,
    }
    estimates = {name: getattr(figures, name) for name in expected}
    assert {name: estimate.value for name, estimate in estimates.items()} == pytest.approx(expected)
    assert all(0 <= estimate.low <= estimate.value <= estimate.high <= 1 for estimate in estimates.values())
    assert figures.median_ms == 40
    assert figures.percentile_95_ms == pytest.approx(60 + 0.7 * (90 - 60))  # at 0.95 × 6 = 5.7, between the last two


def test_calibration_counts_each_tenth_that_holds_a_question() -> None:
    assert measure([*SEVEN, result(1.0, rank=2), result(0.0)]).calibration == (
        Tenth(0.0, 1, 0.0, 0.0),
        Tenth(0.1, 1, 0.1, 0.0),
        Tenth(0.3, 1, 0.3, 0.0),
        Tenth(0.5, 3, 0.5, pytest.approx(1 / 3)),
        Tenth(0.6, 1, 0.6, 0.0),
        Tenth(0.9, 2, 0.95, 0.5),
    )


def test_risk_and_coverage_have_a_point_for_each_confidence() -> None:
    assert risk_coverage(SEVEN) == tuple(
        CurvePoint(confidence, pytest.approx(coverage), pytest.approx(risk))
        for confidence, coverage, risk in [
            (0.9, 1 / 7, 0),
            (0.6, 2 / 7, 1 / 2),
            (0.5, 5 / 7, 3 / 5),
            (0.3, 6 / 7, 4 / 6),
            (0.1, 1, 5 / 7),
        ]
    )


def test_a_figure_without_anything_to_count_is_none() -> None:
    known_only = measure([result(0.2, rank=1)])
    assert (known_only.auroc, known_only.declined, known_only.answers_right) == (None, None, None)
    assert known_only.hit_at_1 == Estimate(1.0, 1.0, 1.0)
    absent_only = measure([result(0.2, absent=True)])
    assert (absent_only.hit_at_1, absent_only.mrr_at_10, absent_only.auroc) == (None, None, None)
    assert absent_only.declined == Estimate(1.0, 1.0, 1.0)


def test_the_interval_of_a_share_is_about_two_standard_errors_each_way() -> None:
    results = [result(0.9, rank=1 if number % 4 else None) for number in range(400)]
    estimate = measure(results, seed=3).hit_at_1
    assert estimate is not None
    error = (0.75 * 0.25 / 400) ** 0.5
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
        (0.75, 0.75 - 1.96 * error, 0.75 + 1.96 * error), abs=0.006
    )


def test_the_same_seed_gives_the_same_intervals_and_another_does_not() -> None:
    results = [result(number / 100, rank=number % 3 or None, absent=number % 5 == 0) for number in range(100)]
    assert measure(results, seed=1) == measure(results, seed=1) != measure(results, seed=2)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=9), st.lists(st.integers(0, 4), min_size=1, max_size=9))
def test_auroc_is_the_share_of_pairs_in_order_with_ties_counted_half(high: list[int], low: list[int]) -> None:
    pairs = [1.0 if one > other else 0.5 if one == other else 0.0 for one in high for other in low]
    assert auroc(np.array(high, dtype=float), np.array(low, dtype=float)) == pytest.approx(sum(pairs) / len(pairs))


def test_the_public_name_is_the_module() -> None:
    functions: list[Callable[..., object]] = [evaluate.load, evaluate.fill, evaluate.run, evaluate.measure]
    assert functions == [load, fill, run, measure]
