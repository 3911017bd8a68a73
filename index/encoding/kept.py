"""Keeps what takes long to make: folders of files that are made once, and checked whenever they are used."""

import json
import logging
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from index.resources import shortage

logger = logging.getLogger(__name__)

VARIABLE = "PULLQUOTE_CACHE"
"""The environment variable that names the folder of all kept folders."""

UNFINISHED = ".unfinished"
"""How the name of a folder ends that is being made."""

SUMS = "sums.json"
"""The file in a kept folder that has the CRC-32 of each other file. It is written last."""


def cache_folder() -> Path:
    """The folder of all kept folders: `$PULLQUOTE_CACHE`, or `pullquote` in the user's folder for caches."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    general = os.environ.get("XDG_CACHE_HOME")
    return (Path(general) if general else Path("~/.cache").expanduser()) / "pullquote"


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The kept folder called `name`. If it is missing or damaged, `make` fills a new one.

    Several processes may call this at once: one of them makes it. If it cannot be kept, for want of a place that can be
    written to or of room there, it is made for this process alone. Raises what `make` raises, and OutOfResources.
    """
    place = cache_folder() / name
    if _is_whole(place):
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f"{name}.lock")):
            if not _is_whole(place):
                _make(place, make)
    except OSError as error:
        logger.warning("Nothing can be kept in %s (%s), so it is made at every start.", place.parent, error)
        return _own_folder(name, make)
    return place


def _make(place: Path, make: Callable[[Path], None]) -> None:
    """Make it beside its place, and move it there. The caller holds the lock, so nobody else makes it."""
    for left in place.parent.glob(f"{place.name}.*{UNFINISHED}"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}.", suffix=UNFINISHED))
    try:
        make(new)
        (new / SUMS).write_text(json.dumps({file.name: _sum(file) for file in sorted(new.iterdir())}))
        new.chmod(0o755)
        shutil.rmtree(place, ignore_errors=True)
        new.replace(place)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _own_folder(name: str, make: Callable[[Path], None]) -> Path:
    if name not in _own_folders:
        folder = tempfile.TemporaryDirectory(prefix=f"pullquote-{name}-")
        make(Path(folder.name))
        _own_folders[name] = folder
    return Path(_own_folders[name].name)


_own_folders: dict[str, tempfile.TemporaryDirectory[str]] = {}
"""Deleted when the process ends."""


def _is_whole(place: Path) -> bool:
    try:
        sums = json.loads((place / SUMS).read_text())
        return bool(sums) and all(_sum(place / name) == sum_ for name, sum_ in sums.items())
    except (OSError, ValueError, AttributeError) as error:
        if short := shortage(error):  # it may be whole, and there is nothing to make it with
            raise short from error
        return False


def _sum(file: Path) -> int:
    found = 0
    with file.open("rb") as stream:
        while piece := stream.read(1 << 20):
            found = zlib.crc32(piece, found)
    return found
