"""The adapter that was trained on top of a model, by `index/train/encoder.py`; `weights.md` names the data.

Its low-rank updates are added to the model's weights at loading, and cost nothing after that. Its heads compute from
the token states of a question how much each token weighs, and what the tokens of an answer look like.
"""

from dataclasses import dataclass
from functools import cache
from math import erf, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from index.encoding.weights import read_arrays
from index.known import published
from index.types import Floats

EMPHASIS_LIMIT = 3.0
"""A token's weight is at most e to this power, and at least 1 divided by that."""

SHARPNESS = 4.0
"""Scales the attention over a question's tokens. They have length one, so their products alone would be small."""

REPEATS_SCALE = 4.0
"""Scales the learned number, which is kept small so that training changes it as quickly as the others."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """The learned numbers, by name, as `index.train` wrote them."""

    arrays: dict[str, Floats]

    @classmethod
    @cache
    def load(cls, file: Path) -> "Adapter":
        """Read an adapter from a file. A bundled file must have the published SHA-256.

        Raises ModelError, OutOfResources.
        """
        arrays = read_arrays(file, published(file))
        return cls({name: array.astype(np.float32) for name, array in arrays.items()})

    def add_to(self, bert: Any) -> None:  # noqa: ANN401 - a transformer, imported late
        """Add the low-rank updates to the weights of the model's linear layers."""
        add_updates(self.arrays, bert)

    def emphasis(self, tokens: Floats) -> Floats:
        """float32 (m,): the weight of each unit token (m, d) of a question, in addition to the rarity of its word."""
        weights = tokens @ self._head("token_weight")
        return np.asarray(np.exp(np.clip(weights, -EMPHASIS_LIMIT, EMPHASIS_LIMIT)), dtype=np.float32)

    def answer(self, tokens: Floats) -> Floats:
        """float32 (d,): the direction of tokens that answer a question with these unit tokens (m, d)."""
        attention = SHARPNESS * tokens @ self._head("focus").T
        attention = np.exp(attention - attention.max(axis=0))
        attention /= attention.sum(axis=0)
        focused = (attention.T @ tokens).ravel()
        hidden = self._head("wanted_in.weight") @ focused + self._head("wanted_in.bias")
        wanted = self._head("wanted_out.weight") @ _gelu(hidden) + self._head("wanted_out.bias")
        return np.asarray(wanted @ self._head("offered.weight") / np.sqrt(np.float32(len(wanted))), dtype=np.float32)

    @property
    def repeats(self) -> float:
        """How many nats a token loses as an answer if it repeats a token of the question (their cosine is 1)."""
        return REPEATS_SCALE * float(np.log1p(np.exp(self._head("repeats"))))

    def _head(self, name: str) -> Floats:
        return self.arrays[f"heads.{name}"]


def add_updates(arrays: dict[str, Floats], bert: Any) -> None:  # noqa: ANN401 - a transformer, imported late
    """Add the low-rank updates in `arrays`, `<layer>.up` times `<layer>.down`, to the weights of these layers.

    A `<layer>.shift` is added to the bias of its layer.
    """
    import torch

    with torch.no_grad():
        for name in arrays:
            layer, _, part = name.rpartition(".")
            if part == "down":
                bert.get_submodule(layer).weight += torch.from_numpy(arrays[f"{layer}.up"] @ arrays[name])
            elif part == "shift":
                bert.get_submodule(layer).bias += torch.from_numpy(arrays[name])


def _gelu(values: Floats) -> Floats:
    """The GELU of each value (Hendrycks & Gimpel 2016, arXiv:1606.08415)."""
    return np.array([x * (1 + erf(x / sqrt(2))) / 2 for x in values.tolist()], dtype=np.float32)
