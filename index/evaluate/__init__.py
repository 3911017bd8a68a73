"""Measures a library on questions whose answers are known.

`load` reads articles and questions, `fill` puts the articles into a library, `run` asks it every question, and
`measure` and `risk_coverage` turn what came back into figures and a curve. A hit is a quote that overlaps one of the
question's answers, in the article that the question is about. An absent question is one that no article answers.
"""

import json
import reprlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from index.errors import QuestionError, SourceError
from index.library import Library
from index.types import Answer, Article, OnProgress, Progress, Quote, Refusal, Span

RANKS = 10
"""How many of the quotes that came nearest are looked through for the first hit."""

RESAMPLES = 1000
"""How many samples the bootstrap draws."""

ARTICLES, QUESTIONS = "articles.jsonl", "questions.jsonl"
PARAGRAPH_BREAK = "\n\n"

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
    """What answering only from `confidence` on comes to.

    `coverage` is the share of all questions answered, `risk` the share of those answers that are not right.
    """

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

    `split` keeps the questions of that split. The articles of `absent_split` stay out, so that its questions are
    absent. In SQuAD, which knows no splits, each file is one, of the file's name without `.json`. `specific` keeps the
    questions marked so. Of all these, `limit` are drawn with `seed`.

    A question marked unanswerable was checked against its scope alone: in SQuAD its paragraph, else `scope`, or without
    one the whole article. Where that is the whole article, the question counts as absent; otherwise it is left out and
    counted, for the rest of the article may answer it.

    Raises SourceError, naming the file and the place in it that has to be mended.
    """
    articles, marked = _read(path)
    out = {a.article.id for a in articles if a.split == absent_split}
    out |= {m.question.article_id for m in marked if m.split == absent_split}
    kept = [m for m in marked if m.specific or not specific]
    absent = [m for m in kept if m.split == absent_split]
    present = [m for m in kept if (m.split != absent_split if split is None else m.split == split)]
    if stray := next((m for m in present if m.question.article_id in out), None):
        raise SourceError(
            f"{stray.place} asks about the article {stray.question.article_id!r}, which stays out of the library with "
            f"the split {absent_split!r}; choose another split, or mend the file."
        )
    if not any(m.question.answers for m in present):
        raise SourceError(f"No question with an answer is left of {_summary(path, marked)}; choose others.")
    if absent_split is not None and not absent:
        raise SourceError(
            f"No question of the split {absent_split!r} is left of {_summary(path, marked)}; choose others."
        )
    questions = [m.question for m in present if m.decided] + [replace(m.question, answers=()) for m in absent]
    return EvaluationSet(
        tuple(a.article for a in articles if a.article.id not in out),
        tuple(_sample(questions, limit, seed)),
        left_out=sum(not m.decided for m in present),
    )


@dataclass(frozen=True, slots=True)
class _MarkedArticle:
    """An article, and the split that it is marked with, or ""."""

    article: Article
    split: str


@dataclass(frozen=True, slots=True)
class _MarkedQuestion:
    """A question, the marks on it, and where it stands in its file.

    It is not `decided` when a part of its article holds no answer and nobody looked at the rest.
    """

    question: KnownQuestion
    split: str
    specific: bool
    decided: bool
    place: str


Marked = tuple[list[_MarkedArticle], list[_MarkedQuestion]]


def _summary(path: Path, marked: Sequence[_MarkedQuestion]) -> str:
    """What can be chosen from."""
    splits = sorted({m.split for m in marked if m.split})
    return (
        f"the {len(marked):,} in {path} ({sum(m.specific for m in marked):,} marked specific; "
        f"{'splits: ' + ', '.join(splits) if splits else 'no splits'})"
    )


def _sample(questions: Sequence[KnownQuestion], limit: int | None, seed: int) -> Sequence[KnownQuestion]:
    """`limit` of the questions, in their order."""
    if limit is None or limit >= len(questions):
        return questions
    drawn = np.random.default_rng(seed).choice(len(questions), limit, replace=False)
    return [questions[number] for number in sorted(drawn)]


def _read(path: Path) -> Marked:
    if path.is_file() and path.suffix == ".json":
        return _read_squad([path])
    if not path.is_dir():
        raise SourceError(
            f"There is no folder {path}; name one with {ARTICLES} and {QUESTIONS}, or a .json file of SQuAD."
        )
    if (path / ARTICLES).exists() or (path / QUESTIONS).exists():
        return _read_lines(path)
    if files := sorted(path.glob("*.json")):
        return _read_squad(files)
    raise SourceError(f"{path} holds neither {ARTICLES} and {QUESTIONS} nor .json files of SQuAD; name another folder.")


def _read_lines(folder: Path) -> Marked:
    articles: dict[str, _MarkedArticle] = {}
    for record in _lines_of(folder / ARTICLES):
        article = Article(record.get("id", str), record.get("title", str, ""), record.get("text", str))
        if article.id in articles:
            raise record.fault(f"has the id {article.id!r}, as an article before it; give each an id of its own")
        articles[article.id] = _MarkedArticle(article, record.get("split", str, ""))
    questions: dict[str, _MarkedQuestion] = {}
    for record in _lines_of(folder / QUESTIONS):
        article_id = record.get("article_id", str)
        if article_id not in articles:
            raise record.fault(f"asks about the article {article_id!r}, which is not in {ARTICLES}; add it there")
        article = articles[article_id].article
        question = _question(
            record,
            record.get("question", str),
            article,
            _answers(record, article, "start", offset=0),
            answerable=record.get("answerable", bool, True),
            scope=record.span("scope", Span(0, len(article.text))),
            split=record.get("split", str, ""),
            specific=record.get("specific", bool, False),
        )
        if question.question.id in questions:
            raise record.fault(
                f"has the id {question.question.id!r}, as a question before it; give each one of its own"
            )
        questions[question.question.id] = question
    return list(articles.values()), list(questions.values())


def _read_squad(paths: Iterable[Path]) -> Marked:
    """SQuAD (Rajpurkar et al., 2016 and 2018): articles of paragraphs, each with the questions asked about it alone."""
    articles, questions = [], []
    for path in paths:
        for number, entry in enumerate(_parse(_read_text(path), path).records("data"), start=1):
            paragraphs = entry.records("paragraphs")
            contexts = [paragraph.get("context", str) for paragraph in paragraphs]
            article = Article(f"{path.stem}-{number}", entry.get("title", str, ""), PARAGRAPH_BREAK.join(contexts))
            articles.append(_MarkedArticle(article, path.stem))
            start = 0
            for paragraph, context in zip(paragraphs, contexts, strict=True):
                scope = Span(start, start + len(context))
                for record in paragraph.records("qas"):
                    question = _question(
                        record,
                        record.get("question", str),
                        article,
                        _answers(record, article, "answer_start", offset=start),
                        answerable=not record.get("is_impossible", bool, False),
                        scope=scope,
                        split=path.stem,
                        specific=False,
                    )
                    questions.append(question)
                start = scope.end + len(PARAGRAPH_BREAK)
    return articles, questions


def _question(
    record: "_Record",
    text: str,
    article: Article,
    answers: tuple[Span, ...],
    *,
    answerable: bool,
    scope: Span,
    split: str,
    specific: bool,
) -> _MarkedQuestion:
    if answerable and not answers:
        raise record.fault("has no answer; give one, or mark the question as one without")
    whole = not (article.text[: scope.start].strip() or article.text[scope.end :].strip())
    question = KnownQuestion(record.get("id", str), text, article.id, answers if answerable else ())
    return _MarkedQuestion(question, split, specific, decided=answerable or whole, place=record.place)


def _answers(record: "_Record", article: Article, name: str, offset: int) -> tuple[Span, ...]:
    """The spans of the record's answers; each starts `offset` characters after the number under `name`."""
    spans = []
    for answer in record.records("answers"):
        text, start = answer.get("text", str), offset + answer.get(name, int)
        span = Span(start, start + len(text))
        found = article.text[max(span.start, 0) : max(span.end, 0)]
        if not text or found != text:
            raise answer.fault(f"says {reprlib.repr(text)} where the article says {reprlib.repr(found)}; mend {name!r}")
        spans.append(span)
    return tuple(dict.fromkeys(spans))


