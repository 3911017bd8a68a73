"""When subscriptions are renewed and tried again, and for how long a hub may grant them."""

from datetime import UTC, datetime, timedelta

from bot.inbox.websub import LEASE, LONGEST_LEASE, LONGEST_PAUSE, lease_in, next_renewal, pause_after

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_a_lease_is_renewed_before_it_ends() -> None:
    assert next_renewal(NOW, timedelta(days=10)) == NOW + timedelta(days=8)
    assert next_renewal(NOW, timedelta(minutes=5)) < NOW + timedelta(minutes=5)


def test_each_failure_doubles_the_pause_up_to_a_day() -> None:
    assert [pause_after(n) for n in range(3)] == [timedelta(minutes=n) for n in (10, 20, 40)]
    assert pause_after(100) == LONGEST_PAUSE


def test_a_hub_may_choose_the_lease_within_bounds() -> None:
    assert lease_in({"hub.lease_seconds": "3600"}) == timedelta(hours=1)
    assert lease_in({"hub.lease_seconds": "99999999999"}) == LONGEST_LEASE
    for nothing in ({}, {"hub.lease_seconds": "0"}, {"hub.lease_seconds": "-5"}, {"hub.lease_seconds": "9" * 50}):
        assert lease_in(nothing) == LEASE
