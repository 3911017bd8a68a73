"""Libraries of an earlier schema version: they open, answer the same, keep everything, and are brought up whole."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

import index.storage.schema
from index import Article, Library, LibraryError, Source, SourcePage
from index.storage.schema import NEWEST
from index.storage.store import DATABASE
from tests.encoder import WordEncoder
from tests.index.storage.version_1 import make_version_1, make_version_2
from tests.index.town import ARTICLES, READING_ROOM, SCHOOL

FEED = Source(
    "feed", "https://a.example/feed", datetime(2026, 2, 3, 10, tzinfo=UTC), '"1"', None,
    datetime(2026, 2, 3, 11, tzinfo=UTC), "ok", strikes=0,
)  # fmt: skip
INDEX_FILES = ("rows", "signs", "vectors")
PAGE = SourcePage(FEED.address, "https://a.example/gate", "a.example/gate", '"2"', None, "ab12", whole=True)


def open_library(folder: Path) -> Library:
    return Library.open(folder, load_encoder=WordEncoder, threshold=0.0)


def value(folder: Path, query: str) -> object:
    connection = sqlite3.connect(folder / DATABASE)
    try:
        return connection.execute(query).fetchone()[0]
    finally:
        connection.close()


def columns(folder: Path) -> dict[str, list[tuple[str, str, int, str | None]]]:
    """Of every table: name, type, whether it may be NULL, and default."""
    connection = sqlite3.connect(folder / DATABASE)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")]
    found = {
        table: connection.execute('SELECT name, type, "notnull", dflt_value FROM pragma_table_info(?)', (table,))
        for table in tables
    }
    held = {table: sorted(rows) for table, rows in found.items()}
    connection.close()
    return held


MAKERS = {
    "1": make_version_1,
    "1 with sources": partial(make_version_1, with_sources=True),
    "2": make_version_2,
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_library_of_an_earlier_version_answers_as_a_new_one_and_keeps_everything(
    folder: Path, tmp_path: Path, make: Callable[[Path, Sequence[Article]], None]
) -> None:
    make(folder, ARTICLES)
    with_sources = make is MAKERS["1 with sources"]
    with open_library(folder) as library, open_library(tmp_path / "library-new") as new:
        new.update(ARTICLES)
        for question in ("How did the council vote?", "Where do pupils learn geometry?"):
            found, expected = library.ask(question).closest, new.ask(question).closest
            assert [(quote.article, quote.start) for quote in found] == [
                (quote.article, quote.start) for quote in expected
            ]
            # Their vectors were rounded to half precision first.
            assert [quote.score for quote in found] == pytest.approx([quote.score for quote in expected], abs=0.02)
        assert (library.articles(), library.read_generation(), library.check()) == (new.articles(), 1, ())
        assert library.sources() == ([FEED] if with_sources else [])
        assert library.source_pages() == ([PAGE] if with_sources else [])
        assert library.excluded() == (["withdrawn"] if with_sources else [])
    assert value(folder, "SELECT value FROM manifest WHERE key = 'schema'") == str(NEWEST)
    assert columns(folder) == columns(tmp_path / "library-new")
    assert sorted(file.name for file in folder.iterdir()) == [DATABASE, *(f"passages.1.{kind}" for kind in INDEX_FILES)]


def test_bringing_up_that_fails_among_the_rows_leaves_the_version_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_version_2(folder, ARTICLES)
    before = columns(folder)

    def fail(_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("index.storage.postings.Postings.flush", fail)
        with pytest.raises(LibraryError):
            open_library(folder)
    assert columns(folder) == before
    with open_library(folder) as library:
        assert (library.articles()[0], library.check(), library.read_generation()) == (READING_ROOM, (), 1)


def test_what_was_damaged_before_is_found_after_bringing_up_and_mended(folder: Path) -> None:
    make_version_2(folder, ARTICLES)
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("UPDATE passages SET vector = substr(vector, 1, 9) WHERE article_id = 'school'")
        connection.execute("UPDATE passages SET token_counts = zeroblob(3) WHERE article_id = 'bridge'")
    with open_library(folder) as library:
        assert {fault.sentence for fault in library.check() if "damaged" in fault.sentence} == {
            "the vectors of 1 passage of “bridge” are damaged", "the vectors of 1 passage of “school” are damaged",
        }  # fmt: skip
        library.mend()
        assert library.check() == ()
        assert library.ask("Where do pupils learn geometry?").quotes[0].article == SCHOOL


def test_text_that_version_1_embedded_is_not_embedded_again(folder: Path) -> None:
    make_version_1(folder, ARTICLES)
    with open_library(folder) as library:
        report = library.update([replace(READING_ROOM, title="Other"), replace(SCHOOL, id="copy")])
        assert (report.changed, report.added, report.passages_embedded) == (("reading-room",), ("copy",), 0)
        assert library.check() == ()


def test_many_that_open_a_library_of_version_1_at_once_bring_it_up_once(folder: Path) -> None:
    make_version_1(folder, ARTICLES, with_sources=True)
    failures: list[BaseException] = []
    together = threading.Barrier(6)

    def open_and_ask() -> None:
        try:
            together.wait()
            with open_library(folder) as library:
                assert library.ask("How did the council vote?").quotes[0].article == READING_ROOM
                assert library.sources() == [FEED]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_and_ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


LATER = [each for added, _ in index.storage.schema._VERSIONS[1:] for each in added.split(";\n") if each.strip()]
"""The statements of all versions after the first."""


@pytest.mark.parametrize("statement", range(1, len(LATER) + 1))
def test_bringing_up_that_is_cut_short_leaves_the_version_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch, statement: int
) -> None:
    make_version_1(folder, ARTICLES)
    before = columns(folder)
    first = index.storage.schema._VERSIONS[0]
    cut = ";\n".join([*LATER[:statement], "SELECT * FROM nowhere", ""])
    with monkeypatch.context() as patch:
        patch.setattr(index.storage.schema, "_VERSIONS", (first, (cut, None)))
        with pytest.raises(LibraryError, match="no such table: nowhere"):
            open_library(folder)
    assert value(folder, "SELECT value FROM manifest WHERE key = 'schema'") == "1"
    assert columns(folder) == before
    with open_library(folder) as library:
        assert (library.articles()[0], library.check()) == (READING_ROOM, ())


def test_a_library_of_version_1_waits_for_who_is_writing_to_it(folder: Path) -> None:
    make_version_1(folder, ARTICLES)
    other = sqlite3.connect(folder / DATABASE, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.6, other.execute, ["COMMIT"])
    release.start()
    try:
        with open_library(folder) as library:
            assert library.sources() == []
    finally:
        release.join()
        other.close()


def test_a_file_of_version_1_shrinks_at_the_first_removal_and_from_then_on(folder: Path) -> None:
    make_version_1(folder, ARTICLES)
    with open_library(folder) as library:
        assert value(folder, "PRAGMA auto_vacuum") == 0
        library.remove("bridge")
        assert (value(folder, "PRAGMA auto_vacuum"), value(folder, "PRAGMA freelist_count")) == (2, 0)
        library.remove("harbour")
        assert value(folder, "PRAGMA freelist_count") == 0
        assert library.check() == ()
        assert library.ask("How did the council vote?").quotes[0].article == READING_ROOM


def test_where_there_is_no_room_to_write_the_file_anew_the_removal_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_version_1(folder, ARTICLES)

    def full(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with open_library(folder) as library:
        with monkeypatch.context() as patch:
            patch.setattr("index.storage.store.make_shrinkable", full)
            assert library.remove("bridge").removed == ("bridge",)
        assert caplog.messages == [
            f"The library in {folder} was made by an earlier version; it is brought up.",
            f"{folder / DATABASE} could not be made smaller (database or disk is full); the next removal tries again.",
        ]
        library.remove("harbour")
        assert value(folder, "PRAGMA auto_vacuum") == 2
