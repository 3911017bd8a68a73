"""Giving an answer, which all ways to ask share."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import discord

from bot.asking.buttons import AnswerButton
from bot.asking.reply import answer_reply
from bot.services.questions import GivenAnswer
from bot.storage.answers import AnswerStore
from bot.ui.sending import deliver, layout


async def give(
    given: GivenAnswer,
    answers: AnswerStore,
    send: Callable[..., Awaitable[discord.Message]],
    *,
    repeat_question: bool = False,
    private: bool = False,
) -> None:
    """Send an answer with its buttons, and write down which message it became; forget it where it cannot be sent.

    One that only its asker sees is nothing that others could follow up, nor may a bot edit it later, so its message is
    not written down. The channel of a direct message, which stands for a person, is sealed.
    """
    answer_id = given.record.id
    reply = answer_reply(given.answer, repeat_question=repeat_question)
    view = layout(reply, *(AnswerButton(action, answer_id) for action in reply.actions))
    try:
        message = await deliver(partial(send, view=view))
    except BaseException:
        await asyncio.to_thread(answers.forget, answer_id)
        raise
    if not private:
        direct = given.record.server is None
        await asyncio.to_thread(answers.place, answer_id, message.channel.id, message.id, direct=direct)
