"""The libraries in a PostgreSQL database."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from index.storage.engine import BASE, Server
from index.storage.postgres import libraries
from index.storage.postgres.connections import Connections, Link
from index.storage.postgres.editions import delete_edition
from index.storage.postgres.own import drop_left_tables
from index.storage.postgres.schema import note_of_moving
from index.storage.postgres.server import describe
from index.storage.postgres.staging import PostgresStaging
from index.storage.postgres.storage import PostgresStorage

SCHEMA = "pullquote"
"""The schema that has the tables."""

POOL_SIZE = 16
"""How many connections one process uses for questions. A question in a server needs two: it asks two libraries."""

PATIENCE_TO_DELETE = 10.0
"""How many seconds the deletion of a library waits for an update of it, or of its next edition."""

_NAME = re.compile(r"[a-z]+/\d{1,20}")


class PostgresEngine:
    """Libraries in one schema of a database, each a row and what has its number. Many threads may use it at once."""

    def __init__(self, url: str, *, schema: str = SCHEMA, pool_size: int = POOL_SIZE, unfinished: bool = False) -> None:
        """`url` is the address of the database. Nothing is connected yet. Raises LibraryError.

        With `unfinished` a move into that schema may be under way, and else the first use raises LibraryError then.
        """
        self._connections = Connections(url, schema, pool_size, unfinished=unfinished)

    @property
    def place(self) -> str:
        """The address of the database, without a user and a password."""
        return self._connections.place

    def exists(self, name: str) -> bool:
        """Whether there is a library with that name. Raises LibraryError."""
        with self._connections.lent() as connection:
            return libraries.find(connection, name) is not None

    def names(self) -> list[str]:
        """The names of all libraries: `BASE` first, then by group and number. Raises LibraryError."""
        with self._connections.lent() as connection:
            held = {name for (name,) in connection.execute("SELECT name FROM libraries WHERE is_current")}
        numbered = [(group, int(number), name) for name in held - {BASE} for group, number in [name.split("/")]]
        return [*sorted(held & {BASE}), *(name for _, _, name in sorted(numbered))]

    def open(self, name: str, clock: Callable[[], datetime]) -> PostgresStorage:
        """Open the library with that name, or create it; `clock` says when readers read. Raises LibraryError."""
        if name != BASE and not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a library")
        return PostgresStorage(self._connections, name, clock)

    def delete(self, name: str) -> None:
        """Delete a library with all that is in it, if there is one. Raises LibraryBusy, LibraryError."""
        if not self.exists(name):
            return
        storage = PostgresStorage(self._connections, name, datetime.now)
        with storage.locked(PATIENCE_TO_DELETE, storage.lock, storage.editions.lock) as connection:
            for row in libraries.editions(connection, name):
                delete_edition(connection, row)
        with self.connection() as connection:
            (deleted,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
            drop_left_tables(connection, deleted)

    def moving(self) -> str | None:
        """What is noted of a move into the schema that is not finished. Raises LibraryError."""
        with self._connections.lent() as connection:
            return note_of_moving(connection)

    def note_moving(self, note: str | None) -> None:
        """Note that of a move into the schema, or with None that it is finished. Raises PullquoteError."""
        with self.connection() as connection, connection.transaction():
            connection.execute("DELETE FROM moving")
            if note is not None:
                connection.execute("INSERT INTO moving (note) VALUES (%s)", (note,))

    def reach(self) -> float:
        """How many seconds it takes to ask the server for nothing. Raises LibraryError if it cannot be reached."""
        with self._connections.lent() as connection:
            began = time.perf_counter()
            connection.execute("SELECT 1")
            return time.perf_counter() - began

    def server(self) -> Server:
        """What is known of the server. Raises LibraryError if it cannot be reached or used."""
        return describe(self._connections)

    @contextlib.contextmanager
    def connection(self) -> Iterator[Link]:
        """A connection of its own in autocommit mode, for the `with` block. Raises LibraryError."""
        with contextlib.closing(self._connections.connect()) as connection, self._connections.explained():
            yield connection

    def staging(self, name: str) -> PostgresStaging:
        """Where processes encode the library with that name in parts."""
        return PostgresStaging(self._connections, name)

    def close(self) -> None:
        """Close the connections. Those in use are closed when they are no longer used."""
        self._connections.close()
