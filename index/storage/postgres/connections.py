"""Connections to a PostgreSQL database: their settings, and a pool that threads share.

The pool connects in the thread that asks, so that it can be told at once what is wrong with the server; and when the
server is back, the next question connects again.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import Connection, pq, sql
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Dumper, Loader

from index.errors import LibraryError, OutOfResources, Remedy
from index.storage.postgres.address import Address
from index.storage.postgres.failures import CONNECTIONS, explanation, is_lost, of_connecting
from index.storage.postgres.schema import NEWEST, bring_up, note_of_moving, version_of

PATIENCE = 10.0
"""How many seconds a reader waits for a connection while all are in use."""

LEAST_VERSION = 16
"""The oldest PostgreSQL whose SQL has all that is used, here and in the bot's records."""

EXTENSIONS = {"vector": ("pgvector", (0, 8))}
"""The extensions that the tables need: the package of each, and the least version."""

_SESSION = {
    "timezone": "UTC",
    "client_encoding": "UTF8",
    # The server gives back the locks of a machine that is gone without a word, within some 30 seconds.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
    "idle_in_transaction_session_timeout": "0",  # an update embeds texts meanwhile
    "idle_session_timeout": "0",
    "statement_timeout": "0",  # what is large is indexed and copied in one statement
}
"""What is asked of a session, whatever its server has set."""

_LIMITS_TRANSACTIONS = 170_000
"""The first version that can."""

Link = Connection[tuple[Any, ...]]


class Halfvec(bytes):
    """A vector as its column stores it: float16 (dimension,), little-endian as everywhere in the library."""


