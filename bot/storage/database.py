"""The bot's own database: one SQLite file in the data folder, and the key that hides who asked, and what.

Only the owner of the two files may read them.
"""

import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import SettingsError
from bot.storage.sealing import Sealer
from index import check_connection, close_to_others, copy_database, is_damage, make_private, shortage, sqlite_code

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
    # `asked` is the message that asked; `seal` tells whether the key is the one that the questions are sealed under.
    """
ALTER TABLE answers ADD COLUMN asked INTEGER;
CREATE INDEX answers_by_question ON answers (asked) WHERE asked IS NOT NULL;
ALTER TABLE answers ADD COLUMN sealed_question BLOB NOT NULL DEFAULT x'';
CREATE TABLE seal (sealed BLOB NOT NULL) STRICT;
""",
    """
ALTER TABLE server_settings ADD COLUMN language TEXT;
ALTER TABLE answers ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
""",
    """
ALTER TABLE server_settings ADD COLUMN digest INTEGER;
CREATE TABLE digests (server INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;
""",
    # What sites say of their pages. A server of NULL is the base library; `subject` is a page's addresses, or a source.
    """
CREATE TABLE webhooks (
    server INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    server INTEGER,
    subject TEXT NOT NULL,
    gone INTEGER NOT NULL,
    at TEXT NOT NULL,
    due TEXT NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX inbox_once ON inbox (ifnull(server, 0), subject);
CREATE TABLE webhook_signatures (digest BLOB PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY,
    server INTEGER,
    source TEXT NOT NULL,
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL,
    due TEXT NOT NULL,
    until TEXT,
    failures INTEGER NOT NULL,
    problem TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX subscriptions_once ON subscriptions (ifnull(server, 0), source);
""",
    # What editors chose; a server of NULL is the operator's choice for all. `kept_digest` is as in `answers.quotes`.
    """
CREATE TABLE pins (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER,
    at TEXT NOT NULL,
    sealed_question BLOB NOT NULL,
    article TEXT NOT NULL,
    digest TEXT NOT NULL,
    lapsed INTEGER NOT NULL DEFAULT 0,
    removed TEXT
) STRICT;
CREATE INDEX pins_by_server ON pins (server);
CREATE TABLE bans (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER,
    at TEXT NOT NULL,
    article TEXT NOT NULL,
    digest TEXT NOT NULL,
    kept_digest TEXT NOT NULL,
    removed TEXT
) STRICT;
CREATE INDEX bans_by_server ON bans (server);
ALTER TABLE answers ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0;
""",
    # What was corrected or withdrawn (`corrections.py`). A server of NULL is the base library.
    """
CREATE TABLE corrections (
    id TEXT PRIMARY KEY,
    server INTEGER,
    article TEXT NOT NULL,
    fate TEXT NOT NULL,
    at TEXT NOT NULL,
    former BLOB NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    rewordings TEXT NOT NULL,
    further INTEGER NOT NULL,
    digests TEXT NOT NULL,
    taken_back INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX corrections_by_time ON corrections (server, at);
CREATE TABLE correction_edits (
    correction TEXT NOT NULL REFERENCES corrections (id) ON DELETE CASCADE,
    server INTEGER NOT NULL,
    edited INTEGER NOT NULL,
    PRIMARY KEY (correction, server)
) STRICT, WITHOUT ROWID;
CREATE TABLE correction_posts (
    correction TEXT NOT NULL REFERENCES corrections (id) ON DELETE CASCADE,
    server INTEGER NOT NULL,
    at TEXT NOT NULL,
    channel INTEGER NOT NULL,
    message INTEGER,
    PRIMARY KEY (correction, server)
) STRICT, WITHOUT ROWID;
CREATE TABLE correction_channels (server INTEGER PRIMARY KEY, channel INTEGER NOT NULL, since TEXT NOT NULL) STRICT;
""",
    # Who waits for the answer to a question that found none; `sealed` tells who and where. `waiter` is an HMAC, as
    # `asker` is. `due` says that it must be asked again; `telling` is the answer that is just being told.
    """
ALTER TABLE answers ADD COLUMN frame TEXT NOT NULL DEFAULT '{}';
CREATE TABLE waiting (
    id TEXT PRIMARY KEY,
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    waiter BLOB NOT NULL,
    sealed BLOB NOT NULL,
    direct INTEGER NOT NULL,
    due INTEGER NOT NULL DEFAULT 1,
    telling TEXT,
    UNIQUE (answer, waiter)
) STRICT;
CREATE TABLE looked_through (server INTEGER, passage INTEGER NOT NULL, at TEXT NOT NULL) STRICT;
""",
    # How the refreshes of the base library go (`refresh_state.py`).
    """
CREATE TABLE refresh_state (state TEXT NOT NULL) STRICT;
""",
    """
ALTER TABLE server_settings ADD COLUMN opinion_sections TEXT;
""",
)
"""What each version of the schema adds to the one before. Version n is the first n of them."""


