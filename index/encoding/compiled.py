"""Networks compiled by OpenVINO. They give what torch gives, faster, and a process that uses them never imports torch.

A network is converted from torch once, and kept as a file.
"""

import contextlib
import errno
import importlib
import logging
import mmap
import os
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.encoding.kept import cache_folder
from index.errors import ModelError
from index.resources import shortage

if TYPE_CHECKING:
    import openvino as ov

Arrays = Mapping[str, NDArray[Any]]
"""The inputs or the outputs of a network, by name."""

FILE = "network.xml"
"""The file in a folder that has a network; its numbers are beside it in `network.bin`."""

GROUP = 64
"""So many inputs of a layer in 8 bits share a scale. Larger groups are hardly faster; 32, the default, is slower."""

LARGE = 1 << 16
"""How many numbers a matrix must have to be stored in 8 bits by `in_8_bits`."""

LARGE_TABLE = 1 << 25
"""The same of a table, by `tables_in_8_bits`: the default model's vocabulary stays as it is."""

PART = 1 << 14
"""How many rows of a table are converted at a time, to save memory."""

MEMORY = 256 << 20
"""About as many bytes as a network takes while it is compiled."""


@cache
def openvino() -> ModuleType:
    """The package, imported without its command-line tools, which report to its makers that they were imported."""
    with _importing:
        if "openvino" not in sys.modules:
            sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]  # as if they were not installed
            try:
                importlib.import_module("openvino")
            finally:
                del sys.modules["openvino.tools.ovc"]
        return sys.modules["openvino"]


_importing = threading.Lock()


def convert(
    module: Any,  # noqa: ANN401 - torch's, imported late
    inputs: Mapping[str, Any],
    outputs: Sequence[str],
) -> "ov.Model":
    """Convert a torch module. `inputs` names its arguments, each with an example; `outputs` names what it returns.

    What torch and transformers say about tracing is not shown: it is the results that are compared.
    """
    frontends = openvino().frontend
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    with _tracing, warnings.catch_warnings(), _unheard("transformers"):
        warnings.simplefilter("ignore")
        traced = TorchScriptPythonDecoder(module, example_input=tuple(inputs.values()))
    frontend = frontends.FrontEndManager().load_by_framework("pytorch")
    model: ov.Model = frontend.convert(frontend.load(traced))
    for ports, names in ((model.inputs, inputs), (model.outputs, outputs)):
        for port, name in zip(ports, names, strict=True):
            port.get_tensor().set_names({name})
    return model


_tracing = threading.Lock()
"""Held while a module is traced: what silences warnings does so for all threads."""


