"""What readers wrote is for the owner of the data folder alone, from the moment it is there, whatever the umask."""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.chat import _remembered
from bot.storage.database import Database
from bot.storage.sqlite import SqliteDatabase
from index import close_to_others, make_private

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@pytest.fixture(params=[0o022, 0o000, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path, *names: str) -> dict[str, str]:
    """The modes of those files, in octal; without names, of all files in the folder."""
    return {
        path.name: oct(stat.S_IMODE(path.stat().st_mode))
        for path in sorted(folder.iterdir())
        if path.name in names or not names
    }


ALL = ("records.key", "records.sqlite3", "records.sqlite3-shm", "records.sqlite3-wal")


def write(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO ask_channels (channel, server) VALUES (6, 5)")


@pytest.mark.usefixtures("umask")
def test_the_records_are_their_owner_s_alone(tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path)) as database:
        write(database)
        assert modes(tmp_path) == dict.fromkeys(ALL, "0o600")


@pytest.mark.usefixtures("umask")
def test_the_records_are_never_open_to_others_not_even_before_there_is_anything_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[dict[str, str]] = []

    class Watched(sqlite3.Connection):
        def execute(self, *arguments: object) -> sqlite3.Cursor:
            found.append(modes(tmp_path))
            return super().execute(*arguments)  # type: ignore[arg-type]

        def executescript(self, script: str) -> sqlite3.Cursor:
            for statement in script.split(";"):
                self.execute(statement)
            return super().execute("")

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **options: connect(*a, **options, factory=Watched))
    SqliteDatabase(tmp_path).close()
    assert len(found) > 10
    assert {mode for at in found for mode in at.values()} == {"0o600"}


@pytest.mark.usefixtures("umask")
def test_records_from_before_are_mended_with_the_log_that_a_crash_left(tmp_path: Path) -> None:
    made, crashed = tmp_path / "made", tmp_path / "crashed"
    with closing(SqliteDatabase(made)) as database:
        write(database)
        shutil.copytree(made, crashed)
    for path in crashed.iterdir():
        path.chmod(0o644)
    with closing(SqliteDatabase(crashed)) as database:
        assert modes(crashed) == dict.fromkeys(ALL, "0o600")
        assert [tuple(row) for row in database.rows("SELECT * FROM ask_channels")] == [(6, 5)]


def test_what_the_owner_may_not_do_stays_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o444)
    make_private(file)
    assert modes(tmp_path) == {"file": "0o400"}


def test_what_is_there_keeps_its_content_and_what_is_not_there_is_not_made_by_closing_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    make_private(file)
    assert file.read_text() == "kept"
    close_to_others(tmp_path / "nothing")
    assert modes(tmp_path) == {"file": "0o600"}


@pytest.mark.usefixtures("umask")
def test_what_was_asked_in_the_terminal_is_its_owner_s_alone(tmp_path: Path) -> None:
    readline = pytest.importorskip("readline")
    history = tmp_path / "chat-history"
    history.write_text("Who sold the oven?\n")
    history.chmod(0o644)
    for question in ("When did the mill close?", "Who shut the gate?"):
        with _remembered(history):
            assert modes(tmp_path) == {"chat-history": "0o600"}
            readline.add_history(question)
        assert modes(tmp_path) == {"chat-history": "0o600"}
    assert history.read_text().splitlines()[-2:] == ["When did the mill close?", "Who shut the gate?"]
    history.unlink()
    with _remembered(history):
        assert modes(tmp_path) == {"chat-history": "0o600"}
    readline.clear_history()
