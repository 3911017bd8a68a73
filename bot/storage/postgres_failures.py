"""What to say, and to do, where the records in PostgreSQL cannot be used: one sentence for each reason."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout

from bot.errors import RecordsUnreachable, SettingsError
from index import OutOfResources, shortage

LEAST_VERSION = 16
"""The oldest PostgreSQL whose SQL has all that the stores use."""

SAMPLE = "postgresql://user:password@host:5432/database"

_WHERE = re.compile(r"^(?:connection failed: )?(?:connection to server [^\n]*?failed: )?(?:FATAL: *)?")
"""What stands before the reason for which there is no connection."""

_CLOSED_TO_US = re.compile(
    r"password|authentication|role .* does not exist|pg_hba\.conf|not permitted to log in|permission denied"
)
_NOT_THERE = re.compile(r"database .* does not exist")
_CROWDED = re.compile(r"too many (?:clients|connections)|connection slots")

_FULL = {
    "53100": OutOfResources(
        "The disk of the database's server is full; free some space there, and try again.", "disk space"
    ),
    "53200": OutOfResources("The database's server is out of memory; give it more, and try again.", "memory"),
}

_OTHERS = (
    "has tables that are not as Pullquote made them ({reason}); name a database of its own in DATABASE_URL, or put the "
    "last backup of this one back."
)

_REMEDIES = {
    "25006": "can only be read; set DATABASE_URL to the server that is written to, not to a standby.",
    "25P03": "has not waited for this process, which stood still in the middle of a change; try again.",
    "42501": "does not allow that ({reason}); give the user in DATABASE_URL the right to create and use the schema.",
    **dict.fromkeys(("42P01", "42P07", "42703", "42710", "42809"), _OTHERS),
    "53300": "takes no more connections; raise max_connections there, or run fewer processes.",
    "55P03": "is being changed by another process for too long; see what keeps it, and try again.",
    "57014": "has taken too long; see whether its server has too much to do, and try again.",
    "40001": "is being changed by another process; try again.",
    "40P01": "is being changed by another process; try again.",
    "58": "has trouble with its files ({reason}); see its log and its disk.",
}
"""How a sentence goes on, by PostgreSQL's code of the error or its first two letters; `reason` is what the server says.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_DAMAGED = ("XX001", "XX002")


class Failures:
    """The sentences for one database."""

    def __init__(self, url: str, connections: int) -> None:
        """Raises SettingsError if the URL cannot be read."""
        self._connections = connections
        try:
            parts = conninfo_to_dict(url)
        except psycopg.ProgrammingError:  # which may repeat a part of the password
            raise SettingsError(f"DATABASE_URL cannot be read; it should look like {SAMPLE}.") from None
        if any("@" in str(parts.get(part) or "") for part in ("host", "port", "dbname")):  # it is of the password
            raise SettingsError(f"DATABASE_URL cannot be read; it should look like {SAMPLE}.")
        host, port = parts.get("host") or parts.get("hostaddr") or "localhost", parts.get("port") or 5432
        self.place = f"the database {parts.get('dbname') or parts.get('user') or ''!s} at {host}:{port}"
        """Where the records are, to be named in a message."""

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Explain the errors that come from the server and not from a query."""
        try:
            yield
        except psycopg.Error as error:
            if known := self.of(error):
                raise known from error
            raise

    def of(self, error: psycopg.Error) -> SettingsError | OutOfResources | None:
        """What to say of an error; None if a query is wrong."""
        code, reason = error.sqlstate or "", _reason(error)
        if isinstance(error, PoolTimeout):
            return self._said(
                f"answers too slowly: all {self._connections} connections to it are in use; see whether its server has "
                "too much to do, and try again.",
                RecordsUnreachable,
            )
        if code in _FULL:
            return _FULL[code]
        if code in _DAMAGED:
            return self.damage(reason)
        if remedy := _REMEDIES.get(code) or _REMEDIES.get(code[:2]):
            return self._said(remedy.format(reason=reason))
        if isinstance(error, psycopg.OperationalError) or code.startswith(("08", "57P")):
            return shortage(error) or self._unreachable(reason)
        return None

    def _unreachable(self, reason: str) -> SettingsError:
        if _CROWDED.search(reason):
            return self._said(_REMEDIES["53300"])
        if _CLOSED_TO_US.search(reason):
            return self._said(f"does not let Pullquote in ({reason}); set user and password in DATABASE_URL right.")
        if _NOT_THERE.search(reason):
            return self._said("does not exist; create it with `createdb`, or set DATABASE_URL right.")
        said = f"cannot be reached ({reason}); see whether its server runs, or set DATABASE_URL right."
        return self._said(said, RecordsUnreachable)

    def too_old(self, version: int) -> SettingsError:
        """What to say of a server of that version, as the driver gives it."""
        return self._said(
            f"is on a server of PostgreSQL {version // 10_000}, which is too old; upgrade it to PostgreSQL "
            f"{LEAST_VERSION} or newer."
        )

    def read_only(self) -> SettingsError:
        """What to say of a server that only reads."""
        return self._said(_REMEDIES["25006"])

    def encoding(self, name: str) -> SettingsError:
        """What to say of a database that cannot store every text."""
        return self._said(
            f"has the encoding {name}, in which not every text can be stored; create one with: "
            "CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0."
        )

    def damage(self, why: str) -> SettingsError:
        """What to say of a database that is damaged."""
        return SettingsError(
            f"The records in {self.place} are damaged ({why}); put a backup of that database back, as pg_restore does."
        )

    def _said(self, what: str, kind: type[SettingsError] = SettingsError) -> SettingsError:
        return kind(f"{self.place[0].upper()}{self.place[1:]} {what}")


def _reason(error: psycopg.Error) -> str:
    """What the server or the driver says, in one line, without an end."""
    said = error.diag.message_primary or _WHERE.sub("", str(error)).split("\n")[0]
    return said.strip().rstrip(".") or "without a reason"
