"""Files that hold what readers wrote: their owner alone may read them."""

import contextlib
import os
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(file: Path) -> None:
    """Make an empty file that its owner alone can read, unless it is there; then close it to all others.

    It is never readable by others in between, whatever the umask. Raises OSError where it cannot be made.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, stat.S_IRUSR | stat.S_IWUSR))
    except FileExistsError:
        close_to_others(file)


def close_to_others(file: Path) -> None:
    """Take a file from all but its owner, if it is there. Where files have no such modes, as on Windows, it stays."""
    with contextlib.suppress(OSError):  # also where it is somebody else's
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & _OTHERS:
            file.chmod(mode & ~_OTHERS)
