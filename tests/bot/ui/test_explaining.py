"""What a reader is told of an error, and what goes to the log."""

import errno
import logging

import pytest

from bot.errors import Busy, NotKept, RecordsUnreachable, Refused, SettingsError, Stopping, TooSoon
from bot.markdown import md
from bot.ui.explaining import explain
from index import ArticleError, LibraryDamaged, LibraryUnreachable, OutOfResources, QuestionError, SourceError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TooSoon(0.2), "One question at a time, please: ask again in 1 second."),
        (TooSoon(4.01), "One question at a time, please: ask again in 5 seconds."),
        (Busy(12.0), "Many questions are being answered right now; try again in 12 seconds."),
        (Stopping(), "I am being restarted; ask again in a minute."),
        (NotKept(), "This answer is no longer kept; ask the question again."),
        (QuestionError("The question is empty; ask something."), "The question is empty; ask something."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_reader_can_mend_is_said_and_not_logged(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert explain(error) == said
    assert caplog.records == []


@pytest.mark.parametrize("kind", [QuestionError, ArticleError, SourceError])
def test_what_the_library_says_is_escaped_whole_and_fits_into_a_message(kind: type[Exception]) -> None:
    assert explain(kind("'[Free](https://x.example)' is none; use `y`.")) == (
        "'\\[Free\\](https\\://x.example)' is none; use \\`y\\`."
    )
    said = explain(kind("*" * 5000))
    assert said.startswith("\\*\\*") and said.endswith("\\* …") and len(said) <= 2000


def test_what_is_refused_is_said_as_it_is_rendered() -> None:
    assert explain(Refused(md("`/ask` has no article “{}”.", "*x*"))) == "`/ask` has no article “\\*x\\*”."


@pytest.mark.parametrize(
    "error", [LibraryDamaged("/srv/secret is damaged"), SettingsError("KEY is wrong"), RuntimeError("/srv/secret")]
)
def test_anything_else_goes_to_the_log_under_the_reference_that_the_reader_is_given(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    said = explain(error)
    assert str(error) not in said
    reference = said.split()[-1].rstrip(".")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"Reference {reference}: {error}"
    assert record.exc_info and record.exc_info[1] is error


FULL = OutOfResources("The disk of /srv/secret is full, so nothing was changed; free some space.", "disk space")


@pytest.mark.parametrize(
    ("error", "what", "logged"),
    [
        (FULL, "disk space", str(FULL)),
        (
            OSError(errno.EMFILE, "Too many open files", "/srv/secret/ranker.npz"),
            "open files",
            "Too many files are open",
        ),
        (MemoryError(), "memory", "There is not enough memory; close other programs"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_machine_that_ran_out_of_something_is_said_to_have_and_the_operator_is_told_what_to_do(
    error: Exception, what: str, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = explain(error)
    reference = said.split()[-1].rstrip(".")
    assert said == (
        f"The machine that I run on is out of {what} just now; try again in a few minutes. The bot's operator finds it "
        f"in the log as {reference}."
    )
    (record,) = caplog.records
    assert record.getMessage().startswith(f"Reference {reference}: {logged}")
    assert record.exc_info and record.exc_info[1] is error


def test_a_site_is_not_blamed_for_what_this_machine_ran_out_of(caplog: pytest.LogCaptureFixture) -> None:
    error = SourceError("news.example.org cannot be reached (Too many open files): check the address.")
    error.__cause__ = OSError(errno.EMFILE, "Too many open files")
    assert explain(error).startswith("The machine that I run on is out of open files just now;")


def test_a_database_that_is_away_or_has_no_connection_left_is_said_so_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for error in (LibraryUnreachable("news on db cannot be reached."), RecordsUnreachable("news on db is away.")):
        assert explain(error).startswith("My database cannot be reached just now; try again in a few minutes.")
    crowded = OutOfResources("All 16 connections to news on db are in use.", "connections")
    assert explain(crowded).startswith("The machine that I run on is out of connections just now;")
    assert [record.getMessage().split(": ")[1] for record in caplog.records] == [
        "news on db cannot be reached.",
        "news on db is away.",
        "All 16 connections to news on db are in use.",
    ]
