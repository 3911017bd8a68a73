"""Numbers for PostgreSQL's advisory locks, and who holds them.

Such a lock belongs to a session or a transaction, and ends with it, also if the process is killed. All processes that
use one database must make the same number of the same name, so all of them make it here.
"""

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

_HOLDERS = """SELECT (classid::bigint << 32) | objid::bigint, application_name, backend_start
              FROM pg_locks JOIN pg_stat_activity USING (pid)
              WHERE locktype = 'advisory' AND granted AND objsubid = 1
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""

SOMEBODY = "another process"
"""What a holder is called who may not be named, or is gone."""


def lock_number(*parts: str) -> int:
    """The number of the lock with a name of these parts, such as a schema, what is locked, and which one of these.

    It is a signed 64-bit integer, the same in every process and version.
    """
    digest = hashlib.sha256("/".join(parts).encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def holders(connection: "Connection[Any]") -> dict[int, str]:
    """Who holds the locks of the database, by their numbers: a program, and since when it has been connected."""
    return {
        number: f"{program}, since {since.astimezone(UTC):%H:%M:%S} UTC" if since else SOMEBODY
        for number, program, since in connection.execute(_HOLDERS)
    }
