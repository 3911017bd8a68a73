"""What was withdrawn is in none of a library's files, which get smaller by it; and the log does not grow for ever."""

import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, Library
from index.storage.connections import LOG_BYTES
from index.storage.erasing import erase_traces
from index.storage.store import DATABASE, Store
from index.storage.types import NewPassage, Scope
from index.types import Passage, Sentence, Source, SourceUpdate
from tests.encoder import WordEncoder
from tests.index.storage.gate import MOMENT, text_encoding
from tests.index.storage.test_schema import value
from tests.index.storage.version_1 import make_version_1
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL, crews

WORDS = ("quokkas", "zygotes", "wyverns")
STEMS = ("quokka", "zygot", "wyvern")
SCANDAL = Article(
    "scandal", f"The {WORDS[0]} of the mayor", f"The mayor hid {WORDS[1]}. She denied that {WORDS[2]} had been seen."
)


def parts_in(folder: Path, words: tuple[str, ...] = WORDS + STEMS) -> set[tuple[str, str]]:
    """Which of the words are in which of the folder's files.

    The ends of words count too, because the full-text index stores a term without the part that it shares with the
    one before it.
    """
    return {
        (file.name, word)
        for file in folder.iterdir()
        for word in words
        if word.encode() in file.read_bytes() or word[1:].encode() in file.read_bytes()
    }


def log_of(folder: Path) -> int:
    log = folder / f"{DATABASE}-wal"
    return log.stat().st_size if log.exists() else 0


@pytest.fixture
def town_with_a_scandal(town: Library) -> Library:
    """It stands among others, and was corrected in what has nothing to do with it."""
    town.update([SCANDAL])
    town.update([replace(SCANDAL, text=f"{SCANDAL.text} Nobody saw one.")])
    assert {word for _, word in parts_in(town.folder)} == {*WORDS, *STEMS}
    return town


@contextmanager
def reading(library: Library) -> Iterator[None]:
    """Somebody is in the midst of reading, in a thread of their own, as long as the block lasts."""
    begun, finish = threading.Event(), threading.Event()

    def read() -> None:
        with library._storage.reading() as reader:
            assert reader.article("bridge") is not None
            begun.set()
            finish.wait()
            assert reader.article("scandal") is not None  # in the generation that they began with

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        finish.set()
        thread.join()


# Words


def test_the_words_of_a_removed_article_are_in_none_of_the_files(town_with_a_scandal: Library) -> None:
    town_with_a_scandal.remove("scandal")
    assert parts_in(town_with_a_scandal.folder) == set()
    assert town_with_a_scandal.check() == ()
    town_with_a_scandal.close()
    assert parts_in(town_with_a_scandal.folder) == set()


def test_the_words_of_a_corrected_sentence_are_in_none_of_the_files(town_with_a_scandal: Library) -> None:
    town_with_a_scandal.update([replace(SCANDAL, title="The mayor", text="The mayor hid nothing.")])
    assert parts_in(town_with_a_scandal.folder) == set()
    assert town_with_a_scandal.ask("What did the mayor hide?").quotes[0].text == "The mayor hid nothing."


def test_a_rebuild_leaves_nothing_of_what_it_replaced(town_with_a_scandal: Library) -> None:
    town_with_a_scandal.rebuild([BRIDGE], remove=["scandal"])
    assert parts_in(town_with_a_scandal.folder) == set()


def test_in_a_large_library_rows_go_at_once_and_the_last_traces_when_it_is_tidied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.storage.store.AT_ONCE_BYTES", 0)
    erased = []

    def erase(connection: sqlite3.Connection) -> None:
        erased.append(connection)
        erase_traces(connection)

    monkeypatch.setattr("index.storage.store.erase_traces", erase)
    with Library.open(folder, load_encoder=WordEncoder) as library:
        many = [replace(SCANDAL, id=f"scandal {n}", text=f"{SCANDAL.text} Number {n} of them.") for n in range(60)]
        library.update([*ARTICLES, *many])
        library.tidy()
        assert erased == []  # nothing was put off
        library.update([], remove=[article.id for article in many])
        assert (erased, library.check(), value(folder, "PRAGMA freelist_count")) == ([], (), 0)
        library.tidy()
        assert (len(erased), parts_in(folder), library.check()) == (1, set(), ())
        library.tidy()
        assert len(erased) == 1


