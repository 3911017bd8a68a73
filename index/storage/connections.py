"""Connections to a SQLite database: their settings, and a pool that threads share."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

CACHE_KIB = 32 * 1024
BUSY_MS = 200
"""How long SQLite itself waits for a lock. Code that waits longer tries again, so that Ctrl-C works in between."""

LOG_BYTES = 4 << 20
"""The size at which the write-ahead log is emptied: about as large as SQLite lets it grow between checkpoints."""

IDLE = 2
"""How many idle connections are kept. Each keeps two files open, in addition to one that they share."""


def connect(file: Path) -> sqlite3.Connection:
    """Connect to `file`, which is created if necessary. One thread at a time may use it. Raises sqlite3.Error."""
    connection = sqlite3.connect(file, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = OFF")  # `erase` deletes and refills tables that others refer to
    connection.execute("PRAGMA secure_delete = ON")  # overwrite deleted rows instead of leaving them in the file
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    return connection


class Pool:
    """A pool of connections, each lent to one thread at a time. It keeps at most IDLE of them, none after `close`."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` makes a new connection if no idle one is there."""
        self._connect = connect
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = True

    @contextlib.contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for the `with` block. Raises what `connect` raises."""
        with self._lock:
            self._closed = False
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._connect()
        try:
            yield connection
        finally:
            with self._lock:
                keep = not self._closed and len(self._idle) < IDLE
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    def close(self) -> None:
        """Close the idle connections now, and the lent ones when they come back. The next use opens new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._closed = True
        for connection in idle:
            connection.close()
