"""Moves all that is kept, libraries and records, from a data folder into a database, or back.

Nothing of the source is changed. The target must be empty, or hold what an earlier try has moved from the same source.
Until all of it is there and compared, no process opens the target.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.errors import SettingsError
from bot.services.leadership import SharedLeadership
from bot.shards import Shards
from bot.storage.database import Database
from bot.storage.lock_session import LockSession, SessionLost
from bot.storage.moving import Rows, are_empty, copy_records, differing, held_in
from bot.storage.records import has_records, open_database
from index import MOVING, Contents, Engine, Move, OnProgress, open_engine

_NO_KEY = Path("/dev/null/no-key")
"""A folder that has no key: the one in the database counts."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are kept: in `folder`, or in the database at `url`, for which the folder may have the key."""

    folder: Path
    url: str | None = None

    @property
    def libraries(self) -> str | Path:
        """Where the libraries are."""
        return self.url or self.folder


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: what each library holds, by name, and each table of the records, if there are any."""

    source: str
    target: str
    libraries: dict[str, Contents]
    records: dict[str, Rows]


def move(source: Place, target: Place, on_progress: OnProgress = lambda _: None) -> Moved:
    """Move all that is kept, or what is left of it after an earlier try. Raises PullquoteError."""
    if (source.url is None) == (target.url is None):
        raise ValueError("one of the two places must be a folder, and the other one a database")
    _check_folder(source, target)
    with contextlib.ExitStack() as stack:
        from_ = stack.enter_context(contextlib.closing(open_engine(source.libraries)))
        into = stack.enter_context(contextlib.closing(open_engine(target.libraries, unfinished=True)))
        database = from_ if source.url else into
        database.names()  # what is wrong with it is said before anything is begun
        stack.enter_context(_alone(source.url or target.url or "", database.place))
        steps = Move(from_, into)
        if not steps.check():
            _check_empty(target, into)
            if not from_.names() and not has_records(source.folder, source.url):
                raise SettingsError(f"There is nothing in {from_.place} that could be moved; name another place.")
        steps.begin()
        libraries = steps.run(on_progress)
        records = _move_records(source, target, into)
        steps.confirm(libraries)
        steps.end()
        return Moved(from_.place, into.place, libraries, records)


def _check_folder(source: Place, target: Place) -> None:
    """Raise SettingsError if the folder is not there that is moved from, or is not empty that is moved into."""
    try:
        if source.url is None and not source.folder.is_dir():
            raise SettingsError(f"There is no folder {source.folder}; name the data folder with --data.")
        is_new = target.url is not None or (target.folder / MOVING).exists() or not target.folder.exists()
        if not is_new and (not target.folder.is_dir() or any(target.folder.iterdir())):
            raise SettingsError(f"{target.folder} is not empty; name a folder that is, or that is not there yet.")
    except OSError as error:
        folder = target.folder if source.url else source.folder
        raise SettingsError(f"{folder} cannot be read ({error.strerror or error}); see who may read it.") from error


def _check_empty(target: Place, into: Engine) -> None:
    """Raise SettingsError if the target has records."""
    if target.url is None or not has_records(_NO_KEY, target.url):
        return
    with contextlib.closing(open_database(_NO_KEY, target.url, unfinished=True)) as records:
        if not are_empty(records):
            raise SettingsError(
                f"There are records in {into.place} already, and they are not written over; name an empty database, or "
                "drop the schema pullquote there."
            )


def _move_records(source: Place, target: Place, into: Engine) -> dict[str, Rows]:
    """Copy the records, if there are any, and compare them as whoever opens them next will see them."""
    if not has_records(source.folder, source.url):
        return {}
    with contextlib.closing(open_database(source.folder, source.url)) as held:
        held.check()
        with contextlib.closing(_opened(target, renew_seal=True, key=held.key)) as records:
            copied = copy_records(held, records)
        with contextlib.closing(_opened(target)) as records:
            if names := differing(copied, held_in(records)):
                raise SettingsError(
                    f"The records in {into.place} are not those that were copied there ({names}); see that nobody else "
                    "uses that place, and begin anew in an empty one."
                )
        if names := differing(copied, held_in(held)):
            raise SettingsError(f"While the records were copied, they changed ({names}); stop the bot, and try again.")
    return copied


def _opened(target: Place, *, renew_seal: bool = False, key: bytes | None = None) -> Database:
    folder = _NO_KEY if target.url else target.folder
    return open_database(folder, target.url, renew_seal=renew_seal, unfinished=True, key=key)


@contextlib.contextmanager
def _alone(url: str, place: str) -> Iterator[None]:
    """For the `with` block, keep bots and other moves off the database. Raises SettingsError if one is there."""
    try:
        session = SharedLeadership(partial(LockSession.begin, url, "pullquote: migrate"), Shards(), claim_seconds=2.0)
    except SessionLost:
        raise
    except SettingsError as error:
        raise SettingsError(
            f"A bot runs on {place}, or something is being moved there; stop it, and try again."
        ) from error
    with contextlib.closing(session):
        yield
