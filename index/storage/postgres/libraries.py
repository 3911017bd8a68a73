"""The row of a library, which says where it stands."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from index.storage.postgres.schema import table_of_passages
from index.storage.rows import Totals
from index.storage.types import Manifest

_COLUMNS = (
    "number, generation, made_with, totals, read_well, failing_since, brought_in, last_article, last_passage, "
    "has_own_table, to_erase"
)

MEANWHILE = 100_000
"""How many passages may be added to a library while its next edition is being filled."""


@dataclass(slots=True)
class Row:
    """One edition of a library. An update changes it, and writes it at its end."""

    number: int
    generation: int
    made_with: str | None
    totals: str | None
    read_well: str | None
    failing_since: str | None
    brought_in: datetime | None
    last_article: int
    last_passage: int
    has_own_table: bool
    to_erase: bool

    @property
    def passages(self) -> str:
        """The table that has its passages; that of all libraries has others' as well."""
        return table_of_passages(self.number, self.has_own_table)

    @property
    def manifest(self) -> Manifest | None:
        """What it was made with, if that is known."""
        return None if self.made_with is None else Manifest(**json.loads(self.made_with))

    @property
    def held(self) -> Totals:
        """How much it holds."""
        return Totals.from_json(self.totals) if self.totals else Totals()

    def write(self, connection: Connection[Any]) -> None:
        """Store what an update has changed."""
        connection.execute(
            """UPDATE libraries SET generation = %s, made_with = %s, totals = %s, read_well = %s,
                   failing_since = %s, brought_in = %s, last_article = %s, last_passage = %s, has_own_table = %s,
                   to_erase = %s
               WHERE number = %s""",
            (
                self.generation, self.made_with, self.totals, self.read_well, self.failing_since,
                self.brought_in, self.last_article, self.last_passage, self.has_own_table, self.to_erase, self.number,
            ),
        )  # fmt: skip


NONE = Row(0, 0, None, None, None, None, None, 0, 0, False, False)
"""Of a library that is not there. No row of any table has its number."""


def find(connection: Connection[Any], name: str) -> Row | None:
    """The current edition of the library with that name, or None if there is no such library."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM libraries WHERE name = %s AND is_current", (name,)).fetchone()
    return None if found is None else Row(*found)


def find_next(connection: Connection[Any], name: str) -> Row | None:
    """The edition of that library that is being filled, or None if there is none."""
    query = f"SELECT {_COLUMNS} FROM libraries WHERE name = %s AND NOT is_current"
    found = connection.execute(query, (name,)).fetchone()
    return None if found is None else Row(*found)


def begin_next(connection: Connection[Any], name: str) -> Row:
    """Begin the next edition of the library with that name, which must be there, and have no other next one.

    The ids of its passages are larger than those that the library has, and will have meanwhile.
    """
    found = connection.execute(
        f"""INSERT INTO libraries (name, edition, is_current, last_passage)
            SELECT name, edition + 1, false, last_passage + %s FROM libraries WHERE name = %s AND is_current
            RETURNING {_COLUMNS}""",
        (MEANWHILE, name),
    ).fetchone()
    assert found is not None, "there is no library with that name"
    return Row(*found)


def make_current(connection: Connection[Any], row: Row) -> None:
    """Let an edition be the one that is read, where there is no other any more."""
    query = "UPDATE libraries SET is_current = true, published = clock_timestamp() WHERE number = %s"
    connection.execute(query, (row.number,))


def editions(connection: Connection[Any], name: str) -> list[Row]:
    """All editions of the library with that name."""
    return [Row(*found) for found in connection.execute(f"SELECT {_COLUMNS} FROM libraries WHERE name = %s", (name,))]


def create(connection: Connection[Any], name: str) -> None:
    """Create the library with that name, unless it is there."""
    if find(connection, name) is None:  # a number that nobody gets is lost otherwise
        connection.execute("INSERT INTO libraries (name) VALUES (%s) ON CONFLICT DO NOTHING", (name,))
