"""The encoder for models of sentence-transformers. It computes all vectors of a passage in one pass of the model."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.encoding import models
from index.encoding.adapter import Adapter
from index.encoding.encoder import PassageEncoding, PassageText, QuestionEncoding, quantize, unit
from index.encoding.loading import DEFAULT_MODEL
from index.errors import ModelError
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
        self._adapter = Adapter.load() if name == DEFAULT_MODEL else None
        self._model = models.load(name)
        about = self._model.about
        self.fingerprint, self.dimension, self.token_dimension = (
            about.fingerprint,
            about.dimension,
            about.token_dimension,
        )
        self._tokenizer = self._model.tokenizer
        self._question_tokenizer = Tokenizer.from_str(self._tokenizer.to_str())
        self._question_tokenizer.enable_truncation(about.max_tokens)
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
        prompt = self._model.about.passage_prompt
        encoded = self._tokenizer.encode_batch([prompt + passage.text for passage in passages])
        if any(len(each) > self._model.about.max_tokens for each in encoded):
            raise ModelError(f"A passage is longer than the window of {self.name}; this is a fault in Pullquote.")
        for number, vector, states in self._in_batches(encoded):
            offsets = _offsets(encoded[number], prompt)
            yield number, self._encoding(passages[number], vector, states, offsets)

    def encode_question(self, question: str) -> QuestionEncoding:
        """Encode a question. If it is longer than the window, its end is cut off."""
        prompt = self._model.about.question_prompt
        encoded = self._question_tokenizer.encode(prompt + question)
        vectors, states = self._model.encode(_batch([encoded]))
        return self._question_encoding(vectors[0], states[0], _offsets(encoded, prompt))

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """Encode many questions in batches of similar length: several times as fast as one by one."""
        prompt = self._model.about.question_prompt
        encoded = self._question_tokenizer.encode_batch([prompt + question for question in questions])
        found = {
            number: self._question_encoding(vector, states, _offsets(encoded[number], prompt))
            for number, vector, states in self._in_batches(encoded)
        }
        return [found[number] for number in range(len(questions))]

    def _in_batches(self, encoded: Sequence[Encoding]) -> Iterator[tuple[int, Floats, Floats]]:
        """The index of each text, its vector (dimension,), and the states of its tokens (t, token_dimension)."""
        batches = list(_batches([len(each) for each in encoded]))
        results = self._model.encode_all(_batch([encoded[number] for number in batch]) for batch in batches)
        for batch, (vectors, states) in zip(batches, results, strict=True):
            for row, number in enumerate(batch):
                yield number, vectors[row], states[row, : len(encoded[number])]

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


def _batch(encoded: Sequence[Encoding]) -> models.Batch:
    ids = np.zeros((len(encoded), max(map(len, encoded))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, each in enumerate(encoded):
        ids[row, : len(each)], mask[row, : len(each)] = each.ids, 1
    return ids, mask


def _offsets(encoded: Encoding, prompt: str) -> Offsets:
    return np.maximum(np.array(encoded.offsets, dtype=np.int64).reshape(-1, 2) - len(prompt), 0)
