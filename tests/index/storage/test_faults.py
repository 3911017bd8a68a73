"""What is wrong with a library is named for what it is, and what can be made again is, without touching the rest."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import Answer, Article, Fault, Library, LibraryBusy, ModelMismatch
from index.storage.store import DATABASE
from index.storage.vectors import Columns, extend
from tests.encoder import WordEncoder
from tests.index.storage.version_1 import make_version_1
from tests.index.town import ARTICLES, READING_ROOM, SCHOOL, crews

QUESTIONS = ("Who is the harbour master?", "How did the council vote?", "Where do pupils learn geometry?")
BLOBS = (
    "vector", "sentence_vectors", "sentence_scales", "token_counts", "token_vectors", "terms", "term_counts",
)  # fmt: skip
ITS = "= (SELECT number FROM articles WHERE id = ?)"
OF_SCHOOL = "= (SELECT number FROM articles WHERE id = 'school')"
SCHOOLS_VECTORS = Fault("the vectors of 1 passage of “school” are damaged", mendable=True)


def change(library: Library, statement: str, *values: object) -> None:
    """Behind the library's back."""
    with closing(sqlite3.connect(library.folder / DATABASE)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def flip_a_bit(library: Library, column: str, article_id: str = "school") -> None:
    """In the middle of what a column holds for the passages of an article."""
    with closing(sqlite3.connect(library.folder / DATABASE)) as connection, connection:
        rows = connection.execute(f"SELECT id, {column} FROM passages WHERE article {ITS}", (article_id,)).fetchall()
        for number, blob in rows:
            changed = bytearray(blob)
            changed[len(changed) // 2] ^= 1
            connection.execute(f"UPDATE passages SET {column} = ? WHERE id = ?", (bytes(changed), number))


def contents(folder: Path) -> dict[str, bytes]:
    """Of the files of the passage index, by the end of their names."""
    return {file.suffix: file.read_bytes() for file in folder.glob("passages.*")}


def places_quoted(answer: Answer) -> list[tuple[str, int, int, float]]:
    return [(q.article.id, q.start, q.end, q.score) for q in answer.closest]


# Vectors


@pytest.mark.parametrize("column", BLOBS)
def test_a_flipped_bit_is_found_where_it_is_and_that_passage_alone_is_embedded_again(
    town: Library, encoder: WordEncoder, column: str
) -> None:
    before = [places_quoted(town.ask(question)) for question in QUESTIONS]
    index = contents(town.folder)
    flip_a_bit(town, column)
    assert town.check() == (SCHOOLS_VECTORS,)
    assert contents(town.folder) == index  # a check changes nothing
    encoder.passages_read = 0
    assert town.mend() == ("the passages of “school” were made again from its text",)
    assert encoder.passages_read == 1
    assert (town.check(), town.read_generation()) == ((), 2)
    assert [places_quoted(town.ask(question)) for question in QUESTIONS] == before
    with Library.open(town.folder, load_encoder=WordEncoder, threshold=0.0) as reopened:
        assert [places_quoted(reopened.ask(question)) for question in QUESTIONS] == before


def test_the_damaged_passages_of_an_article_are_counted_and_the_others_kept(
    library: Library, encoder: WordEncoder
) -> None:
    library.update([Article("crews", "The crews", crews(12)), SCHOOL])
    change(
        library,
        f"UPDATE passages SET vector = zeroblob(length(vector)) WHERE article {ITS} AND first IN (2, 6)",
        "crews",
    )
    assert library.check() == (Fault("the vectors of 2 passages of “crews” are damaged", mendable=True),)
    encoder.passages_read = 0
    library.mend()
    assert (encoder.passages_read, library.check()) == (2, ())
    assert library.ask("Which gate did crew7 coat?").quotes[0].article.id == "crews"


def test_a_vector_that_was_cut_short_is_found_and_made_again(town: Library) -> None:
    change(town, "UPDATE passages SET vector = substr(vector, 1, 10) WHERE article " + OF_SCHOOL)
    assert town.check() == (SCHOOLS_VECTORS,)
    town.mend()
    assert town.check() == ()


def test_a_damaged_encoding_is_not_used_for_the_same_text(town: Library, encoder: WordEncoder) -> None:
    flip_a_bit(town, "sentence_vectors")
    encoder.passages_read = 0
    assert town.update([replace(SCHOOL, id="copy")]).passages_embedded == encoder.passages_read == 1
    assert town.check() == (SCHOOLS_VECTORS,)
    town.mend()
    assert (encoder.passages_read, town.check()) == (1, ())  # the copy's is sound


def test_vectors_from_before_there_were_checksums_have_one_now(folder: Path) -> None:
    make_version_1(folder, ARTICLES)
    with Library.open(folder, load_encoder=WordEncoder, threshold=0.0) as library:
        flip_a_bit(library, "vector")
        assert library.check() == (SCHOOLS_VECTORS,)
        library.mend()
        assert library.check() == ()
        flip_a_bit(library, "token_vectors")
        assert library.check() == (SCHOOLS_VECTORS,)


def test_a_library_of_another_model_is_not_mended_with_this_one(town: Library) -> None:
    flip_a_bit(town, "vector")
    with (
        Library.open(town.folder, load_encoder=lambda: WordEncoder("words 2")) as other,
        pytest.raises(ModelMismatch, match="rebuild it, or set the model back"),
    ):
        other.mend()
    assert (town.check(), town.read_generation()) == ((SCHOOLS_VECTORS,), 1)


def test_mending_waits_for_who_is_updating(town: Library) -> None:
    with (
        Library.open(town.folder, load_encoder=WordEncoder, patience=0.1) as other,
        town._storage.writing(1),
        pytest.raises(LibraryBusy),
    ):
        other.mend()


# What else is derived


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE texts SET sentences = zeroblob(length(sentences)) WHERE article " + OF_SCHOOL,
        "UPDATE texts SET sentences = x'010203' WHERE article " + OF_SCHOOL,
        "UPDATE passages SET start = start + 1 WHERE article " + OF_SCHOOL,
        "UPDATE passages SET key = zeroblob(32) WHERE article " + OF_SCHOOL,
    ],
    ids=["the sentences' places", "no places", "a passage's place", "a key"],
)
def test_passages_that_are_not_those_of_the_text_are_made_again(town: Library, statement: str) -> None:
    before = [places_quoted(town.ask(question)) for question in QUESTIONS]
    change(town, statement)
    assert Fault("the passages of “school” do not match its text", mendable=True) in town.check()
    town.mend()
    assert town.check() == ()
    assert [places_quoted(town.ask(question)) for question in QUESTIONS] == before


