"""The order among changes: in a library one at a time, and one indexing at a time in the whole bot."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from bot import desk
from bot.desk import Change
from bot.desk_records import DeskRecords
from bot.errors import Refused, Stopping, Updating
from bot.markdown import md
from bot.servers import Libraries
from bot.undo import fits, read_undo, write_undo
from bot.workers import Underway
from index import ArticleError, Library, ModelMismatch, OnProgress, Progress, Refusal, UpdateReport

T = TypeVar("T")

PATIENCE = 600.0
"""For how many seconds a change waits for another one: well within the 15 minutes of an interaction's token."""


MAX_SOURCES = 500
"""How many sources a server may have: all of them are asked at every refresh."""


class Wait(Protocol):
    """Awaits something that a stop may cut off."""

    async def __call__(self, awaitable: Awaitable[T], /) -> T:
        """The result of `awaitable`."""


async def plainly(awaitable: Awaitable[T]) -> T:
    """Wait for it, whatever happens."""
    return await awaitable


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was made: in which library, what it was, what it did, and by which id it can be taken back."""

    library: Library
    change: Change
    report: UpdateReport
    undo: str | None = None


class Writers:
    """All that changes libraries goes through here."""

    def __init__(self, libraries: Libraries, records: DeskRecords, underway: Underway) -> None:
        self._libraries = libraries
        self._records = records
        self._underway = underway
        self._locks: defaultdict[int | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._indexing = asyncio.Lock()
        self._stopping = False

    def stop(self) -> None:
        """Have all indexing end at its next passage, with nothing of it done."""
        self._stopping = True

    def is_taken(self, server: int | None) -> bool:
        """Whether the library of a server is being changed."""
        return self._locks[server].locked()

    @contextlib.asynccontextmanager
    async def alone(self, server: int | None, wait: Wait = plainly) -> AsyncIterator[None]:
        """Have the body be the only one that changes the library of a server; of None, the base library."""
        with self._underway.one():
            await wait(self._locks[server].acquire())
            try:
                yield
            finally:
                self._locks[server].release()

    async def carry_out(
        self,
        library: Library,
        change: Change,
        *,
        full: bool = False,
        on_progress: OnProgress = lambda _: None,
        wait: Wait = plainly,
    ) -> UpdateReport:
        """Make a change, in a thread, after any other indexing.

        Raises what `on_progress` and `wait` raise, Stopping and Updating, with nothing done.
        """

        def advance(step: Progress) -> None:
            if self._stopping:
                raise Stopping
            on_progress(step)

        work = partial(desk.carry_out, library, change, rebuild=full, on_progress=advance)
        try:
            if not (change.articles or full):  # what is taken out waits for no indexing
                return await asyncio.to_thread(work)
            await wait(self._indexing.acquire())
            try:
                return await asyncio.to_thread(work)
            finally:
                self._indexing.release()
        except ModelMismatch as error:
            raise Updating from error

    async def make(
        self, server: int, read: Callable[[Library], Awaitable[Change]], on_wait: Callable[[], Awaitable[None]]
    ) -> Made:
        """Read a change of a server's own library and make it, with what takes it back for an hour.

        While it is read others may change the library: a slow site holds up nobody. `on_wait` is called where another
        change is being made, which this one waits for. Raises ArticleError where what was to come in was not taken, and
        Refused where that takes too long.
        """
        with self._underway.one():
            library = await asyncio.to_thread(self._libraries.own, server)
            change = await read(library)
        _check(change.refused)
        if self.is_taken(server):
            await on_wait()
        async with self.alone(server, patiently):
            await asyncio.to_thread(check_room, library, change)
            back = await asyncio.to_thread(desk.inverse, library, change)
            report = await self.carry_out(library, change, wait=patiently)
            _check(report.refused)
            made = Made(library, change, report)
            return replace(made, undo=await asyncio.to_thread(self._keep_undo, server, back, made))

    async def take_back(self, server: int, undo: str) -> None:
        """Take a change back. Raises Refused where it is too late, or where that would lose a later change."""
        async with self.alone(server, patiently):
            work = await asyncio.to_thread(self._records.kept, undo, server)
            if work is None or "undo" not in work:
                raise Refused(md("That can no longer be taken back: an hour has passed, or it was done already."))
            library = await asyncio.to_thread(self._libraries.own, server)
            if not await asyncio.to_thread(fits, work["undo"], library):
                raise Refused(md("It was changed again since, so taking that back would lose the later change."))
            await self.carry_out(library, read_undo(work["undo"]), wait=patiently)
            await asyncio.to_thread(self._records.forget, undo)

    def _keep_undo(self, server: int, back: Change, made: Made) -> str | None:
        """Keep what takes a change back that was just made; None where nothing was changed."""
        report, sources = made.report, (*back.memory.forget, *made.change.memory.forget)
        if not (report.added or report.changed or report.removed or sources):
            return None
        return self._records.keep(server, {"undo": write_undo(back, made.library)})


def check_room(library: Library, change: Change) -> None:
    """Raise Refused where a change would give a server more sources than it may have."""
    known = {source.address for source in library.sources()}
    new = {source.address for source in change.memory.sources} - known
    if new and len(known) + len(new) > MAX_SOURCES:
        raise Refused(md("A server may have {} sources; remove some with `/sources remove` first.", MAX_SOURCES))


async def patiently(awaitable: Awaitable[T]) -> T:
    """Wait for it, but not so long that nobody can be told any more. Raises Refused."""
    try:
        return await asyncio.wait_for(asyncio.ensure_future(awaitable), PATIENCE)
    except TimeoutError as error:
        raise Refused(md("Another change here takes very long; try again when it is done.")) from error


def _check(refused: tuple[Refusal, ...]) -> None:
    if refused:
        raise ArticleError(refused[0].reason)
