"""How the command line ends on an error: in one sentence, with an exit code of its own kind."""

import contextlib
import errno
import logging
import os
import platform
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from typing import TypeGuard

from bot.cli.exit_codes import ExitCode
from bot.cli.terminal import Terminal
from bot.remedies import operator_sentence
from index import PullquoteError, shortage

_UNWRITABLE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EIO, errno.EBADF)

logger = logging.getLogger(__name__)


def end_on(error: Exception, terminal: Terminal, *, logged: bool) -> ExitCode:
    """Say what went wrong and what to do about it, and return the exit code.

    The traceback of an unexpected error goes to the log if there is one (`logged`), else into a file.
    """
    with contextlib.suppress(OSError):  # where standard error fails, too, the exit code still tells
        if _is_of_output(error):
            terminal.say(f"The output cannot be written ({error.strerror or error}); write it somewhere else.", "red")
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that Python does not try again when it ends
            return ExitCode.BAD_INPUT
    explained = shortage(error) or (error if isinstance(error, PullquoteError) else None)
    with contextlib.suppress(OSError):
        said = operator_sentence(explained) if explained else _unexpected(error, logged=logged)
        terminal.say(said, "red")
    return ExitCode.BAD_INPUT if explained else ExitCode.UNEXPECTED


def _is_of_output(error: Exception) -> TypeGuard[OSError]:
    """Whether standard output or standard error could not be written. Such an error names no file."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _UNWRITABLE


def _unexpected(error: Exception, *, logged: bool) -> str:
    """Keep the traceback for whoever repairs it, and return the sentence to show."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    if logged:
        logger.critical("What Pullquote ended on:", exc_info=error)
        place = "in the log above"
    else:
        place = _kept_in_a_file(error)
    return f"Pullquote met something it was not made for ({what}); try again, or report it with the traceback {place}."


def _kept_in_a_file(error: Exception) -> str:
    """Write the traceback into a file that only this user can read, or to standard error. Return where it is."""
    text = "".join(traceback.format_exception(error))
    try:
        handle, name = tempfile.mkstemp(prefix="pullquote-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            when = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
            stream.write(f"{when}, Python {platform.python_version()} on {platform.system()}: {sys.argv}\n{text}")
    except OSError:
        sys.stderr.write(text)
        return "above"
    return f"in {name}"
