"""Which one of several processes leads. It alone does what is done once for all, such as reading the base library anew.

A process leads as long as it holds a lock in the database that all share. It holds it in a session of its own, which
the server ends when the process does, or hangs, or cannot be reached (`storage/lock_session.py`); then another takes
the lock. A process that cannot confirm its session in time stops leading by its own clock, before that happens.

The same session holds a lock for each shard, so that no shard is run by two processes, which would answer twice. A
process that loses its session, as when it was frozen for a while, claims its shards again; if another one has taken
them meanwhile, it must end.
"""

import asyncio
import logging
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic

from bot.errors import SettingsError
from bot.settings import Settings
from bot.shards import Shards
from bot.storage.database import SCHEMA
from bot.storage.lock_session import CONNECT_SECONDS, SILENCE, LockSession, SessionLost
from index import lock_number

CONFIRM_SECONDS = 2.0
"""Seconds between two times that a leader confirms its session."""

BELIEVED = SILENCE - CONNECT_SECONDS - 3.0
"""Seconds since it was confirmed for which a session is believed to be there; the server ends it later than that."""

POLL_SECONDS = (4.0, 6.0)
"""Seconds between two tries to become the leader, at random, lest all try at once."""

CLAIM_SECONDS = SILENCE + 10.0
"""Seconds for which a start waits for its shards: the process that ran them may have just ended."""

logger = logging.getLogger(__name__)

Changed = Callable[[bool], None]
"""Is told that the process leads now, or no more."""


class Leadership:
    """Of a process that shares its database with no other: it always leads."""

    @property
    def is_leader(self) -> bool:
        """Whether this process leads now."""
        return True

    @property
    def problem(self) -> str:
        """What keeps this process from leading, beside that another one does; empty if nothing does."""
        return ""

    @property
    def displaced(self) -> str:
        """Why this process must end: another one has taken its shards meanwhile. Empty if it need not."""
        return ""

    def on_change(self, changed: Changed) -> None:
        """Have the running event loop call `changed` when that changes."""

    def close(self) -> None:
        """Lead no more."""


