"""The next edition of a library, which is filled beside the one that is read, and then takes its place.

Each edition is a row of `libraries` with a number of its own, so filling one touches no row of another. Who reads keeps
what they read: their transactions go on seeing the rows of the edition before.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from psycopg import sql

from index.errors import LibraryError
from index.storage.postgres import libraries
from index.storage.postgres.connections import Connections, Link
from index.storage.postgres.libraries import Row
from index.storage.postgres.locks import lock_number
from index.storage.postgres.own import empty_own_table
from index.storage.postgres.reader import Reader
from index.storage.postgres.schema import TABLES
from index.storage.postgres.writer import Writer
from index.storage.seam import Records, Update

BESIDE = ("sources", "source_pages", "excluded", "kept_generations", "kept_articles")
"""The tables whose rows the next edition takes over as they are."""

Transaction = Callable[..., AbstractContextManager[Link]]


class PostgresEditions:
    """The editions of one library. Many threads and processes may use it at once."""

    def __init__(self, connections: Connections, name: str, locked: Transaction) -> None:
        """`locked(patience, *locks)` begins a transaction that has these advisory locks."""
        self._connections = connections
        self._name = name
        self._locked = locked
        self.lock = lock_number(connections.schema, "edition", name)

    @contextlib.contextmanager
    def preparing(self, patience: float) -> Iterator[Update]:
        """Begin an update of the next edition, which is begun if there is none. Raises as `Storage.writing` does."""
        with self._locked(patience, self.lock) as connection:
            libraries.create(connection, self._name)
            row = libraries.find_next(connection, self._name) or libraries.begin_next(connection, self._name)
            writer = Writer(connection, row)
            yield writer
            writer.complete()

    @contextlib.contextmanager
    def looking(self) -> Iterator[Records | None]:
        """What the next edition holds; None if there is none. Raises LibraryError."""
        with self._connections.lent() as connection:
            row = libraries.find_next(connection, self._name)
            yield None if row is None else Reader(connection, row)

    @contextlib.contextmanager
    def publishing(self, patience: float) -> Iterator[tuple[Records, Update]]:
        """Begin the update at whose end the next edition is the one that is read. Raises as `Storage.writing` does."""
        locks = lock_number(self._connections.schema, "library", self._name), self.lock
        with self._locked(patience, *locks) as connection:
            current, following = libraries.find(connection, self._name), libraries.find_next(connection, self._name)
            if current is None or following is None:
                raise LibraryError(
                    f"No new edition of the library in {self._connections.place} ({self._name}) was built, so none can "
                    "be published; build it first."
                )
            _take_over(connection, current, following)
            writer = Writer(connection, following)
            yield Reader(connection, current), writer
            writer.has_changed_articles |= current.held.articles > 0
            writer.complete()
            delete_edition(connection, current)
            libraries.make_current(connection, following)

    def discard(self, patience: float) -> None:
        """Delete the next edition, if there is one. Raises as `Storage.writing` does."""
        with self._locked(patience, self.lock) as connection:
            if row := libraries.find_next(connection, self._name):
                delete_edition(connection, row)


def delete_edition(connection: Link, row: Row) -> None:
    """Delete an edition with all its rows. Who reads it already goes on seeing them."""
    for table in TABLES:
        query = sql.SQL("DELETE FROM {} WHERE library = %s").format(sql.Identifier(table))
        connection.execute(query, (row.number,))
    empty_own_table(connection, row)
    connection.execute("DELETE FROM libraries WHERE number = %s", (row.number,))


def _take_over(connection: Link, current: Row, following: Row) -> None:
    """Give the next edition what is known of the library beside its articles."""
    for table in BESIDE:
        columns = [
            sql.Identifier(name)
            for (name,) in connection.execute(
                """SELECT attname FROM pg_attribute
                   WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'library'""",
                (table,),
            )
        ]
        query = "INSERT INTO {table} (library, {columns}) SELECT %s, {columns} FROM {table} WHERE library = %s"
        names = {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(columns)}
        connection.execute(sql.SQL(query).format(**names), (following.number, current.number))
    following.generation, following.read_well = current.generation, current.read_well
    following.failing_since = current.failing_since
    following.brought_in, following.to_erase = current.brought_in, True
