"""What the bot says to those who ask nothing: they greet it, thank it, give it orders, or only mention it."""

import asyncio
import logging

from bot.markdown import Markdown, md, shortened
from bot.remedies import operator_sentence
from bot.services.catalog import matching
from bot.services.opened import Services
from index import PullquoteError, Talk

logger = logging.getLogger(__name__)

EXAMPLE_CHARACTERS = 80
"""How much of an article's title is given as an example of what to ask about."""

WELCOME = "🙏"
"""The reaction to thanks for an answer."""


async def friendly_line(talk: Talk, services: Services, server: int | None) -> Markdown:
    """A line back, which says how to ask, with the title of a new article as an example."""
    if talk is Talk.THANKS:
        return md("You are welcome! Ask me more about our articles at any time.")
    about = md("`/about` says what I am.")
    if title := await asyncio.to_thread(_new_title, services, server):
        title = shortened(title, EXAMPLE_CHARACTERS)
        if talk is Talk.GREETING:
            return md("Hello! Ask me a question about our articles, for example about “{}”. {}", title, about)
        if talk is Talk.ORDER:
            return md(
                "I answer with sentences of our articles, word for word. Ask me a question, for example about “{}”. {}",
                title,
                about,
            )
        return md("Ask me a question about our articles, in plain words, for example about “{}”. {}", title, about)
    if talk is Talk.GREETING:
        return md("Hello! Ask me a question about our articles. {}", about)
    if talk is Talk.ORDER:
        return md("I answer with sentences of our articles, word for word. Ask me a question. {}", about)
    return md("Ask me a question about our articles, in plain words. {}", about)


def _new_title(services: Services, server: int | None) -> str:
    """The title of the newest article in the server's own library, or else in the base library. For a thread."""
    try:
        newest = (matching([library], "", 1) for library in reversed(services.libraries.readable_by(server)))
        return next((entry.title for entries in newest for entry in entries), "")
    except PullquoteError as error:
        logger.error("The articles cannot be listed: %s", operator_sentence(error))
        return ""
