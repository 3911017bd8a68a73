"""What a reader learns: which sentence of the windows that it reads answers, and that none does."""

import logging
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from index.encoding.loading import bundled_model_folder
from index.known import READERS
from index.train.reader import OF_STORIES, Trainer, logsumexp_by, loss_of, train
from index.train.reading import Reading, TokenizedText, all_windows
from tests.index.train.sources import NEVER, source_of

STORY = "The bridge over the harbour opened on Tuesday. It took four years, because the ground was soft. It is blue."
FERRY = "The ferry to Pell leaves at noon. Otto Brandt steers it. It carries lorries, and sheep in the spring."

SOURCES = [
    source_of(STORY, ("What day did people first cross?", "Tuesday"), ("Why did it take so long?", "soft")),
    source_of(FERRY, ("Who is at the wheel?", "Otto Brandt"), ("Which animals go along?", "sheep")),
    source_of(FERRY, ("What does a ticket cost?", ""), ("Who owns it?", "")),
]


def readings(trainer: Trainer) -> list[Reading]:
    texts = [TokenizedText.of(one, trainer.tokenizer) for one in SOURCES]
    return [
        Reading(trainer.question(question.text), tuple(all_windows(text, question.answers)))
        for text in texts
        for question in text.source.questions
    ]


def loss(trainer: Trainer, some: list[Reading]) -> float:
    with torch.inference_mode():
        return float(loss_of(trainer, some))


@pytest.fixture(scope="module")
def shipped() -> Trainer:
    """The first of the readers that ship."""
    trainer = Trainer(str(bundled_model_folder()), replace(OF_STORIES, lowest=0))
    trainer.load(READERS[0].file)
    return trainer


def test_every_sentence_that_was_read_gets_one_score(shipped: Trainer) -> None:
    some = readings(shipped)
    with torch.inference_mode():
        together = shipped.scores(some)
        alone = [shipped.scores([reading]).sentences for reading in some]
    assert together.question_of.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3 + [5] * 3
    assert set(together.sentence_of.tolist()) == set(range(18))
    assert torch.allclose(together.sentences, torch.cat(alone), atol=0.1), "a batch is padded, which changes nothing"


def test_the_reader_that_ships_finds_what_answers(shipped: Trainer) -> None:
    with torch.inference_mode():
        scores = shipped.scores(readings(shipped)).sentences.view(6, 3)
    assert scores[:3].argmax(1).tolist() == [0, 1, 1]


def test_a_question_costs_less_the_better_its_sentence_stands_out(shipped: Trainer) -> None:
    right, wrong = (
        source_of(STORY, ("When did the bridge over the harbour open?", said)) for said in ("Tuesday", "It is blue")
    )
    of_each = []
    for one in (right, wrong):
        windows = all_windows(TokenizedText.of(one, shipped.tokenizer), one.questions[0].answers)
        of_each.append(loss(shipped, [Reading(shipped.question(one.questions[0].text), tuple(windows))]))
    assert 0 < of_each[0] < 0.5 < of_each[1] < math.inf


def test_of_a_group_without_values_the_sum_counts_for_nothing() -> None:
    found = logsumexp_by(torch.tensor([0.0, 0.0, 3.0]), torch.tensor([0, 0, 2]), 3)
    assert found[[0, 2]].tolist() == pytest.approx([math.log(2), 3.0])
    assert found[1] < -9_000


def test_training_lowers_the_loss_and_writes_what_ships_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "index.train.reader")
    recipe = replace(
        OF_STORIES, rank=4, epochs=60, low_rank_rate=3e-3, head_rate=5e-3, chances=NEVER, shares={}, tokens=200
    )
    trainer = Trainer(str(bundled_model_folder()), recipe)
    before = loss(trainer, readings(trainer))
    train(trainer, SOURCES, SOURCES[:2], tmp_path / "fresh.npz")
    after = loss(trainer, readings(trainer))
    assert after < 0.6 * before
    assert "held out: c 1.000" in caplog.text
    written, ships = set(np.load(tmp_path / "fresh.npz").files), set(np.load(READERS[0].file).files)
    lowest = tuple(f"encoder.layer.{number}." for number in range(recipe.lowest))
    assert written == {name for name in ships if not name.startswith(lowest)}, "the lowest get no updates"
    again = Trainer(str(bundled_model_folder()), recipe)
    again.load(tmp_path / "fresh.npz")
    assert loss(again, readings(again)) == pytest.approx(after, abs=0.05)
