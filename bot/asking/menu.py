"""The entry of a message's menu that deletes an answer."""

import asyncio

import discord
from discord.ext import commands

from bot.asking.deleting import check_may_delete, delete_answer
from bot.errors import Refused
from bot.markdown import md
from bot.ui.menu import message_menu
from bot.ui.sending import deliver, tell
from bot.ui.service_bot import Interaction, ServiceBot


class DeletingCog(commands.Cog):
    """The entry of a message's menu that deletes an answer."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._menu = message_menu("Delete this answer", self._delete)

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
