"""Explains an error to a reader: in a sentence, or with a reference to the log."""

import logging
import secrets

from bot.errors import RecordsUnreachable, Refused
from bot.languages import later
from bot.library_words import library_sentence
from bot.markdown import Markdown, escape, md, shortened
from bot.remedies import operator_sentence
from index import ArticleError, LibraryBusy, LibraryUnreachable, QuestionError, SourceError, shortage

EXPLAINED = 1000
"""How many characters of an explanation a message repeats. Escaped, they are at most twice as many, and must fit into a
message without components, which holds 2,000.
https://discord.com/developers/docs/resources/message#create-message-jsonform-params"""

_RESOURCES = {
    words(): words
    for words in (
        later("open files"),
        later("memory"),
        later("threads"),
        later("disk space"),
        later("connections"),
    )
}
"""What a machine, or its database server, may run out of, by the library's names for it."""

logger = logging.getLogger(__name__)


def explain(error: BaseException) -> Markdown:
    """Explain `error` to a reader: in a sentence if they can do something about it, else with a reference to the log.

    Errors that only the operator can do something about, such as a damaged library or a full disk, go to the log, too,
    since they name folders and commands. Sentences of the library are escaped, since they may repeat what somebody
    wrote.
    """
    if isinstance(error, Refused):
        return error.said
    short = shortage(error)
    if isinstance(error, QuestionError | ArticleError | SourceError) and not short:
        return escape(shortened(library_sentence(str(error)), EXPLAINED))
    if isinstance(error, LibraryBusy):
        return md("The articles are being changed by another program just now; try again when that is done.")
    reference = secrets.token_hex(4)
    said = operator_sentence(short or error)
    logger.error("Reference %s: %s", reference, said, exc_info=error, extra={"reference": reference})
    if short:
        return md(
            "The machine that I run on is out of {} just now; try again in a few minutes. The bot's operator finds it "
            "in the log as {}.",
            _RESOURCES[short.resource](),
            reference,
        )
    if isinstance(error, LibraryUnreachable | RecordsUnreachable):
        return md(
            "My database cannot be reached just now; try again in a few minutes. The bot's operator finds it in the "
            "log as {}.",
            reference,
        )
    return md("Something went wrong on my side. The bot's operator finds it in the log as {}.", reference)
