"""What all buttons and forms share: each use counts once, is work under way, and shows an error only to its user."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import discord

from bot.ui.explaining import explain
from bot.ui.reply import AMBER
from bot.ui.sending import FAILURES, tell
from bot.ui.service_bot import Interaction
from bot.ui.speaking import speak_with


class Once:
    """A button or form that does nothing more when Discord brings the same use of it again."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Whether this use is new. What follows is in the language of the person who acts."""
        speak_with(interaction)
        return bool(interaction.client.heard.is_new(interaction.id))


@contextlib.asynccontextmanager
async def answering_for(interaction: Interaction) -> AsyncIterator[None]:
    """Run the body for a pressed button or a sent form. An error in it is shown only to the person who acted."""
    try:
        with interaction.client.services.shutdown.one():
            yield
    except discord.NotFound:
        return  # the message or the interaction is gone, so there is nobody to tell
    except Exception as error:
        with contextlib.suppress(*FAILURES):
            await tell(interaction, explain(error), AMBER)


def message_of(interaction: Interaction) -> discord.Message:
    """The message with the button that was pressed. Raises ValueError for anything else than a button."""
    if interaction.message is None:
        raise ValueError("No button was pressed, so there is no message with it.")
    return interaction.message
