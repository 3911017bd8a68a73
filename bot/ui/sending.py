"""The edge to Discord: what a message asks, how a reply becomes components, and getting it through."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import discord
from discord import ui

from bot.markdown import Markdown, md
from bot.ui.reply import GREY, Block, Reply
from bot.ui.service_bot import Interaction

T = TypeVar("T")

PAUSES = (0.5, 2.0)
"""Seconds to wait before each further try."""

FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a call to Discord may fail with: it refuses or is down, or cannot be reached."""

_UNANSWERED = Reply((Block((md("Whoever asked is told why there is no answer."),)),), GREY)

_MARKS = re.compile(r"<(?:@[!&]?|#|a?:\w+:)\d+>")


def question_in(content: str) -> str:
    """The words of a message, without mentions of people, roles and channels, and without custom emoji.

    Whoever is mentioned would otherwise stand beside the question in the records.
    """
    return " ".join(_MARKS.sub(" ", content).split())


def layout(reply: Reply, *buttons: ui.Item[Any]) -> ui.LayoutView:
    """The reply as components: a box of text, and the buttons in a row below it."""
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=reply.colour)
    for number, block in enumerate(reply.blocks):
        if number:
            box.add_item(ui.Separator())
        for text in block.texts:
            box.add_item(ui.TextDisplay(text))
    view.add_item(box)
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    return view


async def deliver(send: Callable[[], Awaitable[T]]) -> T:
    """The result of `send`, called again when Discord fails or the connection is lost.

    discord.py waits out rate limits and repeats a 5xx a few times within one call, but not what a lost connection cut.
    """
    for pause in PAUSES:
        try:
            return await send()
        except FAILURES as error:
            if isinstance(error, discord.HTTPException) and error.status < 500 and error.status != 429:
                raise
            await asyncio.sleep(pause)
    return await send()


async def tell(interaction: Interaction, text: Markdown) -> None:
    """Say something to the one who acted, and to nobody else where that can still be chosen."""
    if interaction.response.is_done():
        await deliver(lambda: interaction.followup.send(text, ephemeral=True))
    else:
        await deliver(lambda: interaction.response.send_message(text, ephemeral=True))


@contextlib.asynccontextmanager
async def failing_alone(interaction: Interaction, *, private: bool) -> AsyncIterator[None]:
    """Where the body fails, see to it that the one who asked is told so and nobody else is.

    What is said first after a response was deferred takes its place, and is seen by whom that was for. So unless that
    was `private`, the response is given, without a reason, and then taken away: one that is deleted while it is
    deferred may leave no way to say anything (https://github.com/discord/discord-api-docs/issues/3087).
    """
    try:
        yield
    except Exception:
        if interaction.response.is_done() and not private:
            with contextlib.suppress(*FAILURES):
                await deliver(lambda: interaction.edit_original_response(view=layout(_UNANSWERED)))
                await deliver(interaction.delete_original_response)
        raise


@contextlib.asynccontextmanager
async def typing(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Show that the bot is typing while the body runs; where Discord does not let it, the body runs all the same."""
    async with contextlib.AsyncExitStack() as stack:
        with contextlib.suppress(*FAILURES):
            await stack.enter_async_context(channel.typing())
        yield
