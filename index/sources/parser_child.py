"""The other end of `Parser`: a process that reads documents, one after the other, until its standard input ends.

It loads what reads documents once, and has a copy of itself (a fork) do the work. Where a document takes that one down,
the next copy is there within milliseconds, and this process says what became of the one before.
"""

import contextlib
import gc
import logging
import mmap
import os
import pickle
import signal
import struct
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, NoReturn, Self

from pydantic import TypeAdapter

from index.errors import PullquoteError, SourceGone
from index.sources.document import read_document, read_text
from index.sources.feed import Feed, article_of, is_feed, read_feed
from index.sources.page import read_page
from index.sources.web import Response
from index.types import Article

try:
    import resource
except ImportError:  # Windows, where only the clock limits what a document may take
    resource = None  # type: ignore[assignment]

TASKS = 500
"""After so many documents the next copy takes over, so that no memory is held for good."""

GROWTH = 64 << 20
"""Bytes of memory that a copy may keep from what it has read before another one takes over."""

NICENESS = 5
"""Of the documents behind the questions, where both want the processors."""

FRAME = struct.Struct(">I")
"""Before each task and each reply: how many bytes it has."""

_RESULTS: dict[Callable[..., Any], TypeAdapter[Any]] = {
    read_document: TypeAdapter(Article),
    read_text: TypeAdapter(Article),
    read_page: TypeAdapter(Article),
    article_of: TypeAdapter(Article),
    read_feed: TypeAdapter(Feed),
    is_feed: TypeAdapter(bool),
}
"""What can be asked for, and what comes of it. Results are JSON: what read a hostile document may have been turned."""

_ENDED, _RENEW, _NO_MEMORY = 0, 3, 4
"""With what code a copy ends: there are no more tasks, another copy is to take over, or it has no memory left."""

_COSTS = {-getattr(signal, "SIGPROF", 0): b"time", _NO_MEMORY: b"memory"}
"""What a document took too much of, by the code with which the copy ended."""

_WAITING, _WORKING, _REPLYING = 0, 1, 2
"""What a copy is at."""


class Kind(StrEnum):
    """How a task ended: with a result, an error that says what is wrong, a fault in what reads, or at a limit."""

    RESULT = "="
    ERROR = "!"
    FAULT = "?"
    COST = "$"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that says what is wrong: the name of its class, and its message, and the parts of it."""

    kind: str
    message: str
    cause: str = ""
    advice: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, error: PullquoteError) -> Self:
        """What to send of an error."""
        advice = error.advice if isinstance(error, SourceGone) else ""
        remedy = error.remedy.name if error.remedy and error.is_general else ""
        cause = error.cause if advice or remedy else ""
        message, cause, advice = (_sendable(part) for part in (str(error), cause, advice))
        return cls(type(error).__name__, message, cause, advice, remedy)


def _sendable(text: str) -> str:
    """The text as UTF-8 can hold it."""
    return text.encode(errors="replace").decode()


_FAILURES = TypeAdapter(Failure)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a task: JSON of the result or of a Failure, else text."""

    kind: Kind
    payload: bytes = b""

    @classmethod
    def read(cls, frame: bytes) -> Self:
        """The reply in a frame. Raises ValueError for anything else."""
        return cls(Kind(frame[:1].decode("ascii")), frame[1:])

    def write(self) -> bytes:
        """The reply as it is sent, after its size."""
        return self.kind.encode("ascii") + self.payload


def result_of(task: "partial[Any]", reply: Reply) -> Any:  # noqa: ANN401 - of any task
    """The result that `task` came to. Raises ValueError where the reply holds none of its kind."""
    return _RESULTS[task.func].validate_json(reply.payload)


def failure_of(reply: Reply) -> Failure:
    """The error that a task ended in. Raises ValueError where the reply holds none."""
    return _FAILURES.validate_json(reply.payload)


