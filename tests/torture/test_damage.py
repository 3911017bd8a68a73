"""Damage is found by `pullquote doctor`, and mended by the command that it names; a second `doctor` is clean."""

import os
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import product
from pathlib import Path

import pytest

from bot.cli import doctor
from bot.cli.checks import Check
from bot.services.backup import restore_backup, write_backup
from bot.settings import Settings
from bot.storage.answers import AnswerStore
from bot.storage.database import DATABASE as RECORDS
from bot.storage.sqlite import SqliteDatabase
from index import Answer, Article, Library
from index.storage.store import DATABASE
from tests.encoder import WordEncoder
from tests.limits import torture
from tests.torture.kinds import FIRST, SECOND, View, open_library, view_of

pytestmark = pytest.mark.slow

PAGE = 4096
TIMES = 24
"""How often a file is damaged in a way."""


@pytest.fixture(autouse=True)
def _word_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SentenceTransformerEncoder", lambda _: WordEncoder())
    monkeypatch.setattr(doctor, "shared_encoder", lambda _: WordEncoder)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder: a library that has seen some updates, and records. Beside it is a backup of it."""
    place = tmp_path_factory.mktemp("damage")
    settings = Settings(_env_file=None, data_dir=place / "data")
    with open_library(settings.data_dir) as library:
        library.update(SECOND)
        library.update(FIRST[3:5])
        library.remove("leith")
        library.update(SECOND[3:5])
        with closing(SqliteDatabase(settings.data_dir)) as database:
            for number in range(200):
                AnswerStore(database).keep(5, 6, Answer(f"Who said {number}?", False, 0.1))
        write_backup(place / "all.zip", library, settings, open_library)
    return place


@pytest.fixture(scope="module")
def seen(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> View:
    """What readers see of it."""
    copy = tmp_path_factory.mktemp("seen") / "data"
    shutil.copytree(sound / "data", copy)
    return view_of(copy)


def complaints(folder: Path, *, mend: bool = False) -> list[Check]:
    """What is wrong, as `pullquote doctor` says."""
    settings = Settings(_env_file=None, data_dir=folder)
    return [check for check in doctor.examine(lambda: settings, mend=mend) if check.remedy]


def follow(remedy: str, folder: Path, backup: Path) -> str:
    """Do what a remedy says; the command that it names."""
    if "doctor --mend" in remedy:
        complaints(folder, mend=True)
        return "mend"
    if "`pullquote restore`" in remedy:
        shutil.move(folder, f"{folder}.away")
        restore_backup(backup, folder, open_library)
        return "restore"
    raise AssertionError(f"{remedy!r} names no command")


def heal(folder: Path, backup: Path) -> list[str]:
    """Follow what doctor says until it is content. Returns the commands that it took: at most one of each."""
    done: list[str] = []
    while found := complaints(folder):
        assert len(done) < 2, found
        done.append(follow(str(found[0].remedy), folder, backup))
        assert len(set(done)) == len(done), found
    return done


def check_healed(folder: Path, seen: View) -> None:
    """All articles are as they were, and all answers."""
    now = view_of(folder)
    assert (now.articles, now.answers) == (seen.articles, seen.answers)


Spoil = Callable[[bytearray, random.Random], None]


def zero_a_page(content: bytearray, chance: random.Random) -> None:
    page = chance.randrange(len(content) // PAGE)
    content[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)


def garble_a_page(content: bytearray, chance: random.Random) -> None:
    page = chance.randrange(len(content) // PAGE)
    content[page * PAGE : (page + 1) * PAGE] = chance.randbytes(PAGE)


def garble_a_sector(content: bytearray, chance: random.Random) -> None:
    sector = chance.randrange(len(content) // 512)
    content[sector * 512 : (sector + 1) * 512] = chance.randbytes(512)


def swap_pages(content: bytearray, chance: random.Random) -> None:
    one, other = (PAGE * page for page in chance.sample(range(len(content) // PAGE), 2))
    content[one : one + PAGE], content[other : other + PAGE] = content[other : other + PAGE], content[one : one + PAGE]


def flip_a_bit(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def cut_short(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


WAYS: tuple[Spoil, ...] = (zero_a_page, garble_a_page, garble_a_sector, swap_pages, flip_a_bit, cut_short)


def damaged(sound: Path, tmp_path: Path, pattern: str, way: Spoil, seed: int) -> Path:
    """A copy of the data folder in which the file that fits the pattern is damaged."""
    folder = tmp_path / str(seed) / "data"
    shutil.copytree(sound / "data", folder)
    (file,) = folder.glob(pattern)
    spoil(file, way, seed)
    return folder


def spoil(file: Path, way: Spoil, seed: int) -> None:
    content = bytearray(file.read_bytes())
    way(content, random.Random(f"{seed} {way.__name__}"))
    file.write_bytes(content)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_damaged_database_is_named_and_healed_by_what_doctor_names(
    way: Spoil, sound: Path, seen: View, tmp_path: Path
) -> None:
    healed = 0
    for seed in range(torture(TIMES) // 2):
        folder = damaged(sound, tmp_path, DATABASE, way, seed)
        healed += bool(heal(folder, sound / "all.zip"))
        check_healed(folder, seen)  # also where the damage is in what nobody reads
    assert healed or way is flip_a_bit


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        *product(("rows", "vectors"), (zero_a_page, garble_a_page, garble_a_sector, flip_a_bit, cut_short)),
        *product(("signs",), (garble_a_sector, flip_a_bit, cut_short)),  # they are less than a page here
    ],
)
def test_a_damaged_passage_index_is_found_and_mended(
    kind: str, way: Spoil, sound: Path, seen: View, tmp_path: Path
) -> None:
    mended = 0
    for seed in range(torture(TIMES) // 3):
        folder = damaged(sound, tmp_path, f"passages.*.{kind}", way, seed)
        done = heal(folder, sound / "all.zip")
        assert done in ([], ["mend"])
        mended += bool(done)
        check_healed(folder, seen)
    assert mended


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_damaged_records_are_named_and_healed_by_what_doctor_names(way: Spoil, sound: Path, tmp_path: Path) -> None:
    """A bit that flips in a hash or in a sealed question is seen by nobody; it costs no more than that one answer."""
    healed = 0
    for seed in range(torture(TIMES) // 2):
        folder = damaged(sound, tmp_path, RECORDS, way, seed)
        done = heal(folder, sound / "all.zip")
        healed += bool(done)
        with closing(SqliteDatabase(folder)) as database:
            assert len(AnswerStore(database).given_to(6)) >= (199 if way is flip_a_bit and not done else 200)
    assert healed or way is flip_a_bit


def test_a_log_that_was_cut_short_or_garbled_leaves_an_earlier_state(sound: Path, tmp_path: Path) -> None:
    states: list[tuple[Article, ...]] = [()]
    folder = tmp_path / "written"
    with open_library(folder) as library:
        for number in range(3):
            library.update(SECOND[4 * number : 4 * number + 4])
            shutil.copytree(folder, tmp_path / f"state-{number}")
            states.append(view_of(tmp_path / f"state-{number}").articles)
        shutil.copytree(folder, tmp_path / "open")
    log = f"{DATABASE}-wal"
    size = (tmp_path / "open" / log).stat().st_size
    assert size > 100_000
    chance, found = random.Random(7), []
    for seed in range(torture(TIMES)):
        trial = tmp_path / str(seed) / "data"
        shutil.copytree(tmp_path / "open", trial)
        content = bytearray((trial / log).read_bytes())
        (cut_short, garble_a_sector, flip_a_bit, zero_a_page)[seed % 4](content, chance)
        (trial / log).write_bytes(content)
        (trial / f"{DATABASE}-shm").unlink()
        done = heal(trial, sound / "all.zip")
        if "restore" in done:
            continue  # nothing of it had reached the database
        found.append(states.index(view_of(trial).articles))
    assert len(set(found)) > 1


def test_what_a_kill_left_of_an_epoch_is_gone_after_the_next_opening(sound: Path, seen: View, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(sound / "data", folder)
    then = time.time() - 61
    for kind in ("rows", "signs", "vectors"):
        (left := folder / f"passages.77.{kind}").write_bytes(b"half of it")
        os.utime(left, (then, then))
    assert complaints(folder) == []
    assert list(folder.glob("passages.77.*")) == []
    check_healed(folder, seen)


def copies_of(library: Library, folder: Path, place: Path, count: int) -> Iterator[Path]:
    """Copies of the library's folder, file by file, made while a thread updates the library without pause."""
    finished = threading.Event()

    def update() -> None:
        while not finished.is_set():
            library.update(FIRST)
            library.update(SECOND[3:9])

    thread = threading.Thread(target=update)
    thread.start()
    chance = random.Random(3)
    try:
        for number in range(count):
            copy = place / f"copy-{number}"
            copy.mkdir()
            files = sorted(folder.iterdir())
            chance.shuffle(files)
            for file in files:
                if not file.name.endswith("-shm"):
                    with suppress(FileNotFoundError):
                        shutil.copy(file, copy)
                time.sleep(chance.uniform(0, 0.05))
            yield copy
    finally:
        finished.set()
        thread.join()


