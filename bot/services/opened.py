"""The services that the bot runs on, opened before it and closed after it."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.errors import SettingsError
from bot.services import opening
from bot.services.choices import Choices
from bot.services.duties import Duties
from bot.services.editor import Editor
from bot.services.inbox import Inbox
from bot.services.leadership import leadership_of
from bot.services.libraries import Libraries
from bot.services.metrics import Metrics
from bot.services.public_corrections import PublicCorrections
from bot.services.questions import Questions
from bot.services.queue import WorkQueue
from bot.services.quota import quota_of
from bot.services.refreshes import Refreshes
from bot.services.shutdown import Shutdown
from bot.services.verifying import Verifier
from bot.services.waiting import Waiting
from bot.settings import Settings
from bot.storage.answers import AnswerStore
from bot.storage.choices import ChoiceStore
from bot.storage.digests import DigestStore
from bot.storage.inbox import InboxStore
from bot.storage.jobs import JobStore
from bot.storage.pending import PendingStore
from bot.storage.refresh_state import RefreshStateStore
from bot.storage.server_settings import ServerSettingsStore
from bot.storage.waiting import WaitStore
from index import Encoder, Engine, Library, Parser, Web

THREADS = min(4, os.cpu_count() or 1)
"""How many questions are worked on at once; each keeps a core busy."""


@dataclass(frozen=True, slots=True)
class Services:
    """All services. `open_web` makes a reader of the web, which its user opens with `async with`."""

    settings: Settings
    libraries: Libraries
    questions: Questions
    verifier: Verifier
    editor: Editor
    answers: AnswerStore
    server_settings: ServerSettingsStore
    jobs: JobStore
    digests: DigestStore
    pending: PendingStore
    inbox: Inbox
    queue: WorkQueue
    refreshes: Refreshes
    metrics: Metrics
    shutdown: Shutdown
    corrections: PublicCorrections
    refresh_state: RefreshStateStore
    open_web: Callable[[], Web]
    parser: Parser
    choices: Choices
    waits: WaitStore
    waiting: Waiting
    duties: Duties

    def threshold_of(self, server: int | None) -> float:
        """The confidence that an answer must have in a server, or in direct messages."""
        chosen = self.server_settings.of(server).threshold
        return self.settings.answer_threshold if chosen is None else chosen


def make_folder(folder: Path) -> None:
    """Make the data folder, unless it is there. Raises SettingsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} cannot be made ({error.strerror or error}); name another in DATA_DIR."
        ) from error


@contextlib.contextmanager
def opened(
    settings: Settings,
    base: Library,
    load_encoder: Callable[[], Encoder],
    parser: Parser,
    *,
    engine: Engine | None = None,
    open_web: Callable[[], Web] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Services]:
    """The services over `base`, which stays open when they are closed; so do `parser` and `engine`.

    `engine` holds the servers' libraries, and `open_web` opens what reads the web; by default both are as the settings
    have it. Raises SettingsError, LibraryError, OutOfResources.
    """
    open_own = partial(opening.open_library, settings=settings, load_encoder=load_encoder, clock=base.now)
    if settings.database_url:  # no library makes the folder, and it is for what is of this process alone
        make_folder(settings.data_dir)
    with contextlib.ExitStack() as stack:
        duties = Duties(settings.shards, stack.enter_context(contextlib.closing(leadership_of(settings))))
        database = stack.enter_context(contextlib.closing(opening.open_records(settings)))
        engine = engine or stack.enter_context(opening.opened_engine(settings))
        libraries = stack.enter_context(contextlib.closing(Libraries(base, engine, open_own)))
        queue = stack.enter_context(contextlib.closing(WorkQueue(THREADS, settings.queue_size)))
        answers, server_settings = AnswerStore(database, clock), ServerSettingsStore(database, clock)
        corrections = PublicCorrections(database, settings.corrections_feed, clock)
        pending, shutdown, metrics = PendingStore(database, clock), Shutdown(), Metrics(queue)
        choices = Choices(ChoiceStore(database, clock), libraries)
        questions = Questions(libraries, answers, server_settings, queue, metrics, choices, clock)
        waits = WaitStore(database, clock)
        yield Services(
            settings=settings,
            libraries=libraries,
            questions=questions,
            verifier=Verifier(libraries, answers, queue, corrections, choices),
            editor=Editor(libraries, pending, shutdown, quota_of(settings), settings.rollback_time, corrections),
            answers=answers,
            server_settings=server_settings,
            jobs=JobStore(database),
            digests=DigestStore(database, clock),
            pending=pending,
            inbox=Inbox(settings, InboxStore(database, clock)),
            queue=queue,
            refreshes=Refreshes(clock),
            metrics=metrics,
            shutdown=shutdown,
            corrections=corrections,
            refresh_state=RefreshStateStore(database),
            open_web=open_web or partial(opening.open_web, settings),
            parser=parser,
            choices=choices,
            waits=waits,
            waiting=Waiting(libraries, answers, waits, questions, duties),
            duties=duties,
        )
