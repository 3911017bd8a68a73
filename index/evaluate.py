"""Measures a library on questions whose answers are known.

`load` reads articles and questions, `fill` puts the articles into a library, `run` asks it every question, and
`measure` and `risk_coverage` turn what came back into figures and a curve. A hit is a quote that overlaps one of the
question's answers, in the article that the question is about. An absent question is one that no article answers.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from index.errors import QuestionError, SourceError
from index.library import Library
from index.types import Answer, Article, Progress, Quote, Refusal, Span

RANKS = 10
"""How many of the quotes that came nearest are looked through for the first hit."""

RESAMPLES = 1000
"""How many samples the bootstrap draws."""

ARTICLES, QUESTIONS = "articles.jsonl", "questions.jsonl"
BETWEEN_PARAGRAPHS = "\n\n"

OnProgress = Callable[[Progress], None]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
T = TypeVar("T")


# What is asked


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question about an article, and the spans of its text that answer it: none for an absent question."""

    id: str
    text: str
    article_id: str
    answers: tuple[Span, ...] = ()

    @property
    def absent(self) -> bool:
        """Whether no article of the library answers it."""
        return not self.answers


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """The articles of a library and what it is asked.

    `left_out` counts the questions that have no answer in a part of their article, where nobody looked at the rest.
    """

    articles: tuple[Article, ...]
    questions: tuple[KnownQuestion, ...]
    left_out: int = 0


# What came back


@dataclass(frozen=True, slots=True)
class Indexing:
    """How many passages were embedded in how many seconds, loading the model apart; and what was refused."""

    passages: int
    seconds: float
    refused: tuple[Refusal, ...] = ()

    @property
    def passages_per_second(self) -> float:
        """The rate of embedding and storing."""
        return self.passages / self.seconds


