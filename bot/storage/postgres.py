"""The records in PostgreSQL, which several processes use at once: a schema of its own, and a few connections.

A transaction is the only one at a time, over all processes, as in SQLite: a store may read, decide and write in it, and
no two of them ever wait for each other crosswise. The lock ends with the transaction, and so with a process that dies.
"""

import logging
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import RowMaker
from psycopg_pool import ConnectionPool, PoolTimeout

from bot.errors import SettingsError
from bot.storage.database import KEY, KEY_BYTES, SCHEMA, Database, Row, Transaction
from bot.storage.postgres_failures import LEAST_VERSION, Failures
from bot.storage.postgres_schema import statements_since
from bot.storage.schema import NEWEST, NUMBERED, TABLES
from bot.storage.sealing import Sealer
from index import close_to_others, lock_number

CONNECTIONS = 4
"""How many connections a process has for its records at most."""

SOON, PATIENCE = 1.0, 10.0
"""For so many seconds a thread waits for a connection before it looks why there is none, and then until it gives up."""

_REACH = {
    "application_name": "pullquote",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""How a server is given up that says nothing; what the URL says of it counts first."""

_LIMITS = {"statement_timeout": "60s", "lock_timeout": "20s", "idle_in_transaction_session_timeout": "20s"}
"""No process holds the others up for longer, not even one that is stopped in the middle of a transaction."""

Connection = psycopg.Connection[Row]

_AS_USED: dict[str, Any] = {
    "autocommit": True,
    "prepare_threshold": None,  # a newer Pullquote may change the tables meanwhile
}

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # that a server is not reached is said here, and once


class PostgresDatabase(Database):
    """A pool of connections, of which a thread has one for a query or a transaction."""

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        schema: str = SCHEMA,
        renew_seal: bool = False,
        connections: int = CONNECTIONS,
        unfinished: bool = False,
        key: bytes | None = None,
    ) -> None:
        """Open the records in the database at `url`, or make them.

        `folder` may have a key, which counts before the one in the database; a `key` that is given is stored there, and
        counts. With `unfinished` a move into that schema may be under way. Raises SettingsError and OutOfResources,
        with `renew_seal` and without it as `SqliteDatabase` does.
        """
        self._schema = schema
        self._failures = Failures(url, connections)
        self.place = self._failures.place
        self._held = threading.local()
        self._is_away = False
        self._begin = f"BEGIN; SELECT pg_advisory_xact_lock({lock_number(schema, 'records')})"
        with self._failures.explained():
            self._url = _reaching(url)
            with self._connect() as connection:
                self._prepare(connection, unfinished=unfinished)
            self._pool = ConnectionPool(
                self._url,
                kwargs={**_AS_USED, "row_factory": _rows_of},
                configure=self._configure,
                min_size=1,
                max_size=connections,
                name="records",
                open=True,
                num_workers=1,
                reconnect_timeout=0.5,  # the next thread that wants a connection tries again
            )
            try:
                self.key = self._store_key(key) if key else self._find_key(folder / KEY, renew=renew_seal)
                self.sealer = Sealer(self.key)
                self._check_seal(self.place, KEY, renew=renew_seal)
            except BaseException:
                self.close()
                raise

    @classmethod
    def has_records(cls, url: str, *, schema: str = SCHEMA) -> bool:
        """Whether there are records in the database at `url`, which is not changed. Raises SettingsError."""
        with Failures(url, 1).explained(), _connected(_reaching(url)) as connection:
            return _is_there(connection, schema)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def rows(self, query: str, *values: object) -> list[Row]:
        """All rows that a query finds. If the connection is lost meanwhile, it is asked once more."""
        with self._failures.explained():
            if held := self._own():
                return _run(held, query, values).fetchall()
            try:
                return self._read(query, values)
            except _Lost:
                self._pool.check()
                return self._read(query, values)

    @contextmanager
    def writing(self) -> Iterator["_Transaction"]:
        """One transaction: all of the body, or nothing. If the connection is lost, nothing of it is tried again."""
        with self._failures.explained():
            connection = self._begun()
            self._held.connection = connection
            try:
                yield _Transaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._held.connection = None
                self._pool.putconn(connection)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One transaction that only reads, in a connection of its own."""
        with self._failures.explained(), self._connect() as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._held.connection = connection
            try:
                yield
            finally:
                self._held.connection = None

    def overwrite(self) -> None:
        """Nothing: the server removes what is left of deleted rows when it vacuums."""

    def check(self) -> None:
        """Read all of it."""
        for table in TABLES:
            self.rows(f"SELECT count(CAST(one AS text)) FROM {table} AS one")

    def damaged(self, why: str) -> SettingsError:
        """What to say of a row that holds what was never written there."""
        return self._failures.damage(why)

    def last_number(self, table: str) -> int:
        """The last number that a row of that table had, or was to have."""
        row = self.row(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {_sequence(table)}")
        return int(row[0]) if row else 0

    def number_after(self, transaction: Transaction, table: str, number: int) -> None:
        """Set the sequence of that table."""
        transaction.execute("SELECT setval(CAST(? AS regclass), ?, ?)", (_sequence(table), max(number, 1), number > 0))

    def items(self, array: str, *, tolerant: bool = False) -> str:
        """The items of an array."""
        if tolerant:
            array = f"CASE WHEN {array} IS JSON ARRAY THEN {array} ELSE '[]' END"
        return (
            "LATERAL (SELECT number - 1 AS key, value "
            f"FROM json_array_elements(CAST({array} AS json)) WITH ORDINALITY AS item (value, number))"
        )

    def field(self, item: str, name: str, *, number: bool = False) -> str:
        """A field of an object."""
        return f"CAST({item} ->> '{name}' AS BIGINT)" if number else f"({item} ->> '{name}') COLLATE \"C\""

    def _connect(self) -> Connection:
        """A connection outside the pool."""
        connection = _connected(self._url)
        self._configure(connection)
        return connection

    def _configure(self, connection: Connection) -> None:
        settings = {"search_path": f'"{self._schema}"', **_LIMITS}
        calls = ", ".join(["set_config(?, ?, false)"] * len(settings))
        _run(connection, f"SELECT {calls}", [part for setting in settings.items() for part in setting])

    def _prepare(self, connection: Connection, *, unfinished: bool) -> None:
        """Make the schema, or bring its tables to the newest version, in one transaction. Other processes wait."""
        if (version := connection.info.server_version) < LEAST_VERSION * 10_000:
            raise self._failures.too_old(version)
        if _one(connection, "SHOW transaction_read_only") == "on":
            raise self._failures.read_only()
        if (encoding := _one(connection, "SHOW server_encoding")) != "UTF8":
            raise self._failures.encoding(encoding)
        is_noted = not unfinished and _one(connection, "SELECT to_regclass(?) IS NOT NULL", f'"{self._schema}".moving')
        if is_noted and _one(connection, "SELECT count(*) FROM moving"):
            raise SettingsError(
                f"A move into {self.place} is not finished; run the same `pullquote migrate` again to finish it."
            )
        with connection.transaction():
            _run(connection, "SELECT pg_advisory_xact_lock(?)", (lock_number(self._schema, "schema"),))
            if not _one(connection, "SELECT to_regnamespace(?) IS NOT NULL", f'"{self._schema}"'):
                connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self._schema)))
            if not _is_there(connection, self._schema):
                connection.execute("CREATE TABLE records_schema (version BIGINT PRIMARY KEY)")
            version = _one(connection, "SELECT coalesce(max(version), 0) FROM records_schema")
            if version > NEWEST:
                raise SettingsError(
                    f"The records in {self.place} are of version {version}, this Pullquote reads {NEWEST}; upgrade "
                    "Pullquote, or use another database."
                )
            for number, statements in statements_since(version):
                for statement in (*statements, f"INSERT INTO records_schema VALUES ({number})"):
                    _run(connection, statement)

    def _find_key(self, file: Path, *, renew: bool) -> bytes:
        """The key in `file`, if it is there; else that in the database, which whoever is first draws."""
        if file.exists():
            try:
                key = file.read_bytes()
                close_to_others(file)
            except OSError as error:
                raise SettingsError(f"{file} cannot be read ({error.strerror}); make it readable.") from error
            if len(key) != KEY_BYTES:
                raise SettingsError(
                    f"{file} is no key of {KEY_BYTES} bytes; put the one that belongs to the records there, or move it "
                    "away to use the one in the database."
                )
            return key
        with self.writing() as transaction:
            if found := self.row("SELECT key FROM sealing_key"):
                return bytes(found[0])
            key = secrets.token_bytes(KEY_BYTES)
            if renew or not self.row("SELECT 1 FROM seal"):  # else the key that belongs to them is in some file
                transaction.execute("INSERT INTO sealing_key (key) VALUES (?)", (key,))
            return key

    def _store_key(self, key: bytes) -> bytes:
        with self.writing() as transaction:
            transaction.execute("DELETE FROM sealing_key")
            transaction.execute("INSERT INTO sealing_key (key) VALUES (?)", (key,))
        return key

    def _own(self) -> Connection | None:
        """The connection of the transaction that this thread is in, if it is in one."""
        return getattr(self._held, "connection", None)

    def _read(self, query: str, values: Iterable[object]) -> list[Row]:
        connection = self._borrow()
        try:
            return _run(connection, query, values).fetchall()
        except psycopg.OperationalError as error:
            raise (_Lost(str(error)) if connection.broken else error) from error
        finally:
            self._pool.putconn(connection)

    def _begun(self) -> Connection:
        """A connection in which a transaction has begun. If it is lost before that, another one is tried."""
        for is_last in (False, True):
            connection = self._borrow()
            try:
                connection.execute(self._begin.encode())  # two statements, sent at once
                return connection
            except BaseException as error:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                lost = isinstance(error, psycopg.OperationalError) and connection.broken
                self._pool.putconn(connection)
                if is_last or not lost:
                    raise
                self._pool.check()
        raise AssertionError

    def _borrow(self) -> Connection:
        """A connection of the pool. If it has none to give, what is wrong is found out with one outside it."""
        if self._is_away:  # then nobody waits for the pool in vain
            self._look()
        try:
            return self._pool.getconn(SOON)
        except PoolTimeout:
            self._look()
            return self._pool.getconn(PATIENCE)

    def _look(self) -> None:
        """See whether the server can be reached now. Raises psycopg.Error."""
        self._is_away = True
        self._connect().close()
        self._is_away = False


