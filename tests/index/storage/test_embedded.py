"""SQLite and FAISS joined: whole generations whoever asks when, and nothing held at rest."""

import os
import random
import shutil
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, Library, LibraryError
from index.storage.store import DATABASE
from index.storage.types import Scope
from tests.encoder import WordEncoder
from tests.index.town import HARBOUR, READING_ROOM, SCHOOL

# Whole generations, whoever asks when


def test_every_answer_during_updates_is_of_one_whole_generation(folder: Path) -> None:
    places = ("mill", "quay", "tower", "market", "station")

    def painted(colour: int) -> list[Article]:
        return [
            Article(place, place.title(), f"The {place} gate{number} got paint{colour} from crew{number} of {place}.")
            for number, place in enumerate(places)
        ]

    with Library.open(folder, load_encoder=WordEncoder, threshold=0.0) as library:
        library.update(painted(0))
        finished = threading.Event()
        answers: list[frozenset[str]] = []
        failures: list[BaseException] = []

        def keep_asking() -> None:
            try:
                while not finished.is_set():
                    closest = library.ask("Which gate got which paint from which crew?").closest
                    assert sorted(q.article.id for q in closest) == sorted(places)
                    assert all(q.text == q.article.text for q in closest)
                    answers.append(frozenset(q.text.split("got ")[1].split()[0] for q in closest))
                    time.sleep(random.random() / 500)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=keep_asking) for _ in range(6)]
        for thread in threads:
            thread.start()
        for colour in range(1, 16):
            library.update(painted(colour))
        finished.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(answers) >= 15
        assert {len(colours) for colours in answers} == {1}
        assert len(set(answers)) > 2  # the updates were seen while they went on
        assert {q.text.split("got ")[1].split()[0] for q in library.ask("Which gate got which paint?").closest} == {
            "paint15"
        }
        assert library.check() == ()


def test_who_still_reads_the_generation_before_has_its_index_at_hand(
    town: Library, caplog: pytest.LogCaptureFixture
) -> None:
    with town._storage.reading() as reader:
        assert reader.read_generation() == 1
        town.remove("harbour")
        assert reader.passage_total() == 4
    assert len(town.ask("Who bakes bread?", limit=20).closest) == 11
    assert caplog.messages == []
    assert town.check() == ()


def test_an_update_that_fails_after_its_vectors_were_written_leaves_the_generation_before(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = town.ask("Who is the harbour master?").closest

    def full(_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    for removed, added in (("harbour", []), ("bridge", [replace(SCHOOL, id="second", text="It has one now.")])):
        with monkeypatch.context() as patch:
            patch.setattr("index.storage.store.erase_traces", full)
            with pytest.raises(LibraryError):
                town.update(added, remove=[removed])
        assert (town.read_generation(), town.check()) == (1, ())
        assert town.ask("Who is the harbour master?").closest == before
    town.update([replace(SCHOOL, id="second", text="It has one now.")])
    assert (town.read_generation(), town.check()) == (2, ())
    assert town.ask("Who is the harbour master?").closest[0].article == HARBOUR


def test_a_reader_of_an_old_generation_leaves_the_files_of_the_new_one(
    town: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("index.storage.store.PATIENCE_TO_EMPTY", 0)
    vector = WordEncoder().encode_question("Where do pupils learn geometry?").vector
    with (
        Library.open(town.folder, load_encoder=WordEncoder) as other,
        other._storage.reading() as before,
    ):
        assert before.read_generation() == 1
        town.remove("school")
        with town._storage.writing(1) as writer:  # the files of another epoch, as after many removals
            town._storage._generations.renew(writer)
        for file in town.folder.glob("passages.1.*"):
            file.unlink()
        (nearest,) = before.nearest(vector, 1, Scope())
        assert before.passages([nearest])[0].article_id == "school"
        assert (town.check(), caplog.messages) == ((), [])
    assert "school" not in {quote.article.id for quote in town.ask("Where do pupils learn geometry?").closest}


def test_vectors_of_what_was_removed_stay_for_those_who_read_them_and_then_go(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.storage.store.PATIENCE_TO_EMPTY", 0)
    vector = WordEncoder().encode_question("Where do pupils learn geometry?").vector
    file = town.folder / "passages.1.vectors"
    with town._storage.reading() as before:
        (number,) = before.nearest(vector, 1, Scope())
        stored = before.passages([number])[0].blobs.vector
        assert stored in file.read_bytes()
        town.remove("school")
        assert before.nearest(vector, 1, Scope()) == [number]
        assert stored in file.read_bytes()
    assert stored not in file.read_bytes()
    assert town.check() == ()


def test_a_library_sees_what_another_process_changed(town: Library) -> None:
    assert town.ask("How did the council vote?").quotes[0].article == READING_ROOM
    with Library.open(town.folder, load_encoder=WordEncoder) as other:
        other.remove("reading-room")
        other.update([Article("mill", "The mill", "The council voted for the mill.")])
    assert town.read_generation() == 3
    assert town.ask("How did the council vote?").quotes[0].article.id == "mill"


# Rest


def open_files(folder: Path) -> list[str]:
    """The library's files that this process has open."""
    targets = (os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _is_open(number))
    return sorted(Path(target).name for target in targets if target.startswith(f"{folder}/"))


def _is_open(number: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{number}")


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not list open files")


@needs_proc
def test_a_library_at_rest_has_no_file_open_and_nothing_in_memory_and_answers_at_the_next_question(
    town: Library,
) -> None:
    before = town.ask("Who is the harbour master?").closest
    assert DATABASE in open_files(town.folder)
    town.rest()
    assert (open_files(town.folder), town._storage._generations._kept) == ([], {})
    assert town.ask("Who is the harbour master?").closest == before
    town.rest()
    town.rest()
    assert town.update([replace(SCHOOL, text="It has one now.")]).changed == ("school",)
    town.rest()
    assert open_files(town.folder) == []


@needs_proc
def test_who_reads_while_a_library_goes_to_rest_reads_on_and_the_files_are_closed_after_that(town: Library) -> None:
    with town._storage.reading() as reader:
        town.rest()
        assert reader.article("school") == SCHOOL
        assert DATABASE in open_files(town.folder)
    assert open_files(town.folder) == []


@needs_proc
def test_at_most_two_connections_wait_for_the_next_reader(town: Library) -> None:
    log = f"{DATABASE}-wal"  # of the database itself SQLite keeps what was open at a time, and uses it again
    with town._storage.reading(), town._storage.reading(), town._storage.reading(), town._storage.reading():
        assert open_files(town.folder).count(log) == 4
    assert open_files(town.folder).count(log) == 2


def test_a_library_that_is_put_to_rest_again_and_again_answers_and_updates_meanwhile(town: Library) -> None:
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(25):
                assert town.ask("Who is the harbour master?").quotes[0].article == HARBOUR
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    edition = 0
    while any(thread.is_alive() for thread in threads):
        town.rest()
        edition += 1
        town.update([replace(SCHOOL, text=f"The school has roof {edition}.")])
    assert failures == []
    assert (town.read_generation(), town.check()) == (1 + edition, ())


def test_a_folder_that_is_deleted_while_its_library_rests_is_named_and_not_made_again(town: Library) -> None:
    town.rest()
    shutil.rmtree(town.folder)
    with pytest.raises(LibraryError, match=f"The data folder {town.folder} cannot be written to"):
        town.articles()
    assert not town.folder.exists()
