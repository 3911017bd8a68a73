"""The records, in SQLite and in PostgreSQL alike: what a store may rely on, and the key that belongs to them."""

import threading

import pytest

from bot.errors import SettingsError
from bot.storage.answers import AnswerStore
from bot.storage.database import Database
from bot.storage.schema import SERVER_TABLES, TABLES
from bot.storage.server_settings import ServerSettingsStore
from index import Answer
from tests.bot.records import Records


def with_a_question(records: Records) -> None:
    """An answer with a vote, and a setting, in new records."""
    with records.opened() as database:
        AnswerStore(database).vote(AnswerStore(database).keep(5, 6, Answer("Who?", False, 0.1)).id, 7, up=True)
        ServerSettingsStore(database).add_ask_channel(5, 6)


def test_another_key_than_that_of_the_questions_is_refused_and_changes_nothing(records: Records) -> None:
    with_a_question(records)
    key = records.folder / "records.key"
    before = key.read_bytes() if key.exists() else None
    key.write_bytes(bytes(32))
    with pytest.raises(SettingsError, match=r"put the file records.key that belongs to them back, or run"):
        records.open()
    key.write_bytes(before) if before else key.unlink()
    with records.opened() as database:
        assert [one.question for one in AnswerStore(database).asked_in(5, 1)] == ["Who?"]


def test_without_their_key_the_answers_can_be_given_up_and_the_settings_stay(records: Records) -> None:
    with_a_question(records)
    records.lose_key()
    with pytest.raises(SettingsError, match="sealed under another key"):
        records.open()
    with records.opened(renew_seal=True) as database:
        assert database.rows("SELECT * FROM answers") == database.rows("SELECT * FROM votes") == []
        assert ServerSettingsStore(database).ask_channels() == [6]
    records.open().close()


def test_a_row_has_names_and_numbers_and_none_is_a_value_like_any_other(database: Database) -> None:
    with database.writing() as transaction:
        transaction.executemany(
            "INSERT INTO looked_through VALUES (?, ?, ?)", [(None, 1, "a"), (5, 2, "b"), (6, 3, "c")]
        )
    (row,) = database.rows("SELECT server, passage, at FROM looked_through WHERE server IS ?", None)
    assert (row["passage"], row[1], row[-1], row[:2], tuple(row), len(row)) == (1, 1, "a", (None, 1), (None, 1, "a"), 3)
    assert dict(zip(row.keys(), row, strict=True)) == {"server": None, "passage": 1, "at": "a"}
    found = database.rows("SELECT passage FROM looked_through WHERE server IN ? ORDER BY passage", [5, 6, 7])
    assert [passage for (passage,) in found] == [2, 3]
    assert database.rows("SELECT passage FROM looked_through WHERE server IN ?", []) == []
    assert database.row("SELECT passage FROM looked_through WHERE at LIKE 'c%'")


def test_of_a_transaction_that_fails_nothing_stays_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as transaction:
        transaction.execute("INSERT INTO ask_channels (channel, server) VALUES (6, 5)")
        assert len(database.rows("SELECT * FROM ask_channels")) == 1, "the transaction sees what it has written"
        raise ZeroDivisionError
    assert database.rows("SELECT * FROM ask_channels") == []
    with database.writing() as transaction:
        added = transaction.execute("INSERT INTO ask_channels (channel, server) VALUES (6, 5) ON CONFLICT DO NOTHING")
        again = transaction.execute("INSERT INTO ask_channels (channel, server) VALUES (6, 7) ON CONFLICT DO NOTHING")
        assert (added.rowcount, again.rowcount) == (1, 0)
    assert [tuple(row) for row in database.rows("SELECT channel, server FROM ask_channels")] == [(6, 5)]


def test_transactions_of_many_threads_and_processes_are_one_after_the_other(records: Records) -> None:
    with records.opened() as one, records.opened() as other:

        def count(database: Database) -> None:
            for _ in range(10):
                with database.writing() as transaction:
                    row = database.row("SELECT passage FROM looked_through")
                    transaction.execute("DELETE FROM looked_through")
                    transaction.execute("INSERT INTO looked_through VALUES (5, ?, 'now')", (row[0] + 1 if row else 1,))

        threads = [threading.Thread(target=count, args=(database,)) for database in (one, other, one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [tuple(row) for row in one.rows("SELECT passage FROM looked_through")] == [(40,)]


def test_an_error_of_a_query_is_not_blamed_on_the_place(database: Database) -> None:
    with pytest.raises(Exception, match="syntax error") as raised:
        database.rows("SELECT FROM WHERE holes")
    assert not isinstance(raised.value, SettingsError)


def test_what_is_sound_passes_the_check(database: Database) -> None:
    ServerSettingsStore(database).add_ask_channel(5, 6)
    database.check()


def test_every_table_of_a_server_is_one_of_the_tables() -> None:
    assert set(SERVER_TABLES) < set(TABLES)
