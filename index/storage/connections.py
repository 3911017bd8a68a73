"""Connections to a SQLite database: how they are set, and how threads share them."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

CACHE_KIB = 32 * 1024
BUSY_MS = 200
"""For how long SQLite itself waits for a lock; whoever waits longer tries again, so that Ctrl-C is heard in between."""

LOG_BYTES = 4 << 20
"""To how much the write-ahead log may grow before it is emptied: about what SQLite lets it have between checkpoints."""

IDLE = 2
"""How many connections wait to be used again. Each keeps two files open, beside one that they share."""


def connect(file: Path) -> sqlite3.Connection:
    """A connection to `file`, which it makes if need be, for one thread at a time. Raises sqlite3.Error."""
    connection = sqlite3.connect(file, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = OFF")  # tables that others refer to are rewritten, row for row
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not left in the file
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    return connection


class Pool:
    """Connections that are lent to one thread at a time. Few of them wait for the next, and none after `close`."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` makes one where none is waiting."""
        self._connect = connect
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = True

    @contextlib.contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else has meanwhile. Raises what `connect` raises."""
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
        """Close those that wait, and those that are lent when they come back. The next use opens new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._closed = True
        for connection in idle:
            connection.close()
