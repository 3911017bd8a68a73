"""When sources are read again: in their time, not all at once, and later where they fail."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.services.refreshes import LastRead, Refreshes

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def hours_to_next(failures: int, chance: float, hours: float = 6) -> float:
    return (LastRead(NOW, failures, chance).next(hours) - NOW) / timedelta(hours=1)


def test_the_jitter_is_a_tenth_either_way() -> None:
    assert [hours_to_next(0, chance) for chance in (0, 0.5, 1)] == [5.4, 6.0, 6.6]


def test_each_failure_doubles_the_pause_up_to_a_day_but_never_below_what_was_chosen() -> None:
    assert [hours_to_next(failures, 0.5) for failures in range(5)] == [6, 12, 24, 24, 24]
    assert [hours_to_next(failures, 0.5, hours=1) for failures in (0, 1, 4, 5, 1000)] == [1, 2, 16, 24, 24]
    assert [hours_to_next(failures, 0.5, hours=168) for failures in (0, 1, 9)] == [168, 168, 168]


@given(st.floats(0.01, 168), st.integers(0, 10_000), st.floats(0, 1))
def test_it_is_always_later_and_never_beyond_a_day_more_than_was_chosen(
    hours: float, failures: int, chance: float
) -> None:
    assert 0 < hours_to_next(failures, chance, hours) <= max(hours, 24) * 1.1 + 1e-6


def test_what_failed_is_counted_with_the_reason_until_it_works_again() -> None:
    refreshes = Refreshes(lambda: NOW)
    assert refreshes.of(None) is None
    before = refreshes.begin(None, NOW - timedelta(hours=5))
    assert (before.failures, before.is_known, refreshes.of(None)) == (0, True, before)
    for server in (None, None, 7):
        refreshes.note(server, "The folder is gone.")
    base = refreshes.of(None)
    assert base and (base.at, base.failures, base.problem, refreshes.failing()) == (NOW, 2, "The folder is gone.", 1)
    refreshes.note(None)
    refreshes.note(7)
    base = refreshes.of(None)
    assert base and (base.failures, base.problem, refreshes.failing()) == (0, "", 0)


def test_when_it_was_is_not_known_the_next_one_is_counted_from_now() -> None:
    last = Refreshes(lambda: NOW).begin(None, None)
    assert (last.at, last.is_known) == (NOW, False)


def test_where_the_clock_was_set_back_the_next_one_is_not_put_off() -> None:
    now = NOW
    refreshes = Refreshes(lambda: now)
    refreshes.note(7, "The folder is gone.")
    now -= timedelta(days=1)
    last = refreshes.of(7)
    assert last and (last.at, last.failures, last.problem) == (now, 1, "The folder is gone.")
    now += timedelta(hours=1)
    assert refreshes.of(7) == last
