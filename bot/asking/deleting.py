"""Deleting an answer: its message, and what is kept of it."""

import asyncio
import contextlib
import logging
from collections.abc import Collection

import discord

from bot.errors import NotAllowed
from bot.markdown import md
from bot.storage.answers import AnswerRecord
from bot.ui.sending import FAILURES, deliver
from bot.ui.service_bot import Interaction, ServiceBot
from bot.ui.threads import in_open_thread

logger = logging.getLogger(__name__)


def may_delete(interaction: Interaction, record: AnswerRecord) -> bool:
    """Whether the person may delete that answer: who asked, and moderators."""
    answers = interaction.client.services.answers
    return interaction.permissions.manage_messages or answers.is_asker(record, interaction.user.id)


def check_may_delete(interaction: Interaction, record: AnswerRecord) -> None:
    """Raise NotAllowed for a person who may not delete that answer."""
    if not may_delete(interaction, record):
        raise NotAllowed(md("Only the one who asked, or a moderator, can delete this answer."))


async def delete_answer(bot: ServiceBot, answer_id: str) -> None:
    """Delete the message of an answer, if it has one that is not gone yet, and then the record.

    Raises discord's errors where the message cannot be deleted; then the record stays.
    """
    answers = bot.services.answers
    record = await asyncio.to_thread(answers.answer, answer_id)
    if record is None:
        return
    channel = await asyncio.to_thread(answers.channel_of, record)
    if record.message and channel:
        message = bot.get_partial_messageable(channel).get_partial_message(record.message)
        with contextlib.suppress(discord.NotFound):
            await in_open_thread(bot, channel, lambda: deliver(message.delete))
    await asyncio.to_thread(answers.forget, record.id)


async def delete_answer_surely(bot: ServiceBot, answer_id: str) -> bool:
    """Delete an answer; its record goes also where its message cannot be deleted. Returns whether that could."""
    try:
        await delete_answer(bot, answer_id)
    except FAILURES as error:
        logger.warning("The message of an answer could not be deleted, its record was: %s", error)
        await asyncio.to_thread(bot.services.answers.forget, answer_id)
        return False
    return True


async def delete_answers_to(bot: ServiceBot, messages: Collection[int]) -> None:
    """Delete the answers to the questions that these messages held."""
    for record in await asyncio.to_thread(bot.services.answers.answers_to, messages):
        await delete_answer_surely(bot, record.id)
