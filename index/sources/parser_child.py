"""The child process of `Parser`: it reads documents, one after the other, until its standard input ends.

It loads the code that reads documents once, and then lets a copy of itself (a fork) do the work. If a document breaks
the copy, this process reports why the copy ended, and makes a new one within milliseconds.
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
from functools import cache, partial
from typing import Any, NoReturn, Self

from pydantic import TypeAdapter

from index.errors import PullquoteError, SourceGone
from index.sources.document import read_document, read_text
from index.sources.feed import Feed, Hub, article_of, find_hub, is_feed, read_feed
from index.sources.page import read_page
from index.sources.sitemap import Sitemap, is_sitemap, read_sitemap
from index.sources.web import Response
from index.types import Article

try:
    import resource
except ImportError:  # Windows, where only the clock limits what a document may take
    resource = None  # type: ignore[assignment]

TASKS = 500
"""After this many documents a new copy takes over, so that leaked memory is freed."""

GROWTH = 64 << 20
"""If the memory of a copy has grown by more than this many bytes, a new copy takes over."""

NICENESS = 5
"""How far documents stand behind questions if both need the processors (see `os.nice`)."""

FRAME = struct.Struct(">I")
"""The header of each task and each reply: its number of bytes."""

_RESULTS: dict[Callable[..., Any], type] = {
    read_document: Article,
    read_text: Article,
    read_page: Article,
    article_of: Article,
    read_feed: Feed,
    is_feed: bool,
    find_hub: Hub,
    is_sitemap: bool,
    read_sitemap: Sitemap,
}
"""The functions that can be called, and the types of their results. Results are sent as JSON and not as pickles,
because a hostile document may have taken over the process that read it."""

_ENDED, _RENEW, _NO_MEMORY = 0, 3, 4
"""The exit codes of a copy: there are no more tasks, a new copy should take over, or it has run out of memory."""

_COSTS = {-getattr(signal, "SIGPROF", 0): b"time", _NO_MEMORY: b"memory"}
"""Which limit a document has exceeded, by the exit code of the copy."""

_WAITING, _WORKING, _REPLYING = 0, 1, 2
"""What a copy is doing."""


class Kind(StrEnum):
    """How a task ended: with a result, with a PullquoteError, with any other exception, or at a limit."""

    RESULT = "="
    ERROR = "!"
    FAULT = "?"
    COST = "$"


@dataclass(frozen=True, slots=True)
class Failure:
    """A PullquoteError in parts: the name of its class, its whole message, and the parts of the message."""

    kind: str
    message: str
    cause: str = ""
    advice: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, error: PullquoteError) -> Self:
        """The parts of an error that are sent."""
        advice = error.advice if isinstance(error, SourceGone) else ""
        remedy = error.remedy.name if error.remedy and error.is_general else ""
        cause = error.cause if advice or remedy else ""
        message, cause, advice = (_sendable(part) for part in (str(error), cause, advice))
        return cls(type(error).__name__, message, cause, advice, remedy)


def _sendable(text: str) -> str:
    """The text without characters that UTF-8 cannot encode."""
    return text.encode(errors="replace").decode()


_json_of: Callable[[type], TypeAdapter[Any]] = cache(TypeAdapter)
"""How values of a type are written and read. It is made when first needed, as most processes read no document."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of a task. The payload is JSON of the result or of a Failure; for the other kinds it is text."""

    kind: Kind
    payload: bytes = b""

    @classmethod
    def read(cls, frame: bytes) -> Self:
        """Read the reply in a frame. Raises ValueError if it is none."""
        return cls(Kind(frame[:1].decode("ascii")), frame[1:])

    def write(self) -> bytes:
        """The bytes of the reply, which are sent after their number."""
        return self.kind.encode("ascii") + self.payload


def result_of(task: "partial[Any]", reply: Reply) -> Any:  # noqa: ANN401 - of any task
    """Read the result of `task` from a reply. Raises ValueError if it is not of the right type."""
    return _json_of(_RESULTS[task.func]).validate_json(reply.payload)


def failure_of(reply: Reply) -> Failure:
    """Read the error of a task from a reply. Raises ValueError if there is none."""
    failure: Failure = _json_of(Failure).validate_json(reply.payload)
    return failure


def main() -> None:
    """Serve tasks. Arguments: how many seconds of processor time, and how many megabytes, one document may take."""
    seconds, megabytes = float(sys.argv[1]), int(sys.argv[2])
    tasks, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):  # text that a parser prints must not get between the replies
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
        if code == _ENDED or state[0] == _REPLYING:  # if it ended while replying, half of a reply may have been sent
            return
        if state[0] == _WORKING:
            state[0] = _WAITING
            _send(replies, Reply(Kind.COST, _COSTS.get(code, b"")))


def _work(tasks: int, replies: int, seconds: float, megabytes: int, state: mmap.mmap) -> NoReturn:
    """Do tasks in this copy until there are no more, or until a new copy should take over."""
    code = _RENEW
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # the default ends the process at once, even inside C code
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
    """Do the next task and send the reply. Returns whether there was a task."""
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
    """Have the system end this process after that many more seconds of processor time; 0 means never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _done(task: "partial[Any]") -> Reply:
    """Do a task and make the reply. Without memory, exit at once: handling the error might fail again and again."""
    try:
        return Reply(Kind.RESULT, _json_of(_RESULTS[task.func]).dump_json(task()))
    except PullquoteError as error:
        return Reply(Kind.ERROR, _json_of(Failure).dump_json(Failure.of(error)))
    except (MemoryError, SystemError):
        os._exit(_NO_MEMORY)
    except Exception as error:  # a broken document can make the parsers raise anything
        return Reply(Kind.FAULT, type(error).__name__.encode())


def _warm_up() -> None:
    """Read one document of each kind, so that everything that is loaded lazily is there for all copies."""
    import pypdf  # noqa: F401 - for PDFs; the smallest is too long to stand here
    import yaml  # noqa: F401 - for front matter

    for kind in (*_RESULTS.values(), Failure):
        _json_of(kind)

    words = "The bridge over the harbour opened in 1904. It carries two lanes, and the ferry stops below it. " * 8
    page = f"<html><head><title>The bridge</title></head><body><article><h1>The bridge</h1><p>{words}</p></article>"
    for suffix, text in ((".html", page), (".md", f"# The bridge\n\n{words}"), (".txt", words)):
        read_document(text.encode(), f"warm{suffix}", article_id="warm")
    feed = (
        f"<rss version='2.0'><channel><item><title>t</title><description>{words}</description></item></channel></rss>"
    )
    read_feed(Response("https://example.org/feed", feed.encode(), "application/rss+xml", "utf-8"))


def _limit(megabytes: int) -> None:
    """Let this process take at most that many more megabytes of memory than it has now, and write no files."""
    if resource is None:
        return
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as statm:  # Linux alone keeps such a limit
        present = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (present + (megabytes << 20),) * 2)


def _peak() -> int:
    """The most memory that this process has used so far, in bytes."""
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _send(replies: int, reply: Reply) -> None:
    frame = memoryview(FRAME.pack(len(reply.payload) + 1) + reply.write())
    while frame:
        frame = frame[os.write(replies, frame) :]


def _receive(tasks: int, size: int) -> bytes:
    """Read exactly `size` bytes, because later ones may be for the next copy. Returns b"" at the end of the input."""
    pieces = bytearray()
    while len(pieces) < size:
        piece = os.read(tasks, size - len(pieces))
        if not piece:
            return b""
        pieces += piece
    return bytes(pieces)
