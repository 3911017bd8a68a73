"""The edge to Discord: reads the question in a message, makes components of a reply, and sends it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, ClassVar, TypeVar

import aiohttp
import discord
from discord import ui

from bot.markdown import Markdown, md_later
from bot.ui.reply import GREY, INK, Block, Reply
from bot.ui.service_bot import Interaction

T = TypeVar("T")

PAUSES = (0.5, 2.0)
"""Seconds to wait before each further try."""

TYPING_SECONDS = 1.0
"""How long an answer waits for Discord to show that the bot is typing."""

TYPING_PAUSE = 8.0
"""Seconds after which that must be shown again: Discord shows it for ten."""

FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError)
"""The errors of a call to Discord: it refuses, is down, or cannot be reached."""

ACKNOWLEDGED = 40060
"""Discord's code for an interaction that has its response already.
https://discord.com/developers/docs/topics/opcodes-and-status-codes#json"""

_RESPONDED = "responded"

_UNANSWERED = md_later("Whoever asked is told why there is no answer.")

_MENTIONS = re.compile(r"<(?:@[!&]?|#|a?:\w+:)\d+>")


def question_in(content: str) -> str:
    """The words of a message, without mentions of people, roles and channels, and without custom emoji.

    Mentions would put the ids of people into the records.
    """
    return " ".join(_MENTIONS.sub(" ", content).split())


def layout(reply: Reply, *buttons: ui.Item[Any]) -> ui.LayoutView:
    """The reply as components: a box of text, and the buttons in a row below it."""
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=reply.colour)
    for number, block in enumerate(reply.blocks):
        if number:
            box.add_item(ui.Separator())
        for place, text in enumerate(block.texts):
            if place:
                box.add_item(ui.Separator(visible=False))
            box.add_item(ui.TextDisplay(text))
    view.add_item(box)
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    return view


def note(text: Markdown, colour: int = INK) -> ui.LayoutView:
    """A message that says one thing."""
    return layout(Reply((Block((text,)),), colour))


async def deliver(send: Callable[[], Awaitable[T]]) -> T:
    """The result of `send`, which is called again when Discord fails or the connection is lost.

    discord.py itself waits for rate limits and repeats a call after most of the 5xx, but not after a lost connection.
    """
    for pause in PAUSES:
        try:
            return await send()
        except FAILURES as error:
            if is_refusal(error):
                raise
            await asyncio.sleep(pause)
    return await send()


def is_refusal(error: Exception) -> bool:
    """Whether Discord has understood a call, and will refuse it again; any other failure may be over later."""
    return isinstance(error, discord.HTTPException) and error.status < 500 and error.status != 429


async def respond(interaction: Interaction, send: Callable[[], Awaitable[T]]) -> T | None:
    """Give an interaction its response. None if Discord has taken it and could not say so.

    A try that reached Discord while its answer was lost makes the next one fail with ACKNOWLEDGED.
    """
    try:
        return await deliver(send)
    except discord.HTTPException as error:
        if error.code != ACKNOWLEDGED:
            raise
        interaction.extras[_RESPONDED] = True
        return None


def has_response(interaction: Interaction) -> bool:
    """Whether an interaction has its response, so that only further messages can be sent."""
    return interaction.response.is_done() or _RESPONDED in interaction.extras


async def tell(interaction: Interaction, text: Markdown, colour: int = INK) -> None:
    """Say something to the person who acted; to nobody else, as long as that can still be chosen."""
    view = note(text, colour)
    if not has_response(interaction):
        send = partial(interaction.response.send_message, view=view, ephemeral=True)
        if await respond(interaction, send) is not None:
            return
    await deliver(lambda: interaction.followup.send(view=view, ephemeral=True))


@contextlib.asynccontextmanager
async def failing_alone(interaction: Interaction, *, private: bool) -> AsyncIterator[None]:
    """Make sure that an error in the body can be shown to the person who asked, and to nobody else.

    The first message after a deferred response takes its place, and is seen by everybody unless that was `private`. So
    a public response is given first, without a reason, and then deleted. If it were deleted while it is deferred, there
    may be no way left to say anything (https://github.com/discord/discord-api-docs/issues/3087).
    """
    try:
        yield
    except Exception:
        if has_response(interaction) and not private:
            with contextlib.suppress(*FAILURES):
                await deliver(lambda: interaction.edit_original_response(view=note(_UNANSWERED(), GREY)))
                await deliver(interaction.delete_original_response)
        raise


class Typing:
    """Shows that the bot is typing while the body runs. The body runs also if Discord does not allow it, or is slow.

    Its requests are never cancelled: discord.py would have all others wait for ever if that happened in a rate limit.
    """

    _under_way: ClassVar[set[asyncio.Task[None]]] = set()
    """The event loop itself does not keep its tasks."""

    def __init__(self, channel: discord.abc.Messageable) -> None:
        self._channel = channel
        self._done = asyncio.Event()

    async def __aenter__(self) -> None:
        self._showing = asyncio.create_task(self._show())
        self._under_way.add(self._showing)
        self._showing.add_done_callback(self._under_way.discard)

    async def __aexit__(self, *_: object) -> None:
        self._done.set()
        await asyncio.wait({self._showing}, timeout=TYPING_SECONDS)  # lest what is sent next comes first

    async def _show(self) -> None:
        with contextlib.suppress(*FAILURES):
            while not self._done.is_set():
                await self._channel.typing()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._done.wait(), TYPING_PAUSE)
