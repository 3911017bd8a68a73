"""The models that encode tokens: compiled where that is possible, else run by sentence-transformers.

sentence-transformers loads and defines every model. One that consists of a transformer, a pooling and a normalization
is compiled the first time that it is used, with the adapter merged into it, and kept. After that torch is not needed.
The default model then runs in 8 bits, which is 1.6 times as fast on processors that multiply such numbers, and answers
as well (`index/README.md`).
"""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.encoding.adapter import Adapter
from index.encoding.compiled import Network, convert, cores, in_8_bits, save, tables_in_8_bits
from index.encoding.encoder import unit
from index.encoding.kept import kept
from index.encoding.loading import (
    digests_of,
    fingerprint_of,
    folder_of,
    is_faster_in_bfloat16,
    load_model,
    published_folder,
)
from index.errors import ModelError
from index.known import KNOWN_MODELS, published
from index.types import Floats

if TYPE_CHECKING:
    import torch

FORMAT = 2
"""The version of what is kept of a compiled model."""

TOLERANCE = 1e-3
"""A compiled model is used only if none of its numbers, in single precision, differs by more than this from torch's."""

ABOUT, TOKENIZER = "about.json", "tokenizer.json"

logger = logging.getLogger(__name__)

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The ids of tokens (n, t), and for each 1, or 0 if it only pads its row."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known about a model. `max_tokens` is the most that it reads at once, with special ones and prompt."""

    fingerprint: str
    max_tokens: int
    dimension: int
    token_dimension: int
    passage_prompt: str
    question_prompt: str


class Model(Protocol):
    """A model that encodes tokens."""

    about: About
    tokenizer: Tokenizer
    """Neither truncates nor pads."""

    def encode(self, batch: Batch) -> tuple[Floats, Floats]:
        """The vectors (n, dimension), of length one, and the states of the tokens (n, t, token_dimension)."""

    def encode_all(self, batches: Iterable[Batch]) -> Iterator[tuple[Floats, Floats]]:
        """The same for many batches, in their order, on all cores."""

    def after_pooling(self, means: Floats) -> Floats:
        """What the model makes of the means (n, token_dimension) of states: vectors (n, dimension), of length one."""


def load(name: str) -> Model:
    """Load the model called `name`, or in the folder `name`; one in `index/known.py` with its adapter.

    Raises ModelError, OutOfResources.
    """
    place = _place_of(name)
    if place is None:  # it is not on this machine yet
        model = TorchModel(name, None)
        place = _place_of(name)
        if place is None:
            return model.quickened()
    try:
        return CompiledModel(kept(place, lambda folder: _compile_into(folder, name)))
    except _NotCompilableError as reason:
        logger.info("%s is run by torch: %s.", name, reason)
        return reason.model.quickened()


class _NotCompilableError(Exception):
    """The model cannot be compiled; here it is as torch runs it."""

    def __init__(self, reason: str, model: "TorchModel") -> None:
        super().__init__(reason)
        self.model = model


def _place_of(name: str) -> str | None:
    """The name of the folder that keeps the compiled model; None if the model is not on this machine.

    A model in `index/known.py` is told by its published digests. Any other is told by its files' sizes and times,
    because reading it whole at every start would take long.
    """
    if model := KNOWN_MODELS.get(name):
        known = [model.sha256, str(published(model.adapter))]
    else:
        folder = folder_of(name)
        if folder is None:
            return None
        files = sorted(file for file in (*folder.glob("*"), *folder.glob("*/*")) if file.is_file())
        known = [str(folder), *(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)]
    return f"encoder-{sha256(repr((FORMAT, known)).encode()).hexdigest()[:16]}"


def _compile_into(folder: Path, name: str) -> None:
    """Compile the model called `name` into a folder. Raises _NotCompilableError, ModelError, OutOfResources."""
    import torch

    known = KNOWN_MODELS.get(name)
    model = TorchModel(name, Adapter.load(known.adapter) if known else None)
    if reason := model.hindrance:
        raise _NotCompilableError(reason, model)
    example = torch.ones(2, 8, dtype=torch.long)
    example_mask = example.clone()
    example_mask[1, 6:] = 0
    pipeline, kinds = torch.nn.Sequential(*model.module), ("sentence_embedding", "token_embeddings")

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pipeline = pipeline

        def forward(self, ids: Any, mask: Any) -> Any:  # noqa: ANN401 - tensors
            found = self.pipeline({"input_ids": ids, "attention_mask": mask})
            return tuple(found[kind] for kind in kinds)

    try:
        network = convert(Whole(), {"ids": example, "mask": example_mask}, ("vectors", "states"))
        save(network, folder)
    except Exception as error:  # whatever torch's tracing and OpenVINO's conversion raise
        raise _NotCompilableError(f"it cannot be converted ({error})", model) from error
    (folder / TOKENIZER).write_text(model.tokenizer.to_str(), encoding="utf-8")
    (folder / ABOUT).write_text(json.dumps(asdict(model.about)), encoding="utf-8")
    _compare(model, CompiledModel(folder))
    if known:
        tables_in_8_bits(network)
        in_8_bits(network)
        save(network, folder)


