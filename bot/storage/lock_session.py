"""A connection of its own to the database that several processes share, whose locks end with it.

The server ends it if this process does, and also if it says nothing for SILENCE: then it hangs, or the network between
them is cut. So nothing that is locked here stays locked for longer than that.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from bot.errors import SettingsError

if TYPE_CHECKING:
    import psycopg

    from bot.storage.postgres_failures import Failures

SILENCE = 18
"""Seconds of silence after which the server ends a session. Whoever holds a lock must speak more often."""

CONNECT_SECONDS = 5
"""Seconds that are given to a connection, and to an answer."""

_CONNECTING: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "target_session_attrs": "read-write",
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
"""How to connect where the address does not say otherwise: a dead server is noticed, and a standby is refused."""

_SPEAKING = {
    "idle_session_timeout": f"{SILENCE}s",
    "idle_in_transaction_session_timeout": f"{SILENCE}s",
    "statement_timeout": f"{CONNECT_SECONDS}s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": f"{SILENCE * 1000}",
}
"""What the server is told of the session: to end it when this process is gone or says nothing."""


class SessionLost(SettingsError):
    """The session cannot be begun, or has ended, and its locks with it."""


class LockSession:
    """A session and its locks. For one worker thread at a time."""

    def __init__(self, connection: psycopg.Connection, failures: Failures) -> None:
        self._connection = connection
        self._failures = failures
        self.number = connection.info.backend_pid
        """What the server knows this session by."""

    @classmethod
    def begin(cls, url: str, name: str) -> Self:
        """Begin a session; `name` is what the server's administrators see. Raises SessionLost, and SettingsError."""
        try:
            import psycopg
            from psycopg.conninfo import conninfo_to_dict

            from bot.storage.postgres_failures import Failures
        except ImportError as error:
            raise SettingsError(f'DATABASE_URL takes a driver ({error}); run: pip install -e ".[postgres]"') from error
        failures = Failures(url, 1)
        try:
            given = _CONNECTING | conninfo_to_dict(url) | {"application_name": name}
            session = cls(psycopg.connect(autocommit=True, **given), failures)
        except psycopg.Error as error:
            raise _lost(error, failures) from error
        try:
            session._ask("SELECT " + ", ".join(["set_config(%s, %s, false)"] * len(_SPEAKING)), *_flat(_SPEAKING))
        except SessionLost:
            session.end()
            raise
        return session

    def take(self, number: int, *, shared: bool = False) -> bool:
        """Take a lock at once, with `shared` together with others that do. Returns whether it could be taken.

        What is taken again must be given back as often. Raises SessionLost.
        """
        function = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
        return bool(self._ask(f"SELECT {function}(%s)", number))

    def give_back(self, number: int, *, shared: bool = False) -> None:
        """Give a lock back. Raises SessionLost."""
        self._ask("SELECT pg_advisory_unlock_shared(%s)" if shared else "SELECT pg_advisory_unlock(%s)", number)

    def holders(self, number: int) -> int:
        """How many sessions hold that lock. Raises SessionLost."""
        held = self._ask(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND (classid::bigint << 32 | objid::bigint) = %s",
            number,
        )
        return int(held)

    def has_any(self, numbers: Collection[int]) -> bool:
        """Whether the server has any session with one of these numbers. Raises SessionLost."""
        return bool(self._ask("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ANY(%s))", [*numbers]))

    def confirm(self) -> None:
        """Make sure that the session is there. Raises SessionLost."""
        self._ask("SELECT 1")

    def wait(self, seconds: float, until: socket.socket) -> None:
        """Wait so long, or until something comes in at `until`, or the session ends."""
        with selectors.DefaultSelector() as selector:
            with suppress(OSError, ValueError, KeyError):  # the connection is closed, as `confirm` finds out
                selector.register(self._connection.fileno(), selectors.EVENT_READ)
            selector.register(until, selectors.EVENT_READ)
            selector.select(seconds)

    def end(self) -> None:
        """End the session, which gives back all that it has taken."""
        self._connection.close()

    def _ask(self, query: str, *values: object) -> Any:  # noqa: ANN401 - what the query gives
        import psycopg

        try:
            row = self._connection.execute(query, values).fetchone()
        except psycopg.Error as error:
            raise _lost(error, self._failures) from error
        return row[0] if row else None


def _flat(settings: dict[str, str]) -> list[str]:
    return [text for pair in settings.items() for text in pair]


def _lost(error: psycopg.Error, failures: Failures) -> SessionLost:
    """What to say of a session that is lost, which names the server and no password."""
    if "read-only" in str(error):  # no code says so before there is a session
        return SessionLost(str(failures.read_only()))
    return SessionLost(str(failures.of(error) or error))
