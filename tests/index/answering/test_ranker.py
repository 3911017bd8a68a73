"""The learned ranker: how it orders, what it makes of the order, and that it is what was fitted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import ModelError
from index.answering.features import ENGLISH_FEATURES, FEATURES, features
from index.answering.question import Question
from index.answering.ranker import Ranker, rerank, signs_of_an_answer
from index.answering.rarity import Rarity
from index.answering.search import RankedSentence, find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.storage.seam import Snapshot
from index.storage.types import Scope
from index.train.ranker import save
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, library_of


def ranker_of(**weights: float) -> Ranker:
    """One network without a hidden layer: the weights of those features, given with _ for a space."""
    column = np.zeros((1, len(FEATURES), 1), dtype=np.float32)
    for name, weight in weights.items():
        column[0, FEATURES.index(name if name in FEATURES else name.replace("_", " "))] = weight
    zeros, ones = np.zeros(len(FEATURES), dtype=np.float32), np.ones(len(FEATURES), dtype=np.float32)
    signs = np.zeros(len(signs_of_an_answer(np.zeros((1, len(FEATURES)), dtype=np.float32), np.zeros(1))))
    layers = ((column, np.zeros((1, 1), dtype=np.float32)),)
    return Ranker(
        "words 1", zeros, ones, layers, signs.astype(np.float32), np.array([[0, 1], [0.2, 0.8]], dtype=np.float32)
    )


def searched(snapshot: Snapshot, text: str) -> tuple[list[RankedSentence], Question, Rarity]:
    question = Question.of(text, WordEncoder().encode_question(text))
    rarity = Rarity([snapshot], question.terms, Tuning())
    candidates = find_passages([snapshot], question, rarity, Scope(), Tuning())
    return rank_sentences(candidates, question, rarity, Tuning()), question, rarity


def test_sentences_are_ordered_by_the_ranker_s_scores() -> None:
    with library_of(*ARTICLES) as library, library._storage.reading() as snapshot:
        ranked, question, rarity = searched(snapshot, "Who carries the lorries on his ferry?")
        found = rerank(ranked, question, rarity, ranker_of(words=-1.0)).sentences  # shorter ones first
        assert len(found) == len(ranked)
        rows = features(ranked, question, rarity)
        shortest = ranked[int(rows[:, FEATURES.index("words")].argmin())]
        assert (found[0].article_id, found[0].number) == (shortest.article_id, shortest.number)
        scores = [s.score for s in found]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] == pytest.approx(-rows[:, FEATURES.index("words")].min())


def test_what_lies_beyond_the_depth_follows_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.answering.ranker.DEPTH", 3)
    with library_of(*ARTICLES) as library, library._storage.reading() as snapshot:
        ranked, question, rarity = searched(snapshot, "Who carries the lorries on his ferry?")
        found = rerank(ranked, question, rarity, ranker_of(score=-1.0)).sentences  # the first three the other way round
        assert [s.number for s in found[:3]] == [s.number for s in ranked[2::-1]]
        assert [(s.article_id, s.number) for s in found[3:]] == [(s.article_id, s.number) for s in ranked[3:]]
        scores = [s.score for s in found]
        assert scores == pytest.approx(sorted(scores, reverse=True), abs=1e-9)


def test_without_a_sentence_nothing_is_sure() -> None:
    found = rerank(
        [], Question.of("Why?", WordEncoder().encode_question("Why?")), Rarity([], [], Tuning()), ranker_of()
    )
    assert (found.sentences, found.confidence) == ((), 0.0)


def test_the_further_the_first_is_ahead_the_more_of_the_whole_it_has() -> None:
    rows = np.zeros((3, len(ENGLISH_FEATURES)), dtype=np.float32)
    close = signs_of_an_answer(rows, np.array([1.0, 0.9, 0.8], dtype=np.float32))
    far = signs_of_an_answer(rows, np.array([1.0, -2.0, -3.0], dtype=np.float32))
    assert close[-2:] == pytest.approx([1, -np.log(1 + np.exp(-0.1) + np.exp(-0.2))], abs=1e-5)
    assert far[-1] > close[-1]
    alone = signs_of_an_answer(rows[:1], np.array([1.0], dtype=np.float32))
    assert alone[-2:].tolist() == [1, 0]


def test_the_confidence_is_how_often_that_much_was_right() -> None:
    rows = np.zeros((2, len(FEATURES)), dtype=np.float32)
    rows[0, FEATURES.index("maxsim")] = 0.5
    signs = np.zeros_like(ranker_of().signs)
    signs[int(np.flatnonzero(signs_of_an_answer(rows, np.zeros(2)) == 0.5)[0])] = 1.0
    ranker = replace(ranker_of(), signs=signs)
    assert ranker.confidence(rows, np.zeros(2, dtype=np.float32)) == pytest.approx(0.5)
    rows[0] *= 3
    assert ranker.confidence(rows, np.zeros(2, dtype=np.float32)) == pytest.approx(0.8)


def test_a_ranker_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = ranker_of(maxsim=2.0, coverage=1.0)
    save(written, tmp_path / "ranker.npz")
    read = Ranker.load(tmp_path / "ranker.npz")
    rows = np.random.default_rng(0).standard_normal((5, len(FEATURES))).astype(np.float32)
    assert read.fingerprint == "words 1"
    assert read.scores(rows).tolist() == written.scores(rows).tolist()


def test_a_ranker_of_other_features_is_refused(tmp_path: Path) -> None:
    save(ranker_of(), tmp_path / "ranker.npz")
    with pytest.raises(ModelError, match="fitted to other features"):
        Ranker.load(tmp_path / "ranker.npz", ("one more", *FEATURES))


def test_a_ranker_of_english_alone_passes_over_what_is_told_of_languages(tmp_path: Path) -> None:
    whole = ranker_of(maxsim=2.0, in_another_language=-1.0)
    known, signs = len(ENGLISH_FEATURES), len(whole.signs) - len(FEATURES) + len(ENGLISH_FEATURES)
    english = replace(
        whole, mean=whole.mean[:known], scale=whole.scale[:known], signs=np.ones(signs, dtype=np.float32),
        layers=((whole.layers[0][0][:, :known], whole.layers[0][1]),),
    )  # fmt: skip
    save(english, tmp_path / "ranker.npz", ENGLISH_FEATURES)
    read = Ranker.load(tmp_path / "ranker.npz")
    rows = np.zeros((2, len(FEATURES)), dtype=np.float32)
    rows[:, FEATURES.index("maxsim")] = 0.1
    foreign = rows.copy()
    foreign[:, len(ENGLISH_FEATURES) :] = 1
    for told in (rows, foreign):
        assert read.scores(told) == pytest.approx([0.2, 0.2])
    assert whole.scores(foreign) == pytest.approx([-0.8, -0.8])
    scores = np.array([0.2, -9.0], dtype=np.float32)
    assert read.confidence(rows, scores) == read.confidence(foreign, scores) == pytest.approx(0.38, abs=0.01)


def test_networks_are_averaged() -> None:
    one, other = ranker_of(maxsim=1.0), ranker_of(maxsim=3.0)
    weights, biases = (np.concatenate(parts) for parts in zip(one.layers[0], other.layers[0], strict=True))
    both = Ranker("", one.mean, one.scale, ((weights, biases),), one.signs, one.calibration)
    rows = np.random.default_rng(0).standard_normal((4, len(FEATURES))).astype(np.float32)
    assert both.scores(rows) == pytest.approx(2 * rows[:, FEATURES.index("maxsim")], abs=1e-5)
