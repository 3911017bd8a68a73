"""Runs the desk's long work: one job in a server at a time, shown in one message until it is done or stopped.

The bot edits the message as its own, not through the interaction, whose token ends after 15 minutes. A job is written
down while it is under way. If the bot stops before it is done, the job starts over at the next start. Nothing of it is
in the library then, because an update is one transaction.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import TypeVar

import discord
from discord import ui
from discord.utils import utcnow

from bot.desk.buttons import DeskAction, DeskButton
from bot.desk.replies import (
    ChangeSummary,
    Stage,
    note_reply,
    outcome_reply,
    progress_reply,
    seconds_in_words,
)
from bot.errors import Refused, Stopping
from bot.languages import later, say, speaking
from bot.markdown import Markdown, joined, mark, md, md_later
from bot.services.editor import AppliedChange, Observer
from bot.storage.jobs import JobRecord, Work
from bot.storage.pending import PendingRemoval
from bot.ui.buttons import message_of
from bot.ui.explaining import explain
from bot.ui.permissions import server_of
from bot.ui.reply import AMBER, INK, Reply
from bot.ui.sending import FAILURES, deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot
from bot.ui.sources import address_of
from index import Change, Library, Progress, SourceResult, read_all, read_source

T = TypeVar("T")
Edit = Callable[..., Awaitable[object]]

EDIT_SECONDS = 2.0
"""How long the bot waits from one edit of a job's message to the next."""

CUT_OFF = md_later("I am being restarted. Nothing of it has landed; I start over when I am back.")
CANCELLED = md_later("Cancelled. Nothing was changed.")
GIVEN_UP = md_later("I was stopped in the middle of it twice, so I do not start over. Nothing of it has landed.")
ALREADY_IN = md_later("I was restarted just when it was done: the source is in.")
DONE_AT_LEAST = md_later("It is done, but that is all I can say.")
NOT_DONE = md_later("It could not be done, and nothing was changed.")
AGAIN = md_later("I was restarted in the middle of it, and started over.")
TOO_LATE = md_later("*Cancel* came too late: it was done by then.")
LOST_MUCH = md_later(
    "Articles of a source seem to be gone, and were kept for you to confirm it; the button below removes them."
)

