"""All that is kept moves from a data folder into a database and back, as it was; or it is said why not."""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.services.moving import Place, move
from bot.storage.answers import AnswerStore
from bot.storage.choices import ChoiceStore
from bot.storage.database import Database
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
    SentenceKey,
    Source,
    SourcePage,
    SourceUpdate,
    open_engine,
)
from tests.encoder import WordEncoder

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


@pytest.fixture
def data(tmp_path: Path) -> Kept:
    """A data folder with a base library, one of a server, and records."""
    fill(tmp_path / "data")
    return Kept(Place(tmp_path / "data"))


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
