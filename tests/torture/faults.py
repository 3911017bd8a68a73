"""Faults of the file system and of the clock, in a process into which `faults.c` was preloaded."""

import ctypes
import os
import shutil
import subprocess
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import cache
from pathlib import Path


class Change(IntFlag):
    """What is done to files."""

    OPEN = 1
    """To write to it."""
    WRITE = 2
    SYNC = 4
    TRUNCATE = 8
    RENAME = 16
    UNLINK = 32
    MKDIR = 64

    @classmethod
    def any(cls) -> "Change":
        return cls(127)


class Action(IntEnum):
    """What goes wrong."""

    COUNT = 0
    """Nothing."""
    KILL = 1
    """The process is killed before the change."""
    TEAR = 2
    """It is killed when half of what it writes is written; or when the change, if it is another one, is made."""
    FAIL = 3
    """The change fails."""
    DELAY = 4
    """It takes long."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The n-th change of those kinds goes wrong; if it `lasts`, all that follow do as well.

    `number` is the error's, or how many milliseconds it takes.
    """

    action: Action
    n: int = 0
    number: int = 0
    lasts: bool = False
    kinds: Change = Change.any()


COUNTING = Fault(Action.COUNT)


def arm(folder: Path, fault: Fault) -> None:
    """From now on, count the changes to what is in the folder; and let the fault happen."""
    _library().faults_arm(
        os.fsencode(folder), fault.kinds, fault.action, ctypes.c_long(fault.n), fault.number, fault.lasts
    )


def disarm() -> int:
    """Let nothing go wrong any more. Returns how many changes there were."""
    return int(_library().faults_disarm())


def set_clock_back(seconds: int) -> None:
    """Of this process, compared with the machine's."""
    _library().faults_set_clock_back(ctypes.c_long(seconds))


def build(folder: Path) -> Path | None:
    """Compile `faults.c`; None where there is no compiler."""
    compiler, built = shutil.which("cc"), folder / "faults.so"
    if compiler is None:
        return None
    source = Path(__file__).with_suffix(".c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", built, source, "-ldl"], check=True)
    return built


@cache
def _library() -> ctypes.CDLL:
    """What was preloaded."""
    library = ctypes.CDLL(os.environ["LD_PRELOAD"])
    library.faults_disarm.restype = ctypes.c_long
    return library
