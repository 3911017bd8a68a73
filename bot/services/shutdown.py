"""Stops the bot in order: nothing new is begun, and what was begun is finished."""

import asyncio
import contextlib
from collections.abc import Iterator

from bot.errors import Stopping


class Shutdown:
    """Counts the work that must be finished before the bot may stop."""

    def __init__(self) -> None:
        self._count = 0
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def has_begun(self) -> bool:
        """Whether no more work is taken on."""
        return self._closed

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Count the body as work. Raises Stopping if no more is taken on."""
        if self._closed:
            raise Stopping
        self._count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def finish(self, seconds: float) -> bool:
        """Take on no more work, and wait at most that long for the rest. Returns whether all is done."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)
        return not self._count
