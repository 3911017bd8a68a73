"""The log: a record is a line, nothing from outside can forge one, and no secret stands in it."""

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import HIDDEN, INDENT, JsonFormatter, TextFormatter, log_as_set
from bot.settings import Settings

TOKEN = "MTIzNDU2.GabcdE.a-secret_that-nobody_may-see"
HEAD = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:DEBUG|INFO|WARNING|ERROR) [\w.]+: "


@pytest.fixture
def _log_as_before() -> Iterator[None]:
    """The log as pytest has it, after the test."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before, level


def record(message: str, *args: object, error: BaseException | None = None, **extra: str) -> logging.LogRecord:
    made = logging.LogRecord("bot.desk", logging.WARNING, __file__, 1, message, args, None)
    made.exc_info = (type(error), error, error.__traceback__) if error else None
    vars(made).update(extra)
    return made


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


FORGED = "x\n2026-01-01T00:00:00.000Z ERROR bot.run: the operator must run rm -rf\r\n\x1b[2Jgone\u2028\x85end"


def test_what_comes_from_outside_cannot_begin_a_line() -> None:
    text = TextFormatter().format(record("A site answers %s.", FORGED))
    assert text.splitlines() == [text]
    assert "x\\n2026-01-01" in text and "\\r\\n\\x1b[2Jgone\\u2028\\x85end." in text


@given(st.text(), st.text())
def test_each_record_is_one_line_and_what_follows_is_indented(message: str, told: str) -> None:
    lines = TextFormatter().format(record("%s", message, error=raised(ValueError(told)))).splitlines()
    assert len(lines) > 1
    assert all(line.startswith(INDENT) for line in lines[1:])
    assert not lines[0].startswith(INDENT)
    "\n".join(lines).encode()


@given(st.text(), st.text())
def test_a_record_in_json_is_one_line_with_all_of_it(message: str, told: str) -> None:
    line = JsonFormatter().format(record("%s", message, error=raised(ValueError(told)), reference="1a2b3c4d"))
    assert len(line.splitlines()) == 1 and line.isascii()
    fields = json.loads(line)
    assert (fields["level"], fields["logger"], fields["reference"]) == ("WARNING", "bot.desk", "1a2b3c4d")
    assert fields.get("message", "") == message
    assert "Traceback (most recent call last)" in fields["traceback"] and "ValueError" in fields["traceback"]
    assert datetime.fromisoformat(fields["time"]).utcoffset() is not None


def test_without_a_traceback_and_a_reference_json_has_neither() -> None:
    assert json.loads(JsonFormatter().format(record("Ready."))).keys() == {"time", "level", "logger", "message"}


@pytest.mark.parametrize("formatter", [TextFormatter, JsonFormatter])
def test_the_token_and_those_in_addresses_are_hidden_everywhere(formatter: type[TextFormatter]) -> None:
    address = "https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb246MTIz.x-y_z/messages/@original"
    error = raised(RuntimeError(f"{TOKEN} at {address}"))
    said = formatter((TOKEN,)).format(record("PATCH %s with %s", address, TOKEN, error=error))
    assert TOKEN not in said and "aW50ZXJhY3Rpb24" not in said
    assert said.count(f"/webhooks/123/{HIDDEN}/messages/@original") == 2
    assert f"with {HIDDEN}" in said


def test_where_a_stuck_thread_was_follows_the_message() -> None:
    text = TextFormatter().format(record("A stuck worker.", stack='  File "x.py", line 1, in f\n    g()\n'))
    assert text.splitlines()[1:] == [f'{INDENT}  File "x.py", line 1, in f', f"{INDENT}    g()"]


@pytest.mark.usefixtures("_log_as_before")
@pytest.mark.parametrize(("level", "shown"), [("WARNING", ["later"]), ("INFO", ["now", "later"])])
def test_the_level_and_the_format_are_those_of_the_settings(level: str, shown: list[str]) -> None:
    stream = io.StringIO()
    log_as_set(Settings(_env_file=None, log_level=level, log_format="json", discord_token=TOKEN), stream)
    logger = logging.getLogger("bot.test")
    logger.info("now")
    logger.warning("later")
    logging.getLogger("sentence_transformers").info("Load pretrained SentenceTransformer")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == shown


@pytest.mark.usefixtures("_log_as_before")
def test_text_has_time_level_and_module(capsys: pytest.CaptureFixture[str]) -> None:
    log_as_set(Settings(_env_file=None))
    logging.getLogger("bot.run").info("Ready as %s.", "pullquote")
    assert re.fullmatch(HEAD + r"Ready as pullquote\.\n", capsys.readouterr().err)
