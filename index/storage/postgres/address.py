"""The address of a PostgreSQL database, and how messages name it."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from index.errors import LibraryError

_DEFAULTS: dict[str, str | int] = {
    "connect_timeout": 10,
    # A server that is gone without a word is noticed within some 20 seconds.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
"""What is asked of a connection unless its address says something else."""


_UNREADABLE = (
    "The address of the database cannot be read; it has the form postgresql://user:password@host:5432/name, with "
    "special characters of the password written like %40."
)


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a database. `place` names it in messages, without its password."""

    place: str
    parameters: dict[str, Any]

    def __repr__(self) -> str:
        return f"Address({self.place!r})"

    @classmethod
    def of(cls, url: str) -> "Address":
        """Read the address. Raises LibraryError."""
        try:
            stated = conninfo_to_dict(url)
        except psycopg.Error:
            raise LibraryError(_UNREADABLE) from None  # the error would show the password
        if any("@" in str(stated.get(part) or "") for part in ("host", "port", "dbname")):
            raise LibraryError(_UNREADABLE)  # a part of the password passes for one of these, which messages show
        host, port = stated.get("host") or stated.get("hostaddr") or "", stated.get("port")
        hosts = ",".join(f"{name}:{number}" if number else name for name, number in _paired(str(host), port))
        place = f"postgresql://{hosts}/{stated.get('dbname') or stated.get('user') or ''}"
        return cls(place, {**_DEFAULTS, **stated})


def _paired(hosts: str, ports: object) -> list[tuple[str, str]]:
    """Each host with its port, as an address may name several of both."""
    names, numbers = hosts.split(","), str(ports or "").split(",")
    if len(numbers) == 1:
        numbers *= len(names)
    return list(zip(names, numbers, strict=False))
