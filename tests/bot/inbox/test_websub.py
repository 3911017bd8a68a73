"""When subscriptions are renewed and tried again, and for how long a hub may grant them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Self

from bot.inbox.websub import LEASE, LONGEST_LEASE, LONGEST_PAUSE, Subscriptions, lease_in, next_renewal, pause_after
from bot.shards import Shards
from bot.storage.database import Database
from bot.storage.inbox import InboxStore, State, Subscription

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


class Hub:
    """A web in which a hub is told what is wanted no more."""

    def __init__(self) -> None:
        self.left: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def send_form(self, _: str, form: dict[str, str]) -> None:
        assert form["hub.mode"] == "unsubscribe"
        self.left.append(form["hub.topic"])


async def test_of_two_processes_none_leaves_the_hubs_of_the_other_nor_those_of_the_base_library_unless_it_leads(
    database: Database,
) -> None:
    store, hub = InboxStore(database, lambda: NOW), Hub()
    services = SimpleNamespace(
        inbox=SimpleNamespace(store=store, public_address="https://bot.example.org"), open_web=lambda: hub
    )
    for name, server in (("base", None), ("even", 4 << 22), ("odd", 5 << 22)):
        feed = f"https://example.org/{name}"
        later = NOW + timedelta(days=1)
        store.keep(Subscription(name, server, feed, "https://hub.example.org", feed, "s" * 16, State.ACTIVE, later))
    subscriptions = Subscriptions(services)  # type: ignore[arg-type]
    await subscriptions.tend([], NOW, [None], Shards(2, (1,)).have)
    assert hub.left == ["https://example.org/odd"]
    await subscriptions.tend([], NOW, [], Shards(2, (0,)).have)
    assert hub.left == ["https://example.org/odd", "https://example.org/base", "https://example.org/even"]
