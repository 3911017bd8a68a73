"""Trains the adapter of the default model, and the answer head on top of its token states.

Low-rank updates of the model's linear layers (LoRA: Hu et al. 2021, arXiv:2106.09685) are learned so that what a
library keeps of a passage ranks its sentences better: the signs of its token states, and the means of them. The loss is
that of the ranking itself. A batch is some texts that are near to each other with what is asked about them; every
sentence of the batch competes for each question, and once more those of its own text among themselves. A long text is
read in parts, as a library reads it in passages.
"""

import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from index.answering.matching import term_around
from index.answering.tuning import Tuning
from index.encoding.adapter import EMPHASIS_LIMIT, REPEATS_SCALE, SHARPNESS
from index.encoding.loading import is_faster_in_bfloat16
from index.passages import PASSAGE_TOKENS
from index.train import everyday
from index.train.data import AskedQuestion, SourceText, TermWeights
from index.types import Span

logger = logging.getLogger(__name__)

FOCUSES = 4
"""How many ways the answer head looks at a question's tokens."""

HIDDEN, ANSWER_DIMENSION = 128, 64
"""The widths of the answer head."""

FINDING, READING = 0.3, 0.3
"""What finding the text and finding the answer's tokens count in the loss, beside ranking the sentences."""

OWN = 0.5
"""What ranking the sentences of the question's own text counts. Those of the others are often easier to tell apart."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What training turns on."""

    rank: int = 32
    steps: int = 3000
    texts: int = 12
    """In a batch."""
    questions_per_text: int = 10
    """At the most; others when it comes again."""
    everyday: float = 0.7
    """The share of the batches that are stories of our own."""
    adapter_rate: float = 5e-4
    head_rate: float = 1.6e-3
    decay: float = 0.02
    warm_up: float = 0.05
    """The share of all steps over which the rates rise."""
    seed: int = 0
    tuning: Tuning = Tuning()