def test_vectors_that_a_killed_removal_did_not_come_to_overwrite_go_when_it_is_tidied(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town._storage._store.looking() as reader:
        own = reader.passage_ids(Scope("school")).tolist()
        (vector,) = (passage.blobs.vector for passage in reader.passages(own))
    (file,) = town.folder.glob("passages.*.vectors")
    with monkeypatch.context() as patch:
        patch.setattr("index.storage.generations.wipe", lambda *_: None)
        town.remove("school")
    assert vector in file.read_bytes()
    town.tidy()
    assert vector not in file.read_bytes()
    assert town.check() == ()


def test_the_address_of_a_source_that_is_read_no_more_is_in_none_of_the_files(town: Library) -> None:
    address = "https://a.example/zyzzyva"
    town.update([], source_update=SourceUpdate((Source("page", address, MOMENT),)))
    assert parts_in(town.folder, ("zyzzyva",))
    town.update([], source_update=SourceUpdate(forget=(address,)))
    assert parts_in(town.folder, ("zyzzyva",)) == set()


def test_the_words_are_gone_as_soon_as_who_was_reading_meanwhile_has_finished(
    town_with_a_scandal: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.storage.store.PATIENCE_TO_EMPTY", 0)
    with reading(town_with_a_scandal):
        town_with_a_scandal.remove("scandal")
        assert parts_in(town_with_a_scandal.folder)
    assert parts_in(town_with_a_scandal.folder) == set()


def test_an_update_waits_a_little_for_who_is_reading(
    town_with_a_scandal: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.storage.store.PATIENCE_TO_EMPTY", 60)
    with reading(town_with_a_scandal):
        update = threading.Thread(target=town_with_a_scandal.remove, args=("scandal",))
        update.start()
        while town_with_a_scandal.read_generation() == 3:  # not removed yet
            pass
        assert update.is_alive()
    update.join()
    assert parts_in(town_with_a_scandal.folder) == set()


NEXT_CHANCES = {
    "the next update": lambda library: library.update([replace(SCHOOL, id="second", text="It has one now.")]),
    "the closing": lambda library: library.close(),
    "the next opening": lambda library: Library.open(library.folder, load_encoder=WordEncoder).close(),
}


@pytest.mark.parametrize("chance", NEXT_CHANCES.values(), ids=NEXT_CHANCES)
def test_where_another_process_was_reading_the_words_go_at_the_next_chance(
    town_with_a_scandal: Library, monkeypatch: pytest.MonkeyPatch, chance: object
) -> None:
    monkeypatch.setattr("index.storage.store.PATIENCE_TO_EMPTY", 0)
    other = sqlite3.connect(town_with_a_scandal.folder / DATABASE, isolation_level=None)
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM articles").fetchone() == (5,)
    town_with_a_scandal.remove("scandal")
    assert parts_in(town_with_a_scandal.folder)
    other.execute("COMMIT")  # its connection stays open, so that nobody is the last to close the database
    assert callable(chance)
    chance(town_with_a_scandal)
    assert parts_in(town_with_a_scandal.folder) == set()
    other.close()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_stays_in_the_unused_parts_of_pages_when_rows_have_moved_between_them(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    live: dict[int, list[str]] = {}
    withdrawn: list[str] = []
    count, encoding, store = 0, text_encoding("The gate is shut."), Store(folder)
    for _ in range(25):
        with store.writing(1) as writer:
            for name in chance.sample(range(41), k=chance.randint(0, 6)):
                withdrawn += live.pop(name, [])
                passages, marks = [], []
                for _ in range(chance.choice([1, 2, 4, 10])):
                    count += 1
                    marks.append(f"zq{seed}{count:06}")
                    terms = (tuple(marks[-1] for _ in range(chance.randint(20, 30))),)
                    passages.append(NewPassage(Passage(0, 4, 0, 0), b"%d" % count, terms, ("title",), encoding))
                writer.put(Article(f"a{name}", "T", " ".join(marks)), (Sentence(0, 4),), passages)
                live[name] = marks
            for name in chance.sample(sorted(live), k=min(len(live), chance.randint(0, 3))):
                withdrawn += live.pop(name)
                writer.delete(f"a{name}")
            writer.complete_generation()
        held = b"".join(file.read_bytes() for file in folder.iterdir())
        assert not [word for word in withdrawn if word.encode() in held]
    with store.reading() as reader:
        assert {int(article.id[1:]) for article in reader.articles()} == live.keys()
        assert reader.damage() == []
    store.close()


def test_words_that_version_1_left_in_its_file_go_with_the_first_removal(folder: Path) -> None:
    make_version_1(folder, [*ARTICLES, SCANDAL])
    connection = sqlite3.connect(folder / DATABASE)
    with connection:  # as an update did it: SQLite leaves what it does not overwrite
        connection.execute("PRAGMA secure_delete = OFF")
        own = "FROM passages WHERE article_id = 'scandal'"
        connection.execute(f"DELETE FROM passage_terms WHERE rowid IN (SELECT id {own})")
        connection.execute(f"DELETE {own}")
        connection.execute("DELETE FROM articles WHERE id = 'scandal'")
    connection.close()
    assert parts_in(folder)
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.remove("school")
        assert parts_in(folder) == set()
        assert library.articles() == [READING_ROOM, HARBOUR, BRIDGE]


# Size


def test_the_file_shrinks_by_what_was_removed(library: Library) -> None:
    def size() -> int:
        library.close()
        return (library.folder / DATABASE).stat().st_size

    library.update([SCHOOL])
    before = size()
    library.update([Article(f"crews {n}", "Crews", crews(30 + n)) for n in range(20)])
    assert size() > 3 * before
    library.update([], remove=[f"crews {n}" for n in range(20)])
    assert size() <= before + 4 * 4096
    assert value(library.folder, "PRAGMA freelist_count") == 0
    assert (library.check(), library.articles()) == ((), [SCHOOL])


def test_an_update_that_only_adds_erases_nothing(town: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def erase(_: sqlite3.Connection) -> None:
        raise AssertionError("something was erased")

    monkeypatch.setattr("index.storage.store.erase_traces", erase)
    town.update([*ARTICLES, Article("mill", "The mill", "The mill closed in 2008.")], source_update=SourceUpdate())
    with pytest.raises(AssertionError):
        town.remove("mill")
    assert "mill" in {article.id for article in town.articles()}  # what cannot be erased is not removed


def test_an_update_larger_than_the_log_may_be_empties_it(library: Library) -> None:
    library.update([Article(f"crews {n}", "Crews", crews(60, n)) for n in range(60)])
    assert (library.folder / DATABASE).stat().st_size > LOG_BYTES
    assert log_of(library.folder) == 0


def test_the_log_stays_small_beside_readers_who_never_pause(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.storage.store.PATIENCE_TO_EMPTY", 60)
    library.update(ARTICLES)
    finished = threading.Event()

    def keep_asking() -> None:
        while not finished.is_set():
            library.ask("How did the council vote?")

    threads = [threading.Thread(target=keep_asking) for _ in range(3)]
    for thread in threads:
        thread.start()
    logs = []
    for edition in range(12):
        library.update([Article(f"crews {n}", f"Edition {edition}", crews(40, edition)) for n in range(15)])
        logs.append(log_of(library.folder))
    finished.set()
    for thread in threads:
        thread.join()
    assert max(logs) <= LOG_BYTES
