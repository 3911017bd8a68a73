"""Explains PostgreSQL's errors to the person who runs the library, in sentences with a remedy."""

import re

import psycopg
from psycopg import errors

from index.errors import LibraryDamaged, LibraryError, LibraryUnreachable, OutOfResources, PullquoteError, Remedy
from index.resources import DISK, MEMORY

CONNECTIONS = "connections"
"""The resource of which a pool or a server has run out."""

_DAMAGE = (errors.DataCorrupted, errors.IndexCorrupted)
_OTHERS = (
    errors.DuplicateTable,
    errors.DuplicateObject,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.WrongObjectType,
)
_LOST = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.DatabaseDropped,
    errors.IdleInTransactionSessionTimeout,
    errors.SerializationFailure,  # a standby ends a question whose rows the primary has removed
)
_REFUSED = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry|role .* does not exist|"
    r"not permitted to log in|permission denied for database",
    re.I,
)
_NO_DATABASE = re.compile(r'database "(.*)" does not exist', re.I)
_WHERE = re.compile(r"^(?:connection failed: )?(?:connection to server [^\n]*?failed: )?(?:FATAL: *)?")
"""What the driver says before the reason why there is no connection; the address is in the sentence already."""

_CROWDED = re.compile(r"too many clients|remaining connection slots|too many connections", re.I)


def explanation(error: psycopg.Error, place: str) -> PullquoteError:
    """The library's error for one of PostgreSQL, met in the database at `place`."""
    if isinstance(error, errors.DiskFull):
        return OutOfResources(
            f"The disk of the server of {place} is full, so nothing was changed; free some space there.", DISK
        )
    if isinstance(error, errors.OutOfMemory):
        return OutOfResources(
            f"The server of {place} has not enough memory, so nothing was changed; give it more.", MEMORY
        )
    if isinstance(error, errors.TooManyConnections) or (not error.sqlstate and _CROWDED.search(str(error))):
        return OutOfResources(
            f"The server of {place} takes no more connections; raise its max_connections, or run fewer processes.",
            CONNECTIONS,
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return LibraryError(
            f"The database {place} takes no changes, as a standby does not; name the primary server in its address."
        )
    if isinstance(error, _DAMAGE):
        return LibraryDamaged(f"The database {place} is damaged ({_line(error)}); put its last backup back.")
    if isinstance(error, errors.InsufficientPrivilege):
        return LibraryError(
            f"The user of the database {place} may not do that ({_line(error)}); let its owner grant it."
        )
    if isinstance(error, errors.QueryCanceled):
        return LibraryError(
            f"The server of {place} has ended what it was asked ({_line(error)}), so nothing was changed; see what it "
            "is busy with, and try again."
        )
    if isinstance(error, _OTHERS):
        return LibraryError(
            f"The database {place} has tables that are not as Pullquote made them ({_line(error)}); name a database of "
            "its own in the address, or put the last backup of this one back."
        )
    if is_lost(error):
        return LibraryUnreachable(
            f"The connection to the database {place} was lost ({_line(error)}), so nothing was changed; try again when "
            "the server is back."
        )
    return LibraryError(f"The database {place} cannot be used: {_line(error)}.")


def of_connecting(error: psycopg.Error, place: str) -> PullquoteError:
    """The library's error for one that PostgreSQL raised when it was connected to."""
    said = str(error)
    if _CROWDED.search(said):
        return explanation(errors.TooManyConnections(said), place)
    if found := _NO_DATABASE.search(said):
        return LibraryError(f"There is no database {found[1]!r} at {place}; create it, or name another in the address.")
    if isinstance(error, (errors.InvalidPassword, errors.InvalidAuthorizationSpecification)) or _REFUSED.search(said):
        return LibraryError(
            f"The database {place} refuses the user or the password in its address; put the right ones there."
        )
    return LibraryUnreachable(f"The database {place} cannot be reached ({_line(error)})", Remedy.CHOOSE_DATABASE)


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection, or its transaction, was ended from outside, so that a question may be asked again."""
    state = error.sqlstate or ""
    if isinstance(error, _LOST) or state.startswith("08"):
        return True
    return not state and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))


def _line(error: psycopg.Error) -> str:
    """What the server or the driver says, in one line without a full stop. Passwords are in none of their messages."""
    said = error.diag.message_primary or _WHERE.sub("", str(error).strip()).split("\n")[0] or type(error).__name__
    return " ".join(said.split()).removesuffix(".")
