"""What an operator wants to know of a PostgreSQL server."""

import time
from typing import Any

from index.storage.engine import Server
from index.storage.postgres.connections import EXTENSIONS, Connections, Link, is_older
from index.storage.postgres.schema import version_of

_STALE = 0.5
"""The share of the rows of a table that may have changed since they were counted."""

_FEW = 1_000
"""A table with fewer rows is planned for well enough whatever the server knows of it."""

_LARGEST = """SELECT c.oid FROM pg_class c WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s)
              ORDER BY pg_total_relation_size(c.oid) DESC LIMIT 1"""


def describe(connections: Connections) -> Server:
    """What is known of the server, whether its database can be used or not. Raises LibraryError."""
    with connections.looking() as connection:
        began = time.perf_counter()
        connection.execute("SELECT 1")
        reach = time.perf_counter() - began
        version, is_standby, changes_nothing = _row(
            connection,
            """SELECT current_setting('server_version'), pg_is_in_recovery(),
                      current_setting('default_transaction_read_only')::boolean""",
        )
        held = dict(connection.execute("SELECT extname, extversion FROM pg_extension").fetchall())
        schema = f'"{connections.schema}"'
        (size,) = _row(
            connection,
            """SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
               WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s)""",
            schema,
        )
        analyzed, rows, changed = _row(
            connection,
            f"""SELECT max(greatest(last_analyze, last_autoanalyze)), coalesce(max(n_live_tup), 0),
                       coalesce(max(n_mod_since_analyze), 0)
                FROM pg_stat_all_tables WHERE relid = ({_LARGEST})""",
            schema,
        )
        return Server(
            version=version.split()[0],
            extensions={name: held.get(name, "") for name in EXTENSIONS},
            lacking=tuple(
                f"{name} {'.'.join(map(str, least))}"
                for name, (_, least) in EXTENSIONS.items()
                if name not in held or is_older(held[name], least)
            ),
            schema=version_of(connection, connections.schema),
            size=size,
            analyzed=analyzed,
            stale=rows >= _FEW and changed > _STALE * rows,
            reach=reach,
            read_only=is_standby or changes_nothing,
        )


def _row(connection: Link, query: str, *values: object) -> tuple[Any, ...]:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return row