PAGES, PASSAGES = later("{} of {} pages"), later("{} of {} passages")
"""How far a job is, in what it counts."""

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why a job was stopped."""

    CANCELLED = "cancelled"
    STOPPING = "stopping"


class Stopped(Exception):
    """A job was stopped before anything of it landed."""


@dataclass(frozen=True, slots=True)
class Place:
    """The message that shows a job. `edit` edits it through the interaction, for channels that the bot may not see."""

    channel: int
    message: int
    edit: Edit | None = None


Post = Callable[[ui.LayoutView], Awaitable[Place]]
"""Shows a job for the first time."""


class Job(Observer):
    """One job: what it is, how far it is, and whether it was asked to stop. Threads may report to it."""

    def __init__(self, server: int, work: Work) -> None:
        self.server = server
        self.work = work
        self.place: Place | None = None
        self.summary: ChangeSummary | None = None
        self.reason: Reason | None = None
        self.is_done = False
        self._stage = Stage(say("Starting"))
        self._since = monotonic()
        self._cut_off: Callable[[], object] | None = None
        """Ends what is waited for just now."""

    @property
    def link(self) -> Markdown:
        """A link to its message; empty until there is one."""
        place = self.place
        if place is None:
            return mark("")
        return md("https://discord.com/channels/{}/{}/{}", self.server, place.channel, place.message)

    @property
    def heading(self) -> str:
        """What the job is called."""
        work = self.work
        if work.address:
            return say("New source")
        if work.full:
            return say("Full reindex, dry run") if work.dry_run else say("Full reindex")
        return say("Reindex, dry run") if work.dry_run else say("Reindex")

    @property
    def reply(self) -> Reply:
        """The job as it is now."""
        return progress_reply(self.heading, replace(self._stage, seconds=monotonic() - self._since), self.summary)

    def stop(self, reason: Reason) -> None:
        """Ask it to stop, which it does at its next step if nothing has landed by then."""
        self.reason = self.reason or reason
        if self._cut_off:
            self._cut_off()

    def begin(self, doing: str | Markdown, counts: Callable[..., str] | None = None) -> None:
        """Go on to another stage. Raises Stopped."""
        self._stage, self._since = Stage(doing, counts), monotonic()
        self.check()

    def planned(self, planned: AppliedChange) -> None:
        """Show what it will change. Raises Stopped."""
        self.summary = ChangeSummary.of(planned)
        self.check()

    async def stands_back(self) -> None:
        """Show that another change is being made first. Raises Stopped."""
        self.begin(say("Waiting for another change to be done"))

    def writes(self) -> None:
        """Show that its passages are being embedded. Raises Stopped."""
        self.begin(say("Indexing"), PASSAGES)

    def landed(self) -> None:
        """Note that it can be stopped no more."""
        self.is_done = True

    def advance(self, step: Progress, /) -> None:
        """Note how far the stage is. Raises Stopped."""
        self._stage = replace(self._stage, step=step)
        self.check()

    def check(self) -> None:
        """Raise Stopped if the job was asked to stop."""
        if self.reason:
            raise Stopped

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """Wait for `awaitable` and return its result. Raises Stopped as soon as the job is asked to stop."""
        waiting = asyncio.ensure_future(awaitable)
        self._cut_off = waiting.cancel
        try:
            self.check()
            return await waiting
        except asyncio.CancelledError:
            self.check()
            raise
        finally:
            waiting.cancel()
            self._cut_off = None


class Jobs:
    """All jobs of the bot."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._running: dict[int, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def running(self, server: int) -> Job | None:
        """The job of a server that is under way."""
        return self._running.get(server)

    def says_what_comes_first(self, interaction: Interaction) -> Callable[[], Awaitable[None]]:
        """A function that tells the person who acted that their change waits for another one."""

        async def tell() -> None:
            job = self._running.get(server_of(interaction))
            said = _is_under_way(job) if job else md("Another change is being made here.")
            view = layout(note_reply(say("One moment"), md("{}\nThis comes next.", said)))
            await deliver(lambda: interaction.edit_original_response(view=view))

        return tell

    def start(self, server: int, work: Work, post: Post) -> Job:
        """Begin a job. Raises Refused while another one is under way in that server, and Stopping."""
        if running := self._running.get(server):
            raise Refused(_is_under_way(running))
        with self._services.shutdown.one():
            pass  # only to raise Stopping while the bot stops
        with speaking(self._bot.language_of(server)):  # everybody in the channel sees it
            job = self._running[server] = Job(server, work)
            task = asyncio.create_task(self._live(job, post))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def start_over(self) -> None:
        """Start the jobs over that were cut off when the bot stopped. A job that was killed twice is given up."""
        for record in await asyncio.to_thread(self._services.jobs.begun):
            if record.server in self._running or self._bot.get_guild(record.server) is None:
                continue
            if record.work.again:
                await asyncio.to_thread(self._services.jobs.end, record.server)
                with speaking(self._bot.language_of(record.server)):
                    view = layout(note_reply(say("Reindex"), GIVEN_UP(), AMBER))
                with contextlib.suppress(*FAILURES):
                    await self._edit(record.server, Place(record.channel, record.message), view)
            else:
                self.start(record.server, replace(record.work, again=True), partial(self._post_again, record))

    async def stop(self) -> None:
        """Stop all jobs, which start over at the next start, and wait until they have said so."""
        for job in self._running.values():
            job.stop(Reason.STOPPING)
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def remove_missing_button(self, server: int | None, results: tuple[SourceResult, ...]) -> DeskButton | None:
        """The button that removes the articles that sources seem to have lost, for an hour. For worker threads."""
        missing = [article_id for result in results for article_id in result.missing]
        if not missing or server is None:
            return None
        return DeskButton(
            DeskAction.REMOVE_MISSING, self._services.pending.keep(server, PendingRemoval(tuple(missing)))
        )

    async def _post_again(self, record: JobRecord, view: ui.LayoutView) -> Place:
        """Show a job that starts over in the message it had, if that is still there."""
        place = Place(record.channel, record.message)
        with contextlib.suppress(*FAILURES):
            await self._edit(record.server, place, view)
        return place

    async def _live(self, job: Job, post: Post) -> None:
        buttons: list[DeskButton] = []
        record: JobRecord | None = None
        starts_over = False
        try:
            job.place = await post(_cancellable(job.reply))
            record = JobRecord(job.server, utcnow(), job.place.channel, job.place.message, job.work)
            await asyncio.to_thread(self._services.jobs.begin, record)
            async with self._shown(job):
                reply, buttons = await self._work(job)
        except (Stopped, Stopping):
            starts_over = job.reason is not Reason.CANCELLED
            reply = note_reply(job.heading, CUT_OFF(), AMBER) if starts_over else note_reply(job.heading, CANCELLED())
        except Exception as error:
            how = DONE_AT_LEAST() if job.is_done else NOT_DONE()
            reply = note_reply(job.heading, md("{} {}", how, explain(error)), AMBER)
        finally:
            if record is None or not starts_over:
                await asyncio.to_thread(self._services.jobs.end, job.server)
            else:
                cut_off = replace(record, work=replace(job.work, again=False))
                await asyncio.to_thread(self._services.jobs.begin, cut_off)
            self._running.pop(job.server, None)
        if job.place:
            try:
                await deliver(partial(self._edit, job.server, job.place, layout(reply, *buttons)))
            except FAILURES as error:
                logger.warning("The end of a job in server %d could not be shown: %s", job.server, error)

    async def _work(self, job: Job) -> tuple[Reply, list[DeskButton]]:
        """Do the work of the job. Returns the reply for its end and the buttons below it."""
        work, server, started = job.work, job.server, monotonic()
        if work.again and work.address and await asyncio.to_thread(self._has_source, server, work.address):
            return note_reply(job.heading, ALREADY_IN(), INK), []
        doing = md("Reading {}", address_of(work.address)) if work.address else md("Reading the sources")
        job.begin(doing, PAGES)
        read = partial(self._read, job)
        applied = await self._services.editor.update(server, read, job, full=work.full, dry_run=work.dry_run)
        results = applied.change.sources
        remove_missing = await asyncio.to_thread(self.remove_missing_button, server, results)
        said = joined(" ", (*_ending(job, applied, monotonic() - started), *([LOST_MUCH()] if remove_missing else [])))
        said = joined("\n", (said, applied.warning))
        embedded = applied.report.passages_embedded
        summary = ChangeSummary.of(applied)
        reply = outcome_reply(job.heading, said, summary, results, embedded=embedded, planned=work.dry_run)
        apply = [DeskButton(DeskAction.APPLY_FULL if work.full else DeskAction.APPLY)] if work.dry_run else []
        return reply, [*apply, *([remove_missing] if remove_missing else [])]

    async def _read(self, job: Job, library: Library) -> Change:
        """What the job's source holds, or all of them."""
        work, parser = job.work, self._services.parser
        async with self._services.open_web() as web:
            if work.address:
                return await read_source(
                    library, work.address, web, parser, private=work.private, on_progress=job.advance
                )
            return await read_all(
                library, web, parser, remove_missing=work.remove_missing, on_progress=job.advance, now=utcnow()
            )

    def _has_source(self, server: int, address: str) -> bool:
        library = self._services.libraries.own_or_create(server)
        return any(source.address == address for source in library.sources())

    @contextlib.asynccontextmanager
    async def _shown(self, job: Job) -> AsyncIterator[None]:
        """Keep the message of a job up to date while the body runs."""
        done = asyncio.Event()

        async def show() -> None:
            shown: Reply | None = None
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), EDIT_SECONDS)
                    return
                if (reply := job.reply) != shown and job.place:
                    with contextlib.suppress(*FAILURES):
                        await self._edit(job.server, job.place, _cancellable(reply))
                    shown = reply

        showing = asyncio.create_task(show())
        try:
            yield
        finally:
            done.set()  # a request that is cancelled in a rate limit would have all others wait for ever
            await asyncio.wait({showing})

    async def _edit(self, server: int, place: Place, view: ui.LayoutView) -> None:
        """Edit the message of a job as the bot's own, or through the interaction if the bot may not see the channel."""
        channel = self._bot.get_partial_messageable(place.channel, guild_id=server)
        try:
            await channel.get_partial_message(place.message).edit(view=view)
        except (discord.Forbidden, discord.NotFound):
            if place.edit is None:
                raise
            await place.edit(view=view)
        finally:
            view.stop()  # discord.py need not keep the view: buttons are recognized by their custom ids


