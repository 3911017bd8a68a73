"""What is withdrawn is gone from every byte of the files: whatever happened before, after kills, and from backups."""

import random
import re
import shutil
import sqlite3
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.services.backup import write_backup
from index import Article, Library
from index.keeping import MOST
from index.storage import store
from index.storage.store import DATABASE
from tests.limits import torture
from tests.torture.faults import COUNTING, Action, Change, Fault
from tests.torture.kinds import FIRST, LONG, article, open_library, settings_of
from tests.torture.test_disk import spread
from tests.torture.trials import Say, apart, attempt

pytestmark = pytest.mark.slow

MARKER = re.compile(rb"quokkas[0-9]{6}z", re.IGNORECASE)
COMPRESSED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
"""How data begins that zlib or gzip has compressed."""


def contents(place: Path) -> Iterator[bytes]:
    """The bytes of all files in a folder, and of what is packed in them: members of archives, values in databases, and
    whatever zlib can unpack."""
    for file in sorted(path for path in place.rglob("*") if path.is_file()):
        content = file.read_bytes()
        yield content
        yield from _inflated(content)
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory() as folder:
                archive.extractall(folder)
                yield from contents(Path(folder))
        if content.startswith(b"SQLite format 3"):
            yield from _values(file)


def _values(file: Path) -> Iterator[bytes]:
    """All values of a database, and what they unpack to: a large one is not in one piece in the file."""
    with tempfile.TemporaryDirectory() as folder:
        for path in file.parent.glob(f"{file.name}*"):
            shutil.copy(path, folder)
        with closing(sqlite3.connect(Path(folder) / file.name)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                for row in connection.execute(f"SELECT * FROM {name}"):
                    for value in row:
                        if isinstance(value, bytes | str):
                            packed = value if isinstance(value, bytes) else value.encode()
                            yield packed
                            yield from _inflated(packed)


def _inflated(content: bytes) -> Iterator[bytes]:
    for found in COMPRESSED.finditer(content):
        try:
            yield zlib.decompressobj(wbits=47).decompress(content[found.start() :], 1 << 20)
        except zlib.error:
            continue


def markers_in(place: Path) -> set[str]:
    """The marked words in the files of a folder, in UTF-8 or in UTF-16."""
    found: set[bytes] = set()
    for content in contents(place):
        for text in (content, content[::2] if b"\0" in content else b"", content[1::2] if b"\0" in content else b""):
            found.update(MARKER.findall(text))
    return {word.decode().lower() for word in found}


def test_words_are_found_wherever_they_hide(tmp_path: Path) -> None:
    words = [f"quokkas00000{number}z" for number in range(5)]
    (tmp_path / "plain").write_text(f"the {words[0].upper()} sleep")
    (tmp_path / "wide").write_bytes(words[1].encode("utf-16-le"))
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", words[2] * 50)
    with closing(sqlite3.connect(tmp_path / "data")) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (zlib.compress(words[3].encode()),))
        connection.execute("INSERT INTO t VALUES (?)", ("x" * 4000 + words[4],))
    assert markers_in(tmp_path) == set(words)


@dataclass
class History:
    """What a library holds and keeps, as it should: the marked word of each article."""

    live: dict[str, str] = field(default_factory=dict)
    kept: list[dict[str, str | None]] = field(default_factory=list)
    count: int = 0

    @property
    def allowed(self) -> set[str]:
        """The words that may be in the files."""
        return {*self.live.values(), *(word for former in self.kept for word in former.values() if word)}

    def write(self, library: Library, chance: random.Random) -> None:
        """Add, replace and remove some articles, and keep what they were, or do not."""
        ids = [f"a{number}" for number in range(14)]
        new = {article_id: self._word() for article_id in chance.sample(ids, chance.randint(0, 4))}
        gone = [one for one in chance.sample(ids, chance.randint(0, 2)) if one in self.live and one not in new]
        keep_for = LONG if chance.random() < 0.5 else None
        library.update([_article(one, word) for one, word in new.items()], remove=gone, keep_for=keep_for)
        touched = [*new, *gone]
        if keep_for and touched:
            self.kept = [*self.kept, {one: self.live.get(one) for one in touched}][-MOST:]
        else:
            self.kept = [{one: word for one, word in former.items() if one not in touched} for former in self.kept]
            self.kept = [former for former in self.kept if former]
        self.live = {one: word for one, word in (self.live | new).items() if one not in gone}

    def go_back(self, library: Library) -> None:
        """Undo the last update that is kept."""
        if self.kept:
            library.roll_back()
            former = {**self.live, **self.kept.pop()}
            self.live = {one: word for one, word in former.items() if word}

    def _word(self) -> str:
        self.count += 1
        return f"quokkas{self.count:06}z"


