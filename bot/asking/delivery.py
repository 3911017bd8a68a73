"""Gives an answer, for all ways to ask."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import discord
from discord import ui

from bot.asking.buttons import AnswerButton
from bot.asking.reply import Action, answer_reply, noting_edit
from bot.asking.withdrawn import Watch
from bot.errors import Outdated
from bot.markdown import Markdown
from bot.services.opened import Services
from bot.services.questions import GivenAnswer
from bot.storage.answers import AnswerRecord
from bot.ui.sending import FAILURES, deliver, is_refusal, layout

PATIENCE = (10.0, 30.0, *(60.0,) * 60)
"""Seconds to wait before an answer is sent again, for an hour in all, if Discord stays down."""


async def give(
    ask: Callable[[], Awaitable[GivenAnswer]],
    services: Services,
    send: Callable[..., Awaitable[discord.Message]],
    *,
    find: Callable[[], Awaitable[discord.Message | None]] | None = None,
    watch: Watch | None = None,
    repeat_question: bool = False,
    private: bool = False,
    only_if_found: bool = False,
    edited: AnswerRecord | None = None,
) -> discord.Message | None:
    """Ask, send the answer with its buttons, and write down which message it became. Forget it if it cannot be sent.

    The message of a `private` answer is not written down: nobody else can follow it up, and the bot may not edit it
    later. The channel of a direct message would tell who the person is, so it is sealed. Nothing is sent to a question
    that is withdrawn or edited, which `watch` tells, nor, with `only_if_found`, to one that finds no sentence; then the
    result is None, and nothing is kept. If the articles change before Discord takes the answer, it is asked again.
    Before a later try, `find` looks for what an earlier one has sent, if Discord could not say that it took it.

    `edited` is the record of what the question said before it was edited, which is forgotten. Who waits for its answer
    waits for that to the new words, unless they find one.
    """
    answers, given, is_later = services.answers, await ask(), False
    waits = await asyncio.to_thread(services.waits.waiting_for, edited.id) if edited else 0
    if only_if_found and not (given.answer.answered or given.answer.perhaps):
        await asyncio.to_thread(answers.forget, given.record.id)
        return None
    message: discord.Message | None = None
    try:
        for pause in (*PATIENCE, None):
            try:
                if is_later and find:
                    message = await find()
                if message or (watch and watch.is_off):
                    break
                if is_later:
                    given = await _still_true(given, ask, services)
                reply = answer_reply(given.answer, repeat_question=repeat_question, freshness=given.freshness)
                if waits:
                    reply = noting_edit(reply, given.answer)
                view = layout(reply, *(AnswerButton(action, given.record.id) for action in reply.actions))
                message = await deliver(partial(send, view=view))
                break
            except FAILURES as error:
                if pause is None or is_refusal(error):
                    raise
            await asyncio.sleep(pause)
            is_later = True
    except BaseException:
        await asyncio.to_thread(answers.forget, given.record.id)
        raise
    if message is None:
        await asyncio.to_thread(answers.forget, given.record.id)
    elif not private:
        if edited and not given.answer.answered:
            await asyncio.to_thread(services.waits.move, edited.id, given.record.id)
        direct = given.record.server is None
        await asyncio.to_thread(answers.place, given.record.id, message.channel.id, message.id, direct=direct)
        if edited and edited.message != message.id:  # its message was gone
            await asyncio.to_thread(answers.forget, edited.id)
    return message


def told_view(given: GivenAnswer, above: Markdown) -> ui.LayoutView:
    """The message of an answer that somebody waited for, with `above` on top of it."""
    reply = answer_reply(given.answer, repeat_question=True, freshness=given.freshness)
    first, *rest = reply.blocks
    actions = (*reply.actions, Action.AGAIN)
    shown = replace(reply, blocks=(replace(first, texts=(above, *first.texts)), *rest))
    return layout(shown, *(AnswerButton(action, given.record.id) for action in actions))


async def _still_true(given: GivenAnswer, ask: Callable[[], Awaitable[GivenAnswer]], services: Services) -> GivenAnswer:
    """The answer without the quotes that stand no more, or another one if none does."""
    try:
        return await services.questions.recall(given.record.id, given.record.server, shown=True)
    except Outdated:
        await asyncio.to_thread(services.answers.forget, given.record.id)
        return await ask()
