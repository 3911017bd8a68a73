"""Keeps the answers given, their votes, and the questions that found nothing.

The words of a question are sealed (`sealing.py`). No user's id or name is written down. Who asked and who voted are
kept as the HMAC-SHA256 of answer and user, under a key in a file of its own. That is enough to recognize the person at
the next press, and differs for every answer.

The channel of a direct message would tell who the person is, but the bot needs it to edit the message after a
correction. So it is sealed: its eight bytes are XORed with the first eight of the HMAC-SHA256 of "channel" and the
answer's id, under the same key. Every answer has its own id, so no such pad is used twice, and nobody can read the
channel without the key's file.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.storage.database import Database, Row
from index import Answer, Outcome, Quote

Clock = Callable[[], datetime]


class Fate(StrEnum):
    """What became of a quoted sentence that no longer stands in its article, or that nobody may quote any more."""

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    BANNED = "banned"
    """It stands, but editors want it quoted no more."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a message says of a quote that no longer stands: its fate, and when that was found, in Unix seconds."""

    fate: Fate
    at: int


Marks = tuple[Mark | None, ...]
"""One for each quote in the message, in their order; None for a quote that stands. Empty if all of them stand."""


@dataclass(frozen=True, slots=True)
class KeptQuote:
    """The place of a quote in its article, and the digest of its words. The words are read from the library again."""

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
class Frame:
    """What a question was limited to, and the id of the answer that it may follow up: needed to ask it once more.

    `since` and `until` are moments in ISO 8601; `until` is the first one after the period.
    """

    article_id: str | None = None
    since: str | None = None
    until: str | None = None
    follows: str | None = None

    @classmethod
    def of(cls, answer: Answer, follows: str | None) -> "Frame":
        """The frame of the question that was answered."""
        limits = answer.limits
        return cls(
            article_id=limits.article.id if limits.article else None,
            since=limits.since.isoformat() if limits.since else None,
            until=limits.until.isoformat() if limits.until else None,
            follows=follows,
        )


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer given, or a question that found nothing; `server` and `channel` are None in a direct message.

    `asked` is the message that holds the question, if one does. `marks` is what its message says now of the quotes that
    it shows. `outcome` is None if the answer is from before outcomes were kept; then a question without an answer was
    shown the closest sentence. `language` is the ISO 639 code of the question's language. `chosen` says that editors
    chose the first quote for that question.
    """

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
    sealed_channel: bytes | None = None
    marks: Marks = ()
    outcome: Outcome | None = None
    asked: int | None = None
    language: str = "en"
    chosen: bool = False
    frame: Frame = Frame()

    @property
    def shown(self) -> tuple[KeptQuote, ...]:
        """The quotes for its message, which may not have room for all; or the sentence that may answer; or none."""
        return self.quotes or (self.closest[:1] if self.outcome in (Outcome.PERHAPS, None) else ())


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote in the message of an answer, with its number there and what is needed to tell whether it stands."""

    answer_id: str
    number: int
    server: int | None
    article_id: str
    start: int
    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Votes:
    """How many found an answer helpful, and how many did not."""

    up: int
    down: int


@dataclass(frozen=True, slots=True)
class RatedQuestion:
    """What was asked in a server, the sentences that answered it, if any did, and the votes on that.

    `perhaps` says that it was not answered, but that a sentence was shown that may answer it. `confidence` is that of
    the answer, from 0 to 1. `chosen` says that editors chose the first sentence, whatever the confidence. `waiting` is
    how many wait for an answer.
    """

    question: str
    at: datetime
    quotes: tuple[KeptQuote, ...]
    votes: Votes
    perhaps: bool = False
    confidence: float = 0.0
    chosen: bool = False
    waiting: int = 0


