"""Documents of strangers are read in processes of their own, within limits on time and memory.

No limit inside this process would do: while a regular expression or a parser written in C is at work, no other thread
gets its turn, and what a few hundred bytes may cost shows only when they are read. So a document that goes on too long
takes only its own process with it, and the next one is read by another, which is there at once.
"""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import LifoQueue
from types import TracebackType
from typing import Self, TypeVar

from index.errors import ArticleError, ParserError, PullquoteError, Remedy, SourceError, SourceGone, TooCostly
from index.naming import named
from index.resources import shortage
from index.sources.limits import DEFAULT_MAX_BYTES
from index.sources.parser_child import FRAME, Failure, Kind, Reply, failure_of, result_of

T = TypeVar("T")

Task = partial[T]
"""A call of one of the functions that `parser_child` knows, such as `partial(read_document, data, name, …)`."""

PROCESSES = 2
"""How many documents are read at once; the second process is started when two are first to be."""

START_SECONDS = 60.0
"""How long a process may take to start, by the clock."""

MAX_REPLY = 64_000_000
"""Bytes; an article within the limits has a few million at the most."""

_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one document may take. Time on a processor and memory are limited where the system can.

    `wait` is how many seconds it may take by the clock, also on a machine that is busy with something else.
    """

    seconds: float = 4.0
    megabytes: int = 384
    wait: float = 60.0


class Parser:
    """Reads documents in child processes. Safe to use from many threads. A context manager.

    The processes are started when they are first needed, and stay. One that a document took down is replaced.
    """

    def __init__(
        self,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        processes: int = PROCESSES,
    ) -> None:
        """`max_bytes` is the size limit of the documents that callers hand in."""
        self.max_bytes = max_bytes
        self._limits = limits
        self._free: LifoQueue[_Child | None] = LifoQueue()  # last in, first out: the one that is warm
        for _ in range(processes):
            self._free.put(None)
        self._threads = ThreadPoolExecutor(processes, "parser")
        self._running: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; what they are reading is given up."""
        with self._lock:
            self._closed = True
            for child in self._running:
                child.kill()
        self._threads.shutdown(cancel_futures=True)
        with self._lock:
            for child in self._running:
                child.close()
            self._running.clear()

    def warm(self) -> None:
        """Start a process, so that the first document need not wait for it. Raises ParserError."""
        self._free.put(self._usable(self._free.get()))

    def run(self, task: Task[T], name: str) -> T:
        """What `task` returns or raises, done in a child process; `name` is what messages call the document.

        Raises TooCostly where it takes more than the limits allow, ArticleError where the document breaks what reads
        it, and ParserError where no process can be started.
        """
        child = self._free.get()
        try:
            child = self._usable(child)
            reply = child.ask(pickle.dumps(task), self._limits.wait)
        finally:
            self._free.put(child)
        said = reply.payload.decode(errors="replace") if reply else ""
        if reply is None or reply.kind == Kind.COST:
            raise self._too_costly(name, "clock" if child.is_late else said)
        if reply.kind == Kind.FAULT:
            raise ArticleError(
                f"{named(name)} cannot be read, something in it is broken ({said}): save the text of the article as "
                ".txt."
            )
        try:
            found: T | Failure = failure_of(reply) if reply.kind == Kind.ERROR else result_of(task, reply)
        except ValueError as error:
            raise self._too_costly(name, "") from error
        if isinstance(found, Failure):
            raise _error_of(found)
        return found

    async def run_apart(self, task: Task[T], name: str) -> T:
        """The same, awaited: the event loop's own threads have other work, which must not wait for documents."""
        return await get_running_loop().run_in_executor(self._threads, self.run, task, name)

    def _usable(self, child: "_Child | None") -> "_Child":
        """`child` if it is there and alive, else another one."""
        with self._lock:
            if self._closed:
                raise ParserError("Documents are read no more: Pullquote is stopping.")
            if child is not None and child.is_alive:
                return child
            if child is not None:
                child.close()
                self._running.discard(child)
            child = _Child(self._limits)
            self._running.add(child)
            return child

    def _too_costly(self, name: str, cost: str) -> PullquoteError:
        if self._closed:
            return ParserError(f"{named(name)} was not read to its end: Pullquote is stopping.")
        allowed = {
            "time": f"takes more than {self._limits.seconds:g} seconds to read",
            "clock": f"takes more than {self._limits.wait:g} seconds to read",
            "memory": f"takes more than {self._limits.megabytes} MB of memory to read",
        }.get(cost, "breaks the program that reads it")
        return TooCostly(f"{named(name)} {allowed}: look at what is in it, or save the text of the article as .txt.")


class _Child:
    """One process: it is sent a task, and answers it before the next one."""

    def __init__(self, limits: Limits) -> None:
        self._killed = self.is_late = False
        program = "from index.sources.parser_child import main; main()"
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", program, str(limits.seconds), str(limits.megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # what a document makes a parser say is nothing for the log
                env=_environment(),  # no token in there
                start_new_session=True,  # Ctrl-C in a terminal is for us alone
            )
        except OSError as error:
            raise shortage(error) or ParserError(
                f"The process that reads documents cannot be started ({error.strerror or error}): try again later."
            ) from error
        if self._receive(START_SECONDS) is None:
            self.close()
            raise ParserError(
                "The process that reads documents ended as soon as it was started: see that there is memory left, or "
                "install Pullquote again."
            )

    @property
    def is_alive(self) -> bool:
        return not self._killed and self._process.poll() is None

    def ask(self, task: bytes, wait: float) -> Reply | None:
        """The reply to a task; None where the process gave none, and is of no more use."""
        assert self._process.stdin
        try:
            self._process.stdin.write(FRAME.pack(len(task)) + task)
            self._process.stdin.flush()
        except OSError:
            self.kill()
            return None
        payload = self._receive(wait)
        try:
            reply = Reply.read(payload) if payload is not None else None
        except ValueError:
            reply = None
        if reply is None:
            self.kill()
        return reply

    def kill(self) -> None:
        """End it, and what it has started."""
        self._killed = True
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()

    def _give_up(self) -> None:
        self.is_late = True
        self.kill()

    def close(self) -> None:
        """End it, and leave nothing of it behind."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()

    def _receive(self, wait: float) -> bytes | None:
        """The next frame; None where the process ends before it, or is ended after `wait` seconds."""
        stream = self._process.stdout
        assert stream
        timer = threading.Timer(wait, self._give_up)
        timer.start()
        try:
            head = stream.read(FRAME.size)
            size = FRAME.unpack(head)[0] if len(head) == FRAME.size else MAX_REPLY + 1
            payload = stream.read(size) if size <= MAX_REPLY else b""
            return payload if len(payload) == size else None
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()


def _error_of(failure: Failure) -> PullquoteError:
    """The error that a process sent."""
    if failure.kind == SourceGone.__name__:
        return SourceGone(failure.cause, failure.advice)
    kind = SourceError if failure.kind == SourceError.__name__ else ArticleError
    remedy = Remedy.__members__.get(failure.remedy)
    return kind(failure.cause, remedy) if remedy else kind(failure.message)


def _environment() -> dict[str, str]:
    """What a child process is told: where this very package is, and to keep to one thread."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return kept | alone | {"PYTHONPATH": str(Path(__file__).parents[2])}
