"""What the adapter is trained on: texts in parts, what answers in them, and batches of texts that are near."""

import logging
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from index.encoding.adapter import Adapter
from index.encoding.loading import bundled_model_folder
from index.passages import PASSAGE_TOKENS
from index.text import split_sentences
from index.train.data import AskedQuestion, SourceText, TermWeights
from index.train.encoder import Part, Recipe, Text, Trainer, batches, encode_texts, gold, loss_of, measure, train
from index.types import Span


def source(text: str, **asked: str) -> SourceText:
    """A text, and questions about it by what answers them."""
    questions = (
        AskedQuestion(question, (Span(text.index(answer), text.index(answer) + len(answer)),))
        for answer, question in asked.items()
    )
    return SourceText("town", "town/1", text, split_sentences(text), tuple(questions))


GATES = " ".join(f"Gate {number} was opened by the mayor at noon and shut by her deputy." for number in range(30))
STORY = "The bridge over the harbour opened on Tuesday. It took four years, because the ground was soft. It is blue."


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(str(bundled_model_folder()), Recipe(texts=2))


def test_a_long_text_is_read_in_parts_of_whole_sentences(trainer: Trainer) -> None:
    text = trainer.text(source(GATES))
    assert text.sentences == 30
    assert len(text.parts) > 2
    assert all(len(part.ids) <= PASSAGE_TOKENS + 2 for part in text.parts)
    assert [number for part in text.parts for number in dict.fromkeys(part.sentence_of)] == [*range(30)]
    for part in text.parts:
        assert len(part.ids) - 2 == len(part.offsets) == len(part.sentence_of)
        words = [GATES[start:end] for start, end in part.offsets]
        assert words[:2] == ["Gate", str(part.sentence_of[0])]
        assert words[-1] == "."


def test_of_a_sentence_that_is_too_long_the_rest_is_left_out(trainer: Trainer) -> None:
    (part,) = trainer.text(source("very " * 400 + "long.")).parts
    assert len(part.ids) == trainer.longest
    assert len(part.offsets) == trainer.longest - 2


def test_what_answers_is_found_in_its_part_of_its_own_text(trainer: Trainer) -> None:
    asked = source(GATES, **{"Gate 25": "Which gate?"}).questions[0]
    texts = [trainer.text(source(STORY)), trainer.text(source(GATES))]
    sentences, tokens = gold(texts, [(1, asked)])
    assert sentences[0].nonzero().flatten().tolist() == [3 + 25]
    assert int(tokens.sum()) == 2
    assert len(tokens[0]) == sum(len(part.offsets) for text in texts for part in text.parts)


def test_sentences_are_encoded_in_their_order_each_with_its_part_and_its_text(trainer: Trainer) -> None:
    texts = [trainer.text(source(STORY)), trainer.text(source(GATES))]
    with torch.inference_mode():
        encoded = encode_texts(trainer, texts)
        alone = encode_texts(trainer, texts[1:])
    assert encoded.text_of.tolist() == [0] * 3 + [1] * 30
    assert encoded.part_of.tolist() == sorted(encoded.part_of.tolist())
    assert len(encoded.parts) == 1 + len(texts[1].parts)
    assert torch.allclose(encoded.sentences[3:], alone.sentences, atol=2e-2)
    assert torch.allclose(encoded.vectors.norm(dim=1), torch.ones(2))


def test_a_question_costs_less_the_better_its_sentence_stands_out(trainer: Trainer) -> None:
    """The model as published knows already that one of these asks about the bridge, and that the other does not."""
    weigh = TermWeights([source(STORY), source(GATES)], background=10)
    texts = [trainer.text(source(STORY)), trainer.text(source(GATES))]
    bridge = source(STORY, Tuesday="When did the bridge over the harbour open?").questions[0]
    colour = source(STORY, blue="When did the bridge over the harbour open?").questions[0]
    with torch.inference_mode():
        right, wrong = (float(loss_of(trainer, texts, [(0, asked)], weigh)) for asked in (bridge, colour))
    assert 0 < right < wrong < math.inf


def test_held_out_questions_are_asked_of_all_texts(trainer: Trainer) -> None:
    held = [source(STORY, Tuesday="When did the bridge over the harbour open?"), source(GATES)]
    assert measure(trainer, held) == "town 1.000"


def test_each_text_is_in_one_batch_with_those_that_are_near_to_it() -> None:
    texts = [Text((Part([], [], []),), source(STORY)) for _ in range(8)]
    near = np.array([[number, number ^ 1] for number in range(8)])
    found = [*batches(texts, near, Recipe(texts=2), np.random.default_rng(0))]
    assert sorted(map(sorted, found)) == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_training_lowers_the_loss_and_writes_what_it_learned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "index.train.encoder")
    trainer = Trainer(str(bundled_model_folder()), Recipe(rank=4, steps=12, texts=2, adapter_rate=2e-3))
    sources = [
        source(STORY, Tuesday="What day did people first cross the water?", soft="What slowed the builders down?"),
        source(GATES, **{"Gate 7": "Which gate comes seventh?"}),
    ]
    sources += [replace(one, corpus="everyday") for one in sources]
    weigh = TermWeights(sources, background=10)
    texts = [trainer.text(one) for one in sources[:2]]
    pairs = [(number, asked) for number, text in enumerate(texts) for asked in text.source.questions]
    with torch.inference_mode():
        before = float(loss_of(trainer, texts, pairs, weigh))
    train(trainer, sources, sources[:1], str(tmp_path / "fresh.npz"))
    with torch.inference_mode():
        after = float(loss_of(trainer, texts, pairs, weigh))
    assert after < 0.8 * before
    assert "step 12: town 1.000" in caplog.text
    arrays = Adapter(dict(np.load(tmp_path / "fresh.npz"))).arrays
    layer = "encoder.layer.0.attention.self.query"
    assert arrays[f"{layer}.down"].shape == arrays[f"{layer}.up"].T.shape == (4, 384)
    assert np.abs(arrays[f"{layer}.up"]).max() > 0