def digest_of(text: str) -> str:
    """The digest of a part of an article, which tells later whether the part is still the same."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_FOUND = "(answered OR outcome <> 'absent')"
"""What holds for an answer that a question can follow up: something was found, though it may not be an answer."""

_LATEST = 2**63 - 1
"""Later than any message."""

_ASKED_BEFORE = "(asked IS NULL OR asked < ?)"
"""What holds for an answer to a message before that one. The ids of messages grow with time."""


class AnswerStore:
    """The answers in one database."""

    def __init__(self, database: Database, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    # Answers

    def keep(
        self, server: int | None, person: int, answer: Answer, asked: int | None = None, follows: str | None = None
    ) -> AnswerRecord:
        """Write down an answer that is about to be given to a person in a server, or in a direct message.

        `asked` is the message that holds the question, if one does. `follows` is the id of the answer that the question
        may follow up.
        """
        answer_id = secrets.token_hex(8)
        record = AnswerRecord(
            id=answer_id,
            at=self._clock(),
            server=server,
            asker=self._pseudonym(answer_id, person),
            question=answer.question,
            answered=answer.answered,
            confidence=answer.confidence,
            quotes=tuple(map(KeptQuote.of, answer.quotes)),
            closest=tuple(map(KeptQuote.of, answer.closest)),
            outcome=answer.outcome,
            asked=asked,
            language=answer.language,
            chosen=answer.chosen,
            frame=Frame.of(answer, follows),
        )
        row = asdict(record) | {"at": record.at.isoformat()}
        row["sealed_question"] = self._database.sealer.seal(row.pop("question"), answer_id)
        row |= {name: json.dumps(row[name]) for name in ("quotes", "closest", "marks", "frame")}
        with self._database.writing() as connection:
            connection.execute(
                f"INSERT INTO answers ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
            )
        return record

    def place(self, answer_id: str, channel: int, message: int, *, direct: bool = False) -> None:
        """Write down which message the answer became, and in which channel or thread; sealed if that is `direct`.

        An answer that the message was before is forgotten, with its votes: the question was edited.
        """
        open_, sealed = (None, _xor(channel.to_bytes(8), self._pad(answer_id))) if direct else (channel, None)
        with self._database.writing() as connection:
            before = connection.execute("DELETE FROM answers WHERE message = ? AND id <> ?", (message, answer_id))
            connection.execute(
                "UPDATE answers SET channel = ?, sealed_channel = ?, message = ? WHERE id = ?",
                (open_, sealed, message, answer_id),
            )
        if before.rowcount > 0:
            self._database.overwrite()

    def channel_of(self, record: AnswerRecord) -> int | None:
        """The channel of the answer's message, also where it is sealed; None where there is no message."""
        if record.sealed_channel is None:
            return record.channel
        return int.from_bytes(_xor(record.sealed_channel, self._pad(record.id)))

    def answer(self, answer_id: str) -> AnswerRecord | None:
        """The answer of that id, if it is still kept."""
        return self._one("SELECT * FROM answers WHERE id = ?", answer_id)

    def answer_in(self, message: int) -> AnswerRecord | None:
        """The answer that this message is, if it is one and still kept."""
        return self._one("SELECT * FROM answers WHERE message = ?", message)

    def latest_in_thread(self, thread: int, *, before: int = _LATEST) -> AnswerRecord | None:
        """The last answer in a thread that was started on an answer, which is the first; None in other threads.

        The thread has the id of the message that it was started on. Questions that found nothing are passed over, and
        those that were asked by the message `before` or by later ones.
        """
        first = self.answer_in(thread)
        return (self.latest_in(thread, before=before) or first) if first else None

    def latest_in(self, channel: int, *, before: int = _LATEST) -> AnswerRecord | None:
        """The last answer in a channel or thread to anybody, with the same exceptions; None if there is none."""
        rows = self._database.rows(
            f"SELECT * FROM answers WHERE channel = ? AND {_FOUND} AND {_ASKED_BEFORE} ORDER BY rowid DESC LIMIT 1",
            channel,
            before,
        )
        return self._record(rows[0]) if rows else None

    def latest_to(self, person: int, channel: int, *, minutes: float, before: int = _LATEST) -> AnswerRecord | None:
        """The last answer in a channel that was given to that person, in the last minutes; None if there is none.

        Questions that found nothing are passed over, and those that were asked by the message `before` or later ones.
        """
        rows = self._database.rows(
            f"SELECT * FROM answers WHERE channel = ? AND at >= ? AND {_FOUND} AND {_ASKED_BEFORE} ORDER BY rowid DESC",
            channel,
            (self._clock() - timedelta(minutes=minutes)).isoformat(),
            before,
        )
        return next((record for record in map(self._record, rows) if self.is_asker(record, person)), None)

    def answers_to(self, messages: Iterable[int]) -> list[AnswerRecord]:
        """The answers to the questions that these messages hold."""
        rows = self._database.rows("SELECT * FROM answers WHERE asked IN ? ORDER BY rowid", list(messages))
        return [self._record(row) for row in rows]

    def is_asker(self, record: AnswerRecord, person: int) -> bool:
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

    def channels(self, server: int) -> list[int]:
        """The channels and threads of a server with answers that are kept."""
        rows = self._database.rows(
            "SELECT DISTINCT channel FROM answers WHERE server = ? AND channel IS NOT NULL", server
        )
        return [row["channel"] for row in rows]

    def forget_channels(self, channels: Iterable[int]) -> None:
        """Forget the answers in these channels and threads."""
        with self._database.writing() as connection:
            gone = connection.executemany("DELETE FROM answers WHERE channel = ?", [(number,) for number in channels])
        if gone.rowcount > 0:
            self._database.overwrite()

    def forget_older_than(self, days: int) -> int:
        """Forget the answers that are older than that; returns how many they were.

        Answers from as far in the future are forgotten, too: the clock was wrong when they were given.
        """
        now, span = self._clock(), timedelta(days=days)
        limits = (now - span).isoformat(), (now + span).isoformat()
        with self._database.writing() as connection:
            forgotten = connection.execute("DELETE FROM answers WHERE at < ? OR at > ?", limits).rowcount
        self._database.overwrite()
        return forgotten

    # What is kept of one person

    def given_to(self, person: int) -> list[AnswerRecord]:
        """The answers that were given to that person anywhere, the oldest first. It looks at every answer."""
        rows = self._database.rows("SELECT id, asker FROM answers")
        own = [row["id"] for row in rows if hmac.compare_digest(row["asker"], self._pseudonym(row["id"], person))]
        rows = self._database.rows("SELECT * FROM answers WHERE id IN ? ORDER BY at, rowid", own)
        return [self._record(row) for row in rows]

    def votes_of(self, person: int) -> int:
        """How many votes of that person are kept. It looks at every vote."""
        return len(self._voted(person))

    def forget_votes_of(self, person: int) -> int:
        """Forget that person's votes; returns how many they were."""
        with self._database.writing() as connection:
            own = self._voted(person)
            connection.executemany("DELETE FROM votes WHERE answer = ? AND voter = ?", own)
        self._database.overwrite()
        return len(own)

    def _voted(self, person: int) -> list[tuple[str, bytes]]:
        rows = self._database.rows("SELECT answer, voter FROM votes")
        return [(answer, voter) for answer, voter in rows if voter == self._pseudonym(answer, person)]

    # Corrections

    def servers(self) -> set[int | None]:
        """The servers with messages that are kept; None stands for direct messages."""
        rows = self._database.rows("SELECT DISTINCT server FROM answers WHERE message IS NOT NULL")
        return {row["server"] for row in rows}

    def shown(self, servers: Collection[int | None]) -> list[ShownQuote]:
        """The quotes in the messages of these servers, by article. SQL takes the records apart, which is faster."""
        items, field = self._database.items, self._database.field
        rows = self._database.rows(
            f"""SELECT a.id, q.key, server, {field("q.value", "article_id")}, {field("q.value", "start", number=True)},
                       {field("q.value", "end", number=True)}, {field("q.value", "digest")}
                FROM answers a, {items("CASE quotes WHEN '[]' THEN closest ELSE quotes END")} q
                WHERE message IS NOT NULL
                  AND (quotes <> '[]' OR q.key = 0 AND (outcome IS NULL OR outcome = 'perhaps'))
                  AND (server IN ? OR server IS NULL AND ?)
                ORDER BY 4""",
            *_as_values(servers),
        )
        return [ShownQuote(*row) for row in rows]

    def marks(self, servers: Collection[int | None]) -> dict[str, Marks]:
        """The marks that messages in these servers show, by the ids of their answers."""
        rows = self._database.rows(
            "SELECT id, marks FROM answers WHERE marks <> '[]' AND (server IN ? OR server IS NULL AND ?)",
            *_as_values(servers),
        )
        return {row["id"]: _marks(row["marks"]) for row in rows}

    def mark(self, answer_id: str, marks: Marks) -> None:
        """Write down the marks that the message of an answer shows now."""
        with self._database.writing() as connection:
            connection.execute("UPDATE answers SET marks = ? WHERE id = ?", (_as_json(marks), answer_id))

    # Verifying

    def quoted(self, server: int | None, digests: Collection[str]) -> list[KeptQuote]:
        """The quotes with one of these digests, of the answers that are kept of a server, or of direct messages."""
        items, field = self._database.items, self._database.field
        rows = self._database.rows(
            f"""SELECT DISTINCT CAST(q.value AS TEXT) AS quote FROM answers a, {items("a.quotes", tolerant=True)} q
                WHERE a.server IS ? AND {field("q.value", "digest")} IN ?""",
            server,
            list(digests),
        )
        return [KeptQuote(**json.loads(row["quote"])) for row in rows]

    # Votes

    def vote(self, answer_id: str, person: int, *, up: bool) -> None:
        """Count a person's vote on an answer that is kept, in place of the one before."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO votes (answer, voter, up) SELECT id, ?, ? FROM answers WHERE id = ? "
                "ON CONFLICT (answer, voter) DO UPDATE SET up = excluded.up",
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

    def asked_in(self, server: int, days: int) -> list[RatedQuestion]:
        """What was asked in a server in the last days and is kept, the oldest first."""
        rows = self._database.rows(
            "SELECT id, sealed_question, at, quotes, outcome, confidence, chosen, "
            "(SELECT count(*) FROM votes WHERE answer = id AND up) AS up, "
            "(SELECT count(*) FROM votes WHERE answer = id AND NOT up) AS down, "
            "(SELECT count(*) FROM waiting WHERE answer = answers.id) AS waiting FROM answers "
            "WHERE server = ? AND at >= ? ORDER BY at, rowid",
            server,
            (self._clock() - timedelta(days=days)).isoformat(),
        )
        return [
            RatedQuestion(
                self._question(row),
                datetime.fromisoformat(row["at"]),
                _quotes(row["quotes"]),
                Votes(row["up"], row["down"]),
                perhaps=row["outcome"] == Outcome.PERHAPS,
                confidence=row["confidence"],
                chosen=bool(row["chosen"]),
                waiting=row["waiting"],
            )
            for row in rows
        ]

    def check(self) -> None:
        """Read all answers. Raises SettingsError if one is damaged."""
        for row in self._database.rows("SELECT * FROM answers"):
            self._record(row)

    def _one(self, query: str, value: str | int) -> AnswerRecord | None:
        row = self._database.row(query, value)
        return self._record(row) if row else None

    def _record(self, row: Row) -> AnswerRecord:
        """The answer in a row. Raises SettingsError if it is damaged."""
        try:
            return self._read(row)
        except (ValueError, TypeError, KeyError) as error:
            raise self._database.damaged(f"an answer in it cannot be read: {error}") from error

    def _read(self, row: Row) -> AnswerRecord:
        values = {name: row[name] for name in AnswerRecord.__slots__ if name != "question"}
        for name in ("quotes", "closest"):
            values[name] = _quotes(values[name])
        values |= {"at": datetime.fromisoformat(values["at"]), "marks": _marks(values["marks"])}
        outcome = Outcome(values["outcome"]) if values["outcome"] else None
        values |= {"answered": bool(values["answered"]), "outcome": outcome, "question": self._question(row)}
        values["chosen"] = bool(values["chosen"])
        values["frame"] = Frame(**json.loads(values["frame"]))
        return AnswerRecord(**values)

    def _question(self, row: Row) -> str:
        """The question in a row; "" if the row was damaged."""
        return self._database.sealer.unseal(row["sealed_question"], row["id"]) or ""

    def _pseudonym(self, answer_id: str, person: int) -> bytes:
        return hmac.digest(self._database.key, f"{answer_id} {person}".encode(), hashlib.sha256)

    def _pad(self, answer_id: str) -> bytes:
        return hmac.digest(self._database.key, f"channel {answer_id}".encode(), hashlib.sha256)[:8]


def _as_values(servers: Collection[int | None]) -> tuple[list[int], bool]:
    """The servers as a query takes them: a list, and whether direct messages are among them."""
    return [server for server in servers if server is not None], None in servers


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _as_json(marks: Marks) -> str:
    return json.dumps([asdict(mark) if mark else None for mark in marks])


def _marks(text: str) -> Marks:
    return tuple(Mark(Fate(mark["fate"]), mark["at"]) if mark else None for mark in json.loads(text))


def _quotes(kept: str) -> tuple[KeptQuote, ...]:
    return tuple(KeptQuote(**quote) for quote in json.loads(kept))