class SharedLeadership(Leadership):
    """Of a process that may be one of several."""

    def __init__(
        self,
        begin: Callable[[], LockSession],
        shards: Shards,
        schema: str = SCHEMA,
        *,
        claim_seconds: float = CLAIM_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Claim the shards and try to lead for the first time. `begin` begins a session. For worker threads.

        Raises SettingsError if the database cannot be reached, or if another process runs one of the shards.
        """
        self._begin = begin
        self._shards = shards
        self._schema = schema
        self._clock = clock
        self._leader = lock_number(schema, "leader")
        self._confirmed = float("-inf")
        """When the session was confirmed last, as long as this process leads."""
        self._was_leader = False
        self._listeners: list[Callable[[bool], object]] = []
        self._problem = ""
        self._displaced = ""
        self._former: set[int] = set()
        """The numbers of this process's sessions that have ended, which the server may not have noticed yet."""
        self._waking, self._woken = socket.socketpair()
        self._is_closed = False
        self._session: LockSession | None = None
        try:
            self._session = self._claimed(claim_seconds)
            self._try()
        except BaseException:
            self._lose()
            self._waking.close()
            self._woken.close()
            raise
        self._thread = threading.Thread(target=self._run, name="leadership", daemon=True)
        self._thread.start()

    @property
    def is_leader(self) -> bool:
        """Whether this process leads now: it held the lock a moment ago, and nobody can have got it since."""
        return self._clock() - self._confirmed < BELIEVED

    @property
    def problem(self) -> str:
        """What keeps this process from leading, beside that another one does; empty if nothing does."""
        return self._problem

    @property
    def displaced(self) -> str:
        """Why this process must end: another one has taken its shards meanwhile. Empty if it need not."""
        return self._displaced

    def on_change(self, changed: Changed) -> None:
        """Have the running event loop call `changed` when that changes."""
        loop = asyncio.get_running_loop()
        self._listeners.append(lambda leads: loop.call_soon_threadsafe(changed, leads))

    def close(self) -> None:
        """Lead no more, and let another process take over at once."""
        self._is_closed = True
        self._waking.close()
        self._thread.join(CONNECT_SECONDS * 2)
        self._lose()
        self._woken.close()

    def _run(self) -> None:
        while not self._is_closed:
            seconds = CONFIRM_SECONDS if self._was_leader else random.uniform(*POLL_SECONDS)
            if self._session:
                self._session.wait(seconds, self._woken)
            else:
                self._wait(seconds)
            if self._is_closed:
                return
            try:
                self._session = self._session or self._claimed(0)
                self._try()
            except SettingsError as error:
                self._lose()
                self._complain(error)
            except Exception:  # a thread that ended would never lead again
                self._lose()
                logger.exception("Whether this process leads could not be found out; that is tried again.")

    def _wait(self, seconds: float) -> None:
        self._woken.settimeout(seconds)
        try:
            self._woken.recv(1)
        except OSError:
            return

    def _try(self) -> None:
        """Take the lock, or confirm the session that holds it. Raises SessionLost."""
        session, asked = self._session, self._clock()
        assert session
        if self._was_leader:
            session.confirm()
        has_lock = self._was_leader or session.take(self._leader)
        if self._problem:
            logger.info("No longer so: %s", self._problem)
        self._problem = self._displaced = ""
        self._former.clear()
        if has_lock:
            self._confirmed = asked
            self._tell(leads=True)

    def _lose(self) -> None:
        """Lead no more, at once, and end the session."""
        self._confirmed = float("-inf")
        session, self._session = self._session, None
        if session:
            self._end(session)
        self._tell(leads=False)

    def _end(self, session: LockSession) -> None:
        """End a session, which gives back what it has taken, at the latest when the server notices."""
        self._former.add(session.number)
        session.end()

    def _tell(self, *, leads: bool) -> None:
        if leads == self._was_leader:
            return
        self._was_leader = leads
        logger.info("This process leads now." if leads else "This process leads no more.")
        for listener in self._listeners:
            with suppress(RuntimeError):  # its loop has ended
                listener(leads)

    def _complain(self, error: SettingsError) -> None:
        """Log what keeps this process from leading; that the database is away once, whatever the words."""
        if not self._problem or (str(error) != self._problem and not isinstance(error, SessionLost)):
            logger.error("This process cannot lead: %s", error)
        self._problem = str(error)

    def _claimed(self, patience: float) -> LockSession:
        """A session that holds the shards. Raises SettingsError if they cannot be had in so many seconds."""
        deadline = self._clock() + patience
        while True:
            session = self._begin()
            try:
                problem = self._claim(session)
                if problem and self._former and not session.has_any(self._former):
                    self._displaced = problem
            except SessionLost:
                self._end(session)
                raise
            if not problem:
                return session
            self._end(session)
            if self._clock() >= deadline:
                raise SettingsError(problem)
            self._wait(1.0)

    def _claim(self, session: LockSession) -> str:
        """Take the locks of all shards, or say why that cannot be. Raises SessionLost."""
        shards, schema = self._shards, self._schema
        alike, together = lock_number(schema, "shards of", str(shards.count)), lock_number(schema, "shards")
        session.take(alike, shared=True)  # before the other, which all have, so that those are never more of them
        if not session.take(together, shared=not shards.are_all):
            return _OTHERS_RUN if shards.are_all else _ONE_RUNS_ALL
        if session.holders(together) > session.holders(alike):
            return _ANOTHER_COUNT
        taken = [number for number in shards.ids if not session.take(lock_number(schema, "shard", str(number)))]
        return _TAKEN.format(Shards(shards.count, tuple(taken))) if taken else ""


_OTHERS_RUN = (
    "Another process answers on this database already; stop it, or give each its own SHARD_IDS, and all the same "
    "SHARD_COUNT."
)
_ONE_RUNS_ALL = "A process that runs all shards answers on this database; stop it, or give it SHARD_IDS of its own."
_ANOTHER_COUNT = "Another process runs with another SHARD_COUNT; stop all, and start them with the same."
_TAKEN = "Another process runs shard {} already; give each process its own SHARD_IDS."


def leadership_of(settings: Settings) -> Leadership:
    """The leadership of a process with these settings, which may be one of several. Raises SettingsError."""
    if settings.database_url is None:
        return Leadership()
    shards, url = settings.shards, settings.database_url.get_secret_value()
    return SharedLeadership(partial(LockSession.begin, url, f"pullquote: {shards.title}"), shards)
