"""The entry of a message's menu that deletes an answer."""

import asyncio

import discord
from discord import app_commands
from discord.ext import commands

from bot.asking.deleting import check_may_delete, delete_answer
from bot.errors import Refused
from bot.markdown import md
from bot.ui.sending import deliver, tell
from bot.ui.service_bot import Interaction, ServiceBot


class DeletingCog(commands.Cog):
    """The entry of a message's menu that deletes an answer."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        # discord.py has no decorator for a menu command in a cog.
        self._menu = app_commands.ContextMenu(
            name="Delete this answer",
            callback=self._delete,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    async def cog_load(self) -> None:
        """Add the message menu."""
        self._bot.tree.add_command(self._menu)

    async def _delete(self, interaction: Interaction, message: discord.Message) -> None:
        """Delete an answer and its record."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        record = await asyncio.to_thread(self._bot.services.answers.answer_in, message.id)
        if record is None or record.server != interaction.guild_id:
            raise Refused(md("That message is none of my answers, or it is too old; a moderator can delete it."))
        check_may_delete(interaction, record)
        await delete_answer(interaction, record)
        await tell(interaction, md("The answer is deleted, and what I had kept of it."))
