"""The records as one SQLite file in the data folder, and the key that hides who asked, and what, in another.

Only the owner of the two files may read them.
"""

import json
import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from bot.errors import SettingsError
from bot.storage.database import DATABASE, KEY, KEY_BYTES, Database, Row, Transaction
from bot.storage.schema import NEVER_AGAIN, NEWEST, NUMBERED, VERSIONS
from bot.storage.sealing import Sealer
from index import check_connection, close_to_others, copy_database, is_damage, make_private, shortage, sqlite_code


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


class SqliteDatabase(Database):
    """One connection that threads use in turn."""

    def __init__(self, folder: Path, *, renew_seal: bool = False, key: bytes | None = None) -> None:
        """Open the database in `folder`, or make it. With a `key`, that one takes the place of the one there.

        With `renew_seal`, answers that are sealed under another key than the one in the folder are forgotten; the rest
        is kept. Without it, they raise SettingsError, as does a folder that cannot be used. Raises OutOfResources, too.
        """
        self._lock = threading.RLock()
        self._file = folder / DATABASE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if key is not None:
                _write_key(folder / KEY, key)
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
                self._check_seal(str(folder / DATABASE), KEY, renew=renew_seal)
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
            for number, added in enumerate(VERSIONS[version:], version + 1):
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

    def rows(self, query: str, *values: object) -> list[Row]:
        """All rows that a query finds."""
        with self._lock, self._explained():
            found: list[Row] = self._connection.execute(_spelt(query), _bound(values)).fetchall()
            return found

    @contextmanager
    def writing(self) -> Iterator["_Transaction"]:
        """One transaction: all of the body, or nothing."""
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield _Transaction(self._connection)
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:  # after some errors, SQLite has rolled back by itself
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One transaction that only reads. Threads that share this connection wait; processes do not."""
        with self._lock, self._explained():
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                if self._connection.in_transaction:
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

    def last_number(self, table: str) -> int:
        """The last number that a row of that table had, as far as it is known."""
        if table in NEVER_AGAIN:
            row = self.row("SELECT seq FROM sqlite_sequence WHERE name = ?", table)
        else:
            row = self.row(f"SELECT coalesce(max({NUMBERED[table]}), 0) FROM {table}")
        return int(row[0]) if row else 0

    def number_after(self, transaction: Transaction, table: str, number: int) -> None:
        """Keep the last number, where it is kept: elsewhere the largest one that is there counts."""
        if table in NEVER_AGAIN and number:
            transaction.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            transaction.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, number))

    def items(self, array: str, *, tolerant: bool = False) -> str:
        """The items of an array."""
        if tolerant:
            array = f"CASE WHEN json_valid({array}) THEN {array} ELSE '[]' END"
        return f"json_each({array})"

    def field(self, item: str, name: str, *, number: bool = False) -> str:
        """A field of an object."""
        return f"json_extract({item}, '$.{name}')"

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


class _Transaction:
    """The statements of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, query: str, values: Sequence[object] = (), /) -> sqlite3.Cursor:
        """Run a statement."""
        return self._connection.execute(_spelt(query), _bound(values))

    def executemany(self, query: str, rows: Iterable[Sequence[object]], /) -> sqlite3.Cursor:
        """Run a statement for each of `rows`."""
        return self._connection.executemany(_spelt(query), map(_bound, rows))


@lru_cache(1000)
def _spelt(query: str) -> str:
    """A query as SQLite spells it."""
    return query.replace(" IN ?", " IN (SELECT value FROM json_each(?))")


def _bound(values: Iterable[object]) -> tuple[object, ...]:
    """Values as SQLite takes them: a list in JSON."""
    return tuple(json.dumps(value) if isinstance(value, list) else value for value in values)


def _text(stored: bytes) -> str:
    """A text as it is stored. A damaged one may be no UTF-8, and must not keep the rest of its row from being read."""
    return stored.decode(errors="surrogateescape")


def _key_in(file: Path) -> bytes:
    """The key in `file`, made on first use and readable by its owner alone."""
    key = file.read_bytes() if file.exists() else b""
    if len(key) == KEY_BYTES:
        close_to_others(file)
        return key
    _write_key(file, secrets.token_bytes(KEY_BYTES))
    return file.read_bytes()


def _write_key(file: Path, key: bytes) -> None:
    handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")  # which its owner alone can read
    with os.fdopen(handle, "wb") as stream:
        stream.write(key)
    os.replace(fresh, file)  # a crash before this leaves no half a key
