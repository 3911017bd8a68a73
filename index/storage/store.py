"""The SQLite database of a library, which holds all its data: connections, transactions, and keeping the files small.

One update is one transaction, in write-ahead mode. Readers see the generation before it until it is complete; if the
process dies, that generation stays. SQLite's write lock keeps a second writer out; the file `holder` beside the
database only says who has the lock. When an update removes something, its text does not stay in the files: its rows are
overwritten at once; their copies in unused parts of pages go at once in a library of up to AT_ONCE_BYTES of text, and
in a larger one when `tidy` is called.
"""

import contextlib
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from index.errors import LibraryBusy, LibraryDamaged, LibraryError, Remedy
from index.private_files import close_to_others, make_private
from index.resources import shortage, sqlite_code
from index.storage.connections import CACHE_KIB, LOG_BYTES, Pool, connect
from index.storage.copying import copy_database
from index.storage.erasing import AT_ONCE_BYTES, can_shrink, empty_log, erase_traces, make_shrinkable, shrink
from index.storage.failures import explanation
from index.storage.reader import Reader
from index.storage.schema import NEWEST, bring_up, version_of
from index.storage.vectors import NAME, Stand
from index.storage.writer import Writer

T = TypeVar("T")

DATABASE = "library.sqlite3"
HOLDER = "holder"
PATIENCE_TO_OPEN = 10.0
"""How many seconds the opening of a library waits for another process that is creating it at the same time."""

PATIENCE_TO_EMPTY = 2.0
"""How many seconds an update waits at its end for readers of the write-ahead log: longer than a question takes."""

_WITHOUT_FORMER = (
    "DELETE FROM kept_articles",
    "DELETE FROM kept_generations",
    "DELETE FROM manifest WHERE key IN ('vectors', 'to_erase')",
)
"""Leaves out of a copy what is kept of earlier generations, and what is true only of the folder that it is from."""

logger = logging.getLogger(__name__)

OnEmptied = Callable[[int, Stand | None], None]
"""A callback with a generation that is complete, and its stand: nobody reads an earlier generation any more."""