def test_a_folder_that_was_copied_while_a_writer_was_at_work_is_healed(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "written"
    texts = {article.text for article in (*FIRST, *SECOND)}
    with open_library(folder) as library:
        library.update(SECOND)
        copies = list(copies_of(library, folder, tmp_path, torture(TIMES) // 2))
    for copy in copies:
        heal(copy, sound / "all.zip")
        assert {article.text for article in view_of(copy).articles} <= texts


def test_without_a_backup_a_damaged_library_is_built_afresh_beside_the_records(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(sound / "data", folder)
    (folder / DATABASE).write_bytes(b"no database" * 1000)
    (found,) = complaints(folder)
    assert "move it and the files passages.* beside it away and run `pullquote reindex`" in str(found.remedy)
    for file in (folder / DATABASE, *folder.glob("passages.*")):
        file.rename(tmp_path / file.name)
    with open_library(folder) as library:
        library.update(SECOND)
    assert complaints(folder) == []
    with closing(SqliteDatabase(folder)) as database:
        assert len(AnswerStore(database).given_to(6)) == 200


def test_the_database_of_the_tests_has_pages_of_the_usual_size(sound: Path) -> None:
    with closing(sqlite3.connect(sound / "data" / DATABASE)) as connection:
        assert connection.execute("PRAGMA page_size").fetchone() == (PAGE,)
