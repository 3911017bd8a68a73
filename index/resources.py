"""Tells from an exception, or from its causes, that the machine has run out of a resource; reads SQLite's codes."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator

from index.errors import OutOfResources, PullquoteError

FILES, MEMORY, THREADS, DISK = "open files", "memory", "threads", "disk space"

_MESSAGES = {
    FILES: "Too many files are open; raise the limit (`ulimit -n`, LimitNOFILE of a service), and start again.",
    MEMORY: "There is not enough memory; close other programs, or give Pullquote more of it, and start again.",
    THREADS: "No more threads can be started; raise the limit (`ulimit -u`, TasksMax of a service), and start again.",
    DISK: "The disk is full; free some space, and try again.",
}

_NUMBERS = {
    errno.EMFILE: FILES,
    errno.ENFILE: FILES,
    errno.ENOMEM: MEMORY,
    errno.ENOSPC: DISK,
    getattr(errno, "EDQUOT", errno.ENOSPC): DISK,  # Windows has none
}

# This is here and not in `storage`, because the bot has its own SQLite database and needs it too.
_SQLITE = {
    sqlite3.SQLITE_NOMEM: MEMORY,
    sqlite3.SQLITE_IOERR_NOMEM: MEMORY,
    sqlite3.SQLITE_IOERR_SHMMAP: MEMORY,
    sqlite3.SQLITE_FULL: DISK,
}

_WORDS = {
    **{os.strerror(number).lower(): resource for number, resource in _NUMBERS.items()},
    "can't allocate memory": MEMORY,  # torch
    "not enough memory": MEMORY,  # torch on Windows
    "out of memory": MEMORY,  # torch on a graphics card
    "bad_alloc": MEMORY,  # faiss, as everything in C++
    "failed to map segment": MEMORY,  # the loader, of a library that it has no room for
    "can't start new thread": THREADS,
}
"""Parts of messages, for errors without a code: from libraries in C++ and Rust, and from the loader of libraries."""

_SQLITE_FILES = 4
"""How many files SQLite opens for a database at most: the database, its log, the log's index, and the folder."""


def files_left() -> bool:
    """Whether as many files as a database needs can be opened now."""
    handles: list[int] = []
    try:
        # Do not open the database itself: closing it here would release the locks that SQLite has on it.
        handles.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(_SQLITE_FILES))
    except OSError:
        return False
    finally:
        for handle in handles:
            os.close(handle)
    return True


def sqlite_code(error: Exception) -> int:
    """SQLite's primary result code for an error, such as sqlite3.SQLITE_FULL; 0 if it has none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_damage(error: Exception) -> bool:
    """Whether SQLite says that the database's file is damaged, or is no database."""
    return sqlite_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def shortage(error: BaseException, files_left: Callable[[], bool] = files_left) -> OutOfResources | None:
    """The resource that the machine ran out of, if `error` or one of its causes says so; else None.

    SQLite gives the same error for a file that it may not open and for too many open files. `files_left` tells the two
    apart.
    """
    for one in _with_causes(error):
        if isinstance(one, OutOfResources):
            return one
        if resource := _resource(one, files_left):
            return OutOfResources(_MESSAGES[resource], resource)
    return None


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The error, its cause, the cause of that, and so on."""
    following: BaseException | None = error
    seen: set[int] = set()
    while following is not None and id(following) not in seen:
        yield following
        seen.add(id(following))
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _resource(error: BaseException, files_left: Callable[[], bool]) -> str | None:
    if isinstance(error, MemoryError):
        return MEMORY
    if isinstance(error, OSError) and error.errno is not None:
        return _NUMBERS.get(error.errno)
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        if sqlite_code(error) == sqlite3.SQLITE_CANTOPEN and not files_left():
            return FILES
        return _SQLITE.get(code) or _SQLITE.get(sqlite_code(error))
    if isinstance(error, PullquoteError):  # its message may contain text that a user wrote
        return None
    said = str(error).lower()
    return next((resource for words, resource in _WORDS.items() if words in said), None)
