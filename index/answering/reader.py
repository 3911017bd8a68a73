"""The readers: small models that read a question together with a few sentences, and say how well each answers.

The search and the ranker see how like the question a sentence is, and what kind of thing it offers. A reader sees
whether it answers: for "how long had the pilot been flying?" that "flown for 13 years" does. It is a model with
low-rank updates and two heads of its own; `index/train/reader.py` trains it, and `weights.md` names the data. There are
two, of different models and trained on different sets, and the mean of what they say is better than what either does.
They read only the best few sentences, each with its neighbours, because each window costs a pass of both. Their linear
layers run in 8 bits.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.encoding.adapter import add_updates
from index.encoding.compiled import Network, convert, cores, in_8_bits, save, tables_in_8_bits
from index.encoding.kept import kept
from index.encoding.loading import from_disk_or_hub, published_folder
from index.encoding.vocabulary import latin_part
from index.encoding.weights import read_arrays, sha256_of
from index.known import READERS, KnownReader, published
from index.types import Floats, Sentence, Span

READ = 16
"""How many of the best sentences are read."""

WINDOWS = 4
"""How many windows are read at the most. A sentence that fits into none of them stays unread. With five, six or eight,
cross-validated, answers are no better."""

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


RUNS = 2
"""The most cores that one question's windows are read on."""

FORMAT = 3
"""The version of what is kept of the compiled reader."""

