"""The desk's long work: one job in a server at a time, shown in one message until it is done, stopped or started over.

The message is edited as the bot's own, not through the interaction, whose token ends after 15 minutes. A job is written
down while it is under way: one that a stop of the bot cut off starts over with the next start. Nothing of it had
landed, because an update is one transaction.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import discord
from discord import ui
from discord.utils import utcnow

from bot.asking.reply import Reply
from bot.desk.buttons import DeskAction, DeskButton
from bot.desk.replies import AMBER, ChangeSummary, Stage, note_reply, outcome_reply, progress_reply, seconds_in_words
from bot.errors import Refused, Stopping, explain
from bot.markdown import Markdown, joined, md
from bot.services.editor import Editor
from bot.storage.jobs import JobRecord, JobStore, Work
from bot.ui.sending import FAILURES, deliver, layout
from bot.wording import counted
from index import Change, Library, OnProgress, Parser, Progress, SourceResult, UpdateReport, Web, read_all, read_source

if TYPE_CHECKING:
    from bot.client import Pullquote

T = TypeVar("T")
Edit = Callable[..., Awaitable[object]]

EDIT_SECONDS = 2.0
"""How long the bot waits from one edit of a job's message to the next."""

CUT_OFF = md("I am being restarted. Nothing of it has landed; I start over when I am back.")
CANCELLED = md("Cancelled. Nothing was changed.")
GIVEN_UP = md("I was stopped in the middle of it twice, so I do not start over. Nothing of it has landed.")
ALREADY_IN = md("I was restarted just when it was done: the source is in.")
DONE_AT_LEAST = md("It is done, but that is all I can say.")
NOT_DONE = md("It could not be done, and nothing was changed.")
AGAIN = md("I was restarted in the middle of it, and started over.")
TOO_LATE = md("*Cancel* came too late: it was done by then.")
LOST_MUCH = md(
    "Articles of a source seem to be gone, and were kept for you to confirm it; the button below removes them."
)

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

    def __init__(self, server: int, work: Work) -> None:
        self.server = server
        self.work = work
        self.place: Place | None = None
        self.changes: ChangeSummary | None = None
        self.reason: Reason | None = None
        self.landed = False
        self._stage = Stage("Starting", "")
        self._since = monotonic()
        self._waiting: asyncio.Future[Any] | None = None

    @property
    def link(self) -> Markdown:
        """A link to its message; empty until there is one."""
        place = self.place
        if place is None:
            return md("")
        return md("https://discord.com/channels/{}/{}/{}", self.server, place.channel, place.message)

    @property
    def heading(self) -> str:
        """What the job is called."""
        work = self.work
        what = "New source" if work.address else "Full reindex" if work.full else "Reindex"
        return f"{what}, dry run" if work.dry_run else what

    @property
    def reply(self) -> Reply:
        """The job as it is now."""
        return progress_reply(self.heading, replace(self._stage, seconds=monotonic() - self._since), self.changes)

    def stop(self, reason: Reason) -> None:
        """Ask it to stop, which it does at its next step if nothing has landed by then."""
        self.reason = self.reason or reason
        if self._waiting:
            self._waiting.cancel()

    def begin(self, doing: str, unit: str = "") -> None:
        """Go on to another stage. Raises Stopped."""
        self._stage, self._since = Stage(doing, unit), monotonic()
        self.check()

    def advance(self, step: Progress) -> None:
        """Note how far the stage is. Raises Stopped."""
        self._stage = replace(self._stage, step=step)
        self.check()

    def check(self) -> None:
        """Raise Stopped where it was asked to stop."""
        if self.reason:
            raise Stopped

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """What is waited for, which a stop cuts off. Raises Stopped."""
        self._waiting = asyncio.ensure_future(awaitable)
        try:
            self.check()
            found: T = await self._waiting
            return found
        except asyncio.CancelledError:
            self.check()
            raise
        finally:
            self._waiting.cancel()
            self._waiting = None


