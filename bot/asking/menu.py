"""Deletes answers: by the entry of a message's menu, and when the question was deleted."""

import asyncio

import discord
from discord.ext import commands

from bot.asking.deleting import check_may_delete, delete_answer, delete_answers_to
from bot.asking.withdrawn import WithdrawnQuestions
from bot.errors import Refused
from bot.markdown import md
from bot.services.questions import belongs
from bot.ui.menu import message_menu
from bot.ui.sending import respond, tell
from bot.ui.service_bot import Interaction, ServiceBot


class DeletingCog(commands.Cog):
    """Deletes an answer on request, and when its question is deleted in Discord; forgets one that was deleted there."""

    def __init__(self, bot: ServiceBot, withdrawn: WithdrawnQuestions) -> None:
        self._bot = bot
        self._withdrawn = withdrawn
        self._menu = message_menu("Delete this answer", self._delete)

    async def cog_load(self) -> None:
        """Add the message menu."""
        self._bot.tree.add_command(self._menu)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Heed a message that was deleted."""
        await self._heed({event.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Heed all messages that were deleted."""
        await self._heed(event.message_ids)

    async def _heed(self, deleted: set[int]) -> None:
        """Forget the answers among the messages that were deleted, and delete the answers to the questions among them.

        A question that is just being answered is left to those who answer it.
        """
        await asyncio.to_thread(self._bot.services.answers.forget_messages, deleted)
        await delete_answers_to(self._bot, self._withdrawn.note(deleted))

    async def _delete(self, interaction: Interaction, message: discord.Message) -> None:
        """Delete an answer and its record."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        record = await asyncio.to_thread(self._bot.services.answers.answer_in, message.id)
        if record is None or not belongs(record, interaction.guild_id):
            raise Refused(md("That message is none of my answers, or it is too old; a moderator can delete it."))
        check_may_delete(interaction, record)
        await delete_answer(self._bot, record.id)
        await tell(interaction, md("The answer is deleted, and what I had kept of it."))
