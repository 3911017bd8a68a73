"""The records in SQLite: their key, their schema, and what is said where they cannot be used."""

import json
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.storage.answers import AnswerStore, KeptQuote
from bot.storage.pending import PendingPaste, PendingRemoval, PendingStore, PendingUndo
from bot.storage.schema import NEWEST, SERVER_TABLES, TABLES, VERSIONS
from bot.storage.server_settings import ServerSettings, ServerSettingsStore
from bot.storage.sqlite import SqliteDatabase
from index import Answer, Change, OutOfResources, change_as_json
from tests.limits import lines_of


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    with closing(SqliteDatabase(tmp_path)) as database:
        yield database


def test_the_key_is_for_its_owner_alone_and_stays_the_same(database: SqliteDatabase, tmp_path: Path) -> None:
    key = tmp_path / "records.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert len(before) == 32
    SqliteDatabase(tmp_path).close()
    assert key.read_bytes() == before


def test_a_database_of_the_first_version_goes_on_with_what_it_holds(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        connection.executescript(f"{VERSIONS[0]} PRAGMA user_version = 1;")
        connection.execute("INSERT INTO ask_channels (channel, server) VALUES (6, 5)")
        connection.execute("INSERT INTO answers VALUES ('a', '2026-01-31', 5, 6, 7, x'00', 'Who?', 0, 0.1, '[]', '[]')")
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        (row,) = database.rows("SELECT id, marks, sealed_channel FROM answers")
        assert tuple(row) == ("a", "[]", None)
        assert [tuple(row) for row in database.rows("SELECT * FROM ask_channels")] == [(6, 5)]
        assert database.rows("SELECT * FROM jobs") == []
    with closing(SqliteDatabase(tmp_path)) as again:
        assert again.row("SELECT id FROM answers")


def test_what_is_pending_in_a_database_of_the_second_version_can_still_be_used(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        connection.executescript(f"{VERSIONS[0]} {VERSIONS[1]} PRAGMA user_version = 2;")
        at = datetime.now(UTC).isoformat()
        for kept, work in (
            ("one", {"missing": ["a", "b"]}),
            (
                "two",
                {"paste": {"text": "It opened.", "title": "Bridge", "author": None, "published": None, "url": None}},
            ),
            ("three", {"undo": change_as_json(Change(remove=("a",), seen={"a": b"\x01"}, whole=True))}),
        ):
            connection.execute("INSERT INTO undos VALUES (?, 5, ?, ?)", (kept, at, json.dumps(work)))
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        pending = PendingStore(database)
        assert pending.find("one", 5, PendingRemoval) == PendingRemoval(("a", "b"))
        assert pending.find("two", 5, PendingPaste) == PendingPaste("It opened.", "Bridge")
        undo = pending.find("three", 5, PendingUndo)
        assert undo and (undo.change.remove, undo.change.seen) == (("a",), {"a": b"\x01"})
        assert pending.find("one", 6, PendingRemoval) is None and pending.find("one", 5, PendingUndo) is None


def test_an_answer_in_a_database_of_the_third_version_shows_what_it_showed_then(tmp_path: Path) -> None:
    near = json.dumps([asdict(KeptQuote("bridge", 0, 26, 0, 26, 1.0, "0" * 16))] * 2)
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        connection.executescript(f"{VERSIONS[0]} {VERSIONS[1]} {VERSIONS[2]} PRAGMA user_version = 3;")
        for answer, message, answered, quotes in (("a", 70, 1, near), ("b", 71, 0, "[]")):
            connection.execute(
                "INSERT INTO answers VALUES (?, '2026-01-31', 5, 6, ?, x'00', 'Who?', ?, 0.1, ?, ?, NULL, '[]')",
                (answer, message, answered, quotes, near),
            )
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        answers = AnswerStore(database)
        found, none = answers.answer("a"), answers.answer("b")
        assert found and none and (found.outcome, none.outcome) == (None, None)
        assert found.language == "en"
        assert (len(found.shown), none.shown) == (2, none.closest[:1])
        assert sorted((one.answer_id, one.number) for one in answers.shown({5})) == [("a", 0), ("a", 1), ("b", 0)]
        assert [one.perhaps for one in answers.asked_in(5, 10_000)] == [False, False]


def test_the_questions_of_the_fourth_version_are_sealed_and_stay_readable_in_no_file(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        connection.executescript(f"PRAGMA journal_mode = WAL; {' '.join(VERSIONS[:4])} PRAGMA user_version = 4;")
        for number in range(200):
            connection.execute(
                """INSERT INTO answers VALUES
                   (?, '2026-01-31', 5, 6, ?, x'00', ?, 0, 0.1, '[]', '[]', NULL, '[]', 'absent')""",
                (f"a{number}", 70 + number, f"Who hid {number} quokkas?"),
            )
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"a199" in held and b"quokka" not in held
        answers = AnswerStore(database)
        assert [one.question for one in answers.asked_in(5, 10_000)] == [f"Who hid {n} quokkas?" for n in range(200)]
        found = answers.answer("a7")
        assert found and (found.question, found.asked) == ("Who hid 7 quokkas?", None)


def with_a_question(folder: Path) -> None:
    """An answer with a vote, and a setting, in a new database."""
    with closing(SqliteDatabase(folder)) as database:
        AnswerStore(database).vote(AnswerStore(database).keep(5, 6, Answer("Who?", False, 0.1)).id, 7, up=True)
        ServerSettingsStore(database).add_ask_channel(5, 6)


def test_the_settings_of_the_fifth_version_stay_and_name_no_language(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        connection.executescript(f"{' '.join(VERSIONS[:5])} PRAGMA user_version = 5;")
        connection.execute("INSERT INTO server_settings VALUES (5, 7, 0.4, 12, 9)")
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        settings = ServerSettingsStore(database)
        assert settings.of(5) == ServerSettings(admin_role=7, threshold=0.4, refresh_hours=12, log_channel=9)
        settings.choose(5, language="ko")
        assert ServerSettingsStore(database).of(5).language == "ko"


def test_the_file_shrinks_by_what_is_forgotten(database: SqliteDatabase, tmp_path: Path) -> None:
    def size() -> int:
        database.overwrite()
        return (tmp_path / "records.sqlite3").stat().st_size

    answers, before = AnswerStore(database, lambda: datetime(2026, 1, 31, tzinfo=UTC)), size()
    for number in range(300):
        answers.keep(5, 6, Answer(f"Who hid the oven of baker {number}?" * 10, False, 0.1))
    assert size() > before + 100_000
    AnswerStore(database, lambda: datetime(2026, 4, 30, tzinfo=UTC)).forget_older_than(30)
    assert size() <= before + 4 * 4096


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(SettingsError, match=r"records\.sqlite3 is damaged \(file is not a database\); move it away"):
        SqliteDatabase(tmp_path)


def test_a_full_disk_is_named_and_when_there_is_room_again_the_records_go_on(database: SqliteDatabase) -> None:
    answers = AnswerStore(database)
    answers.keep(5, 6, Answer("Who?", False, 0.1))
    (pages,) = database.rows("PRAGMA page_count")[0]
    database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutOfResources, match="The disk is full"):
        answers.keep(5, 6, Answer("Who hid the oven?" * 10_000, False, 0.1))
    database.rows("PRAGMA max_page_count = 1000000")
    answers.keep(5, 6, Answer("Who found it?", False, 0.1))
    assert [one.question for one in answers.asked_in(5, 1)] == ["Who?", "Who found it?"]


def test_a_page_that_was_overwritten_is_named_with_the_remedy(tmp_path: Path) -> None:
    with_a_question(tmp_path)
    content = bytearray((tmp_path / "records.sqlite3").read_bytes())
    content[-4096:] = bytes(range(256)) * 16
    (tmp_path / "records.sqlite3").write_bytes(content)
    with pytest.raises(SettingsError) as raised, closing(SqliteDatabase(tmp_path)) as database:
        database.check()
    assert str(raised.value).startswith(f"{tmp_path}/records.sqlite3 is damaged (")
    assert str(raised.value).endswith(
        f"); move it away to begin with new records, or move {tmp_path} away and put a backup back with `pullquote "
        "restore`."
    )


def test_an_error_of_a_query_is_not_blamed_on_the_file(database: SqliteDatabase) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        database.rows("SELECT * FROM holes")


def test_every_table_that_names_a_server_is_among_those_that_are_forgotten_with_it(database: SqliteDatabase) -> None:
    tables = [row["name"] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    naming = {
        name for name in tables if any(row["name"] == "server" for row in database.rows(f"PRAGMA table_info({name})"))
    }
    assert naming == set(SERVER_TABLES)
    assert sorted(TABLES) == sorted(name for name in tables if not name.startswith("sqlite_"))


def test_the_schema_is_strict(database: SqliteDatabase, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "records.sqlite3") as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO left_servers (server, at) VALUES ('five', 'now')")
    connection.close()


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    SqliteDatabase(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(SettingsError, match=rf"are of version 99, this Pullquote reads {NEWEST}; upgrade"):
        SqliteDatabase(tmp_path)


WITH_FEW_FILES = """
import sys
from pathlib import Path
from bot.storage.sqlite import SqliteDatabase

place = Path(sys.argv[1])
SqliteDatabase(place).close()
for spare in (0, 1, 2, 3, 8):
    leave_files(spare)
    print(outcome(lambda: SqliteDatabase(place).close()))
    leave_all()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set as Linux has them")
def test_records_that_one_file_too_many_keeps_shut_are_not_to_be_moved_away(tmp_path: Path) -> None:
    lines = [line.split(";")[0] for line in lines_of(WITH_FEW_FILES, tmp_path)]
    said = "OutOfResources: Too many files are open"
    assert lines[:3] == [said] * 3
    assert set(lines) == {said, "fine"}
    assert lines[-1] == "fine"
