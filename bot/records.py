"""What the bot remembers: answers given, votes, and questions that found nothing.

No user's id or name is written down. Who asked and who voted are kept as HMAC-SHA256 of answer and user, under a key
that lies in a file of its own: enough to recognize the person on the next press, and different for every answer.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from bot.database import Database
from index import Answer, Quote

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


@dataclass(frozen=True, slots=True)
class Rated:
    """What was asked in a server, the sentences that answered it, if any did, and the votes on that."""

    question: str
    at: datetime
    quotes: tuple[KeptQuote, ...]
    votes: Votes


def digest_of(text: str) -> str:
    """Tells whether a stretch of an article is still what it was."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Records:
    """The answers in one database."""

    def __init__(self, database: Database, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

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
        with self._database.writing() as connection:
            connection.execute(
                f"INSERT INTO answers ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row
            )
        return record

    def place(self, answer_id: str, channel: int | None, message: int) -> None:
        """Write down which message the answer became, and in which channel or thread of a server."""
        with self._database.writing() as connection:
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
        with self._database.writing() as connection:
            connection.execute("DELETE FROM answers WHERE id = ?", (answer_id,))
        self._database.overwrite()

    def forget_messages(self, messages: Iterable[int]) -> None:
        """Forget the answers that these messages were."""
        with self._database.writing() as connection:
            gone = connection.executemany("DELETE FROM answers WHERE message = ?", [(number,) for number in messages])
        if gone.rowcount > 0:
            self._database.overwrite()

    def forget_older_than(self, days: int) -> int:
        """Forget what was kept longer than that; how many answers it was."""
        oldest = (self._clock() - timedelta(days=days)).isoformat()
        with self._database.writing() as connection:
            forgotten = connection.execute("DELETE FROM answers WHERE at < ?", (oldest,)).rowcount
        self._database.overwrite()
        return forgotten

    # Votes

    def vote(self, answer_id: str, person: int, *, up: bool) -> None:
        """Count a person's vote on an answer that is kept, in place of the one before."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO votes (answer, voter, up) SELECT id, ?, ? FROM answers WHERE id = ? "
                "ON CONFLICT DO UPDATE SET up = excluded.up",
                (self._pseudonym(answer_id, person), up, answer_id),
            )

    def votes(self, answer_id: str) -> Votes:
        """The votes on an answer."""
        (row,) = self._database.rows(
            "SELECT count(*) FILTER (WHERE up) AS up, count(*) FILTER (WHERE NOT up) AS down FROM votes "
            "WHERE answer = ?",
            answer_id,
        )
        return Votes(row["up"], row["down"])

    # Insights

    def asked_in(self, server: int, days: int) -> list[Rated]:
        """What was asked in a server in the last days and is kept, the oldest first."""
        rows = self._database.rows(
            "SELECT question, at, quotes, (SELECT count(*) FROM votes WHERE answer = id AND up) AS up, "
            "(SELECT count(*) FROM votes WHERE answer = id AND NOT up) AS down FROM answers "
            "WHERE server = ? AND at >= ? ORDER BY at, rowid",
            server,
            (self._clock() - timedelta(days=days)).isoformat(),
        )
        return [
            Rated(
                row["question"],
                datetime.fromisoformat(row["at"]),
                _quotes(row["quotes"]),
                Votes(row["up"], row["down"]),
            )
            for row in rows
        ]

    def _one(self, query: str, value: str | int) -> Record | None:
        row = self._database.row(query, value)
        return _record(row) if row else None

    def _pseudonym(self, answer_id: str, person: int) -> bytes:
        return hmac.digest(self._database.key, f"{answer_id} {person}".encode(), hashlib.sha256)


def _record(row: sqlite3.Row) -> Record:
    values = {name: row[name] for name in Record.__slots__}
    for name in ("quotes", "closest"):
        values[name] = _quotes(values[name])
    return Record(**values | {"at": datetime.fromisoformat(values["at"]), "answered": bool(values["answered"])})


def _quotes(kept: str) -> tuple[KeptQuote, ...]:
    return tuple(KeptQuote(**quote) for quote in json.loads(kept))
