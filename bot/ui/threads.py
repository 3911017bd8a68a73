"""Changes messages in archived threads, which must be opened for it. In a locked one that takes Manage Threads."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import discord

from bot.ui.service_bot import ServiceBot

T = TypeVar("T")

THREAD_ARCHIVED = 50083
"""Discord's error code for a change in an archived thread.
https://discord.com/developers/docs/topics/opcodes-and-status-codes#json"""


async def in_open_thread(bot: ServiceBot, channel: int, change: Callable[[], Awaitable[T]]) -> T:
    """The result of `change`, for which a thread is opened if it is archived. Raises what `change` raises."""
    try:
        return await change()
    except discord.HTTPException as error:
        if error.code != THREAD_ARCHIVED:
            raise
    async with _unarchived(bot, channel):
        return await change()


@contextlib.asynccontextmanager
async def _unarchived(bot: ServiceBot, channel: int) -> AsyncIterator[None]:
    """Open an archived thread while the body changes a message in it. Raises discord.HTTPException."""
    thread = bot.get_channel(channel) or await bot.fetch_channel(channel)
    if not isinstance(thread, discord.Thread):
        yield
        return
    await thread.edit(archived=False)
    try:
        yield
    finally:
        await thread.edit(archived=True)
