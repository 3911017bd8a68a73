"""Notices that a question is deleted or edited while its answer is still being made."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Watch:
    """A message whose question is being answered, and whether it was deleted or edited meanwhile.

    `turn` is held by one answer to the message at a time, where an edit asks anew; None elsewhere.
    """

    message: int | None
    channel: int | None = None
    turn: asyncio.Lock | None = None
    is_withdrawn: bool = False
    is_superseded: bool = False

    @property
    def is_off(self) -> bool:
        """Whether nobody waits for this answer any more."""
        return self.is_withdrawn or self.is_superseded


class WithdrawnQuestions:
    """The messages whose questions are being answered now. For the event loop."""

    def __init__(self) -> None:
        self._watches: list[Watch] = []

    @contextlib.contextmanager
    def watching(self, message: int | None, channel: int | None = None) -> Iterator[Watch]:
        """Watch a message during the body; None if no message holds the question."""
        watch = Watch(message, channel)
        self._watches.append(watch)
        try:
            yield watch
        finally:
            self._watches.remove(watch)

    @contextlib.asynccontextmanager
    async def in_turn(self, message: int, channel: int) -> AsyncIterator[Watch]:
        """Watch a message during the body, in place of those who answer what it said before, once they are done."""
        before = [watch for watch in self._watches if watch.message == message and watch.turn]
        for watch in before:
            watch.is_superseded = True
        with self.watching(message, channel) as watch:
            watch.turn = before[-1].turn if before else asyncio.Lock()
            assert watch.turn
            async with watch.turn:
                yield watch

    def note(self, deleted: Collection[int]) -> list[int]:
        """Note which messages were deleted. Returns those whose questions are not being answered now."""
        watched = [watch for watch in self._watches if watch.message in deleted]
        for watch in watched:
            watch.is_withdrawn = True
        return sorted(set(deleted) - {watch.message for watch in watched})

    def note_channels(self, deleted: Collection[int]) -> None:
        """Note which channels and threads were deleted, with all messages in them."""
        for watch in self._watches:
            watch.is_withdrawn |= watch.channel in deleted
