"""/reindex: bring a server's library in line with its sources, in a message that shows how far it is."""

import asyncio
from functools import partial

from discord import app_commands
from discord.ext import commands

from bot.desk.buttons import DeskAction
from bot.desk.jobs import Jobs, Reason, post, post_in_place
from bot.errors import Refused
from bot.markdown import md
from bot.storage.jobs import Work
from bot.storage.pending import PendingRemoval
from bot.ui.buttons import message_of
from bot.ui.permissions import check_editor, server_of
from bot.ui.sending import respond
from bot.ui.service_bot import Interaction, ServiceBot


class ReindexCog(commands.Cog):
    """The command, and the buttons of a job's message."""

    def __init__(self, bot: ServiceBot, jobs: Jobs) -> None:
        self._services = bot.services
        self._jobs = jobs
        bot.button_handlers |= {
            DeskAction.CANCEL: self._cancel,
            DeskAction.APPLY: partial(self._apply, Work()),
            DeskAction.APPLY_FULL: partial(self._apply, Work(full=True)),
            DeskAction.REMOVE_MISSING: self._remove_missing,
        }

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Start the jobs over that were cut off when the bot stopped."""
        await self._jobs.start_over()

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        full="Embed every article afresh, after a change of the model.",
        dry_run="Only say what would change.",
    )
    async def reindex(self, interaction: Interaction, full: bool = False, dry_run: bool = False) -> None:
        """Read all sources of this server again: what is new, what changed, what is gone."""
        check_editor(interaction)
        self._jobs.start(server_of(interaction), Work(full=full, dry_run=dry_run), partial(post, interaction))

    async def _cancel(self, interaction: Interaction, _: str) -> None:
        job, message = self._jobs.running(server_of(interaction)), message_of(interaction)
        if job is None or job.place is None or job.place.message != message.id:
            raise Refused(md("That is done already."))
        job.stop(Reason.CANCELLED)
        await respond(interaction, interaction.response.defer)

    async def _apply(self, work: Work, interaction: Interaction, _: str) -> None:
        self._jobs.start(server_of(interaction), work, partial(post_in_place, interaction))

    async def _remove_missing(self, interaction: Interaction, pending_id: str) -> None:
        pending = self._services.pending
        removal = await asyncio.to_thread(pending.find, pending_id, server_of(interaction), PendingRemoval)
        if removal is None:
            raise Refused(md("That was shown more than an hour ago; `/reindex` shows what is missing now."))
        await self._apply(Work(remove_missing=removal.article_ids), interaction, "")
