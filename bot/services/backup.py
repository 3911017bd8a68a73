"""Backups: all that the bot keeps, in one file that is written while it runs, and put back as a whole or not at all.

The file is a ZIP archive of copies of the databases, the key of the records, the settings without the token, and a
manifest with the SHA-256 of each. What can be made again, such as the passage index, is not in it. Nothing is
compressed: that would take five times as long as the copying, and save a seventh.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import IO

from pydantic import BaseModel, SecretStr, ValidationError

from bot.errors import SettingsError
from bot.services.libraries import GROUP, name_of, servers_in
from bot.services.opening import has_records, open_records, opened_engine
from bot.settings import Settings
from bot.storage.database import DATABASE, KEY
from bot.storage.moving import copy_records
from bot.storage.sqlite import SqliteDatabase
from index import BASE, EmbeddedEngine, Library, check_database, is_damage, make_private, shortage

MANIFEST, SETTINGS = "manifest.json", "settings.env"
FORMAT = 1
"""The version of the archive's layout, which the manifest names."""

UNFINISHED = ".pullquote-backup."
"""How the name of a folder begins in which a backup is being written or unpacked."""

SECONDS_UNTOUCHED = 3600
"""Such a folder is left over if nobody has written to it for this long."""

CHUNK = 1 << 20
_NAMES = re.compile(rf"(?:library\.sqlite3|{GROUP}/\d{{1,20}}/library\.sqlite3|{DATABASE}|{KEY}|{SETTINGS})")
"""What an archive may hold beside its manifest."""


class Entry(BaseModel):
    """A file of a backup: its SHA-256 in hexadecimal, and its length in bytes."""

    sha256: str
    size: int


class Manifest(BaseModel):
    """What a backup holds, when it was made, and with which version of Pullquote."""

    format: int
    made: datetime
    pullquote: str
    files: dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written or put back: its manifest, and how many servers' libraries are in it."""

    manifest: Manifest

    @property
    def servers(self) -> int:
        """How many servers' libraries it holds."""
        return sum(name.startswith(f"{GROUP}/") for name in self.manifest.files)

    @property
    def size(self) -> int:
        """How many bytes its files have."""
        return sum(entry.size for entry in self.manifest.files.values())


def write_backup(file: Path, base: Library, settings: Settings, open_library: Callable[[Path], Library]) -> Backup:
    """Write all that is in the data folder, or at DATABASE_URL, into a new file, which its owner alone can read.

    The bot may run meanwhile. Each database is copied as it is at one moment, the records first, so that no record
    quotes an article that is not in the copy yet. Raises PullquoteError; then there is no file.
    """
    if file.exists():
        raise SettingsError(f"{file} is there already, and is not written over; name another file.")
    files: dict[str, Entry] = {}
    try:
        _sweep(file.parent)
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=file.parent) as place:
            started = Path(place) / "backup.zip"
            make_private(started)
            with zipfile.ZipFile(started, "w") as archive:
                for name, copy in _copies(Path(place), base, settings, open_library):
                    files[name] = _put(archive, name, copy)
                manifest = Manifest(format=FORMAT, made=datetime.now(UTC), pullquote=_version(), files=files)
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
            _flush(started)
            os.rename(started, file)
            _flush(file.parent)
    except OSError as error:
        raise shortage(error) or SettingsError(
            f"{file} cannot be written ({error.strerror or error}); name another file."
        ) from error
    return Backup(manifest)


def _sweep(place: Path) -> None:
    """Delete what was left there by processes that were killed: it may hold what was withdrawn since."""
    for left in place.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):  # its process has just deleted it
            touched = max(path.stat().st_mtime for path in (left, *left.rglob("*")))
            if time.time() - touched > SECONDS_UNTOUCHED:
                shutil.rmtree(left, ignore_errors=True)


def _copies(
    place: Path, base: Library, settings: Settings, open_library: Callable[[Path], Library]
) -> Iterator[tuple[str, Path]]:
    """Copy one file after the other into `place`, each with its name in the archive; the last one may be deleted."""
    if settings.database_url:
        yield from _copies_of_database(place, settings)
    else:
        yield from _copies_of_folder(place, base, settings, open_library)
    copy = place / SETTINGS
    copy.write_text(settings_as_env(settings), encoding="utf-8")
    yield copy.name, copy


def _copies_of_database(place: Path, settings: Settings) -> Iterator[tuple[str, Path]]:
    """The same files, made of what is in the database at DATABASE_URL: each as it is at one moment, records first."""
    if has_records(settings):
        aside = place / "records"
        with contextlib.ExitStack() as stack:
            held = stack.enter_context(contextlib.closing(open_records(settings)))
            records = stack.enter_context(contextlib.closing(SqliteDatabase(aside, key=held.key, renew_seal=True)))
            copy_records(held, records)
            copies = records.back_up(place)
        shutil.rmtree(aside)
        for copy in copies:
            yield copy.name, copy
    with opened_engine(settings) as engine:
        for name in engine.names():
            aside = place / "library"
            with contextlib.closing(engine.open(name, lambda: datetime.now(UTC))) as storage:
                copy = storage.back_up(aside)
            yield copy.name if name == BASE else f"{name}/{copy.name}", copy
            shutil.rmtree(aside)


