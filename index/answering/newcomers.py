"""How near new passages come to questions that wait for an answer: a cheap sieve before these are asked again."""

from collections.abc import Sequence

import numpy as np

from index.encoding.encoder import unit
from index.storage.types import StoredPassage
from index.types import Floats

AT_ONCE = 1024
"""How many vectors of passages and sentences are compared at once, so that the products take little memory."""

NEAR = 0.35
"""A question that comes no nearer than this to any passage or sentence is not answered by it. Measured on newsqa-dev:
see *Waiting questions* in `index/README.md`."""


def nearness(questions: Floats, passages: Sequence[StoredPassage]) -> Floats:
    """The largest cosine of each question with any passage or any sentence of one: float32 (n,); -1 without passages.

    `questions` has a unit row for each question: float32 (n, dimension).
    """
    found = np.full(len(questions), -1.0, dtype=np.float32)
    rows: list[Floats] = []
    held = 0
    for passage in passages:
        rows += [passage.vector[np.newaxis], passage.blobs.unpack_sentences()]
        held += sum(map(len, rows[-2:]))
        if held >= AT_ONCE:
            found, rows, held = _nearer(found, questions, rows), [], 0
    return _nearer(found, questions, rows) if rows else found


def _nearer(found: Floats, questions: Floats, rows: Sequence[Floats]) -> Floats:
    cosines = questions @ unit(np.concatenate(rows)).T
    return np.asarray(np.maximum(found, cosines.max(axis=1)), dtype=np.float32)
