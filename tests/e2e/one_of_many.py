"""One of several processes of the bot, in a simulated Discord of its own that has a server of its shard.

It does what it is told: each line of its input is a list in JSON, the name of a method of `Process` and its arguments,
and it answers with a line of JSON. So a test can have several of them on one database, and kill them.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.corrections.cog import CorrectionsCog
from bot.desk.schedule import ScheduleCog
from bot.housekeeping import HousekeepingCog
from bot.inbox.cog import InboxCog
from bot.run import opened_bot
from bot.services import leadership
from bot.services.opening import open_library, opened_engine
from bot.settings import Settings
from bot.storage.inbox import Told
from bot.waiting.cog import WaitingCog
from index import BASE, Article, Library, Notice
from index.storage.postgres.writer import Writer
from tests.e2e.world import World, make_world, text
from tests.encoder import WordEncoder
from tests.parser import PARSER
from tests.torture.gazette import answers, question, story

ENCODER = WordEncoder()
NEWS = Article("violins", "The violins", "The violinist choose the colour purple.")


class Process:
    """What a test can have a process do, in its server."""

    def __init__(self, world: World, base: Library) -> None:
        self._world = world
        self._base = base
        self._services = world.bot.services

    async def server(self) -> int:
        """The id of its server."""
        return self._world.guild.id

    async def leads(self) -> bool:
        """Whether it leads."""
        return self._services.duties.leads

    async def commands(self) -> int:
        """How many commands its Discord was told."""
        return len(self._world.env.backend.commands.get(None, {}))

    async def ask(self, ware: str) -> list[bool]:
        """Ask about a ware: for each message that comes, whether it is an answer."""
        history = self._world.channel.history
        before = {message.id for message in history()}
        await self._world.reader.send(self._world.channel, f"{self._world.me} {question(ware)}")
        me = self._world.bot.user
        return [answers(text(one), ware) for one in history() if one.id not in before and one.author == me]

    async def give_own(self, ware: str) -> None:
        """Give the server a story of its own."""
        own = await asyncio.to_thread(self._services.libraries.own_or_create, self._world.guild.id)
        await asyncio.to_thread(own.update, [story(ware)])

    async def command(self, name: str, **options: Any) -> str:  # noqa: ANN401 - as commands take them
        """The reply to an editor's command."""
        options = {key: self._world.channel if value == "CHANNEL" else value for key, value in options.items()}
        result = await self._world.admin.slash(self._world.channel, name, **options)
        return text(result.response)

    async def settings(self) -> list[object]:
        """The threshold that holds in its server, and whether the channel is an ask channel."""
        channels = self._services.server_settings.ask_channels()
        return [self._services.threshold_of(self._world.guild.id), self._world.channel.id in channels]

    async def post(self, ware: str) -> bool:
        """Write a question into the channel without a mention; whether it is answered."""
        before = self._world.channel.last_message
        await self._world.reader.send(self._world.channel, question(ware))
        last = self._world.channel.last_message
        return last != before and last is not None and last.author == self._world.bot.user

    async def update(self, *wares: str, dies: bool = False, year: int = 2019) -> int:
        """Put stories into the base library; with `dies`, be killed when all is written and nothing committed."""
        if dies:
            complete = Writer.complete

            def and_die(writer: Writer) -> None:
                complete(writer)
                os.kill(os.getpid(), signal.SIGKILL)

            Writer.complete = and_die  # type: ignore[method-assign]
        await asyncio.to_thread(self._base.update, [story(ware, year=year) for ware in wares])
        return await self.generation()

    async def generation(self) -> int:
        """The generation of the base library, as this process sees it."""
        return await asyncio.to_thread(self._base.read_generation)

    async def leave(self) -> None:
        """Take the bot out of the server."""
        guild = self._world.bot.get_guild(self._world.guild.id)
        assert guild
        await guild.leave()
        await self._world.env.settle()

    async def keep_house(self) -> list[int]:
        """Do what housekeeping does every few hours; the servers that have a library of their own after that."""
        cog = self._world.bot.get_cog("HousekeepingCog")
        assert isinstance(cog, HousekeepingCog)
        await cog._forget_in_time.coro(cog)
        await cog._tidy.coro(cog)
        return await asyncio.to_thread(self._services.libraries.servers)

    async def correct(self) -> list[str]:
        """Look for corrections, and make the edits; the messages of the bot that are struck through, by their ids."""
        cog = self._world.bot.get_cog("CorrectionsCog")
        assert isinstance(cog, CorrectionsCog)
        await cog._check.coro(cog)
        while cog._editing:
            await self._world.env.advance_time(2)
        me = self._world.bot.user
        return [str(one.id) for one in self._world.channel.history() if one.author == me and "~~" in text(one)]

    async def say_of(self, server: int | None) -> None:
        """Take in what a site says of a page of that server's library, as any process may."""
        told = [Told(Notice((f"https://example.org/{server}",)))]
        assert await asyncio.to_thread(self._services.inbox.store.add, server, told)

    async def read(self) -> list[int | None]:
        """Look at what sites have said; the libraries for which pages are read here."""
        cog = self._world.bot.get_cog("InboxCog")
        assert isinstance(cog, InboxCog)
        await cog._read_what_is_due()
        return list(cog._under_way)

    async def refresh(self) -> list[int | None]:
        """Look which libraries are to be refreshed; those that are looked after here."""
        cog = self._world.bot.get_cog("ScheduleCog")
        assert isinstance(cog, ScheduleCog)
        await cog._check.coro(cog)
        return list(cog._under_way)

    async def wait(self) -> None:
        """Have the reader ask what NEWS answers, and wait for that."""
        await self._world.reader.send(self._world.channel, f"{self._world.me} Which colour did the violinist choose?")
        last = self._world.last
        view = discord.ui.LayoutView.from_message(last)
        found = [item for item in view.walk_children() if isinstance(item, discord.ui.Button)]
        (button,) = [item.custom_id for item in found if item.label == "Tell me when you have it"]
        assert button
        await self._world.reader.click(last, custom_id=button)

    async def bring_news(self) -> None:
        """Put NEWS into the base library."""
        await asyncio.to_thread(self._base.update, [NEWS])

    async def tell(self) -> int:
        """Look whether there is news for those who wait; how many messages have told it."""
        cog = self._world.bot.get_cog("WaitingCog")
        assert isinstance(cog, WaitingCog)
        await cog._look.coro(cog)
        await self._world.env.settle()
        me = self._world.bot.user
        return sum(one.author == me and NEWS.text in text(one) for one in self._world.channel.history())