@dataclass(frozen=True, slots=True)
class Nearest:
    """The sentence that came nearest: the characters `[start, end)` of an article, and what they say."""

    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What one question came to. `rank` counts the first hit from 1 among the nearest RANKS quotes; None: no hit."""

    question: KnownQuestion
    answered: bool
    confidence: float
    rank: int | None
    nearest: Nearest | None
    elapsed_ms: float

    @property
    def right(self) -> bool:
        """Whether the first quote is a hit. For an absent question none is."""
        return self.rank == 1

    @property
    def right_article(self) -> bool:
        """Whether the first quote is from the article that the question is about."""
        return self.nearest is not None and self.nearest.article_id == self.question.article_id


# What it says


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval: the 2.5th and the 97.5th percentile over bootstrap samples."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tenth:
    """The questions, absent ones too, whose confidence is in `[low, low + 0.1)`; the last tenth includes 1."""

    low: float
    count: int
    mean_confidence: float
    share_right: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How good the answers are. A figure that there was nothing to count for is None.

    Over the questions with an answer: the share with a hit first (`hit_at_1`) or among the first three (`hit_at_3`);
    the mean of one over the first hit's rank, 0 beyond RANKS (`mrr_at_10`); the share whose first quote is from the
    right article (`article_at_1`). `auroc` is of the confidence on these against that on the absent ones. At the
    library's threshold: the shares of questions with an answer that were answered (`answered`), of absent ones that
    were declined (`declined`), and of all the answers given, to absent ones too, whose first quote is a hit
    (`answers_right`). Latencies are milliseconds a question. `calibration` holds the tenths with a question in them.
    """

    hit_at_1: Estimate | None
    hit_at_3: Estimate | None
    mrr_at_10: Estimate | None
    article_at_1: Estimate | None
    auroc: Estimate | None
    answered: Estimate | None
    declined: Estimate | None
    answers_right: Estimate | None
    median_ms: float
    percentile_95_ms: float
    calibration: tuple[Tenth, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What answering only from `confidence` on comes to: the share of all questions answered (`coverage`), and the
    share of those answers that are not right (`risk`).
    """  # noqa: D205 - one thought

    confidence: float
    coverage: float
    risk: float


# Reading articles and questions


def load(
    path: Path,
    *,
    split: str | None = None,
    absent_split: str | None = None,
    specific: bool = False,
    limit: int | None = None,
    seed: int = 0,
) -> EvaluationSet:
    """Read articles.jsonl and questions.jsonl of a folder, or SQuAD 1.1 or 2.0: a .json file, or a folder of them.

    `split` keeps the questions of that split, `absent_split` makes those of that split absent by leaving their
    articles out; in SQuAD, a file's name without `.json` is the split of all in it. `specific` keeps the questions
    marked so. Of what remains, `limit` questions are drawn with `seed`.

    A question marked unanswerable was checked against its scope: its paragraph in SQuAD, else `scope`, else the whole
    article. Where that is the whole article, it counts as absent; where not, it is left out and counted, for the rest
    of the article may well answer it. Raises SourceError, naming the file and the place in it that has to be mended.
    """
    articles, marked = _read(path)
    out = set()
    if absent_split is not None:
        out = {a.article.id for a in articles if a.split == absent_split}
        out |= {m.question.article_id for m in marked if m.split == absent_split}
    kept = [m for m in marked if m.specific or not specific]
    absent = [m for m in kept if absent_split is not None and m.split == absent_split]
    present = [m for m in kept if (m.question.article_id not in out if split is None else m.split == split)]
    if strays := [m for m in present if m.question.article_id in out]:
        raise SourceError(
            f"{strays[0].place} asks about {strays[0].question.article_id!r}, an article that stays out of the library "
            f"with the split {absent_split!r}; choose another split, or move the question into that one."
        )
    if not any(m.question.answers for m in present):
        raise SourceError(f"No question with an answer is left of those in {path}: {_contents(marked)}.")
    if absent_split is not None and not absent:
        raise SourceError(f"No question of the split {absent_split!r} is left in {path}: {_contents(marked)}.")
    questions = [m.question for m in present if m.decided] + [replace(m.question, answers=()) for m in absent]
    return EvaluationSet(
        tuple(a.article for a in articles if a.article.id not in out),
        _sample(questions, limit, seed),
        left_out=sum(not m.decided for m in present),
    )


@dataclass(frozen=True, slots=True)
class _MarkedArticle:
    """An article, and the split that its file puts it in."""

    article: Article
    split: str | None


@dataclass(frozen=True, slots=True)
class _MarkedQuestion:
    """A question, how its file marks it, and where it stands there.

    It is not `decided` when it has no answer in a part of its article, and the rest may hold one.
    """

    question: KnownQuestion
    split: str | None
    specific: bool
    decided: bool
    place: str


def _read(path: Path) -> tuple[list[_MarkedArticle], list[_MarkedQuestion]]:
    if path.suffix == ".json" and path.is_file():
        return _read_squad([path])
    if not path.is_dir():
        raise SourceError(f"There is no folder {path}, nor is it a .json file; name a folder with {ARTICLES} in it.")
    if (path / ARTICLES).exists() or (path / QUESTIONS).exists():
        return _read_lines(path)
    if files := sorted(path.glob("*.json")):
        return _read_squad(files)
    raise SourceError(f"{path} holds neither {ARTICLES} and {QUESTIONS} nor SQuAD's .json; name another folder.")


def _read_lines(folder: Path) -> tuple[list[_MarkedArticle], list[_MarkedQuestion]]:
    articles: dict[str, _MarkedArticle] = {}
    for record in _lines_of(folder / ARTICLES):
        article = Article(record.get("id", str), record.get("title", str, ""), record.get("text", str))
        if article.id in articles:
            raise record.fault(f"has the id {article.id!r} once more; give each article an id of its own")
        articles[article.id] = _MarkedArticle(article, record.get("split", str, None))
    questions = []
    for record in _lines_of(folder / QUESTIONS):
        article_id = record.get("article_id", str)
        if article_id not in articles:
            raise record.fault(f"asks about the article {article_id!r}, which is not in {ARTICLES}")
        article = articles[article_id].article
        answers = record.records("answers") if record.get("answerable", bool, True) else []
        questions.append(
            _MarkedQuestion(
                KnownQuestion(
                    record.get("id", str),
                    record.get("question", str),
                    article_id,
                    tuple(dict.fromkeys(_answer(answer, article, "start") for answer in answers)),
                ),
                record.get("split", str, None),
                record.get("specific", bool, False),
                bool(answers) or _is_whole(record.span("scope", article), article),
                record.place,
            )
        )
    return list(articles.values()), questions
