"""The desk's long work: one job in a server at a time, shown in one message until it is done, stopped or started over.

The message is edited as the bot's own, not through the interaction, whose token ends after 15 minutes. A job is written
down while it is under way: one that a stop of the bot cut off starts over with the next start. Nothing of it had
landed, because an update is one transaction.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import discord
from discord import ui
from discord.utils import utcnow

from bot import desk
from bot.desk import Change
from bot.desk_buttons import JobAction, JobButton
from bot.desk_records import DeskRecords, JobRecord, Work
from bot.desk_replies import AMBER, Changes, Underway, note_reply, outcome_reply, progress_reply, seconds_in_words
from bot.errors import Refusal, Updating, explain
from bot.messages import FAILURES, deliver, layout
from bot.replies import Reply
from bot.undo import write_undo
from bot.wording import counted
from index import Library, ModelMismatch, Progress, UpdateReport, Web

if TYPE_CHECKING:
    from bot.client import Pullquote

T = TypeVar("T")
Edit = Callable[..., Awaitable[object]]

EDIT_SECONDS = 2.0
"""How long the bot waits from one edit of a job's message to the next."""

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why a job was stopped."""

    CANCELLED = "cancelled"
    STOPPING = "stopping"


class Stopped(Exception):
    """A job was stopped before anything of it landed."""


@dataclass(frozen=True, slots=True)
class Place:
    """The message that shows a job. `edit` edits it where the bot itself may not, as long as an interaction lasts."""

    channel: int
    message: int
    edit: Edit | None = None


Post = Callable[[ui.LayoutView], Awaitable[Place]]
"""Shows a job for the first time."""


class Job:
    """One job: what it is, how far it is, and whether it was asked to stop. Threads may report to it."""

    def __init__(self, server: int, work: Work, *, again: bool = False) -> None:
        self.server = server
        self.work = work
        self.again = again
        """Whether it starts over after the bot was stopped in the middle of it."""
        self.place: Place | None = None
        self.changes: Changes | None = None
        self.reason: Reason | None = None
        self._underway = Underway("Starting", "")
        self._since = monotonic()
        self._reading: asyncio.Task[Any] | None = None

    @property
    def link(self) -> str:
        """The address of its message; empty until there is one."""
        place = self.place
        return f"https://discord.com/channels/{self.server}/{place.channel}/{place.message}" if place else ""

    @property
    def heading(self) -> str:
        """What the job is called."""
        work = self.work
        what = "New source" if work.address else "Full reindex" if work.full else "Reindex"
        return f"{what}, dry run" if work.dry_run else what

    @property
    def reply(self) -> Reply:
        """The job as it is now."""
        return progress_reply(self.heading, replace(self._underway, seconds=monotonic() - self._since), self.changes)

    def stop(self, reason: Reason) -> None:
        """Ask it to stop, which it does at its next step if nothing has landed by then."""
        self.reason = self.reason or reason
        if self._reading:
            self._reading.cancel()

    def begin(self, doing: str, unit: str) -> None:
        """Go on to another stage. Raises Stopped."""
        self._underway, self._since = Underway(doing, unit), monotonic()
        self.check()

    def advance(self, step: Progress) -> None:
        """Note how far the stage is. Raises Stopped."""
        self._underway = replace(self._underway, step=step)
        self.check()

    def check(self) -> None:
        """Raise Stopped where it was asked to stop."""
        if self.reason:
            raise Stopped

    async def read(self, reading: Awaitable[T]) -> T:
        """What reading the sources comes to, which a stop cuts off. Raises Stopped."""
        self._reading = asyncio.ensure_future(reading)
        try:
            found: T = await self._reading
            return found
        except asyncio.CancelledError:
            self.check()
            raise
        finally:
            self._reading = None


class Jobs:
    """All jobs of the bot, and the order among changes: in a library one at a time, and one indexing at a time."""

    def __init__(self, bot: "Pullquote", records: DeskRecords) -> None:
        self._bot = bot
        self.records = records
        self._running: dict[int, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: defaultdict[int | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._indexing = asyncio.Lock()

    def running(self, server: int) -> Job | None:
        """The job of a server that is under way."""
        return self._running.get(server)

    def what_changes(self, server: int) -> str | None:
        """What is changing the library of a server just now, and where to see it; None where nothing is."""
        if job := self._running.get(server):
            return f"A {job.heading.lower()} is under way here: {job.link}" if job.place else "A job begins here."
        return "Another change is being made here." if self._locks[server].locked() else None

    def keep_undo(self, server: int, back: Change, library: Library) -> str:
        """Keep what takes a change back that was just made; the id that a button goes by. For a thread."""
        return self.records.keep_undo(server, write_undo(back, library))

    def start(self, server: int, work: Work, post: Post, *, again: bool = False) -> Job:
        """Begin a job. Raises Refusal while another one is under way in that server."""
        if server in self._running:
            raise Refusal(self.what_changes(server) or "")
        job = self._running[server] = Job(server, work, again=again)
        task = asyncio.create_task(self._live(job, post))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def start_over(self) -> None:
        """Start the jobs again that were cut off when the bot was stopped."""
        for record in await asyncio.to_thread(self.records.begun):
            if record.server not in self._running and self._bot.get_guild(record.server):
                self.start(record.server, record.work, partial(self._post_again, record), again=True)

    async def stop(self) -> None:
        """Stop all jobs, which start over at the next start, and wait until they have said so."""
        for job in self._running.values():
            job.stop(Reason.STOPPING)
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    @contextlib.asynccontextmanager
    async def changing(self, server: int | None) -> AsyncIterator[None]:
        """Have the body be the only one that changes the library of a server; of None, the base library."""
        with self._bot.underway.one():
            async with self._locks[server]:
                yield

    async def carry_out(
        self, library: Library, change: Change, *, full: bool = False, on_progress: desk.OnProgress | None = None
    ) -> UpdateReport:
        """Make a change, in a thread, after any other indexing. Raises what `on_progress` raises, with nothing done."""
        async with self._indexing:
            work = partial(desk.carry_out, library, change, rebuild=full, on_progress=on_progress)
            try:
                return await asyncio.to_thread(work)
            except ModelMismatch as error:
                raise Updating from error

    async def _post_again(self, record: JobRecord, view: ui.LayoutView) -> Place:
        """Show a job that starts over in the message it had; where that is gone, in none."""
        place = Place(record.channel, record.message)
        with contextlib.suppress(*FAILURES):
            await self._edit(record.server, place, view)
        return place

    async def _live(self, job: Job, post: Post) -> None:
        actions: tuple[JobAction, ...] = ()
        kept = False
        try:
            job.place = await post(_layout(job.reply, (JobAction.CANCEL,)))
            record = JobRecord(job.server, utcnow(), job.place.channel, job.place.message, job.work)
            await asyncio.to_thread(self.records.begin, record)
            async with self._shown(job):
                reply, actions = await self._work(job)
        except Stopped:
            kept = job.reason is Reason.STOPPING
            reply = note_reply(job.heading, CUT_OFF if kept else CANCELLED)
        except Exception as error:
            reply = note_reply(job.heading, f"It could not be done, and nothing was changed. {explain(error)}", AMBER)
        finally:
            self._running.pop(job.server, None)
        if not kept:
            await asyncio.to_thread(self.records.end, job.server)
        if job.place:
            try:
                await deliver(partial(self._edit, job.server, job.place, _layout(reply, actions)))
            except FAILURES as error:
                logger.warning("The end of a job in server %d could not be shown: %s", job.server, error)

    async def _work(self, job: Job) -> tuple[Reply, tuple[JobAction, ...]]:
        """Read, compare, and make the change: what to say at the end, and what can be done from there."""
        work, server = job.work, job.server
        started = monotonic()
        if self._locks[server].locked():
            job.begin("Waiting for another change to be done", "")
        async with self.changing(server):
            library = await asyncio.to_thread(self._bot.questions.libraries.own, server)
            if job.again and work.address in {s.address for s in await asyncio.to_thread(library.sources)}:
                return note_reply(job.heading, "I was restarted just when it was done: the source is in."), ()
            job.begin("Reading the sources", "pages")
            async with self._bot.open_web() as web:
                change = await job.read(self._read(library, web, work, job.advance))
            report, titles = await asyncio.to_thread(_planned, library, change)
            job.changes = changes = Changes.of(report, titles)
            missing = any(result.missing for result in change.sources)
            if work.dry_run:
                return _end(job, change, changes, "Nothing was changed: this is what a reindex would do.", missing)
            job.begin("Indexing", "passages")
            report = await self.carry_out(library, change, full=work.full, on_progress=job.advance)
        await self._bot.refresh_catalog(server)
        took = seconds_in_words(monotonic() - started)
        embedded = counted(report.passages_embedded, "passage")
        said = f"{AGAIN if job.again else ''}Done in {took}: {embedded} embedded.{TOO_LATE if job.reason else ''}"
        return _end(job, change, Changes.of(report, titles), said, missing)

    def _read(self, library: Library, web: Web, work: Work, on_progress: desk.OnProgress) -> Awaitable[Change]:
        if work.address:
            return desk.read_source(library, work.address, web, on_progress=on_progress)
        return desk.read_all(library, web, remove_missing=work.remove_missing, on_progress=on_progress)

    @contextlib.asynccontextmanager
    async def _shown(self, job: Job) -> AsyncIterator[None]:
        """Keep the message of a job up to date while the body runs."""

        async def show() -> None:
            shown: Reply | None = None
            while True:
                await asyncio.sleep(EDIT_SECONDS)
                if (reply := job.reply) != shown and job.place:
                    with contextlib.suppress(*FAILURES):
                        await self._edit(job.server, job.place, _layout(reply, (JobAction.CANCEL,)))
                    shown = reply

        showing = asyncio.create_task(show())
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.wait({showing})

    async def _edit(self, server: int, place: Place, view: ui.LayoutView) -> None:
        """Edit the message of a job as the bot's own; where it may not see the channel, by the interaction."""
        channel = self._bot.get_partial_messageable(place.channel, guild_id=server)
        try:
            await channel.get_partial_message(place.message).edit(view=view)
        except (discord.Forbidden, discord.NotFound):
            if place.edit is None:
                raise
            await place.edit(view=view)
        finally:
            view.stop()  # its buttons are found by their custom ids


CUT_OFF = "I am being restarted. Nothing of it has landed; I start over when I am back."
CANCELLED = "Cancelled. Nothing was changed."
AGAIN = "I was restarted in the middle of it, and started over. "
TOO_LATE = " *Cancel* came too late: it was done by then."


def _end(job: Job, change: Change, changes: Changes, said: str, missing: bool) -> tuple[Reply, tuple[JobAction, ...]]:
    work = job.work
    actions = [JobAction.APPLY_FULL if work.full else JobAction.APPLY] if work.dry_run and not work.address else []
    if missing and not work.remove_missing:
        said += " A source has lost suspiciously much, so those articles were kept; the button below removes them."
        actions.append(JobAction.REMOVE_MISSING)
    return outcome_reply(job.heading, said, changes, change.sources, planned=work.dry_run), tuple(actions)


def _layout(reply: Reply, actions: tuple[JobAction, ...]) -> ui.LayoutView:
    return layout(reply, *(JobButton(action) for action in actions))


def _planned(library: Library, change: Change) -> tuple[UpdateReport, dict[str, str]]:
    """What a change would do, and the titles of all articles that it may be about."""
    titles = {article.id: article.title for article in (*library.articles(), *change.articles)}
    return desk.plan(library, change), titles
