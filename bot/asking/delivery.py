"""Gives an answer, for all ways to ask."""

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
    """Send an answer with its buttons, and write down which message it became. Forget it if it cannot be sent.

    The message of a `private` answer is not written down: nobody else can follow it up, and the bot may not edit it
    later. The channel of a direct message would tell who the person is, so it is sealed.
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
