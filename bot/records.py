"""What the bot remembers: answers given, votes, questions that found nothing, and each server's settings.

No user's id or name is written down. Who asked and who voted are kept as HMAC-SHA256 of answer and user, under a key
that lies in a file of its own: enough to recognize the person on the next press, and different for every answer.
"""

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.errors import SettingsError
from index import Answer, Quote

DATABASE, KEY = "records.sqlite3", "records.key"
KEY_BYTES = 32
"""Files in the data folder."""

SCHEMA = """
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
PRAGMA user_version = 1;
"""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class KeptQuote:
    """Where a quote stands, and the digest of its words: they are read from the library again, if they are there."""

    article_id: str
    start: int
    end: int
    context_start: int
    context_end: int
    score: float
    digest: str

    @classmethod
    def of(cls, quote: Quote) -> "KeptQuote":
        """What is kept of a quote."""
        span = quote.context
        return cls(quote.article.id, quote.start, quote.end, span.start, span.end, quote.score, digest_of(quote.text))


@dataclass(frozen=True, slots=True)
class Record:
    """An answer given, or a question that found nothing; `server` and `channel` are None in a direct message."""

    id: str
    at: datetime
    server: int | None
    asker: bytes
    question: str
    answered: bool
    confidence: float
    quotes: tuple[KeptQuote, ...]
    closest: tuple[KeptQuote, ...]
    channel: int | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Votes:
    """How many found an answer helpful, and how many did not."""

    up: int
    down: int


