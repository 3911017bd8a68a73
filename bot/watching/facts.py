"""Gathers the facts about a running bot."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import discord
from discord.ext import tasks

from bot.remedies import operator_sentence
from bot.services.opened import Services
from bot.storage.refresh_state import RefreshState
from bot.ui.service_bot import ServiceBot
from bot.watching.health import Base, Facts, Inbox, Loop, Queue, Refreshing
from bot.watching.shards import shard_of

FILES_SECONDS = 10.0
"""For so many seconds is waited for what is read from files."""


@dataclass(frozen=True, slots=True)
class _OfFiles:
    """What is read from files and databases: the base library, the free bytes of its disk, the webhook, the records.

    None stands for what cannot be read; `records` says why the records cannot be used.
    """

    base: Base | None = None
    disk_free: int | None = None
    inbox: Inbox = Inbox()
    records: str = ""


class Gatherer:
    """Gathers facts about one bot, on its event loop."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._started = self.now()
        self._reading: asyncio.Task[_OfFiles] | None = None
        self._asked = 0.0  # when that was begun

    def now(self) -> datetime:
        """The present time, also where it is simulated."""
        return discord.utils.utcnow()

    async def gather(self, loop_lag: float = 0.0) -> Facts:
        """The facts as they are now. `loop_lag` is in seconds."""
        bot, queue = self._bot, self._services.queue
        read, files_silent = await self._read_files()
        return Facts(
            at=self.now(),
            started=self._started,
            ready=bot.is_ready(),
            model_warm=bot.is_warm,
            stopping=self._services.shutdown.has_begun,
            servers=len(bot.guilds),
            shards=tuple(map(shard_of, bot.shards.values())),
            queue=Queue(queue.waiting, queue.working, queue.longest_seconds, queue.replaced),
            loops=tuple(
                Loop(name, loop.is_running(), _seconds(loop), loop.next_iteration) for name, loop in loops(bot)
            ),
            refreshing=self._refreshing(),
            base=read.base,
            disk_free=read.disk_free,
            inbox=read.inbox,
            records=read.records,
            loop_lag=loop_lag,
            files_silent=files_silent,
        )

    def _refreshing(self) -> Refreshing:
        refreshes, hours = self._services.refreshes, self._services.settings.refresh_hours
        last, failing = refreshes.of(None), refreshes.failing()
        if last is None:
            return Refreshing(failing_servers=failing)
        due = last.next(hours) if hours else None
        return Refreshing(last.at if last.is_known else None, due, last.failures, last.problem, failing)

    async def _read_files(self) -> tuple["_OfFiles", float]:
        """What the files tell, and for how many seconds they have told nothing: no second thread is sent after one."""
        if self._reading is None:
            self._asked = monotonic()
            self._reading = asyncio.create_task(asyncio.to_thread(_of_files, self._services))
        await asyncio.wait({self._reading}, timeout=FILES_SECONDS)
        if not self._reading.done():
            return _OfFiles(inbox=Inbox(self._services.inbox.problem)), monotonic() - self._asked
        read, self._reading = self._reading, None
        return read.result(), 0.0


def loops(bot: ServiceBot) -> list[tuple[str, tasks.Loop[Any]]]:
    """The loops of the bot's cogs, each with a name such as "ScheduleCog.check"."""
    return [
        (f"{name}.{attribute.lstrip('_')}", value)
        for name, cog in bot.cogs.items()
        for attribute, value in vars(cog).items()
        if isinstance(value, tasks.Loop)
    ]


def _of_files(services: Services) -> _OfFiles:
    """What files and databases tell. For worker threads."""
    library, state, records = services.libraries.base, RefreshState(), ""
    try:
        state = services.refresh_state.read()
    except Exception as error:
        records = operator_sentence(error)
    try:
        free = shutil.disk_usage(library.folder).free
    except OSError:
        free = None
    try:
        sources = library.sources()
        failing = sum(bool(source.problem) for source in sources)
        read = library.freshness().read
        base = Base(
            library.read_generation(),
            _made(library.folder),
            len(sources),
            failing,
            read,
            state.deaths,
            state.failing_since,
        )
    except Exception:  # the bot itself reports that, when it is asked
        base = None
    return _OfFiles(base, free, _inbox_of(services), records)


def _inbox_of(services: Services) -> Inbox:
    """How the webhook is. Where it is off, nothing is read for that."""
    inbox = services.inbox
    if not inbox.is_on:
        return Inbox()
    try:
        return Inbox(inbox.problem, inbox.store.count(), inbox.failing_subscriptions())
    except Exception:  # the bot itself reports that its records cannot be read
        return Inbox(inbox.problem)


def _made(folder: Path) -> datetime | None:
    """When the last generation was made: its index was written then."""
    times = [file.stat().st_mtime for file in folder.glob("passages.*")]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _seconds(loop: tasks.Loop[Any]) -> float:
    return (loop.hours or 0) * 3600 + (loop.minutes or 0) * 60 + (loop.seconds or 0)
