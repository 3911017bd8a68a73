"""What editors chose: sentences pinned to questions, and sentences that are never to be quoted.

A sentence is kept as its article and digests of its words, never as the words themselves, which may be withdrawn one
day. A pinned question may be a reader's, so its words are sealed, as those of all questions are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.storage.database import Cursor, Database, Row
from index import Pin, SentenceKey

KEPT = timedelta(hours=1)
"""How long what was removed can be restored."""


@dataclass(frozen=True, slots=True)
class KeptPin:
    """A pin of a server, or of the operator's for all (`server` is None). `lapsed` says that editors were told so."""

    number: int
    server: int | None
    at: datetime
    question: str
    sentence: SentenceKey
    lapsed: bool = False

    @property
    def pin(self) -> Pin:
        """What the library needs of it."""
        return Pin(self.question, self.sentence)


@dataclass(frozen=True, slots=True)
class KeptBan:
    """A sentence that a server, or the operator (`server` is None), never wants quoted.

    `digest` is that of its words in the records of answers.
    """

    number: int
    server: int | None
    at: datetime
    sentence: SentenceKey
    digest: str


class ChoiceStore:
    """Pins and bans in one database. Their numbers are never used again."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def stamp(self) -> tuple[int, ...]:
        """It changes whenever a pin or a ban is added or removed, by this process or another one."""
        row = self._database.row(
            "SELECT p.*, b.* FROM (SELECT count(*), sum(number), max(number) FROM pins WHERE removed IS NULL) p, "
            "(SELECT count(*), sum(number), max(number) FROM bans WHERE removed IS NULL) b"
        )
        assert row is not None
        return tuple(int(value or 0) for value in row)

    def servers(self) -> list[int | None]:
        """The servers with pins; None stands for the operator."""
        return [row["server"] for row in self._database.rows("SELECT DISTINCT server FROM pins WHERE removed IS NULL")]

    def pins(self, server: int | None) -> list[KeptPin]:
        """The pins of a server, or of the operator, the oldest first. Those of a damaged row are left out."""
        rows = self._database.rows("SELECT * FROM pins WHERE server IS ? AND removed IS NULL ORDER BY number", server)
        return [pin for row in rows if (pin := self._pin(row)).question]

    def bans(self, server: int | None) -> list[KeptBan]:
        """The sentences that a server, or the operator, never wants quoted, the oldest first."""
        rows = self._database.rows("SELECT * FROM bans WHERE server IS ? AND removed IS NULL ORDER BY number", server)
        return [_ban(row) for row in rows]

    def add_pin(self, server: int | None, question: str, sentence: SentenceKey) -> KeptPin:
        """Keep a pin."""
        at = self._clock()
        with self._database.writing() as connection:
            number = _number(
                connection.execute(
                    "INSERT INTO pins (server, at, sealed_question, article, digest) VALUES (?, ?, ?, ?, ?) "
                    "RETURNING number",
                    (server, at.isoformat(), b"", sentence.article_id, sentence.digest),
                )
            )
            sealed = self._database.sealer.seal(question, _place(number))
            connection.execute("UPDATE pins SET sealed_question = ? WHERE number = ?", (sealed, number))
        return KeptPin(number, server, at, question, sentence)

    def add_ban(self, server: int | None, sentence: SentenceKey, digest: str) -> KeptBan:
        """Keep a ban."""
        at = self._clock()
        with self._database.writing() as connection:
            number = _number(
                connection.execute(
                    "INSERT INTO bans (server, at, article, digest, kept_digest) VALUES (?, ?, ?, ?, ?) "
                    "RETURNING number",
                    (server, at.isoformat(), sentence.article_id, sentence.digest, digest),
                )
            )
        return KeptBan(number, server, at, sentence, digest)

    def remove_pin(self, server: int | None, number: int) -> bool:
        """Remove a pin of that server; for an hour it can be restored. Returns whether there was one."""
        return self._remove("pins", server, number)

    def remove_ban(self, server: int | None, number: int) -> bool:
        """Remove a ban of that server; for an hour it can be restored. Returns whether there was one."""
        return self._remove("bans", server, number)

    def restore_pin(self, server: int | None, number: int) -> bool:
        """Bring back a pin that was removed within the hour. Returns whether there was one."""
        return self._restore("pins", server, number)

    def restore_ban(self, server: int | None, number: int) -> bool:
        """Bring back a ban that was removed within the hour. Returns whether there was one."""
        return self._restore("bans", server, number)

    def forget_removed(self) -> None:
        """Forget what was removed an hour ago or before; also where the clock was set back by more than that since."""
        gone = 0
        with self._database.writing() as connection:
            for table in ("pins", "bans"):
                limits = (self._oldest, (self._clock() + KEPT).isoformat())
                gone += connection.execute(f"DELETE FROM {table} WHERE removed < ? OR removed > ?", limits).rowcount
        if gone:
            self._database.overwrite()

    def _remove(self, table: str, server: int | None, number: int) -> bool:
        with self._database.writing() as connection:
            query = f"UPDATE {table} SET removed = ? WHERE server IS ? AND number = ? AND removed IS NULL"
            return connection.execute(query, (self._clock().isoformat(), server, number)).rowcount > 0

    def _restore(self, table: str, server: int | None, number: int) -> bool:
        with self._database.writing() as connection:
            query = f"UPDATE {table} SET removed = NULL WHERE server IS ? AND number = ? AND removed >= ?"
            return connection.execute(query, (server, number, self._oldest)).rowcount > 0

    @property
    def _oldest(self) -> str:
        return (self._clock() - KEPT).isoformat()

    def note_lapse(self, number: int, *, lapsed: bool) -> None:
        """Write down that editors were told that a pin does not hold at present, or that it holds again."""
        with self._database.writing() as connection:
            connection.execute("UPDATE pins SET lapsed = ? WHERE number = ?", (lapsed, number))

    def _pin(self, row: Row) -> KeptPin:
        question = self._database.sealer.unseal(row["sealed_question"], _place(row["number"])) or ""
        at, sentence = datetime.fromisoformat(row["at"]), SentenceKey(row["article"], row["digest"])
        return KeptPin(row["number"], row["server"], at, question, sentence, bool(row["lapsed"]))


def _ban(row: Row) -> KeptBan:
    at, sentence = datetime.fromisoformat(row["at"]), SentenceKey(row["article"], row["digest"])
    return KeptBan(row["number"], row["server"], at, sentence, row["kept_digest"])


def _number(added: Cursor) -> int:
    return int(added.fetchone()[0])


def _place(number: int) -> str:
    """What a pin's question is sealed for."""
    return f"pin {number}"