def say(answer: object) -> None:
    """Answer the test."""
    print(json.dumps(answer), flush=True)  # noqa: T201


async def main(url: str, shard: int, folder: str) -> None:
    """Run the process from the first line of its input until that ends."""
    await asyncio.to_thread(sys.stdin.readline)
    leadership.POLL_SECONDS = (0.2, 0.4)
    settings = Settings(
        _env_file=None,
        data_dir=Path(folder),
        database_url=url,
        shard_ids=str(shard),
        shard_count=2,
        cooldown_seconds=0,
        left_server_days=0,
    )
    with ExitStack() as stack:
        engine = stack.enter_context(opened_engine(settings))
        base = stack.enter_context(open_library(engine, BASE, settings, lambda: ENCODER))
        if shard == 0:
            base.update([story("almonds")])
        bot = stack.enter_context(opened_bot(settings, base, lambda: ENCODER, PARSER, engine=engine))
        # The leader alone tells Discord the commands, and the other's simulated one does not hear of it.
        async with simcord.run(bot, settle_timeout=120, strict_sync=False) as env:
            with env.time_context():
                process = Process(make_world(env, ENCODER, stack, shard=shard), base)
                say("ready")
                while line := await asyncio.to_thread(sys.stdin.readline):
                    name, positional, named = json.loads(line)
                    say(await getattr(process, name)(*positional, **named))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
