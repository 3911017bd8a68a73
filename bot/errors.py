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

from bot.markdown import Markdown, escape, md, shortened
from bot.remedies import operator_sentence
from bot.wording import counted
from index import ArticleError, LibraryBusy, PullquoteError, QuestionError, SourceError, shortage

EXPLAINED = 1000
"""How much of an explanation a message repeats: escaped, it is twice as long at the most, and must fit into 2,000
characters, which is what a message without components holds.
https://discord.com/developers/docs/resources/message#create-message-jsonform-params"""

logger = logging.getLogger(__name__)


class SettingsError(PullquoteError):
    """A setting that cannot be used. The message names it and what it should be."""


class SignInError(PullquoteError):
    """Discord does not let the bot in, or cannot be reached. The message says what to do, and where."""


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


def explain(error: BaseException) -> Markdown:
    """What a reader is told about `error`: what they can mend in a sentence, anything else as a reference to the log.

    What Pullquote can explain but a reader cannot mend, such as a damaged library or a full disk, names folders and
    commands of the operator's, so it goes to the log as well. What the library says is escaped: it may repeat what
    somebody wrote.
    """
    if isinstance(error, Refused):
        return error.said
    short = shortage(error)
    if isinstance(error, QuestionError | ArticleError | SourceError) and not short:
        return escape(shortened(str(error), EXPLAINED))
    if isinstance(error, LibraryBusy):
        return md("The articles are being changed by another program just now; try again when that is done.")
    reference = secrets.token_hex(4)
    logger.error("Reference %s: %s", reference, operator_sentence(short or error), exc_info=error)
    if short:
        return md(
            "The machine that I run on is out of {} just now; try again in a few minutes. Whoever runs me finds it in "
            "the log as {}.",
            short.resource,
            reference,
        )
    return md("Something went wrong on my side. Whoever runs me finds it in the log as {}.", reference)


def _seconds(seconds: float) -> str:
    return counted(max(1, math.ceil(seconds)), "second")
