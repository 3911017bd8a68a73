"""What the admins of each server have set for it, and which servers the bot was taken out of."""

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from bot.storage.database import Database
from bot.storage.schema import SERVER_TABLES


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A server's settings; None where it has chosen nothing. `digest` is 0 where it wants no weekly digest."""

    admin_role: int | None = None
    threshold: float | None = None
    refresh_hours: float | None = None
    log_channel: int | None = None
    language: str | None = None
    digest: int | None = None
    opinion_sections: str | None = None

    @property
    def opinion_names(self) -> tuple[str, ...]:
        """What sections of opinion are called here, beyond the usual names."""
        return tuple(name.strip() for name in (self.opinion_sections or "").split(",") if name.strip())


_COLUMNS = ", ".join(field.name for field in fields(ServerSettings))
"""The columns of the settings, which have the names of the fields."""


class ServerSettingsStore:
    """The settings in one database. They are kept in memory, too, since every message asks for them."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock
        self._ask_channels, self._chosen = self._read_ask_channels(), self._read_chosen()

    def of(self, server: int | None) -> ServerSettings:
        """The settings of a server; of none, in a direct message."""
        return self._chosen.get(server, ServerSettings()) if server is not None else ServerSettings()

    def choose(self, server: int, **changed: float | str | None) -> None:
        """Set the named settings of a server, fields of ServerSettings, and leave the others as they are."""
        with self._database.writing() as connection:
            chosen = replace(self._read_chosen().get(server, ServerSettings()), **changed)  # type: ignore[arg-type]
            connection.execute("DELETE FROM server_settings WHERE server = ?", (server,))
            connection.execute(
                f"INSERT INTO server_settings (server, {_COLUMNS}) VALUES (?{', ?' * len(fields(chosen))})",
                (server, *astuple(chosen)),
            )
            self._chosen = self._read_chosen()

    def is_ask_channel(self, channel: int) -> bool:
        """Whether every message in the channel is a question."""
        return channel in self._ask_channels

    def ask_channels(self, server: int | None = None) -> list[int]:
        """The ask channels of a server, or of all."""
        return sorted(channel for channel, home in self._ask_channels.items() if server in (None, home))

    def add_ask_channel(self, server: int, channel: int) -> None:
        """Make every message in the channel a question."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO ask_channels (channel, server) VALUES (?, ?) ON CONFLICT DO NOTHING", (channel, server)
            )
            self._ask_channels = self._read_ask_channels()

    def remove_ask_channel(self, channel: int) -> None:
        """Make it a channel like any other."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM ask_channels WHERE channel = ?", (channel,))
            self._ask_channels = self._read_ask_channels()

    def note_presence(
        self, present: Iterable[int], known: Iterable[int], is_mine: Callable[[int], bool] = lambda _: True
    ) -> None:
        """Note that the bot is in the servers `present`, and has left all others that are `known` or have data here.

        Nothing is noted of servers that are not this process's: it does not see whether the bot is in them.
        """
        present = set(present)
        with_data = " UNION ".join(f"SELECT server FROM {table}" for table in SERVER_TABLES if table != "left_servers")
        left = {row["server"] for row in self._database.rows(with_data)} - {None} | set(known)
        now = self._clock().isoformat()
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM left_servers WHERE server = ?", [(server,) for server in present])
            connection.executemany(
                "INSERT INTO left_servers (server, at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(server, now) for server in left - present if is_mine(server)],
            )

    def servers_left_for(self, days: int) -> list[int]:
        """The servers that were left that many days ago or before."""
        latest = (self._clock() - timedelta(days=days)).isoformat()
        rows = self._database.rows("SELECT server FROM left_servers WHERE at <= ? ORDER BY server", latest)
        return [row["server"] for row in rows]

    def forget_server(self, server: int) -> None:
        """Forget all that belongs to a server."""
        with self._database.writing() as connection:
            for table in SERVER_TABLES:
                connection.execute(f"DELETE FROM {table} WHERE server = ?", (server,))
            self._ask_channels, self._chosen = self._read_ask_channels(), self._read_chosen()
        self._database.overwrite()

    def _read_ask_channels(self) -> dict[int, int]:
        return {channel: server for channel, server in self._database.rows("SELECT channel, server FROM ask_channels")}

    def _read_chosen(self) -> dict[int, ServerSettings]:
        rows = self._database.rows(f"SELECT server, {_COLUMNS} FROM server_settings")
        return {server: ServerSettings(*rest) for server, *rest in rows}
