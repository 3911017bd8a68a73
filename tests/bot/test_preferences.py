"""What each server has chosen, and how long ago it was left."""

import threading
from contextlib import closing
from pathlib import Path

import pytest

from bot.database import Database
from bot.preferences import Chosen, Preferences
from bot.records import Records
from tests.bot.conftest import Clock
from tests.bot.test_records import ADA, ANSWER


@pytest.fixture
def preferences(database: Database, clock: Clock) -> Preferences:
    return Preferences(database, clock)


@pytest.fixture
def records(database: Database, clock: Clock) -> Records:
    return Records(database, clock)


def test_what_a_server_chose_is_its_own_and_is_there_after_a_restart(
    preferences: Preferences, database: Database, tmp_path: Path
) -> None:
    chosen = Chosen(admin_role=11, threshold=0.25, refresh_hours=12.0, log_channel=60)
    preferences.choose(5, admin_role=11, threshold=0.25)
    preferences.choose(5, refresh_hours=12.0, log_channel=60)
    preferences.add_ask_channel(5, 6)
    assert (preferences.of(5), preferences.of(7), preferences.of(None)) == (chosen, Chosen(), Chosen())
    database.close()
    with closing(Database(tmp_path)) as reopened:
        again = Preferences(reopened)
        assert again.of(5) == chosen
        assert again.is_ask_channel(6)


def test_ask_channels_belong_to_their_server(preferences: Preferences) -> None:
    preferences.add_ask_channel(5, 60)
    preferences.add_ask_channel(5, 61)
    preferences.add_ask_channel(7, 70)
    preferences.add_ask_channel(7, 70)
    assert (preferences.ask_channels(5), preferences.ask_channels(7), preferences.ask_channels()) == (
        [60, 61],
        [70],
        [60, 61, 70],
    )
    preferences.remove_ask_channel(60)
    assert preferences.ask_channels(5) == [61]
    assert not preferences.is_ask_channel(60)


def test_the_days_of_a_server_that_was_left_are_counted_from_then_and_end_when_it_is_back(
    preferences: Preferences, records: Records, clock: Clock
) -> None:
    records.keep(5, ADA, ANSWER)
    preferences.add_ask_channel(7, 70)
    preferences.note_presence([5, 7, 8], known=[8])
    assert preferences.servers_left_for(0) == []
    preferences.note_presence([7], known=[8])
    clock.forward(days=10)
    preferences.note_presence([7], known=[8])
    assert preferences.servers_left_for(10) == [5, 8]
    assert preferences.servers_left_for(11) == []
    preferences.note_presence([5, 7], known=[8])
    assert preferences.servers_left_for(0) == [8]


def test_forgetting_a_server_leaves_the_others_as_they_are(preferences: Preferences, records: Records) -> None:
    gone, stays, direct = records.keep(5, ADA, ANSWER), records.keep(7, ADA, ANSWER), records.keep(None, ADA, ANSWER)
    preferences.add_ask_channel(5, 50)
    preferences.add_ask_channel(7, 70)
    preferences.forget_server(5)
    assert [records.answer(one.id) for one in (gone, stays, direct)] == [None, stays, direct]
    assert preferences.ask_channels() == [70]


def test_settings_that_are_chosen_at_once_are_all_kept(preferences: Preferences) -> None:
    names = ("admin_role", "threshold", "refresh_hours", "log_channel")
    threads = [threading.Thread(target=preferences.choose, args=(5,), kwargs={name: 1}) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert preferences.of(5) == Chosen(1, 1.0, 1.0, 1)
