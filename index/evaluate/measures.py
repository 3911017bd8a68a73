"""Computes the figures of an evaluation: measures with intervals, calibration, and the risk-coverage curve."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from index.evaluate.asking import QuestionResult

RESAMPLES = 1000
"""How many samples the bootstrap draws."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


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
    """How good the answers are. A figure is None if there was nothing to count for it.

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
    """The result of answering only at this `confidence` and above.

    `coverage` is the share of all questions answered, `risk` the share of those answers that are not right.
    """

    confidence: float
    coverage: float
    risk: float


def measure(results: Sequence[QuestionResult], seed: int = 0) -> Figures:
    """The figures of at least one result, with intervals by the percentile bootstrap (Efron and Tibshirani, 1993).

    Questions with an answer and absent questions are drawn separately, as many of each as there are, RESAMPLES times.
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

    It has one point for each confidence that occurs, the highest first.
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
    """Results as arrays with one entry per question, so that a thousand samples of them take only a second or two."""

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
    """Each estimate of `Figures` by its name; NaN if there is nothing to count."""
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
    """RESAMPLES samples of row numbers, drawn with replacement; absent questions and others are drawn separately."""
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
