"""Keeps files with what readers wrote readable for their owner only."""

import contextlib
import os
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(file: Path) -> None:
    """Make an empty file that only its owner can read. If the file exists, close it to all others.

    A new file is readable by others at no moment, whatever the umask. Raises OSError if it cannot be made.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, stat.S_IRUSR | stat.S_IWUSR))
    except FileExistsError:
        close_to_others(file)


def close_to_others(file: Path) -> None:
    """Let only the owner use a file, if it exists. Changes nothing where files have no modes, as on Windows."""
    with contextlib.suppress(OSError):  # the file is missing, or belongs to somebody else
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & _OTHERS:
            file.chmod(mode & ~_OTHERS)
