"""The file in the data folder that says how the bot is, for `pullquote health` and `pullquote doctor`.

A file needs no port, so it holds in a container and for several bots on one machine. It is written anew every few
seconds, so an old one says that the bot, or its event loop, stands still.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from pydantic import TypeAdapter

from bot.watching.health import Report

STATUS = "status.json"
"""The file in the data folder."""

_REPORT = TypeAdapter(Report)


def as_json(report: Report) -> bytes:
    """A report as JSON, in UTF-8."""
    return _REPORT.dump_json(report, indent=2)


def write_report(report: Report, folder: Path) -> None:
    """Write a report into `folder`, whole or not at all. Only the owner can read it. Raises OSError."""
    handle, fresh = tempfile.mkstemp(dir=folder, prefix=f"{STATUS}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(as_json(report))
        os.replace(fresh, folder / STATUS)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        raise


def read_report(folder: Path) -> Report | None:
    """The report in `folder`; None if there is none, or none that can be read."""
    try:
        return _REPORT.validate_json((folder / STATUS).read_bytes())
    except (OSError, ValueError):
        return None
