"""Deletes answers: by the entry of a message's menu, and when the question, or the place of both, was deleted."""

import asyncio

import discord
from discord.ext import commands

from bot.asking.deleting import check_may_delete, delete_answer, delete_answers_to
from bot.asking.withdrawn import WithdrawnQuestions
from bot.errors import Refused
from bot.markdown import md
from bot.services.questions import belongs
from bot.ui.menu import message_menu
from bot.ui.sending import FAILURES, respond, tell
from bot.ui.service_bot import Interaction, ServiceBot

LOOKED_UP = 50
"""How many channels of a server that the bot does not know are looked up at once: each takes a request."""


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

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """Forget the answers in a thread or post that was deleted: Discord does not name its messages."""
        await self._heed_channels({event.thread_id})

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget the answers in a channel that was deleted, and in its threads, of which the bot knows only some."""
        await self._heed_channels({channel.id})
        await self._forget_gone(channel.guild)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Forget the answers in what was deleted while the bot was away."""
        for guild in self._bot.guilds:
            await self._forget_gone(guild)

    async def _heed_channels(self, deleted: set[int]) -> None:
        self._withdrawn.note_channels(deleted)
        await asyncio.to_thread(self._bot.services.answers.forget_channels, deleted)

    async def _forget_gone(self, guild: discord.Guild) -> None:
        """Forget the answers of a server in channels and threads that are no more; archived threads are looked up."""
        answers = self._bot.services.answers
        unknown = [
            channel
            for channel in await asyncio.to_thread(answers.channels, guild.id)
            if not guild.unavailable and guild.get_channel_or_thread(channel) is None
        ]
        gone = {channel for channel in unknown[:LOOKED_UP] if await self._is_gone(channel)}
        if gone:
            await self._heed_channels(gone)

    async def _is_gone(self, channel: int) -> bool:
        try:
            await self._bot.fetch_channel(channel)
        except discord.NotFound:
            return True
        except (*FAILURES, discord.InvalidData):
            return False
        return False

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
