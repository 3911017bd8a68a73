"""The database: whole transactions, one writer at a time, and a plain sentence for whatever is wrong with it."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, Library, LibraryBusy, LibraryDamaged, LibraryError
from index.storage.schema import NEWEST
from index.storage.store import DATABASE, HOLDER, Store
from index.storage.types import Scope
from tests.encoder import WordEncoder
from tests.index.storage.gate import GATE, put
from tests.index.town import ARTICLES, HARBOUR, SCHOOL

# Transactions


def test_a_database_that_another_process_is_just_making_is_waited_for(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    other = sqlite3.connect(folder / DATABASE, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")  # as while it goes over to write-ahead mode
    release = threading.Timer(0.6, other.execute, ["COMMIT"])
    release.start()
    try:
        store = Store(folder)
        with store.reading() as reader:
            assert reader.read_generation() == 0
        store.close()
    finally:
        release.join()
        other.close()


def test_a_reader_waits_for_a_process_that_holds_the_whole_database(store: Store) -> None:
    put(store, GATE)
    other = sqlite3.connect(store.folder / DATABASE, check_same_thread=False, isolation_level=None)
    store.close()
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.6, lambda: (other.execute("COMMIT"), other.close()))
    release.start()
    try:
        with store.reading() as reader:
            assert reader.read_generation() == 1
    finally:
        release.join()


def test_the_database_is_in_write_ahead_mode(store: Store) -> None:
    connection = sqlite3.connect(store.folder / DATABASE)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_all_of_a_transaction_lands_or_none(store: Store) -> None:
    assert put(store, GATE) == 1
    with pytest.raises(RuntimeError), store.writing(1) as writer:
        writer.delete("gate")
        writer.complete_generation()
        assert writer.articles() == []
        raise RuntimeError
    with store.reading() as reader:
        assert (reader.articles(), reader.read_generation()) == ([GATE], 1)
        assert reader.best_by_words(["gate"], 5, Scope()) == [1]


# Other writers


def test_a_second_writer_is_told_who_holds_the_library(town: Library) -> None:
    with Library.open(town.folder, load_encoder=WordEncoder, patience=0.1) as other:
        began = time.monotonic()
        with town._storage.writing(1), pytest.raises(LibraryBusy) as caught:
            other.update([SCHOOL])
        assert time.monotonic() - began < 9  # the usual patience is ten seconds
    message = str(caught.value)
    assert message.startswith(f"The library in {town.folder} is being updated by process {os.getpid()} (")
    assert message.endswith(" UTC; try again when it is done.")
    assert not (town.folder / HOLDER).exists()


HOLD_THE_LOCK = """
import sys
from pathlib import Path
from index.storage.store import Store
with Store(Path(sys.argv[1])).writing(5):
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_another_process_that_is_updating_is_named_and_its_death_frees_the_library(town: Library) -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLD_THE_LOCK, str(town.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
        Library.open(town.folder, load_encoder=WordEncoder, patience=0.1, threshold=0.0) as here,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(LibraryBusy, match=rf"is being updated by process {process.pid} \("):
            here.remove("school")
        assert here.ask("Who is the harbour master?").quotes[0].article == HARBOUR  # readers do not wait
        process.kill()
        process.wait()
        assert here.remove("school").removed == ("school",)


def test_a_writer_waits_for_another_that_is_soon_done(town: Library) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with town._storage.writing(1):
            held.set()
            done.wait(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    assert town.remove("school").removed == ("school",)
    thread.join()


def test_a_new_library_that_two_open_at_once_is_made_once(folder: Path) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(6)

    def open_and_add(number: int) -> None:
        try:
            together.wait()
            with Library.open(folder, load_encoder=WordEncoder) as library:
                library.update([replace(SCHOOL, id=f"school {number}")])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_and_add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Library.open(folder, load_encoder=WordEncoder) as library:
        assert len(library.articles()) == library.read_generation() == 6
        assert library.check() == ()


# Files


def test_a_closed_library_can_be_opened_again(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL])
    library.close()
    assert sorted(file.name for file in folder.iterdir()) == [
        DATABASE,
        "passages.1.rows",
        "passages.1.signs",
        "passages.1.vectors",
    ]
    with Library.open(folder, load_encoder=WordEncoder) as library:
        assert library.articles() == [SCHOOL]


# What can be wrong


def test_another_schema_is_named_with_both_versions(town: Library) -> None:
    connection = sqlite3.connect(town.folder / DATABASE)
    with connection:
        connection.execute("UPDATE manifest SET value = '99' WHERE key = 'schema'")
    connection.close()
    with pytest.raises(LibraryError) as caught:
        Library.open(town.folder)
    assert str(caught.value) == (
        f"The library in {town.folder} has schema 99, this Pullquote reads {NEWEST}; upgrade Pullquote, or use another "
        "data folder."
    )


def cut_to(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "junk": lambda content: b"not a database, " * (len(content) // 16),
    "the header overwritten": lambda content: b"\x00" * 100 + content[100:],
    "half of it": cut_to(0.5),
    "a quarter of it": cut_to(0.25),
    "all but the last page": lambda content: content[:-4096],
    "a few bytes": lambda content: content[:50],
    "nothing": lambda content: b"",
    "pages overwritten": lambda content: content[:4096] + b"\xff" * (len(content) - 4096),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_database_is_called_so_with_the_remedy(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update(ARTICLES)
    file = folder / DATABASE
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(LibraryDamaged, match=r"library\.sqlite3 is (damaged|empty).* put a copy of it back"):  # noqa: SIM117
        with Library.open(folder, load_encoder=WordEncoder) as library:
            library.ask("Who is the harbour master?")
            library.update([Article("mill", "The mill", "The mill closed in 2008.")])


def test_an_empty_database_without_an_index_is_a_new_library(folder: Path) -> None:
    folder.mkdir()
    (folder / DATABASE).touch()
    with Library.open(folder) as library:
        assert library.articles() == []


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(LibraryError, match="The data folder .*/data cannot be used: File exists"):
        Library.open(tmp_path / "data")


def test_the_database_being_a_folder_is_named(folder: Path) -> None:
    (folder / DATABASE).mkdir(parents=True)
    with pytest.raises(LibraryError, match=f"The data folder {folder} cannot be written to"):
        Library.open(folder)
