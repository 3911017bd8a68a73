"""What each server has chosen, and how long ago it was left."""

import threading

import pytest

from bot.shards import Shards
from bot.storage.answers import AnswerStore
from bot.storage.database import Database
from bot.storage.server_settings import ServerSettings, ServerSettingsStore
from tests.bot.conftest import Clock
from tests.bot.records import Records
from tests.bot.storage.test_answers import ADA, ANSWER


@pytest.fixture
def server_settings(database: Database, clock: Clock) -> ServerSettingsStore:
    return ServerSettingsStore(database, clock)


@pytest.fixture
def answers(database: Database, clock: Clock) -> AnswerStore:
    return AnswerStore(database, clock)


def test_what_a_server_chose_is_its_own_and_is_there_after_a_restart(
    server_settings: ServerSettingsStore, database: Database, records: Records
) -> None:
    chosen = ServerSettings(admin_role=11, threshold=0.25, refresh_hours=12.0, log_channel=60)
    server_settings.choose(5, admin_role=11, threshold=0.25)
    server_settings.choose(5, refresh_hours=12.0, log_channel=60)
    server_settings.add_ask_channel(5, 6)
    assert (server_settings.of(5), server_settings.of(7), server_settings.of(None)) == (
        chosen,
        ServerSettings(),
        ServerSettings(),
    )
    database.close()
    with records.opened() as reopened:
        again = ServerSettingsStore(reopened)
        assert again.of(5) == chosen
        assert again.is_ask_channel(6)


def test_ask_channels_belong_to_their_server(server_settings: ServerSettingsStore) -> None:
    server_settings.add_ask_channel(5, 60)
    server_settings.add_ask_channel(5, 61)
    server_settings.add_ask_channel(7, 70)
    server_settings.add_ask_channel(7, 70)
    assert (server_settings.ask_channels(5), server_settings.ask_channels(7), server_settings.ask_channels()) == (
        [60, 61],
        [70],
        [60, 61, 70],
    )
    server_settings.remove_ask_channel(60)
    assert server_settings.ask_channels(5) == [61]
    assert not server_settings.is_ask_channel(60)


def test_the_days_of_a_server_that_was_left_are_counted_from_then_and_end_when_it_is_back(
    server_settings: ServerSettingsStore, answers: AnswerStore, clock: Clock
) -> None:
    answers.keep(5, ADA, ANSWER)
    server_settings.add_ask_channel(7, 70)
    server_settings.note_presence([5, 7, 8], known=[8])
    assert server_settings.servers_left_for(0) == []
    server_settings.note_presence([7], known=[8])
    clock.forward(days=10)
    server_settings.note_presence([7], known=[8])
    assert server_settings.servers_left_for(10) == [5, 8]
    assert server_settings.servers_left_for(11) == []
    server_settings.note_presence([5, 7], known=[8])
    assert server_settings.servers_left_for(0) == [8]


def test_a_process_notes_nothing_of_the_servers_of_another(
    server_settings: ServerSettingsStore, answers: AnswerStore
) -> None:
    first, second = Shards(2, (0,)), Shards(2, (1,))
    even, odd, left = 4 << 22, 5 << 22, 6 << 22
    for server in (even, odd, left):
        answers.keep(server, ADA, ANSWER)
    server_settings.note_presence([even], [odd, left], first.have)
    server_settings.note_presence([odd], [even, left], second.have)
    assert server_settings.servers_left_for(0) == [left]
    server_settings.note_presence([], [], second.have)
    assert server_settings.servers_left_for(0) == [odd, left]


def test_forgetting_a_server_leaves_the_others_as_they_are(
    server_settings: ServerSettingsStore, answers: AnswerStore
) -> None:
    gone, stays, direct = answers.keep(5, ADA, ANSWER), answers.keep(7, ADA, ANSWER), answers.keep(None, ADA, ANSWER)
    server_settings.add_ask_channel(5, 50)
    server_settings.add_ask_channel(7, 70)
    server_settings.forget_server(5)
    assert [answers.answer(one.id) for one in (gone, stays, direct)] == [None, stays, direct]
    assert server_settings.ask_channels() == [70]


def test_settings_that_are_chosen_at_once_are_all_kept(server_settings: ServerSettingsStore) -> None:
    names = ("admin_role", "threshold", "refresh_hours", "log_channel")
    threads = [threading.Thread(target=server_settings.choose, args=(5,), kwargs={name: 1}) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server_settings.of(5) == ServerSettings(1, 1.0, 1.0, 1)
