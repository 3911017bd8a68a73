"""Makes all changes of libraries: one at a time in a library, and one indexing at a time in the whole bot.

A change is read, planned, made and reported. While it is read, others may change the library, so that a slow site
delays nobody.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.errors import Refused, Stopping, Updating
from bot.markdown import Markdown, mark, md_later
from bot.services.libraries import Libraries
from bot.services.public_corrections import PublicCorrections
from bot.services.quota import warning
from bot.services.shutdown import Shutdown
from bot.storage.answers import digest_of
from bot.storage.pending import PendingStore, PendingUndo
from index import (
    Article,
    ArticleError,
    Change,
    Conflict,
    Headline,
    Library,
    ModelMismatch,
    Progress,
    Quota,
    UpdateReport,
    inverse,
    make_change,
    plan_change,
    seen_in,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")
Read = Callable[[Library], Awaitable[Change]]
"""Reads what a library is to become."""

PATIENCE = 600.0
"""For how many seconds a change waits for another one: well within the 15 minutes of an interaction's token."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A change that was taken back: the title or address of what it was about, and what taking it back did."""

    about: str
    report: UpdateReport


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A change that was made, or would be: in which library, what it is, and what it does.

    `titles` has those of all articles that it may be about, by id, and `held` counts the articles before it. `undo` is
    the id by which it can be taken back. `warning` says that the room for articles comes to an end, where it does.
    """

    library: Library
    change: Change
    report: UpdateReport
    titles: Mapping[str, str] = field(default_factory=dict)
    held: int = 0
    undo: str | None = None
    warning: Markdown = mark("")
    hidden: Mapping[str, datetime | None] = field(default_factory=dict)
    """Those of the articles that readers do not see, with until when; None for private ones."""


class Observer:
    """Is told how a change goes on. An error that it raises ends the change, with nothing done."""

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """What is waited for. It may be cut off."""
        return await awaitable

    def planned(self, planned: AppliedChange) -> None:
        """The change was read and compared with the library."""

    async def stands_back(self) -> None:
        """Another change of the library is being made, which this one waits for."""

    def writes(self) -> None:
        """It is this one's turn."""

    def advance(self, step: Progress, /) -> None:
        """So many passages are embedded. Called from a thread."""

    def landed(self) -> None:
        """It is made."""


class _ByHand(Observer):
    """For a change that somebody waits for: gives up while Discord still lets the bot tell them."""

    def __init__(self, on_wait: Callable[[], Awaitable[None]]) -> None:
        self._on_wait = on_wait

    async def wait(self, awaitable: Awaitable[T]) -> T:
        return await patiently(awaitable)

    async def stands_back(self) -> None:
        await self._on_wait()


