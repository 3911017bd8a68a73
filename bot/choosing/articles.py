"""The article that an editor names beside a sentence: one of all that the server may read."""

import asyncio

from discord import app_commands

from bot.errors import NotAllowed, Refused
from bot.markdown import md
from bot.services.catalog import find
from bot.ui.options import titles
from bot.ui.permissions import check_editor, server_of
from bot.ui.service_bot import Interaction


async def chosen_article(interaction: Interaction, chosen: str | None) -> str | None:
    """The id of the article that was chosen by its title or key, if one was. Raises Refused where there is none."""
    if chosen is None:
        return None
    libraries = interaction.client.services.libraries
    entry = await asyncio.to_thread(lambda: find(libraries.readable_by(server_of(interaction)), chosen))
    if entry is None:
        raise Refused(md("There is no article “{}”; choose one of the titles that show while you type.", chosen))
    return entry.id


async def complete_article(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Titles of what the server may read. Only editors get them."""
    try:
        check_editor(interaction)
    except NotAllowed:
        return []
    libraries = interaction.client.services.libraries
    return await titles(lambda: libraries.readable_by(interaction.guild_id), typed)
