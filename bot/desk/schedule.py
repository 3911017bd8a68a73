"""Reads sources again by itself: each library at its interval, and less often while its sources fail."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from functools import partial

from discord.ext import commands, tasks
from discord.utils import utcnow

from bot.desk.jobs import LOST_MUCH, Jobs
from bot.desk.replies import ChangeSummary, note_reply, outcome_reply
from bot.errors import Stopping
from bot.languages import say, speak
from bot.markdown import joined, md, md_many
from bot.remedies import operator_problem, operator_sentence
from bot.services.base_library import has_sources, read_everything
from bot.services.editor import AppliedChange
from bot.ui.explaining import explain
from bot.ui.reply import AMBER
from bot.ui.reporting import report
from bot.ui.sending import layout
from bot.ui.service_bot import ServiceBot
from bot.wording import counted
from index import Change, Library, PullquoteError, read_all, rests_until

MINUTES = 5
"""Minutes between two checks which libraries are due."""

SLOTS = 4
"""How many libraries are refreshed at once."""

NAMED = 3
"""How many problems are repeated where all sources of a library fail."""

DEATHS = 2
"""After so many refreshes in a row that ended with the bot, its operator is told."""

DEATH = "refreshes end with the bot"
"""What stands for that among the problems that were told."""

READING_SECONDS = 20 * 60
"""Seconds after which no further source of a library is begun."""

logger = logging.getLogger(__name__)


class ScheduleCog(commands.Cog):
    """Refreshes the libraries of this process's servers and, if it leads, the base library."""

    def __init__(self, bot: ServiceBot, jobs: Jobs) -> None:
        self._bot = bot
        self._services = bot.services
        self._jobs = jobs
        self._refreshes = bot.services.refreshes
        self._state = bot.services.refresh_state
        self._problems: dict[int | None, frozenset[str]] = {}
        self._current: set[int] = set()
        """The servers whose libraries are known to be made with the present model."""
        self._under_way: dict[int | None, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(SLOTS)
        self._duties = bot.services.duties

    async def cog_load(self) -> None:
        """Begin."""
        self._duties.leadership.on_change(self._take_turns)
        self._check.start()

    async def cog_unload(self) -> None:
        """End."""
        self._check.cancel()
        for task in self._under_way.values():
            task.cancel()

    def hours_of(self, server: int | None) -> float:
        """How many hours are between two readings of a library's sources; 0 for never."""
        chosen = self._services.server_settings.of(server).refresh_hours
        return self._services.settings.refresh_hours if chosen is None else chosen

    @tasks.loop(minutes=MINUTES)
    async def _check(self) -> None:
        await self._bot.wait_until_ready()
        try:
            servers = (None, *await asyncio.to_thread(self._services.libraries.servers))
        except OSError as error:
            logger.warning("The servers' libraries cannot be listed; that is tried again: %s", error)
            return
        for server in servers:
            if server not in self._under_way and (self._duties.leads if server is None else self._is_here(server)):
                self._under_way[server] = asyncio.create_task(self._bring_up_to_date(server))

    def _take_turns(self, leads: bool) -> None:
        """Leave the base library to the process that leads now; or find out what was done to it meanwhile."""
        if leads:
            self._refreshes.forget(None)
            self._problems.pop(None, None)
        elif refresh := self._under_way.get(None):
            refresh.cancel()

    async def _bring_up_to_date(self, server: int | None) -> None:
        """Do what is due for a library. Each has a task of its own, so that a slow site delays its own server only."""
        speak(self._bot.language_of(server))
        try:
            if server is not None and await self._is_outdated(server):
                await self._index_afresh(server)
            if await self._is_due(server):
                async with self._slots, self._on_record(server):
                    problem = await self._refresh(server)
                self._note(server, problem)
        except Stopping:
            return
        except Exception as error:
            problem, expected = operator_sentence(error) or repr(error), isinstance(error, PullquoteError)
            self._note(server, problem)
            logger.warning(
                "The library of %s could not be refreshed: %s", server or "all", problem, exc_info=not expected
            )
            if str(error) not in await self._known_problems(server):
                said = md("The sources could not be read again, and nothing was changed. {}", explain(error))
                if await report(self._bot, server, layout(note_reply(say("Not refreshed"), said, AMBER))):
                    await self._remember(server, [str(error)])
        finally:
            del self._under_way[server]

    @contextlib.asynccontextmanager
    async def _on_record(self, server: int | None) -> AsyncIterator[None]:
        """Note that a refresh of the base library is under way, so that the next start knows if it ended with the bot.

        If several have, the operator hears of it before the next one begins.
        """
        if server is not None:
            yield
            return
        state = await asyncio.to_thread(self._state.begin, utcnow())
        if state.deaths >= DEATHS and DEATH not in await self._known_problems(None):
            said = md_many(
                "{} refresh of the base library ended with the bot, which was started anew. I try again; the log says "
                "what it was at.",
                "{} refreshes of the base library in a row ended with the bot, which was started anew. I try again; "
                "the log says what it was at.",
                state.deaths,
            )
            logger.error("%d refreshes of the base library in a row ended with the bot.", state.deaths)
            if await report(self._bot, None, layout(note_reply(say("Not refreshed"), said, AMBER))):
                await self._remember(None, [DEATH])
        try:
            yield
        except (Stopping, asyncio.CancelledError):
            if self._duties.leads:
                self._state.stop()  # at once: the task may be at its end
            else:  # perhaps since the database cannot be reached, which must not hold the event loop up
                asyncio.get_running_loop().run_in_executor(None, self._stop_if_possible)
            raise
        except Exception:
            await asyncio.to_thread(self._state.end)
            raise
        await asyncio.to_thread(self._state.end)

    def _stop_if_possible(self) -> None:
        with contextlib.suppress(PullquoteError):
            self._state.stop()

    async def _known_problems(self, server: int | None) -> frozenset[str]:
        """What was told to be wrong in a library. Of the base library it is known over a restart."""
        if server is None and None not in self._problems:
            state = await asyncio.to_thread(self._state.read)
            self._problems[None] = frozenset(state.problems)
        return self._problems.get(server, frozenset())

    async def _remember(self, server: int | None, problems: Iterable[str]) -> None:
        """Note what was told to be wrong."""
        problems = frozenset(problems)
        if server is None and problems != await self._known_problems(None):
            await asyncio.to_thread(self._state.tell, problems, utcnow())
        self._problems[server] = problems

    async def _is_outdated(self, server: int) -> bool:
        """Whether a server's library was made with another model or version, and it is time to index it afresh."""
        if server in self._current or not self._is_here(server):
            return False
        library = await asyncio.to_thread(self._library, server)
        if library is None or await asyncio.to_thread(library.is_current):
            self._current.add(server)
            return False
        last = self._refreshes.of(server)
        return last is None or not last.failures or utcnow() >= last.next(self.hours_of(server) or 1)

    async def _index_afresh(self, server: int) -> None:
        logger.info("The library of server %d was made with another model or version; indexing it afresh.", server)
        await self._services.editor.update(server, _nothing, full=True)
        self._current.add(server)

    def _is_here(self, server: int) -> bool:
        """Whether the bot is in that server just now, and no job is under way there."""
        return self._bot.get_guild(server) is not None and self._jobs.running(server) is None

    async def _is_due(self, server: int | None) -> bool:
        hours = self.hours_of(server)
        if not hours or (server is not None and not self._is_here(server)):
            return False
        last = self._refreshes.of(server)
        if last is None:
            last = self._refreshes.begin(server, await asyncio.to_thread(self._last_read, server))
        return utcnow() >= last.next(hours)

    def _last_read(self, server: int | None) -> datetime | None:
        """When all sources were last read, which the library keeps over a restart; None if that is unknown."""
        library = self._library(server)
        sources = library.sources() if library else []
        checked = [source.checked for source in sources if source.checked and rests_until(source) is None]
        return min(*checked, utcnow()) if checked else None

    def _has_sources(self, server: int | None, library: Library) -> bool:
        return has_sources(library, self._services.settings) if server is None else bool(library.sources())

    def _note(self, server: int | None, problem: str) -> None:
        self._refreshes.note(server, problem)
        library, result = "base" if server is None else "server", "failed" if problem else "done"
        self._services.metrics.refreshes.labels(library, result).inc()

    def _library(self, server: int | None) -> Library | None:
        return self._services.libraries.base if server is None else self._services.libraries.own(server)

    async def _refresh(self, server: int | None) -> str:
        """Read all sources of a library and take in what they hold. If every one of them failed, returns why."""
        library = await asyncio.to_thread(self._library, server)
        if library is None or not await asyncio.to_thread(self._has_sources, server, library):
            return ""
        logger.info("Reading the sources of the library of %s.", server or "all")
        applied = await self._services.editor.update(server, partial(self._read_sources, server))
        await self._report(server, applied)
        problems = [operator_problem(result.problem) for result in applied.change.sources if result.problem]
        return " ".join(problems[:NAMED]) if len(problems) == len(applied.change.sources) else ""

    async def _read_sources(self, server: int | None, library: Library) -> Change:
        settings, parser = self._services.settings, self._services.parser
        async with self._services.open_web() as web:
            if server is None:
                return await read_everything(library, settings, web, parser, seconds=READING_SECONDS, now=utcnow())
            return await read_all(library, web, parser, seconds=READING_SECONDS, now=utcnow())

    async def _report(self, server: int | None, applied: AppliedChange) -> None:
        """Report what changed, and problems that are new. Reports nothing if there is neither."""
        summary, results = ChangeSummary.of(applied), applied.change.sources
        problems = frozenset(result.problem.sentence for result in results if result.problem)
        problems |= frozenset(refusal.reason for refusal in summary.refused)
        before = await self._known_problems(server)
        is_well_again = server is None and bool(before) and not problems
        if not summary.any and problems <= before and not is_well_again:
            await self._remember(server, problems)
            return
        logger.info(
            "Refreshed the library of %s: %d added, %d changed, %d removed, %s.",
            server or "all", len(summary.added), len(summary.changed), len(summary.gone),
            counted(len(problems), "problem"),
        )  # fmt: skip
        button = await asyncio.to_thread(self._jobs.remove_missing_button, server, results)
        said = joined(" ", (md("I have read the sources again."), *([LOST_MUCH()] if button else [])))
        if is_well_again:
            said = joined(" ", (said, md("What was wrong is over.")))
        said = joined("\n", (said, applied.warning))
        title = say("Refreshed again") if is_well_again else say("Refreshed")
        reply = outcome_reply(title, said, summary, results, embedded=applied.report.passages_embedded)
        if await report(self._bot, server, layout(reply, *([button] if button else []))):
            await self._remember(server, problems)


async def _nothing(_: Library) -> Change:
    """Nothing to be taken in."""
    return Change()
