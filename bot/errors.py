"""Errors of the bot and the command line, on the tree of `index.errors`.

PullquoteError
├── SettingsError        a setting that cannot be used
├── SignInError          Discord does not let the bot in
└── Refused              what a reader is told in place of an answer
    ├── TooSoon          asked again within the cooldown
    ├── Busy             the queue is full
    ├── Stopping         the bot is about to stop
    ├── Updating         the server's articles were indexed by another model or version
    ├── NotKept          the answer is no longer kept
    ├── Outdated         what the answer quoted stands no more
    └── NotAllowed       somebody else's answer, or a setting that takes a permission
"""

import logging
import math
import secrets

from bot.replies import escape, shortened
from bot.wording import counted
from index import ArticleError, LibraryBusy, PullquoteError, QuestionError, SourceError, shortage

EXPLAINED = 1500
"""How much of an explanation a message repeats; it must fit, escaped, into one of 4,000 characters, or of 2,000."""

logger = logging.getLogger(__name__)


class SettingsError(PullquoteError):
    """A setting that cannot be used. The message names it and what it should be."""


class SignInError(PullquoteError):
    """Discord does not let the bot in, or cannot be reached. The message says what to do, and where."""


class Refused(PullquoteError):
    """What a reader is told in place of an answer."""


class TooSoon(Refused):
    """A person asked again within the cooldown."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"One question at a time, please: ask again in {_seconds(seconds)}.")


class Busy(Refused):
    """The queue is full."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Many questions are being answered right now; try again in {_seconds(seconds)}.")


class Stopping(Refused):
    """The bot is about to stop."""

    def __init__(self) -> None:
        super().__init__("I am being restarted; ask again in a minute.")


class Updating(Refused):
    """A server's own articles were indexed by another model or version, and are being indexed afresh."""

    def __init__(self) -> None:
        super().__init__(
            "I was updated, and the articles of this server are being indexed afresh; ask again in a few minutes."
        )


class NotKept(Refused):
    """The answer is no longer kept."""

    def __init__(self) -> None:
        super().__init__("This answer is no longer kept; ask the question again.")


class Outdated(Refused):
    """What the answer quoted stands no more: it was `corrected` or `withdrawn`."""

    def __init__(self, fate: str) -> None:
        super().__init__(f"What this answer quoted was {fate} since; ask the question again.")


class NotAllowed(Refused):
    """Somebody else's answer, or a setting that takes a permission."""


def explain(error: BaseException) -> str:
    """What a reader is told about `error`: what they can mend in a sentence, anything else as a reference to the log.

    What Pullquote can explain but a reader cannot mend, such as a damaged library or a full disk, names folders and
    commands of the operator's, so it goes to the log as well.
    """
    if isinstance(error, Refused | QuestionError):
        return shortened(str(error), EXPLAINED)
    short = shortage(error)
    if isinstance(error, ArticleError | SourceError) and not short:
        return escape(shortened(str(error), EXPLAINED))  # it may repeat what a site says of itself
    if isinstance(error, LibraryBusy):
        return "The articles are being changed by another program just now; try again when that is done."
    reference = secrets.token_hex(4)
    logger.error("Reference %s: %s", reference, short or error, exc_info=error)
    if short:
        return (
            f"The machine that I run on is out of {short.resource} just now; try again in a few minutes. Whoever runs "
            f"me finds it in the log as {reference}."
        )
    return f"Something went wrong on my side. Whoever runs me finds it in the log as {reference}."


def _seconds(seconds: float) -> str:
    return counted(max(1, math.ceil(seconds)), "second")
