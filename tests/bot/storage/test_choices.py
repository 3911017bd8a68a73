"""Pins and bans: each server's own, sealed where they are a reader's words, and back within the hour."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.storage.choices import ChoiceStore
from bot.storage.database import Database
from bot.storage.schema import SERVER_TABLES, VERSIONS
from bot.storage.server_settings import ServerSettingsStore
from bot.storage.sqlite import SqliteDatabase
from index import SentenceKey
from tests.bot.conftest import Clock
from tests.bot.records import Records

KEY = SentenceKey("tides", "0a1b")


def test_a_server_has_its_own_and_so_has_the_operator(database: Database, clock: Clock) -> None:
    store = ChoiceStore(database, clock)
    one = store.add_pin(5, "Who sold the oven?", KEY)
    two = store.add_pin(None, "Who sold the oven?", KEY)
    three = store.add_ban(6, KEY, "ffff")
    assert (store.pins(5), store.pins(None), store.pins(6)) == ([one], [two], [])
    assert (store.bans(6), store.bans(5), store.bans(None)) == ([three], [], [])
    assert (one.question, one.sentence, one.lapsed) == ("Who sold the oven?", KEY, False)
    assert sorted(store.servers(), key=str) == [5, None]


def test_a_pinned_question_can_be_read_nowhere(database: Database, records: Records) -> None:
    ChoiceStore(database).add_pin(5, "Who sold Zebulon the oven?", KEY)
    database.overwrite()
    assert b"tides" in records.held() and b"Zebulon" not in records.held()


def test_what_is_removed_comes_back_within_the_hour_and_is_then_forgotten(database: Database, clock: Clock) -> None:
    store = ChoiceStore(database, clock)
    pin, ban = store.add_pin(5, "Who?", KEY), store.add_ban(5, KEY, "ffff")
    assert not store.remove_pin(6, pin.number), "of another server"
    assert store.remove_pin(5, pin.number) and store.remove_ban(5, ban.number)
    assert not store.remove_pin(5, pin.number)
    assert (store.pins(5), store.bans(5)) == ([], [])
    clock.forward(minutes=59)
    assert not store.restore_pin(6, pin.number)
    assert store.restore_pin(5, pin.number) and store.restore_ban(5, ban.number)
    assert (store.pins(5), store.bans(5)) == ([pin], [ban])
    store.remove_pin(5, pin.number)
    clock.forward(minutes=61)
    assert not store.restore_pin(5, pin.number)
    store.forget_removed()
    assert database.rows("SELECT * FROM pins") == []
    assert store.add_pin(5, "Who?", KEY).number == pin.number + 1, "a number is never used again"


def test_the_stamp_changes_with_every_choice(database: Database) -> None:
    store, stamps = ChoiceStore(database), []
    stamps.append(store.stamp())
    one, two = store.add_pin(5, "Who?", KEY), store.add_pin(5, "Where?", KEY)
    stamps.append(store.stamp())
    store.add_ban(5, KEY, "ffff")
    stamps.append(store.stamp())
    store.remove_pin(5, one.number)
    stamps.append(store.stamp())
    store.remove_pin(5, two.number)
    store.restore_pin(5, one.number)
    stamps.append(store.stamp())
    assert len(set(stamps)) == len(stamps)


def test_that_editors_were_told_is_kept(database: Database) -> None:
    store = ChoiceStore(database)
    pin = store.add_pin(5, "Who?", KEY)
    store.note_lapse(pin.number, lapsed=True)
    assert store.pins(5)[0].lapsed
    store.note_lapse(pin.number, lapsed=False)
    assert not store.pins(5)[0].lapsed


def test_a_server_that_is_forgotten_leaves_none_of_it(database: Database) -> None:
    store = ChoiceStore(database)
    store.add_pin(5, "Who?", KEY)
    store.add_ban(5, KEY, "ffff")
    kept = store.add_pin(None, "Who?", KEY)
    assert {"pins", "bans"} <= set(SERVER_TABLES)
    ServerSettingsStore(database).forget_server(5)
    assert (store.pins(5), store.bans(5), store.pins(None)) == ([], [], [kept])


def test_pins_of_another_key_are_given_up_with_the_answers_and_bans_stay(records: Records) -> None:
    with records.opened() as database:
        ChoiceStore(database).add_pin(5, "Who?", KEY)
        ChoiceStore(database).add_ban(5, KEY, "ffff")
    records.lose_key()
    with records.opened(renew_seal=True) as database:
        assert database.rows("SELECT * FROM pins") == []
        assert len(ChoiceStore(database).bans(5)) == 1


def test_a_database_from_before_pins_goes_on_and_its_answers_were_not_chosen(tmp_path: Path) -> None:
    before = next(number for number, added in enumerate(VERSIONS) if "CREATE TABLE pins" in added)
    SqliteDatabase(tmp_path).close()
    for file in tmp_path.glob("records.sqlite3*"):
        file.unlink()
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        for number in range(before):
            connection.executescript(VERSIONS[number])
            if number == 4:
                connection.execute("ALTER TABLE answers DROP COLUMN question")
        connection.execute(
            "INSERT INTO answers (id, at, server, asker, answered, confidence, quotes, closest) "
            "VALUES ('a', '2026-01-31', 5, x'00', 0, 0.1, '[]', '[]')"
        )
        connection.execute(f"PRAGMA user_version = {before}")
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        assert [tuple(row) for row in database.rows("SELECT id, chosen FROM answers")] == [("a", 0)]
        assert ChoiceStore(database).stamp() == (0,) * 6