def _seal_questions(connection: sqlite3.Connection, sealer: Sealer) -> None:
    """Put the sealed questions in place of those that can be read."""
    rows = connection.execute("SELECT id, question FROM answers").fetchall()
    connection.executemany(
        "UPDATE answers SET sealed_question = ? WHERE id = ?",
        [(sealer.seal(question, answer_id), answer_id) for answer_id, question in rows],
    )
    connection.execute("ALTER TABLE answers DROP COLUMN question")


_MOVES: dict[int, Callable[[sqlite3.Connection, Sealer], None]] = {5: _seal_questions}
"""What moves the rows to the schema of a version, after its statements."""

NEWEST = len(_VERSIONS)

_OUT_OF_REACH = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}  # fmt: skip
"""SQLite's codes for a file that cannot be used as things are."""

_WITHOUT_PASSING = (
    "DELETE FROM pending",
    "DELETE FROM pins WHERE removed IS NOT NULL",
    "DELETE FROM bans WHERE removed IS NOT NULL",
    "DELETE FROM webhook_signatures",
)
"""Leaves out of a backup what is kept for an hour only, or less."""

SERVER_TABLES = (
    "answers", "ask_channels", "left_servers", "server_settings", "jobs", "pending", "digests",
    "webhooks", "inbox", "subscriptions", "pins", "bans",
    "corrections", "correction_edits", "correction_posts", "correction_channels", "looked_through",
)  # fmt: skip
"""The tables whose rows belong to a server."""


