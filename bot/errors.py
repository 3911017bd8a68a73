"""Errors of the bot and the command line, on the tree of `index.errors`.

PullquoteError
├── SettingsError        a setting that cannot be used
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

from bot.markdown import Markdown, md
from bot.wording import counted
from index import PullquoteError


class SettingsError(PullquoteError):
    """A setting that cannot be used. The message names it and what it should be."""


class SignInError(PullquoteError):
    """Discord does not let the bot in, or cannot be reached. The message says what to do, and where."""


class Unwell(PullquoteError):
    """The bot is in a state that only a new process gets it out of. The message says what is wrong."""


class Refused(PullquoteError):
    """What a reader is told in place of an answer, in at most 2,000 characters."""

    def __init__(self, said: Markdown) -> None:
        super().__init__(said)
        self.said = said


class TooSoon(Refused):
    """A person asked again within the cooldown."""

    def __init__(self, seconds: float) -> None:
        super().__init__(md("One question at a time, please: ask again in {}.", _seconds(seconds)))


class Busy(Refused):
    """The queue is full."""

    def __init__(self, seconds: float) -> None:
        super().__init__(md("Many questions are being answered right now; try again in {}.", _seconds(seconds)))


class Stopping(Refused):
    """The bot is about to stop."""

    def __init__(self) -> None:
        super().__init__(md("I am being restarted; ask again in a minute."))


class Updating(Refused):
    """A server's own articles were indexed by another model or version, and are being indexed afresh."""

    def __init__(self) -> None:
        super().__init__(
            md("I was updated, and the articles of this server are being indexed afresh; ask again in a few minutes.")
        )


class NotKept(Refused):
    """The answer is no longer kept."""

    def __init__(self) -> None:
        super().__init__(md("This answer is no longer kept; ask the question again."))


class Outdated(Refused):
    """What the answer quoted stands no more: it was `corrected` or `withdrawn`."""

    def __init__(self, fate: str) -> None:
        super().__init__(md("What this answer quoted was {} since; ask the question again.", fate))


class NotAllowed(Refused):
    """Somebody else's answer, or a setting that takes a permission."""


def _seconds(seconds: float) -> str:
    return counted(max(1, math.ceil(seconds)), "second")
