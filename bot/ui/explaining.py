"""What a reader is told about an error: a sentence, or a reference to the log."""

import logging
import secrets

from bot.errors import Refused
from bot.markdown import Markdown, escape, md, shortened
from bot.remedies import operator_sentence
from index import ArticleError, LibraryBusy, QuestionError, SourceError, shortage

EXPLAINED = 1000
"""How much of an explanation a message repeats: escaped, it is twice as long at the most, and must fit into 2,000
characters, which is what a message without components holds.
https://discord.com/developers/docs/resources/message#create-message-jsonform-params"""

logger = logging.getLogger(__name__)


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
