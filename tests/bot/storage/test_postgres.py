"""The records in PostgreSQL: their tables, their key, several processes, and what is said where they cannot be used."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from bot.errors import SettingsError
from bot.storage import postgres, postgres_schema
from bot.storage.corrections import CorrectionStore
from bot.storage.postgres import PostgresDatabase
from bot.storage.records import has_records, open_database
from bot.storage.schema import NEWEST, TABLES, VERSIONS
from bot.storage.server_settings import ServerSettingsStore
from bot.storage.sqlite import SqliteDatabase
from index import Headline, OutOfResources, Withdrawal
from tests import gate
from tests.gate import Gate
from tests.postgres import Place
from tests.postgres import database as temporary_database

CHANNEL = "INSERT INTO ask_channels (channel, server) VALUES (?, 5)"


@pytest.fixture
def database(postgres_place: Place, tmp_path: Path) -> Iterator[PostgresDatabase]:
    with closing(opened(postgres_place, tmp_path)) as database:
        yield database


def opened(place: Place, folder: Path, url: str | None = None) -> PostgresDatabase:
    return PostgresDatabase(url or place.url, folder, schema=place.schema)


def channels(database: PostgresDatabase) -> list[int]:
    return [row["channel"] for row in database.rows("SELECT channel FROM ask_channels ORDER BY channel")]


def add(database: PostgresDatabase, channel: int) -> None:
    with database.writing() as transaction:
        transaction.execute(CHANNEL, (channel,))


# Tables


def test_the_tables_have_the_columns_that_they_have_in_sqlite(database: PostgresDatabase, tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path / "other")) as other:
        for table in TABLES:
            names = {row["name"] for row in other.rows(f"PRAGMA table_info({table})")}
            found = database.rows(
                "SELECT column_name, data_type, collation_name FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND table_name = ?",
                table,
            )
            assert {row["column_name"] for row in found} - {"rowid"} == names, table
            kinds = {row["data_type"] for row in found}
            assert kinds <= {"bigint", "boolean", "bytea", "double precision", "text"}, table
            assert {row["collation_name"] for row in found if row["data_type"] == "text"} <= {"C"}, table


def test_a_version_that_comes_later_is_made_of_the_one_before_and_keeps_what_it_holds(
    database: PostgresDatabase, postgres_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database, 6)
    later = (
        *VERSIONS,
        "\nALTER TABLE ask_channels ADD COLUMN calm INTEGER NOT NULL DEFAULT 0;\nUPDATE ask_channels SET calm = 7;\n",
    )
    monkeypatch.setattr(postgres_schema, "VERSIONS", later)
    monkeypatch.setattr(postgres, "NEWEST", len(later))
    with closing(opened(postgres_place, tmp_path)) as newer:
        assert [tuple(row) for row in newer.rows("SELECT * FROM ask_channels")] == [(6, 5, 7)]
        assert channels(database) == [6], "a process of the version before goes on"
        assert [row[0] for row in newer.rows("SELECT version FROM records_schema ORDER BY 1")][-2:] == [
            NEWEST,
            NEWEST + 1,
        ]


def test_a_database_of_a_later_version_is_left_alone(
    database: PostgresDatabase, postgres_place: Place, tmp_path: Path
) -> None:
    with database.writing() as transaction:
        transaction.execute("INSERT INTO records_schema VALUES (99)")
    with pytest.raises(SettingsError, match=rf"are of version 99, this Pullquote reads {NEWEST}; upgrade Pullquote"):
        opened(postgres_place, tmp_path)


def test_a_text_with_a_character_that_postgresql_does_not_take_is_kept_without_it(database: PostgresDatabase) -> None:
    corrections = CorrectionStore(database)
    corrections.note(5, [], [Withdrawal(Headline("a\0b", "Odd\0title"), b"\0")], by_hand=False)
    assert [one.title for one in corrections.listed([5])] == ["Odd\ufffdtitle"]


# The key


def test_the_key_is_in_the_database_and_the_same_for_all_processes(postgres_place: Place, tmp_path: Path) -> None:
    def key(number: int) -> bytes:
        (tmp_path / str(number)).mkdir()
        with closing(opened(postgres_place, tmp_path / str(number))) as database:
            return database.key

    with ThreadPoolExecutor(4) as threads:  # which also make the tables at once
        (drawn,) = set(threads.map(key, range(4)))
    assert len(drawn) == 32 and not list(tmp_path.rglob("records.key"))
    with closing(opened(postgres_place, tmp_path)) as database:
        assert [bytes(row["key"]) for row in database.rows("SELECT key FROM sealing_key")] == [drawn]


def test_a_key_in_the_data_folder_counts_and_is_not_put_into_the_database(
    postgres_place: Place, tmp_path: Path
) -> None:
    (tmp_path / "records.key").write_bytes(b"k" * 32)
    with closing(opened(postgres_place, tmp_path)) as database:
        assert database.key == b"k" * 32 and database.rows("SELECT * FROM sealing_key") == []
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(SettingsError, match="are sealed under another key .* put the file records.key that belongs"):
        opened(postgres_place, tmp_path / "elsewhere")
    with closing(opened(postgres_place, tmp_path)) as database:
        assert database.rows("SELECT * FROM sealing_key") == []


def test_a_file_that_is_no_key_is_named(postgres_place: Place, tmp_path: Path) -> None:
    (tmp_path / "records.key").write_bytes(b"half")
    with pytest.raises(SettingsError, match=r"records\.key is no key of 32 bytes; put the one that belongs"):
        opened(postgres_place, tmp_path)
    (tmp_path / "records.key").unlink()
    (tmp_path / "records.key").mkdir()
    with pytest.raises(SettingsError, match=r"records\.key cannot be read \(Is a directory\); make it readable\.$"):
        opened(postgres_place, tmp_path)


# Several processes


def test_whether_there_are_records_is_told_without_making_any(postgres_place: Place, tmp_path: Path) -> None:
    where = {"url": postgres_place.url, "schema": postgres_place.schema}
    assert not has_records(tmp_path, **where) and not has_records(tmp_path, **where)
    open_database(tmp_path, **where).close()
    assert has_records(tmp_path, **where) and not has_records(tmp_path)


def test_a_process_that_stands_still_in_a_transaction_holds_the_others_up_for_a_time_only(
    postgres_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres._LIMITS, "idle_in_transaction_session_timeout", "200ms")
    with closing(opened(postgres_place, tmp_path)) as one, closing(opened(postgres_place, tmp_path)) as other:
        with pytest.raises(SettingsError, match="has not waited for this process"), one.writing() as transaction:
            transaction.execute(CHANNEL, (6,))
            add(other, 7)  # which waits for its turn
            transaction.execute(CHANNEL, (8,))
        assert channels(one) == channels(other) == [7]
        add(one, 9)
        assert channels(other) == [7, 9]


def test_settings_that_two_processes_choose_at_once_are_all_kept(postgres_place: Place, tmp_path: Path) -> None:
    names = ("admin_role", "log_channel", "digest", "threshold")
    with closing(opened(postgres_place, tmp_path)) as one, closing(opened(postgres_place, tmp_path)) as other:
        stores = [ServerSettingsStore(one), ServerSettingsStore(other)]
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda n: stores[n % 2].choose(5, **{names[n]: 1}), range(4)))
        chosen = ServerSettingsStore(one).of(5)
        assert [getattr(chosen, name) for name in names] == [1, 1, 1, 1]


# What is lost


@pytest.fixture
def gated(postgres_place: Place, tmp_path: Path) -> Iterator[tuple[Gate, PostgresDatabase]]:
    """Records behind a gate, with four connections that are open."""
    with gate.before(postgres_place.url) as (way, url), closing(opened(postgres_place, tmp_path, url)) as database:
        add(database, 6)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: database.rows("SELECT pg_sleep(0.1)"), range(4)))
        yield way, database


def test_a_read_and_the_beginning_of_a_transaction_are_tried_again_when_the_connection_was_lost(
    gated: tuple[Gate, PostgresDatabase],
) -> None:
    way, database = gated
    way.cut()
    assert channels(database) == [6]
    way.cut()
    add(database, 7)
    assert channels(database) == [6, 7]


def test_of_a_transaction_whose_connection_is_lost_nothing_lands_and_it_is_not_tried_again(
    gated: tuple[Gate, PostgresDatabase],
) -> None:
    way, database = gated
    with pytest.raises(SettingsError, match="cannot be reached") as raised, database.writing() as transaction:
        transaction.execute(CHANNEL, (7,))
        way.cut()
        transaction.execute(CHANNEL, (8,))
    assert "\n" not in str(raised.value)
    assert channels(database) == [6]
    with pytest.raises(SettingsError), database.writing() as transaction:
        transaction.execute(CHANNEL, (7,))
        way.cut()  # COMMIT is never heard
    assert channels(database) == [6]


def test_while_the_server_is_away_that_is_said_at_once_and_when_it_is_back_the_records_go_on(
    gated: tuple[Gate, PostgresDatabase],
) -> None:
    way, database = gated
    way.shut()
    for use in (lambda: channels(database), lambda: add(database, 7), lambda: channels(database)):
        began = time.monotonic()
        with pytest.raises(
            SettingsError, match=r"cannot be reached \(Connection refused\); see whether its server runs"
        ):
            use()
        assert time.monotonic() - began < 5
    way.open()
    add(database, 7)
    assert channels(database) == [6, 7]


def test_connections_that_are_all_in_use_are_waited_for_and_then_that_is_said(
    postgres_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SOON", 0.05)
    monkeypatch.setattr(postgres, "PATIENCE", 0.2)
    with closing(
        PostgresDatabase(postgres_place.url, tmp_path, schema=postgres_place.schema, connections=1)
    ) as database:
        begun, done = threading.Event(), threading.Event()

        def hold() -> None:
            with database.writing():
                begun.set()
                done.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        begun.wait(30)
        with pytest.raises(SettingsError, match=r"answers too slowly: all 1 connections to it are in use; see whether"):
            channels(database)
        done.set()
        holder.join()
        assert channels(database) == []


# What is said


def with_role(url: str, rights: str) -> str:
    """The URL of a role with these rights and no others."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS small")
        connection.execute(sql.SQL(f"CREATE ROLE small LOGIN PASSWORD 'a secret' {rights}"))  # type: ignore[arg-type]
    return make_conninfo(url, user="small", password="a secret")


WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "no server": (lambda url: make_conninfo(url, port=1), r"cannot be reached \(Connection refused\); see whether its"),
    "no host": (
        lambda url: make_conninfo(url, host="no.such.invalid"),
        r"at no\.such\.invalid:\d+ cannot be reached \(",
    ),
    "no database": (
        lambda url: make_conninfo(url, dbname="gone"),
        r"database gone at .* does not exist; create it with",
    ),
    "wrong password": (
        lambda url: make_conninfo(url, password="a secret"),
        r"does not let Pullquote in \(password auth",
    ),
    "too many": (lambda url: with_role(url, "CONNECTION LIMIT 0"), r"takes no more connections; raise max_connections"),
    "no right": (
        lambda url: with_role(url, ""),
        r"does not allow that \(permission denied .*\); give the user in DATABASE",
    ),
    "only reads": (
        lambda url: make_conninfo(url, options="-c default_transaction_read_only=on"),
        r"can only be read; set DATABASE_URL to the server that is written to, not to a standby\.$",
    ),
    "no URL": (lambda url: f"{url}?a secret=1", r"^DATABASE_URL cannot be read; it should look like postgresql://"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_in_one_sentence_with_the_remedy_and_without_the_password(
    postgres_place: Place, tmp_path: Path, wrong: str
) -> None:
    spoil, sentence = WRONG[wrong]
    with pytest.raises(SettingsError, match=sentence) as raised:
        opened(postgres_place, tmp_path, spoil(postgres_place.url))
    said = str(raised.value)
    assert "secret" not in said and "\n" not in said and said.endswith(".")


def test_a_database_that_cannot_store_every_text_is_refused(postgres_server: str, tmp_path: Path) -> None:
    with temporary_database(postgres_server, "LATIN1") as url:
        with pytest.raises(SettingsError, match=r"has the encoding LATIN1, in which .* TEMPLATE template0\.$"):
            PostgresDatabase(url, tmp_path)
        assert not has_records(tmp_path, url)


@pytest.mark.parametrize("theirs", ["answers", "records_schema"])
def test_tables_of_somebody_else_in_the_way_are_told_of(postgres_place: Place, tmp_path: Path, theirs: str) -> None:
    with psycopg.connect(postgres_place.url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {postgres_place.schema} CREATE TABLE {theirs} (a int)".encode())
    with pytest.raises(
        SettingsError, match=r"are not as Pullquote made them \(.*\); name a database of its own in DATA"
    ):
        opened(postgres_place, tmp_path)


def test_a_server_that_is_too_old_is_told_what_is_needed(
    postgres_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LEAST_VERSION", 99)
    with pytest.raises(SettingsError, match=r"is on a server of PostgreSQL \d\d, which is too old; upgrade it to"):
        opened(postgres_place, tmp_path)


def test_a_full_disk_of_the_server_is_a_shortage_like_one_of_this_machine(database: PostgresDatabase) -> None:
    full = pytest.raises(OutOfResources, match="The disk of the database's server is full; free some space there")
    with full as raised, database.writing():
        raise errors.DiskFull("could not extend file: No space left on device")
    assert raised.value.resource == "disk space"
    add(database, 6)
    damaged = pytest.raises(SettingsError, match=r"are damaged \(.*\); put a backup of that database back")
    with damaged, database.writing():
        raise errors.DataCorrupted("invalid page in block 3")


def test_a_transaction_on_a_server_that_has_become_a_standby_says_so(
    database: PostgresDatabase, postgres_place: Place
) -> None:
    with pytest.raises(SettingsError, match="can only be read"), database.writing() as transaction:
        transaction.execute("SET TRANSACTION READ ONLY")
        transaction.execute(CHANNEL, (6,))
    add(database, 7)
    assert channels(database) == [7]


def test_without_its_driver_that_is_said_and_without_a_url_it_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
import sys
from pathlib import Path
from bot.services import opened
from bot.cli import app
from bot.storage.records import open_database
open_database(Path(sys.argv[1])).close()
print(sorted(name for name in sys.modules if name.split(".")[0] in ("psycopg", "psycopg_pool", "psycopg_binary")))
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
    monkeypatch.delitem(sys.modules, "bot.storage.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r'DATABASE_URL takes a driver .*; run: pip install -e "\.\[postgres\]"'):
        open_database(tmp_path, "postgresql://localhost/x")
