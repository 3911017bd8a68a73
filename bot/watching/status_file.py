"""The file in the data folder that says how the bot is, for `pullquote health` and `pullquote doctor`.

Each of several processes has one of its own, also where they share a data folder.

A file needs no port, so it holds in a container and for several bots on one machine. It is written anew every few
seconds, so an old one says that the bot, or its event loop, stands still.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from pydantic import TypeAdapter

from bot.shards import Shards
from bot.watching.health import Report

STATUS = "status.json"
"""The file in the data folder. That of one of several processes has its shards in its name, as in status-0-7.json."""

_LONGEST = 100
"""The longest list of shards in a name of a file; of a longer one, a hash is there."""

_REPORT = TypeAdapter(Report)


def as_json(report: Report) -> bytes:
    """A report as JSON, in UTF-8."""
    return _REPORT.dump_json(report, indent=2)


def name_of(shards: Shards) -> str:
    """The name of the file of a process with these shards."""
    if shards.are_all:
        return STATUS
    named = str(shards)
    if len(named) > _LONGEST:
        named = hashlib.sha256(named.encode()).hexdigest()[:16]
    return STATUS.replace(".", f"-{named}.")


def write_report(report: Report, folder: Path) -> None:
    """Write a report into `folder`, whole or not at all. Only the owner can read it. Raises OSError."""
    name = name_of(_shards_of(report))
    handle, fresh = tempfile.mkstemp(dir=folder, prefix=f"{name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(as_json(report))
        os.replace(fresh, folder / name)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        raise


def read_report(folder: Path, name: str = STATUS) -> Report | None:
    """The report of that name in `folder`; None if there is none, or none that can be read."""
    try:
        return _REPORT.validate_json((folder / name).read_bytes())
    except (OSError, ValueError):
        return None


def read_reports(folder: Path, shards: Shards) -> list[Report]:
    """The report of a process with some of the shards; with all of them, those of all processes that there are."""
    files = sorted(folder.glob("status*.json")) if shards.are_all else [folder / name_of(shards)]
    found = filter(None, (read_report(folder, file.name) for file in files))
    return sorted(found, key=lambda report: _shards_of(report).ids)


def drop_former(folder: Path, shards: Shards) -> None:
    """Delete the reports of processes that cannot run beside one with these shards: the shards were shared otherwise.

    Raises OSError.
    """
    for report in read_reports(folder, Shards()):
        former = _shards_of(report)
        if former != shards and (former.count != shards.count or set(former.ids) & set(shards.ids)):
            (folder / name_of(former)).unlink(missing_ok=True)


def _shards_of(report: Report) -> Shards:
    process = report.facts.process
    return Shards(process.count, process.shards) if process else Shards()
