"""/reindex: bring a server's library in line with its sources, in a message that shows how far it is."""

from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.desk_buttons import JobAction
from bot.desk_records import Work
from bot.errors import Refusal
from bot.jobs import Place, Reason
from bot.messages import deliver
from bot.permissions import check_editor

if TYPE_CHECKING:
    from bot.client import Pullquote

_WORK = {
    JobAction.APPLY: Work(),
    JobAction.APPLY_FULL: Work(full=True),
    JobAction.REMOVE_MISSING: Work(remove_missing=True),
}


class Reindex(commands.Cog):
    """The command, and the buttons of its message."""

    def __init__(self, bot: "Pullquote") -> None:
        self._bot = bot

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
        self.begin(interaction, Work(full=full, dry_run=dry_run))

    def begin(self, interaction: discord.Interaction[Any], work: Work) -> None:
        """Begin a job in answer to a command. Raises Refusal while another one is under way."""
        assert interaction.guild_id
        self._bot.jobs.start(interaction.guild_id, work, partial(_post, interaction))

    async def act(self, interaction: discord.Interaction[Any], action: JobAction) -> None:
        """Do what a button of a job's message says."""
        assert interaction.guild_id and interaction.message
        if action is not JobAction.CANCEL:
            self._bot.jobs.start(interaction.guild_id, _WORK[action], partial(_post_in_place, interaction))
            return
        job = self._bot.jobs.running(interaction.guild_id)
        if job is None or job.place is None or job.place.message != interaction.message.id:
            raise Refusal("That is done already.")
        await deliver(interaction.response.defer)
        job.stop(Reason.CANCELLED)


async def _post(interaction: discord.Interaction[Any], view: ui.LayoutView) -> Place:
    """Answer a command with a job's message."""
    await deliver(partial(interaction.response.send_message, view=view))
    message = await deliver(interaction.original_response)
    return Place(message.channel.id, message.id, interaction.edit_original_response)


async def _post_in_place(interaction: discord.Interaction[Any], view: ui.LayoutView) -> Place:
    """Turn the message whose button was pressed into a job's."""
    assert interaction.message
    await deliver(partial(interaction.response.edit_message, view=view))
    return Place(interaction.message.channel.id, interaction.message.id, interaction.edit_original_response)
