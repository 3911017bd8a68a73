"""When each server was sent its weekly digest."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.storage.database import Database


class DigestStore:
    """The digests in one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def is_due(self, server: int, every: timedelta) -> bool:
        """Whether the last digest of a server is that long ago. The first is due that long after the first call."""
        now = self._clock()
        row = self._database.row("SELECT at FROM digests WHERE server = ?", server)
        last = datetime.fromisoformat(row["at"]) if row else None
        if last is None or last > now:  # the clock was set back
            self.note(server)
            return False
        return now - last >= every

    def note(self, server: int, *, ago: timedelta = timedelta(0)) -> None:
        """Note that a server was sent a digest now, or as if that long ago."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO digests (server, at) VALUES (?, ?) ON CONFLICT (server) DO UPDATE SET at = excluded.at",
                (server, (self._clock() - ago).isoformat()),
            )

    def drop(self, server: int) -> None:
        """Count the days anew: the server gets no digests for now."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM digests WHERE server = ?", (server,))
