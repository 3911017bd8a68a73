"""Does a piece of work in a process of its own, which a fault or a signal may end, and says how that went."""

import os
import pickle
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from index import PullquoteError, shortage
from tests.torture import faults
from tests.torture.faults import Fault

T = TypeVar("T")
SECONDS = 180.0
"""After which a process is said to hang; the work takes about one."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a piece of work ended, and what it had said by then."""

    said: tuple[str, ...]
    killed: bool
    changes: int = 0
    """Those that it made to files, if it was not killed."""
    error: str = ""
    """What it raised, if it raised an error that is explained."""
    surprise: str = ""
    """The traceback of any other error."""


def attempt(work: Callable[[Say], object], folder: Path, fault: Fault, *, seconds: float | None = None) -> Ended:
    """Do the work with that fault among the changes to what is in the folder; kill it after so many seconds."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _work(work, folder, fault, write)
    os.close(write)
    deadline, received = time.monotonic() + (SECONDS if seconds is None else seconds), b""
    is_late = False
    while True:
        left = None if is_late else max(deadline - time.monotonic(), 0)
        if not select.select([read], [], [], left)[0]:
            os.kill(child, signal.SIGKILL)
            is_late = True
        elif piece := os.read(read, 1 << 16):
            received += piece
        else:
            break
    os.close(read)
    _, status = os.waitpid(child, 0)
    *said, last = received.decode().split("\0") if received else [""]
    assert seconds is not None or not is_late, f"it hung, with {fault}"
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, f"signal {os.WTERMSIG(status)}, with {fault}"
        return Ended(tuple(line for line in said if "\1" not in line), killed=True)  # it may just have ended
    *said, outcome = said
    kind, changes, text = outcome.split("\1")
    assert not last
    return Ended(tuple(said), False, int(changes), text if kind == "error" else "", text if kind == "surprise" else "")


def _work(work: Callable[[Say], object], folder: Path, fault: Fault, pipe: int) -> None:
    def say(text: str) -> None:
        os.write(pipe, f"{text}\0".encode())

    kind, text = "done", ""
    try:
        faults.arm(folder, fault)
        work(say)
    except BaseException as error:
        explained = shortage(error) or (error if isinstance(error, PullquoteError) else None)  # as the command does
        kind, text = ("error", str(explained)) if explained else ("surprise", traceback.format_exc())
    finally:
        changes = faults.disarm()
        say(f"{kind}\1{changes}\1{text}")
        os._exit(0)


def apart(look: Callable[[], T]) -> T:
    """What `look` returns, found by a fresh process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            found: tuple[bool, object] = True, look()
        except BaseException:
            found = False, traceback.format_exc()
        with os.fdopen(write, "wb") as out:
            pickle.dump(found, out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        content = stream.read()
    os.waitpid(child, 0)
    sound, value = pickle.loads(content)
    if not sound:
        raise AssertionError(value)
    return value  # type: ignore[no-any-return]
