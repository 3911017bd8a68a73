"""The order among changes: in a library one at a time, and one indexing at a time in the whole bot."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from bot.errors import Refused, Stopping, Updating
from bot.markdown import Markdown, md
from bot.services.libraries import Libraries
from bot.services.queue import Shutdown
from bot.services.quota import warning
from bot.storage.jobs import JobStore
from index import (
    ArticleError,
    Change,
    Conflict,
    Library,
    ModelMismatch,
    OnProgress,
    Progress,
    Quota,
    UpdateReport,
    change_as_json,
    change_from_json,
    inverse,
    make_change,
    plan_change,
)

T = TypeVar("T")

PATIENCE = 600.0
"""For how many seconds a change waits for another one: well within the 15 minutes of an interaction's token."""


class Wait(Protocol):
    """Awaits something that a stop may cut off."""

    async def __call__(self, awaitable: Awaitable[T], /) -> T:
        """The result of `awaitable`."""


async def plainly(awaitable: Awaitable[T]) -> T:
    """Wait for it, whatever happens."""
    return await awaitable


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A change that was made: in which library, what it was, what it did, and by which id it can be taken back.

    `warning` says that the room for articles comes to an end, where it does.
    """

    library: Library
    change: Change
    report: UpdateReport
    undo: str | None = None
    warning: Markdown = md("")


class Editor:
    """All that changes libraries goes through here."""

    def __init__(self, libraries: Libraries, records: JobStore, underway: Shutdown, quota: Quota) -> None:
        """`quota` is what each server's own library may hold."""
        self.quota = quota
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

    def plan(self, library: Library, change: Change, *, full: bool = False) -> UpdateReport:
        """What `carry_out` would do. For a thread."""
        return plan_change(library, change, rebuild=full, quota=self._quota_of(library))

    def warning(self, library: Library) -> Markdown:
        """What is to be said of the room in a library where it comes to an end, in markdown. For a thread."""
        quota = self._quota_of(library)
        return warning(library.size(), quota) if quota else md("")

    async def carry_out(
        self,
        library: Library,
        change: Change,
        *,
        full: bool = False,
        restoring: bool = False,
        on_progress: OnProgress = lambda _: None,
        wait: Wait = plainly,
    ) -> UpdateReport:
        """Make a change, in a thread, after any other indexing.

        What goes beyond a server's quota is refused, unless that is `restoring` what was there before. Raises what
        `on_progress` and `wait` raise, Stopping and Updating, with nothing done.
        """

        def advance(step: Progress) -> None:
            if self._stopping:
                raise Stopping
            on_progress(step)

        quota = None if restoring else self._quota_of(library)
        work = partial(make_change, library, change, rebuild=full, quota=quota, on_progress=advance)
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
    ) -> AppliedChange:
        """Read a change of a server's own library and make it, with what takes it back for an hour.

        While it is read others may change the library: a slow site holds up nobody. `on_wait` is called where another
        change is being made, which this one waits for. Raises ArticleError where what was to come in was not taken, and
        Refused where that takes too long.
        """
        with self._underway.one():
            library = await asyncio.to_thread(self._libraries.own, server)
            change = await read(library)
        if change.refused:
            raise ArticleError(change.refused[0].reason)
        if self.is_taken(server):
            await on_wait()
        async with self.alone(server, patiently):
            back = await asyncio.to_thread(inverse, library, change)
            report = await self.carry_out(library, change, wait=patiently)
            return await asyncio.to_thread(self._made, server, AppliedChange(library, change, report), back)

    async def take_back(self, server: int, undo: str) -> None:
        """Take a change back. Raises Refused where it is too late, or where that would lose a later change."""
        async with self.alone(server, patiently):
            work = await asyncio.to_thread(self._records.kept, undo, server)
            if work is None or "undo" not in work:
                raise Refused(md("That can no longer be taken back: an hour has passed, or it was done already."))
            library = await asyncio.to_thread(self._libraries.own, server)
            try:
                await self.carry_out(library, change_from_json(work["undo"]), restoring=True, wait=patiently)
            except Conflict as error:
                said = md("It was changed again since, so taking that back would lose the later change.")
                raise Refused(said) from error
            await asyncio.to_thread(self._records.forget, undo)

    def _quota_of(self, library: Library) -> Quota | None:
        """What a library may hold; the operator's own has no bounds."""
        return None if library is self._libraries.base else self.quota

    def _made(self, server: int, made: AppliedChange, back: Change) -> AppliedChange:
        """A change that was just made, with `back` kept to take it back; the bare one where nothing was changed."""
        report, sources = made.report, (*back.source_update.forget, *made.change.source_update.forget)
        if not (report.added or report.changed or report.removed or sources):
            return made
        undo = self._records.keep(server, {"undo": change_as_json(back)})
        return replace(made, undo=undo, warning=self.warning(made.library))


async def patiently(awaitable: Awaitable[T]) -> T:
    """Wait for it, but not so long that nobody can be told any more. Raises Refused."""
    try:
        return await asyncio.wait_for(asyncio.ensure_future(awaitable), PATIENCE)
    except TimeoutError as error:
        raise Refused(md("Another change here takes very long; try again when it is done.")) from error