class Connections:
    """Makes connections to one database, and lends them. Many threads may use it at once."""

    def __init__(self, url: str, schema: str, size: int, *, unfinished: bool = False) -> None:
        """At most `size` are lent at a time, besides those for updates. Nothing is connected yet. Raises LibraryError.

        `url` is the address of the database, and `schema` the one that has the tables. With `unfinished` a move into
        them may be under way.
        """
        self._unfinished = unfinished
        self._address = Address.of(url)
        self.schema = schema
        self._size = size
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(size)
        self._idle: list[Link] = []
        self._is_closed = False
        self._adapters: AdaptersMap | None = None
        self._path = ""

    @property
    def place(self) -> str:
        """The database, without a password."""
        return self._address.place

    def prepare(self) -> None:
        """Check the extensions, and create the tables or bring them up, once. Raises LibraryError."""
        with self._lock:
            if self._adapters is not None:
                return
            with contextlib.closing(self._connect(None)) as connection, self.explained():
                self._path = self._prepared(connection)
                number = connection.execute("SELECT 'halfvec'::regtype::oid").fetchone()
                assert number is not None
                adapters = AdaptersMap(psycopg.adapters)
                adapters.register_dumper(Halfvec, type("_Dumper", (_HalfvecDumper,), {"oid": number[0]}))
                adapters.register_loader(number[0], _HalfvecLoader)
                adapters.register_loader(number[0], _HalfvecTextLoader)
            self._adapters = adapters

    def _prepared(self, connection: Link) -> str:
        """Bring the database up. Returns the `search_path` for it: that of its tables, and of the extensions."""
        if connection.info.server_version < LEAST_VERSION * 10_000:
            raise LibraryError(
                f"The server of {self.place} is of PostgreSQL {connection.info.server_version // 10_000}, which is too "
                f"old; upgrade it to PostgreSQL {LEAST_VERSION} or newer."
            )
        check_encoding(connection, self.place)
        held: dict[str, str] = dict(connection.execute("SELECT extname, extversion FROM pg_extension").fetchall())
        for name, (package, least) in EXTENSIONS.items():
            if name not in held:
                self._add(connection, name, package, ".".join(map(str, least)))
            elif is_older(held[name], least):
                raise LibraryError(
                    f"The extension {name} of the database {self.place} has version {held[name]}, which is too old; "
                    f"install {package} {'.'.join(map(str, least))} or newer on its server, and run there: "
                    f"ALTER EXTENSION {name} UPDATE."
                )
        homes = connection.execute(
            """SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace
               WHERE extname = ANY(%s) ORDER BY nspname""",
            ([*EXTENSIONS],),
        )
        path = ", ".join(f'"{name}"' for name in dict.fromkeys((self.schema, *(home for (home,) in homes))))
        connection.execute("SELECT set_config('search_path', %s, false)", (path,))
        if version_of(connection, self.schema) < NEWEST:
            bring_up(connection, self.schema)
        if (version := version_of(connection, self.schema)) > NEWEST:
            raise LibraryError(
                f"The libraries in {self.place} have schema {version}, this Pullquote reads {NEWEST}; upgrade it, or "
                "name another database."
            )
        if not self._unfinished and note_of_moving(connection) is not None:
            raise LibraryError(f"A move into the database {self.place} is not finished", Remedy.FINISH_MOVING)
        return path

    def _add(self, connection: Link, name: str, package: str, least: str) -> None:
        try:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
        except psycopg.Error as error:
            if is_lost(error):
                raise
            raise LibraryError(
                f"The extension {name} is not in the database {self.place}; install {package} {least} or newer on its "
                f"server, and let the owner of the database run there: CREATE EXTENSION {name}."
            ) from error

    @contextlib.contextmanager
    def lent(self) -> Iterator[Link]:
        """Lend a connection for the `with` block, in which it reads one state of the database. Raises LibraryError."""
        self.prepare()
        if not self._free.acquire(timeout=PATIENCE):
            raise OutOfResources(
                f"All {self._size} connections to the database {self.place} have been in use for {PATIENCE:.0f} "
                "seconds; try again, or let fewer questions be asked at once.",
                CONNECTIONS,
            )
        try:
            with self.explained():
                connection = self._reading()
                try:
                    yield connection
                finally:
                    self._take_back(connection)
        finally:
            self._free.release()

    def _reading(self) -> Link:
        """A connection in a transaction. One that the server has ended meanwhile is replaced."""
        with self._lock:
            self._is_closed = False
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                return _begun(connection)
            except psycopg.Error as error:
                connection.close()
                if not is_lost(error):
                    raise
                self.let_go()  # the others are likely to be lost as well
        return _begun(self.connect())

    def _take_back(self, connection: Link) -> None:
        with contextlib.suppress(psycopg.Error):
            connection.execute("ROLLBACK")
        with self._lock:
            if is_kept := not (self._is_closed or connection.closed or connection.broken):
                self._idle.append(connection)
        if not is_kept:
            connection.close()

    def connect(self) -> Link:
        """A connection in autocommit mode that is the caller's alone, who closes it. Raises LibraryError."""
        self.prepare()
        return self._connect(self._adapters)

    @contextlib.contextmanager
    def looking(self) -> Iterator[Link]:
        """A connection for the `with` block, also to a database that is not fit for libraries. Raises LibraryError."""
        with contextlib.closing(self._connect(None)) as connection, self.explained():
            yield connection

    def _connect(self, adapters: AdaptersMap | None) -> Link:
        parameters: dict[str, Any] = {"application_name": program(), **self._address.parameters}
        try:
            connection: Link = psycopg.connect(autocommit=True, context=_Context(adapters), **parameters)
        except psycopg.Error as error:
            raise of_connecting(error, self.place) from error
        try:
            with self.explained():
                settings = {**_SESSION, "search_path": self._path or "public"}
                if connection.info.server_version >= _LIMITS_TRANSACTIONS:
                    settings["transaction_timeout"] = "0"
                calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
                connection.execute(f"SELECT {calls}", [part for setting in settings.items() for part in setting])
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn PostgreSQL's errors into errors of the library, with a remedy."""
        try:
            yield
        except psycopg.Error as error:
            raise explanation(error, self.place) from error

    def let_go(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """Close the idle connections now, and the lent ones when they come back. The next use opens new ones."""
        self._is_closed = True
        self.let_go()


def check_encoding(connection: Link, place: str) -> None:
    """Raise LibraryError if the database cannot store every text."""
    row = connection.execute("SELECT current_setting('server_encoding')").fetchone()
    assert row is not None
    if row[0] != "UTF8":
        raise LibraryError(
            f"The database {place} has the encoding {row[0]}, in which not every text can be stored; create one with: "
            "CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0."
        )


def is_older(version: str, least: tuple[int, ...]) -> bool:
    """Whether a version such as "0.7.4" is older than it must be."""
    return tuple(int(part) for part in version.split(".") if part.isdigit()) < least


def program() -> str:
    """What this process is called where it is named to others: at most 63 bytes, with the command if it is a word."""
    name = " ".join([Path(sys.argv[0]).name, *filter(str.isalpha, sys.argv[1:2])])
    return f"process {os.getpid()} ({name.encode('ascii', 'replace').decode()[:40]})"


def _begun(connection: Link) -> Link:
    """The connection in a transaction that sees the database as it is at its first query, and changes nothing."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return connection


class _Context:
    """What a connection takes its adapters from."""

    connection = None

    def __init__(self, adapters: AdaptersMap | None) -> None:
        self.adapters = psycopg.adapters if adapters is None else adapters


class _HalfvecDumper(Dumper):
    """Sends a vector as PostgreSQL takes it: its dimension, and then big-endian float16."""

    format = pq.Format.BINARY

    def dump(self, obj: bytes) -> Buffer:
        numbers = np.frombuffer(obj, dtype="<f2").astype(">f2")
        return len(numbers).to_bytes(2, "big") + bytes(2) + numbers.tobytes()


class _HalfvecLoader(Loader):
    """Reads a vector as float16 (dimension,), little-endian."""

    format = pq.Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return np.frombuffer(data, dtype=">f2", offset=4).astype("<f2").tobytes()


class _HalfvecTextLoader(Loader):
    """The same for a query without `binary`."""

    format = pq.Format.TEXT

    def load(self, data: Buffer) -> bytes:
        numbers = bytes(data).decode().strip("[]").split(",")
        return np.array(numbers, dtype=np.float32).astype("<f2").tobytes()