@dataclass(frozen=True, slots=True)
class _Record:
    """A JSON object and where it stands, so that whatever is wrong in it can be found and mended."""

    values: dict[str, Any]
    place: str

    def get(self, name: str, kind: type[T], default: T | None = None) -> T:
        """The value under `name`, or `default` where there is none. Raises SourceError for another kind of value."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, kind):
            raise self.fault(f"has no {name!r} that is {_KINDS[kind]}; mend it")
        return value

    def records(self, name: str) -> list["_Record"]:
        """The JSON objects in the list under `name`."""
        values: list[Any] = self.get(name, list)
        return [_record(value, f"{self.place}, {name} {number}") for number, value in enumerate(values, start=1)]

    def span(self, name: str, default: Span) -> Span:
        """The two numbers under `name`."""
        match self.get(name, list, [default.start, default.end]):
            case [int(start), int(end)]:
                return Span(start, end)
        raise self.fault(f"has no {name!r} that is two whole numbers; mend it")

    def fault(self, what: str) -> SourceError:
        """What to raise for something wrong in it."""
        return SourceError(f"{self.place} {what}.")


_KINDS = {str: "a text", bool: "true or false", int: "a whole number", list: "a list"}


def _record(value: object, place: str) -> _Record:
    if not isinstance(value, dict):
        raise SourceError(f"{place} is not a JSON object; mend it.")
    return _Record(value, place)


def _lines_of(path: Path) -> Iterator[_Record]:
    """The JSON objects of a file, one a line; blank lines count for nothing."""
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if line.strip():
            yield _parse(line, path, number)


def _parse(text: str, path: Path, line: int | None = None) -> _Record:
    """The JSON object that is a whole file, or that one line of it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        number = line or getattr(error, "lineno", 1)
        raise SourceError(f"{path}, line {number} is not JSON ({getattr(error, 'msg', error)}); mend it.") from error
    return _record(value, f"{path}, line {line}" if line else str(path))


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); name a folder that holds it.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{path}, line {number} is not UTF-8; save the file as UTF-8.") from error


