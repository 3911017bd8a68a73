"""Copies a SQLite database while others read and write it, and checks a copy."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from index.private_files import make_private


def copy_database(source: Path, target: Path, changes: Iterable[str] = ()) -> None:
    """Write what is committed in `source` to the new file `target`, which its owner alone can read, and check it.

    `changes` are statements that are run on the copy. Nothing that was ever deleted is left in it. Raises
    sqlite3.Error, also if `source` is damaged, and OSError.
    """
    make_private(target)
    with closing(_connect(source, "rw")) as origin, closing(_connect(target, "rw")) as copy:
        origin.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        for change in changes:
            copy.execute(change)
        copy.execute("VACUUM")  # free pages and the unused parts of others may hold what was deleted
        check_connection(copy)
        copy.execute("PRAGMA journal_mode = WAL")


def check_database(file: Path) -> None:
    """Raise sqlite3.Error if the database in `file` is damaged."""
    with closing(_connect(file, "ro")) as connection:
        check_connection(connection)


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    """Connect to a file that must be there."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def check_connection(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.Error if the database that is connected is damaged."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        error = sqlite3.DatabaseError(" ".join(str(found).split()))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