def _compare(model: "TorchModel", compiled: "CompiledModel") -> None:
    """Raise _NotCompilableError if the compiled model gives other numbers."""
    rows = [model.tokenizer.encode(text).ids for text in ("Who?", "The harbour master opened the new bridge in 1998.")]
    length = max(map(len, rows))
    ids = np.array([row + [0] * (length - len(row)) for row in rows], dtype=np.int64)
    mask = np.array([[1] * len(row) + [0] * (length - len(row)) for row in rows], dtype=np.int64)
    for one, other in zip(model.encode((ids, mask)), compiled.encode((ids, mask)), strict=True):
        held = mask.astype(bool) if one.ndim == 3 else slice(None)
        if not np.allclose(one[held], other[held], atol=TOLERANCE):
            raise _NotCompilableError("compiled, it gives other numbers", model)


class CompiledModel:
    """A model compiled by OpenVINO, read from the folder where it is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.about = About(**json.loads((folder / ABOUT).read_text(encoding="utf-8")))
        self._network = Network(folder)
        self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))

    @cached_property
    def _many(self) -> Network:
        """For many batches: a network of its own, so that a question does not wait for them."""
        return Network(self._folder, cores())

    def encode(self, batch: Batch) -> tuple[Floats, Floats]:
        """The vectors (n, dimension), of length one, and the states of the tokens (n, t, token_dimension)."""
        return _vectors_and_states(self._network.run({"ids": batch[0], "mask": batch[1]}))

    def encode_all(self, batches: Iterable[Batch]) -> Iterator[tuple[Floats, Floats]]:
        """The same for many batches, in their order, on all cores."""
        inputs = ({"ids": ids, "mask": mask} for ids, mask in batches)
        yield from map(_vectors_and_states, self._many.run_all(inputs))

    def after_pooling(self, means: Floats) -> Floats:
        """The means, of length one: there is nothing between pooling and normalization."""
        return unit(means)


def _vectors_and_states(found: dict[str, Floats]) -> tuple[Floats, Floats]:
    return unit(found["vectors"]), found["states"]


class TorchModel:
    """A model as sentence-transformers runs it."""

    def __init__(self, name: str, adapter: Adapter | None) -> None:
        """Load the model. Raises ModelError, OutOfResources."""
        known = KNOWN_MODELS.get(name)
        with published_folder(known) if known else nullcontext() as folder:
            self.module: Any = load_model(name, folder, adapter)
        tokenizer: Any = self.module.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(f"The model {name} has no fast tokenizer, which quoting needs; choose another one.")
        self.tokenizer = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        modules = list(self.module)
        pooling = next((i for i, module in enumerate(modules) if type(module).__name__ == "Pooling"), 0)
        self._after_pooling = modules[pooling + 1 :]
        fingerprint = known.sha256[:16] if known else fingerprint_of(self.module, digests_of(Path(name)))
        self.about = About(
            fingerprint=f"{fingerprint}+{str(published(known.adapter))[:16]}" if adapter and known else fingerprint,
            max_tokens=min(self.module.max_seq_length or 512, 8192),
            dimension=self.module.get_embedding_dimension(),
            token_dimension=self.module[0].get_embedding_dimension(),
            passage_prompt=self._prompt("document", "passage"),
            question_prompt=self._prompt("query"),
        )

    def _prompt(self, *names: str) -> str:
        prompts: dict[str, str] = self.module.prompts or {}
        return next((prompts[name] for name in names if prompts.get(name)), "")

    def quickened(self) -> Self:
        """Itself, in bfloat16 from now on where the processor is faster in that."""
        if is_faster_in_bfloat16():
            self.module = self.module.bfloat16()
        return self

    @property
    def hindrance(self) -> str:
        """Why the model cannot be compiled; empty if nothing is known to stand in the way."""
        kinds = [type(module).__name__ for module in self.module]
        if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) - {"Normalize"}:
            return f"it consists of {', '.join(kinds)}"
        return ""

    def encode(self, batch: Batch) -> tuple[Floats, Floats]:
        """The vectors (n, dimension), of length one, and the states of the tokens (n, t, token_dimension)."""
        return self._encode(batch, 1)  # with two busy cores, where each layer waits for the slower one, more are slower

    def encode_all(self, batches: Iterable[Batch]) -> Iterator[tuple[Floats, Floats]]:
        """The same for many batches, in their order, on all cores."""
        for batch in batches:
            yield self._encode(batch, cores())

    def _encode(self, batch: Batch, threads: int) -> tuple[Floats, Floats]:
        import torch

        torch.set_num_threads(threads)
        features = {"input_ids": torch.from_numpy(batch[0]), "attention_mask": torch.from_numpy(batch[1])}
        with torch.inference_mode():
            found = self.module(features)
        return unit(_array(found["sentence_embedding"])), _array(found["token_embeddings"])

    def after_pooling(self, means: Floats) -> Floats:
        """What the modules after the pooling make of the means: dense layers, if there are any."""
        import torch

        features = {"sentence_embedding": torch.from_numpy(means).to(self.module.dtype)}
        with torch.inference_mode():
            for module in self._after_pooling:
                features = module(features)
        return unit(_array(features["sentence_embedding"]))


def _array(tensor: "torch.Tensor") -> Floats:
    return np.asarray(tensor.float().numpy(), dtype=np.float32)
