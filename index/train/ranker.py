"""Fits the ranker and the confidence to what questions found.

The ranker: a few small networks, averaged, that score each of a question's best sentences on its own; the loss is
listwise, the log-likelihood of a sentence that answers among all of them (Cao et al. 2007, ListNet). The confidence: a
logistic model of whether the first sentence is right, fitted to how networks that never saw the question's article
ranked it. Both are cross-validated by article.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from index.answering.features import FEATURES
from index.answering.ranker import Ranker
from index.train.examples import Example
from index.types import Floats

logger = logging.getLogger(__name__)

FOLDS = 5

MADE_ABSENT = ("news-absent", "news-unanswered")
"""Left out where the confidence is reported: the news has absent questions of its own."""


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
    return np.asarray(weights / weights.mean(), dtype=np.float32)


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
    return Ranker(fingerprint, mean, scale, layers, np.zeros(0, np.float32), np.zeros((2, 1), np.float32))


def _fit_one(prepared: Sequence[tuple[Tensor, Tensor, float]], recipe: Recipe, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    sizes = (prepared[0][0].shape[1], *recipe.hidden)
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
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return network.eval()


def folds(examples: Sequence[Example], seed: int = 0) -> NDArray[np.int64]:
    """The fold of each example (n,); those about one article share theirs."""
    articles = sorted({_article_of(example) for example in examples})
    numbers = np.random.default_rng(seed).permutation(len(articles)) % FOLDS
    fold = dict(zip(articles, numbers.tolist(), strict=True))
    return np.array([fold[_article_of(example)] for example in examples])


def _set_of(example: Example) -> str:
    return example.corpus.partition("-absent")[0].partition("-unanswered")[0]


def _article_of(example: Example) -> str:
    name = _set_of(example).partition("-foreign")[0].partition("-mixed")[0]
    return f"{name}/{example.article_id}"


def out_of_fold(
    examples: Sequence[Example], weights: Floats, recipe: Recipe, chosen: NDArray[np.int64]
) -> list[Floats]:
    """The scores that networks give each example which were fitted to the other folds alone."""
    scores: list[Floats] = [np.zeros(0, np.float32)] * len(examples)
    for number in range(FOLDS):
        inside = [i for i in range(len(examples)) if chosen[i] != number]
        ranker = fit([examples[i] for i in inside], weights[inside], "", recipe)
        for i in np.flatnonzero(chosen == number).tolist():
            scores[i] = ranker.scores(examples[i].features)
    return scores


@dataclass(frozen=True, slots=True)
class Firsts:
    """What the confidence is fitted to, a row an example: its signs (n, s), and whether its first sentence is right."""

    signs: Floats
    right: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    weights: Floats

    @classmethod
    def of(cls, examples: Sequence[Example], scores: Sequence[Floats], weights: Floats) -> "Firsts":
        """The examples, each ranked by its scores."""
        orders = [np.argsort(-of_one, kind="stable") for of_one in scores]
        signs = [e.signs(order, of_one) for e, of_one, order in zip(examples, scores, orders, strict=True)]
        right = [example.gold[order[0]] for example, order in zip(examples, orders, strict=True)]
        return cls(np.stack(signs), np.array(right), np.array([e.absent for e in examples]), weights)

    def part(self, chosen: NDArray[np.bool_]) -> "Firsts":
        """Those rows alone."""
        return Firsts(self.signs[chosen], self.right[chosen], self.absent[chosen], self.weights[chosen])


def fit_confidence(firsts: Firsts) -> tuple[Floats, Floats]:
    """The weights of the signs (s,) and the calibration (2, k), as `Ranker` has them.

    The weights lie halfway between those of two logistic models: of whether the articles answer, and of whether the
    first sentence is right. The one alone knows too little of the other: a reader wants to be told both apart.
    """
    present = _logistic(firsts.signs, ~firsts.absent, firsts.weights)
    right = _logistic(firsts.signs, firsts.right, firsts.weights)
    weights = present / (firsts.signs @ present).std() + right / (firsts.signs @ right).std()
    return weights, calibrate(firsts.signs @ weights, firsts.right, firsts.weights)


def _logistic(rows: Floats, outcome: NDArray[np.bool_], weights: Floats) -> Floats:
    """The slopes (f,) of a logistic model, with a little ridge, of `outcome` (n,) in `rows` (n, f)."""
    scale = rows.std(axis=0) + 1e-6
    x = torch.from_numpy((rows - rows.mean(axis=0)) / scale).double()
    y, w = torch.from_numpy(outcome).double(), torch.from_numpy(weights).double()
    parameters = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        logits = x @ parameters[:-1] + parameters[-1]
        loss = (w * nn.functional.binary_cross_entropy_with_logits(logits, y, reduction="none")).sum() / w.sum()
        loss = loss + 3e-3 * parameters[:-1].square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return np.asarray(parameters.detach().numpy()[:-1] / scale, dtype=np.float32)


def calibrate(totals: Floats, right: NDArray[np.bool_], weights: Floats, bins: int = 16) -> Floats:
    """Isotonic regression of `right` in `totals`, over bins of the same weight: knots (2, k) for linear interpolation.

    Neighbouring bins out of order are pooled (Ayer et al. 1955). The ends are drawn out to 0 and 1 by the rule of
    succession, so that no answer is certain.
    """
    order = np.argsort(totals, kind="stable")
    totals, right, weights = totals[order], right[order], weights[order]
    ends = np.searchsorted(np.cumsum(weights), np.linspace(0, weights.sum(), bins + 1)[1:-1], side="right")
    pools: list[tuple[float, float, float]] = []  # weight, weighted total, weighted right
    for part in np.split(np.arange(len(totals)), ends):
        w = weights[part]
        if not w.any():  # empty, or of sets that do not count here
            continue
        pools.append((float(w.sum()), float(w @ totals[part]), float(w @ right[part])))
        while len(pools) > 1 and pools[-1][2] / pools[-1][0] <= pools[-2][2] / pools[-2][0]:
            last, before = pools.pop(), pools.pop()
            pools.append(tuple(a + b for a, b in zip(before, last, strict=True)))  # type: ignore[arg-type]
    at = [float(totals[0]), *(total / weight for weight, total, _ in pools), float(totals[-1])]
    share = [hits / weight for weight, _, hits in pools]
    lowest, highest = share[0] / 2, (1 + share[-1]) / 2
    return np.array([at, [lowest, *share, highest]], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Networks fitted to all examples, and what those of the other folds say of each: its scores, its confidence."""

    ranker: Ranker
    scores: list[Floats]
    confidence: Floats


