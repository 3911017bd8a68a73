"""Copies the records from one database to another, row by row, and tells what both hold."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.storage.database import Database, Row
from bot.storage.schema import FLAGS, IN_ORDER, NUMBERED, TABLES

AT_ONCE = 2_000
"""How many rows are in memory at once, of the tables that grow with every question."""

_OF_EVERY_PLACE = ("seal",)
"""Tables that have a row wherever records were opened."""


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows a table has, and a hash over all of them, in whatever order and database."""

    count: int = 0
    digest: int = 0

    @property
    def short(self) -> str:
        """The first digits of the hash."""
        return f"{self.digest:064x}"[:12]

    def plus(self, row: dict[str, object]) -> "Rows":
        """These and one more."""
        said = json.dumps({name: _said(value) for name, value in row.items()}, sort_keys=True).encode()
        return Rows(self.count + 1, (self.digest + int.from_bytes(hashlib.sha256(said).digest())) % 2**256)


def are_empty(database: Database) -> bool:
    """Whether nothing was ever recorded there."""
    return not any(database.row(f"SELECT 1 FROM {table}") for table in TABLES if table not in _OF_EVERY_PLACE)


def copy_records(source: Database, target: Database) -> dict[str, Rows]:
    """Put all rows of one database in place of those of another, whose key must be the same, in one transaction.

    Returns what was copied, by table, which is what `source` held at one moment. Raises SettingsError and
    OutOfResources; then `target` is as it was.
    """
    if source.key != target.key:
        raise ValueError("records that are sealed under one key were to go where another one is")
    held = dict.fromkeys(TABLES, Rows())
    try:
        with source.reading(), target.writing() as transaction:
            for table in reversed(TABLES):
                transaction.execute(f"DELETE FROM {table}")
            for table in TABLES:
                for rows in _read(source, table):
                    for row in rows:
                        held[table] = held[table].plus(row)
                    columns = ", ".join(rows[0])
                    marks = ", ".join("?" * len(rows[0]))
                    transaction.executemany(
                        f"INSERT INTO {table} ({columns}) VALUES ({marks})", [tuple(row.values()) for row in rows]
                    )
            for table in NUMBERED:
                target.number_after(transaction, table, source.last_number(table))
    except UnicodeEncodeError as error:
        raise source.damaged(f"a text in it is none: {error.reason}") from error
    return held


def held_in(database: Database) -> dict[str, Rows]:
    """What a database holds, by table. Raises SettingsError and OutOfResources."""
    held = dict.fromkeys(TABLES, Rows())
    for table in TABLES:
        for rows in _read(database, table):
            for row in rows:
                held[table] = held[table].plus(row)
    return held


def differing(copied: dict[str, Rows], found: dict[str, Rows]) -> str:
    """The names of the tables that do not hold the same; empty if all do."""
    return ", ".join(table for table in copied if copied[table] != found[table])


def _read(database: Database, table: str) -> Iterator[Sequence[dict[str, object]]]:
    """All rows of a table, some at a time, with the columns by name."""
    if table not in IN_ORDER:
        if rows := database.rows(f"SELECT * FROM {table}"):
            yield [_columns(row) for row in rows]
        return
    last = 0
    while rows := database.rows(f"SELECT rowid, * FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?", last, AT_ONCE):
        yield [_columns(row) for row in rows]
        last = int(rows[-1]["rowid"])


def _columns(row: Row) -> dict[str, object]:
    return {name: _of_both(name, row[name]) for name in row.keys()}  # noqa: SIM118 - a row goes through its values


def _of_both(name: str, value: object) -> object:
    """A value as every database takes and gives it."""
    if name in FLAGS and value is not None:
        return bool(value)
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


def _said(value: object) -> object:
    return f"bytes {bytes(value).hex()}" if isinstance(value, bytes | memoryview) else value
