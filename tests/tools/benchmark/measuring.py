"""What the benchmarks share: clocks, medians, memory, fresh processes, and what they say of the machine."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")

Clock = Callable[[], float]
"""The seconds since some moment."""

FAST_PATHS = ("avx2", "avx512_bf16", "amx_bf16")
"""The instructions that make a difference to the model."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the 95th percentile of some durations, in seconds, and how many there were."""

    median: float
    percentile_95: float
    count: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """The spread of at least one duration; percentiles between two of them are interpolated."""
        median, percentile_95 = np.percentile(seconds, (50, 95))
        return cls(float(median), float(percentile_95), len(seconds))

    def __str__(self) -> str:
        return f"median {self.median * 1000:.1f} ms, 95th percentile {self.percentile_95 * 1000:.1f} ms ({self.count})"


class Meter:
    """Adds up the time that is spent in some part of a program."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self.seconds = 0.0
        self.clock = clock

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time in the `with` block."""
        started = self.clock()
        try:
            yield
        finally:
            self.seconds += self.clock() - started


def seconds_without(left_out: Meter, action: Callable[[], object]) -> float:
    """How long `action` takes by the meter's clock, without what the meter counts meanwhile."""
    counted, started = left_out.seconds, left_out.clock()
    action()
    return left_out.clock() - started - (left_out.seconds - counted)


def in_fresh_process(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function of a module in a new process, which has loaded and cached nothing yet."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def peak_mib() -> float:
    """The most memory that this process ever had in RAM, in MiB, with the files that it mapped.

    `resource.getrusage` would count what the parent process had before, too.
    """
    return _status_mib("VmHWM")


def resident_mib() -> float:
    """The memory that this process has in RAM now, in MiB."""
    return _status_mib("VmRSS")


def _status_mib(field: str) -> float:
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{field}:")]
    return int(line.split()[1]) / 1024


def machine() -> str:
    """The processor, what it can do, and how much it had to do in the last minute, for beside the figures."""
    lines = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    fields = {name.strip(): value.strip() for name, value in lines.items()}
    name, flags = fields.get("model name", "unknown processor"), fields.get("flags", "").split()
    able = " ".join(flag.upper() for flag in FAST_PATHS if flag in flags)
    return f"{name}, {os.cpu_count()} cores, {able}; load {os.getloadavg()[0]:.1f} at the start"
