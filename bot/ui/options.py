"""Options that several commands have.

Discord refuses a value that is too long for a title or a date. A message that repeats it would be too long as well.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from discord import app_commands

from bot.remedies import operator_sentence
from bot.services.catalog import matching
from index import Library, PullquoteError

CHOICES = 25
"""How many choices Discord shows at the most."""

Title = app_commands.Range[str, 1, 100]
Date = app_commands.Range[str, 1, 40]
Address = app_commands.Range[str, 1, 2000]

logger = logging.getLogger(__name__)


async def titles(libraries: Callable[[], Sequence[Library]], typed: str) -> list[app_commands.Choice[str]]:
    """The titles that have every word of what is typed, as choices; none if they cannot be read."""
    try:
        found = await asyncio.to_thread(lambda: matching(libraries(), typed, CHOICES))
    except PullquoteError as error:
        logger.error("The articles cannot be listed: %s", operator_sentence(error))
        return []
    return [app_commands.Choice(name=entry.label, value=entry.key) for entry in found]
