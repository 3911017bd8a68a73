"""When a digest is due."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.storage.database import Database
from bot.storage.digests import DigestStore

WEEK = timedelta(days=7)
START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def digests(database: Database, clock: Clock) -> DigestStore:
    return DigestStore(database, clock)


def test_the_first_is_due_a_week_after_it_was_first_looked_for(digests: DigestStore, clock: Clock) -> None:
    assert not digests.is_due(5, WEEK)
    clock.now += WEEK - timedelta(seconds=1)
    assert not digests.is_due(5, WEEK)
    clock.now += timedelta(seconds=1)
    assert digests.is_due(5, WEEK)
    assert not digests.is_due(6, WEEK)


def test_the_next_is_due_a_week_after_one_was_noted_or_sooner_if_it_was_noted_as_earlier(
    digests: DigestStore, clock: Clock
) -> None:
    digests.note(5)
    assert not digests.is_due(5, WEEK)
    digests.note(5, ago=WEEK - timedelta(days=1))
    clock.now += timedelta(days=1)
    assert digests.is_due(5, WEEK)


def test_after_the_clock_was_set_back_the_days_count_anew(digests: DigestStore, clock: Clock) -> None:
    digests.note(5)
    clock.now -= timedelta(days=100)
    assert not digests.is_due(5, WEEK)
    clock.now += WEEK
    assert digests.is_due(5, WEEK)


def test_a_server_without_digests_counts_anew_once_it_wants_them_again(digests: DigestStore, clock: Clock) -> None:
    digests.note(5)
    clock.now += WEEK
    digests.drop(5)
    assert not digests.is_due(5, WEEK)
