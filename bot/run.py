"""`pullquote run`: the bot from start to stop."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator

import aiohttp
import discord

from bot.client import Pullquote
from bot.errors import SignInError
from bot.logs import log_as_set
from bot.services.opened import opened
from bot.settings import Settings
from bot.token import PORTAL
from bot.watching.supervision import keep_guard, tell_systemd
from bot.watching.watcher import Watcher
from index import Encoder, Engine, Library, Parser, Web

logger = logging.getLogger(__name__)

STOP_SECONDS = 8.0
"""How long a stop waits for answers under way. Docker and systemd give a program ten seconds or more."""

_REFUSED_TOKEN = (
    f"Discord refuses DISCORD_TOKEN; make a new one at {PORTAL} under Bot, Reset Token, and put it into .env."
)

_ENDED = {
    4004: _REFUSED_TOKEN,
    4010: "Discord has no such shard (code {}); set SHARD_IDS and SHARD_COUNT right, and start again.",
    4011: (
        "Discord wants more connections than there are (code {}); start again, to open as many as it asks for, or "
        "raise SHARD_COUNT where that is set."
    ),
}
"""What to do when Discord has closed a connection for good, by its code.
https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway"""

_ENDED_ELSE = (
    "Discord takes no connection of this version of Pullquote any more (code {}); upgrade it, and start again."
)

EXIT_SECONDS = 30.0
"""Seconds after which a process that should have ended is ended: Python itself waits for threads that are stuck."""


@contextlib.contextmanager
def opened_bot(
    settings: Settings,
    base: Library,
    load_encoder: Callable[[], Encoder],
    parser: Parser,
    open_web: Callable[[], Web] | None = None,
    engine: Engine | None = None,
) -> Iterator[Pullquote]:
    """A bot that answers from `base`, on services that are opened before and closed after.

    `engine` holds the servers' libraries; by default it is as the settings have it.
    """
    clock = discord.utils.utcnow
    with opened(settings, base, load_encoder, parser, engine=engine, open_web=open_web, clock=clock) as services:
        yield Pullquote(services)


def run(
    token: str,
    settings: Settings,
    base: Library,
    load_encoder: Callable[[], Encoder],
    parser: Parser,
    engine: Engine | None = None,
) -> None:
    """Run the bot until SIGTERM or Ctrl-C; `engine` is as in `opened_bot`. Raises SignInError, with the remedy."""
    log_as_set(settings)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # the bot does not speak
    with opened_bot(settings, base, load_encoder, parser, engine=engine) as bot, explained_sign_in():
        logger.info("Signing in to Discord.")
        asyncio.run(serve(bot, lambda: bot.start(token)))


async def serve(bot: Pullquote, live: Callable[[], Coroutine[None, None, None]]) -> None:
    """Let the bot `live`, watched, until it ends by itself or a signal asks it to stop; then finish what is under way.

    Raises SignInError, and Unwell if the process must be started anew.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows; there Ctrl-C cancels this task
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        async with Watcher(bot).watching() as watching, bot:
            living, asked_to_stop = asyncio.create_task(live()), asyncio.create_task(stopping.wait())
            await asyncio.wait({living, watching, asked_to_stop}, return_when=asyncio.FIRST_COMPLETED)
            asked_to_stop.cancel()
            tell_systemd("STOPPING=1")
            if living.done():
                await living
                return
            logger.info("Stopping; answers under way are finished first.")
            await bot.wind_down(STOP_SECONDS)
            living.cancel()
            await asyncio.wait({living})
            if watching.done():
                await watching
    finally:
        keep_guard(EXIT_SECONDS)


@contextlib.contextmanager
def explained_sign_in() -> Iterator[None]:
    """Turn what Discord refuses at the door into a sentence with the remedy."""
    try:
        yield
    except discord.LoginFailure as error:
        raise SignInError(_REFUSED_TOKEN) from error
    except discord.PrivilegedIntentsRequired as error:
        raise SignInError(
            f"Discord refuses the Message Content Intent; switch it on at {PORTAL} under Bot, Privileged Gateway "
            "Intents, or set MESSAGE_CONTENT=false to go without ask channels."
        ) from error
    except discord.ConnectionClosed as error:
        raise SignInError(_ENDED.get(error.code, _ENDED_ELSE).format(error.code)) from error
    except (discord.DiscordServerError, discord.GatewayNotFound, aiohttp.ClientConnectionError) as error:
        raise SignInError(f"Discord cannot be reached ({error}); check the connection, and start again.") from error
