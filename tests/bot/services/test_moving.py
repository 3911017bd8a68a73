"""All that is kept moves from a data folder into a database and back, as it was; or it is said why not."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.services.backup import restore_backup, write_backup
from bot.services.leadership import SharedLeadership
from bot.services.moving import Place, move
from bot.settings import Settings
from bot.shards import Shards
from bot.storage.answers import AnswerStore
from bot.storage.choices import ChoiceStore
from bot.storage.database import Database
from bot.storage.lock_session import LockSession
from bot.storage.moving import held_in
from bot.storage.pending import PendingPaste, PendingStore
from bot.storage.records import open_database
from bot.storage.server_settings import ServerSettingsStore
from index import (
    BASE,
    Answer,
    Article,
    Engine,
    Library,
    LibraryDamaged,
    LibraryError,
    LibraryUnreachable,
    OutOfResources,
    Progress,
    SentenceKey,
    Source,
    SourcePage,
    SourceUpdate,
    open_engine,
    sample_articles,
)
from index.storage import writer
from index.storage.postgres import own
from index.storage.postgres import writer as postgres_writer
from tests.encoder import WordEncoder
from tests.gate import before
from tests.index.storage.version_1 import make_version_1
from tests.limits import ROOT

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
FEED = "https://news.example/feed"
QUESTIONS = ("When did the bridge open?", "When does the ferry sail?", "Who runs the bakery?", "What do lanes carry?")


def town(number: int) -> Article:
    return Article(
        f"story-{number}",
        f"Story {number}",
        f"The number {number} tram runs to the harbour. It carries {number} people a day.",
        published=NOON - timedelta(hours=number % 7),
    )


BRIDGE = Article("bridge", "The bridge", "The bridge opened in 1904. It carries two lanes.", "Ann Lee", published=NOON)
FERRY = Article("ferry", "The ferry", "The ferry sails at noon. It takes an hour.", url="https://news.example/ferry")
PARTY = Article("party", "The party", "The party is in May.", embargo=datetime(2099, 5, 1, tzinfo=UTC))
SECRET = Article("secret", "The vault", "The vault is behind the bakery.", private=True)
SENTENCE = SentenceKey("bridge", "ab" * 16)
BAKERY = Article("bakery", "Die Bäckerei", "Die Bäckerei gehört Herrn Müller. Sie öffnet um sechs Uhr.")


def url_of(dsn: str) -> str:
    """A database as DATABASE_URL names it."""
    parts = conninfo_to_dict(dsn)
    return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/{parts['dbname']}"


def library_in(engine: Engine, name: str = BASE) -> Library:
    return Library.open_in(engine, name, load_encoder=WordEncoder, threshold=0.0)


@dataclass
class Kept:
    """Where all is kept."""

    place: Place

    @contextlib.contextmanager
    def library(self, name: str = BASE) -> Iterator[Library]:
        with closing(open_engine(self.place.libraries)) as engine, closing(library_in(engine, name)) as library:
            yield library

    @contextlib.contextmanager
    def records(self) -> Iterator[Database]:
        with closing(open_database(self.place.folder, self.place.url)) as database:
            yield database

    def told(self) -> object:
        """What a reader and an editor can learn of it."""
        with closing(open_engine(self.place.libraries)) as engine:
            names = engine.names()
        found: list[object] = []
        for name in names:
            with self.library(name) as library:
                found += [
                    name,
                    library.articles(),
                    library.read_generation(),
                    library.sources(),
                    library.kept_generations(),
                ]
                for question in QUESTIONS:
                    answer = library.for_readers().ask(question)
                    found.append((answer.confidence, [(quote.text, quote.article.id) for quote in answer.quotes]))
        with self.records() as database:
            found.append([(record.question, record.quotes) for record in AnswerStore(database).given_to(6)])
            found += [AnswerStore(database).votes_of(6), ServerSettingsStore(database).ask_channels()]
            found.append(held_in(database))
        return found


def fill(folder: Path) -> None:
    engine = open_engine(folder)
    with library_in(engine) as base, library_in(engine, "servers/33") as own:
        base.update([BRIDGE, PARTY, SECRET, *map(town, range(230))])
        source = Source("feed", FEED, NOON, '"1"', None, NOON, "ok", 2)
        page = SourcePage(FEED, f"{FEED}/ferry", "ferry", '"2"', None, "ab12", whole=True)
        memory = SourceUpdate((source,), (page,), exclude=("gate", "tower"))
        base.update([FERRY], source_update=memory, keep_for=timedelta(days=3))
        base.update(
            [replace(BRIDGE, text="The bridge opened in 1905. It carries two lanes.")],
            remove=["story-7"],
            keep_for=timedelta(days=3),
        )
        own.update([BAKERY])
    with closing(open_database(folder)) as database:
        answers = AnswerStore(database)
        kept = [answers.keep(5, 6, Answer(f"When did it open, {number}?", True, 0.9)) for number in range(40)]
        answers.vote(kept[0].id, 6, up=True)
        answers.vote(kept[1].id, 6, up=False)
        ServerSettingsStore(database).add_ask_channel(5, 60)
        PendingStore(database).keep(5, PendingPaste("A story with quokkas."))
        pins = ChoiceStore(database)
        gone = [pins.add_pin(5, f"Since when, {number}?", SENTENCE) for number in range(3)][-1]
        pins.remove_pin(5, gone.number)


KILLED = """
import os, signal, sys
from pathlib import Path

