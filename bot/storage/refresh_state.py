"""Keeps how the refreshes of the base library go, over restarts: what is wrong, and whether one ended with the bot."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class RefreshState:
    """How refreshes go. `begun` is when the one began that is under way, or that never ended.

    `deaths` counts refreshes in a row that ended with the process. `problems` are those that were told to the operator,
    and `since` is when the first of them began.
    """

    begun: str | None = None
    deaths: int = 0
    problems: tuple[str, ...] = ()
    since: str | None = None

    @property
    def failing_since(self) -> datetime | None:
        """Since when something is wrong; None if nothing is."""
        return datetime.fromisoformat(self.since) if self.since else None


class RefreshStateStore:
    """The state in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> RefreshState:
        """The state as it is now."""
        row = self._database.row("SELECT state FROM refresh_state")
        if row is None:
            return RefreshState()
        values = json.loads(row["state"])
        return RefreshState(**(values | {"problems": tuple(values["problems"])}))

    def begin(self, now: datetime) -> RefreshState:
        """Note that a refresh begins. If the one before did not end, the process did, and that is counted."""
        state = self.read()
        return self._write(replace(state, begun=now.isoformat(), deaths=state.deaths + bool(state.begun)))

    def stop(self) -> None:
        """Note that a refresh was broken off in order, which says nothing about it."""
        self._write(replace(self.read(), begun=None))

    def end(self) -> None:
        """Note that a refresh ended, well or not."""
        self._write(replace(self.read(), begun=None, deaths=0))

    def tell(self, problems: Iterable[str], now: datetime) -> None:
        """Note what is wrong now, as the operator was told; nothing if all is well."""
        problems, state = tuple(sorted(problems)), self.read()
        since = (state.since or now.isoformat()) if problems else None
        self._write(replace(state, problems=problems, since=since))

    def _write(self, state: RefreshState) -> RefreshState:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM refresh_state")
            connection.execute("INSERT INTO refresh_state VALUES (?)", (json.dumps(asdict(state)),))
        return state