def of_another_update(library: Library) -> None:
    stand = library._storage._store.looking
    with stand() as reader:
        held = reader.stand()
    assert held is not None
    extend(library.folder, held, 0, Columns.of(*NOTHING), np.array([1]))  # as if generation 1 had removed a passage


NOTHING = np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 96), np.float16)
INDEX_FAULTS: dict[str, Callable[[Library], object]] = {
    "is missing": lambda library: (library.folder / "passages.1.signs").unlink(),
    "is damaged": lambda library: shorten(library.folder / "passages.1.vectors"),
    "is from another update": of_another_update,
}


def shorten(file: Path) -> None:
    content = file.read_bytes()
    file.unlink()  # others may have it mapped into their memory
    file.write_bytes(content[:-9])


@pytest.mark.parametrize(("fault", "spoil"), INDEX_FAULTS.items(), ids=INDEX_FAULTS)
def test_an_index_that_cannot_serve_is_rebuilt_with_nothing_embedded(
    town: Library, encoder: WordEncoder, fault: str, spoil: Callable[[Library], object]
) -> None:
    sound = contents(town.folder)
    spoil(town)
    encoder.passages_read = 0
    assert town.check() == (Fault(f"the passage index {fault}", mendable=True),)
    assert town.mend() == ("the passage index was rebuilt from the stored vectors",)
    assert (town.check(), town.read_generation(), encoder.passages_read) == ((), 1, 0)
    assert contents(town.folder) == sound


WORD_FAULTS = (
    "DELETE FROM postings WHERE place = (SELECT max(place) FROM postings)",
    """UPDATE postings SET block = CAST(x'02000000' || substr(block, 5) AS BLOB)
       WHERE place = (SELECT max(place) FROM postings)""",
    "UPDATE term_counts SET passages = passages + 1 WHERE term = (SELECT max(term) FROM term_counts)",
)


