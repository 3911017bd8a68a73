"""Takes in what sites say of their pages, and reads these pages at once.

Any of several processes may take it in; the one that looks after the library reads the pages.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from discord.ext import commands, tasks
from discord.utils import utcnow

from bot.errors import Stopping
from bot.inbox.reports import report_of
from bot.inbox.server import Doors, served
from bot.inbox.websub import Feed, Subscriptions
from bot.languages import speaking
from bot.remedies import operator_sentence
from bot.services.editor import AppliedChange
from bot.services.inbox import Access
from bot.storage.inbox import Told, Waiting
from bot.ui.reporting import report as report_in_log
from bot.ui.sending import layout
from bot.ui.service_bot import ServiceBot
from index import Change, Library, Notice, PullquoteError, heeds, read_noticed

SECONDS = 10.0
"""Seconds between two looks at the queue, for what is to be looked at again; what comes in is looked at at once."""

MINUTES = 5
"""Minutes between two looks at the subscriptions."""

BATCH = 20
"""How many pages of a library are read together."""

SLOTS = 2
"""In how many libraries pages are read at once."""

CHANGED_AGAIN = (timedelta(seconds=20), timedelta(minutes=2))
"""A page in which nothing is new is read again after these: its site may say so before the page shows it."""

GONE_AGAIN = (*CHANGED_AGAIN, timedelta(minutes=10), timedelta(hours=1))
"""The same for a page that is said to be gone and still answers, as copies of it may."""

TROUBLE = timedelta(minutes=1)
"""After that everything is tried again, if the library could not be changed."""

logger = logging.getLogger(__name__)


class InboxCog(commands.Cog):
    """The webhook, its queue, and the subscriptions to hubs. All of it rests unless the operator switches it on."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._inbox = bot.services.inbox
        self._store = bot.services.inbox.store
        self._subscriptions = Subscriptions(bot.services)
        self._duties = bot.services.duties
        self._served = contextlib.AsyncExitStack()
        self._is_served = False
        self._under_way: dict[int | None, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(SLOTS)

    async def cog_load(self) -> None:
        """Begin to serve.

        A loop that is not needed is not even touched: the watcher restarts every loop of a cog that has ended, and
        discord.py makes the cog's own when it is first asked for.
        """
        if self._looks:
            await self._serve()
            self._duties.leadership.on_change(self._break_off)
            self._look.start()
        if self._tends:
            self._tend.start()

    async def cog_unload(self) -> None:
        """Stop. What waits is looked at after the next start."""
        if self._looks:
            self._look.cancel()
        if self._tends:
            self._tend.cancel()
        await self._served.aclose()
        for task in (*self._tasks, *self._under_way.values()):
            task.cancel()

    @property
    def _looks(self) -> bool:
        """Whether something may wait to be read here."""
        return self._inbox.is_on or self._inbox.is_shared

    @property
    def _tends(self) -> bool:
        """Whether hubs can reach the bot."""
        return self._inbox.is_on and bool(self._inbox.public_address)

    async def _serve(self) -> None:
        """Serve, if that is not done yet. Where it cannot be, `problem` says so, and the next look tries again."""
        settings = self._services.settings
        if self._is_served or settings.webhook_port is None:
            return
        doors = Doors(self._access, self._is_new, self._taken, self._confirmed, self._pushed, utcnow, self._count)
        try:
            await self._served.enter_async_context(
                served(settings.webhook_host, settings.webhook_port, self._inbox.public_address, doors)
            )
        except OSError as error:
            problem = self._inbox.unserved(error)
            if problem != self._inbox.problem:
                logger.error("%s", problem)
            self._inbox.problem = problem
        else:
            self._is_served, self._inbox.problem = True, ""
            logger.info("Serving the webhook at %s:%d.", settings.webhook_host, settings.webhook_port)

    # ---- what comes in

    async def _access(self, name: str) -> Access | None:
        return await asyncio.to_thread(self._inbox.access, name)

    def _count(self, status: int) -> None:
        self._services.metrics.webhook_messages.labels(str(status)).inc()

    async def _is_new(self, signature: bytes) -> bool:
        return await asyncio.to_thread(self._store.is_new, signature)

    async def _taken(self, server: int | None, told: Sequence[Told]) -> int | None:
        """Queue what is said of pages that the library reads, and return how many; None if too many wait."""
        heeded = await asyncio.to_thread(self._heeded, server, told)
        if heeded and not await asyncio.to_thread(self._store.add, server, heeded):
            return None
        if heeded:
            self._start()
        return len(heeded)

    def _heeded(self, server: int | None, told: Sequence[Told]) -> list[Told]:
        libraries = self._services.libraries
        library = libraries.base if server is None else libraries.own(server)
        if library is None:
            return []
        return [one for one in told if heeds(library, one.notice, new=not one.gone)]

    async def _confirmed(self, subscription: str, fields: dict[str, str]) -> str | None:
        return await self._subscriptions.confirmed(subscription, fields, utcnow())

    async def _pushed(self, subscription: str, header: str, body: bytes) -> bool:
        """Queue the feed that a hub tells of. What is not signed is taken and ignored, as the protocol has it."""
        found = await self._subscriptions.pushed(subscription, header, body)
        if found is False:
            return False
        if found is None or found is True:
            logger.warning("What a hub sent was not signed by it, and is ignored.")
            return True
        if await asyncio.to_thread(self._store.add, found.server, [Told(source=found.source)]):
            self._start()
        return True

    # ---- what is done about it

    @tasks.loop(seconds=SECONDS)
    async def _look(self) -> None:
        await self._serve()
        await self._bot.wait_until_ready()
        await self._read_what_is_due()

    def _start(self) -> None:
        """Look at what came in now. The loop would, too, some seconds later."""
        if self._bot.is_ready():
            task = asyncio.create_task(self._read_what_is_due())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _read_what_is_due(self) -> None:
        try:
            due = await asyncio.to_thread(self._store.due)
        except PullquoteError as error:
            logger.warning("What sites say of their pages cannot be read: %s", operator_sentence(error))
            return
        except Exception:
            logger.exception("What sites say of their pages cannot be read; that is tried again.")
            return
        for server in dict.fromkeys(one.server for one in due):
            if server not in self._under_way and self._reads(server):
                mine = list(islice((one for one in due if one.server == server), BATCH))
                self._under_way[server] = asyncio.create_task(self._read(server, mine))

    def _reads(self, server: int | None) -> bool:
        """Whether this process reads the pages of that library just now."""
        return self._duties.leads if server is None else self._bot.get_guild(server) is not None

    def _break_off(self, leads: bool) -> None:
        """Leave what is read for the base library to the process that leads now."""
        if not leads and (reading := self._under_way.get(None)):
            reading.cancel()

    async def _read(self, server: int | None, waiting: Sequence[Waiting]) -> None:
        """Read the pages and feeds that wait in a library, and go on with the next ones."""
        try:
            async with self._slots:
                new = await self._update(server, waiting)
        except Stopping:
            return  # they still wait at the next start
        except Exception as error:
            expected = isinstance(error, PullquoteError)
            said = operator_sentence(error) if expected else repr(error)
            logger.warning("Pages that sites told of could not be read: %s", said, exc_info=not expected)
            for one in waiting:
                await asyncio.to_thread(self._store.put_off, one, TROUBLE)
        else:
            await self._settle(waiting, new)
        finally:
            del self._under_way[server]
        self._start()

    async def _update(self, server: int | None, waiting: Sequence[Waiting]) -> frozenset[Notice]:
        """Take in what the pages hold now. Returns the notices that led to something new."""
        notices = [one.told.notice for one in waiting if not one.told.source]
        sources = {one.told.source for one in waiting if one.told.source}
        new: list[frozenset[Notice]] = []

        async def read(library: Library) -> Change:
            async with self._services.open_web() as web:
                noticed = await read_noticed(library, notices, web, self._services.parser, sources=sources)
            new.append(noticed.new)
            return noticed.change

        applied = await self._services.editor.update(server, read)
        await self._report(server, applied)
        return new[0]

    async def _settle(self, waiting: Sequence[Waiting], new: frozenset[Notice]) -> None:
        """Forget what is done, and look again at pages in which nothing is new."""
        done = []
        for one in waiting:
            again = GONE_AGAIN if one.told.gone else CHANGED_AGAIN
            if one.told.source or one.told.notice in new or one.attempts >= len(again):
                done.append(one)
            else:
                await asyncio.to_thread(self._store.put_off, one, again[one.attempts])
        await asyncio.to_thread(self._store.settle, done)

    async def _report(self, server: int | None, applied: AppliedChange) -> None:
        """Report what changed to the log channel of the library, if there is one."""
        report = applied.report
        if not (report.added or report.changed or report.removed):
            return
        counts = (len(report.added), len(report.changed), len(report.removed))
        logger.info("The library of %s, as sites told: %d added, %d changed, %d removed.", server or "all", *counts)
        with speaking(self._bot.language_of(server)):
            view = layout(report_of(applied))
        await report_in_log(self._bot, server, view)

    # ---- hubs

    @tasks.loop(minutes=MINUTES)
    async def _tend(self) -> None:
        await self._bot.wait_until_ready()
        try:
            with self._services.shutdown.one():
                feeds, unknown = await asyncio.to_thread(self._feeds)
            await self._subscriptions.tend(feeds, utcnow(), unknown, self._duties.has)
        except Stopping:
            return
        except Exception:
            logger.exception("The subscriptions to feeds could not be looked after; that is tried again.")

    def _feeds(self) -> tuple[list[Feed], list[int | None]]:
        """The feeds of the libraries that this process looks after, and those of them that cannot be read just now."""
        libraries, unknown = self._services.libraries, list[int | None]()
        feeds: list[Feed] = []
        for server in (None, *(server for server in libraries.servers() if self._bot.get_guild(server))):
            if server is None and not self._duties.leads:
                unknown.append(None)  # by the end of this turn it may be this process's, and must not seem to have none
                continue
            try:
                library = libraries.base if server is None else libraries.own(server)
                sources = library.sources() if library else []
            except PullquoteError as error:
                logger.warning("The feeds of %s cannot be listed: %s", server or "all", operator_sentence(error))
                unknown.append(server)
            else:
                feeds += [(server, source.address) for source in sources if source.kind == "feed"]
        return feeds, unknown
