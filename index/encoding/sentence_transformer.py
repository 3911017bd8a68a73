"""The encoder for models of sentence-transformers. It computes all vectors of a passage in one pass of the model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoding import models
from index.encoding.adapter import Adapter
from index.encoding.encoder import PassageEncoding, PassageText, QuestionEncoding, quantize, unit
from index.encoding.loading import DEFAULT_MODEL
from index.errors import ModelError
from index.known import KNOWN_MODELS
from index.text import pieces
from index.types import Floats, Span

BATCH_TOKENS = 2048
"""How many tokens a batch has, with the padding. Larger batches are no faster, and a question waits longer for them."""

Offsets = NDArray[np.int64]
"""The characters of each token (t, 2) in a text. Those of a prompt, special ones and padding have empty offsets."""


class SentenceTransformerEncoder:
    """An encoder that uses a sentence-transformers model and its token states.

    Any model works whose first module is a transformer with a fast tokenizer. It is compiled if it can be; the results
    are equal to those of torch to the third digit.
    """

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        """Load the model called `name`, or in the folder `name`. Raises ModelError, OutOfResources."""
        self.name = name
        known = KNOWN_MODELS.get(name)
        self._adapter = Adapter.load(known.adapter) if known else None
        self._model = models.load(name)
        about = self._model.about
        self.fingerprint, self.dimension, self.token_dimension = (
            about.fingerprint,
            about.dimension,
            about.token_dimension,
        )
        self._tokenizer = self._model.tokenizer
        prompt = len(self._tokenizer.encode(about.passage_prompt, add_special_tokens=False).ids)
        self.window: int = about.max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=False) - prompt

    def tokenize(self, text: str) -> list[Span]:
        """The spans of the model's tokens in `text`, which may be of any length."""
        tokens: list[Span] = []
        for part in pieces(text):
            offsets = self._tokenizer.encode(text[part.start : part.end], add_special_tokens=False).offsets
            tokens += (Span(part.start + start, part.start + end) for start, end in offsets if end > start)
        return tokens

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Encode each passage once, in batches of similar length; yields its index with it. Raises ModelError."""
        read = self._tokens_of([passage.text for passage in passages], self._model.about.passage_prompt)
        if any(len(each.ids) > self._model.about.max_tokens for each in read):
            raise ModelError(f"A passage is longer than the window of {self.name}; this is a fault in Pullquote.")
        for number, vector, states in self._in_batches(read):
            yield number, self._encoding(passages[number], vector, states, read[number].offsets)

    def encode_question(self, question: str) -> QuestionEncoding:
        """Encode a question. If it is longer than the window, its end is cut off."""
        (read,) = self._of_questions([question])
        vectors, states = self._model.encode(_batch([read]))
        return self._question_encoding(vectors[0], states[0], read.offsets)

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """Encode many questions in batches of similar length: several times as fast as one by one."""
        read = self._of_questions(questions)
        found = {
            number: self._question_encoding(vector, states, read[number].offsets)
            for number, vector, states in self._in_batches(read)
        }
        return [found[number] for number in range(len(questions))]

    def _of_questions(self, questions: Sequence[str]) -> list["_Tokens"]:
        about = self._model.about
        return [each.cut_off(about.max_tokens) for each in self._tokens_of(questions, about.question_prompt)]

    def _tokens_of(self, texts: Sequence[str], prompt: str) -> list["_Tokens"]:
        encoded = self._tokenizer.encode_batch([prompt + text for text in texts])
        return [_Tokens(each.ids, _offsets(each.offsets, prompt)) for each in encoded]

    def _in_batches(self, read: Sequence["_Tokens"]) -> Iterator[tuple[int, Floats, Floats]]:
        """The index of each text, its vector (dimension,), and the states of its tokens (t, token_dimension)."""
        batches = list(_batches([len(each.ids) for each in read]))
        results = self._model.encode_all(_batch([read[number] for number in batch]) for batch in batches)
        for batch, (vectors, states) in zip(batches, results, strict=True):
            for row, number in enumerate(batch):
                yield number, vectors[row], states[row, : len(read[number].ids)]

    def _question_encoding(self, vector: Floats, states: Floats, offsets: Offsets) -> QuestionEncoding:
        inside = offsets[:, 1] > offsets[:, 0]
        spans = tuple(Span(int(start), int(end)) for start, end in offsets[inside])
        tokens = unit(states[inside])
        if self._adapter is None or not spans:
            return QuestionEncoding(vector, tokens, spans, np.ones(len(spans), dtype=np.float32))
        adapter = self._adapter
        return QuestionEncoding(
            vector, tokens, spans, adapter.emphasis(tokens), adapter.answer(tokens), adapter.repeats
        )

    def _encoding(self, passage: PassageText, vector: Floats, states: Floats, offsets: Offsets) -> PassageEncoding:
        """Cut the token states of one passage at its sentences."""
        rows = [
            np.flatnonzero((offsets[:, 0] < s.end) & (offsets[:, 1] > s.start) & (offsets[:, 1] > offsets[:, 0]))
            for s in passage.sentences
        ]
        means = np.stack([states[r].mean(axis=0) if len(r) else np.zeros_like(states[0]) for r in rows])
        tokens = states[np.concatenate(rows)] if rows else states[:0]
        return PassageEncoding(
            vector=vector,
            sentences=self._model.after_pooling(means),
            tokens=quantize(tokens),
            token_counts=np.array([len(r) for r in rows], dtype=np.int32),
        )


@dataclass(frozen=True, slots=True)
class _Tokens:
    """A text as the model reads it, with the prompt before it and the special tokens around it."""

    ids: list[int]
    offsets: Offsets

    def cut_off(self, most: int) -> "_Tokens":
        """The first tokens, and the last, which ends every text; together at most `most`."""
        if len(self.ids) <= most:
            return self
        return _Tokens([*self.ids[: most - 1], self.ids[-1]], np.vstack([self.offsets[: most - 1], self.offsets[-1:]]))


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The indexes of texts with these lengths, the shortest first, in batches of at most BATCH_TOKENS tokens."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[number] * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _batch(read: Sequence[_Tokens]) -> models.Batch:
    ids = np.zeros((len(read), max(len(each.ids) for each in read)), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, each in enumerate(read):
        ids[row, : len(each.ids)], mask[row, : len(each.ids)] = each.ids, 1
    return ids, mask


def _offsets(of_tokens: Sequence[tuple[int, int]], prompt: str) -> Offsets:
    return np.maximum(np.array(of_tokens, dtype=np.int64).reshape(-1, 2) - len(prompt), 0)
