"""Keeps who waits for the answer to a question that found none, and how far each library was looked through for one.

A wait hangs on the record of the question: if that is forgotten, so is the wait. If the question was edited, it has
another record, and who waits can be moved to that. The number of the person, which the
bot needs to tell them, is sealed together with their language, as questions are (`sealing.py`). A keyed hash of answer
and person, as for the one who asked, finds a person's waits without opening them.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.storage.database import Database, Row

PERSON_MOST, SERVER_MOST, ALL_MOST = 10, 1_000, 10_000
"""How many questions a person may wait for, and how many waits a server and the whole bot may have."""

HERE_MOST = 3
"""How many are told in the channel about one question; everybody else by direct message, lest the channel fills."""


class Full(StrEnum):
    """Why somebody cannot wait: for too much is waited already, by them, in their server, or in all."""

    PERSON = "person"
    SERVER = "server"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody who waits since `at` for the answer to a question that was asked at `asked`; `answer_id` is its record.

    `direct` says that they are told by direct message, in their `language`, and not where the question was asked.
    `has_place` says that everybody saw it there. `telling` is the answer that they are just being told; it is still
    there only if the bot was stopped in the middle.
    """

    id: str
    answer_id: str
    server: int | None
    at: datetime
    asked: datetime
    person: int
    language: str
    direct: bool
    has_place: bool
    telling: str | None = None


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """The record of a question that somebody waits for: the ids of the wait and of the record, and its server."""

    id: str
    answer_id: str
    server: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a library was looked through: up to which passage, and up to when held articles may have opened."""

    passage: int
    at: datetime


class WaitStore:
    """The waits in one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    # Who waits

    def begin(self, answer_id: str, person: int, language: str) -> Wait | Full | None:
        """Have a person wait for the answer to a question; if they do so already, that stays as it is.

        They are told where it was asked, if everybody saw it there and not more than HERE_MOST wait for it so already;
        otherwise by direct message. Returns None if the question is no longer on record, and Full if there are too many
        waits.
        """
        waiter, wait_id = self._pseudonym(answer_id, person), secrets.token_hex(8)
        with self._database.writing() as connection:
            record = connection.execute(
                "SELECT server, channel IS NOT NULL AND message IS NOT NULL AS has_place FROM answers WHERE id = ?",
                (answer_id,),
            ).fetchone()
            if record is None:
                return None
            if known := self._wait("answer = ? AND waiter = ?", answer_id, waiter):
                return known
            if full := self._full(person, record["server"]):
                return full
            (here,) = connection.execute(
                "SELECT count(*) FROM waiting WHERE answer = ? AND NOT direct", (answer_id,)
            ).fetchone()
            sealed = self._database.sealer.seal(json.dumps({"person": person, "language": language}), wait_id)
            direct = not record["has_place"] or here >= HERE_MOST
            values = wait_id, answer_id, self._clock().isoformat(), waiter, sealed, direct
            connection.execute(
                "INSERT INTO waiting (id, answer, at, waiter, sealed, direct) VALUES (?, ?, ?, ?, ?, ?)", values
            )
            return self._wait("waiting.id = ?", wait_id)

    def _full(self, person: int, server: int | None) -> Full | None:
        if len(self._own(person)) >= PERSON_MOST:
            return Full.PERSON
        query = "SELECT count(*) FROM waiting JOIN answers ON answers.id = answer"
        if self._database.rows(f"{query} WHERE server IS ?", server)[0][0] >= SERVER_MOST:
            return Full.SERVER
        return Full.ALL if self._database.rows(query)[0][0] >= ALL_MOST else None

    def find(self, wait_id: str, person: int) -> Wait | None:
        """That wait, if it is that person's; None for anybody else's, and for one that has ended."""
        wait = self._wait("waiting.id = ?", wait_id)
        return wait if wait and wait.person == person else None

    def redirect(self, wait_id: str, *, direct: bool) -> bool:
        """Have somebody told by direct message, or where they asked. Returns False if there are too many there."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE waiting SET direct = ? WHERE id = ? AND (? OR ? > (SELECT count(*) FROM waiting AS other "
                "WHERE other.answer = waiting.answer AND other.id <> waiting.id AND NOT other.direct))",
                (direct, wait_id, direct, HERE_MOST),
            )
        return changed.rowcount > 0

    def of_person(self, person: int) -> list[Wait]:
        """All that a person waits for, the oldest first. It looks at every wait."""
        return self._waits("waiting.id IN ?", self._own(person))

    def end(self, wait_id: str) -> None:
        """Forget a wait: the person was told, or waits no longer."""
        self._delete("id = ?", wait_id)

    def end_unaskable(self, wait: Wait) -> None:
        """Forget a wait whose question cannot be asked any more, unless the question was edited meanwhile."""
        self._delete("id = ? AND answer = ?", wait.id, wait.answer_id)

    def move(self, before: str, after: str) -> int:
        """Have all who wait for the answer to a question wait for that to its edited words; returns how many they are.

        `before` and `after` are the ids of the two records. The edited question is due, as it may be answered already.
        """
        with self._database.writing() as connection:
            if not connection.execute("SELECT 1 FROM answers WHERE id = ?", (after,)).fetchone():
                return 0
            moved = 0
            for wait in self._waits("answer = ?", before):
                waiter = self._pseudonym(after, wait.person)
                known = "SELECT 1 FROM waiting WHERE answer = ? AND waiter = ?"
                if connection.execute(known, (after, waiter)).fetchone() is None:  # else they pressed its button, too
                    connection.execute(
                        "UPDATE waiting SET answer = ?, waiter = ?, due = TRUE WHERE id = ?", (after, waiter, wait.id)
                    )
                moved += 1
        return moved

    def end_all_of(self, person: int) -> int:
        """Forget all that a person waits for; returns how much that was."""
        return self._delete("id IN ?", self._own(person))

    def end_in(self, server: int) -> int:
        """Forget all waits of a server; returns how many there were."""
        return self._delete("answer IN (SELECT id FROM answers WHERE server = ?)", server)

    def waiting_for(self, answer_id: str) -> int:
        """How many wait for the answer to that question."""
        return int(self._database.rows("SELECT count(*) FROM waiting WHERE answer = ?", answer_id)[0][0])

    def count(self) -> int:
        """How many waits there are."""
        return int(self._database.rows("SELECT count(*) FROM waiting")[0][0])

    # What is looked through for them

    def waited_for(self) -> list[WaitedFor]:
        """All questions that are waited for, the oldest wait first."""
        rows = self._database.rows(
            "SELECT waiting.id, answer, server FROM waiting JOIN answers ON answers.id = answer ORDER BY waiting.rowid"
        )
        return [WaitedFor(*row) for row in rows]

    def looked_through(self) -> dict[int | None, Looked]:
        """How far each library was looked through, by server; None stands for the base library."""
        rows = self._database.rows("SELECT server, passage, at FROM looked_through")
        return {server: Looked(passage, datetime.fromisoformat(at)) for server, passage, at in rows}

    def note_looked_through(self, server: int | None, looked: Looked | None, due: Iterable[str] = ()) -> None:
        """Note how far a library was looked through, and what must be asked again because of that.

        Both are written at once, so that a stop in between loses nothing. With None the library is forgotten.
        """
        with self._database.writing() as connection:
            connection.execute("DELETE FROM looked_through WHERE server IS ?", (server,))
            if looked is not None:
                values = server, looked.passage, looked.at.isoformat()
                connection.execute("INSERT INTO looked_through VALUES (?, ?, ?)", values)
            connection.executemany("UPDATE waiting SET due = TRUE WHERE id = ?", [(wait_id,) for wait_id in due])

    def due(self) -> list[Wait]:
        """Those whose question must be asked again, the oldest wait first."""
        return self._waits("due")

    def note_asked(self, wait: Wait) -> None:
        """Note that a question was asked again, and found nothing new; not if it was edited meanwhile."""
        with self._database.writing() as connection:
            asked = wait.id, wait.answer_id
            connection.execute("UPDATE waiting SET due = FALSE, telling = NULL WHERE id = ? AND answer = ?", asked)

    def note_telling(self, wait_id: str, answer_id: str | None) -> None:
        """Note which answer somebody is about to be told, or that they could not be told now."""
        with self._database.writing() as connection:
            connection.execute("UPDATE waiting SET telling = ? WHERE id = ?", (answer_id, wait_id))

    def _own(self, person: int) -> list[str]:
        rows = self._database.rows("SELECT id, answer, waiter FROM waiting")
        return [row["id"] for row in rows if hmac.compare_digest(row["waiter"], self._pseudonym(row["answer"], person))]

    def _wait(self, condition: str, *values: object) -> Wait | None:
        return next(iter(self._waits(condition, *values)), None)

    def _waits(self, condition: str, *values: object) -> list[Wait]:
        rows = self._database.rows(
            "SELECT waiting.*, server, answers.at AS asked, channel IS NOT NULL AND message IS NOT NULL AS has_place "
            f"FROM waiting JOIN answers ON answers.id = answer WHERE {condition} "
            "ORDER BY waiting.rowid",
            *values,
        )
        return [wait for row in rows if (wait := self._opened(row))]

    def _opened(self, row: Row) -> Wait | None:
        """The wait in a row; None if the row was damaged."""
        sealed = self._database.sealer.unseal(row["sealed"], row["id"])
        if sealed is None:
            return None
        moment = datetime.fromisoformat
        return Wait(
            id=row["id"],
            answer_id=row["answer"],
            server=row["server"],
            at=moment(row["at"]),
            asked=moment(row["asked"]),
            **json.loads(sealed),
            direct=bool(row["direct"]),
            has_place=bool(row["has_place"]),
            telling=row["telling"],
        )

    def _delete(self, condition: str, *values: object) -> int:
        with self._database.writing() as connection:
            gone = connection.execute(f"DELETE FROM waiting WHERE {condition}", values).rowcount
        if gone:
            self._database.overwrite()
        return gone

    def _pseudonym(self, answer_id: str, person: int) -> bytes:
        return hmac.digest(self._database.key, f"waiting {answer_id} {person}".encode(), hashlib.sha256)
