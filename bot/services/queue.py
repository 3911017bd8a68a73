"""Runs the work of models and indexes in a few threads. Servers take turns, so a busy one delays the others little."""

import asyncio
import contextlib
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from bot.errors import Busy

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Call:
    """Work that waits or runs, and its result to come. The rest is known once it runs."""

    work: Callable[[], Any]
    server: int | None
    result: asyncio.Future[Any]
    context: Context = field(default_factory=copy_context)
    thread: ThreadPoolExecutor | None = None
    thread_id: int | None = None
    started: float = 0.0

    def run(self) -> Any:  # noqa: ANN401 - what `work` returns
        """Do the work, in the context of whoever asked for it, as `asyncio.to_thread` does."""
        self.thread_id = threading.get_ident()
        return self.context.run(self.work)


class WorkQueue:
    """Runs calls in `threads` threads, one call of each server in turn. All direct messages count as one server.

    At most `queue` calls wait for a thread. If that many wait, a further call takes the place of the last one of the
    server with the most calls waiting, provided that its own server has at least two fewer; otherwise it is refused.
    (Dropping from the longest queue: McKenney, "Stochastic Fairness Queueing", 1990.) All methods are for the event
    loop.
    """

    def __init__(self, threads: int, queue: int) -> None:
        self._threads = threads
        self._limit = queue
        self._idle = [_new_thread() for _ in range(threads)]
        self._waiting: dict[int | None, deque[_Call]] = {}  # by server; the one whose turn it is comes first
        self._working: list[_Call] = []  # in the order in which they were started
        self._seconds = 1.0  # that one call takes, as a running mean
        self._spare = _new_thread()
        self._unhurried: deque[_Call] = deque()
        self._unhurried_now: _Call | None = None
        self.replaced = 0
        """How many threads were stuck and have been replaced."""

    @property
    def waiting(self) -> int:
        """How many calls wait for a thread."""
        return sum(map(len, self._waiting.values()))

    @property
    def working(self) -> int:
        """How many calls are being worked on."""
        return len(self._working)

    @property
    def longest_seconds(self) -> float:
        """For how long the oldest call has been worked on, also one that is not urgent; 0 if there is none."""
        oldest = (*self._working[:1], *([self._unhurried_now] if self._unhurried_now else []))
        return monotonic() - min(call.started for call in oldest) if oldest else 0.0

    def check_room(self, server: int | None = None) -> None:
        """Raise Busy if a call of that server would be refused."""
        if not self._has_room() and self._to_displace(server) is None:
            raise Busy(self._seconds_until_turn(server))

    async def run(self, work: Callable[[], T], server: int | None = None) -> T:
        """The result of `work`, done in a thread. Raises Busy, also later, TimeoutError, and what `work` raises."""
        self.check_room(server)
        if not self._has_room():
            self._displace(server)
        call = _Call(work, server, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(server, deque()).append(call)
        self._start()
        try:
            result: T = await call.result
        except asyncio.CancelledError:
            self._drop(call)
            raise
        return result

    async def run_unhurried(self, work: Callable[[], T]) -> T:
        """The result of `work`, which is begun when no other call waits or is worked on, and nothing else like it.

        It has a thread of its own, so that no other call ever waits for it. Raises TimeoutError and what `work` raises.
        """
        call = _Call(work, None, asyncio.get_running_loop().create_future())
        self._unhurried.append(call)
        self._start()
        try:
            result: T = await call.result
        except asyncio.CancelledError:
            if call in self._unhurried:
                self._unhurried.remove(call)
            raise
        return result

    def replace_stuck(self, seconds: float) -> list[str]:
        """Give up calls that have been worked on for `seconds` or more. Returns for each where in the code it is.

        Whoever waits for such a call gets a TimeoutError. Python cannot end its thread, so a new one takes its place.
        """
        working = [*self._working, *([self._unhurried_now] if self._unhurried_now else [])]
        stuck = [call for call in working if monotonic() - call.started >= seconds]
        for call in stuck:
            if call is self._unhurried_now:
                self._unhurried_now, self._spare = None, _new_thread()
            else:
                self._working.remove(call)
                self._idle.append(_new_thread())
            if call.thread:
                call.thread.shutdown(wait=False)
            if not call.result.done():
                call.result.set_exception(TimeoutError(f"It was not done after {seconds:g} seconds."))
        self.replaced += len(stuck)
        self._start()
        return [_place_of(call) for call in stuck]

    def close(self) -> None:
        """Wait for what is being done, and drop what waits."""
        self._waiting.clear()
        self._unhurried.clear()
        for thread in (self._spare, *self._idle, *(call.thread for call in self._working if call.thread)):
            thread.shutdown()

    def _has_room(self) -> bool:
        return bool(self._idle) or self.waiting < self._limit

    def _start(self) -> None:
        """Let every idle thread work on a call of the server whose turn it is; without any, on what is not urgent."""
        while self._idle and self._waiting:
            server = next(iter(self._waiting))
            calls = self._waiting.pop(server)
            call = calls.popleft()
            if calls:
                self._waiting[server] = calls  # behind all others
            self._working.append(call)
            self._begin(call, self._idle.pop())
        if self._unhurried and not (self._working or self._unhurried_now):
            self._unhurried_now = self._unhurried.popleft()
            self._begin(self._unhurried_now, self._spare)

    def _begin(self, call: _Call, thread: ThreadPoolExecutor) -> None:
        call.thread, call.started = thread, monotonic()
        thread.submit(call.run).add_done_callback(partial(self._note_done, call, asyncio.get_running_loop()))

    def _note_done(self, call: _Call, loop: asyncio.AbstractEventLoop, done: Future[Any]) -> None:
        """Called in the thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for the result any more
            loop.call_soon_threadsafe(self._finish, call, done)

    def _finish(self, call: _Call, done: Future[Any]) -> None:
        if call is self._unhurried_now:
            self._unhurried_now = None
        elif call in self._working:
            self._working.remove(call)
            assert call.thread
            self._idle.append(call.thread)
            self._seconds = 0.8 * self._seconds + 0.2 * (monotonic() - call.started)
        if not call.result.done():
            if error := done.exception():
                call.result.set_exception(error)
            else:
                call.result.set_result(done.result())
        self._start()

    def _to_displace(self, server: int | None) -> _Call | None:
        """The call that would make room for one of that server, if any."""
        longest: deque[_Call] = max(self._waiting.values(), key=len, default=deque())
        own = len(self._waiting.get(server, ()))
        return longest[-1] if len(longest) >= own + 2 else None

    def _displace(self, server: int | None) -> None:
        call = self._to_displace(server)
        assert call
        self._drop(call)
        call.result.set_exception(Busy(self._seconds_until_turn(call.server)))

    def _drop(self, call: _Call) -> None:
        """Take a call out, if it is still waiting."""
        calls = self._waiting.get(call.server)
        if calls and call in calls:
            calls.remove(call)
            if not calls:
                del self._waiting[call.server]

    def _seconds_until_turn(self, server: int | None) -> float:
        """About how many seconds one more call of that server would wait for its turn."""
        own = len(self._waiting.get(server, ())) + 1
        ahead = sum(min(len(calls), own) for calls in self._waiting.values())
        return self._seconds * (ahead + 1) / self._threads


def _new_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="worker")


def _place_of(call: _Call) -> str:
    """Where in the code the thread of a call is. It shows lines of code and no values, so nothing that was asked."""
    frame = sys._current_frames().get(call.thread_id or 0)
    return "".join(traceback.format_stack(frame)) if frame else "It has just ended."
