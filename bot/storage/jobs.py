"""What is remembered of the desk's work: a job that is under way, for a restart, and what takes a change back."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.storage.database import Database

KEPT = timedelta(hours=1)
"""How long a change can be taken back, and a removal that was asked for confirmed."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a job does: read all sources again, or take in the new one at `address`.

    `full` embeds everything afresh, `dry_run` only says what would change, and `remove_missing` also removes what a
    source has lost suspiciously much of: the articles of these ids. `again` says that it starts over after a stop.
    """

    address: str | None = None
    full: bool = False
    dry_run: bool = False
    remove_missing: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job that was begun, and the message that shows it."""

    server: int
    at: datetime
    channel: int
    message: int
    work: Work


class JobStore:
    """The desk's records in one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, job: JobRecord) -> None:
        """Write a job down, in place of another one of its server."""
        values = (job.server, job.at.isoformat(), job.channel, job.message, json.dumps(asdict(job.work)))
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?)", values)

    def end(self, server: int) -> None:
        """Forget the job of a server: it is done."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM jobs WHERE server = ?", (server,))

    def begun(self) -> list[JobRecord]:
        """The jobs that were begun and not ended."""
        rows = self._database.rows("SELECT server, at, channel, message, work FROM jobs ORDER BY at")
        return [
            JobRecord(server, datetime.fromisoformat(at), channel, message, _work(work))
            for server, at, channel, message, work in rows
        ]

    def keep(self, server: int, work: dict[str, Any]) -> str:
        """Keep for an hour what a button will need; the id that it goes by."""
        kept = secrets.token_hex(8)
        with self._database.writing() as connection:
            values = (kept, server, self._clock().isoformat(), json.dumps(work))
            connection.execute("INSERT INTO undos VALUES (?, ?, ?, ?)", values)
        return kept

    def kept(self, kept: str, server: int) -> dict[str, Any] | None:
        """What was kept by that id for that server; None where it is too late, or was done already."""
        oldest = (self._clock() - KEPT).isoformat()
        row = self._database.row("SELECT work FROM undos WHERE id = ? AND server = ? AND at >= ?", kept, server, oldest)
        return json.loads(row["work"]) if row else None

    def forget(self, kept: str) -> None:
        """Forget it: it is done."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM undos WHERE id = ?", (kept,))
        self._database.overwrite()

    def forget_old(self) -> None:
        """Forget what was kept for its hour: it may be the text of a withdrawn story."""
        oldest = (self._clock() - KEPT).isoformat()
        with self._database.writing() as connection:
            gone = connection.execute("DELETE FROM undos WHERE at < ?", (oldest,)).rowcount
        if gone:
            self._database.overwrite()


def _work(text: str) -> Work:
    values = json.loads(text)
    return Work(**values | {"remove_missing": tuple(values["remove_missing"])})
