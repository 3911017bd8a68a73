"""Deleting an answer: by the menu of its message, or by the button of what *In context* shows."""

import asyncio
import contextlib

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NotAllowed, Refused
from bot.markdown import md
from bot.storage.answers import AnswerRecord
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


def may_delete(interaction: Interaction, record: AnswerRecord) -> bool:
    """Whether the person may delete that answer: who asked, and moderators."""
    answers = interaction.client.services.answers
    return interaction.permissions.manage_messages or answers.is_asker(record, interaction.user.id)


def check_may_delete(interaction: Interaction, record: AnswerRecord) -> None:
    """Raise NotAllowed for a person who may not delete that answer."""
    if not may_delete(interaction, record):
        raise NotAllowed(md("Only the one who asked, or a moderator, can delete this answer."))


async def delete_answer(interaction: Interaction, record: AnswerRecord) -> None:
    """Delete the message of an answer, if it has one that is not gone yet, and then the record."""
    answers = interaction.client.services.answers
    channel = await asyncio.to_thread(answers.channel_of, record)
    if record.message and channel:
        message = interaction.client.get_partial_messageable(channel).get_partial_message(record.message)
        with contextlib.suppress(discord.NotFound):
            await deliver(message.delete)
    await asyncio.to_thread(answers.forget, record.id)
