"""The learned ranker: orders a question's best sentences by their features, and says how likely the first is right.

A few small networks of one shape, averaged. `index/train/ranker.py` fits them, and `weights.md` says to which data.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from index.answering.features import FEATURES, features
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import RankedSentence, Ranking
from index.encoding.weights import read_arrays
from index.errors import ModelError
from index.types import Floats

FILE = Path(__file__).with_name("ranker.npz")

SHA256 = "8b80f9a9e6e0234e0ff42ab9282a5fc60d32b3b315841d7808922cf82a8ae37c"
"""Of FILE, as published. `index.train` writes it here and into `weights.md`."""

DEPTH = 60
"""How many of the sentences that the search puts first are ranked anew. At 60, 97% of newsqa-dev's questions have an
answer among them."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Networks from features to a score: layers of weights (k, in, out) and biases (k, out), for k networks.

    They were fitted to features that came from the model of that `fingerprint`, and say nothing of another's.
    """

    fingerprint: str
    mean: Floats
    scale: Floats
    layers: tuple[tuple[Floats, Floats], ...]
    signs: Floats
    """Weights of the signs of an answer: how much each says for one, float32 (s,)."""
    calibration: Floats
    """float32 (2, k): from how much all signs together say, rising, to how often the first sentence was right."""

    @classmethod
    @cache
    def load(cls, file: Path = FILE) -> "Ranker":
        """Read the numbers; those that ship must be the published ones. Raises ModelError, OutOfResources."""
        arrays = read_arrays(file, SHA256 if file == FILE else None)
        if tuple(arrays["features"].tolist()) != FEATURES:
            raise ModelError(f"{file} was fitted to other features; install Pullquote again, or fit it anew.")
        depth = sum(name.startswith("weight") for name in arrays)
        layers = tuple((arrays[f"weight{i}"], arrays[f"bias{i}"]) for i in range(depth))
        mean, scale, signs, calibration = (arrays[name] for name in ("mean", "scale", "signs", "calibration"))
        return cls(str(arrays["fingerprint"]), mean, scale, layers, signs, calibration)

    def scores(self, rows: Floats) -> Floats:
        """float32 (n,) of features (n, f): a difference of two is about that of the log-odds of being right."""
        values = np.broadcast_to((rows - self.mean) / self.scale, (len(self.layers[0][0]), *rows.shape))
        for number, (weight, bias) in enumerate(self.layers):
            values = values @ weight + bias[:, None]
            if number < len(self.layers) - 1:
                values = np.maximum(values, 0)
        return np.asarray(values[..., 0].mean(axis=0), dtype=np.float32)

    def confidence(self, rows: Floats, scores: Floats) -> float:
        """How likely the first of the sentences is right, in 0..1, by the features and scores of all, best first."""
        return float(np.interp(self.signs @ signs_of_an_answer(rows, scores), *self.calibration))


_SIGNS = (
    "sentence_cosine", "passage_cosine", "maxsim", "maxsim_least", "maxsim_passage", "answer", "coverage", "nearby",
    "share of names nearby", "question's terms",
)  # fmt: skip
"""None of them changes its meaning where one article alone is asked, as the article's share of the candidates would."""

_SIGN_COLUMNS = [FEATURES.index(name) for name in _SIGNS]


def signs_of_an_answer(rows: Floats, scores: Floats) -> Floats:
    """What the confidence is told, float32: how the first sentence was found, and how far it is ahead of the rest.

    rows: float32 (n, len(FEATURES)) and scores: float32 (n,), both of the sentences best first.
    """
    first = float(scores[0])
    share = -math.log(float(np.exp(scores - first).sum()))
    return np.array([*rows[0, _SIGN_COLUMNS].tolist(), first, share], dtype=np.float32)


def rerank(ranked: Sequence[RankedSentence], question: Question, rarity: Rarity, ranker: Ranker) -> Ranking:
    """The first DEPTH anew, with the ranker's scores; the rest behind them as they were."""
    first, rest = ranked[:DEPTH], ranked[DEPTH:]
    if not first:
        return Ranking()
    rows = features(first, question, rarity)
    scores = ranker.scores(rows)
    order = np.argsort(-scores, kind="stable")
    anew = [replace(first[i], score=float(scores[i])) for i in order.tolist()]
    behind = anew[-1].score - (rest[0].score if rest else 0)
    others = (replace(sentence, score=sentence.score + behind) for sentence in rest)
    return Ranking((*anew, *others), ranker.confidence(rows[order], scores[order]))
