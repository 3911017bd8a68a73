"""A library in a PostgreSQL database, which many processes share."""

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import errors, sql

from index.errors import LibraryBusy, LibraryError, LibraryUnreachable
from index.storage.embedded import EmbeddedStorage
from index.storage.hidden import HiddenCache
from index.storage.postgres import libraries
from index.storage.postgres.connections import Connections, Link
from index.storage.postgres.editions import PostgresEditions
from index.storage.postgres.examining import examine
from index.storage.postgres.failures import is_lost
from index.storage.postgres.locks import SOMEBODY, holders, lock_number
from index.storage.postgres.own import drop_left_tables
from index.storage.postgres.snapshot import PostgresSnapshot
from index.storage.postgres.writer import Writer
from index.storage.seam import DeriveAnew
from index.storage.store import DATABASE
from index.storage.transfer import copy_library
from index.storage.types import Examination

_TABLES_OF_WORDS = ("articles", "kept_articles", "sources", "source_pages")

_PAUSE = 0.05
"""Seconds between looks at a transaction that the server has not ended yet."""


class PostgresStorage:
    """One library of a database, under its name. Many threads and processes may use it at once."""

    def __init__(self, connections: Connections, name: str, clock: Callable[[], datetime]) -> None:
        """Open the library with that name, or create it. Raises LibraryError.

        `clock` says when readers read. The connections are closed by whoever made them.
        """
        self._connections = connections
        self._name = name
        self._clock = clock
        self.lock = lock_number(connections.schema, "library", name)
        """Whoever changes the library has it."""
        self._hidden: tuple[int, HiddenCache] = (0, HiddenCache())
        self.editions = PostgresEditions(connections, name, self.locked)
        """The next edition of the library."""
        with connections.lent() as connection:
            is_there = libraries.find(connection, name) is not None
        if not is_there:
            with contextlib.closing(connections.connect()) as connection, connections.explained():
                libraries.create(connection, name)

    @property
    def place(self) -> str:
        """The database, and the name of the library in it."""
        return f"{self._connections.place} ({self._name})"

    @contextlib.contextmanager
    def reading(self, *, whole: bool = False) -> Iterator[PostgresSnapshot]:
        """Open the last complete generation, as readers see it now, or the `whole` of it. Raises LibraryError."""
        seen_at = None if whole else self._clock()
        with self._connections.lent() as connection:
            row = libraries.find(connection, self._name) or libraries.NONE
            yield PostgresSnapshot(connection, row, seen_at, self._hidden_in(row.number))

    def _hidden_in(self, library: int) -> HiddenCache:
        """What is known to be hidden in the library with that number: it has another one if it was made anew."""
        number, cache = self._hidden
        if number != library:
            cache = HiddenCache()
            self._hidden = library, cache
        return cache

    @contextlib.contextmanager
    def writing(self, patience: float) -> Iterator[Writer]:
        """Begin an update; it is committed at the end of the `with` block, or rolled back if the block raises.

        It has a connection of its own, so that questions do not wait for one. Raises LibraryBusy, LibraryError.
        """
        with self.locked(patience, self.lock) as connection:
            libraries.create(connection, self._name)  # where it was deleted meanwhile
            row = libraries.find(connection, self._name)
            assert row is not None
            writer = Writer(connection, row)
            yield writer
            writer.complete()

    @contextlib.contextmanager
    def locked(self, patience: float, *locks: int) -> Iterator[Link]:
        """A transaction that has these locks, taken in their order. Raises as `writing` does."""
        with contextlib.closing(self._connections.connect()) as connection, self._connections.explained():
            connection.execute("BEGIN")
            try:
                for lock in locks:
                    self._wait_for_lock(connection, patience, lock)
                yield connection
                self._commit(connection)
            except BaseException:
                with contextlib.suppress(psycopg.Error):  # so that the next writer need not wait for the end of it
                    connection.execute("ROLLBACK")
                raise

    def _commit(self, connection: Link) -> None:
        """Complete the transaction. If the connection is lost while it does, see whether it is complete."""
        (transaction,) = connection.execute("SELECT pg_current_xact_id()::text").fetchone() or (None,)
        try:
            connection.execute("COMMIT")
        except psycopg.Error as error:
            if not is_lost(error) or not self._is_committed(transaction):
                raise

    def _is_committed(self, transaction: str | None) -> bool:
        """Whether the server has completed a transaction. Raises LibraryUnreachable if that cannot be told."""
        try:
            with contextlib.closing(self._connections.connect()) as connection:
                state = "in progress"
                while state == "in progress":
                    time.sleep(_PAUSE)
                    found = connection.execute("SELECT pg_xact_status(%s::text::xid8)", (transaction,)).fetchone()
                    state = str(found[0]) if found else ""
        except (psycopg.Error, LibraryError) as error:
            raise LibraryUnreachable(
                f"The connection to the database {self._connections.place} was lost while an update was saved; see "
                "whether it is there when the server is back, and make it again if it is not."
            ) from error
        return state == "committed"

    def _wait_for_lock(self, connection: Link, patience: float, lock: int) -> None:
        """Take a lock, which the end of the transaction gives back. Raises LibraryBusy."""
        milliseconds = max(1, round(patience * 1000))
        connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(milliseconds)))
        try:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock,))
        except errors.LockNotAvailable as error:
            connection.execute("ROLLBACK")
            raise LibraryBusy(
                f"The library in {self.place} is being updated by {holders(connection).get(lock, SOMEBODY)}; try again "
                "when it is done."
            ) from error
        connection.execute("SET LOCAL lock_timeout TO DEFAULT")

    def warm(self) -> None:
        """Connect, so that the first question need not. Raises LibraryError."""
        with self._connections.lent():
            pass

    def tidy(self, patience: float) -> None:
        """Have the server remove the dead rows of what was removed, if there are any. Raises LibraryBusy, LibraryError.

        What it removes stays in unused parts of its files until other rows are written there.
        """
        with self.reading(whole=True) as snapshot:
            row = snapshot.row
        if not row.to_erase:
            return
        with contextlib.closing(self._connections.connect()) as connection, self._connections.explained():
            for table in (*_TABLES_OF_WORDS, row.passages):
                connection.execute(sql.SQL("VACUUM (SKIP_LOCKED) {}").format(sql.Identifier(table)))
            drop_left_tables(connection)
        with self.writing(patience) as writer:
            writer.note_erased(row.generation)

    def examine(self) -> Examination:
        """Read all that is stored, and say what is wrong with it. Changes nothing. Raises LibraryError."""
        with self.reading(whole=True) as snapshot:
            return examine(snapshot)

    def mend(self, patience: float, derive_anew: DeriveAnew) -> tuple[str, ...]:
        """Repair passages and the full-text index, in one update. Raises LibraryBusy, LibraryError."""
        with self.writing(patience) as writer:
            found = examine(writer)
            derived_anew = derive_anew(writer, found)
            done = [f"the passages of “{article_id}” were made again from its text" for article_id in derived_anew]
            if derived_anew or found.words_fault:
                writer.settle()
                writer.rebuild_words()
            if found.words_fault:
                done.append("the full-text index was rebuilt from the stored terms")
        return tuple(done)

    def back_up(self, folder: Path) -> Path:
        """Write a copy into another folder, as a library of the embedded engine. Raises PullquoteError."""
        with self.reading(whole=True) as snapshot:
            copy = EmbeddedStorage(folder)
            try:
                copy_library(snapshot, copy, with_former=False, indexed=False)
            finally:
                copy.close()
        return folder / DATABASE

    def rest(self) -> None:
        """Free what is kept for the next question. The connections serve other libraries as well."""
        self._hidden = (0, HiddenCache())

    def close(self) -> None:
        """Free what is kept. The next use connects again."""
        self.rest()