def _copies_of_folder(
    place: Path, base: Library, settings: Settings, open_library: Callable[[Path], Library]
) -> Iterator[tuple[str, Path]]:
    if (settings.data_dir / DATABASE).exists():
        with contextlib.closing(SqliteDatabase(settings.data_dir)) as database:
            for copy in database.back_up(place):
                yield copy.name, copy
    copy = base.back_up(place)
    yield copy.name, copy
    for name in map(name_of, servers_in(EmbeddedEngine(settings.data_dir))):
        with open_library(settings.data_dir / name) as own:
            copy = own.back_up(place)
        yield f"{name}/{copy.name}", copy


def settings_as_env(settings: Settings) -> str:
    """The settings in force as the lines of a file `.env`, without what is secret."""
    lines = ["# The settings when the backup was made, without the token."]
    for name, value in settings:
        if not isinstance(value, SecretStr) and value is not None:
            lines.append(f"{name.upper()}={_plain(value)}")
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if re.fullmatch(r"[\w./:@+,-]*", text) else json.dumps(text, ensure_ascii=False)


def _put(archive: zipfile.ZipFile, name: str, copy: Path) -> Entry:
    """Put a file into the archive, and delete it."""
    with copy.open("rb") as stream, archive.open(name, "w", force_zip64=True) as target:
        entry = _transfer(stream, target)
    copy.unlink()
    return entry


def restore_backup(file: Path, folder: Path, open_library: Callable[[Path], Library]) -> Backup:
    """Put a backup back into a folder that is empty or not there yet.

    Everything is checked first, beside the folder: the hashes, the databases, that the key fits, and that this version
    reads them. Raises PullquoteError; then the folder is as it was.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} is not empty; move it away, or name another folder with --data.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=folder.parent, ignore_cleanup_errors=True) as place:
            fresh = Path(place) / "restored"
            fresh.mkdir(mode=0o700)
            manifest = _unpack(file, fresh)
            _try_out(file, fresh, open_library)
            for path in (*fresh.rglob("*"), fresh):
                _flush(path)
            if folder.exists():
                folder.rmdir()
            os.rename(fresh, folder)
            _flush(folder.parent)
    except OSError as error:
        raise shortage(error) or SettingsError(
            f"{file} cannot be put back into {folder} ({error.strerror or error}); make it writable, or name another "
            "folder with --data."
        ) from error
    return Backup(manifest)


def _unpack(file: Path, folder: Path) -> Manifest:
    """Unpack the files of a backup, and compare each with the manifest. Raises SettingsError."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest_in(archive, file)
            for name, entry in manifest.files.items():
                target = folder / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                make_private(target)
                with archive.open(name) as stream, target.open("wb") as out:
                    if _transfer(stream, out, entry.size) != entry:
                        raise _unusable(file, f"{name} is not what the manifest says")
            return manifest
    except FileNotFoundError as error:
        raise SettingsError(f"There is no file {file}; name a backup.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _unusable(file, str(error) or "it is cut short") from error


def _manifest_in(archive: zipfile.ZipFile, file: Path) -> Manifest:
    names = archive.namelist()
    if names.count(MANIFEST) != 1 or archive.getinfo(MANIFEST).file_size > CHUNK:
        raise _unusable(file, "it has no manifest")
    try:
        stated = json.loads(archive.read(MANIFEST))
        if isinstance(stated, dict) and isinstance(version := stated.get("format"), int) and version > FORMAT:
            raise SettingsError(f"{file} was made by a newer Pullquote; upgrade Pullquote.")
        manifest = Manifest.model_validate(stated)
    except ValidationError as error:
        raise _unusable(file, "its manifest cannot be read") from error
    if sorted(names) != sorted({*manifest.files, MANIFEST}) or len(names) != len(manifest.files) + 1:
        raise _unusable(file, "it does not hold what its manifest says")
    if strange := next((name for name in manifest.files if not _NAMES.fullmatch(name)), None):
        raise _unusable(file, f"{strange!r} does not belong into one")
    return manifest


def _unusable(file: Path, why: str) -> SettingsError:
    return SettingsError(f"{file} is no backup that can be put back: {why}; use another one.")


def _try_out(file: Path, folder: Path, open_library: Callable[[Path], Library]) -> None:
    """Open everything as the bot will. Raises PullquoteError and OSError."""
    places = [folder, *(folder / name_of(server) for server in servers_in(EmbeddedEngine(folder)))]
    for database in folder.rglob("*.sqlite3"):
        try:
            check_database(database)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                raise _unusable(file, f"{database.name} in it is damaged ({error})") from error
            raise OSError(f"{database.name}: {error}") from error
    if (folder / DATABASE).exists():
        SqliteDatabase(folder).close()
    for place in places:
        open_library(place).close()


def _transfer(source: IO[bytes], target: IO[bytes], most: int | None = None) -> Entry:
    """Copy a stream, at most a little more than `most` bytes of it. Returns what it was."""
    digest, size = hashlib.sha256(), 0
    while (chunk := source.read(CHUNK)) and (most is None or size <= most):
        digest.update(chunk)
        size += target.write(chunk)
    return Entry(sha256=digest.hexdigest(), size=size)


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _version() -> str:
    try:
        return metadata.version("pullquote")
    except metadata.PackageNotFoundError:
        return "unknown"
