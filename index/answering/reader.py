"""The reader: a small model that reads a question together with a few sentences, and says how well each answers.

The search and the ranker see how like the question a sentence is, and what kind of thing it offers. The reader sees
whether it answers: for "how long had the pilot been flying?" that "flown for 13 years" does. It is the default model
with low-rank updates and two heads of its own; `index/train/reader.py` trained it, `weights.md` names the data. It
reads only the best few sentences, each with its neighbours, because each window costs a pass of the model. Its linear
layers run in 8 bits, which is three times as fast as 32.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.encoding.adapter import add_updates
from index.encoding.loading import bundled_model_folder, check_published, digests_of, from_disk_or_hub
from index.encoding.weights import read_arrays
from index.types import Floats, Sentence, Span

FILE = Path(__file__).with_name("reader.npz")

SHA256 = "2e0b4f638f4d1498c6e438af42152f2157112336358ff69b82fc04d0f7d659c0"
"""Of FILE, as published. `index.train` writes it here and into `weights.md`."""

READ = 16
"""How many of the best sentences are read."""

WINDOWS = 8
"""How many windows are read at the most. A sentence that fits into none of them stays unread."""

AROUND = 2
"""How many neighbours on each side are read with a sentence."""

WINDOW_CHARACTERS = 700
"""A window gets no more neighbours than fit into this. Of a longer sentence only the first so many are read."""

QUESTION_TOKENS, WINDOW_TOKENS = 48, 200
"""The most tokens of a question and of a window that are read, as in training. The rest is cut off."""


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences that are read together: their text, each one's span in it, and the first one's number."""

    text: str
    sentences: tuple[Span, ...]
    first: int

    def row_of(self, number: int) -> int | None:
        """The index in `sentences` of the sentence with that number in its article, or None if it is not in here."""
        row = number - self.first
        return row if 0 <= row < len(self.sentences) else None


Owner = TypeVar("Owner")


def choose_windows(
    places: Sequence[tuple[Owner, int]], text_of: Callable[[Owner], tuple[str, Sequence[Sentence]]]
) -> dict[Owner, list[Window]]:
    """The windows to read for the best sentences, by article.

    `places` has the article and the number of each sentence, best first; `text_of` gives an article's text and its
    sentences. A sentence that is in the window of a better one needs none of its own.
    """
    found: dict[Owner, list[Window]] = {}
    left = WINDOWS
    for owner, number in places[:READ]:
        windows = found.setdefault(owner, [])
        if not left or any(window.row_of(number) is not None for window in windows):
            continue
        windows.append(_window_around(number, *text_of(owner)))
        left -= 1
    return found


def _window_around(number: int, text: str, sentences: Sequence[Sentence]) -> Window:
    first = last = number
    for distance in range(1, AROUND + 1):
        for end in (number + distance, number - distance):
            start, stop = min(first, end), max(last, end)
            if start < 0 or stop >= len(sentences) or stop - start != last - first + 1:
                continue
            if sentences[stop].end - sentences[start].start <= WINDOW_CHARACTERS:
                first, last = start, stop
    begin = sentences[first].start
    read = text[begin : min(sentences[last].end, begin + WINDOW_CHARACTERS)]
    spans = (Span(s.start - begin, min(s.end - begin, len(read))) for s in sentences[first : last + 1])
    return Window(read, tuple(spans), first)


class Reader:
    """The model, loaded. It may be used by many threads at once."""

    def __init__(self, file: Path = FILE) -> None:
        """Load the reader from a file. The bundled file must have the published SHA-256.

        Raises ModelError, OutOfResources.
        """
        import torch
        from sentence_transformers import SentenceTransformer

        arrays = {
            name: array.astype(np.float32)
            for name, array in read_arrays(file, SHA256 if file == FILE else None).items()
        }
        folder = bundled_model_folder()
        check_published(folder, digests_of(folder))
        model: Any = from_disk_or_hub(folder, SentenceTransformer)
        self._bert: Any = model[0].auto_model.eval()
        self._tokenizer: Any = model.tokenizer.backend_tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._ends: tuple[int, int] = model.tokenizer.cls_token_id, model.tokenizer.sep_token_id
        self._heads = {name: torch.from_numpy(a) for name, a in arrays.items() if name.startswith("heads.")}
        add_updates(arrays, self._bert)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another package is to have the quantization at some time
            each_row = {torch.nn.Linear: torch.ao.quantization.per_channel_dynamic_qconfig}
            self._bert.encoder = torch.ao.quantization.quantize_dynamic(self._bert.encoder, each_row)  # type: ignore[no-untyped-call]

    @classmethod
    @cache
    def load(cls) -> "Reader":
        """The bundled reader. Raises ModelError, OutOfResources."""
        return cls()

    def read(self, question: str, windows: Sequence[Window]) -> list[Floats]:
        """The score of each sentence of each window, float32 (n,): how many nats better than no answer it is.

        A sentence of which nothing was read, because the window was too long, has the score -inf.
        """
        import torch

        if not windows:
            return []
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        read = self._tokenizer.encode_batch([window.text for window in windows], add_special_tokens=False)
        cls, sep = self._ends
        start = len(asked) + 2
        rows = [[cls, *asked, sep, *encoded.ids[:WINDOW_TOKENS], sep] for encoded in read]
        length = max(map(len, rows))
        ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
        segment = torch.tensor(
            [[0] * start + [1] * (len(row) - start - 1) + [0] * (length - len(row) + 1) for row in rows]
        )
        with torch.inference_mode():
            embedded = self._bert.embeddings.word_embeddings(ids) + segment[..., None] * self._heads["heads.segment"]
            states = self._bert(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
            found = []
            for window, encoded, row in zip(windows, read, states, strict=True):
                offsets = np.array(encoded.offsets[:WINDOW_TOKENS], dtype=np.int64).reshape(-1, 2)
                found.append(self._scores(row[start : start + len(offsets)], offsets, window.sentences))
        return found

    def _scores(self, states: Any, offsets: NDArray[np.int64], sentences: Sequence[Span]) -> Floats:  # noqa: ANN401 - a tensor
        import torch

        tokens = self._head("token", states)
        ends = np.array([sentence.end for sentence in sentences])
        sentence_of = np.minimum(np.searchsorted(ends, offsets[:, 0], side="right"), len(ends) - 1)
        scores = np.full(len(sentences), -np.inf, dtype=np.float32)
        for number in np.unique(sentence_of).tolist():
            inside = torch.from_numpy(np.flatnonzero(sentence_of == number))
            own = self._head("sentence", states[inside].mean(dim=0, keepdim=True))
            scores[number] = float(tokens[inside].logsumexp(0) + own[0])
        return scores

    def _head(self, name: str, states: Any) -> Any:  # noqa: ANN401 - tensors
        from torch.nn import functional

        heads = self._heads
        hidden = functional.gelu(states @ heads[f"heads.{name}_in.weight"].T + heads[f"heads.{name}_in.bias"])
        return (hidden @ heads[f"heads.{name}_out.weight"].T + heads[f"heads.{name}_out.bias"])[:, 0]
