"""Which servers are whose."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.settings import Settings
from bot.shards import Shards

DATABASE = "postgresql://localhost/pullquote"


def shards(ids: str | None, count: str | None, database: str | None = DATABASE) -> Shards:
    return Settings(_env_file=None, shard_ids=ids, shard_count=count, database_url=database).shards


@pytest.mark.parametrize(
    ("ids", "count", "named", "title"),
    [
        ("0-7", "16", tuple(range(8)), "shards 0-7 of 16"),
        ("0,2,4", "5", (0, 2, 4), "shards 0,2,4 of 5"),
        (" 9 , 0 - 2 ", "10", (0, 1, 2, 9), "shards 0-2,9 of 10"),
        ("3", "4", (3,), "shard 3 of 4"),
    ],
)
def test_a_process_has_the_shards_that_are_named(ids: str, count: str, named: tuple[int, ...], title: str) -> None:
    assert shards(ids, count) == Shards(int(count), named)
    assert shards(ids, count).title == title
    assert not shards(ids, count).are_all


def test_without_settings_a_process_has_all_servers_and_all_direct_messages() -> None:
    assert shards(None, None, None) == Shards()
    assert Shards().are_all
    assert all(map(Shards().have, (None, 1, 987_654_321_987_654_321)))


def test_a_server_belongs_to_the_shard_that_discord_gives_it_to() -> None:
    server = 5 << 22 | 3
    assert Shards(4, (1,)).have(server)
    assert not Shards(4, (0, 2, 3)).have(server)


def test_direct_messages_belong_to_shard_0() -> None:
    assert Shards(4, (0, 3)).have(None)
    assert not Shards(4, (1, 2)).have(None)


@given(st.integers(1, 40), st.sets(st.integers(0, 39)), st.none() | st.integers(1, 2**63 - 1))
def test_each_server_is_looked_after_by_exactly_one_of_two_processes(
    count: int, some: set[int], server: int | None
) -> None:
    ones = tuple(number for number in range(count) if number in some)
    others = tuple(number for number in range(count) if number not in some)
    assert Shards(count, ones).have(server) is not Shards(count, others).have(server)


@pytest.mark.parametrize(
    ("ids", "count", "database", "said"),
    [
        ("0-7", None, DATABASE, "SHARD_IDS and SHARD_COUNT belong together; set both, or neither."),
        (None, "8", DATABASE, "SHARD_IDS and SHARD_COUNT belong together; set both, or neither."),
        (
            "0-8",
            "8",
            DATABASE,
            "SHARD_IDS names 8, and with SHARD_COUNT=8 the shards are 0 to 7; correct one of them.",
        ),
        ("0,1,0", "8", DATABASE, "SHARD_IDS, 0,1,0, does not name shards once each and upwards; correct it."),
        ("3-1", "8", DATABASE, "SHARD_IDS, 3-1, does not name shards once each and upwards; correct it."),
        (
            "0-3",
            "8",
            None,
            "SHARD_IDS has some of the shards, and several processes need a database that they share; set "
            "DATABASE_URL, or remove SHARD_IDS and SHARD_COUNT.",
        ),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(
    ids: str | None, count: str | None, database: str | None, said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        shards(ids, count, database)
    assert str(refused.value) == said


def test_one_process_may_have_all_shards_without_a_database() -> None:
    assert shards("0-3", "4", None).are_all


@pytest.mark.parametrize("ids", ["all", "0-", "1;2", "-1", "0-1-2", "9999999"])
def test_what_is_no_list_of_shards_is_refused_when_the_settings_are_read(
    ids: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHARD_IDS", ids)
    monkeypatch.setenv("SHARD_COUNT", "4")
    with pytest.raises(SettingsError, match="SHARD_IDS is not numbers such as 0-7 or 0,2,4; correct it in"):
        Settings.load()


def test_what_contradicts_itself_is_refused_when_the_settings_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHARD_IDS", "0-3")
    monkeypatch.delenv("SHARD_COUNT", raising=False)
    with pytest.raises(SettingsError, match="belong together"):
        Settings.load()