def digest_of(text: str) -> str:
    """Tells whether a stretch of an article is still what it was."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Records:
    """The records in one data folder. Safe to use from many threads; for worker threads, as it reads and writes."""

    def __init__(self, folder: Path, clock: Clock = lambda: datetime.now(UTC)) -> None:
        """Open the records in `folder`, or make them. Raises SettingsError where the folder cannot be used."""
        self._clock = clock
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._key = _key_in(folder / KEY)
            self._connection = sqlite3.connect(folder / DATABASE, check_same_thread=False, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            # What is forgotten is overwritten: SQLite would leave it readable in the file.
            self._connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
            )
            if not self._connection.execute("PRAGMA user_version").fetchone()[0]:
                self._connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            self._ask_channels = self._read_ask_channels()
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"The records in {folder} cannot be opened ({error}); make it writable, or move {DATABASE} away."
            ) from error

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    # Answers

    def keep(self, server: int | None, person: int, answer: Answer) -> Record:
        """Write down an answer that is about to be given to a person in a server, or in a direct message."""
        answer_id = secrets.token_hex(8)
        record = Record(
            id=answer_id,
            at=self._clock(),
            server=server,
            asker=self._pseudonym(answer_id, person),
            question=answer.question,
            answered=answer.answered,
            confidence=answer.confidence,
            quotes=tuple(map(KeptQuote.of, answer.quotes)),
            closest=tuple(map(KeptQuote.of, answer.closest)),
        )
        row = asdict(record) | {"at": record.at.isoformat()}
        row |= {name: json.dumps(row[name]) for name in ("quotes", "closest")}
        with self._writing() as connection:
            connection.execute(
                f"INSERT INTO answers ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row
            )
        return record

    def place(self, answer_id: str, channel: int | None, message: int) -> None:
        """Write down which message the answer became, and in which channel or thread of a server."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE answers SET channel = ?, message = ? WHERE id = ?", (channel, message, answer_id)
            )

    def answer(self, answer_id: str) -> Record | None:
        """The answer of that id, if it is still kept."""
        return self._one("SELECT * FROM answers WHERE id = ?", answer_id)

    def answer_in(self, message: int) -> Record | None:
        """The answer that this message is, if it is one and still kept."""
        return self._one("SELECT * FROM answers WHERE message = ?", message)

    def latest_in_thread(self, thread: int) -> Record | None:
        """The last answer in a thread that was begun on one, whose message has the same id; that one is the first.

        A question there that found nothing is not what is talked about.
        """
        first = self.answer_in(thread)
        if first is None:
            return None
        query = "SELECT * FROM answers WHERE channel = ? AND answered ORDER BY at DESC, rowid DESC LIMIT 1"
        return self._one(query, thread) or first

    def is_asker(self, record: Record, person: int) -> bool:
        """Whether the answer was given to that person."""
        return hmac.compare_digest(record.asker, self._pseudonym(record.id, person))

    def forget(self, answer_id: str) -> None:
        """Forget an answer and its votes."""
        with self._writing() as connection:
            connection.execute("DELETE FROM answers WHERE id = ?", (answer_id,))
        self._overwrite()

    def forget_messages(self, messages: Iterable[int]) -> None:
        """Forget the answers that these messages were."""
        with self._writing() as connection:
            gone = connection.executemany("DELETE FROM answers WHERE message = ?", [(number,) for number in messages])
        if gone.rowcount > 0:
            self._overwrite()

    def forget_older_than(self, days: int) -> int:
        """Forget what was kept longer than that; how many answers it was."""
        oldest = (self._clock() - timedelta(days=days)).isoformat()
        with self._writing() as connection:
            forgotten = connection.execute("DELETE FROM answers WHERE at < ?", (oldest,)).rowcount
        self._overwrite()
        return forgotten

    # Votes

    def vote(self, answer_id: str, person: int, *, up: bool) -> None:
        """Count a person's vote on an answer that is kept, in place of the one before."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO votes (answer, voter, up) SELECT id, ?, ? FROM answers WHERE id = ? "
                "ON CONFLICT DO UPDATE SET up = excluded.up",
                (self._pseudonym(answer_id, person), up, answer_id),
            )

    def votes(self, answer_id: str) -> Votes:
        """The votes on an answer."""
        with self._lock:
            row = self._connection.execute(
                "SELECT count(*) FILTER (WHERE up) AS up, count(*) FILTER (WHERE NOT up) AS down FROM votes "
                "WHERE answer = ?",
                (answer_id,),
            ).fetchone()
        return Votes(row["up"], row["down"])

    # Servers

    def is_ask_channel(self, channel: int) -> bool:
        """Whether every message in the channel is a question. From memory: it is asked of every message there is."""
        return channel in self._ask_channels

    def ask_channels(self, server: int | None = None) -> list[int]:
        """The ask channels of a server, or of all. From memory."""
        return sorted(channel for channel, home in self._ask_channels.items() if server in (None, home))

    def add_ask_channel(self, server: int, channel: int) -> None:
        """Make every message in the channel a question."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO ask_channels (channel, server) VALUES (?, ?)", (channel, server))
            self._ask_channels = self._read_ask_channels()

    def remove_ask_channel(self, channel: int) -> None:
        """Make it a channel like any other."""
        with self._writing() as connection:
            connection.execute("DELETE FROM ask_channels WHERE channel = ?", (channel,))
            self._ask_channels = self._read_ask_channels()

    def note_presence(self, present: Iterable[int], known: Iterable[int]) -> None:
        """Note that the bot is in the servers `present`; of those with data here or `known`, the others were left."""
        present = set(present)
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT server FROM ask_channels UNION SELECT server FROM answers WHERE server IS NOT NULL"
            )
            left = {row["server"] for row in rows} | set(known)
            connection.executemany("DELETE FROM left_servers WHERE server = ?", [(server,) for server in present])
            connection.executemany(
                "INSERT OR IGNORE INTO left_servers (server, at) VALUES (?, ?)",
                [(server, self._clock().isoformat()) for server in left - present],
            )

    def servers_left_for(self, days: int) -> list[int]:
        """The servers that were left that many days ago or before."""
        latest = (self._clock() - timedelta(days=days)).isoformat()
        with self._lock:
            rows = self._connection.execute("SELECT server FROM left_servers WHERE at <= ?", (latest,)).fetchall()
        return [row["server"] for row in rows]

    def forget_server(self, server: int) -> None:
        """Forget all that belongs to a server."""
        with self._writing() as connection:
            for table in ("answers", "ask_channels", "left_servers"):
                connection.execute(f"DELETE FROM {table} WHERE server = ?", (server,))
            self._ask_channels = self._read_ask_channels()
        self._overwrite()

    def _read_ask_channels(self) -> dict[int, int]:
        return {row["channel"]: row["server"] for row in self._connection.execute("SELECT * FROM ask_channels")}

    def _one(self, query: str, value: str | int) -> Record | None:
        with self._lock:
            row = self._connection.execute(query, (value,)).fetchone()
        return _record(row) if row else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the body, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _overwrite(self) -> None:
        """Leave nothing of what was deleted in the log that SQLite writes ahead."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _pseudonym(self, answer_id: str, person: int) -> bytes:
        return hmac.digest(self._key, f"{answer_id} {person}".encode(), hashlib.sha256)


def _record(row: sqlite3.Row) -> Record:
    values = dict(row)
    for name in ("quotes", "closest"):
        values[name] = tuple(KeptQuote(**quote) for quote in json.loads(values[name]))
    return Record(**values | {"at": datetime.fromisoformat(values["at"]), "answered": bool(values["answered"])})


def _key_in(file: Path) -> bytes:
    """The key in `file`, made on first use and readable by its owner alone."""
    key = file.read_bytes() if file.exists() else b""
    if len(key) == KEY_BYTES:
        return key
    handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")  # which its owner alone can read
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))
    os.replace(fresh, file)  # a crash before this leaves no half a key
    return file.read_bytes()