class Jobs:
    """All jobs of the bot."""

    def __init__(self, bot: "Pullquote", records: JobStore, writers: Editor) -> None:
        self._bot = bot
        self._writers = writers
        self.records = records
        self._running: dict[int, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def running(self, server: int) -> Job | None:
        """The job of a server that is under way."""
        return self._running.get(server)

    def says_what_comes_first(self, interaction: discord.Interaction[Any]) -> Callable[[], Awaitable[None]]:
        """What tells the one who acted that another change is being made, which theirs waits for."""

        async def say() -> None:
            job = self._running.get(interaction.guild_id or 0)
            said = _is_under_way(job) if job else md("Another change is being made here.")
            view = layout(note_reply("One moment", md("{}\nThis comes next.", said)))
            await deliver(lambda: interaction.edit_original_response(view=view))

        return say

    def start(self, server: int, work: Work, post: Post) -> Job:
        """Begin a job. Raises Refused while another one is under way in that server, and Stopping."""
        if running := self._running.get(server):
            raise Refused(_is_under_way(running))
        with self._bot.underway.one():
            pass  # or it is too late for one
        job = self._running[server] = Job(server, work)
        task = asyncio.create_task(self._live(job, post))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def start_over(self) -> None:
        """Start the jobs again that were cut off when the bot was stopped; not one that was killed a second time."""
        for record in await asyncio.to_thread(self.records.begun):
            if record.server in self._running or self._bot.get_guild(record.server) is None:
                continue
            if record.work.again:
                await asyncio.to_thread(self.records.end, record.server)
                place, said = Place(record.channel, record.message), note_reply("Reindex", GIVEN_UP, AMBER)
                with contextlib.suppress(*FAILURES):
                    await self._edit(record.server, place, layout(said))
            else:
                self.start(record.server, replace(record.work, again=True), partial(self._post_again, record))

    async def stop(self) -> None:
        """Stop all jobs, which start over at the next start, and wait until they have said so."""
        for job in self._running.values():
            job.stop(Reason.STOPPING)
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def remove_missing_button(self, server: int | None, results: tuple[SourceResult, ...]) -> DeskButton | None:
        """What removes the articles that sources seem to have lost, and no others, for an hour. For a thread."""
        missing = [article_id for result in results for article_id in result.missing]
        if not missing or server is None:
            return None
        return DeskButton(DeskAction.REMOVE_MISSING, self.records.keep(server, {"missing": missing}))

    async def _post_again(self, record: JobRecord, view: ui.LayoutView) -> Place:
        """Show a job that starts over in the message it had; where that is gone, in none."""
        place = Place(record.channel, record.message)
        with contextlib.suppress(*FAILURES):
            await self._edit(record.server, place, view)
        return place

    async def _live(self, job: Job, post: Post) -> None:
        buttons: list[DeskButton] = []
        record: JobRecord | None = None
        kept = False
        try:
            job.place = await post(_cancellable(job.reply))
            record = JobRecord(job.server, utcnow(), job.place.channel, job.place.message, job.work)
            await asyncio.to_thread(self.records.begin, record)
            async with self._shown(job):
                reply, buttons = await self._work(job)
        except (Stopped, Stopping):
            kept = job.reason is not Reason.CANCELLED
            reply = note_reply(job.heading, CUT_OFF if kept else CANCELLED)
        except Exception as error:
            how = DONE_AT_LEAST if job.landed else NOT_DONE
            reply = note_reply(job.heading, md("{} {}", how, explain(error)), AMBER)
        finally:
            if record is None or not kept:
                await asyncio.to_thread(self.records.end, job.server)
            else:
                cut_off = replace(record, work=replace(job.work, again=False))
                await asyncio.to_thread(self.records.begin, cut_off)
            self._running.pop(job.server, None)
        if job.place:
            try:
                await deliver(partial(self._edit, job.server, job.place, layout(reply, *buttons)))
            except FAILURES as error:
                logger.warning("The end of a job in server %d could not be shown: %s", job.server, error)

    async def _work(self, job: Job) -> tuple[Reply, list[DeskButton]]:
        """Read, compare, and make the change: what to say at the end, and what can be done from there."""
        work, server, started = job.work, job.server, monotonic()
        library = await asyncio.to_thread(self._bot.questions.libraries.own, server)
        if work.again and work.address in {source.address for source in await asyncio.to_thread(library.sources)}:
            return note_reply(job.heading, ALREADY_IN), []
        job.begin("Reading the sources", "pages")
        async with self._bot.open_web() as web:
            change = await job.wait(_read(library, web, self._bot.parser, work, job.advance))
        report, titles, held = await asyncio.to_thread(self._planned, library, change, full=work.full)
        job.changes = ChangeSummary.of(report, titles, held)
        if not work.dry_run:
            if self._writers.is_taken(server):
                job.begin("Waiting for another change to be done")
            async with self._writers.alone(server, job.wait):
                job.begin("Indexing", "passages")
                report = await self._writers.carry_out(
                    library, change, full=work.full, on_progress=job.advance, wait=job.wait
                )
                job.landed = True
        await self._bot.refresh_catalog(server)
        remove_missing = await asyncio.to_thread(self.remove_missing_button, server, change.sources)
        said = joined(" ", (*_summary(job, report, monotonic() - started), *([LOST_MUCH] if remove_missing else [])))
        said = joined("\n", (said, await asyncio.to_thread(self._writers.warning, library)))
        changes = ChangeSummary.of(report, titles, held)
        reply = outcome_reply(job.heading, said, changes, change.sources, planned=work.dry_run)
        apply = [DeskButton(DeskAction.APPLY_FULL if work.full else DeskAction.APPLY)] if work.dry_run else []
        return reply, [*apply, *([remove_missing] if remove_missing else [])]

    def _planned(self, library: Library, change: Change, *, full: bool) -> tuple[UpdateReport, dict[str, str], int]:
        """What a change would do, the titles of all articles that it may be about, and how many there are now."""
        held = library.articles()
        titles = {article.id: article.title for article in (*held, *change.articles)}
        return self._writers.plan(library, change, full=full), titles, len(held)

    @contextlib.asynccontextmanager
    async def _shown(self, job: Job) -> AsyncIterator[None]:
        """Keep the message of a job up to date while the body runs."""

        async def show() -> None:
            shown: Reply | None = None
            while True:
                await asyncio.sleep(EDIT_SECONDS)
                if (reply := job.reply) != shown and job.place:
                    with contextlib.suppress(*FAILURES):
                        await self._edit(job.server, job.place, _cancellable(reply))
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


def _read(library: Library, web: Web, parser: Parser, work: Work, on_progress: OnProgress) -> Awaitable[Change]:
    if work.address:
        return read_source(library, work.address, web, parser, on_progress=on_progress)
    return read_all(library, web, parser, remove_missing=work.remove_missing, on_progress=on_progress)


def _summary(job: Job, report: UpdateReport, seconds: float) -> list[Markdown]:
    """What is to be said at the end, in sentences."""
    if job.work.dry_run:
        return [md("Nothing was changed: this is what a reindex would do.")]
    embedded = counted(report.passages_embedded, "passage")
    done = md("Done in {}: {} embedded.", seconds_in_words(seconds), embedded)
    too_late = job.reason is Reason.CANCELLED
    return [*([AGAIN] if job.work.again else []), done, *([TOO_LATE] if too_late else [])]


def _cancellable(reply: Reply) -> ui.LayoutView:
    return layout(reply, DeskButton(DeskAction.CANCEL))


def _is_under_way(job: Job) -> Markdown:
    what = md("A {} is under way here", job.heading.lower())
    return md("{}: {}", what, job.link) if job.place else md("{}.", what)
