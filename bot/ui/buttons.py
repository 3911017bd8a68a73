"""What all buttons and forms share: they count as work under way, and whoever acted is told of an error, alone."""

import contextlib
from collections.abc import AsyncIterator

import discord

from bot.ui.explaining import explain
from bot.ui.sending import FAILURES, tell
from bot.ui.service_bot import Interaction


@contextlib.asynccontextmanager
async def answering_for(interaction: Interaction) -> AsyncIterator[None]:
    """Have the body do what was pressed or sent. What it raises, the one who acted is told, and nobody else is."""
    try:
        with interaction.client.services.shutdown.one():
            yield
    except discord.NotFound:
        return  # the message or the interaction is gone, so there is nobody to tell
    except Exception as error:
        with contextlib.suppress(*FAILURES):
            await tell(interaction, explain(error))
