"""Trains a reader: a model with low-rank updates, which reads a question and a window of text together.

Its lowest layers may stay as they are, and then need no gradient; what tells the window from the question comes in
above.

Each token of the window gets a score as part of an answer, and each sentence one of its own; a sentence's score is the
log of the sum over its tokens plus its own. The loss is the negative log-likelihood of the sentences that answer, among
all sentences that were read for the question and "none of them", whose score is 0 (after Devlin et al. 2019,
arXiv:1810.04805, section 4.3). So a score says how many nats better than no answer a sentence is.
"""

import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from index.answering.reader import mark_windows
from index.encoding.loading import is_faster_in_bfloat16
from index.encoding.weights import read_arrays
from index.train.data import SourceText
from index.train.encoder import add_low_rank, save
from index.train.nearest import NAMED, nearest
from index.train.reading import (
    Chances,
    Reader,
    Reading,
    Reworder,
    TokenizedText,
    all_windows,
    batches,
    joined,
    nearby_words,
)

logger = logging.getLogger(__name__)

HIDDEN = 96
"""The width of the two heads."""

READING = 0.3
"""What finding the answer's tokens within the sentences that answer counts beside ranking the sentences."""

TOGETHER = {"qamr": 6}
"""Single sentences that are read as one text."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What training turns on."""

    lowest: int
    """The lowest layer that gets updates."""
    epochs: float
    low_rank_rate: float
    head_rate: float
    warm_up: float
    chances: Chances
    times: Mapping[str, float] = field(default_factory=dict)
    """How often a corpus's questions are asked an epoch, where it is not once."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of each corpus's texts, where they are not all read."""
    rank: int = 48
    tokens: int = 4_500
    """In a batch, padding among them."""
    decay: float = 0.01
    seed: int = 0


OF_TEXTS = Recipe(
    lowest=0, epochs=1.5, low_rank_rate=5e-4, head_rate=1e-3, warm_up=0.06,
    chances=Chances(narrow=0.4, others=0.4, absent=0.0, elsewhere=0.6),
    times={"qed": 3.0, "clapnq": 4.0, "selqa": 1.5, "qamr": 0.3},
    shares={"everyday": 0.0},
)  # fmt: skip
"""For questions that were asked with a text in view: all of the open sets."""

OF_STORIES = Recipe(
    lowest=4, epochs=0.7, low_rank_rate=3e-4, head_rate=5e-4, warm_up=0.03, chances=Chances(),
    shares={"squad2-half": 0.48, "squadshifts-amazon": 0.2, "squadshifts-reddit": 0.2, "qamr": 0.04, "selqa": 0.4},
)  # fmt: skip
"""For questions as people ask them who have not read the story: our own, and a part of the open sets. Most of those
are of Wikipedia, or ask with the words of the answer."""

RECIPES = (OF_TEXTS, OF_STORIES)
"""Of the readers that `known.READERS` names."""


