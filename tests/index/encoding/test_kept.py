"""What takes long to make is made once, and again when it is missing or damaged."""

import errno
import logging
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index import OutOfResources
from index.encoding import kept as module
from index.encoding.kept import SUMS, UNFINISHED, VARIABLE, cache_folder, kept


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(module, "_own_folders", {})
    return tmp_path / "cache" / "numbers"


@pytest.fixture
def made() -> list[Path]:
    """Where something was made, in order."""
    return []


@pytest.fixture
def make(made: list[Path]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "first.bin").write_bytes(bytes(range(100)))
        (folder / "second.txt").write_text("two")

    return make


def test_it_is_made_once_and_then_found(place: Path, make: Callable[[Path], None], made: list[Path]) -> None:
    assert kept("numbers", make) == kept("numbers", make) == place
    assert len(made) == 1
    assert sorted(file.name for file in place.iterdir()) == ["first.bin", "second.txt", SUMS]
    assert (place / "first.bin").read_bytes() == bytes(range(100))


@pytest.mark.parametrize(
    "harm",
    [
        lambda place: (place / "first.bin").write_bytes(bytes(range(99)) + b"\x00"),
        lambda place: (place / "first.bin").write_bytes(bytes(range(50))),
        lambda place: (place / "second.txt").unlink(),
        lambda place: (place / SUMS).unlink(),
        lambda place: (place / SUMS).write_text("[]"),
        lambda place: (place / SUMS).write_text("no sums"),
    ],
    ids=["a flipped bit", "cut short", "a file gone", "no sums", "empty sums", "damaged sums"],
)
def test_what_is_damaged_is_made_again(
    place: Path, make: Callable[[Path], None], made: list[Path], harm: Callable[[Path], None]
) -> None:
    kept("numbers", make)
    harm(place)
    assert kept("numbers", make) == place
    assert len(made) == 2
    assert (place / "first.bin").read_bytes() == bytes(range(100))
    assert sorted(file.name for file in place.parent.iterdir()) == ["numbers", "numbers.lock"]


def test_what_could_not_be_made_leaves_nothing(place: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "first.bin").write_text("half")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        kept("numbers", fail)
    assert [file.name for file in place.parent.iterdir()] == ["numbers.lock"]


def test_what_cannot_be_opened_for_want_of_file_handles_is_not_made_again(
    place: Path, make: Callable[[Path], None], made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept("numbers", make)

    def one_too_many(self: Path, *arguments: object, **options: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", one_too_many)
        with pytest.raises(OutOfResources, match="Too many files are open"):
            kept("numbers", make)
    assert kept("numbers", make) == place
    assert len(made) == 1


def test_where_nothing_can_be_written_it_is_made_for_this_process_alone(
    place: Path,
    make: Callable[[Path], None],
    made: list[Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    place.parent.write_text("a file, not a folder")
    with caplog.at_level(logging.WARNING):
        found = kept("numbers", make)
        assert kept("numbers", make) == found
    assert (found / "second.txt").read_text() == "two"
    assert len(made) == 1
    assert f"Nothing can be kept in {place.parent}" in caplog.messages[0]


def test_where_there_is_no_room_it_is_made_for_this_process_alone(
    place: Path, make: Callable[[Path], None], made: list[Path]
) -> None:
    def fill_up(folder: Path) -> None:
        make(folder)
        if len(made) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    found = kept("numbers", fill_up)
    assert found != place
    assert (found / "second.txt").read_text() == "two"
    assert [file.name for file in place.parent.iterdir()] == ["numbers.lock"]


def test_what_a_killed_process_has_left_of_it_goes_when_it_is_made_again(
    place: Path, make: Callable[[Path], None]
) -> None:
    left = place.parent / f"numbers.k1ll{UNFINISHED}"
    left.mkdir(parents=True)
    (left / "first.bin").write_bytes(b"half")
    kept("numbers", make)
    assert sorted(file.name for file in place.parent.iterdir()) == ["numbers", "numbers.lock"]


def _make_slowly(folder: Path) -> None:
    time.sleep(0.2)
    (folder / f"by {multiprocessing.current_process().pid}").write_text("x")


def _names_of_kept(name: str) -> list[str]:
    return sorted(file.name for file in kept(name, _make_slowly).iterdir())


def test_of_several_processes_one_makes_it() -> None:
    context = multiprocessing.get_context("spawn")  # a process that has threads is not forked
    with context.Pool(4, context.Barrier(4).wait) as pool:  # they begin together
        found = pool.map(_names_of_kept, ["numbers"] * 4, chunksize=1)
    assert len({tuple(names) for names in found}) == 1
    assert len(found[0]) == 2


def test_the_folder_is_the_one_named_or_that_of_the_users_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, "/named")
    assert cache_folder() == Path("/named")
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "pullquote"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/pullquote")
