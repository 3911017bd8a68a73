"""The encoder for models of sentence-transformers. It computes all vectors of a passage in one pass of the model."""

import copy
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.encoding.adapter import FILE as ADAPTER_FILE
from index.encoding.adapter import Adapter
from index.encoding.encoder import PassageEncoding, PassageText, QuestionEncoding, quantize, unit
from index.encoding.loading import (
    DEFAULT_MODEL,
    bundled_model_folder,
    check_published,
    digests_of,
    fingerprint_of,
    load_model,
)
from index.encoding.weights import sha256_of
from index.errors import ModelError
from index.text import pieces
from index.types import Floats, Span

if TYPE_CHECKING:
    import torch

BATCH_SIZE = 32


class SentenceTransformerEncoder:
    """An encoder that uses a sentence-transformers model and its token states.

    Any model works whose first module is a transformer with a fast tokenizer. It runs in bfloat16 where the processor
    is faster in that, with cosines equal to the third digit.
    """

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        """Load the model called `name`, or in the folder `name`. Raises ModelError, OutOfResources."""
        self.name = name
        folder = bundled_model_folder() if name == DEFAULT_MODEL else None
        digests = digests_of(folder or Path(name))
        if folder:
            check_published(folder, digests)
        self._adapter = Adapter.load() if name == DEFAULT_MODEL else None
        self._model = load_model(name, folder, self._adapter)
        self._threads = _threads()
        tokenizer: Any = self._model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(f"The model {name} has no fast tokenizer, which quoting needs; choose another one.")
        modules = list(self._model)
        pooling = next((i for i, module in enumerate(modules) if type(module).__name__ == "Pooling"), 0)
        self._modules_after_pooling = modules[pooling + 1 :]
        self._passage_prompt = self._prompt("document", "passage")
        self._question_prompt = self._prompt("query")
        # One tokenizer for each use: a fast tokenizer keeps its last truncation and padding settings, in all threads.
        self._passage_tokenizer, self._question_tokenizer = copy.deepcopy(tokenizer), copy.deepcopy(tokenizer)
        self._article_tokenizer: Any = copy.deepcopy(tokenizer).backend_tokenizer
        self._article_tokenizer.no_truncation()
        self._article_tokenizer.no_padding()
        special = tokenizer.num_special_tokens_to_add()
        prompt = len(self._article_tokenizer.encode(self._passage_prompt, add_special_tokens=False).ids)
        self.window: int = min(self._model.max_seq_length or 512, 8192) - special - prompt
        self.dimension: int = self._model.get_embedding_dimension()
        self.token_dimension: int = self._model[0].get_embedding_dimension()
        self.fingerprint = fingerprint_of(self._model, digests)
        if self._adapter:
            self.fingerprint += "+" + sha256_of(ADAPTER_FILE)[:16]

    def _prompt(self, *names: str) -> str:
        prompts: dict[str, str] = self._model.prompts or {}
        return next((prompts[name] for name in names if prompts.get(name)), "")

    def tokenize(self, text: str) -> list[Span]:
        """The spans of the model's tokens in `text`, which may be of any length."""
        tokens: list[Span] = []
        for part in pieces(text):
            offsets = self._article_tokenizer.encode(text[part.start : part.end], add_special_tokens=False).offsets
            tokens += (Span(part.start + start, part.start + end) for start, end in offsets if end > start)
        return tokens

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Encode each passage once, in batches of similar length; yields its index with it. Raises ModelError."""
        by_length = sorted(range(len(passages)), key=lambda i: len(passages[i].text))
        for first in range(0, len(by_length), BATCH_SIZE):
            numbers = by_length[first : first + BATCH_SIZE]
            batch = [passages[i] for i in numbers]
            vectors, states, offsets = self._forward([p.text for p in batch], self._passage_prompt, truncate=False)
            for row, number in enumerate(numbers):
                yield number, self._encoding(batch[row], vectors[row], states[row], offsets[row])

    def encode_question(self, question: str) -> QuestionEncoding:
        """Encode a question. If it is longer than the window, its end is cut off."""
        vectors, states, offsets = self._forward([question], self._question_prompt, truncate=True)
        return self._question_encoding(vectors[0], states[0], offsets[0])

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """Encode many questions in batches of similar length: four to five times as fast as one by one."""
        by_length = sorted(range(len(questions)), key=lambda i: len(questions[i]))
        found: dict[int, QuestionEncoding] = {}
        for first in range(0, len(by_length), BATCH_SIZE):
            numbers = by_length[first : first + BATCH_SIZE]
            batch = self._forward([questions[i] for i in numbers], self._question_prompt, truncate=True)
            found |= {number: self._question_encoding(*rows) for number, *rows in zip(numbers, *batch, strict=True)}
        return [found[number] for number in range(len(questions))]

    def _forward(
        self, texts: Sequence[str], prompt: str, *, truncate: bool
    ) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Unit vectors (n, dimension), token states (n, t, token_dimension), token offsets (n, t, 2) into the texts.

        Tokens of the prompt, special ones and padding have empty offsets.
        """
        import torch

        tokenizer = self._question_tokenizer if truncate else self._passage_tokenizer
        batch = tokenizer(
            [prompt + text for text in texts],
            padding=True,
            truncation=truncate,
            max_length=self._model.max_seq_length if truncate else None,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = np.maximum(batch.pop("offset_mapping").numpy() - len(prompt), 0)
        if not truncate and self._model.max_seq_length and batch["input_ids"].shape[1] > self._model.max_seq_length:
            raise ModelError(f"A passage is longer than the window of {self.name}; this is a fault in Pullquote.")
        # A question is too short for several threads. On two busy cores, where each layer waits for the slower thread,
        # it took four times as long with two threads as with one. Torch stores the number per calling thread.
        torch.set_num_threads(1 if truncate or len(texts) == 1 else self._threads)
        with torch.inference_mode():
            features = self._model(dict(batch))
        return _unit_array(features["sentence_embedding"]), _array(features["token_embeddings"]), offsets

    def _question_encoding(self, vector: Floats, states: Floats, offsets: NDArray[np.int64]) -> QuestionEncoding:
        inside = offsets[:, 1] > offsets[:, 0]
        spans = tuple(Span(int(start), int(end)) for start, end in offsets[inside])
        tokens = unit(states[inside])
        if self._adapter is None or not spans:
            return QuestionEncoding(vector, tokens, spans, np.ones(len(spans), dtype=np.float32))
        adapter = self._adapter
        return QuestionEncoding(
            vector, tokens, spans, adapter.emphasis(tokens), adapter.answer(tokens), adapter.repeats
        )

    def _encoding(
        self, passage: PassageText, vector: Floats, states: Floats, offsets: NDArray[np.int64]
    ) -> PassageEncoding:
        """Cut the token states of one passage at its sentences."""
        rows = [
            np.flatnonzero((offsets[:, 0] < s.end) & (offsets[:, 1] > s.start) & (offsets[:, 1] > offsets[:, 0]))
            for s in passage.sentences
        ]
        means = np.stack([states[r].mean(axis=0) if len(r) else np.zeros_like(states[0]) for r in rows])
        tokens = states[np.concatenate(rows)] if rows else states[:0]
        return PassageEncoding(
            vector=vector,
            sentences=self._after_pooling(means),
            tokens=quantize(tokens),
            token_counts=np.array([len(r) for r in rows], dtype=np.int32),
        )

    def _after_pooling(self, means: Floats) -> Floats:
        """Apply to the means of sentences what the model does after pooling (dense layers, if it has any)."""
        import torch

        features = {"sentence_embedding": torch.from_numpy(means).to(self._model.dtype)}
        with torch.inference_mode():
            for module in self._modules_after_pooling:
                features = module(features)
        return _unit_array(features["sentence_embedding"])


def _array(tensor: "torch.Tensor") -> Floats:
    return np.asarray(tensor.float().numpy(), dtype=np.float32)


def _unit_array(tensor: "torch.Tensor") -> Floats:
    return unit(_array(tensor))


@functools.cache
def _threads() -> int:
    """The number of threads that torch used for one operation before anybody changed it."""
    import torch

    return torch.get_num_threads()
