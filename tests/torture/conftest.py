"""What the tests of torture share: a process in which changes to files can go wrong."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.torture.faults import build


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessPoolExecutor]:
    """A process that faults can be made in. It forks for each trial, so nothing has to be imported twice."""
    if sys.platform != "linux":
        pytest.skip("faults are made as Linux has them")
    built = build(tmp_path_factory.mktemp("faults"))
    if built is None:
        pytest.skip("there is no C compiler `cc` to build tests/torture/faults.c with")
    with pytest.MonkeyPatch.context() as patch, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        patch.setenv("LD_PRELOAD", str(built))
        patch.setenv("OPENBLAS_NUM_THREADS", "1")  # whoever forks should have no other threads
        pool.submit(os.getpid).result()  # which starts the process
        yield pool