class Store:
    """The database of one library. Many threads may use it at once, each with its own connection."""

    def __init__(self, folder: Path, on_emptied: OnEmptied = lambda _, __: None) -> None:
        """Open the database in `folder`, or create one there. Raises LibraryError.

        `on_emptied` is called when the write-ahead log was emptied after a removal.
        """
        self.folder = folder
        self._on_emptied = on_emptied
        self._file = folder / DATABASE
        self._connections = Pool(self._connect)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"The data folder {folder} cannot be used: {error.strerror or error}.") from error
        with contextlib.suppress(OSError):  # else SQLite says what is wrong
            make_private(self._file)  # SQLite gives the files beside it the same mode
        for beside in ("-wal", "-shm"):
            close_to_others(folder / f"{DATABASE}{beside}")
        with self._explained(), self._connections.lent() as connection:
            self._has_full_log = self._log_bytes() > 0
            self._empty_log(connection, patience=0)

    def close(self) -> None:
        """Close the files; those in use are closed when they are no longer used. The next use opens them again."""
        if self._has_full_log:
            with contextlib.suppress(sqlite3.Error), self._connections.lent() as connection:
                self._empty_log(connection, patience=0)
        self._connections.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open the last complete generation for reading. It does not change while it is open. Raises LibraryError."""
        with self._explained(), self._connections.lent() as connection:
            self._patiently(lambda: _begin_reading(connection), PATIENCE_TO_OPEN)
            try:
                yield Reader(connection)
            finally:
                connection.execute("ROLLBACK")
                self._empty_log(connection, patience=0)

    @contextlib.contextmanager
    def looking(self) -> Iterator[Reader]:
        """As `reading`, but over a connection of its own: no file stays open for it, also after `close`."""
        with self._explained(), contextlib.closing(self._connect()) as connection:
            self._patiently(lambda: _begin_reading(connection), PATIENCE_TO_OPEN)
            yield Reader(connection)

    @contextlib.contextmanager
    def writing(self, patience: float) -> Iterator[Writer]:
        """Begin a transaction. It is committed at the end of the `with` block, or rolled back if the block raises.

        It waits up to `patience` seconds for another writer, and then raises LibraryBusy. Other problems raise
        LibraryError.
        """
        with self._explained(), contextlib.closing(self._connect()) as connection:
            self._wait_for_lock(connection, patience)
            try:
                self._sign(f"process {os.getpid()} ({_program()}), since {datetime.now(UTC):%H:%M:%S} UTC")
                writer = Writer(connection)
                yield writer
                if writer.has_withdrawn:
                    self._erase(writer, at_once=writer.totals().text_bytes <= AT_ONCE_BYTES)
                self._sign(None)  # before the lock is released: afterwards the file may be the next writer's
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    self._sign(None)
                    connection.execute("ROLLBACK")
            self._tidy(connection, has_withdrawn=writer.has_withdrawn or writer.has_erased)

    def back_up(self, folder: Path) -> Path:
        """Write a copy of what is committed into another folder, as its owner's alone. Raises PullquoteError."""
        file = folder / DATABASE
        try:
            copy_database(self._file, file, _WITHOUT_FORMER)
        except OSError as error:
            raise shortage(error) or LibraryError(f"{file} cannot be written: {error.strerror or error}.") from error
        except sqlite3.Error as error:
            is_full = sqlite_code(error) == sqlite3.SQLITE_FULL
            raise explanation(error, file if is_full else self._file) from error
        return file

    def tidy(self, patience: float) -> None:
        """Erase the traces that updates have put off erasing, or that were killed before they came to it.

        It takes a second for each 80 MB of text. Raises as `writing` does.
        """
        with self.reading() as reader:
            is_put_off = reader.is_erasing_put_off()
        if is_put_off:
            with self.writing(patience) as writer:
                self._erase(writer, at_once=True)
                writer.has_erased = True
            return
        self._has_full_log = True
        with self._explained(), self._connections.lent() as connection:
            self._empty_log(connection, PATIENCE_TO_EMPTY)

    def _erase(self, writer: Writer, *, at_once: bool) -> None:
        """Erase traces of what was removed, or put that off; and give free space back to the disk."""
        if at_once:
            erase_traces(writer.connection)
        writer.put_off_erasing(put_off=not at_once)
        shrink(writer.connection)

    def _tidy(self, connection: sqlite3.Connection, *, has_withdrawn: bool) -> None:
        """Keep the files small after an update. If this fails, the update is still complete."""
        try:
            if has_withdrawn and not can_shrink(connection):
                make_shrinkable(connection)
        except sqlite3.Error as error:
            logger.warning("%s could not be made smaller (%s); the next removal tries again.", self._file, error)
        if has_withdrawn or self._log_bytes() > LOG_BYTES:
            self._has_full_log = True
        self._empty_log(connection, PATIENCE_TO_EMPTY)

    def _empty_log(self, connection: sqlite3.Connection, patience: float) -> None:
        """Empty the write-ahead log if that is due. If a reader prevents it, remember to try again."""
        if not self._has_full_log:
            return
        self._has_full_log = False  # reset it first: meanwhile an update in another thread may set it again
        try:
            generation, stand = _look(connection)
            emptied = empty_log(connection, patience)
        except sqlite3.Error:
            emptied = False
        if emptied:
            self._on_emptied(generation, stand)
        else:
            self._has_full_log = True

    def _log_bytes(self) -> int:
        try:
            return self._file.with_name(f"{DATABASE}-wal").stat().st_size
        except OSError:
            return 0

    def _wait_for_lock(self, connection: sqlite3.Connection, patience: float) -> None:
        """Take the write lock, in short attempts, so that Ctrl-C works between them."""
        self._patiently(lambda: connection.execute("BEGIN IMMEDIATE"), patience)

    def _patiently(self, action: Callable[[], T], patience: float) -> T:
        """Repeat `action` for up to `patience` seconds while another process blocks it. Then raise LibraryBusy."""
        deadline = time.monotonic() + patience
        while True:
            try:
                return action()
            except sqlite3.OperationalError as error:
                if sqlite_code(error) != sqlite3.SQLITE_BUSY:
                    raise
                if time.monotonic() >= deadline:
                    raise LibraryBusy(
                        f"The library in {self.folder} is being updated by {self._holder()}; try again when it is done."
                    ) from error
            time.sleep(0.05)

    def _sign(self, holder: str | None) -> None:
        """Write down who holds the lock, or that nobody does. It only helps others; if it fails, the work goes on."""
        with contextlib.suppress(OSError):
            if holder is None:
                (self.folder / HOLDER).unlink(missing_ok=True)
            else:
                (self.folder / HOLDER).write_text(holder)

    def _holder(self) -> str:
        try:
            return (self.folder / HOLDER).read_text()
        except OSError:
            return "another process"

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._file)
        try:
            self._patiently(lambda: connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}"), PATIENCE_TO_OPEN)
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Create the tables in a new database, migrate an older one, and refuse a newer one."""
        # Another process may be creating it now. While that switches to write-ahead mode, nobody can even read.
        version = self._patiently(lambda: version_of(connection), PATIENCE_TO_OPEN)
        if not version:
            if next(self.folder.glob(f"{NAME}.*"), None):
                raise LibraryDamaged(
                    f"{self._file} is empty although the library was in use",
                    Remedy.START_AFRESH,
                    folder=str(self.folder),
                )
            for setting in ("auto_vacuum = INCREMENTAL", "journal_mode = WAL"):  # in this order, or the first is lost
                self._patiently(partial(connection.execute, f"PRAGMA {setting}"), PATIENCE_TO_OPEN)
        if version < NEWEST:
            self._wait_for_lock(connection, PATIENCE_TO_OPEN)
            if version := version_of(connection):  # another process may have brought it up meanwhile
                logger.warning("The library in %s was made by an earlier version; it is brought up.", self.folder)
            bring_up(connection)
            shrink(connection)
            connection.execute("COMMIT")
            version = version_of(connection)
        if version > NEWEST:
            raise LibraryError(
                f"The library in {self.folder} has schema {version}, this Pullquote reads {NEWEST}", Remedy.UPGRADE
            )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into errors of the library, with a remedy."""
        try:
            yield
        except sqlite3.Error as error:
            raise explanation(error, self._file) from error


def _begin_reading(connection: sqlite3.Connection) -> None:
    """Begin a transaction that sees the database as it is now. The first query fixes that, not BEGIN."""
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _look(connection: sqlite3.Connection) -> tuple[int, Stand | None]:
    """The last complete generation, and what the files of its passage index hold."""
    _begin_reading(connection)
    try:
        reader = Reader(connection)
        return reader.read_generation(), reader.stand()
    finally:
        connection.execute("ROLLBACK")


def _program() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
