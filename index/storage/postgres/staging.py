"""What is encoded in parts before it is published, in tables that no reader looks into.

A part is guarded by an advisory lock of the session that works on it, so that ends with the process, however it ends.
It stores what it has encoded in small transactions, with the articles that are done.
"""

import contextlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict

from psycopg import sql

from index.encoding.encoder import PassageEncoding
from index.errors import LibraryBusy, LibraryError, Remedy
from index.naming import short_key
from index.storage.blobs import EncodingBlobs
from index.storage.postgres import libraries
from index.storage.postgres.connections import Connections, Link
from index.storage.postgres.locks import SOMEBODY, holders, lock_number
from index.storage.staging import PartState, StagedArticle, StagingPlan
from index.storage.types import Manifest

_AT_ONCE = 500
"""How many articles come or go at a time where all of them do."""

_BLOBS = "vector, sentence_vectors, sentence_scales, token_counts, token_vectors"


class PostgresStaging:
    """What is encoded in parts for the library of one name. Many threads and processes may use it at once."""

    def __init__(self, connections: Connections, name: str) -> None:
        """The connections are closed by whoever made them."""
        self._connections = connections
        self._name = name

    @property
    def place(self) -> str:
        """The database, and the name of the library in it."""
        return f"{self._connections.place} ({self._name})"

    @contextlib.contextmanager
    def alone(self, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let only the body of the `with` block begin, publish or drop a staging; wait for others that do."""
        with self._connected() as connection:
            if not _takes(connection, self._lock()):
                on_wait()
                connection.execute("SELECT pg_advisory_lock(%s)", (self._lock(),))
            yield

    def plan(self) -> StagingPlan | None:
        """What is encoded; None if nothing is. Raises LibraryError."""
        with self._connections.lent() as connection:
            found = connection.execute(
                "SELECT number, parts, whole, made_with, change, begun FROM stagings WHERE name = %s", (self._name,)
            ).fetchone()
        if found is None:
            return None
        number, parts, whole, made_with, change, begun = found
        return StagingPlan(number, parts, whole, Manifest(**json.loads(made_with)), change, begun)

    def begin(
        self, parts: int, made_with: Manifest, change: str, articles: Iterable[StagedArticle], *, whole: bool
    ) -> None:
        """Begin a staging, where there is none. Raises LibraryError."""
        with self._connected() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO stagings (name, parts, whole, made_with, change) VALUES (%s, %s, %s, %s, %s) "
                "RETURNING number",
                (self._name, parts, whole, json.dumps(asdict(made_with)), change),
            )
            row = cursor.fetchone()
            assert row is not None
            cursor.executemany(
                """INSERT INTO staged_articles (staging, key, id, part, article, done)
                   VALUES (%s, %s, %s, %s, %s, CASE WHEN %s THEN clock_timestamp() END) ON CONFLICT DO NOTHING""",
                ((row[0], short_key(one.id), json.dumps(one.id), one.part, one.article, one.done) for one in articles),
            )

    @contextlib.contextmanager
    def part(self, plan: StagingPlan, number: int) -> Iterator["PostgresPart"]:
        """Work on a part. That ends with this process. Raises LibraryBusy if another process does, LibraryError."""
        with self._connected() as connection:
            lock = self._lock(number)
            if not _takes(connection, lock):
                holder = holders(connection).get(lock, SOMEBODY)
                raise LibraryBusy(
                    f"Part {number}/{plan.parts} of the library in {self.place} is being encoded by {holder}; take "
                    "another part, or try again when that is done."
                )
            yield PostgresPart(connection, self._name, plan, number)

    def states(self, plan: StagingPlan) -> list[PartState]:
        """How far each part is, in order. Raises LibraryError."""
        with self._connections.lent() as connection:
            articles = {
                part: (count, done, last)
                for part, count, done, last in connection.execute(
                    "SELECT part, count(*), count(done), max(done) FROM staged_articles WHERE staging = %s GROUP BY 1",
                    (plan.number,),
                )
            }
            passages = dict(
                connection.execute(
                    "SELECT part, count(*) FROM staged_encodings WHERE staging = %s GROUP BY 1", (plan.number,)
                ).fetchall()
            )
            held = holders(connection)
        return [
            PartState(
                number,
                *articles.get(number, (0, 0, None))[:2],
                passages.get(number, 0),
                articles.get(number, (0, 0, None))[2],
                held.get(self._lock(number)),
            )
            for number in range(1, plan.parts + 1)
        ]

    def articles(self, plan: StagingPlan) -> Iterator[str]:
        """The articles that are not from the library, in JSON. Raises LibraryError."""
        with self._connections.lent() as connection, connection.cursor("staged") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(
                "SELECT article FROM staged_articles WHERE staging = %s AND article IS NOT NULL ORDER BY key",
                (plan.number,),
            )
            for (article,) in cursor:
                yield article

    def found(self, plan: StagingPlan, keys: Collection[bytes]) -> dict[bytes, PassageEncoding]:
        """The encodings that are staged under those keys. Raises LibraryError."""
        with self._connections.lent() as connection:
            rows = connection.execute(
                f"SELECT key, {_BLOBS} FROM staged_encodings WHERE staging = %s AND key = ANY(%s)",
                (plan.number, [*keys]),
                binary=True,
            )
            return {key: EncodingBlobs(*blobs).unpack() for key, *blobs in rows}

    def drop(self) -> bool:
        """Delete all that is staged. Returns whether there was anything. Raises LibraryError."""
        with self._connected() as connection, connection.transaction():
            dropped = connection.execute("DELETE FROM stagings WHERE name = %s RETURNING number", (self._name,))
            numbers = [number for (number,) in dropped.fetchall()]
            for table in ("staged_articles", "staged_encodings"):
                query = sql.SQL("DELETE FROM {} WHERE staging = ANY(%s)").format(sql.Identifier(table))
                connection.execute(query, (numbers,))
        return bool(numbers)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Link]:
        """A connection of its own, in autocommit mode."""
        with contextlib.closing(self._connections.connect()) as connection, self._connections.explained():
            yield connection

    def _lock(self, part: int | None = None) -> int:
        """The number of the lock of a part, or of the whole staging."""
        name = self._connections.schema, "staging", self._name
        return lock_number(*name) if part is None else lock_number(*name, str(part))


def _takes(connection: Link, lock: int) -> bool:
    """Whether the session takes an advisory lock, which it keeps until it ends."""
    taken = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
    assert taken is not None
    return bool(taken[0])


class PostgresPart:
    """One part, while the session of `connection` holds its lock."""

    def __init__(self, connection: Link, name: str, plan: StagingPlan, number: int) -> None:
        self._connection = connection
        self._name = name
        self._plan = plan
        self._number = number

    def lacking(self, limit: int) -> list[StagedArticle]:
        """The next articles that are not done, at most `limit`. Raises LibraryError."""
        rows = self._connection.execute(
            """SELECT id, part, article FROM staged_articles WHERE staging = %s AND part = %s AND done IS NULL
               ORDER BY key LIMIT %s""",
            (self._plan.number, self._number, limit),
        )
        return [StagedArticle(json.loads(article_id), part, article) for article_id, part, article in rows]

    def known(self, keys: Collection[bytes]) -> set[bytes]:
        """Those of the keys whose encodings are staged, or that the library has, unless all is embedded again."""
        wanted = [*keys]
        query = "SELECT key FROM staged_encodings WHERE staging = %s AND key = ANY(%s)"
        known = {key for (key,) in self._connection.execute(query, (self._plan.number, wanted))}
        row = libraries.find(self._connection, self._name)
        if row is not None and not self._plan.whole:
            query = "SELECT key FROM {} WHERE library = %s AND key = ANY(%s)"
            stored = sql.SQL(query).format(sql.Identifier(row.passages))
            known |= {key for (key,) in self._connection.execute(stored, (row.number, wanted))}
        return known

    def store(self, article_ids: Iterable[str], encodings: Mapping[bytes, PassageEncoding]) -> None:
        """Store the encodings, and that those articles are done, in one transaction. Raises LibraryError."""
        staging = self._plan.number
        with self._connection.transaction(), self._connection.cursor() as cursor:
            # Who publishes or discards deletes that row, and waits for this transaction then, or is waited for.
            cursor.execute("SELECT FROM stagings WHERE number = %s FOR KEY SHARE", (staging,))
            if cursor.fetchone() is None:
                raise LibraryError(
                    "What was being encoded in parts was published or discarded meanwhile", Remedy.BEGIN_PARTS_ANEW
                )
            cursor.executemany(
                f"""INSERT INTO staged_encodings (staging, key, part, {_BLOBS})
                    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
                [(staging, key, self._number, *EncodingBlobs.pack(each)) for key, each in encodings.items()],
            )
            cursor.execute(
                "UPDATE staged_articles SET done = clock_timestamp() WHERE staging = %s AND key = ANY(%s)",
                (staging, [*map(short_key, article_ids)]),
            )
