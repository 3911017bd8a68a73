"""/reindex: bring a server's library in line with its sources, in a message that shows how far it is."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.desk.buttons import DeskAction
from bot.desk.jobs import Place, Reason
from bot.errors import Refused
from bot.markdown import md
from bot.storage.jobs import Work
from bot.ui.permissions import check_editor
from bot.ui.sending import deliver

if TYPE_CHECKING:
    from bot.client import Pullquote


class ReindexCog(commands.Cog):
    """The command, and the buttons of a job's message."""

    def __init__(self, bot: "Pullquote") -> None:
        self._bot = bot
        bot.desk_actions |= {
            DeskAction.CANCEL: self._cancel,
            DeskAction.APPLY: partial(self._apply, Work()),
            DeskAction.APPLY_FULL: partial(self._apply, Work(full=True)),
            DeskAction.REMOVE_MISSING: self._remove_missing,
        }

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Go on with what a stop of the bot cut off."""
        await self._bot.jobs.start_over()

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        full="Embed every article afresh, after a change of the model.",
        dry_run="Only say what would change.",
    )
    async def reindex(self, interaction: discord.Interaction[Any], full: bool = False, dry_run: bool = False) -> None:
        """Read all sources of this server again: what is new, what changed, what is gone."""
        check_editor(interaction, self._bot.questions.preferences)
        assert interaction.guild_id
        self._bot.jobs.start(interaction.guild_id, Work(full=full, dry_run=dry_run), partial(post, interaction))

    async def _cancel(self, interaction: discord.Interaction[Any], _: str) -> None:
        assert interaction.guild_id and interaction.message
        job = self._bot.jobs.running(interaction.guild_id)
        if job is None or job.place is None or job.place.message != interaction.message.id:
            raise Refused(md("That is done already."))
        job.stop(Reason.CANCELLED)
        await deliver(interaction.response.defer)

    async def _apply(self, work: Work, interaction: discord.Interaction[Any], _: str) -> None:
        assert interaction.guild_id
        self._bot.jobs.start(interaction.guild_id, work, partial(_post_in_place, interaction))

    async def _remove_missing(self, interaction: discord.Interaction[Any], kept: str) -> None:
        assert interaction.guild_id
        asked = await asyncio.to_thread(self._bot.jobs.records.kept, kept, interaction.guild_id)
        if asked is None or "missing" not in asked:
            raise Refused(md("That was shown more than an hour ago; `/reindex` shows what is missing now."))
        await self._apply(Work(remove_missing=tuple(asked["missing"])), interaction, "")


async def post(interaction: discord.Interaction[Any], view: ui.LayoutView) -> Place:
    """Answer a command with a job's message."""
    sent = await deliver(partial(interaction.response.send_message, view=view))
    assert interaction.channel_id and sent.message_id
    return Place(interaction.channel_id, sent.message_id, interaction.edit_original_response)


async def _post_in_place(interaction: discord.Interaction[Any], view: ui.LayoutView) -> Place:
    """Turn the message whose button was pressed into a job's."""
    assert interaction.message
    await deliver(partial(interaction.response.edit_message, view=view))
    return Place(interaction.message.channel.id, interaction.message.id, interaction.edit_original_response)
