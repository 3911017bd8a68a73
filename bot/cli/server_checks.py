"""What `pullquote doctor` says of the database server that the libraries are on, if they are on one."""

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.cli.checks import Check
from bot.wording import as_bytes, as_span
from index import Engine, Server

FAR_SECONDS = 0.05
"""A server that takes longer to answer is far: a question asks it about twenty times."""


def server_checks(engine: Engine) -> Iterator[Check]:
    """The server, its extensions and its statistics; nothing where there is no server. Raises LibraryError."""
    server = engine.server()
    if server is None:
        return
    yield _server(engine.place, server)
    yield _extensions(server)
    yield _statistics(server)


def _server(place: str, server: Server) -> Check:
    tables = f"tables of version {server.schema}, {as_bytes(server.size)}" if server.schema else "no tables yet"
    found = f"{place}: PostgreSQL {server.version}, {tables}; reached in {1000 * server.reach:.1f} ms"
    if server.read_only:
        return Check("database", f"{found}; it takes no changes", "name the primary server in DATABASE_URL")
    if server.reach > FAR_SECONDS:
        return Check("database", f"{found}, which is long", "run Pullquote nearer to the server")
    return Check("database", found)


def _extensions(server: Server) -> Check:
    found = ", ".join(f"{name} {version}" if version else f"no {name}" for name, version in server.extensions.items())
    if not server.lacking:
        return Check("extensions", found)
    wanted = " and ".join(server.lacking)
    return Check("extensions", found, f"install {wanted} on the server, and run CREATE EXTENSION or ALTER EXTENSION")


def _statistics(server: Server) -> Check:
    if server.analyzed is None:
        found = "the server has not counted what is in its tables yet"
    else:
        found = f"counted {as_span((datetime.now(UTC) - server.analyzed).total_seconds())} ago"
    if server.stale:
        found += ", and much has changed since" if server.analyzed else ", though there is much in them"
        return Check("statistics", found, "run ANALYZE in the database, and see that autovacuum is on")
    return Check("statistics", found)
