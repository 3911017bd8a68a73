"""Whose turn it is to begin a session with Discord, among all processes of the bot.

Discord takes as many beginnings (IDENTIFY) every five seconds as it says in `max_concurrency`, one for each remainder
of the shard's number divided by that. Who begins one holds a lock for that remainder until the five seconds are over.
https://discord.com/developers/docs/events/gateway#sharding-max-concurrency
"""

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial

from bot.errors import SettingsError
from bot.settings import Settings
from bot.storage.database import SCHEMA
from bot.storage.lock_session import LockSession, SessionLost
from index import lock_number

HOLD_SECONDS = 5.5
"""Seconds for which nobody else of the same remainder may begin a session: Discord's five, and a little."""

POLL_SECONDS = (0.2, 0.4)
"""Seconds between two tries to get a turn, at random."""

logger = logging.getLogger(__name__)


class IdentifyTurns:
    """The turns of this process's shards. On an event loop."""

    def __init__(self, begin: Callable[[], LockSession], schema: str = SCHEMA) -> None:
        """`begin` begins a session in the database; it is called in a worker thread."""
        self._begin = begin
        self._schema = schema
        self._held: dict[int, LockSession] = {}  # by shard
        self._giving_back: set[asyncio.Task[None]] = set()
        self.concurrency = 1
        """How many sessions Discord lets begin at a time."""

    async def take(self, shard: int) -> None:
        """Wait for this shard's turn, and have it until it is given back; if it has it already, do nothing.

        Where the database cannot be reached, it is waited for as long as one turn takes, and begun all the same.
        """
        try:
            if (held := self._held.get(shard)) and await self._is_there(held):
                return
            self._held[shard] = await self._turn(shard % self.concurrency)
        except SettingsError as error:
            logger.warning("Whether other processes sign in to Discord just now is not known: %s", error)
            await asyncio.sleep(HOLD_SECONDS)

    def begun(self, shard: int) -> None:
        """Give the turn of a shard back when the time is over, which begins now."""
        if session := self._held.pop(shard, None):
            task = asyncio.create_task(_end(session, HOLD_SECONDS))
            self._giving_back.add(task)
            task.add_done_callback(self._giving_back.discard)

    async def _turn(self, remainder: int) -> LockSession:
        """A session that has the lock of that remainder. Raises SettingsError."""
        number = lock_number(self._schema, "identify", str(remainder))
        beginning = asyncio.ensure_future(asyncio.to_thread(self._begin))
        try:
            session = await asyncio.shield(beginning)
            while not await asyncio.shield(asyncio.to_thread(session.take, number)):  # noqa: ASYNC110 - others hold it
                await asyncio.sleep(random.uniform(*POLL_SECONDS))
        except BaseException:  # also if discord.py gives up
            beginning.add_done_callback(_end_begun)
            raise
        return session

    async def _is_there(self, session: LockSession) -> bool:
        try:
            await asyncio.to_thread(session.confirm)
        except SessionLost:
            return False
        return True


async def _end(session: LockSession, seconds: float) -> None:
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(session.end)


def _end_begun(beginning: "asyncio.Future[LockSession]") -> None:
    if not beginning.cancelled() and beginning.exception() is None:
        beginning.result().end()


def turns_of(settings: Settings) -> IdentifyTurns | None:
    """The turns of one of several processes; None for one that is alone, for which discord.py keeps the time."""
    shards = settings.shards
    if settings.database_url is None or shards.are_all:
        return None
    url = settings.database_url.get_secret_value()
    return IdentifyTurns(partial(LockSession.begin, url, f"pullquote signs in: {shards.title}"))