class LowRank(nn.Module):
    """A linear layer that stays as it is, plus an update of low rank that is learned."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.down = nn.Parameter(torch.empty(rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, states: Tensor) -> Tensor:
        """The layer's output with the update's."""
        out: Tensor = self.linear(states)
        return out + functional.linear(functional.linear(states, self.down), self.up)


def add_low_rank(bert: nn.Module, rank: int, lowest: int = 0) -> dict[str, LowRank]:
    """Give the linear layers of the encoder an update, from its layer number `lowest` up; by their names."""
    updates: dict[str, LowRank] = {}
    for name, module in list(bert.named_modules()):
        if isinstance(module, nn.Linear) and name.startswith("encoder.layer.") and int(name.split(".")[2]) >= lowest:
            parent = bert.get_submodule(name.rpartition(".")[0])
            updates[name] = LowRank(module, rank)
            setattr(parent, name.rpartition(".")[2], updates[name])
    return updates


def save(path: str | Path, updates: dict[str, LowRank], heads: nn.Module) -> None:
    """Write the updates and the heads to a file, in half precision."""
    arrays = {}
    for name, update in updates.items():
        arrays[f"{name}.down"] = update.down.detach().numpy().astype(np.float16)
        arrays[f"{name}.up"] = update.up.detach().numpy().astype(np.float16)
    for name, value in heads.state_dict().items():
        arrays[f"heads.{name}"] = value.numpy().astype(np.float16)
    np.savez(path, allow_pickle=False, **arrays)


class Heads(nn.Module):
    """What reads the states: how much each token of a question counts, and how much others look like its answer."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.token_weight = nn.Parameter(torch.zeros(dimension))
        self.focus = nn.Parameter(torch.randn(FOCUSES, dimension) * 0.5)
        self.wanted_in = nn.Linear(FOCUSES * dimension, HIDDEN)
        self.wanted_out = nn.Linear(HIDDEN, ANSWER_DIMENSION)
        self.offered = nn.Linear(dimension, ANSWER_DIMENSION)
        self.repeats = nn.Parameter(torch.tensor(1.0))
        self.scales = nn.Parameter(torch.tensor([16.0, 4.0, 0.0, 0.3]))

    def weights(self, tokens: Tensor, rarity: Tensor, mask: Tensor) -> Tensor:
        """(q, m) together one in each row."""
        weights = rarity * torch.exp((tokens @ self.token_weight).clamp(-EMPHASIS_LIMIT, EMPHASIS_LIMIT)) * mask
        return weights / weights.sum(1, keepdim=True).clamp_min(1e-9)

    def wanted(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """What kind of token answers: (q, ANSWER_DIMENSION)."""
        attention = (tokens @ self.focus.T * SHARPNESS).masked_fill(~mask[..., None], -1e4).softmax(1)
        focused = torch.einsum("qmf,qmd->qfd", attention, tokens).flatten(1)
        out: Tensor = self.wanted_out(functional.gelu(self.wanted_in(focused)))
        return out


def sign(states: Tensor) -> Tensor:
    """Unit rows of the states' signs; the gradient passes as if they were the states scaled to length one."""
    unit = functional.normalize(states, dim=-1)
    signs = torch.where(states > 0, 1.0, -1.0) / math.sqrt(states.shape[-1])
    return unit + (signs - unit).detach()


@dataclass(frozen=True, slots=True)
class Part:
    """Some neighbouring sentences of a text, tokenized.

    `ids` has the tokens as the model reads them, with one more at either end. Of the others, `offsets` has where they
    stand in the text, and `sentence_of` the numbers of their sentences in the text.
    """

    ids: list[int]
    offsets: list[tuple[int, int]]
    sentence_of: list[int]


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the parts that the model reads."""

    parts: tuple[Part, ...]
    source: SourceText

    @property
    def sentences(self) -> int:
        """How many it has."""
        return len(self.source.sentences)


class Trainer:
    """The model with its adapter and heads."""

    def __init__(self, folder: str, recipe: Recipe) -> None:
        from sentence_transformers import SentenceTransformer

        torch.manual_seed(recipe.seed)
        model: Any = SentenceTransformer(folder, local_files_only=True, device="cpu")
        self.recipe = recipe
        self.tokenizer: Any = model.tokenizer
        self.longest = int(model.max_seq_length)
        self.bert: Any = model[0].auto_model.eval()
        self.bert.requires_grad_(False)
        for layer in self.bert.encoder.layer:
            layer.attention.self.dropout.p = 0.0  # with it, attention is twice as slow on a processor
        self.updates = add_low_rank(self.bert, recipe.rank)
        self.heads = Heads(self.bert.config.hidden_size)

    def text(self, source: SourceText) -> Text:
        """The text as the model reads it: parts of whole sentences, of no more than PASSAGE_TOKENS tokens if it can be.

        Of a sentence that is too long for the model the rest is left out.
        """
        encoded = self.tokenizer(
            [source.text[sentence.start : sentence.end] for sentence in source.sentences],
            add_special_tokens=False,
            return_offsets_mapping=True,
        )
        first, last = self.tokenizer("")["input_ids"]
        parts: list[Part] = []
        for number, sentence in enumerate(source.sentences):
            ids = encoded["input_ids"][number][: self.longest - 2]
            offsets = [
                (sentence.start + start, sentence.start + end) for start, end in encoded["offset_mapping"][number]
            ]
            if not parts or len(parts[-1].ids) + len(ids) > PASSAGE_TOKENS:
                parts.append(Part([], [], []))
            parts[-1].ids.extend(ids)
            parts[-1].offsets.extend(offsets[: len(ids)])
            parts[-1].sentence_of.extend([number] * len(ids))
        whole = (Part([first, *part.ids, last], part.offsets, part.sentence_of) for part in parts)
        return Text(tuple(whole), source)

    def states(self, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """The token states (n, t, d) and the mask (n, t)."""
        length = max(map(len, ids))
        padded = torch.tensor([[*row, *[0] * (length - len(row))] for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in ids])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_faster_in_bfloat16()):
            states = self.bert(input_ids=padded, attention_mask=mask).last_hidden_state
        return states.float(), mask.bool()

    def save(self, path: str) -> None:
        """Write the learned numbers, in half precision."""
        save(path, self.updates, self.heads)


@dataclass(frozen=True, slots=True)
class Texts:
    """Encoded texts of a batch: t tokens of s sentences, in their order.

    vectors:     (texts, d), unit rows
    tokens:      (t, d), signs
    sentence_of: (t,), the index in the batch of each token's sentence
    sentences:   (s, d), unit rows
    parts:       (p, d), unit rows
    part_of:     (s,), the index of each sentence's part
    text_of:     (s,), the index of each sentence's text
    """

    vectors: Tensor
    tokens: Tensor
    sentence_of: Tensor
    sentences: Tensor
    parts: Tensor
    part_of: Tensor
    text_of: Tensor


@dataclass(frozen=True, slots=True)
class Questions:
    """Encoded questions of a batch."""

    vectors: Tensor
    tokens: Tensor
    mask: Tensor
    rarity: Tensor


def encode_texts(trainer: Trainer, texts: Sequence[Text]) -> Texts:
    """The texts' vectors, those of their parts and sentences, and their tokens."""
    parts = [(number, part) for number, text in enumerate(texts) for part in text.parts]
    states, mask = trainer.states([part.ids for _, part in parts])
    sums = (states * mask[..., None]).sum(1)
    owners = torch.tensor([number for number, _ in parts])
    vectors = torch.zeros(len(texts), states.shape[-1]).index_add(0, owners, sums)
    total = sum(text.sentences for text in texts)
    firsts = np.cumsum([0, *(text.sentences for text in texts)]).tolist()
    numbers, part_of = torch.full(mask.shape, -1), torch.zeros(total, dtype=torch.long)
    for row, (number, part) in enumerate(parts):
        inside = torch.tensor(part.sentence_of) + firsts[number]
        numbers[row, 1 : len(inside) + 1] = inside
        part_of[inside] = row
    kept = numbers >= 0
    flat, sentence_of = states[kept], numbers[kept]
    return Texts(
        functional.normalize(vectors, dim=-1),
        sign(flat),
        sentence_of,
        functional.normalize(torch.zeros(total, states.shape[-1]).index_add(0, sentence_of, flat), dim=-1),
        functional.normalize(sums, dim=-1),
        part_of,
        torch.repeat_interleave(torch.arange(len(texts)), torch.tensor([text.sentences for text in texts])),
    )


def encode_questions(trainer: Trainer, questions: Sequence[AskedQuestion], weigh: TermWeights) -> Questions:
    """The questions' vectors and tokens, and how rare the tokens' words are."""
    encoded = trainer.tokenizer(
        [q.text for q in questions], truncation=True, max_length=trainer.longest, return_offsets_mapping=True
    )
    states, mask = trainer.states(encoded["input_ids"])
    vectors = functional.normalize((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=-1)
    rarity = torch.zeros(mask.shape)
    for row, (question, offsets) in enumerate(zip(questions, encoded["offset_mapping"], strict=True)):
        for column, (start, end) in enumerate(offsets):
            if end > start:
                term = term_around(question.text, Span(start, end))
                rarity[row, column] = trainer.recipe.tuning.stop_word if term is None else weigh(term)
    return Questions(vectors, functional.normalize(states, dim=-1), rarity > 0, rarity)


def score(heads: Heads, asked: Questions, texts: Texts) -> tuple[Tensor, Tensor]:
    """Of each question, (q, s) for the sentences and (q, t) for the tokens as answers."""
    weights = heads.weights(asked.tokens, asked.rarity, asked.mask)
    q, m, d = asked.tokens.shape
    cosines = (asked.tokens.reshape(q * m, d) @ texts.tokens.T).reshape(q, m, -1)
    count = len(texts.sentences)
    index = texts.sentence_of.expand(q, m, -1)
    best = torch.full((q, m, count), -1.0).scatter_reduce(2, index, cosines, "amax")
    maxsim = torch.einsum("qm,qms->qs", weights, best)
    repeated = cosines.masked_fill(~asked.mask[..., None], -1).amax(1)
    wanted = heads.wanted(asked.tokens, asked.mask)
    answers = wanted @ heads.offered(texts.tokens).T / math.sqrt(ANSWER_DIMENSION)
    answers = answers - functional.softplus(heads.repeats) * REPEATS_SCALE * repeated.clamp_min(0)
    token_index = texts.sentence_of.expand(q, -1)
    top = torch.full((q, count), -1e4).scatter_reduce(1, token_index, answers, "amax").detach()
    sums = torch.zeros(q, count).scatter_add(1, token_index, torch.exp(answers - top.gather(1, token_index)))
    pooled = top + torch.log(sums.clamp_min(1e-9))
    by_sentence = asked.vectors @ texts.sentences.T
    by_part = (asked.vectors @ texts.parts.T)[:, texts.part_of]
    a, b, c, e = heads.scales
    return a * maxsim + b * by_sentence + c * by_part + e * pooled, answers


def gold(texts: Sequence[Text], pairs: Sequence[tuple[int, AskedQuestion]]) -> tuple[Tensor, Tensor]:
    """Which sentences (q, s) and tokens (q, t) of these texts answer the questions about the text so numbered."""
    ends = np.cumsum([0, *(text.sentences for text in texts)]).tolist()
    owner = np.concatenate([[n] * len(part.offsets) for n, text in enumerate(texts) for part in text.parts])
    spans = np.array([span for text in texts for part in text.parts for span in part.offsets])
    sentence_of = np.concatenate([np.add(part.sentence_of, ends[n]) for n, t in enumerate(texts) for part in t.parts])
    sentences, tokens = np.zeros((len(pairs), ends[-1]), dtype=bool), np.zeros((len(pairs), len(owner)), dtype=bool)
    for row, (number, asked) in enumerate(pairs):
        for answer in asked.answers:
            tokens[row] |= (owner == number) & (spans[:, 0] < answer.end) & (answer.start < spans[:, 1])
        sentences[row, sentence_of[tokens[row]]] = True
    return torch.from_numpy(sentences), torch.from_numpy(tokens)


def loss_of(
    trainer: Trainer, texts: Sequence[Text], pairs: Sequence[tuple[int, AskedQuestion]], weigh: TermWeights
) -> Tensor:
    """Of a batch: ranking the sentences, finding the text, finding the answer's tokens within it."""
    encoded = encode_texts(trainer, texts)
    asked = encode_questions(trainer, [question for _, question in pairs], weigh)
    sentence_gold, token_gold = gold(texts, pairs)
    scores, answers = score(trainer.heads, asked, encoded)
    usable = sentence_gold.any(1)
    scores, answers, sentence_gold, token_gold = (x[usable] for x in (scores, answers, sentence_gold, token_gold))
    own = torch.tensor([number for number, _ in pairs])[usable]
    theirs = encoded.text_of[None] == own[:, None]
    ranking = _missed(scores, sentence_gold) + OWN * _missed(scores.masked_fill(~theirs, -1e4), sentence_gold)
    by_text = 20 * asked.vectors[usable] @ encoded.vectors.T
    finding = functional.cross_entropy(by_text, own, reduction="none")
    reading = _missed(answers.masked_fill(~theirs[:, encoded.sentence_of], -1e4), token_gold)
    return (ranking + FINDING * finding + READING * reading).mean()


def _missed(scores: Tensor, right: Tensor) -> Tensor:
    """(q,): minus the logarithm of the share that softmax gives to what is right, of scores (q, n)."""
    return -(scores.log_softmax(1).masked_fill(~right, -1e4).logsumexp(1))


def batches(
    texts: Sequence[Text], near: np.ndarray, recipe: Recipe, generator: np.random.Generator
) -> Iterator[list[int]]:
    """Each text once, with those nearest to it that are left."""
    left = np.ones(len(texts), dtype=bool)
    for number in generator.permutation(len(texts)):
        if not left[number]:
            continue
        chosen = [int(number), *(i for i in near[number].tolist() if left[i] and i != number)][: recipe.texts]
        left[chosen] = False
        while len(chosen) < recipe.texts // 2 and left.any():  # the last ones have no near ones left
            other = int(generator.choice(np.flatnonzero(left)))
            chosen.append(other)
            left[other] = False
        yield chosen


REPORT = 500
"""After how many steps, each time, it is written and measured."""


def train(trainer: Trainer, sources: Sequence[SourceText], held: Sequence[SourceText], out: str) -> None:
    """Train on `sources`, writing to `out` as it goes; says how well the held ones are ranked.

    Stories of our own must be among them, and texts of other corpora.
    """
    recipe = trainer.recipe
    generator = np.random.default_rng(recipe.seed)
    texts = [trainer.text(source) for source in sources if any(question.answers for question in source.questions)]
    corpora = {text.source.corpus for text in texts}
    weigh = {c: TermWeights((s for s in sources if s.corpus == c), recipe.tuning.background_passages) for c in corpora}
    ours, open_data = ([t for t in texts if (t.source.corpus == everyday.CORPUS) == own] for own in (True, False))
    stories, others = (_endless(part, nearest(trainer, part), recipe, generator) for part in (ours, open_data))
    low_rank = [p for update in trainer.updates.values() for p in (update.down, update.up)]
    heads = list(trainer.heads.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": low_rank, "lr": recipe.adapter_rate}, {"params": heads, "lr": recipe.head_rate}],
        weight_decay=recipe.decay,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, recipe.steps, recipe.warm_up))
    logger.info("%d texts, %d steps; held out: %s", len(texts), recipe.steps, measure(trainer, held))
    started, losses = time.monotonic(), []
    trainer.bert.train()  # with dropout, lest it learn the texts by heart
    for step in range(1, recipe.steps + 1):
        batch = next(stories if generator.random() < recipe.everyday else others)
        pairs = []
        for number, text in enumerate(batch):
            answerable = [question for question in text.source.questions if question.answers]
            picked = generator.permutation(len(answerable))[: recipe.questions_per_text]
            pairs += [(number, answerable[i]) for i in picked.tolist()]
        loss = loss_of(trainer, batch, pairs, weigh[batch[0].source.corpus])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*low_rank, *heads], 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 50 == 0:
            seconds = (time.monotonic() - started) / step
            logger.info("  step %d: loss %.3f, %.2f s a step", step, np.mean(losses[-50:]), seconds)
        if step % REPORT == 0 or step == recipe.steps:
            trainer.bert.eval()
            trainer.save(out)
            scales = [round(x, 2) for x in trainer.heads.scales.tolist()]
            logger.info("step %d: %s; scales %s", step, measure(trainer, held), scales)
            trainer.bert.train()
    trainer.bert.eval()


