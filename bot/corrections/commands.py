"""/corrections: what was corrected and withdrawn, for everybody."""

import asyncio
import re
from typing import Any, Self

from discord import app_commands, ui
from discord.ext import commands

from bot.corrections.page import corrections_page
from bot.languages import say
from bot.ui.buttons import Once, answering_for
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot


class PublicCorrectionsCog(commands.Cog):
    """The command that shows what was corrected."""

    def __init__(self, bot: ServiceBot) -> None:
        self._services = bot.services

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def corrections(self, interaction: Interaction) -> None:
        """What was corrected or withdrawn in our articles: what stood, and what stands now."""
        with self._services.shutdown.one():
            await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
            await _show(interaction, 0)


class CorrectionsPageButton(
    Once, ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"pullquote:corrections:(?P<page>\d{1,4})"
):
    """A button that turns to another page."""

    def __init__(self, page: int, label: str = "") -> None:
        self._page = page
        super().__init__(ui.Button(label=label, custom_id=f"pullquote:corrections:{page}"))

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(int(match["page"]))

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Turn to the page, in the same message."""
        async with answering_for(interaction):
            await respond(interaction, interaction.response.defer)
            await _show(interaction, self._page)


async def _show(interaction: Interaction, page: int) -> None:
    """Show a page in the response, as things are now."""
    services = interaction.client.services
    found = await asyncio.to_thread(services.corrections.listed_in, services.libraries, interaction.guild_id)
    reply, page, pages = corrections_page(found, page, services.settings.records_days)
    back = (CorrectionsPageButton(page - 1, say("Back")),) if page else ()
    on = (CorrectionsPageButton(page + 1, say("More")),) if page + 1 < pages else ()
    await deliver(lambda: interaction.edit_original_response(view=layout(reply, *back, *on)))
