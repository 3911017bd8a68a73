"""Erases removed articles from the files of a library, and makes the files smaller.

SQLite overwrites deleted rows, but not the copies that stayed in the unused part of a page when rows moved from page to
page. And the write-ahead log keeps the old pages until it is emptied. (The full-text index holds numbers, no words.)
"""

import sqlite3
import time

from index.storage.connections import BUSY_MS

_TABLES_OF_WORDS = ("articles", "texts", "sources", "source_pages", "kept_articles")

AT_ONCE_BYTES = 16 << 20
"""The bytes of text up to which an update that removes something erases its traces at once: in some 0.2 s."""


def erase_traces(connection: sqlite3.Connection) -> None:
    """Erase every trace of what was deleted or replaced: copy all tables with words to fresh pages, which start zeroed.

    The cost depends on the amount of text. Rewriting the whole file would take ten times as long and ten times the
    space.
    """
    for table in _TABLES_OF_WORDS:
        connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM main.{table}")
        connection.execute(f"DELETE FROM main.{table}")
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM temp.kept")
        connection.execute("DROP TABLE temp.kept")


def shrink(connection: sqlite3.Connection) -> None:
    """Give the free space in the file back to the disk."""
    for _ in range(connection.execute("PRAGMA freelist_count").fetchone()[0]):
        connection.execute("PRAGMA incremental_vacuum(1)")  # a page a call, however many are asked for


def can_shrink(connection: sqlite3.Connection) -> bool:
    """Whether the file can give free pages back. Files made with schema version 1 cannot, until `make_shrinkable`."""
    return bool(connection.execute("PRAGMA auto_vacuum").fetchone()[0])


def make_shrinkable(connection: sqlite3.Connection) -> None:
    """Rewrite the file. Then it can give free pages back, and has no trace of anything that was ever deleted.

    It takes 14 s for 100,000 passages. Raises sqlite3.Error; the file is then unchanged.
    """
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("VACUUM")


def empty_log(connection: sqlite3.Connection, patience: float) -> bool:
    """Move the contents of the write-ahead log into the database and truncate the log. Returns whether that was done.

    Readers of the log prevent it; it waits for them up to `patience` seconds. Readers that begin meanwhile find
    everything in the database, so they do not prevent it. Raises sqlite3.Error.
    """
    deadline = time.monotonic() + patience
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        return True
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
