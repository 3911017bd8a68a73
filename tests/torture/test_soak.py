"""A newsroom's day: 50 questions a minute, beside refreshes, corrections, editors at work, votes and buttons.

Time is simulated, and the work is real. By default 40 minutes pass; `PULLQUOTE_TORTURE=1.5 pytest -m slow -s
tests/torture/test_soak.py` is an hour, and 36 a day. What was measured is printed.
"""

import asyncio
import gc
import os
import random
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest
from simcord.results import InteractionResult

from bot.asking.reply import Action
from tests.e2e.test_loop import LONGEST_GAP, Turns
from tests.e2e.world import World, buttons, command_meanwhile, desk_button, press_meanwhile, text
from tests.limits import torture
from tests.tools.site import Site
from tests.torture.gazette import WARES, answers, gazette, question, story

pytestmark = [pytest.mark.slow, pytest.mark.alone]

MINUTES = torture(40)
QUESTIONS = 50
"""Questions a minute."""

WARM_UP = max(MINUTES // 4, 10)
"""The minutes before anything is measured."""

GROWTH = 1.05
WAL_BYTES = 16 << 20
"""How long a write-ahead log may become."""

KEPT_MESSAGES = 300
"""How many messages SimCord keeps in a channel. Discord's memory is none of the bot's."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the process has taken: bytes of memory, descriptors, threads, and the longest write-ahead log."""

    memory: int
    descriptors: int
    threads: int
    log: int


def taken(folder: Path) -> Taken:
    """What is taken now."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    logs = [file.stat().st_size for file in folder.rglob("*-wal")]
    return Taken(resident, len(os.listdir("/proc/self/fd")), threading.active_count(), max(logs, default=0))


class Day:
    """What happens in a minute, and whether it ended as it should."""

    def __init__(self, world: World, site: Site) -> None:
        self._world, self._site = world, site
        self._chance = random.Random(0)
        self.events: Counter[str] = Counter()
        self._answers: list[discord.Message] = []

    async def minute(self, number: int) -> None:
        """Let a minute pass."""
        asked: dict[int, str] = {}
        commands: list[tuple[InteractionResult, str]] = []
        for n in range(QUESTIONS):
            ware = self._chance.choice(WARES[1:])
            if n % 10 == 9:
                commands.append(
                    (command_meanwhile(self._world, self._world.reader, "ask", question=question(ware)), ware)
                )
                self.events["questions by command"] += 1
            else:
                asked[self._asked(ware)] = ware
            if n % 5 == 0 and self._answers:
                self._press(self._chance.choice(self._answers))
            await self._world.env.advance_time(60 / QUESTIONS)
        await self._at_the_desk(number)
        await self._world.env.settle()
        self._check(asked, commands)
        self._clear()

    def _asked(self, ware: str) -> int:
        world, way = self._world, self._chance.choice(["mention", "mention", "ask channel", "direct message"])
        self.events[f"questions by {way}"] += 1
        words = question(ware) if way != "mention" else f"{world.me} {question(ware)}"
        channel = self._world.reader.user.dm_channel if way == "direct message" else world.channel
        return world.env.backend.create_message(channel.id, world.reader.id, words).id

    def _press(self, answer: discord.Message) -> None:
        """Vote, or look at an answer in context."""
        name = self._chance.choice([Action.UP, Action.DOWN, Action.CONTEXT])
        if custom_id := buttons(answer).get(name):
            press_meanwhile(self._world, self._world.reader, answer, custom_id)
            self.events["buttons"] += 1

    async def _at_the_desk(self, number: int) -> None:
        """Correct an article of the base, and every third minute add one to the server's own or take it out again."""
        world = self._world
        await asyncio.to_thread(world.bot.services.libraries.base.update, [story(WARES[0], year=1000 + number)])
        self.events["corrections"] += 1
        asked = world.env.backend.create_message(world.channel.id, world.reader.id, f"{world.me} {question(WARES[0])}")
        await world.env.settle()
        assert any(f"in {1000 + number}." in text(one) for one in self._replies(asked.id))
        self.events["questions by mention"] += 1
        if number % 6 == 0:
            upload = b"---\ntitle: Notes of the day\n---\nNora Quill counted the gulls on the pier at noon."
            await world.admin.slash(world.channel, "articles add", file=("notes.md", upload))
            self.events["articles added"] += 1
        if number % 6 == 3:
            shown = await world.admin.slash(world.channel, "articles remove", article="Notes of the day")
            await world.admin.click(shown.response, custom_id=desk_button(shown.response, "Remove it"))
            self.events["articles removed"] += 1
        if number % 10 == 5:
            self._site.put_story("ferry", year=1000 + number)
            self.events["changes at a source"] += 1

    def _replies(self, asked: int) -> list[discord.Message]:
        channels = (self._world.channel, self._world.reader.user.dm_channel)
        every = [one for channel in channels for one in channel.history() if one.author == self._world.bot.user]
        return [one for one in every if one.reference and one.reference.message_id == asked]

    def _check(self, asked: dict[int, str], commands: list[tuple[InteractionResult, str]]) -> None:
        """Every question has one answer, and it is the right one."""
        channels = (self._world.channel, self._world.reader.user.dm_channel)
        said = [one for channel in channels for one in channel.history() if one.author == self._world.bot.user]
        replies = [one for one in said if one.reference and one.reference.message_id in asked]
        assert Counter(one.reference.message_id for one in replies if one.reference) == Counter(asked.keys())
        for one in replies:
            assert one.reference and answers(text(one), asked[one.reference.message_id or 0])
        for result, ware in commands:
            assert answers(text(result.response), ware)
        self._answers = [one for one in replies if one.guild][-20:]
        assert self._world.env.errors == []

    def _clear(self) -> None:
        """Let SimCord forget what is past."""
        backend = self._world.env.backend
        backend.transcript.clear()
        backend.http_requests.clear()
        backend.interactions.clear()
        for messages in backend.messages.values():
            for message in sorted(messages)[:-KEPT_MESSAGES]:
                del messages[message]


async def test_a_day_leaves_memory_descriptors_and_threads_as_they_were(tmp_path: Path) -> None:
    with Site() as site:
        async with gazette(tmp_path / "data", allow={site.endpoint}) as world:
            site.put_story("ferry")
            site.put_feed(["ferry"])
            world.bot.services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
            await world.admin.slash(world.channel, "settings refresh", hours=0.5)
            await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed")
            day, before, after = Day(world, site), list[Taken](), list[Taken]()
            async with Turns() as turns:
                for number in range(MINUTES):
                    await day.minute(number)
                    (before if number < WARM_UP else after).append(taken(tmp_path / "data"))
                    if number == WARM_UP:
                        turns.longest = 0.0
            read = sum(status in (200, 304) for path, status in site.requests if path == "/feed")
    warm, last = before[-1], after[-1]
    print(  # noqa: T201 - figures for the note
        f"{MINUTES} minutes, {sum(day.events.values())} events {dict(day.events)}, {read} refreshes: memory "
        f"{warm.memory >> 20} MiB, at the end {last.memory >> 20}, descriptors {warm.descriptors}, {last.descriptors}, "
        f"threads {warm.threads}, {last.threads}, longest log {max(one.log for one in after) >> 10} KiB, longest gap "
        f"{turns.longest * 1000:.0f} ms"
    )
    assert last.memory < GROWTH * warm.memory
    assert last.descriptors <= warm.descriptors + 2 and last.threads <= warm.threads + 2
    assert max(one.log for one in after) < WAL_BYTES
    assert read >= MINUTES // 60
    assert turns.longest < LONGEST_GAP
