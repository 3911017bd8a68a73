"""The bot's own database, in SQLite and in PostgreSQL, and a clock that a test sets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.services.leadership import Leadership
from bot.storage.database import Database
from tests.bot.records import Records


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class Follows(Leadership):
    """The leadership of a process that does not lead."""

    is_leader = False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Records:
    """Where the records are; not there yet."""
    place = request.getfixturevalue("postgres_place") if request.param == "postgres" else None
    return Records(tmp_path, place)


@pytest.fixture
def database(records: Records) -> Iterator[Database]:
    with records.opened() as database:
        yield database