def main() -> None:
    """Serve. Arguments: how many seconds of computing one document may take, and how many megabytes."""
    seconds, megabytes = float(sys.argv[1]), int(sys.argv[2])
    tasks, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):  # what a parser prints must not come between the replies
        os.dup2(nothing, descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.disable()
    warnings.simplefilter("ignore")
    _warm_up()
    _send(replies, Reply(Kind.RESULT))
    if not hasattr(os, "fork"):
        while _serve_one(tasks, replies, seconds, bytearray(1)):
            pass
        return
    gc.collect()
    gc.freeze()
    state = mmap.mmap(-1, 1)  # shared with the copies
    while True:
        child = os.fork()
        if child == 0:
            _work(tasks, replies, seconds, megabytes, state)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == _ENDED or state[0] == _REPLYING:  # of a reply half of it may have been sent
            return
        if state[0] == _WORKING:
            state[0] = _WAITING
            _send(replies, Reply(Kind.COST, _COSTS.get(code, b"")))


def _work(tasks: int, replies: int, seconds: float, megabytes: int, state: mmap.mmap) -> NoReturn:
    """Do tasks in this copy until there are no more, or it is time for another one."""
    code = _RENEW
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # which ends the process, whatever it is in the middle of
        _limit(megabytes)
        before = _peak()
        for _ in range(TASKS):
            if not _serve_one(tasks, replies, seconds, state):
                code = _ENDED
                break
            if _peak() > before + GROWTH:
                break
    finally:
        os._exit(code)


def _serve_one(tasks: int, replies: int, seconds: float, state: mmap.mmap | bytearray) -> bool:
    """Do the next task and reply; whether there was one."""
    head = _receive(tasks, FRAME.size)
    task = _receive(tasks, FRAME.unpack(head)[0]) if head else b""
    if not task:
        return False
    state[0] = _WORKING
    _allow(seconds)
    reply = _done(pickle.loads(task))  # it comes from the process that started this one
    _allow(0)
    state[0] = _REPLYING
    _send(replies, reply)
    state[0] = _WAITING
    return True


def _allow(seconds: float) -> None:
    """Have the system end this process after so many seconds of computing from now on; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _done(task: "partial[Any]") -> Reply:
    """What comes of a task. Without memory nothing does: Python may go round in circles over its own error then."""
    try:
        return Reply(Kind.RESULT, _RESULTS[task.func].dump_json(task()))
    except PullquoteError as error:
        return Reply(Kind.ERROR, _FAILURES.dump_json(Failure.of(error)))
    except (MemoryError, SystemError):
        os._exit(_NO_MEMORY)
    except Exception as error:  # of every kind: what reads documents was written for those that are whole
        return Reply(Kind.FAULT, type(error).__name__.encode())


def _warm_up() -> None:
    """Read one document of each kind, so that what is loaded late is there for all copies."""
    words = "The bridge over the harbour opened in 1904. It carries two lanes, and the ferry stops below it. " * 8
    page = f"<html><head><title>The bridge</title></head><body><article><h1>The bridge</h1><p>{words}</p></article>"
    for suffix, text in ((".html", page), (".md", f"# The bridge\n\n{words}"), (".txt", words)):
        read_document(text.encode(), f"warm{suffix}", article_id="warm")
    feed = (
        f"<rss version='2.0'><channel><item><title>t</title><description>{words}</description></item></channel></rss>"
    )
    read_feed(Response("https://example.org/feed", feed.encode(), "application/rss+xml", "utf-8"))


def _limit(megabytes: int) -> None:
    """Let this process take so much memory more than it has, and write no files."""
    if resource is None:
        return
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as statm:  # Linux alone keeps such a limit
        present = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (present + (megabytes << 20),) * 2)


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _send(replies: int, reply: Reply) -> None:
    frame = memoryview(FRAME.pack(len(reply.payload) + 1) + reply.write())
    while frame:
        frame = frame[os.write(replies, frame) :]


def _receive(tasks: int, size: int) -> bytes:
    """So many bytes, and none beyond them, which may be for the next copy; none where there are no more."""
    pieces = bytearray()
    while len(pieces) < size:
        piece = os.read(tasks, size - len(pieces))
        if not piece:
            return b""
        pieces += piece
    return bytes(pieces)