class _Lost(psycopg.OperationalError):
    """The connection was lost."""


class _Found:
    """A row, whose columns have names and numbers."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: dict[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = tuple(values)

    def __getitem__(self, column: Any, /) -> Any:  # noqa: ANN401 - a name, a number or a slice
        return self._values[self._places[column] if isinstance(column, str) else column]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> Iterable[str]:
        """The names of the columns."""
        return self._places


def _rows_of(cursor: Any) -> RowMaker[Row]:  # noqa: ANN401 - a cursor of any kind
    """What makes the rows that a cursor finds. Of two columns with one name, the first has it."""
    places: dict[str, int] = {}
    for number, column in enumerate(cursor.description or ()):
        places.setdefault(column.name, number)
    return partial(_Found, places)


class _Transaction:
    """The statements of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, query: str, values: Sequence[object] = (), /) -> psycopg.Cursor[Row]:
        """Run a statement."""
        return _run(self._connection, query, values)

    def executemany(self, query: str, rows: Iterable[Sequence[object]], /) -> psycopg.Cursor[Row]:
        """Run a statement for each of `rows`."""
        cursor = self._connection.cursor()
        cursor.executemany(_spelt(query), [_bound(values) for values in rows])
        return cursor


def _sequence(table: str) -> str:
    """What numbers the rows of a table."""
    return f"{table}_{NUMBERED[table]}_seq"