# Asking


def fill(library: Library, articles: Iterable[Article], on_progress: OnProgress | None = None) -> Indexing:
    """Put the articles into `library`, the model loaded before the clock starts. Raises LibraryError or ModelError."""
    library.warm()
    start = time.perf_counter()
    report = library.update(articles, on_progress=on_progress)
    return Indexing(report.passages_embedded, time.perf_counter() - start, report.refused)


def run(
    library: Library, questions: Sequence[KnownQuestion], on_progress: OnProgress | None = None
) -> tuple[QuestionResult, ...]:
    """Ask `library` each question in turn. One that cannot be asked counts as declined."""
    results = []
    for done, question in enumerate(questions, start=1):
        results.append(_ask(library, question))
        if on_progress:
            on_progress(Progress(done, len(questions)))
    return tuple(results)


def _ask(library: Library, question: KnownQuestion) -> QuestionResult:
    start = time.perf_counter()
    try:
        answer = library.ask(question.text, limit=RANKS)
    except QuestionError:
        answer = Answer(question.text, answered=False, confidence=0.0)
    elapsed_ms = (time.perf_counter() - start) * 1000
    quotes = answer.closest[:RANKS]
    rank = next((rank for rank, quote in enumerate(quotes, start=1) if _is_hit(quote, question)), None)
    nearest = next((Nearest(q.article.id, q.start, q.end, q.text) for q in quotes), None)
    return QuestionResult(question, answer.answered, answer.confidence, rank, nearest, elapsed_ms)


def _is_hit(quote: Quote, question: KnownQuestion) -> bool:
    return quote.article.id == question.article_id and any(
        quote.start < answer.end and answer.start < quote.end for answer in question.answers
    )


# Counting


def measure(results: Sequence[QuestionResult], seed: int = 0) -> Figures:
    """The figures of at least one result, with intervals by the percentile bootstrap (Efron and Tibshirani, 1993).

    Questions with an answer and absent ones are drawn apart, as many of each as there are, RESAMPLES times.
    """
    columns = _Columns.of(results)
    values = _values(columns)
    generator = np.random.default_rng(seed)
    samples = [_values(columns.take(rows)) for rows in _resamples(columns.absent, generator)]
    estimates = {name: _estimate(value, [sample[name] for sample in samples]) for name, value in values.items()}
    elapsed_ms = [result.elapsed_ms for result in results]
    return Figures(
        **estimates,
        median_ms=float(np.median(elapsed_ms)),
        percentile_95_ms=float(np.percentile(elapsed_ms, 95)),
        calibration=_calibration(columns),
    )


