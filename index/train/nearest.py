"""Tells which questions name the text that they are about, among the texts of their corpus.

"How long did it take?" is asked by somebody who has the text before them. Asked of a whole library it is about nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.encoding.encoder import Encoder

BEGINNING = 500
"""A text is told by this many of its first characters."""

NAMED = 3
"""A question names its text if that is among this many which are nearest to it."""


def nearest(texts: Sequence[str], questions: Sequence[str], encoder: Encoder, count: int = 8) -> NDArray[np.int64]:
    """For each question, the indexes of the texts that are nearest to it, nearest first: int64 (questions, count)."""
    beginnings = encoder.encode_questions([text[:BEGINNING] for text in texts])
    vectors = np.stack([encoded.vector for encoded in beginnings])
    asked = np.stack([encoded.vector for encoded in encoder.encode_questions(questions)])
    return np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, :count]
