"""Fitting the ranker and the confidence."""

import numpy as np
import pytest

from index.answering.features import FEATURES
from index.train.examples import Example
from index.train.ranker import FOLDS, Firsts, Recipe, calibrate, fit, fit_confidence, folds, weights_by_corpus


def make_examples(count: int, seed: int = 0) -> list[Example]:
    """Questions whose answer is the sentence with the highest MaxSim; every fourth is absent, and its best is low."""
    generator = np.random.default_rng(seed)
    examples = []
    for number in range(count):
        rows = generator.standard_normal((12, len(FEATURES))).astype(np.float32)
        column, absent = FEATURES.index("maxsim"), number % 4 == 3
        gold = np.zeros(12, dtype=bool)
        if absent:
            rows[:, column] -= 4
        else:
            gold[int(rows[:, column].argmax())] = True
        examples.append(Example("news", f"article{number // 5}", absent, rows, gold))
    return examples


def test_a_ranker_learns_what_the_answers_have_in_common() -> None:
    recipe = Recipe(networks=2, hidden=(), epochs=30, rate=0.05)
    train, test = make_examples(400), make_examples(100, seed=1)
    ranker = fit(train, np.ones(400, dtype=np.float32), "words 1", recipe)
    present = [example for example in test if not example.absent]
    hits = [example.gold[ranker.scores(example.features).argmax()] for example in present]
    assert np.mean(hits) > 0.8
    again = fit(train, np.ones(400, dtype=np.float32), "words 1", recipe)
    assert np.array_equal(again.scores(test[0].features), ranker.scores(test[0].features))


def test_questions_about_one_article_are_in_one_fold() -> None:
    examples = make_examples(200)
    chosen = folds(examples)
    assert set(chosen.tolist()) == set(range(FOLDS))
    for article in {example.article_id for example in examples}:
        assert len({fold for fold, e in zip(chosen.tolist(), examples, strict=True) if e.article_id == article}) == 1


def test_each_corpus_counts_its_share_however_large_it_is() -> None:
    examples = make_examples(30)
    examples = [Example("small", e.article_id, *_rest(e)) if n < 5 else e for n, e in enumerate(examples)]
    weights = weights_by_corpus(examples, {"small": 1.0, "news": 3.0})
    assert weights[:5].sum() * 3 == pytest.approx(weights[5:].sum())
    assert weights.mean() == pytest.approx(1)


def _rest(example: Example) -> tuple[bool, np.ndarray, np.ndarray]:
    return example.absent, example.features, example.gold


def test_the_confidence_is_surer_of_what_is_right_and_rises() -> None:
    examples = make_examples(400)
    column = FEATURES.index("maxsim")
    firsts = Firsts.of(examples, [e.features[:, column] for e in examples], np.ones(400, dtype=np.float32))
    assert firsts.right.tolist() == [not e.absent for e in examples]
    signs, calibration = fit_confidence(firsts)
    assert (np.diff(calibration[0]) >= 0).all()
    assert (np.diff(calibration[1]) >= 0).all()
    confidence = np.interp(firsts.signs @ signs, *calibration)
    assert confidence[~firsts.absent].min() > confidence[firsts.absent].max()


def test_calibration_is_the_share_that_was_right_pooled_where_it_falls() -> None:
    totals = np.arange(8, dtype=np.float32)
    right = np.array([0, 1, 0, 0, 1, 0, 1, 1], dtype=bool)
    knots = calibrate(totals, right, np.ones(8, dtype=np.float32), bins=4)
    # Bins of two: 1/2, 0/2, 1/2, 2/2; the first two fall, and are pooled to 1/4.
    assert knots[0].tolist() == pytest.approx([0, 1.5, 4.5, 6.5, 7])
    assert knots[1].tolist() == pytest.approx([1 / 8, 1 / 4, 1 / 2, 1, 1])


def test_calibration_passes_over_what_does_not_count() -> None:
    totals = np.arange(8, dtype=np.float32)
    right = np.array([0, 0, 1, 1, 0, 1, 1, 1], dtype=bool)
    weights = np.array([0, 1, 0, 0, 1, 1, 0, 1], dtype=np.float32)
    knots = calibrate(totals, right, weights, bins=8)
    assert np.isfinite(knots).all()
    assert knots[1].tolist() == pytest.approx([0, 0, 1, 1]), "the first two that count are wrong, the others right"
