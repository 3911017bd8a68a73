"""Erases removed articles from the files of a library, and makes the files smaller.

SQLite alone would leave traces in three places. The full-text index only notes that terms are gone, and keeps them
until it is merged. SQLite overwrites deleted rows, but not the copies that stayed in the unused part of a page when
rows moved from page to page. And the write-ahead log keeps the old pages until it is emptied.
"""

import sqlite3
import time

from index.storage.connections import BUSY_MS

_TABLES_OF_WORDS = (
    "articles", "passage_terms_content", "passage_terms_data", "passage_terms_idx", "sources", "source_pages",
)  # fmt: skip


def erase(connection: sqlite3.Connection) -> None:
    """Erase from the database what its transaction deleted or replaced, and give the free space back to the disk.

    It merges the full-text index, and copies all tables with words to fresh pages, which start zeroed. The cost depends
    on the amount of text, not on the vectors: 3 s for 12,000 articles in 100,000 passages on a busy machine. Rewriting
    the whole file would take four times as long and ten times the space. From SQLite 3.42 on, FTS5 has an option to
    erase terms at once, but earlier versions cannot read such a file.
    """
    connection.execute("INSERT INTO passage_terms (passage_terms) VALUES ('optimize')")
    for table in _TABLES_OF_WORDS:
        connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM main.{table}")
        connection.execute(f"DELETE FROM main.{table}")
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM temp.kept")
        connection.execute("DROP TABLE temp.kept")
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