def _run(connection: Connection, query: str, values: Iterable[object] = ()) -> psycopg.Cursor[Row]:
    return connection.execute(_spelt(query), _bound(values))


def _one(connection: Connection, query: str, *values: object) -> Any:  # noqa: ANN401 - whatever it finds
    """The first column of the only row that a query finds."""
    row = _run(connection, query, values).fetchone()
    assert row is not None
    return row[0]


def _is_there(connection: Connection, schema: str) -> bool:
    """Whether a schema has records."""
    return bool(_one(connection, "SELECT to_regclass(?) IS NOT NULL", f'"{schema}".records_schema'))


@lru_cache(1000)
def _spelt(query: str) -> bytes:
    """A query as PostgreSQL and its driver spell it."""
    query = query.replace("%", "%%").replace(" IN ?", " = ANY(?)").replace(" IS ?", " IS NOT DISTINCT FROM ?")
    return query.replace("?", "%s").encode()


def _bound(values: Iterable[object]) -> tuple[object, ...]:
    """Values as PostgreSQL takes them: no text of it holds a NUL."""
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values)


def _reaching(url: str) -> str:
    """The URL with how a silent server is given up, where it does not say so itself."""
    stated = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    return make_conninfo("", **(_REACH | stated))


def _connected(url: str) -> Connection:
    return psycopg.connect(url, row_factory=_rows_of, **_AS_USED)
