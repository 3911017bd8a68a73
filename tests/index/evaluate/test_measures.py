"""Figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.evaluate import CurvePoint, Estimate, KnownQuestion, Nearest, QuestionResult, Tenth, measure, risk_coverage
from index.evaluate.measures import auroc
from index.types import Span

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
