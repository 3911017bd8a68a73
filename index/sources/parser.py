"""Reads documents from strangers in child processes, within limits on time and memory.

A limit inside this process would not work. While a regular expression or a parser written in C runs, no other thread
can run, and nobody can tell beforehand how expensive a few hundred bytes are to read. A document that takes too long
ends only its own child process. The next document is read by another one, which is ready at once.
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
"""How many documents are read at once. The second process is started the first time that two are read at once."""

START_SECONDS = 60.0
"""How many seconds of wall-clock time a process may take to start."""

MAX_REPLY = 64_000_000
"""Bytes. An article within the limits has a few million at most."""

_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for reading one document: `seconds` of processor time and `megabytes` of memory, where the system can.

    `wait` is the limit in seconds of wall-clock time. It is long enough for a machine that is busy with other work.
    """

    seconds: float = 4.0
    megabytes: int = 384
    wait: float = 60.0


class Parser:
    """Reads documents in child processes. A context manager. Many threads may use it at once.

    A process is started when it is first needed, and then kept. A process that a document has broken is replaced.
    """

    def __init__(
        self,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        processes: int = PROCESSES,
    ) -> None:
        """`max_bytes` is the size limit for the documents that callers pass in."""
        self.max_bytes = max_bytes
        self._limits = limits
        self._free: LifoQueue[_Child | None] = LifoQueue()  # last in, first out: prefer a process that has started
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
        """End the processes. Documents that they are reading are abandoned."""
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
        """Start a process, so that the first document does not wait for it. Raises ParserError."""
        self._free.put(self._usable(self._free.get()))

    def run(self, task: Task[T], name: str) -> T:
        """Run `task` in a child process, and return or raise what it does. `name` names the document in messages.

        Raises TooCostly if it exceeds the limits, ArticleError if the document breaks the code that reads it, and
        ParserError if no process can be started.
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
        """The same as a coroutine, in threads of its own: other work of the event loop must not wait for documents."""
        return await get_running_loop().run_in_executor(self._threads, self.run, task, name)

    def _usable(self, child: "_Child | None") -> "_Child":
        """`child` if it is alive, else a new process."""
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
    """One child process. It answers each task before it gets the next one."""

    def __init__(self, limits: Limits) -> None:
        self._killed = self.is_late = False
        program = "from index.sources.parser_child import main; main()"
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", program, str(limits.seconds), str(limits.megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a document could make a parser print anything; keep that out of the log
                env=_environment(),  # no token in there
                start_new_session=True,  # Ctrl-C in a terminal must reach only this process
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
        """The reply to a task, or None if the process gave none; it is then killed."""
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
        """End the process, and the processes that it has started."""
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
        """End the process, wait for it, and close its pipes."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()

    def _receive(self, wait: float) -> bytes | None:
        """The next frame; None if the process ends first, or does not answer within `wait` seconds and is killed."""
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
    """The exception for an error that a child process sent."""
    if failure.kind == SourceGone.__name__:
        return SourceGone(failure.cause, failure.advice)
    kind = SourceError if failure.kind == SourceError.__name__ else ArticleError
    remedy = Remedy.__members__.get(failure.remedy)
    return kind(failure.cause, remedy) if remedy else kind(failure.message)


def _environment() -> dict[str, str]:
    """The environment of a child process: where this package is, and to use one thread only."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return kept | alone | {"PYTHONPATH": str(Path(__file__).parents[2])}
