"""Looks after a running bot: every few seconds it gathers facts, judges them, cures what it can, and says so."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from time import monotonic

from bot.errors import Unwell
from bot.ui.service_bot import ServiceBot
from bot.watching.facts import Gatherer, loops
from bot.watching.health import STUCK_SECONDS, Cure, Problem, Report
from bot.watching.page import ReportMetrics, served
from bot.watching.shards import limit_pauses
from bot.watching.status_file import drop_former, write_report
from bot.watching.supervision import dismiss_guard, keep_guard, tell_systemd

SECONDS = 10.0
"""Seconds between two looks."""

logger = logging.getLogger(__name__)


class Watcher:
    """Looks after one bot."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._gatherer = Gatherer(bot)
        self._known: dict[tuple[str, str], Problem] = {}
        self._reconnecting: dict[int, asyncio.Task[None]] = {}
        self._is_ready = False
        self._is_written = True
        self.report: Report | None = None
        """The last report."""
        bot.services.metrics.registry.register(ReportMetrics(lambda: self.report))

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Watch while the body runs, in the task that it is given, and serve the page if that is set.

        The task ends with Unwell if the process must be started anew. Raises SettingsError if the page cannot be
        served.
        """
        async with served(self._services.settings, self._services.metrics, lambda: self.report):
            with contextlib.suppress(OSError):  # writing the report has the same trouble, and says so
                await asyncio.to_thread(drop_former, self._services.settings.data_dir, self._services.duties.shards)
            task = asyncio.create_task(self._watch())
            try:
                yield task
            finally:
                task.cancel()
                await asyncio.wait({task})
                dismiss_guard()
                await self._say_that_it_stopped()

    async def look(self, loop_lag: float = 0.0) -> Report:
        """Look once, and cure what can be cured. Raises Unwell if the process must be started anew."""
        for shard in self._bot.shards.values():
            limit_pauses(shard)
        report = self.report = Report.of(await self._gatherer.gather(loop_lag))
        self._log(report)
        await self._write(report)
        for problem in report.problems:
            self._cure(problem)
        return report

    async def _watch(self) -> None:
        lag = 0.0
        while True:
            keep_guard()
            try:
                report = await self.look(lag)
            except Unwell:
                raise
            except Exception:
                logger.exception("How the bot is could not be found out; that is tried again.")
                tell_systemd("WATCHDOG=1")  # it lives
            else:
                self._tell_systemd(report)
            due = monotonic() + SECONDS
            await asyncio.sleep(SECONDS)
            lag = max(0.0, monotonic() - due)

    def _tell_systemd(self, report: Report) -> None:
        ready = [] if self._is_ready or not report.facts.ready else ["READY=1"]
        said = " ".join(problem.sentence for problem in report.problems)
        tell_systemd(*ready, "WATCHDOG=1", f"STATUS={report.status}. {said}".strip())
        self._is_ready |= report.facts.ready

    def _log(self, report: Report) -> None:
        """Log the problems that are new, and those that are over."""
        present = {(problem.part, problem.name): problem for problem in report.problems}
        for key, problem in present.items():
            if key not in self._known:
                logger.log(logging.ERROR if problem.unhealthy else logging.WARNING, "%s", problem.sentence)
        for key, problem in self._known.items():
            if key not in present:
                logger.info("No longer so: %s", problem.sentence)
        self._known = present

    async def _write(self, report: Report) -> None:
        try:
            await asyncio.to_thread(write_report, report, self._services.settings.data_dir)
        except OSError as error:
            if self._is_written:
                logger.error("How the bot is cannot be written into the data folder: %s", error)
            self._is_written = False
        else:
            self._is_written = True

    async def _say_that_it_stopped(self) -> None:
        if self.report:
            self.report = Report.of(replace(self.report.facts, at=self._gatherer.now(), stopping=True))
            await self._write(self.report)

    def _cure(self, problem: Problem) -> None:
        """Do what can be done about a problem. Raises Unwell if that is to start the process anew."""
        match problem.cure:
            case Cure.RECONNECT:
                self._reconnect(int(problem.name))
            case Cure.RESTART_LOOP:
                self._restart_loop(problem.name)
            case Cure.REPLACE_WORKER:
                for place in self._services.queue.replace_stuck(STUCK_SECONDS):
                    self._count("worker")
                    logger.error("A stuck worker was replaced. Where it was:", extra={"stack": place})
            case Cure.END:
                raise Unwell(problem.sentence)

    def _reconnect(self, shard: int) -> None:
        """Give a shard a new connection, in a task of its own, as that may take a minute."""
        under_way = self._reconnecting.get(shard)
        if under_way is None or under_way.done():
            logger.error("Shard %d gets a new connection.", shard)
            self._count("gateway")
            self._reconnecting[shard] = asyncio.create_task(self._bot.shards[shard].reconnect())

    def _restart_loop(self, name: str) -> None:
        loop = dict(loops(self._bot))[name]
        if loop.is_running():
            loop.restart()
        else:
            loop.start()
        self._count("loop")
        logger.error("The loop %s was restarted.", name)

    def _count(self, part: str) -> None:
        self._services.metrics.restarts.labels(part).inc()
