"""Tells whether a message that Discord reports as changed was edited by its author, so that it asks anew.

Discord reports a change also when it has resolved a link into a preview, and when a message is pinned.
"""

from datetime import datetime, timedelta

MINUTES = 2.0
"""How long after a message was sent an edit of it asks anew."""


class HeardWords:
    """Recognizes by a hash what the last `most` messages said. They are in memory alone."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._said: dict[int, int] = {}

    def note(self, message: int, content: str) -> bool:
        """Note what a message says now. Returns whether that is new, which it is for a message that is not known."""
        said = hash(content)
        if self._said.pop(message, None) == said:
            self._said[message] = said
            return False
        self._said[message] = said
        if len(self._said) > self._most:
            del self._said[next(iter(self._said))]
        return True


def is_in_time(sent: datetime, edited: datetime | None) -> bool:
    """Whether a message was edited at all, and soon enough to be answered anew."""
    return edited is not None and edited - sent <= timedelta(minutes=MINUTES)
