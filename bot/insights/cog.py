"""/insights: what the readers of a server asked, for its editors."""

import asyncio
import io
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.insights.page import insights_reply
from bot.insights.summary import Summary, summarize
from bot.insights.tables import articles_table, questions_table
from bot.ui.permissions import check_editor, server_of
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot


class InsightsCog(commands.Cog):
    """The command /insights, for editors. Who uses it is checked each time, whatever Discord shows to whom."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._one_at_a_time = asyncio.Lock()
        kept = bot.services.settings.records_days

        @app_commands.command()
        @app_commands.guild_only()
        @app_commands.allowed_installs(guilds=True, users=False)
        @app_commands.default_permissions(manage_guild=True)
        @app_commands.describe(days="Of how many days; of all that is kept where you name none.", csv="With tables.")
        async def insights(
            interaction: Interaction, days: app_commands.Range[int, 1, kept] = kept, csv: bool = False
        ) -> None:
            """What readers asked: what was not found, which articles were quoted most, the votes."""
            await self._show(interaction, days, with_tables=csv)

        # It is made in here since the range of `days` is a setting.
        self._command: app_commands.Command[Any, ..., None] = insights

    async def cog_load(self) -> None:
        """Add the command."""
        self._bot.tree.add_command(self._command)

    async def _show(self, interaction: Interaction, days: int, *, with_tables: bool) -> None:
        check_editor(interaction)
        server = server_of(interaction)
        with self._services.shutdown.one():
            await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
            async with self._one_at_a_time:
                until = discord.utils.utcnow()
                summary = await asyncio.to_thread(self._summary, server, days, with_found=with_tables)
            view = layout(insights_reply(summary, until))
            tables = await asyncio.to_thread(_tables, summary) if with_tables else {}
            for name in tables:
                view.add_item(ui.File(f"attachment://{name}"))
            await deliver(
                lambda: interaction.edit_original_response(
                    view=view,
                    attachments=[discord.File(io.BytesIO(content), name) for name, content in tables.items()],
                )
            )

    def _summary(self, server: int, days: int, *, with_found: bool) -> Summary:
        asked = self._services.answers.asked_in(server, days)
        libraries, threshold = self._services.libraries.readable_by(server), self._services.threshold_of(server)
        return summarize(asked, days, libraries, threshold, with_found=with_found)


def _tables(summary: Summary) -> dict[str, bytes]:
    return {"questions.csv": questions_table(summary), "articles.csv": articles_table(summary)}
