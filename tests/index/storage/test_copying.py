"""A copy of a library is one whole generation, however busy it is, and holds nothing that was removed."""

import sqlite3
import stat
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from index import Article, Library, LibraryDamaged, LibraryError
from index.storage.store import DATABASE
from tests.encoder import WordEncoder
from tests.index.storage.test_erasing import SCANDAL, STEMS, WORDS, parts_in
from tests.index.storage.test_schema import value
from tests.index.town import ARTICLES, SCHOOL, crews


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder for copies."""
    place = tmp_path / "copy"
    place.mkdir()
    return place


def test_a_copy_opens_as_the_library_that_it_is_of(town: Library, place: Path) -> None:
    file = town.back_up(place)
    assert [path.name for path in place.iterdir()] == [DATABASE] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Library.open(place, load_encoder=WordEncoder, threshold=0.0) as copy:
        assert copy.articles() == town.articles() and copy.read_generation() == town.read_generation()
        assert copy.ask("Where do pupils learn geometry?").quotes[0].article == SCHOOL
        assert copy.check() == ()
        copy.update([Article("mill", "The mill", "The mill closed in 2008.")])
        assert copy.check() == ()
    assert value(place, "PRAGMA journal_mode") == "wal"


def test_what_was_removed_is_in_no_copy_also_where_traces_of_it_are_in_the_library(town: Library, place: Path) -> None:
    town.close()
    with closing(sqlite3.connect(town.folder / DATABASE)) as connection, connection:  # as rows leave them that move
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("INSERT INTO excluded VALUES (?)", (SCANDAL.text,))
        connection.execute("DELETE FROM excluded WHERE article_id = ?", (SCANDAL.text,))
    town.close()
    assert {word for _, word in parts_in(town.folder, WORDS[1:])} == set(WORDS[1:])
    town.back_up(place)
    assert parts_in(place, WORDS + STEMS) == set()
    with Library.open(place, load_encoder=WordEncoder) as copy:
        assert copy.articles() == town.articles()


def test_what_is_kept_to_be_undone_is_in_no_copy(town: Library, place: Path) -> None:
    town.update([SCANDAL])
    town.update([], remove=["scandal"], keep_for=timedelta(days=3))
    assert parts_in(town.folder, WORDS)
    town.back_up(place)
    assert parts_in(place, WORDS + STEMS) == set()
    assert town.kept_generations()
    with Library.open(place, load_encoder=WordEncoder) as copy:
        assert copy.kept_generations() == [] and copy.check() == ()


def test_copies_that_are_made_while_updates_go_on_are_each_one_whole_generation(
    library: Library, tmp_path: Path
) -> None:
    def edition(number: int) -> list[Article]:
        return [Article(f"crews {n}", f"Edition {number}", crews(12, number % 12)) for n in range(8)]

    library.update(edition(0))
    finished, failures = threading.Event(), list[BaseException]()

    def go_on() -> None:
        try:
            for number in range(1, 1000):
                library.update(edition(number))
                if finished.is_set():
                    return
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=go_on)
    thread.start()
    generations = set()
    for number in range(12):
        place = tmp_path / f"copy {number}"
        place.mkdir()
        library.back_up(place)
        with Library.open(place, load_encoder=WordEncoder) as copy:
            assert copy.check() == ()
            generations.add(copy.read_generation())
            (title,) = {article.title for article in copy.articles()}
            assert title == f"Edition {copy.read_generation() - 1}"
    finished.set()
    thread.join()
    assert failures == [] and len(generations) > 1


def test_a_damaged_library_is_not_copied(town: Library, place: Path) -> None:
    town.close()
    file = town.folder / DATABASE
    content = bytearray(file.read_bytes())
    for page in range(3, len(content) // 4096):
        content[page * 4096 : page * 4096 + 100] = b"\x55" * 100
    file.write_bytes(content)
    with pytest.raises(LibraryDamaged):
        town.back_up(place)


def test_a_place_that_cannot_be_written_to_is_named(town: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"nowhere/library\.sqlite3 cannot be written: No such file or directory\.$"):
        town.back_up(tmp_path / "nowhere")
    assert len(town.articles()) == len(ARTICLES)


def test_the_files_of_a_library_are_their_owner_s_alone(town: Library) -> None:
    def modes() -> set[int]:
        return {stat.S_IMODE(path.stat().st_mode) for path in town.folder.glob(f"{DATABASE}*")}

    assert modes() == {0o600}
    town.close()
    (town.folder / DATABASE).chmod(0o644)
    with Library.open(town.folder, load_encoder=WordEncoder) as again:
        again.update([Article("mill", "The mill", "The mill closed in 2008.")])
        assert modes() == {0o600}