TOKENIZER = "tokenizer.json"

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

    def __init__(self, known: KnownReader) -> None:
        """Load a reader. A bundled file must have the published SHA-256. Raises ModelError, OutOfResources."""
        parts = (FORMAT, known.model.sha256, published(known.file) or sha256_of(known.file))
        name = f"reader-{sha256(repr(parts).encode()).hexdigest()[:16]}"
        folder = kept(name, partial(_compile_into, known=known))
        self._network = Network(folder, min(cores(), RUNS))
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    @classmethod
    @cache
    def load(cls, known: KnownReader) -> "Reader":
        """The same, loaded once. Raises ModelError, OutOfResources."""
        return cls(known)

    def read(self, question: str, windows: Sequence[Window]) -> list[Floats]:
        """The score of each sentence of each window, float32 (n,): how many nats better than no answer it is.

        A sentence of which nothing was read, because the window was too long, has the score -inf.
        """
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        encoded = self._tokenizer.encode_batch([window.text for window in windows], add_special_tokens=False)
        read = [
            _Read.of(asked, each.ids[:WINDOW_TOKENS], each.offsets[:WINDOW_TOKENS], window.sentences, self._ends)
            for each, window in zip(encoded, windows, strict=True)
        ]
        by_length = sorted(range(len(read)), key=lambda number: len(read[number].ids))
        size = -(-len(read) // max(self._network.cores, 1)) or 1
        batches = [by_length[first : first + size] for first in range(0, len(read), size)]
        results = self._network.run_all(_batch([read[number] for number in batch]) for batch in batches)
        found: dict[int, Floats] = {}
        for batch, result in zip(batches, results, strict=True):
            for number, tokens, sentences in zip(batch, result["tokens"], result["sentences"], strict=True):
                found[number] = read[number].scores(tokens, sentences)
        return [found[number] for number in range(len(read))]

    @cached_property
    def _ends(self) -> tuple[int, int]:
        """The ids of the tokens at the beginning, and after the question and the window."""
        first, last = self._tokenizer.encode("").ids
        return first, last


class Readers:
    """All readers together. They may be used by many threads at once."""

    def __init__(self, *readers: Reader) -> None:
        self._readers = readers

    @classmethod
    def load(cls) -> "Readers":
        """Load those that `known.READERS` names, unless they are. Raises ModelError, OutOfResources."""
        return cls(*(Reader.load(known) for known in READERS))

    def read(self, question: str, windows: Sequence[Window]) -> list[Floats]:
        """As `Reader.read`: the mean of what all of them say."""
        read = [reader.read(question, windows) for reader in self._readers]
        return [np.mean(scores, axis=0, dtype=np.float32) for scores in zip(*read, strict=True)]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the model reads for one window: a question and a window, as tokens.

    `start` is where the window begins, and `sentence_of` int64 (t,) the sentence of each of its tokens.
    """

    ids: list[int]
    start: int
    sentence_of: NDArray[np.int64]
    sentences: int

    @classmethod
    def of(
        cls,
        asked: list[int],
        ids: list[int],
        offsets: Sequence[tuple[int, int]],
        sentences: Sequence[Span],
        ends: tuple[int, int],
    ) -> "_Read":
        starts = np.array([start for start, _ in offsets], dtype=np.int64)
        stops = np.array([sentence.end for sentence in sentences])
        sentence_of = np.minimum(np.searchsorted(stops, starts, side="right"), len(stops) - 1)
        first, last = ends
        return cls([first, *asked, last, *ids, last], len(asked) + 2, sentence_of, len(sentences))

    def shares(self) -> Floats:
        """float32 (sentences, t): what part each token of the window is of the mean over its sentence."""
        inside = self.sentence_of == np.arange(self.sentences)[:, None]
        return np.asarray(inside / np.maximum(inside.sum(axis=1, keepdims=True), 1), dtype=np.float32)

    def scores(self, tokens: Floats, sentences: Floats) -> Floats:
        """The score of each sentence, of the scores of all tokens and of the sentences' means."""
        own = tokens[self.start : self.start + len(self.sentence_of)]
        found = np.full(self.sentences, -np.inf, dtype=np.float32)
        for number in np.unique(self.sentence_of).tolist():
            found[number] = np.logaddexp.reduce(own[self.sentence_of == number]) + sentences[number]
        return found


def _batch(read: Sequence[_Read]) -> dict[str, NDArray[Any]]:
    """The inputs of the network: `ids`, `mask` and `segment` int64 (n, t), `shares` float32 (n, s, t)."""
    length, most = max(len(each.ids) for each in read), max(each.sentences for each in read)
    ids, mask, segment = (np.zeros((len(read), length), dtype=np.int64) for _ in range(3))
    shares = np.zeros((len(read), most, length), dtype=np.float32)
    for row, each in enumerate(read):
        stop = each.start + len(each.sentence_of)
        ids[row, : len(each.ids)], mask[row, : len(each.ids)], segment[row, each.start : stop] = each.ids, 1, 1
        shares[row, : each.sentences, each.start : stop] = each.shares()
    return {"ids": ids, "mask": mask, "segment": segment, "shares": shares}


def lowest_layer(names: Iterable[str]) -> int:
    """The number of the lowest layer that has an update, by the names of all updates."""
    return min(int(name.split(".")[2]) for name in names if name.startswith("encoder.layer."))


def mark_windows(bert: Any, lowest: int, mark: Callable[[], Any]) -> None:  # noqa: ANN401 - a transformer, imported late
    """Add `mark()`, a tensor (n, t, d), where the updates begin: to the words' embeddings, or to what a layer reads."""

    def to_embeddings(_table: Any, _ids: Any, embedded: Any) -> Any:  # noqa: ANN401 - tensors
        return embedded + mark()

    def to_states(_layer: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:  # noqa: ANN401
        return (inputs[0] + mark(), *inputs[1:]), named

    if lowest == 0:
        bert.embeddings.word_embeddings.register_forward_hook(to_embeddings)
    else:
        bert.encoder.layer[lowest].register_forward_pre_hook(to_states, with_kwargs=True)


def _compile_into(folder: Path, known: KnownReader) -> None:
    """Compile a reader into a folder. Raises ModelError, OutOfResources."""
    import torch
    from sentence_transformers import SentenceTransformer
    from torch.nn.functional import gelu

    arrays = {name: each.astype(np.float32) for name, each in read_arrays(known.file, published(known.file)).items()}
    with published_folder(known.model) as weights:
        model: Any = from_disk_or_hub(weights, SentenceTransformer)
    bert: Any = model[0].auto_model.eval()
    tokenizer, pieces = latin_part(model.tokenizer.backend_tokenizer.to_str())
    if pieces is not None:
        table = bert.embeddings.word_embeddings.weight[torch.from_numpy(pieces)]
        bert.embeddings.word_embeddings = torch.nn.Embedding(len(table), table.shape[1], _weight=table)
    add_updates(arrays, bert)
    heads = {name: torch.from_numpy(array) for name, array in arrays.items() if name.startswith("heads.")}
    marks: list[Any] = []
    """What the network adds to the tokens of the window, while it runs."""
    mark_windows(bert, lowest_layer(arrays), lambda: marks[-1])

    def head(name: str, states: Any) -> Any:  # noqa: ANN401 - tensors
        hidden = gelu(states @ heads[f"heads.{name}_in.weight"].T + heads[f"heads.{name}_in.bias"])
        return (hidden @ heads[f"heads.{name}_out.weight"].T + heads[f"heads.{name}_out.bias"])[..., 0]

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: Any, mask: Any, segment: Any, shares: Any) -> Any:  # noqa: ANN401 - tensors
            marks.append(segment[..., None] * heads["heads.segment"])
            states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
            return head("token", states), head("sentence", shares @ states)

    whole = torch.ones(2, 8, dtype=torch.long)
    example = {"ids": whole, "mask": whole, "segment": whole, "shares": torch.ones(2, 3, 8)}
    network = convert(Whole(), example, ("tokens", "sentences"))
    in_8_bits(network)
    tables_in_8_bits(network)
    save(network, folder)
    (folder / TOKENIZER).write_text(tokenizer, encoding="utf-8")