def _ending(job: Job, applied: AppliedChange, seconds: float) -> list[Markdown]:
    """The sentences to say at the end."""
    if job.work.dry_run:
        return [md("Nothing was changed: this is what a reindex would do.")]
    done = md("Done in {}.", seconds_in_words(seconds))
    if not ChangeSummary.of(applied).any:
        done = md("{} Nothing has changed.", done)
    too_late = job.reason is Reason.CANCELLED
    return [*([AGAIN()] if job.work.again else []), done, *([TOO_LATE()] if too_late else [])]


def _cancellable(reply: Reply) -> ui.LayoutView:
    return layout(reply, DeskButton(DeskAction.CANCEL))


def _is_under_way(job: Job) -> Markdown:
    if job.place is None:
        return md("Another change is being made here.")
    if job.work.address:
        return md("A new source is under way here: {}", job.link)
    if job.work.full:
        return md("A full reindex is under way here: {}", job.link)
    return md("A reindex is under way here: {}", job.link)


async def post(interaction: Interaction, view: ui.LayoutView) -> Place:
    """Answer a command with a job's message."""
    sent = await respond(interaction, partial(interaction.response.send_message, view=view))
    message = (sent and sent.message_id) or (await deliver(interaction.original_response)).id
    assert interaction.channel_id
    return Place(interaction.channel_id, message, interaction.edit_original_response)


async def post_in_place(interaction: Interaction, view: ui.LayoutView) -> Place:
    """Turn the message whose button was pressed into a job's."""
    message = message_of(interaction)
    await respond(interaction, partial(interaction.response.edit_message, view=view))
    return Place(message.channel.id, message.id, interaction.edit_original_response)
