"""How fast the bot answers, starts, and how much memory it takes: `python -m tests.tools.load [FOLDER]`.

The real bot with the real model in a simulated Discord, which takes its part of the time. FOLDER holds articles as for
`tests.tools.benchmark`; without it the bundled story is indexed.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import simcord

from bot.run import opened_bot
from bot.services.opening import open_base, open_parser, shared_encoder
from bot.settings import Settings
from tests.e2e.test_loop import many_articles
from tests.tools.benchmark import articles_of

ROUNDS = 40
QUESTIONS = (
    "What did Lee ask Xi to do about North Korea?",
    "How long have the restrictions been in place?",
    "Where did Lee speak to reporters?",
    "What does Beijing say the structures are for?",
    "Who is watching the planned consultations closely?",
)


class Stopwatch:
    """From a question's MESSAGE_CREATE to that of its reply, in seconds."""

    def __init__(self, env: simcord.Env) -> None:
        self.seconds: list[float] = []
        self._begun: dict[str, float] = {}
        self._backend = env.backend
        self._backend.subscribers.append(self._see)

    def ask(self, channel: int, reader: int, question: str) -> None:
        """Send a question; the bot is given it at once, and works on it when the loop turns."""
        started = time.perf_counter()
        message = self._backend.create_message(channel, reader, question)
        self._begun[str(message.id)] = started

    def _see(self, event: str, payload: Any) -> None:  # noqa: ANN401 - JSON
        reference = payload.get("message_reference") or {}
        if event == "MESSAGE_CREATE" and reference.get("message_id") in self._begun:
            self.seconds.append(time.perf_counter() - self._begun.pop(reference["message_id"]))


async def measure(data: Path, *, only_start: bool) -> None:
    """Run the bot over the library in `data`."""
    settings = Settings(_env_file=None, data_dir=data, cooldown_seconds=0)
    load_encoder = shared_encoder(settings)
    with ExitStack() as stack:
        base = stack.enter_context(open_base(settings, load_encoder))
        parser = stack.enter_context(open_parser(settings))
        bot = stack.enter_context(opened_bot(settings, base, load_encoder, parser))
        async with simcord.run(bot, settle_timeout=120, shard_count=1) as env:
            if only_start:
                print("READY", flush=True)
                return
            guild = env.create_guild()
            channel = guild.create_text_channel("ask")
            reader = guild.add_member(env.create_user("ada"))
            bot.services.server_settings.add_ask_channel(guild.id, channel.id)
            for at_once in (1, 20):
                watch = Stopwatch(env)
                for round_ in range(ROUNDS // (1 if at_once == 1 else 10)):
                    for n in range(at_once):
                        watch.ask(channel.id, reader.id, QUESTIONS[(round_ + n) % len(QUESTIONS)])
                    await env.settle(timeout=120)
                report(f"{at_once} at once", watch.seconds)
            watch, started = Stopwatch(env), time.perf_counter()
            indexing = asyncio.create_task(asyncio.to_thread(base.update, many_articles(500)))
            while not indexing.done():
                watch.ask(channel.id, reader.id, QUESTIONS[len(watch.seconds) % len(QUESTIONS)])
                await env.settle(timeout=120)
                await asyncio.sleep(0.5)
            seconds = time.perf_counter() - started
            report(f"while 500 articles are indexed, at {500 / seconds:.0f} articles a second", watch.seconds)
            print(f"memory {resident():.0f} MiB")


def report(what: str, seconds: list[float]) -> None:
    """The median and the 95th percentile."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    print(f"{what}: {len(seconds)} replies, median {cuts[49] * 1000:.0f} ms, 95th percentile {cuts[94] * 1000:.0f} ms")


def resident() -> float:
    """The memory that this process has in RAM now, in MiB."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def main(folder: Path | None) -> None:
    """Index; then measure starts, answers and memory in processes of their own, which have not indexed anything."""
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(_env_file=None, data_dir=Path(data))
        with open_base(settings) as base:
            report_ = base.update(articles_of(folder))
        print(f"{len(report_.added)} articles")
        starts = []
        for _ in range(5):
            started = time.perf_counter()
            with subprocess.Popen(
                [sys.executable, "-m", "tests.tools.load", "--start", data], stdout=subprocess.PIPE, text=True
            ) as child:
                assert child.stdout and child.stdout.readline() == "READY\n"
                starts.append(time.perf_counter() - started)
        print(f"from start to READY: median of {len(starts)} {statistics.median(starts):.1f} s")
        subprocess.run([sys.executable, "-m", "tests.tools.load", "--answers", data], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] in (["--start"], ["--answers"]):
        asyncio.run(measure(Path(sys.argv[2]), only_start=sys.argv[1] == "--start"))
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