class Database:
    """One connection that threads use in turn. For worker threads, since it reads and writes files."""

    def __init__(self, folder: Path, *, renew_seal: bool = False) -> None:
        """Open the database in `folder`, or make it.

        With `renew_seal`, answers that are sealed under another key than the one in the folder are forgotten; the rest
        is kept. Without it, they raise SettingsError, as does a folder that cannot be used. Raises OutOfResources, too.
        """
        self._lock = threading.RLock()
        self._file = folder / DATABASE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.key = _key_in(folder / KEY)
            self.sealer = Sealer(self.key)
            make_private(folder / DATABASE)  # SQLite gives its -wal and -shm files the same mode
            for beside in ("-wal", "-shm"):
                close_to_others(folder / f"{DATABASE}{beside}")
            self._connection = sqlite3.connect(folder / DATABASE, check_same_thread=False, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            self._connection.text_factory = _text
            try:
                self._prepare(folder)
                self._check_seal(folder, renew=renew_seal)
            except BaseException:
                self._connection.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise (
                shortage(error)
                or self._damage(error)
                or SettingsError(
                    f"The records in {folder} cannot be opened ({error}); make it writable, or move {DATABASE} away."
                )
            ) from error

    def _prepare(self, folder: Path) -> None:
        """Set the connection up, and bring the tables to the newest version."""
        run = self._connection.execute
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA secure_delete = ON")  # deleted rows would otherwise stay readable in the file
        run("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table, or it takes a VACUUM
        run("PRAGMA journal_mode = WAL")
        with self.writing():
            version = run("PRAGMA user_version").fetchone()[0]
            if version > NEWEST:
                raise SettingsError(
                    f"The records in {folder} are of version {version}, this Pullquote reads {NEWEST}; upgrade "
                    "Pullquote, or use another data folder with --data."
                )
            for number, added in enumerate(_VERSIONS[version:], version + 1):
                for statement in added.split(";\n"):
                    run(statement)
                if move := _MOVES.get(number):
                    move(self._connection, self.sealer)
            if version < NEWEST:
                run(f"PRAGMA user_version = {NEWEST}")
        if not run("PRAGMA auto_vacuum").fetchone()[0]:  # made before version 5
            with suppress(sqlite3.OperationalError):  # another process reads it; the next start tries again
                run("PRAGMA auto_vacuum = INCREMENTAL")
                run("VACUUM")  # which leaves no trace of the questions, either
                self.overwrite()

    def _check_seal(self, folder: Path, *, renew: bool) -> None:
        """See whether the key is the one that the questions are sealed under. Raises SettingsError."""
        sealed = self.row("SELECT sealed FROM seal")
        if sealed and self.sealer.unseal(sealed[0], DATABASE) is not None:
            return
        if sealed and not renew:
            raise SettingsError(
                f"The questions in {folder / DATABASE} are sealed under another key than the one in {KEY}; put the "
                f"file {KEY} that belongs to them back, or run `pullquote doctor --mend`, which forgets all answers."
            )
        with self.writing() as connection:
            if sealed:
                connection.execute("DELETE FROM answers")
                connection.execute("DELETE FROM pins")  # their questions are sealed, too
                connection.execute("DELETE FROM seal")
            connection.execute("INSERT INTO seal VALUES (?)", (self.sealer.seal("", DATABASE),))
        if sealed:
            self.overwrite()

    def back_up(self, folder: Path) -> tuple[Path, Path]:
        """Write a copy of the database and its key into another folder, readable for their owner alone.

        It holds neither what is kept for an hour only nor anything that was deleted. Raises OutOfResources and
        SettingsError. Returns the two files.
        """
        database, key = folder / DATABASE, folder / KEY
        try:
            copy_database(self._file, database, _WITHOUT_PASSING)
            make_private(key)
            key.write_bytes(self.key)
        except (OSError, sqlite3.Error) as error:
            raise shortage(error) or SettingsError(
                f"The records in {self._file.parent} cannot be copied ({error}); free some space, or run `pullquote "
                "doctor`."
            ) from error
        return database, key

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._connection.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows that a query finds. Raises OutOfResources and SettingsError, as the others do."""
        with self._lock, self._explained():
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row that a query finds, if any."""
        return next(iter(self.rows(query, *values)), None)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the body, or nothing."""
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:  # after some errors, SQLite has rolled back by itself
                    self._connection.execute("ROLLBACK")

    def overwrite(self) -> None:
        """Remove deleted rows from SQLite's write-ahead log, too, and give their space back to the disk."""
        with self._lock, self._explained():
            self._connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")

    def check(self) -> None:
        """Read all of it. Raises SettingsError if it is damaged."""
        with self._lock, self._explained():
            check_connection(self._connection)

    def damaged(self, why: str) -> SettingsError:
        """What to say of a row that holds what was never written there."""
        error = sqlite3.DatabaseError(why)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        found = self._damage(error)
        assert found is not None
        return found

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Explain the errors that come from the file and not from a query."""
        try:
            yield
        except sqlite3.Error as error:
            if known := shortage(error) or self._damage(error):
                raise known from error
            if sqlite_code(error) in _OUT_OF_REACH:
                raise SettingsError(
                    f"The records in {self._file.parent} cannot be used ({error}); see whether its disk works and can "
                    "be written to."
                ) from error
            raise

    def _damage(self, error: Exception) -> SettingsError | None:
        """What to say if SQLite finds that the file is damaged."""
        if not is_damage(error):
            return None
        return SettingsError(
            f"{self._file} is damaged ({error}); move it away to begin with new records, or move {self._file.parent} "
            "away and put a backup back with `pullquote restore`."
        )


def _text(stored: bytes) -> str:
    """A text as it is stored. A damaged one may be no UTF-8, and must not keep the rest of its row from being read."""
    return stored.decode(errors="surrogateescape")


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
