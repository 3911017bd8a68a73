"""What was taken out of a library is gone from its files, which get smaller by it.

SQLite alone leaves it in three places. Its full text notes that terms are gone, and keeps them until it is merged. It
overwrites what is deleted, but no copies that stayed in the unused part of a page when rows moved from page to page.
And what it overwrites stands in the write-ahead log until that is emptied.
"""

import sqlite3
import time

from index.storage.connections import BUSY_MS

_TABLES_OF_WORDS = (
    "articles", "passage_terms_content", "passage_terms_data", "passage_terms_idx", "sources", "source_pages",
)  # fmt: skip


def erase(connection: sqlite3.Connection) -> None:
    """Leave nothing in the database of what its transaction deleted or replaced, and give the room back to the disk.

    Merges the full text, and moves all that holds words to pages without a past, which come zeroed: the cost follows
    how much text there is, not how many vectors. 3 s for 12,000 articles in 100,000 passages, on a busy machine; to
    write the whole file anew takes four times as long, and ten times the room. FTS5 has an option to erase terms at
    once, from SQLite 3.42 on; it makes a file that earlier ones cannot read.
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
    """Whether the file can give pages back: not that of a library from before version 2."""
    return bool(connection.execute("PRAGMA auto_vacuum").fetchone()[0])


def make_shrinkable(connection: sqlite3.Connection) -> None:
    """Write the file anew, so that it can give pages back, and is rid of all that was ever deleted from it.

    Takes 14 s for 100,000 passages. Raises sqlite3.Error, with the file as it was.
    """
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("VACUUM")


def empty_log(connection: sqlite3.Connection, patience: float) -> bool:
    """Put what is in the write-ahead log into the database and cut the log to nothing; whether that was done.

    Whoever reads from the log stands in the way; they are waited for up to `patience` seconds. Who begins to read
    meanwhile finds all in the database and is in nobody's way. Raises sqlite3.Error.
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
