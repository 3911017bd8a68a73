"""The log of `pullquote run`: one record a line, as text or as JSON, without secrets."""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

from bot.settings import Settings

INDENT = "    "
"""What stands before each line of a traceback, so that none can pass for a record."""

_QUIET = ("sentence_transformers", "aiohttp.access")
"""What these say at INFO is said by the bot, or is of no interest."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_URL_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.~-]+")
"""Discord puts the token of an interaction into addresses. Whoever has it can reply in the bot's name."""

HIDDEN = "[hidden]"


def log_as_set(settings: Settings, stream: TextIO | None = None) -> None:
    """Log to `stream`, by default standard error, with the level and the format of the settings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter((JsonFormatter if settings.log_format == "json" else TextFormatter)(settings.secrets))
    logging.basicConfig(force=True, level=settings.log_level, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """A line with time, level, module and message. A traceback follows in lines of its own, which are indented."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        """Hides `secrets` wherever they occur."""
        super().__init__()
        self._secrets = tuple(filter(None, secrets))

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        lines = [f"{_time(record)} {record.levelname} {record.name}: {self.shown(record.getMessage())}"]
        lines += [INDENT + self.shown(line) for line in trace_of(record).split("\n") if line]
        return "\n".join(lines)

    def shown(self, text: str) -> str:
        """`text` on one line, without secrets."""
        return _CONTROL.sub(_escaped, self.hidden(text))

    def hidden(self, text: str) -> str:
        """`text` without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _URL_TOKEN.sub(rf"\1{HIDDEN}", text)


class JsonFormatter(TextFormatter):
    """A JSON object on one line: time, level, logger and message; with a traceback or a reference, if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, in ASCII."""
        fields = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self.hidden(record.getMessage()),
            "reference": getattr(record, "reference", None),
            "traceback": self.hidden(trace_of(record)),
        }
        return json.dumps({name: value for name, value in fields.items() if value})


def trace_of(record: logging.LogRecord) -> str:
    """The traceback of a record's error, or what was given as its `stack`; empty if there is neither."""
    if record.exc_info and record.exc_info[1]:
        return "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
    return str(getattr(record, "stack", "") or record.stack_info or "").rstrip("\n")


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escaped(match: re.Match[str]) -> str:
    return repr(match[0])[1:-1]