def _article(article_id: str, word: str) -> Article:
    text = " ".join(f"On day {day} the mayor of {article_id} hid {word} in the cellar." for day in range(40))
    return Article(article_id, f"The {word} of the mayor", text, word, section=word, url=f"https://a.example/{word}")


@pytest.mark.parametrize("is_large", [False, True])
def test_after_any_history_the_files_hold_what_is_there_and_what_is_kept_and_no_more(
    is_large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "AT_ONCE_BYTES", 0 if is_large else store.AT_ONCE_BYTES)
    for seed in range(torture(3)):
        chance, history, place = random.Random(seed), History(), tmp_path / str(seed)
        library = open_library(place / "library")
        for _ in range(25):
            step = chance.random()
            if step < 0.7:
                history.write(library, chance)
            elif step < 0.85:
                history.go_back(library)
            else:
                library.close()
                library = open_library(place / "library")
            if is_large:
                library.tidy()
            assert markers_in(place) == history.allowed
            assert {article.id: article.author for article in library.articles()} == history.live
        write_backup(place / "all.zip", library, settings_of(place), open_library)
        (place / "kept").mkdir()
        shutil.move(place / "all.zip", place / "kept")
        assert markers_in(place / "kept") == set(history.live.values())
        library.drop_kept()
        library.tidy()
        assert markers_in(place / "library") == set(history.live.values())
        assert library.check() == ()
        library.close()


def test_when_its_time_is_over_what_was_kept_is_gone(tmp_path: Path) -> None:
    with open_library(tmp_path / "library") as library:
        library.update([_article("a", "quokkas000001z")])
        library.update([_article("a", "quokkas000002z")], keep_for=timedelta(seconds=0.2))
        assert markers_in(tmp_path) == {"quokkas000001z", "quokkas000002z"}
        time.sleep(0.3)
        library.tidy()
        assert markers_in(tmp_path) == {"quokkas000002z"}
        assert library.kept_generations() == []


def vectors_of(folder: Path, article_id: str) -> list[bytes]:
    """The vectors of an article's passages, as the files hold them."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        rows = connection.execute(
            "SELECT vector FROM passages WHERE article = (SELECT number FROM articles WHERE id = ?)", (article_id,)
        )
        return [vector for (vector,) in rows]


def remove(place: Path, say: Say) -> None:
    with open_library(place / "library") as library:
        library.remove("holt")


def tidied(place: Path) -> None:
    """As a bot does that is started again: it opens the library, and tidies it in time. Somebody removes what is still
    there."""
    with open_library(place / "library") as library:
        if "holt" in library.content_hashes():
            library.remove("holt")
        library.tidy()


def left_after_kills(place: Path, count: int, *, is_large: bool) -> list[str]:
    """Kill removals at changes to files, and whenever they have cut a file. Returns what is left of the article."""
    store.AT_ONCE_BYTES = 0 if is_large else 16 << 20
    start = place / "start"
    with open_library(start / "library") as library:
        library.update([one for one in FIRST if one.id != "holt"])
        library.update([article("Holt", "first")])
    gone = [b"Holt said", *vectors_of(start / "library", "holt")]
    assert len(gone) > 10 and all(any(part in content for content in contents(start)) for part in gone)
    shutil.copytree(start, place / "counted")
    shutil.copytree(start, place / "cut")
    whole = attempt(partial(remove, place / "counted"), place / "counted", COUNTING)
    cuts = attempt(partial(remove, place / "cut"), place / "cut", Fault(Action.COUNT, kinds=Change.TRUNCATE))
    assert not (whole.error or whole.surprise) and cuts.changes, (whole, cuts)
    anywhere = spread(whole.changes, count, random.Random(5))
    faults = [Fault(Action.TEAR if n % 2 else Action.KILL, n) for n in anywhere]
    after_cuts = [Fault(Action.TEAR, n + 1, kinds=Change.TRUNCATE) for n in range(cuts.changes)]
    left = []
    for number, fault in enumerate([*faults, *after_cuts]):
        trial = place / f"trial-{number}"
        shutil.copytree(start, trial)
        assert attempt(partial(remove, trial), trial, fault).killed
        apart(partial(tidied, trial))
        held = list(contents(trial))
        left += [f"{part[:20]!r} after {fault}" for part in gone if any(part in content for content in held)]
        shutil.rmtree(trial)
    return left


@pytest.mark.parametrize("is_large", [False, True])
def test_a_removal_that_was_killed_leaves_nothing_behind_either(
    is_large: bool, lab: ProcessPoolExecutor, tmp_path: Path
) -> None:
    work = partial(left_after_kills, tmp_path, torture(40), is_large=is_large)
    assert lab.submit(work).result() == []