class Editor:
    """Changes libraries, one change of a library at a time."""

    def __init__(
        self,
        libraries: Libraries,
        pending: PendingStore,
        shutdown: Shutdown,
        quota: Quota,
        keep_for: timedelta | None = None,
        corrections: PublicCorrections | None = None,
    ) -> None:
        """`quota` is what each server's own library may hold; `keep_for`, how long the operator can undo an update.

        A change by hand is not kept for that: its editor can take it back.
        """
        self.quota = quota
        self._libraries = libraries
        self._pending = pending
        self._shutdown = shutdown
        self._locks: defaultdict[int | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._indexing = asyncio.Lock()
        self._keep_for = keep_for
        self._corrections = corrections
        self._stopping = False

    def stop(self) -> None:
        """Stop all indexing at its next passage, with nothing of it done."""
        self._stopping = True

    @contextlib.asynccontextmanager
    async def alone(self, server: int | None, observer: Observer = Observer()) -> AsyncIterator[None]:  # noqa: B008
        """Let only the body change the library of a server, or with None the base library."""
        with self._shutdown.one():
            await observer.wait(self._locks[server].acquire())
            try:
                yield
            finally:
                self._locks[server].release()

    async def edit(
        self, server: int, read: Read, on_wait: Callable[[], Awaitable[None]], *, about: str = ""
    ) -> AppliedChange:
        """Make a change of a server's own library by hand: as a whole, and with what takes it back for an hour.

        `on_wait` is called where another change is being made, which this one waits for. `about` is what is changed, by
        default the title of the article. Raises ArticleError where what was to come in was not taken, and Refused where
        that takes too long.
        """
        with self._shutdown.one():
            library = await asyncio.to_thread(self._library_of, server)
            change = await read(library)
        if change.refused:
            raise ArticleError(change.refused[0].reason)
        return await self._make(server, library, change, _ByHand(on_wait), can_be_undone=True, about=about)

    async def update(
        self,
        server: int | None,
        read: Read,
        observer: Observer = Observer(),  # noqa: B008 - it holds nothing
        *,
        full: bool = False,
        dry_run: bool = False,
    ) -> AppliedChange:
        """Bring a library in line with what is read; of None, the base library.

        What cannot be taken in is in the report. `full` embeds every article afresh, `dry_run` changes nothing. Raises
        what the observer raises, Stopping and Updating, with nothing done.
        """
        library = await asyncio.to_thread(self._library_of, server)
        change = await observer.wait(read(library))
        return await self._make(server, library, change, observer, full=full, dry_run=dry_run)

    async def take_back(self, server: int, undo: str) -> TakenBack:
        """Take a change back. Raises Refused where it is too late, or where that would lose a later change.

        An article that was added can be taken out again though it was edited since, if its text is still the same.
        """
        async with self.alone(server, _PATIENT):
            pending = await asyncio.to_thread(self._pending.find, undo, server, PendingUndo)
            if pending is None:
                raise Refused(md_later("That can no longer be taken back: an hour has passed, or it was done already."))
            library = await asyncio.to_thread(self._library_of, server)
            change = await asyncio.to_thread(_heeding_edits, library, pending)
            try:
                noting = partial(self._note_corrections, server, library, undoes=True)
                report = await self._write(library, change, _PATIENT, noting, quota=None)  # what was there has room
            except Conflict as error:
                said = md_later("It was changed again since, so taking that back would lose the later change.")
                raise Refused(said) from error
            await asyncio.to_thread(self._pending.forget, undo)
        return TakenBack(pending.about, report)

    async def _make(
        self,
        server: int | None,
        library: Library,
        change: Change,
        observer: Observer,
        *,
        full: bool = False,
        dry_run: bool = False,
        can_be_undone: bool = False,
        about: str = "",
    ) -> AppliedChange:
        """Plan a change that was read, make it when it is its turn, and say what it did."""
        made = await asyncio.to_thread(self._planned, library, change, full=full)
        observer.planned(made)
        if not dry_run:
            if self._locks[server].locked():
                await observer.stands_back()
            async with self.alone(server, observer):
                back = await asyncio.to_thread(inverse, library, change) if can_be_undone else None
                observer.writes()
                keep_for = None if can_be_undone else self._keep_for
                noting = partial(self._note_corrections, server, library, by_hand=can_be_undone)
                report = await self._write(
                    library, change, observer, noting, quota=self._quota_of(library), full=full, keep_for=keep_for
                )
                observer.landed()
                made = replace(made, report=report)
                if server is not None and back is not None:
                    made = await asyncio.to_thread(self._with_undo, server, made, back, about)
        return replace(made, warning=await asyncio.to_thread(self._warning, library))

    async def _write(
        self,
        library: Library,
        change: Change,
        observer: Observer,
        noting: Callable[[UpdateReport], None],
        *,
        quota: Quota | None,
        full: bool = False,
        keep_for: timedelta | None = None,
    ) -> UpdateReport:
        """Make a change in a thread, after any other indexing; what does not fit into the quota is refused.

        `noting` is told what it did, in the same thread.
        """

        def advance(step: Progress) -> None:
            if self._stopping:
                raise Stopping
            observer.advance(step)

        def work() -> UpdateReport:
            report = make_change(library, change, rebuild=full, quota=quota, on_progress=advance, keep_for=keep_for)
            noting(report)
            return report

        try:
            if not (change.articles or full):  # what is taken out waits for no indexing
                return await asyncio.to_thread(work)
            await observer.wait(self._indexing.acquire())
            try:
                return await asyncio.to_thread(work)
            finally:
                self._indexing.release()
        except ModelMismatch as error:
            raise Updating from error

    def _note_corrections(
        self,
        server: int | None,
        library: Library,
        report: UpdateReport,
        *,
        by_hand: bool = False,
        undoes: bool = False,
    ) -> None:
        """Write down what a change corrected. It is made, so an error here is for the log alone."""
        if self._corrections is None:
            return
        try:
            self._corrections.note(server, library, report, by_hand=by_hand, undoes=undoes)
        except Exception:
            logger.exception("What was corrected could not be written down, so it is not listed.")

    def _library_of(self, server: int | None) -> Library:
        return self._libraries.base if server is None else self._libraries.own_or_create(server)

    def _quota_of(self, library: Library) -> Quota | None:
        """What a library may hold; the operator's own has no bounds."""
        return None if library is self._libraries.base else self.quota

    def _planned(self, library: Library, change: Change, *, full: bool) -> AppliedChange:
        held = library.headlines()
        titles = {article.id: article.title for article in held}
        titles |= {article.id: article.title for article in change.articles}
        report = plan_change(library, change, rebuild=full, quota=self._quota_of(library))
        now = library.now()
        latest = {article.id: article for article in held} | {a.id: Headline.of(a) for a in change.articles}
        hidden = {
            article.id: None if article.private else article.held_until
            for article in latest.values()
            if not article.is_open(now)
        }
        return AppliedChange(library, change, report, titles, len(held), hidden=hidden)

    def _with_undo(self, server: int, made: AppliedChange, back: Change, about: str) -> AppliedChange:
        """A change that was just made, with `back` kept to take it back; as it is where nothing was changed."""
        report = made.report
        sources = (*back.source_update.forget, *made.change.source_update.forget)
        if not (report.added or report.changed or report.removed or sources):
            return made
        ids = (*report.added, *report.changed, *report.removed, *report.unchanged)
        about = about or next((made.titles.get(article_id, article_id) for article_id in ids), "")
        texts = {article.id: digest_of(article.text) for article in made.change.articles}
        return replace(made, undo=self._pending.keep(server, PendingUndo(back, about, texts)))

    def _warning(self, library: Library) -> Markdown:
        quota = self._quota_of(library)
        return warning(library.size(), quota) if quota else mark("")


def _heeding_edits(library: Library, pending: PendingUndo) -> Change:
    """The change that takes one back, fit for articles that are to go and of which only the facts were edited since."""
    change, same = pending.change, list[Article]()
    for article_id in change.remove:
        with contextlib.suppress(ArticleError):  # it is gone, which the update will say
            article = library.article(article_id)
            if digest_of(article.text) == pending.texts.get(article_id):
                same.append(article)
    now = seen_in(same, Change(remove=tuple(article.id for article in same))).seen
    return replace(change, seen={**change.seen, **now})


async def patiently(awaitable: Awaitable[T]) -> T:
    """Wait for `awaitable`, at most as long as Discord lets the bot answer. Raises Refused after that."""
    try:
        return await asyncio.wait_for(asyncio.ensure_future(awaitable), PATIENCE)
    except TimeoutError as error:
        raise Refused(md_later("Another change here takes very long; try again when it is done.")) from error


async def _say_nothing() -> None:
    """Nobody need be told."""


_PATIENT = _ByHand(_say_nothing)
