"""Deleting an answer: its message, and what is kept of it."""

import asyncio
import contextlib

import discord

from bot.errors import NotAllowed
from bot.markdown import md
from bot.storage.answers import AnswerRecord
from bot.ui.sending import deliver
from bot.ui.service_bot import Interaction


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
