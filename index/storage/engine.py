"""The interface between the library and its storage engines, which say which libraries there are; the embedded one.

An engine holds many libraries, each under a name: `BASE`, or a group and a number such as "servers/123".
"""

import importlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from index.errors import LibraryError, Remedy
from index.resources import shortage
from index.storage.embedded import EmbeddedStorage
from index.storage.seam import Storage
from index.storage.staging import Staging
from index.storage.store import DATABASE, HOLDER

BASE = "base"
"""The name of the library that every place has, or will have."""

POSTGRES = ("postgresql://", "postgres://")
"""How the address of a PostgreSQL database begins."""

EXTRA = '-e ".[postgres]"'
"""What is to be installed for it."""

MOVING = "moving.json"
"""The file that is in a folder as long as a move into it is not finished."""

_NAME = re.compile(r"[a-z]+/\d{1,20}")


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of the database server behind an engine."""

    version: str
    """Such as "18.1"."""
    extensions: dict[str, str]
    """The version of each extension that is used, by its name; empty if it is not there."""
    schema: int = 0
    """The version of Pullquote's tables; 0 if they are not there yet."""
    size: int = 0
    """How many bytes the tables of all libraries take, with their indexes."""
    analyzed: datetime | None = None
    """When the server last counted what is in the largest table, so that it plans well; None if it has not."""
    reach: float = 0.0
    """How many seconds a question takes there and back."""
    read_only: bool = False
    """Whether it takes no changes, as a standby."""
    lacking: tuple[str, ...] = ()
    """The extensions that are not there or too old, each with the version that it must have at least."""
    stale: bool = False
    """Whether so much has changed since `analyzed` that it may plan badly."""


class Engine(Protocol):
    """Where libraries are stored. Many threads may use it at once."""

    @property
    def place(self) -> str:
        """Where that is, for messages; never with a password."""

    def exists(self, name: str) -> bool:
        """Whether there is a library of that name. It is quick enough to ask at every question. Raises LibraryError."""

    def names(self) -> list[str]:
        """The names of all libraries: `BASE` first, then by group and number. Raises LibraryError."""

    def open(self, name: str, clock: Callable[[], datetime]) -> Storage:
        """Open the library of that name, or create it; `clock` says when readers read. Raises LibraryError."""

    def delete(self, name: str) -> None:
        """Delete a library with all that is in it, if there is one. Nobody may use it. Raises LibraryError."""

    def moving(self) -> str | None:
        """What is noted of a move into this place that is not finished; None if there is none. Raises LibraryError."""

    def note_moving(self, note: str | None) -> None:
        """Note that of a move into this place, or with None that it is finished. Raises PullquoteError.

        Until it is, no library is opened there but by an engine that was made for an `unfinished` place.
        """

    def reach(self) -> float:
        """How many seconds it takes to reach the place and come back. Raises LibraryError if it cannot be reached."""

    def server(self) -> Server | None:
        """What is known of the server that the libraries are on; None if there is none. Raises LibraryError."""

    def staging(self, name: str) -> Staging:
        """Where processes encode the library of that name in parts. Raises LibraryError if the engine has none."""

    def close(self) -> None:
        """Close what is open, for good. Libraries that were opened must be closed before."""


class EmbeddedEngine:
    """Libraries in folders: `BASE` in the folder itself, and each of the others in one inside it."""

    def __init__(self, folder: str | Path, *, unfinished: bool = False) -> None:
        """`folder` need not be there yet. With `unfinished` it may hold a move that is not finished."""
        self._folder = Path(folder).absolute()
        self._unfinished = unfinished

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def exists(self, name: str) -> bool:
        """Whether the database of that library is there."""
        return (self._folder_of(name) / DATABASE).is_file()

    def names(self) -> list[str]:
        """The libraries whose databases are there."""
        found = [file.parent.relative_to(self._folder).as_posix() for file in self._folder.glob(f"*/*/{DATABASE}")]
        numbered = sorted(filter(_NAME.fullmatch, found), key=_by_number)
        return [name for name in (BASE, *numbered) if self.exists(name)]

    def open(self, name: str, clock: Callable[[], datetime]) -> Storage:
        """Open the library of that name, or create it. Raises LibraryError."""
        if not self._unfinished and (self._folder / MOVING).exists():
            raise LibraryError(f"A move into {self._folder} is not finished", Remedy.FINISH_MOVING)
        return EmbeddedStorage(self._folder_of(name), clock)

    def delete(self, name: str) -> None:
        """Delete the folder of a library. Raises LibraryError.

        Only those that have one of their own can be deleted, unless a move into the place is not finished.
        """
        if name == BASE and not self._unfinished:
            raise LibraryError(f"The library in {self._folder} is deleted by deleting that folder.")
        folder = self._folder_of(name)
        try:
            if name == BASE:
                for pattern in (f"{DATABASE}*", "passages.*", HOLDER):
                    for file in folder.glob(pattern):
                        file.unlink()
            elif folder.is_dir():
                shutil.rmtree(folder)
        except OSError as error:
            raise LibraryError(
                f"The library in {folder} cannot be deleted ({error.strerror or error}); delete the folder."
            ) from error

    def moving(self) -> str | None:
        """What the file MOVING has, if it is there."""
        try:
            return (self._folder / MOVING).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise LibraryError(
                f"{self._folder / MOVING} cannot be read ({error}); see who may read it, or move it away."
            ) from error

    def note_moving(self, note: str | None) -> None:
        """Write that file, whole or not at all, or delete it. Raises OutOfResources and LibraryError."""
        file = self._folder / MOVING
        fresh = file.with_suffix(".new")
        try:
            if note is None:
                file.unlink(missing_ok=True)
            else:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                fresh.write_text(note, encoding="utf-8")
                fresh.replace(file)
        except OSError as error:
            raise shortage(error) or LibraryError(
                f"The data folder {self._folder} cannot be written to ({error.strerror or error})",
                Remedy.CHOOSE_DATA_FOLDER,
            ) from error

    def reach(self) -> float:
        """How long it takes to look for the folder."""
        began = time.perf_counter()
        self._folder.exists()
        return time.perf_counter() - began

    def server(self) -> None:
        """There is no server."""
        return

    def staging(self, name: str) -> Staging:
        """There is none."""
        raise LibraryError(f"The libraries in {self._folder} are in a folder, where no parts can be encoded.")

    def close(self) -> None:
        """Nothing is open."""

    def _folder_of(self, name: str) -> Path:
        if name == BASE:
            return self._folder
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a library")
        return self._folder / name


def open_engine(place: str | Path, *, unfinished: bool = False) -> Engine:
    """The engine for a place: the address of a PostgreSQL database, or else a folder. Nothing is created yet.

    With `unfinished` a move into that place may be under way. Raises LibraryError.
    """
    if not is_database(place):
        return EmbeddedEngine(place, unfinished=unfinished)
    try:
        postgres = importlib.import_module("index.storage.postgres.engine")
    except ModuleNotFoundError as error:
        raise LibraryError("What PostgreSQL needs is not installed", Remedy.INSTALL, package=EXTRA) from error
    engine: Engine = postgres.PostgresEngine(place, unfinished=unfinished)
    return engine


def is_database(place: str | Path) -> bool:
    """Whether a place is the address of a PostgreSQL database."""
    return isinstance(place, str) and place.startswith(POSTGRES)


def _by_number(name: str) -> tuple[str, int]:
    group, number = name.split("/")
    return group, int(number)
