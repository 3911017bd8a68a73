"""Explains SQLite's errors to the person who runs the library, in sentences with a remedy."""

import shutil
import sqlite3
from pathlib import Path

from index.errors import LibraryDamaged, LibraryError, OutOfResources, PullquoteError, Remedy
from index.resources import DISK, is_damage, shortage, sqlite_code


def explanation(error: sqlite3.Error, database: Path) -> PullquoteError:
    """The library's error for an error that SQLite raised for the file `database`."""
    folder = database.parent
    code = sqlite_code(error)
    if is_damage(error) or "vtable constructor" in str(error):
        return LibraryDamaged(f"{database} is damaged ({error})", Remedy.BUILD_AFRESH)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(folder)):
        return OutOfResources(f"The disk of {folder} is full, so nothing was changed; free some space.", DISK)
    if short := shortage(error):
        return short
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return LibraryError(f"The data folder {folder} cannot be written to", Remedy.CHOOSE_DATA_FOLDER)
    if code == sqlite3.SQLITE_IOERR:
        return LibraryError(f"The library in {folder} cannot be used ({error}); see whether its disk works.")
    return LibraryError(f"The library in {folder} cannot be used: {error}.")


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < 1 << 20
