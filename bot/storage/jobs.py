"""Keeps the jobs that are under way, so that a job that was cut off when the bot stopped can start over."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Work:
    """What a job does: read all sources again, or take in the new one at `address`.

    `full` embeds everything afresh, and `dry_run` only says what would change. `remove_missing` has the ids of articles
    to remove although their source seems to have lost too many. `again` marks a job that starts over after a stop.
    The articles of a new source that is `private` are private.
    """

    address: str | None = None
    full: bool = False
    dry_run: bool = False
    remove_missing: tuple[str, ...] = ()
    again: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job that was begun, and the message that shows it."""

    server: int
    at: datetime
    channel: int
    message: int
    work: Work


class JobStore:
    """The jobs in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, job: JobRecord) -> None:
        """Write a job down, in place of another one of its server."""
        values = (job.server, job.at.isoformat(), job.channel, job.message, json.dumps(asdict(job.work)))
        with self._database.writing() as connection:
            connection.execute("DELETE FROM jobs WHERE server = ?", (job.server,))
            connection.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", values)

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


def _work(text: str) -> Work:
    values = json.loads(text)
    return Work(**values | {"remove_missing": tuple(values["remove_missing"])})
