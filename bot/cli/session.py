"""What a command works with: the base library, opened with the settings, and the terminal."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

import typer

from bot.cli.as_json import report_as_json
from bot.cli.exit_codes import ExitCode
from bot.cli.terminal import Terminal, problem_of
from bot.errors import SettingsError
from bot.remedies import operator_reason, operator_sentence
from bot.services.base_library import first_articles, has_sources, read_everything
from bot.services.freshness import freshness_of
from bot.services.opening import (
    has_records,
    open_base,
    open_parser,
    open_records,
    open_web,
    opened_engine,
    shared_encoder,
)
from bot.services.public_corrections import PublicCorrections, earlier_words
from bot.settings import Settings
from bot.storage.corrections import Correction
from bot.wording import counted, until_open
from index import (
    Answer,
    Change,
    Earlier,
    Encoder,
    Engine,
    Freshness,
    Headline,
    Library,
    LibraryBusy,
    OnProgress,
    Parser,
    PullquoteError,
    UpdateReport,
    Web,
    make_change,
    plan_change,
)

logger = logging.getLogger(__name__)


class Making(Protocol):
    """What makes a change: `make_change`, or what does the same in another way."""

    def __call__(
        self,
        library: Library,
        change: Change,
        *,
        rebuild: bool = False,
        on_progress: OnProgress | None = None,
        keep_for: timedelta | None = None,
    ) -> UpdateReport:
        """Make the change. Raises as `make_change` does."""


@dataclass(frozen=True, slots=True)
class Session:
    """The base library with its settings, and the terminal that shows what is done with it.

    `engine` holds the base library, and the servers' own.
    """

    engine: Engine
    library: Library
    settings: Settings
    terminal: Terminal
    load_encoder: Callable[[], Encoder]
    parser: Parser

    def fill(self) -> None:
        """Bring the first articles into a library that was never used, and say so.

        Several processes may be started on it together. One of them does it, and none of the others waits for that.
        """
        if self.library.read_generation():
            return
        with self.terminal.busy("Reading the articles …"):
            change, origin = first_articles(self.settings, self.parser)
        try:
            report = self._carry_out(change, rebuild=False)
        except LibraryBusy:
            if self.settings.shards.are_all:
                raise
            self.terminal.say("The library is empty, and another process is bringing the first articles in.", "dim")
            return
        self.terminal.say(f"The library was empty: indexed {origin}, {counted(len(report.added), 'article')}.", "dim")
        for refusal in report.refused:
            self.terminal.say(f"refused: {operator_reason(refusal)}", "red")

    def read(self, read: Callable[[Web], Awaitable[Change]]) -> Change:
        """Run `read` with access to the web, and return the change that it found."""

        async def reading() -> Change:
            _heed_ctrl_c()
            async with open_web(self.settings) as web:
                return await read(web)

        try:
            return asyncio.run(reading())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    def read_everything(self, *, full: bool, remove_missing: bool) -> Change:
        """Read ARTICLES_DIR and the sources; with `full`, there need be none. Raises SettingsError, SourceError."""
        if not (full or has_sources(self.library, self.settings)):
            raise SettingsError(
                "ARTICLES_DIR is not set, so there is no folder to read; set it in .env, or use `pullquote articles "
                "add` or `pullquote sources add`."
            )
        confirmed = {article.id for article in self.library.headlines()} if remove_missing else ()
        with self.terminal.progress("Reading", unit="pages") as on_progress:
            return self.read(
                lambda web: read_everything(
                    self.library, self.settings, web, self.parser, remove_missing=confirmed, on_progress=on_progress
                )
            )

    def update(
        self,
        change: Change,
        *,
        rebuild: bool = False,
        dry_run: bool = False,
        as_json: bool = False,
        by_hand: bool = False,
        make: Making = make_change,
    ) -> None:
        """Make or plan a change and report it. Ends with BAD_INPUT if an article was refused or a source not read.

        It can be undone for ROLLBACK_DAYS, unless it is a removal `by_hand`, which erases. `make` makes it.
        """
        held = self.library.headlines()
        if dry_run:
            report = self._plan(change, rebuild=rebuild)
        else:
            keep_for = None if by_hand else self.settings.rollback_time
            report = self._carry_out(change, rebuild=rebuild, keep_for=keep_for, make=make)
            self._note_corrections(report, by_hand=by_hand)
        problems = [result for result in change.sources if result.problem]
        if as_json:
            self.terminal.write_json(report_as_json(report, change.sources, planned=dry_run))
        else:
            sample = _made_way(change, report, held)
            hidden = _hidden(change, report, self.library.now())
            self.terminal.report(report, len(held), planned=dry_run, anew=rebuild, sample=sample, hidden=hidden)
            for result in change.sources:
                if result.excluded:
                    left_out = counted(len(result.excluded), "article")
                    self.terminal.say(f"{result.source.address}: {left_out} left out, removed by hand", "dim")
            for result in problems:
                self.terminal.say(f"source: {problem_of(result)}", "red")
        if report.refused or problems:
            raise typer.Exit(ExitCode.BAD_INPUT)

    def roll_back(self, *, dry_run: bool, as_json: bool) -> None:
        """Undo the last update that is kept, or say what that would do, and report it."""
        held, kept = self.library.size().articles, self.library.kept_generations()
        if dry_run:
            report = self.library.plan_back()
        else:
            with self.terminal.progress("Indexing") as on_progress:
                report = self.library.roll_back(on_progress=on_progress)
            self._note_corrections(report, undoes=True)
        if as_json:
            self.terminal.write_json(report_as_json(report, (), planned=dry_run))
            return
        self.terminal.report(report, held, planned=dry_run)
        for number, one in enumerate(kept):
            what = f"the update of {one.made:%Y-%m-%d %H:%M} UTC, {counted(one.articles, 'article')}"
            if number == 0:
                self.terminal.say(f"{'This would undo' if dry_run else 'This undid'} {what}.", "dim")
            else:
                self.terminal.say(f"Can be undone next, until {one.until:%Y-%m-%d %H:%M} UTC: {what}.", "dim")

    def freshness(self, answer: Answer) -> Freshness:
        """From when the articles are that an answer quotes."""
        return freshness_of([self.library], answer, datetime.now(UTC))

    def corrections(self) -> list[Correction]:
        """What was corrected in the base library, the last first. Raises SettingsError."""
        with self._records() as corrections:
            return corrections.listed_for_all(self.library)

    def earlier(self) -> list[Earlier]:
        """What stood in the base library until corrections that are on record; nothing where there are no records."""
        try:
            return earlier_words(self.corrections()) if has_records(self.settings) else []
        except PullquoteError as error:
            self.terminal.say(f"What was corrected before cannot be looked at: {operator_sentence(error)}", "red")
            return []

    def _note_corrections(self, report: UpdateReport, *, by_hand: bool = False, undoes: bool = False) -> None:
        """Write down what an update corrected, or took back, and bring the feed up to date.

        The update is made, so what goes wrong here is only said.
        """
        if not (report.revised or report.withdrawn or undoes):
            return
        try:
            with self._records() as corrections:
                corrections.note(None, self.library, report, by_hand=by_hand, undoes=undoes)
                corrections.write_feed(self.library)
        except PullquoteError as error:
            self.terminal.say(f"The list of corrections was not brought up to date: {operator_sentence(error)}", "red")

    def drop_kept(self) -> None:
        """Erase what is kept to be undone, and with it the list of corrections, which tells what stood before."""
        self.library.drop_kept()
        with self._records() as corrections:
            corrections.store.hide(None, {one.article_id for one in corrections.store.listed([None])})
            corrections.write_feed(self.library)
        self.terminal.write("What was kept to be undone is erased.")

    @contextlib.contextmanager
    def _records(self) -> Iterator[PublicCorrections]:
        with contextlib.closing(open_records(self.settings)) as database:
            yield PublicCorrections(database, self.settings.corrections_feed)

    def _plan(self, change: Change, *, rebuild: bool) -> UpdateReport:
        with self.terminal.busy("Comparing with the library …"):
            return plan_change(self.library, change, rebuild=rebuild)

    def _carry_out(
        self, change: Change, *, rebuild: bool, keep_for: timedelta | None = None, make: Making = make_change
    ) -> UpdateReport:
        with self.terminal.progress("Indexing") as on_progress:
            return make(self.library, change, rebuild=rebuild, on_progress=on_progress, keep_for=keep_for)


@contextlib.contextmanager
def opened_session(data: Path | None) -> Iterator[Session]:
    """A session with the base library in `data`, else at DATABASE_URL or in DATA_DIR.

    Ctrl-C ends the command with its own exit code.
    """
    settings = load_settings(data)
    terminal = Terminal.standard()
    try:
        load_encoder = _announced(shared_encoder(settings), terminal)
        with contextlib.ExitStack() as stack:
            engine = stack.enter_context(opened_engine(settings))
            library = stack.enter_context(open_base(settings, load_encoder, engine))
            parser = stack.enter_context(open_parser(settings))
            yield Session(engine, library, settings, terminal, load_encoder, parser)
    except KeyboardInterrupt:
        terminal.say("Interrupted; nothing was changed.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _announced(load: Callable[[], Encoder], terminal: Terminal) -> Callable[[], Encoder]:
    """`load`, called once. While it runs, the log says so if one is kept, else the terminal."""

    @cache
    def load_encoder() -> Encoder:
        if logger.isEnabledFor(logging.INFO):  # only `run` logs that much, and a spinner would run through its log
            logger.info("Loading the model.")
            return load()
        with terminal.busy("Loading the model …"):
            return load()

    return load_encoder


def _hidden(change: Change, report: UpdateReport, now: datetime) -> list[str]:
    """A line for each article that came in and that readers do not see."""
    came = {*report.added, *report.changed}
    return [
        f"{article.id}: {until_open(article.held_until, private=article.private)}"
        for article in change.articles
        if article.id in came and not article.is_open(now)
    ]


def _made_way(change: Change, report: UpdateReport, held: Sequence[Headline]) -> set[str]:
    """The ids of the bundled articles that were removed or replaced because somebody's own have come in."""
    if not report.added and not report.changed:
        return set()
    own = {article.id for article in change.articles if not article.origin.is_sample}
    gone = {*report.removed, *(article_id for article_id in report.changed if article_id in own)}
    return {article.id for article in held if article.origin.is_sample and article.id in gone}


def load_settings(data: Path | None) -> Settings:
    """The settings; where `data` is given, all is in that folder, in place of DATABASE_URL and DATA_DIR."""
    settings = Settings.load()
    return settings if data is None else settings.in_folder(data)


def _heed_ctrl_c() -> None:
    """Have Ctrl-C cancel the current task at once, and a second one interrupt whatever goes on.

    What asyncio.run() does for that wakes no event loop that has just begun to wait: the task would go on until a site
    answers.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        task.cancel()

    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        with contextlib.suppress(NotImplementedError):  # Windows; there asyncio.run() is all there is
            loop.add_signal_handler(signal.SIGINT, stop)
