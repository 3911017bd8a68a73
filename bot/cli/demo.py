"""`pullquote demo`: the real bot in a page on this machine that looks like Discord; no token, no account."""

import asyncio
import contextlib
import logging
import webbrowser
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import discord
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.preview import Preview

from bot.cli.terminal import Terminal
from bot.client import Pullquote
from bot.run import opened_bot, serve
from bot.settings import Settings
from index import Encoder, Library, Parser, PullquoteError

QUESTION = "What did Lee ask Xi to do about North Korea?"
"""The question that the reader has asked when the page opens. The bundled story answers it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A server with a channel where every message is a question, a reader, and an admin."""

    channel: ChannelHandle
    reader: MemberActor
    admin: MemberActor


def demo(
    settings: Settings,
    base: Library,
    load_encoder: Callable[[], Encoder],
    parser: Parser,
    terminal: Terminal,
    *,
    port: int,
    open_browser: bool,
) -> None:
    """Show the bot over `base` until Ctrl-C or SIGTERM, or until the page's session is ended."""
    settings = settings.model_copy(update={"cooldown_seconds": 0})  # the simulated clock stands still
    logging.getLogger("aiohttp").setLevel(logging.ERROR)

    with opened_bot(settings, base, load_encoder, parser) as bot:

        async def live() -> None:
            async with shown(bot, port) as page:
                terminal.write(page.url)
                terminal.say(
                    "The bot is in that page. Ask it in plain words, or type / for commands; Ctrl-C ends it.", "dim"
                )
                if open_browser:
                    await asyncio.to_thread(webbrowser.open, page.url)
                await page.wait_closed()

        asyncio.run(serve(bot, live))


@contextlib.asynccontextmanager
async def shown(bot: Pullquote, port: int = 0) -> AsyncIterator[Preview]:
    """The page with the bot in it, and a first question answered."""
    env = simcord.Env(bot)
    env.backend.advance_clock((discord.utils.utcnow() - env.now()).total_seconds())
    await env.start()
    try:
        with env.time_context():
            stage = await arrange(env, bot)
            viewers = (stage.reader, stage.admin)
            async with contextlib.AsyncExitStack() as stack:
                preview = env.preview(stage.channel, viewers=viewers, layout="channel", port=port)
                try:
                    page = await stack.enter_async_context(preview)
                except simcord.SetupError as error:
                    raise PullquoteError(
                        f"The page cannot be shown at port {port}; name another one with --port, or none at all."
                    ) from error
                yield page
    finally:
        await env.shutdown()


async def arrange(env: simcord.Env, bot: Pullquote) -> Stage:
    """Set the stage, and have the reader ask a first question."""
    assert bot.user
    await bot.user.edit(username="Pullquote")
    guild = env.create_guild("The Elmouth Gazette")
    channel = guild.create_text_channel("ask-the-archive")
    editors = guild.create_role("Editors", permissions=discord.Permissions(manage_guild=True, manage_messages=True))
    reader = guild.add_member(env.create_user("ada", global_name="Ada, a reader"))
    admin = guild.add_member(env.create_user("nora", global_name="Nora, an editor"), roles=[editors])
    bot.services.server_settings.add_ask_channel(guild.id, channel.id)
    await reader.send(channel, QUESTION)
    return Stage(channel, reader, admin)