@contextlib.contextmanager
def _unheard(name: str) -> Iterator[None]:
    """Let the loggers of a package warn of nothing for a while."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def in_8_bits(model: "ov.Model") -> None:
    """Store the weights of the model's large linear layers in 8 bits, with a scale for each output.

    Processors that multiply 8-bit numbers (VNNI) then do so: the inputs of a layer are scaled to 8 bits as well, GROUP
    at a time. On others the weights are converted back at loading, so the results differ little.
    """
    ops = openvino().opset13
    for node in model.get_ops():
        if node.get_type_name() != "MatMul" or not node.get_attributes()["transpose_b"]:
            continue
        weights = node.input_value(1).get_node()
        if weights.get_type_name() != "Constant" or weights.data.size < LARGE:
            continue
        scales = np.maximum(np.abs(weights.data).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
        steps = ops.constant(np.rint(weights.data / scales).astype(np.int8))
        node.input(1).replace_source_output(ops.multiply(ops.convert(steps, "f32"), ops.constant(scales)).output(0))


def tables_in_8_bits(model: "ov.Model") -> None:
    """Store the large tables of which a network takes rows, such as the vocabulary's, in 8 bits, a scale for each row.

    A table of 250,000 rows then takes 100 MB of memory instead of 400.
    """
    ops = openvino().opset13
    for node in model.get_ops():
        if node.get_type_name() != "Gather":
            continue
        table, rows, axis = (node.input_value(number) for number in range(3))
        weights = _constant_of(table.get_node())
        if weights is None or weights.ndim != 2 or weights.size < LARGE_TABLE:
            continue
        scales = np.empty((len(weights), 1), dtype=np.float32)
        small = np.empty(weights.shape, dtype=np.int8)
        for first in range(0, len(weights), PART):
            part = slice(first, first + PART)
            scales[part] = np.maximum(np.abs(weights[part]).max(axis=1, keepdims=True) / 127, 1e-12)
            small[part] = np.rint(weights[part] / scales[part])
        steps = ops.gather(ops.constant(small), rows, axis)
        sizes = ops.gather(ops.constant(scales), rows, axis)
        node.output(0).replace(ops.multiply(ops.convert(steps, "f32"), sizes).output(0))


def _constant_of(node: Any) -> NDArray[Any] | None:  # noqa: ANN401 - a node of OpenVINO's
    """The numbers of a constant, or of one that is converted; None of any other node."""
    if node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return node.data if node.get_type_name() == "Constant" else None


def save(model: "ov.Model", folder: Path) -> None:
    """Write the network into a folder, in single precision."""
    openvino().save_model(model, folder / FILE, compress_to_fp16=False)


class Network:
    """A compiled network. Many threads may run it at once."""

    def __init__(self, folder: Path, cores: int = 1) -> None:
        """Compile the network in `folder`, to run up to `cores` batches at a time, each on one core.

        That takes a quarter of a second, beside whatever else is loaded; the first batch waits for it. Raises
        OutOfResources.
        """
        _check_memory()
        self.cores = cores
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP,
            "NUM_STREAMS": cores,
            "INFERENCE_NUM_THREADS": cores,
            "ENABLE_CPU_PINNING": False,  # other processes, and other networks, need the cores as well
        }
        self._compiling: Future[ov.CompiledModel] = _compiler().submit(_compile, folder, settings)
        self._idle: deque[ov.InferRequest] = deque()

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run one batch. Raises ModelError, OutOfResources."""
        return next(self.run_all([inputs]))

    def run_all(self, batches: Iterable[Arrays]) -> Iterator[dict[str, NDArray[Any]]]:
        """Run batches beside each other, on as many cores as the network has; the results are in their order.

        Raises ModelError, OutOfResources.
        """
        running: deque[ov.InferRequest] = deque()
        for batch in batches:
            if len(running) == self.cores:
                yield self._result(running.popleft())
            request = self._request()
            request.start_async(dict(batch))
            running.append(request)
        while running:
            yield self._result(running.popleft())

    def _request(self) -> "ov.InferRequest":
        try:
            return self._idle.pop()
        except IndexError:
            with _explained():
                return self._compiling.result().create_infer_request()

    def _result(self, request: "ov.InferRequest") -> dict[str, NDArray[Any]]:
        with _explained():
            request.wait()
            found = {port.get_any_name(): request.get_tensor(port).data.copy() for port in request.model_outputs}
        self._idle.append(request)
        return found


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _core() -> "ov.Core":
    return openvino().Core()


def _check_memory() -> None:
    """Raise OutOfResources unless there is memory for a network. Without it, packages in C++ and Rust may abort."""
    try:
        mmap.mmap(-1, MEMORY).close()
    except OSError as error:
        raise shortage(error) or error from error


def _compile(folder: Path, settings: Mapping[str, Any]) -> "ov.CompiledModel":
    try:
        return _core().compile_model(folder / FILE, "CPU", dict(settings))
    except RuntimeError as error:
        if "open file" not in str(error):
            raise
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE)) from error  # `kept` has just read the file


@cache
def _compiler() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "compiler")


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn an error of OpenVINO into one of ours."""
    try:
        yield
    except (RuntimeError, MemoryError, OSError, ImportError) as error:
        message = f"The compiled model cannot be run ({error}); delete {cache_folder()}, and start again."
        raise shortage(error) or ModelError(message) from error
