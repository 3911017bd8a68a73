"""Fits the ranker and the confidence to what questions found.

The ranker: a few small networks, averaged, that score each of a question's best sentences on its own; the loss is
listwise, the log-likelihood of a sentence that answers among all of them (Cao et al. 2007, ListNet). The confidence: a
logistic model of whether the first sentence is right, fitted to how networks that never saw the question's article
ranked it. Both are cross-validated by article.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from index.features import FEATURES
from index.ranker import Ranker, signs_of_an_answer
from index.train.examples import Example
from index.types import Floats

logger = logging.getLogger(__name__)

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Recipe:
    """What fitting turns on."""

    networks: int = 3
    hidden: tuple[int, ...] = (48, 24)
    epochs: int = 12
    batch: int = 32
    rate: float = 3e-3
    decay: float = 1e-3
    dropout: float = 0.2
    seed: int = 0


def weights_by_corpus(examples: Sequence[Example], shares: dict[str, float]) -> Floats:
    """What each example counts, so that each corpus counts its share."""
    counts = {corpus: sum(e.corpus == corpus for e in examples) for corpus in {e.corpus for e in examples}}
    weights = np.array([shares.get(e.corpus, 0.0) / counts[e.corpus] for e in examples], dtype=np.float32)
    return weights / weights.mean()


def fit(examples: Sequence[Example], weights: Floats, fingerprint: str, recipe: Recipe) -> Ranker:
    """The networks, fitted to those of the examples that hold an answer."""
    usable = [i for i, e in enumerate(examples) if e.gold.any()]
    rows = np.concatenate([examples[i].features for i in usable])
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    prepared = [
        (torch.from_numpy((examples[i].features - mean) / scale), torch.from_numpy(examples[i].gold), float(weights[i]))
        for i in usable
    ]
    networks = [_fit_one(prepared, recipe, recipe.seed + number) for number in range(recipe.networks)]
    layers = tuple(
        (
            np.stack([linear.weight.detach().numpy().T for linear in same]),
            np.stack([linear.bias.detach().numpy() for linear in same]),
        )
        for same in zip(*([m for m in network if isinstance(m, nn.Linear)] for network in networks), strict=True)
    )
    return Ranker(fingerprint, mean, scale, layers, np.zeros(0, np.float32), 0.0)


def _fit_one(prepared: Sequence[tuple[Tensor, Tensor, float]], recipe: Recipe, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    sizes = (len(FEATURES), *recipe.hidden)
    modules: list[nn.Module] = []
    for size, after in zip(sizes, recipe.hidden, strict=False):
        modules += [nn.Linear(size, after), nn.ReLU(), nn.Dropout(recipe.dropout)]
    network = nn.Sequential(*modules, nn.Linear(sizes[-1], 1))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=recipe.decay)
    steps = recipe.epochs * -(-len(prepared) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps)
    for _ in range(recipe.epochs):
        order = generator.permutation(len(prepared))
        for start in range(0, len(order), recipe.batch):
            batch = [prepared[i] for i in order[start : start + recipe.batch]]
            lengths = [len(gold) for _, gold, _ in batch]
            scores = network(torch.cat([rows for rows, _, _ in batch]))[:, 0].split(lengths)
            losses = [
                weight * (one.logsumexp(0) - one[gold].logsumexp(0))
                for one, (_, gold, weight) in zip(scores, batch, strict=True)
            ]
            loss = torch.stack(losses).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def folds(examples: Sequence[Example], seed: int = 0) -> NDArray[np.int64]:
    """The fold of each example (n,); those about one article share theirs."""
    articles = sorted({f"{_set_of(e)}/{e.article_id}" for e in examples})
    numbers = np.random.default_rng(seed).permutation(len(articles)) % FOLDS
    fold = dict(zip(articles, numbers.tolist(), strict=True))
    return np.array([fold[f"{_set_of(e)}/{e.article_id}"] for e in examples])


def _set_of(example: Example) -> str:
    return example.corpus.partition("-absent")[0].partition("-scoped")[0]


def out_of_fold(examples: Sequence[Example], weights: Floats, recipe: Recipe, chosen: NDArray[np.int64]) -> list[Floats]:
    """The scores that networks give each example which were fitted to the other folds alone."""
    scores: list[Floats] = [np.zeros(0, np.float32)] * len(examples)
    for number in range(FOLDS):
        inside = [i for i in range(len(examples)) if chosen[i] != number]
        ranker = fit([examples[i] for i in inside], weights[inside], "", recipe)
        for i in np.flatnonzero(chosen == number).tolist():
            scores[i] = ranker.scores(examples[i].features)
    return scores


def fit_confidence(rows: Floats, right: NDArray[np.bool_], weights: Floats) -> tuple[Floats, float]:
    """A logistic model, with a little ridge, of `right` (n,) in `rows` (n, f): its weights (f,) and intercept."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    x = torch.from_numpy((rows - mean) / scale).double()
    y, w = torch.from_numpy(right).double(), torch.from_numpy(weights).double()
    parameters = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        logits = x @ parameters[:-1] + parameters[-1]
        loss = (w * nn.functional.binary_cross_entropy_with_logits(logits, y, reduction="none")).mean()
        loss = loss + 1e-3 * parameters[:-1].square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    found = parameters.detach().numpy()
    slopes = found[:-1] / scale
    return slopes.astype(np.float32), float(found[-1] - slopes @ mean)


def first_signs(example: Example, scores: Floats) -> tuple[Floats, bool]:
    """What the confidence is told of the example ranked by `scores`, and whether the first sentence answers."""
    order = np.argsort(-scores, kind="stable")
    return signs_of_an_answer(example.features[order], scores[order]), bool(example.gold[order[0]])


def save(ranker: Ranker, file: Path) -> None:
    """Write it to `file`, in single precision."""
    arrays = {"mean": ranker.mean, "scale": ranker.scale, "signs": ranker.signs}
    for number, (weight, bias) in enumerate(ranker.layers):
        arrays |= {f"weight{number}": weight, f"bias{number}": bias}
    np.savez(
        file,
        features=np.array(FEATURES), fingerprint=np.array(ranker.fingerprint), intercept=np.array(ranker.intercept),
        **{name: array.astype(np.float32) for name, array in arrays.items()},
    )  # fmt: skip
