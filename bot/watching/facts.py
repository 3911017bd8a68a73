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
from bot.watching.health import Base, Facts, Inbox, Loop, Process, Queue, Refreshing, Storage
from bot.watching.shards import shard_of
from index import PullquoteError

FILES_SECONDS = 10.0
"""For so many seconds is waited for what is read from files, or from the database."""


@dataclass(frozen=True, slots=True)
class OfFiles:
    """What is read from files, or from the database; None where it cannot be read.

    `records` and `silent` are as in `Facts`.
    """

    storage: Storage
    inbox: Inbox
    base: Base | None = None
    disk_free: int | None = None
    records: str = ""
    silent: float = 0.0


class Gatherer:
    """Gathers facts about one bot, on its event loop."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._started = self.now()
        self._reading: asyncio.Task[OfFiles] | None = None
        self._asked = 0.0  # when that was begun

    def now(self) -> datetime:
        """The present time, also where it is simulated."""
        return discord.utils.utcnow()

    async def gather(self, loop_lag: float = 0.0) -> Facts:
        """The facts as they are now. `loop_lag` is in seconds."""
        bot, queue = self._bot, self._services.queue
        read = await self._read_files()
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
            files_silent=read.silent,
            storage=read.storage,
            process=self._process(),
            no_leader=self._services.duties.leadership.problem,
            displaced=self._services.duties.leadership.displaced,
        )

    def _process(self) -> Process | None:
        duties = self._services.duties
        return None if duties.shards.are_all else Process(duties.shards.ids, duties.shards.count, duties.leads)

    def _refreshing(self) -> Refreshing:
        refreshes, hours = self._services.refreshes, self._services.settings.refresh_hours
        last, failing = refreshes.of(None), refreshes.failing()
        if last is None or not self._services.duties.leads:
            return Refreshing(failing_servers=failing)
        due = last.next(hours) if hours else None
        return Refreshing(last.at if last.is_known else None, due, last.failures, last.problem, failing)

    async def _read_files(self) -> OfFiles:
        """What the files or the database tell. If they do not answer, no second thread is sent after the first."""
        if self._reading is None:
            self._asked = monotonic()
            self._reading = asyncio.create_task(asyncio.to_thread(_of_files, self._services))
        await asyncio.wait({self._reading}, timeout=FILES_SECONDS)
        if not self._reading.done():
            storage = Storage(self._services.settings.database_url is not None, self._services.libraries.engine.place)
            return OfFiles(storage, Inbox(self._services.inbox.problem), silent=monotonic() - self._asked)
        read, self._reading = self._reading, None
        return read.result()


def loops(bot: ServiceBot) -> list[tuple[str, tasks.Loop[Any]]]:
    """The loops of the bot's cogs, each with a name such as "ScheduleCog.check"."""
    return [
        (f"{name}.{attribute.lstrip('_')}", value)
        for name, cog in bot.cogs.items()
        for attribute, value in vars(cog).items()
        if isinstance(value, tasks.Loop)
    ]


def _of_files(services: Services) -> OfFiles:
    """The storage, the base library, the free bytes of its disk, and the webhook. For worker threads.

    Where a server cannot be reached, nothing more is asked of it: each question would wait for it again.
    """
    engine, on_server = services.libraries.engine, services.settings.database_url is not None
    try:
        storage = Storage(on_server, engine.place, engine.reach())
    except PullquoteError as error:
        return OfFiles(
            Storage(on_server, engine.place, problem=operator_sentence(error)), Inbox(services.inbox.problem)
        )
    free = None if on_server else _free_on(services.libraries.base.folder)
    state, records = RefreshState(), ""
    try:
        state = services.refresh_state.read()
    except Exception as error:
        records = operator_sentence(error)
    return OfFiles(storage, _inbox_of(services), _base_of(services, state, on_server=on_server), free, records)


def _free_on(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _base_of(services: Services, state: RefreshState, *, on_server: bool) -> Base | None:
    library = services.libraries.base
    try:
        sources = library.sources()
        failing = sum(bool(source.problem) for source in sources)
        read = library.freshness().read
        return Base(
            library.read_generation(),
            None if on_server else _made(library.folder),
            len(sources),
            failing,
            read,
            state.deaths,
            state.failing_since,
        )
    except Exception:  # the bot itself reports that, when it is asked
        return None


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
