"""Notices that a question is deleted while its answer is still being made."""

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Watch:
    """A message whose question is being answered, and whether it was deleted meanwhile."""

    message: int | None
    is_withdrawn: bool = False


class WithdrawnQuestions:
    """The messages whose questions are being answered now. For the event loop."""

    def __init__(self) -> None:
        self._watches: list[Watch] = []

    @contextlib.contextmanager
    def watching(self, message: int | None) -> Iterator[Watch]:
        """Watch a message during the body; None if no message holds the question."""
        watch = Watch(message)
        self._watches.append(watch)
        try:
            yield watch
        finally:
            self._watches.remove(watch)

    def note(self, deleted: Collection[int]) -> list[int]:
        """Note which messages were deleted. Returns those whose questions are not being answered now."""
        watched = [watch for watch in self._watches if watch.message in deleted]
        for watch in watched:
            watch.is_withdrawn = True
        return sorted(set(deleted) - {watch.message for watch in watched})
