"""How fast the bot answers when asked by one or by many at once, starts, and how much memory it takes.

The real bot with the real model in a simulated Discord, which takes its part of the time. The longest gap is how long
the event loop stood still at most: Discord's heartbeat waits for it.
"""

import asyncio
import contextlib
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import simcord

from bot.client import Pullquote
from bot.run import opened_bot
from bot.services.opening import open_base, open_parser, shared_encoder
from bot.settings import Settings
from index import Article, Encoder
from tests.e2e.test_loop import Turns, many_articles
from tests.tools.benchmark.articles import articles_of
from tests.tools.benchmark.measuring import Clock, Spread, in_fresh_process, machine, resident_mib

AT_ONCE = {1: 40, 20: 4}
"""How many are asked at once, and how often."""

STARTS = 5
MEANWHILE = 500
"""The articles that are indexed while questions are answered."""

QUESTIONS = (
    "What did Lee ask Xi to do about North Korea?",
    "How long have the restrictions been in place?",
    "Where did Lee speak to reporters?",
    "What does Beijing say the structures are for?",
    "Who is watching the planned consultations closely?",
)


class Stopwatch:
    """From a question's MESSAGE_CREATE to that of its reply, in seconds."""

    def __init__(self, env: simcord.Env, clock: Clock = time.perf_counter) -> None:
        self.seconds: list[float] = []
        self._clock = clock
        self._begun: dict[str, float] = {}
        self._backend = env.backend
        self._backend.subscribers.append(self._see)

    def ask(self, channel: int, reader: int, question: str) -> None:
        """Send a question; the bot is given it at once, and works on it when the loop turns."""
        started = self._clock()
        message = self._backend.create_message(channel, reader, question)
        self._begun[str(message.id)] = started

    def _see(self, event: str, payload: Any) -> None:  # noqa: ANN401 - JSON
        reference = payload.get("message_reference") or {}
        if event == "MESSAGE_CREATE" and reference.get("message_id") in self._begun:
            self.seconds.append(self._clock() - self._begun.pop(reference["message_id"]))


@contextlib.asynccontextmanager
async def signed_in(settings: Settings, load_encoder: Callable[[], Encoder]) -> AsyncIterator[simcord.Env]:
    """The bot over the library in the data folder, in a simulated Discord."""
    with ExitStack() as stack:
        base = stack.enter_context(open_base(settings, load_encoder))
        parser = stack.enter_context(open_parser(settings))
        bot = stack.enter_context(opened_bot(settings, base, load_encoder, parser))
        async with simcord.run(bot, settle_timeout=120) as env:
            yield env


async def ask(env: simcord.Env, at_once: Mapping[int, int], meanwhile: int) -> AsyncIterator[str]:
    """Ask so many at once, so often; then one after the other while as many articles as `meanwhile` are indexed."""
    bot = env.bot
    assert isinstance(bot, Pullquote)
    guild = env.create_guild()
    channel = guild.create_text_channel("ask")
    reader = guild.add_member(env.create_user("ada"))
    bot.services.server_settings.add_ask_channel(guild.id, channel.id)
    for count, times in at_once.items():
        watch = Stopwatch(env)
        async with Turns() as turns:
            for first in range(times):
                for number in range(count):
                    watch.ask(channel.id, reader.id, QUESTIONS[(first + number) % len(QUESTIONS)])
                await env.settle(timeout=120)
        yield line(f"{count} at once", watch, turns)
    watch, began = Stopwatch(env), time.perf_counter()
    async with Turns() as turns:
        indexing = asyncio.create_task(asyncio.to_thread(bot.services.libraries.base.update, many_articles(meanwhile)))
        while not indexing.done():
            watch.ask(channel.id, reader.id, QUESTIONS[len(watch.seconds) % len(QUESTIONS)])
            await env.settle(timeout=120)
            await asyncio.sleep(0.5)
    rate = meanwhile / (time.perf_counter() - began)
    yield line(f"while {meanwhile} articles are indexed, at {rate:.0f} a second", watch, turns)
    yield f"memory {resident_mib():.0f} MiB"


def line(what: str, watch: Stopwatch, turns: Turns) -> str:
    return f"{what}: a reply: {Spread.of(watch.seconds)}; longest gap {turns.longest * 1000:.0f} ms"


def start(data: Path, pipe: Connection) -> None:
    """Start the bot, say so through the pipe, and stop."""

    async def starting() -> None:
        settings = settings_of(data)
        async with signed_in(settings, shared_encoder(settings)):
            pipe.send("ready")

    asyncio.run(starting())


def answer(data: Path) -> None:
    """Start the bot, and print the figures of asking it."""

    async def answering() -> None:
        settings = settings_of(data)
        async with signed_in(settings, shared_encoder(settings)) as env:
            async for figures in ask(env, AT_ONCE, MEANWHILE):
                print(figures, flush=True)

    asyncio.run(answering())


def settings_of(data: Path) -> Settings:
    return Settings(_env_file=None, data_dir=data, cooldown_seconds=0)


def seconds_to_start(data: Path) -> float:
    """From the start of a process until the bot is ready."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=start, args=(data, other))
    began = time.perf_counter()
    process.start()
    other.close()
    try:
        pipe.recv()
        return time.perf_counter() - began
    finally:
        process.join()


def main(folder: Path | None) -> None:
    """Index; then measure starts and answers in processes of their own, which have not indexed anything."""
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary)
        print(f"{in_fresh_process(index, data, articles_of(folder))} articles", flush=True)
        seconds = median(seconds_to_start(data) for _ in range(STARTS))
        print(f"from start to ready: median of {STARTS} {seconds:.1f} s", flush=True)
        in_fresh_process(answer, data)


def index(data: Path, articles: Sequence[Article]) -> int:
    """Make a library of the articles; returns how many it holds."""
    with open_base(settings_of(data)) as base:
        return len(base.update(articles).added)
