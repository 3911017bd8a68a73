"""Runs the work of models and indexes in a few threads, with a queue of limited length."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

from bot.errors import Busy

T = TypeVar("T")


class WorkQueue:
    """Runs slow work in `threads` threads. At most `queue` calls wait for a thread; further ones are refused."""

    def __init__(self, threads: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._threads = threads
        self._limit = threads + queue
        self._taken = 0
        self._seconds = 1.0  # that one call takes, as a running mean

    def check_room(self) -> None:
        """Raise Busy when the queue is full."""
        if self._taken >= self._limit:
            raise Busy(self._seconds * (self._taken - self._threads + 1) / self._threads)

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in a thread. Raises Busy, and what `work` raises."""
        self.check_room()
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._timed, work)
        finally:
            self._taken -= 1

    def close(self) -> None:
        """Wait for what is being done, and drop what waits."""
        self._pool.shutdown(cancel_futures=True)

    def _timed(self, work: Callable[[], T]) -> T:
        started = perf_counter()
        try:
            return work()
        finally:
            self._seconds = 0.8 * self._seconds + 0.2 * (perf_counter() - started)
