"""`pullquote migrate`: what it says, and what the other commands say while a move is not finished."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.watching.health import Report
from bot.watching.status_file import write_report
from index import open_engine
from tests.bot.test_token import SHAPED
from tests.bot.watching.test_health import WELL
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, Run


@pytest.fixture
def url(postgres_database: str) -> str:
    """An empty database as DATABASE_URL names it."""
    parts = conninfo_to_dict(postgres_database)
    return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/{parts['dbname']}"


@pytest.mark.usefixtures("sample")
def test_a_library_goes_into_a_database_and_back_by_command_and_answers_the_same(
    pullquote: Run, place: Path, url: str
) -> None:
    there = pullquote("migrate", url)
    assert (there.code, there.err) == (
        0, "Set DATABASE_URL to use it; pullquote-data is as it was, and can be deleted then.\n",
    )  # fmt: skip
    said, names, base, *_ = there.out.splitlines()
    database = url.rpartition("@")[2]
    assert said == f"Moved from {place / 'pullquote-data'} to postgresql://{database}, and compared."
    assert names.split("\t") == ["library", "articles", "passages", "sources", "can be undone", "SHA-256"]
    assert base.split("\t")[:2] == ["base", "8"]
    asked = pullquote("ask", LEE_QUESTION, "--json", env={"DATABASE_URL": url})
    assert (asked.code, asked.quotes[0]) == (0, LEE_ASKED)
    back = pullquote("migrate", "--to-folder", "back", env={"DATABASE_URL": url})
    assert back.code == 0
    assert back.out.splitlines()[2] == base
    assert pullquote("ask", LEE_QUESTION, "--json", "--data", "back").quotes == asked.quotes
    (place / "note.md").write_text("# A note\n\nThe mill is closed on Mondays.\n")
    assert pullquote("articles", "add", "note.md", env={"DATABASE_URL": url}).code == 0
    again = pullquote("migrate", url)
    assert again.complaint.startswith(f"There is a library in postgresql://{database} already, and it is not written")
    assert url.split(":")[2].split("@")[0] not in there.out + there.err + back.out + back.err + again.err


@pytest.mark.usefixtures("sample")
def test_what_is_not_finished_is_refused_by_every_command_until_it_is(pullquote: Run, url: str, place: Path) -> None:
    with closing(open_engine(url, unfinished=True)) as engine:
        engine.note_moving('{"source": "' + str(place / "pullquote-data") + '"}')
    database = f"postgresql://{url.rpartition('@')[2]}"
    said = f"A move into the database {database} is not finished; run the same `pullquote migrate` again to finish it."
    for command in (["ask", LEE_QUESTION], ["reindex"], ["articles", "list"], ["backup", "all.zip"], ["run"]):
        outcome = pullquote(*command, env={"DATABASE_URL": url, "DISCORD_TOKEN": SHAPED})
        assert (outcome.code, outcome.complaint) == (2, said)
    assert said.split("; ")[1] in " ".join(pullquote("doctor", env={"DATABASE_URL": url}).out.split())
    assert pullquote("migrate", env={"DATABASE_URL": url}).code == 0
    assert pullquote("ask", LEE_QUESTION, env={"DATABASE_URL": url}).code == 0


@pytest.mark.usefixtures("sample")
def test_nothing_is_moved_from_a_folder_that_a_bot_runs_on(pullquote: Run, url: str, place: Path) -> None:
    facts = replace(WELL, at=datetime.now(UTC))
    write_report(Report.of(facts), place / "pullquote-data")
    assert pullquote("migrate", url).complaint == (
        "A bot runs on pullquote-data, or has ended a moment ago without saying so; stop it, and try again in a minute."
    )
    write_report(Report.of(replace(facts, stopping=True)), place / "pullquote-data")
    assert pullquote("migrate", url).code == 0


def test_bad_input_is_told_in_a_sentence(pullquote: Run, place: Path) -> None:
    assert pullquote("migrate").complaint == (
        "There is no database; name it as `pullquote migrate postgresql://user:password@host/name`, or set "
        "DATABASE_URL."
    )
    assert pullquote("migrate", "mysql://me:hunter2@db/news").complaint == (
        "What was named is no address of a PostgreSQL database; it begins with postgresql://."
    )
    for spoilt in ("me:1@hunter2@127.0.0.1:1/news", "me:1/hunter2@127.0.0.1/news"):
        assert pullquote("migrate", f"postgresql://{spoilt}", "--to-folder", "back").complaint == (
            "The address that was named cannot be read; it has the form postgresql://user:password@host:5432/name, "
            "with special characters of the password written like %40."
        )
    away = "postgresql://me:hunter2@127.0.0.1:1/news"
    assert (
        pullquote("migrate", away).complaint == "There is no folder pullquote-data; name the data folder with --data."
    )
    unreachable = pullquote("migrate", away, "--to-folder", "back").complaint
    assert "127.0.0.1:1/news cannot be reached" in unreachable
    assert "hunter2" not in unreachable
    assert pullquote("migrate", away, "--to-folder", "back", "--data", ".").complaint == (
        "--to-folder names the folder to move into, and --data one to move from; leave out one."
    )
    assert list(place.iterdir()) == []