@pytest.mark.parametrize("statement", WORD_FAULTS, ids=["a term lost", "another passage", "a wrong count"])
def test_a_full_text_index_that_is_not_of_the_passages_is_made_again(
    town: Library, encoder: WordEncoder, statement: str
) -> None:
    before = [places_quoted(town.ask(question)) for question in QUESTIONS]
    change(town, statement)
    fault = Fault("the full-text index is not of the passages that are there", mendable=True)
    encoder.passages_read = 0
    assert town.check() == (fault,)
    assert town.mend() == ("the full-text index was rebuilt from the stored terms",)
    assert (town.check(), encoder.passages_read) == ((), 0)
    assert [places_quoted(town.ask(question)) for question in QUESTIONS] == before


def test_an_index_that_cannot_be_written_is_not_said_to_be_mended(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    (town.folder / "passages.1.rows").unlink()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    assert town.mend() == ()
    assert town.check() == (Fault("the passage index is missing", mendable=True),)


def test_a_sound_library_is_left_as_it_is(town: Library) -> None:
    assert (town.check(), town.mend(), town.read_generation()) == ((), (), 1)


# What nothing can make again


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE texts SET text = replace(text, 'eleven', 'twelve')",
        "UPDATE articles SET author = 'Somebody else' WHERE id = 'reading-room'",
        "UPDATE articles SET published = 'soon' WHERE id = 'reading-room'",
        "UPDATE texts SET text = CAST(x'54ff' || text AS TEXT) WHERE instr(text, 'eleven')",
    ],
    ids=["another word", "another author", "no date", "no UTF-8"],
)
def test_an_article_that_was_altered_is_named_and_left_alone(town: Library, statement: str) -> None:
    change(town, statement)
    fault = Fault("the text or the details of “reading-room” have changed since it was put", mendable=False)
    assert town.check() == (fault,)
    assert town.mend() == ()
    assert town.check() == (fault,)
    town.remove("school")
    town.update([READING_ROOM], remove=["reading-room"])
    town.update([replace(READING_ROOM, section="Books")])
    assert town.check() == ()


def test_a_page_of_the_database_that_was_overwritten_is_not_blamed_on_the_index(town: Library) -> None:
    town.close()
    file = town.folder / DATABASE
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'passages_by_key'").fetchone()
    content = bytearray(file.read_bytes())
    content[(page - 1) * 4096 + 200 : page * 4096] = bytes(4096 - 200)
    file.write_bytes(content)
    faults = town.check()
    assert faults
    assert all(fault.sentence.startswith("library.sqlite3 is damaged: ") and not fault.mendable for fault in faults)
    assert town.mend() == ()


def test_rows_that_belong_to_nothing_are_damage(town: Library) -> None:
    change(town, "DELETE FROM articles WHERE id = 'school'")
    assert set(town.check()) == {
        Fault(f"library.sqlite3 is damaged: {table} holds what belongs to none of the articles", mendable=False)
        for table in ("passages", "texts")
    }


def test_an_article_that_lost_its_passages_gets_them_again(town: Library) -> None:
    change(town, "DELETE FROM passages WHERE id = 4")
    assert Fault("the passages of “school” do not match its text", mendable=True) in town.check()
    town.mend()
    assert (town.check(), town.ask(QUESTIONS[2]).quotes[0].article) == ((), SCHOOL)


# Files that were never finished


def leave_behind(folder: Path, name: str, *, seconds: float) -> Path:
    file = folder / f"passages.{name}.rows"
    file.write_bytes(b"half of it")
    then = time.time() - seconds
    os.utime(file, (then, then))
    return file


def test_what_a_killed_process_left_is_swept_when_the_library_is_opened_but_not_what_is_being_written(
    town: Library,
) -> None:
    old, new = leave_behind(town.folder, "8", seconds=61), leave_behind(town.folder, "9", seconds=5)
    with Library.open(town.folder, load_encoder=WordEncoder):
        assert (old.exists(), new.exists()) == (False, True)


def test_what_was_left_is_a_fault_that_mending_sweeps(town: Library) -> None:
    leave_behind(town.folder, "8", seconds=61)
    leave_behind(town.folder, "9", seconds=5)
    assert town.check() == (
        Fault("passages.8.rows was never finished, and stayed when saving it was cut short", mendable=True),
    )
    assert town.mend() == ("passages.8.rows was deleted",)
    assert town.check() == ()


def test_a_left_file_that_somebody_else_deletes_first_is_no_error(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, unlink = leave_behind(town.folder, "8", seconds=61), Path.unlink

    def lose_the_race(self: Path, missing_ok: bool = False) -> None:
        if self == file:
            unlink(self)
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", lose_the_race)
    with Library.open(town.folder, load_encoder=WordEncoder) as library:
        assert not file.exists()
        assert library.articles()