def report_and_fit(
    examples: Sequence[Example],
    ranked: dict[str, float],
    sure: dict[str, float],
    fingerprint: str,
    recipe: Recipe = Recipe(),  # noqa: B008 - frozen
) -> Fitted:
    """Cross-validate on each corpus, and fit to everything."""
    weights, sureness = weights_by_corpus(examples, ranked), weights_by_corpus(examples, sure)
    fold = folds(examples)
    scores = out_of_fold(examples, weights, recipe, fold)
    _report_hits(examples, scores, "other folds' networks")
    firsts = Firsts.of(examples, scores, sureness)
    confidence = np.zeros(len(examples))
    for number in range(FOLDS):
        signs, calibration = fit_confidence(firsts.part(fold != number))
        confidence[fold == number] = np.interp(firsts.signs[fold == number] @ signs, *calibration)
    for corpus in dict.fromkeys(_set_of(example) for example in examples):
        _report_confidence(corpus, examples, confidence, firsts)
    ranker = fit(examples, weights, fingerprint, recipe)
    signs, calibration = fit_confidence(firsts)
    sure_of_each = np.asarray(confidence, dtype=np.float32)
    return Fitted(replace(ranker, signs=signs, calibration=calibration), scores, sure_of_each)


def report_on(examples: Sequence[Example], ranker: Ranker) -> Fitted:
    """Say how a ranker does on examples that it was not fitted to."""
    scores = [ranker.scores(example.features) for example in examples]
    _report_hits(examples, scores, "never fitted to")
    firsts = Firsts.of(examples, scores, np.ones(len(examples), dtype=np.float32))
    confidence = np.interp(firsts.signs @ ranker.signs, *ranker.calibration)
    for corpus in dict.fromkeys(_set_of(example) for example in examples):
        _report_confidence(corpus, examples, confidence, firsts)
    return Fitted(ranker, scores, np.asarray(confidence, dtype=np.float32))


def _report_hits(examples: Sequence[Example], scores: Sequence[Floats], by: str) -> None:
    """How often the first sentence answers, or one of the first three, in each corpus."""
    for corpus in dict.fromkeys(example.corpus for example in examples):
        present = [i for i, e in enumerate(examples) if e.corpus == corpus and not e.absent]
        if present:
            hits = [examples[i].gold[np.argsort(-scores[i], kind="stable")[:3]] for i in present]
            first, third = np.mean([h[0] for h in hits]), np.mean([h.any() for h in hits])
            logger.info("%s, %d questions, %s: H@1 %.3f, H@3 %.3f", corpus, len(hits), by, first, third)


def _report_confidence(
    corpus: str, examples: Sequence[Example], confidence: NDArray[np.float64], firsts: Firsts
) -> None:
    """How well the other folds' confidence tells what is answered, and means what it says, if some are absent."""
    inside = np.array([_set_of(e) == corpus and e.corpus not in MADE_ABSENT for e in examples])
    if not (inside & firsts.absent).any():
        return
    present, absent = confidence[inside & ~firsts.absent], confidence[inside & firsts.absent]
    above = (present[:, None] > absent).mean() + (present[:, None] == absent).mean() / 2
    logger.info("%s: AUROC %.3f", corpus, above)
    for threshold in (0.15, 0.2, 0.25, 0.3, 0.35):
        answered, declined = (present >= threshold).mean(), (absent < threshold).mean()
        logger.info("  from %.2f: %.3f answered, %.3f of the absent declined", threshold, answered, declined)
    tenths = np.minimum((confidence * 10).astype(int), 9)
    for tenth in range(10):
        chosen = inside & (tenths == tenth)
        if chosen.any():
            means = confidence[chosen].mean(), firsts.right[chosen].mean()
            logger.info("  %.1f: %4d questions, mean %.3f, right %.3f", tenth / 10, chosen.sum(), *means)


def save(ranker: Ranker, file: Path, names: tuple[str, ...] = FEATURES) -> None:
    """Write networks over the features `names` to `file`, in single precision."""
    arrays = {"mean": ranker.mean, "scale": ranker.scale, "signs": ranker.signs, "calibration": ranker.calibration}
    for number, (weight, bias) in enumerate(ranker.layers):
        arrays |= {f"weight{number}": weight, f"bias{number}": bias}
    np.savez(
        file,
        allow_pickle=False,
        features=np.array(names), fingerprint=np.array(ranker.fingerprint),
        **{name: array.astype(np.float32) for name, array in arrays.items()},
    )  # fmt: skip