class Heads(nn.Module):
    """From the states of tokens and of sentences to scores."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.segment = nn.Parameter(torch.zeros(dimension))
        """Added to what the model reads of the window, to tell it from the question."""
        self.token_in, self.token_out = nn.Linear(dimension, HIDDEN), nn.Linear(HIDDEN, 1)
        self.sentence_in, self.sentence_out = nn.Linear(dimension, HIDDEN), nn.Linear(HIDDEN, 1)
        nn.init.constant_(self.sentence_out.bias, -3.0)

    def tokens(self, states: Tensor) -> Tensor:
        """(t,) of (t, d)."""
        out: Tensor = self.token_out(functional.gelu(self.token_in(states)))
        return out[:, 0]

    def sentences(self, states: Tensor) -> Tensor:
        """(s,) of (s, d)."""
        out: Tensor = self.sentence_out(functional.gelu(self.sentence_in(states)))
        return out[:, 0]


@dataclass(frozen=True, slots=True)
class Scores:
    """Of a batch, flat: the tokens' scores (t,), the sentence of each, the sentences' scores (s,), their questions."""

    tokens: Tensor
    sentence_of: Tensor
    sentences: Tensor
    question_of: Tensor


class Trainer:
    """The model with its updates and heads."""

    def __init__(self, folder: str, recipe: Recipe) -> None:
        from sentence_transformers import SentenceTransformer

        torch.manual_seed(recipe.seed)
        model: Any = SentenceTransformer(folder, local_files_only=True, device="cpu")
        self.recipe = recipe
        self.tokenizer: Any = model.tokenizer
        self.bert: Any = model[0].auto_model.eval()
        self.bert.requires_grad_(False)
        for layer in self.bert.encoder.layer:
            layer.attention.self.dropout.p = 0.0  # with it, attention is twice as slow on a processor
        self.updates = add_low_rank(self.bert, recipe.rank, recipe.lowest)
        self.heads = Heads(self.bert.config.hidden_size)
        self._marks = torch.zeros(0)
        """Tells what is read of the window, which `scores` sets, from the question."""
        mark_windows(self.bert, recipe.lowest, lambda: self._marks)

    def learn(self) -> None:
        """Drop out some of what the layers with updates give, as long as they learn."""
        self.bert.encoder.layer[self.recipe.lowest :].train()

    def question(self, text: str) -> np.ndarray:
        """The ids of a question's tokens."""
        return np.array(self.tokenizer(text, add_special_tokens=False)["input_ids"], dtype=np.int64)

    def scores(self, readings: Sequence[Reading]) -> Scores:
        """Read a batch."""
        cls, sep = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        rows, numbers, questions, total = [], [], [], 0
        for number, reading in enumerate(readings):
            for window in reading.windows:
                start = len(reading.question) + 2
                rows.append([cls, *reading.question.tolist(), sep, *window.ids.tolist(), sep])
                numbers.append([-1] * start + (window.sentence_of + total).tolist() + [-1])
                questions += [number] * window.sentences
                total += window.sentences
        length = max(map(len, rows))
        ids = torch.tensor([row + [self.tokenizer.pad_token_id] * (length - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
        inside = torch.tensor([row + [-1] * (length - len(row)) for row in numbers])
        self._marks = (inside >= 0)[..., None] * self.heads.segment
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_faster_in_bfloat16()):
            states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        flat, sentence_of = states[inside >= 0], inside[inside >= 0]
        tokens = self.heads.tokens(flat)
        counts = torch.zeros(total).index_add(0, sentence_of, torch.ones(len(flat)))
        means = torch.zeros(total, flat.shape[1]).index_add(0, sentence_of, flat) / counts[:, None]
        pooled = logsumexp_by(tokens, sentence_of, total)
        return Scores(tokens, sentence_of, pooled + self.heads.sentences(means), torch.tensor(questions))

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        arrays = {name: torch.from_numpy(array.astype(np.float32)) for name, array in read_arrays(path, None).items()}
        with torch.no_grad():
            for name, update in self.updates.items():
                update.down.copy_(arrays[f"{name}.down"])
                update.up.copy_(arrays[f"{name}.up"])
        self.heads.load_state_dict({name: arrays[f"heads.{name}"] for name in self.heads.state_dict()})

    def save(self, path: Path) -> None:
        """Write the learned numbers, in half precision."""
        save(path, self.updates, self.heads)


def logsumexp_by(values: Tensor, group: Tensor, groups: int) -> Tensor:
    """The log of the sum of the exponentials of the values (n,) of each group: (groups,); about -1e4 where none is."""
    top = torch.full((groups,), -1e4).scatter_reduce(0, group, values, "amax").detach()
    sums = torch.zeros(groups).scatter_add(0, group, torch.exp(values - top[group]))
    return top + torch.log(sums.clamp_min(1e-9))


def loss_of(trainer: Trainer, readings: Sequence[Reading]) -> Tensor:
    """Of a batch: the sentences that answer among all and none, and the answer's tokens among those of its window."""
    scores = trainer.scores(readings)
    hits = torch.from_numpy(np.concatenate([window.answers for r in readings for window in r.windows]))
    count = len(readings)
    gold = torch.zeros(len(scores.sentences)).scatter_add(0, scores.sentence_of, hits.float()) > 0
    answered = torch.zeros(count).index_add(0, scores.question_of, gold.float()) > 0
    every = logsumexp_by(scores.sentences, scores.question_of, count)
    right = logsumexp_by(scores.sentences.masked_fill(~gold, -1e4), scores.question_of, count)
    ranking = torch.logaddexp(every, torch.zeros(count)) - torch.where(answered, right, torch.zeros(count))
    own = scores.question_of[scores.sentence_of]
    found = logsumexp_by(scores.tokens.masked_fill(~hits, -1e4), own, count)
    reading = (logsumexp_by(scores.tokens, own, count) - found)[answered]
    return ranking.mean() + READING * reading.sum() / count


def train(trainer: Trainer, sources: Sequence[SourceText], held: Sequence[SourceText], out: Path) -> None:
    """Train on `sources`, writing to `out` now and then; says how well the held ones are read."""
    recipe = trainer.recipe
    generator = np.random.default_rng(recipe.seed)
    sources = [source for source in sources if generator.random() < recipe.shares.get(source.corpus, 1.0)]
    for corpus, together in TOGETHER.items():
        sources, held = joined(sources, corpus, together), joined(held, corpus, together)
    texts = [TokenizedText.of(source, trainer.tokenizer) for source in sources if source.sentences]
    reworder = Reworder(nearby_words(), recipe.chances, generator)
    maker = Reader(texts, trainer.question, near(texts), reworder, recipe.chances, generator)
    places = [(t, q) for t, text in enumerate(texts) for q in range(len(text.source.questions))]
    times = np.array([recipe.times.get(texts[t].source.corpus, 1.0) for t, _ in places])
    total = round(float(times.sum()) * recipe.epochs)
    logger.info("%d texts, %d questions, %d readings", len(texts), len(places), total)

    def readings() -> Iterator[Reading]:
        drawn = 0
        while drawn < total:
            for number in generator.permutation(len(places)).tolist():
                for _ in range(int(times[number] + generator.random())):
                    drawn += 1
                    if drawn <= total:
                        yield maker.one(*places[number])

    measured = held_readings(trainer, held)
    low_rank = [p for update in trainer.updates.values() for p in (update.down, update.up)]
    heads = list(trainer.heads.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": low_rank, "lr": recipe.low_rank_rate}, {"params": heads, "lr": recipe.head_rate}],
        weight_decay=recipe.decay,
    )
    done, losses, started = 0, [], time.monotonic()
    trainer.learn()
    for number, batch in enumerate(batches(readings(), recipe.tokens, 400, generator)):
        rate = _rate(done / total, recipe.warm_up)
        for group, full in zip(optimizer.param_groups, (recipe.low_rank_rate, recipe.head_rate), strict=True):
            group["lr"] = full * rate
        loss = loss_of(trainer, batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*low_rank, *heads], 1.0)
        optimizer.step()
        done += len(batch)
        losses.append((loss.item(), len(batch)))
        if number % 25 == 24:
            recent = np.array(losses[-25:])
            mean = np.average(recent[:, 0], weights=recent[:, 1])
            seconds = time.monotonic() - started
            logger.info("  %d of %d readings: loss %.3f, %.0f s", done, total, mean, seconds)
        if number % 250 == 249:
            trainer.bert.eval()
            trainer.save(out)
            logger.info("held out: %s", measure(trainer, measured))
            trainer.learn()
    trainer.bert.eval()
    trainer.save(out)
    logger.info("held out: %s", measure(trainer, measured))


def _rate(share: float, warm_up: float) -> float:
    """The share of the full rate after that share of the readings: up a straight line, then down half a cosine."""
    return min((share + 1e-3) / warm_up, (1 + math.cos(math.pi * max(0.0, share - warm_up) / (1 - warm_up))) / 2)


def near(texts: Sequence[TokenizedText]) -> dict[tuple[int, int], list[int]]:
    """For each question that names its text, other texts of the corpus that are near it (`nearest.py`)."""
    from index.encoding.sentence_transformer import SentenceTransformerEncoder

    encoder = SentenceTransformerEncoder()
    found: dict[tuple[int, int], list[int]] = {}
    for corpus in dict.fromkeys(text.source.corpus for text in texts):
        inside = [i for i, text in enumerate(texts) if text.source.corpus == corpus]
        places = [(i, q) for i in inside for q in range(len(texts[i].source.questions))]
        asked = [texts[i].source.questions[q].text for i, q in places]
        order = nearest([texts[i].source.text for i in inside], asked, encoder)
        for (i, q), row in zip(places, order.tolist(), strict=True):
            closest = [inside[n] for n in row]
            if i in closest[:NAMED]:
                found[i, q] = [n for n in closest if n != i][:6]
        named = sum(i in set(inside) for i, _ in found)
        logger.info("%s: %d of %d questions name their text", corpus, named, len(places))
    return found


def held_readings(trainer: Trainer, held: Sequence[SourceText], most: int = 300) -> dict[str, list[Reading]]:
    """Of each corpus, readings of questions as they stand."""
    found: dict[str, list[Reading]] = {}
    for corpus in dict.fromkeys(source.corpus for source in held):
        texts = [TokenizedText.of(s, trainer.tokenizer) for s in held if s.corpus == corpus and s.sentences]
        places = [(text, question) for text in texts for question in text.source.questions]
        chosen = np.random.default_rng(0).permutation(len(places))[:most].tolist()
        readings = [
            Reading(trainer.question(question.text), tuple(all_windows(text, question.answers)))
            for text, question in (places[i] for i in chosen)
        ]
        found[corpus] = sorted(readings, key=lambda reading: reading.tokens)
    return found


def measure(trainer: Trainer, held: dict[str, list[Reading]]) -> str:
    """Of each corpus: how often the best sentence answers, and how well its score tells whether any does."""
    said = []
    for corpus, readings in held.items():
        right, best, answered = [], [], []
        for first in range(0, len(readings), 25):
            batch = readings[first : first + 25]
            with torch.inference_mode():
                scores = trainer.scores(batch)
            hits = torch.from_numpy(np.concatenate([window.answers for r in batch for window in r.windows]))
            gold = torch.zeros(len(scores.sentences)).scatter_add(0, scores.sentence_of, hits.float()) > 0
            for number in range(len(batch)):
                inside = scores.question_of == number
                top = int(scores.sentences[inside].argmax())
                best.append(float(scores.sentences[inside][top]))
                answered.append(bool(gold[inside].any()))
                right.append(bool(gold[inside][top]))
        hit = np.array(right)[np.array(answered)].mean()
        present, absent = np.array(best)[np.array(answered)], np.array(best)[~np.array(answered)]
        told = f" AUROC {(present[:, None] > absent).mean():.3f}" if len(absent) else ""
        said.append(f"{corpus} {hit:.3f}{told}")
    return ", ".join(said)