def auroc(positives: Floats, negatives: Floats) -> float:
    """The area under the ROC curve of scores (n,) that should be high against scores (m,) that should be low.

    It is the share of the n × m pairs in which the positive scores higher, ties counting half: the Mann-Whitney U over
    n × m (Hanley and McNeil, 1982). NaN where there are no pairs.
    """
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    pairs = len(positives) * len(negatives)
    return float((below + not_above).sum() / (2 * pairs)) if pairs else float("nan")


def risk_coverage(results: Sequence[QuestionResult]) -> tuple[CurvePoint, ...]:
    """The risk-coverage curve (El-Yaniv and Wiener, 2010) over all questions, absent ones too.

    A point for each confidence there is, the highest first.
    """
    columns = _Columns.of(results)
    order = np.argsort(-columns.confidence, kind="stable")
    confidence, wrong = columns.confidence[order], np.cumsum(~columns.right[order])
    last_of_ties = np.flatnonzero(np.append(confidence[1:] != confidence[:-1], True))
    return tuple(
        CurvePoint(float(confidence[row]), float((row + 1) / len(order)), float(wrong[row] / (row + 1)))
        for row in last_of_ties
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """Results as arrays with an entry a question, so that a thousand samples of them take a second or two."""

    absent: Bools
    rank: Floats  # infinite where there was no hit
    right_article: Bools
    answered: Bools
    confidence: Floats

    @classmethod
    def of(cls, results: Sequence[QuestionResult]) -> Self:
        return cls(
            absent=np.array([r.question.absent for r in results], dtype=np.bool_),
            rank=np.array([r.rank or np.inf for r in results], dtype=np.float64),
            right_article=np.array([r.right_article for r in results], dtype=np.bool_),
            answered=np.array([r.answered for r in results], dtype=np.bool_),
            confidence=np.array([r.confidence for r in results], dtype=np.float64),
        )

    @property
    def right(self) -> Bools:
        return np.equal(self.rank, 1)

    def take(self, rows: Rows | Bools) -> "_Columns":
        return _Columns(
            self.absent[rows], self.rank[rows], self.right_article[rows], self.answered[rows], self.confidence[rows]
        )


def _values(columns: _Columns) -> dict[str, float]:
    """Each estimate of `Figures` by its name; NaN where there is nothing to count."""
    known, absent = columns.take(~columns.absent), columns.take(columns.absent)
    return {
        "hit_at_1": _mean(known.rank <= 1),
        "hit_at_3": _mean(known.rank <= 3),
        "mrr_at_10": _mean(1 / known.rank),
        "article_at_1": _mean(known.right_article),
        "auroc": auroc(known.confidence, absent.confidence),
        "answered": _mean(known.answered),
        "declined": _mean(~absent.answered),
        "answers_right": _mean(columns.right[columns.answered]),
    }


def _mean(values: Floats | Bools) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _resamples(absent: Bools, generator: np.random.Generator) -> Iterator[Rows]:
    """RESAMPLES times row numbers drawn with replacement, those of absent questions and the others apart."""
    groups = [rows for rows in (np.flatnonzero(~absent), np.flatnonzero(absent)) if len(rows)]
    for _ in range(RESAMPLES):
        yield np.concatenate([generator.choice(rows, len(rows)) for rows in groups])


def _estimate(value: float, samples: Sequence[float]) -> Estimate | None:
    if np.isnan(value):
        return None
    low, high = np.nanpercentile(samples, (2.5, 97.5))
    return Estimate(value, float(low), float(high))


def _calibration(columns: _Columns) -> tuple[Tenth, ...]:
    tenth = np.minimum((columns.confidence * 10).astype(np.int64), 9)
    return tuple(
        Tenth(number / 10, int(inside.sum()), _mean(columns.confidence[inside]), _mean(columns.right[inside]))
        for number, inside in ((number, tenth == number) for number in range(10))
        if inside.any()
    )
