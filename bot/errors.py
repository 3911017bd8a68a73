"""Errors of the bot and the command line, on the tree of `index.errors`.

PullquoteError
├── SettingsError        a setting that cannot be used
│   └── RecordsUnreachable   the database with the records does not answer
├── SignInError          Discord does not let the bot in
├── Unwell               the process must be started anew
└── Refused              what a reader is told in place of an answer
    ├── TooSoon          asked again within the cooldown
    ├── Busy             the queue is full
    ├── Stopping         the bot is about to stop
    ├── Updating         the server's articles were indexed by another model or version
    ├── NotKept          the answer is no longer kept
    ├── Outdated         what the answer quoted stands no more
    └── NotAllowed       somebody else's answer, or a setting that takes a permission
"""

import math
from collections.abc import Callable

from bot.languages import ENGLISH, speaking
from bot.markdown import Markdown, md_later, md_many
from index import PullquoteError


class SettingsError(PullquoteError):
    """A setting that cannot be used. The message names it and what it should be."""


class RecordsUnreachable(SettingsError):
    """The database with the records cannot be reached just now, or takes too long to answer.

    If it was lost while a transaction was being completed, that may be complete.
    """


class SignInError(PullquoteError):
    """Discord does not let the bot in, or cannot be reached. The message says what to do, and where."""


class Unwell(PullquoteError):
    """The bot is in a state that only a new process gets it out of. The message says what is wrong."""


class Refused(PullquoteError):
    """What a reader is told in place of an answer, in at most 2,000 characters."""

    def __init__(self, said: Markdown | Callable[[], Markdown]) -> None:
        """`said` is a sentence, or makes one for whoever is told: it may be another one than who is heard just now."""
        with speaking(ENGLISH):  # as the log is
            super().__init__(said() if callable(said) else said)
        self._said = said

    @property
    def said(self) -> Markdown:
        """The sentence, in the language that is spoken."""
        return self._said() if callable(self._said) else self._said


class TooSoon(Refused):
    """A person asked again within the cooldown."""

    def __init__(self, seconds: float) -> None:
        wait = _whole(seconds)
        super().__init__(
            lambda: md_many(
                "One question at a time, please: ask again in {} second.",
                "One question at a time, please: ask again in {} seconds.",
                wait,
            )
        )


class Busy(Refused):
    """The queue is full."""

    def __init__(self, seconds: float) -> None:
        wait = _whole(seconds)
        super().__init__(
            lambda: md_many(
                "Many questions are being answered right now; try again in {} second.",
                "Many questions are being answered right now; try again in {} seconds.",
                wait,
            )
        )


class Stopping(Refused):
    """The bot is about to stop."""

    def __init__(self) -> None:
        super().__init__(md_later("I am being restarted; ask again in a minute."))


class Updating(Refused):
    """A server's own articles were indexed by another model or version, and are being indexed afresh."""

    def __init__(self) -> None:
        super().__init__(
            md_later(
                "I was updated, and the articles of this server are being indexed afresh; ask again in a few minutes."
            )
        )


class NotKept(Refused):
    """The answer is no longer kept."""

    def __init__(self) -> None:
        super().__init__(md_later("This answer is no longer kept; ask the question again."))


class Outdated(Refused):
    """What the answer quoted stands no more: it was `corrected` or `withdrawn`, or `banned`."""

    def __init__(self, fate: str) -> None:
        super().__init__(
            md_later("What this answer quoted was corrected since; ask the question again.")
            if fate == "corrected"
            else md_later("What this answer quoted is no longer quoted; ask the question again.")
            if fate == "banned"
            else md_later("What this answer quoted was withdrawn since; ask the question again.")
        )


class NotAllowed(Refused):
    """Somebody else's answer, or a setting that takes a permission."""


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
