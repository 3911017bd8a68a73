"""The learned ranker: orders a question's best sentences by their features, and gives the confidence in the first.

It is the mean of a few small networks of one shape. `index/train/ranker.py` fits them; `weights.md` names the data.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from index.answering.features import ENGLISH_FEATURES, FEATURES, features
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import RankedSentence, Ranking
from index.encoding.weights import read_arrays
from index.errors import ModelError
from index.known import published
from index.types import Floats

DEPTH = 60
"""How many of the search's best sentences the ranker orders. At 60, 97% of newsqa-dev's questions have an answer among
them."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Networks from features to a score: layers of weights (k, in, out) and biases (k, out), for k networks.

    They were fitted to features of the model with that `fingerprint`, and cannot be used with another model.
    """

    fingerprint: str
    mean: Floats
    scale: Floats
    layers: tuple[tuple[Floats, Floats], ...]
    signs: Floats
    """How much each sign of an answer (`signs_of_an_answer`) counts, float32 (s,)."""
    calibration: Floats
    """float32 (2, k): from the weighted sum of the signs, ascending, to how often the first sentence was right."""

    @classmethod
    @cache
    def load(cls, file: Path, names: tuple[str, ...] = FEATURES) -> "Ranker":
        """Read networks over the features `names`, or the first of them, from a file.

        A bundled file must have the published SHA-256.

        Raises ModelError, OutOfResources.
        """
        arrays = read_arrays(file, published(file))
        known = tuple(arrays["features"].tolist())
        if known != names[: len(known)]:
            raise ModelError(f"{file} was fitted to other features; install Pullquote again, or fit it anew.")
        depth = sum(name.startswith("weight") for name in arrays)
        layers = tuple((arrays[f"weight{i}"], arrays[f"bias{i}"]) for i in range(depth))
        mean, scale, signs, calibration = (arrays[name] for name in ("mean", "scale", "signs", "calibration"))
        return cls(str(arrays["fingerprint"]), mean, scale, layers, signs, calibration)

    def scores(self, rows: Floats) -> Floats:
        """The scores float32 (n,) of features (n, f). Their differences approximate differences of log-odds.

        Features beyond those that the networks know are passed over.
        """
        rows = rows[:, : len(self.mean)]
        values = np.broadcast_to((rows - self.mean) / self.scale, (len(self.layers[0][0]), *rows.shape))
        for number, (weight, bias) in enumerate(self.layers):
            values = values @ weight + bias[:, None]
            if number < len(self.layers) - 1:
                values = np.maximum(values, 0)
        return np.asarray(values[..., 0].mean(axis=0), dtype=np.float32)

    def confidence(self, rows: Floats, scores: Floats) -> float:
        """How likely the first sentence is right, in 0..1. `rows` and `scores` are of all sentences, best first."""
        signs = signs_of_an_answer(rows[:, : len(self.mean)], scores)
        return float(np.interp(self.signs @ signs, *self.calibration))


_SIGNS = (
    "sentence_cosine", "passage_cosine", "maxsim", "maxsim_least", "maxsim_passage", "answer", "coverage", "nearby",
    "share of names nearby", "question's terms",
)  # fmt: skip
"""The features that the confidence uses. They mean the same when only one article is searched; the article's share of
the candidates would not."""

_SIGN_COLUMNS = [FEATURES.index(name) for name in _SIGNS]


def signs_of_an_answer(rows: Floats, scores: Floats) -> Floats:
    """The input of the confidence, float32: signals of the first sentence, and how far it is ahead of the rest.

    `rows` is float32 (n, f), of FEATURES or of ENGLISH_FEATURES, and `scores` float32 (n,); both have the best sentence
    first. Of FEATURES, what they say of languages is a sign too.
    """
    first = float(scores[0])
    share = -math.log(float(np.exp(scores - first).sum()))
    return np.array([*rows[0, _SIGN_COLUMNS], first, share, *rows[0, len(ENGLISH_FEATURES) :]], dtype=np.float32)


def rerank(ranked: Sequence[RankedSentence], question: Question, rarity: Rarity, ranker: Ranker) -> Ranking:
    """Order the first DEPTH sentences by the ranker's scores; the rest follow in their old order."""
    first, rest = ranked[:DEPTH], ranked[DEPTH:]
    if not first:
        return Ranking()
    rows = features(first, question, rarity)
    scores = ranker.scores(rows)
    order = np.argsort(-scores, kind="stable")
    anew = [first[i].scored(float(scores[i])) for i in order.tolist()]
    behind = anew[-1].score - (rest[0].score if rest else 0)
    others = (sentence.scored(sentence.score + behind) for sentence in rest)
    return Ranking((*anew, *others), ranker.confidence(rows[order], scores[order]))
