"""What sites say of their pages: kept until it was looked at, with the secrets sealed."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bot.inbox.signatures import WINDOW
from bot.storage import inbox
from bot.storage.database import Database
from bot.storage.inbox import InboxStore, State, Subscription, Told, new_id, new_secret
from bot.storage.schema import VERSIONS
from bot.storage.server_settings import ServerSettingsStore
from bot.storage.sqlite import SqliteDatabase
from index import Notice
from tests.bot.conftest import Clock
from tests.bot.records import Records

FERRY = Told(Notice(("https://news.example.org/ferry",)))
GONE = replace(FERRY, gone=True)
FEED = Told(source="https://news.example.org/feed")


def test_records_of_the_version_before_the_webhook_go_on(tmp_path: Path, clock: Clock) -> None:
    before = next(n for n, added in enumerate(VERSIONS) if "CREATE TABLE webhooks" in added)
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        for added in VERSIONS[:before]:
            connection.executescript(added)
        connection.executescript(f"PRAGMA user_version = {before}")
        connection.execute("INSERT INTO ask_channels (channel, server) VALUES (6, 5)")
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        assert ServerSettingsStore(database, clock).ask_channels() == [6]
        assert InboxStore(database, clock).add(5, [FERRY])


def test_what_was_said_waits_until_it_is_settled_also_after_a_restart(records: Records, clock: Clock) -> None:
    with records.opened() as database:
        store = InboxStore(database, clock)
        assert store.add(None, [FERRY, FEED]) and store.add(5, [FERRY])
    with records.opened() as database:
        store = InboxStore(database, clock)
        due = store.due()
        assert [(one.server, one.told) for one in due] == [(None, FERRY), (None, FEED), (5, FERRY)]
        store.settle(due[:2])
        assert [(one.server, one.told) for one in store.due()] == [(5, FERRY)]
        store.put_off(due[2], timedelta(seconds=20))
        assert store.due() == [] and store.count() == 1
        clock.forward(seconds=20)
        assert [one.attempts for one in store.due()] == [1]


def test_addresses_may_be_as_long_as_they_are_taken_in(database: Database, clock: Clock) -> None:
    store = InboxStore(database, clock)
    tail = "".join(sha256(bytes([number])).hexdigest() for number in range(30))  # which nothing makes shorter
    told = Told(Notice(tuple(f"https://{name}.example.org/{tail}" for name in "ab")))
    assert store.add(5, [told, told]) and store.add(5, [told])
    assert [one.told for one in store.due()] == [told]


def test_what_is_said_again_is_looked_at_anew_and_not_lost_with_the_earlier_look(
    database: Database, clock: Clock
) -> None:
    store = InboxStore(database, clock)
    store.add(None, [FERRY])
    (earlier,) = store.due()
    store.add(None, [GONE])  # while that is being looked at
    store.settle([earlier])
    store.put_off(earlier, timedelta(hours=1))
    (now,) = store.due()
    assert (now.told, now.attempts, now.id) == (GONE, 0, earlier.id)


def test_so_much_may_wait_and_no_longer_than_two_days(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_WAITING", 3)
    store = InboxStore(database, clock)
    pages = [Told(Notice((f"https://news.example.org/{n}",))) for n in range(4)]
    assert not store.add(5, pages) and store.add(5, pages[:3]) and not store.add(5, pages[3:])
    assert store.count() == 3 and store.add(6, pages[:3])
    clock.forward(days=3)
    assert (store.due(), store.count()) == ([], 0)


def test_a_signature_comes_once_in_its_time(database: Database, clock: Clock) -> None:
    store = InboxStore(database, clock)
    assert [store.is_new(b"one"), store.is_new(b"one"), store.is_new(b"two")] == [True, False, True]
    clock.forward(minutes=11)
    assert store.is_new(b"one")
    assert len(database.rows("SELECT * FROM webhook_signatures")) == 1


def test_what_is_kept_for_a_time_goes_also_where_nothing_comes_in_any_more(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    store = InboxStore(database, clock)
    store.is_new(b"one")
    store.add(5, [FERRY])
    if isinstance(database, SqliteDatabase):
        (tmp_path / "backup").mkdir()
        database.back_up(tmp_path / "backup")
        with closing(SqliteDatabase(tmp_path / "backup")) as copy:
            assert copy.rows("SELECT * FROM webhook_signatures") == [] and InboxStore(copy, clock).count() == 1
    clock.forward(minutes=11)
    store.forget_old()
    assert database.rows("SELECT * FROM webhook_signatures") == [] and store.count() == 1
    clock.forward(days=2)
    store.forget_old()
    assert store.count() == 0


def test_a_signature_is_remembered_as_long_as_its_time_holds() -> None:
    assert inbox.SIGNATURES_KEPT == 2 * WINDOW, "it may be ahead by as much as it may be behind"


def test_a_server_has_one_webhook_whose_secret_is_nowhere_to_be_read(
    database: Database, records: Records, tmp_path: Path, clock: Clock
) -> None:
    store = InboxStore(database, clock)
    first, second = store.renew_webhook(5), store.renew_webhook(5)
    other = store.renew_webhook(6)
    assert store.webhook(first.name) is None and store.webhook(second.name) == store.webhook_of(5) == second
    assert len(second.secret) == 64 and second.secret != other.secret
    database.overwrite()
    content = records.held()
    assert second.secret.encode() not in content and second.name.encode() in content
    store.drop_webhook(5)
    assert store.webhook_of(5) is None and store.webhook_of(6) == other
    (tmp_path / "other").mkdir()
    with closing(SqliteDatabase(tmp_path / "other")) as elsewhere, elsewhere.writing() as connection:
        sealed = database.row("SELECT sealed FROM webhooks")
        assert sealed
        connection.execute("INSERT INTO webhooks VALUES (5, 'name', ?, '2026-01-31T12:00:00+00:00')", tuple(sealed))
        assert InboxStore(elsewhere, clock).webhook("name") is None  # sealed under another key


def test_a_feed_has_one_subscription_which_is_found_as_it_was_kept(database: Database, clock: Clock) -> None:
    store = InboxStore(database, clock)
    one = Subscription(new_id(), None, "https://a.example/feed", "https://hub.example/", "https://a.example/f",
                       new_secret(), State.ACTIVE, clock(), clock() + timedelta(days=10), 2, "Down.")  # fmt: skip
    store.keep(one)
    store.keep(replace(one, id=new_id(), server=5))
    assert store.subscription(one.id) == one and len(store.subscriptions()) == 2
    again = replace(one, id=new_id(), state=State.FAILED, until=None)
    store.keep(again)
    assert store.subscription(one.id) is None and again in store.subscriptions()
    store.drop(again.id)
    assert [kept.server for kept in store.subscriptions()] == [5]


def test_all_of_it_goes_with_the_server_and_the_base_library_is_no_server(database: Database, clock: Clock) -> None:
    store, servers = InboxStore(database, clock), ServerSettingsStore(database, clock)
    store.renew_webhook(5)
    store.add(5, [FERRY])
    store.add(None, [FERRY])
    servers.note_presence([], [])
    assert servers.servers_left_for(0) == [5]
    servers.forget_server(5)
    assert store.webhook_of(5) is None and [one.server for one in store.due()] == [None]