import bot.services.moving as moving
from bot.services.leadership import SharedLeadership
from bot.services.moving import Place, move
from bot.shards import Shards
from bot.storage.postgres import PostgresDatabase
from bot.storage.sqlite import SqliteDatabase
from index.storage import transfer


def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def on_progress(step):
    if when.isdigit() and step.done >= int(when):
        kill()


source, target, when = sys.argv[1:]
transfer.AT_ONCE = 20
if when == "in the records":
    PostgresDatabase.number_after = SqliteDatabase.number_after = kill
if when == "after the records":
    moving.differing = kill
places = [Place(Path("no-key"), one) if "://" in one else Place(Path(one)) for one in (source, target)]
move(*places, on_progress)
"""


def killed(source: Place, target: Place, when: str) -> None:
    """Move in a process of its own, which is killed at a time."""
    arguments = [str(source.libraries), str(target.libraries), when]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.fixture
def data(tmp_path: Path) -> Kept:
    """A data folder with a base library, one of a server, and records."""
    fill(tmp_path / "data")
    return Kept(Place(tmp_path / "data"))


@pytest.fixture
def small(tmp_path: Path) -> Kept:
    """A data folder with two articles and a record."""
    with library_in(open_engine(tmp_path / "small")) as base:
        base.update([BRIDGE, FERRY])
    with closing(open_database(tmp_path / "small")) as database:
        ServerSettingsStore(database).add_ask_channel(5, 60)
    return Kept(Place(tmp_path / "small"))


@pytest.fixture
def database(postgres_database: str, tmp_path: Path) -> Kept:
    """An empty database, for a process that has a folder of its own."""
    return Kept(Place(tmp_path / "process", url_of(postgres_database)))


def dumped(file: Path) -> str:
    """All that is in a database file, as statements that make it."""
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(connection.iterdump())


def stored(file: Path) -> list[object]:
    """The articles and passages in the file of a library, byte for byte."""
    fields = "id, title, author, section, published, updated, url, source, content_hash, language, embargo, private"
    with closing(sqlite3.connect(file)) as connection:
        articles = connection.execute(f"SELECT {fields}, text, sentences FROM articles JOIN texts ON article = number")
        passages = connection.execute("SELECT p.*, a.id FROM passages p JOIN articles a ON a.number = p.article")
        return [sorted(articles), sorted((row[0], *row[2:]) for row in passages)]


def files_of(folder: Path) -> dict[str, str]:
    """All that is kept in a folder."""
    found = {str(file.relative_to(folder)): dumped(file) for file in sorted(folder.rglob("*.sqlite3"))}
    return found | {"key": (folder / "records.key").read_bytes().hex()}


def test_all_that_is_kept_goes_into_a_database_and_back_as_it_was(data: Kept, database: Kept, tmp_path: Path) -> None:
    before, told = files_of(data.place.folder), data.told()
    there = move(data.place, database.place)
    assert database.told() == told
    assert files_of(data.place.folder) == before
    back = Kept(Place(tmp_path / "back"))
    again = move(database.place, back.place)
    assert back.told() == told
    assert (again.libraries, again.records) == (there.libraries, there.records)
    assert (back.place.folder / "records.key").read_bytes().hex() == before["key"]
    assert (back.place.folder / "records.key").stat().st_mode & 0o077 == 0
    assert {name: held.articles for name, held in again.libraries.items()} == {BASE: 233, "servers/33": 1}
    assert stored(data.place.folder / "library.sqlite3") == stored(back.place.folder / "library.sqlite3")
    with back.library() as library:
        assert library.check() == ()
        assert library.roll_back().changed == ("bridge",)
    folders = data.place.folder, back.place.folder
    assert dumped(folders[0] / "records.sqlite3") == dumped(folders[1] / "records.sqlite3")
    assert stored(folders[0] / "servers/33/library.sqlite3") == stored(folders[1] / "servers/33/library.sqlite3")


@pytest.mark.parametrize("direction", ["into a database", "into a folder"])
def test_a_move_that_is_killed_goes_on_where_it_was_and_nobody_opens_what_is_not_finished(
    data: Kept, database: Kept, tmp_path: Path, direction: str
) -> None:
    told = data.told()
    source, target = data, database
    if direction == "into a folder":
        move(data.place, database.place)
        source, target = database, Kept(Place(tmp_path / "back"))
    held = []
    for when in ("60", "150", "300", "467", "in the records", "after the records"):
        killed(source.place, target.place, when)
        with pytest.raises(LibraryError, match="is not finished; finish it, or name another place"), target.library():
            pass
        if target.place.url:
            with pytest.raises(SettingsError, match="not finished; run the same `pullquote migrate`"), target.records():
                pass
        with closing(open_engine(target.place.libraries, unfinished=True)) as engine, library_in(engine) as library:
            held.append(library.size().articles)
    assert held == [60, 160, 233, 233, 233, 233]
    assert source.told() == told
    move(source.place, target.place)
    assert target.told() == told
    with target.library() as library:
        assert library.check() == ()


def test_what_changed_in_the_source_since_a_move_was_cut_off_is_moved_anew(data: Kept, database: Kept) -> None:
    killed(data.place, database.place, "300")
    with data.library() as base, data.library("servers/33") as own:
        base.update([town(500)], remove=["story-3"])
        own.update([town(501)])
    moved = move(data.place, database.place)
    assert (moved.libraries[BASE].articles, moved.libraries["servers/33"].articles) == (233, 2)
    assert database.told() == data.told()


def test_what_changes_in_the_source_meanwhile_is_told_and_moved_when_it_is_moved_again(
    small: Kept, database: Kept
) -> None:
    changes = [town(500)]

    def on_progress(step: Progress) -> None:
        if step.done == step.total and changes:
            with small.library() as base:
                base.update([changes.pop()])

    with pytest.raises(LibraryError, match=f"While {small.place.folder} was copied, an article changed there; stop"):
        move(small.place, database.place, on_progress)
    move(small.place, database.place)
    assert database.told() == small.told()


def test_neither_libraries_nor_records_are_written_over(small: Kept, database: Kept, tmp_path: Path) -> None:
    with database.records() as records:
        ServerSettingsStore(records).add_ask_channel(7, 70)
    with pytest.raises(SettingsError, match="There are records in .* already, and they are not written over; name an"):
        move(small.place, database.place)
    with database.records() as records, records.writing() as transaction:
        assert transaction.execute("DELETE FROM ask_channels").rowcount == 1
    with database.library("servers/5") as own:
        own.update([BAKERY])
    with pytest.raises(LibraryError, match="There is a library in .*; name an .* with: DROP SCHEMA pullquote CASCADE"):
        move(small.place, database.place)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match="full is not empty; name a folder that is, or that is not there yet"):
        move(database.place, Place(tmp_path / "full"))
    with database.library("servers/5") as own:
        assert [article.id for article in own.articles()] == ["bakery"]


def test_an_empty_library_and_empty_records_that_a_command_has_made_are_no_hindrance(
    small: Kept, database: Kept
) -> None:
    with database.library(), database.records():
        pass
    move(small.place, database.place)
    assert database.told() == small.told()


def test_the_sample_that_a_command_has_brought_into_the_database_makes_way(small: Kept, database: Kept) -> None:
    with database.library() as base:
        base.update(sample_articles())
    move(small.place, database.place)
    assert database.told() == small.told()


def test_a_library_that_was_emptied_by_hand_can_be_undone_and_stays(small: Kept, database: Kept) -> None:
    with database.library() as base:
        base.update([FERRY])
        base.update((), remove=["ferry"])
    with pytest.raises(LibraryError, match="There is a library in .* already"):
        move(small.place, database.place)


def test_a_move_from_one_place_is_not_finished_from_another(small: Kept, database: Kept, tmp_path: Path) -> None:
    killed(small.place, database.place, "1")
    with library_in(open_engine(tmp_path / "other")) as other:
        other.update([FERRY])
    with pytest.raises(LibraryError, match=f"holds an unfinished move from {small.place.folder}; finish that one"):
        move(Place(tmp_path / "other"), database.place)
    move(small.place, database.place)
    assert database.told() == small.told()


def test_a_source_that_is_not_there_or_has_nothing_makes_nothing(database: Kept, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no folder .*nowhere; name the data folder with --data"):
        move(Place(tmp_path / "nowhere"), database.place)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingsError, match="There is nothing in .*empty that could be moved; name another place"):
        move(Place(tmp_path / "empty"), database.place)
    with closing(open_engine(database.place.libraries)) as engine:
        assert (engine.moving(), engine.names()) == (None, [])


def test_a_source_of_an_earlier_version_is_brought_up_and_moved(database: Kept, tmp_path: Path) -> None:
    make_version_1(tmp_path / "old", [BRIDGE, FERRY])
    moved = move(Place(tmp_path / "old"), database.place)
    assert (moved.libraries[BASE].articles, moved.records) == (2, {})
    with database.library() as library:
        assert library.ask("When did the bridge open?").quotes[0].text == "The bridge opened in 1904."
        assert library.check() == ()


def test_a_source_of_a_newer_version_is_refused(small: Kept, database: Kept) -> None:
    with closing(sqlite3.connect(small.place.folder / "records.sqlite3")) as records:
        records.execute("PRAGMA user_version = 99")
    with pytest.raises(SettingsError, match="are of version 99, this Pullquote reads"):
        move(small.place, database.place)
    with closing(sqlite3.connect(small.place.folder / "library.sqlite3")) as library:
        library.execute("UPDATE manifest SET value = '99' WHERE key = 'schema'")
        library.commit()
    with pytest.raises(LibraryError, match="has schema 99, this Pullquote reads"):
        move(small.place, database.place)


def test_damage_in_the_source_is_told_and_not_moved_as_if_it_were_sound(small: Kept, database: Kept) -> None:
    with closing(sqlite3.connect(small.place.folder / "library.sqlite3")) as library:
        library.execute("UPDATE passages SET vector = zeroblob(length(vector)) WHERE id = 1")
        library.commit()
    with pytest.raises(LibraryDamaged, match="A passage of the library is damaged; mend it first"):
        move(small.place, database.place)


def full_sqlite() -> sqlite3.Error:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


@pytest.mark.parametrize(
    ("writer", "error"), [(postgres_writer.Writer, psycopg.errors.DiskFull()), (writer.Writer, full_sqlite())]
)
def test_without_room_the_move_stops_and_goes_on_when_there_is_some(
    small: Kept, database: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: type, error: Exception
) -> None:
    source, target = small, database
    if writer is not postgres_writer.Writer:
        move(small.place, database.place)
        source, target = database, Kept(Place(tmp_path / "back"))

    def full(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(writer, "put", full)
        with pytest.raises(OutOfResources, match="disk"):
            move(source.place, target.place)
    move(source.place, target.place)
    assert target.told() == small.told()


def test_a_connection_that_is_lost_stops_the_move_which_goes_on_when_the_server_is_back(
    data: Kept, database: Kept
) -> None:
    with before(database.place.url or "") as (gate, behind):
        place = Place(database.place.folder, url_of(behind))

        def on_progress(step: Progress) -> None:
            if step.done >= 100:
                gate.shut()

        with pytest.raises(LibraryUnreachable):
            move(data.place, place, on_progress)
        with pytest.raises(LibraryUnreachable):
            move(data.place, place)
        gate.open()
        move(data.place, place)
    assert database.told() == data.told()


def test_nothing_is_moved_where_a_bot_runs_on_the_database(small: Kept, database: Kept) -> None:
    begin = partial(LockSession.begin, database.place.url or "", "a bot")
    said = pytest.raises(SettingsError, match="A bot runs on .*, or something is being moved there; stop it")
    with closing(SharedLeadership(begin, Shards(4, (0, 1)), claim_seconds=0)), said:
        move(small.place, database.place)
    move(small.place, database.place)
    assert database.told() == small.told()


def test_a_backup_of_a_database_is_made_while_it_is_used_and_put_back_into_a_folder(
    data: Kept, database: Kept, tmp_path: Path
) -> None:
    move(data.place, database.place)
    url = SecretStr(database.place.url or "")
    settings = Settings(_env_file=None, data_dir=database.place.folder, database_url=url)

    def open_library(folder: Path) -> Library:
        return library_in(open_engine(folder))

    with database.library() as base, database.records() as records, records.reading():
        made = write_backup(tmp_path / "all.zip", base, settings, open_library)
    assert made.servers == 1
    assert url.get_secret_value() not in (tmp_path / "all.zip").read_bytes().decode("latin-1")
    restore_backup(tmp_path / "all.zip", tmp_path / "back", open_library)
    back = Kept(Place(tmp_path / "back"))
    with back.library() as library, data.library() as before, back.records() as records:
        assert library.articles() == before.articles()
        assert (library.kept_generations(), library.check()) == ([], ())
        assert AnswerStore(records).votes_of(6) == 2
        assert ServerSettingsStore(records).ask_channels() == [60]
        assert held_in(records)["pending"].count == 0


def test_a_large_library_gets_its_own_table_and_index_in_a_database_and_answers_the_same(
    data: Kept, database: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "OWN_TABLE", 150)
    move(data.place, database.place)
    with psycopg.connect(database.place.url or "") as connection:
        connection.execute("SET search_path = pullquote")
        found = connection.execute("SELECT name, has_own_table FROM libraries ORDER BY name").fetchall()
        graphs = connection.execute("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%USING hnsw%'").fetchone()
    assert (found, graphs) == ([(BASE, True), ("servers/33", False)], (1,))
    assert database.told() == data.told()
    move(database.place, Place(tmp_path / "back"))
    assert Kept(Place(tmp_path / "back")).told() == data.told()
