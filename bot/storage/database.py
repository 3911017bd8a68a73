"""The bot's own database: one SQLite file in the data folder, and the key that hides who the people in it are.

It holds what readers asked, so only its owner may read it.
"""

import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import SettingsError
from bot.storage.private_files import close_to_others, make_private
from index import shortage

DATABASE, KEY = "records.sqlite3", "records.key"
"""Files in the data folder."""

KEY_BYTES = 32

_VERSIONS = (
    """
CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    server INTEGER,
    channel INTEGER,
    message INTEGER UNIQUE,
    asker BLOB NOT NULL,
    question TEXT NOT NULL,
    answered INTEGER NOT NULL,
    confidence REAL NOT NULL,
    quotes TEXT NOT NULL,
    closest TEXT NOT NULL
) STRICT;
CREATE INDEX answers_by_time ON answers (at);
CREATE INDEX answers_by_channel ON answers (channel, at);
CREATE TABLE votes (
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    voter BLOB NOT NULL,
    up INTEGER NOT NULL,
    PRIMARY KEY (answer, voter)
) STRICT, WITHOUT ROWID;
CREATE TABLE ask_channels (channel INTEGER PRIMARY KEY, server INTEGER NOT NULL) STRICT;
CREATE TABLE left_servers (server INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;
""",
    """
ALTER TABLE answers ADD COLUMN sealed_channel BLOB;
ALTER TABLE answers ADD COLUMN marks TEXT NOT NULL DEFAULT '[]';
CREATE TABLE server_settings (
    server INTEGER PRIMARY KEY,
    admin_role INTEGER,
    threshold REAL,
    refresh_hours REAL,
    log_channel INTEGER
) STRICT;
CREATE TABLE jobs (
    server INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    channel INTEGER NOT NULL,
    message INTEGER NOT NULL,
    work TEXT NOT NULL
) STRICT;
CREATE TABLE undos (id TEXT PRIMARY KEY, server INTEGER NOT NULL, at TEXT NOT NULL, work TEXT NOT NULL) STRICT;
""",
    """
ALTER TABLE undos RENAME TO pending;
ALTER TABLE pending ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE pending SET kind = (SELECT key FROM json_each(work)), work = (SELECT value FROM json_each(work));
""",
    """
ALTER TABLE answers ADD COLUMN outcome TEXT;
""",
)
"""What each version of the schema adds to the one before. Version n is the first n of them."""

SERVER_TABLES = ("answers", "ask_channels", "left_servers", "server_settings", "jobs", "pending")
"""The tables whose rows belong to a server."""


class Database:
    """One connection that threads use in turn. For worker threads, since it reads and writes files."""

    def __init__(self, folder: Path) -> None:
        """Open the database in `folder`, or make it.

        Raises SettingsError where the folder cannot be used, and OutOfResources.
        """
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.key = _key_in(folder / KEY)
            make_private(folder / DATABASE)  # SQLite gives its -wal and -shm files the same mode
            for beside in ("-wal", "-shm"):
                close_to_others(folder / f"{DATABASE}{beside}")
            self._connection = sqlite3.connect(folder / DATABASE, check_same_thread=False, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            # secure_delete overwrites deleted rows, which would otherwise stay readable in the file.
            self._connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
            )
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(_VERSIONS):
                self._connection.close()
                raise SettingsError(
                    f"The records in {folder} are of version {version}, this Pullquote reads {len(_VERSIONS)}; upgrade "
                    "Pullquote, or use another data folder with --data."
                )
            for number, added in enumerate(_VERSIONS[version:], version + 1):
                self._connection.executescript(f"BEGIN; {added} PRAGMA user_version = {number}; COMMIT;")
        except (OSError, sqlite3.Error) as error:
            raise shortage(error) or SettingsError(
                f"The records in {folder} cannot be opened ({error}); make it writable, or move {DATABASE} away."
            ) from error

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._connection.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows that a query finds."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row that a query finds, if any."""
        return next(iter(self.rows(query, *values)), None)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the body, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def overwrite(self) -> None:
        """Remove deleted rows from SQLite's write-ahead log, too."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _key_in(file: Path) -> bytes:
    """The key in `file`, made on first use and readable by its owner alone."""
    key = file.read_bytes() if file.exists() else b""
    if len(key) == KEY_BYTES:
        close_to_others(file)
        return key
    handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")  # which its owner alone can read
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))
    os.replace(fresh, file)  # a crash before this leaves no half a key
    return file.read_bytes()