def _endless(
    texts: Sequence[Text], near: np.ndarray, recipe: Recipe, generator: np.random.Generator
) -> Iterator[list[Text]]:
    """Batches of these texts, each text once, over and over."""
    while True:
        for chosen in batches(texts, near, recipe, generator):
            yield [texts[i] for i in chosen]


def _rate(step: int, total: int, warm_up: float) -> float:
    """The share of the full rate at that step: up a straight line, then down half a cosine."""
    warm = max(1, round(warm_up * total))
    return min((step + 1) / warm, (1 + math.cos(math.pi * min(1.0, max(0, step - warm) / (total - warm)))) / 2)


def nearest(trainer: Trainer, texts: Sequence[Text]) -> np.ndarray:
    """For each text those of its corpus that are most like it, (n, k)."""
    with torch.inference_mode():
        vectors = torch.cat([encode_texts(trainer, texts[i : i + 32]).vectors for i in range(0, len(texts), 32)])
    alike = vectors @ vectors.T
    corpora = np.array([text.source.corpus for text in texts])
    alike[torch.tensor(corpora[:, None] != corpora[None])] = -2
    return alike.topk(min(200, len(texts)), dim=1).indices.numpy()


def measure(trainer: Trainer, held: Sequence[SourceText], questions: int = 300) -> str:
    """H@1 of each corpus held out, all its sentences ranked."""
    found = []
    for corpus in dict.fromkeys(source.corpus for source in held):
        texts = [trainer.text(source) for source in held if source.corpus == corpus][:200]
        weigh = TermWeights((text.source for text in texts), trainer.recipe.tuning.background_passages)
        pairs = [(n, q) for n, text in enumerate(texts) for q in text.source.questions if q.answers]
        pairs = [pairs[i] for i in np.random.default_rng(0).permutation(len(pairs))[:questions].tolist()]
        with torch.inference_mode():
            parts = [encode_texts(trainer, texts[i : i + 50]) for i in range(0, len(texts), 50)]
            rows = []
            for i in range(0, len(pairs), 50):
                asked = encode_questions(trainer, [q for _, q in pairs[i : i + 50]], weigh)
                rows.append(torch.cat([score(trainer.heads, asked, part)[0] for part in parts], 1))
            best = torch.cat(rows).argmax(1).tolist()
        places = [(n, s) for n, text in enumerate(texts) for s in range(text.sentences)]
        hits = 0
        for place, (number, question) in zip(best, pairs, strict=True):
            n, s = places[place]
            span = texts[n].source.sentences[s]
            hits += n == number and any(span.start < a.end and a.start < span.end for a in question.answers)
        found.append(f"{corpus} {hits / len(pairs):.3f}")
    return ", ".join(found)
