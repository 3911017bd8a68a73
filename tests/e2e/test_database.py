"""DATABASE_URL on the command line: what is said where it cannot be used, and what `--data` then means."""

import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, Run

URL = "postgresql://reader:hunter2@db.example.org/news"


@pytest.fixture
def _without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("index.storage.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("psycopg", "psycopg_pool", "pgvector"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("_without_the_extra")
def test_without_the_extra_a_command_says_what_to_install_and_makes_nothing(pullquote: Run, place: Path) -> None:
    said = 'What PostgreSQL needs is not installed; run: pip install -e ".[postgres]"'
    outcome = pullquote("ask", LEE_QUESTION, env={"DATABASE_URL": URL})
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{said}\n")
    checked = pullquote("doctor", env={"DATABASE_URL": URL})
    assert "database" in checked.out
    assert 'pip install -e ".[postgres]"' in " ".join(checked.out.split())
    assert "hunter2" not in checked.out + checked.err
    assert list(place.iterdir()) == []


def test_an_address_of_something_else_is_refused_without_being_shown(pullquote: Run) -> None:
    said = pullquote("ask", LEE_QUESTION, env={"DATABASE_URL": URL.replace("postgresql", "mysql")}).complaint
    assert said.startswith("DATABASE_URL is not the address of a PostgreSQL database, such as postgresql://name:")
    assert "hunter2" not in said


@pytest.mark.usefixtures("sample")
def test_a_folder_that_is_named_is_used_and_the_database_is_not(pullquote: Run) -> None:
    outcome = pullquote("ask", LEE_QUESTION, "--json", "--data", "pullquote-data", env={"DATABASE_URL": URL})
    assert (outcome.code, outcome.quotes[0]) == (0, LEE_ASKED)
    assert pullquote("backup", "all.zip", "--data", "pullquote-data", env={"DATABASE_URL": URL}).code == 0
    assert pullquote("restore", "all.zip", "--data", "again", env={"DATABASE_URL": URL}).code == 0


def test_what_is_about_a_data_folder_says_so_where_there_is_a_database(pullquote: Run, place: Path) -> None:
    env = {"DATABASE_URL": URL, "DISCORD_TOKEN": "a.b.c"}
    assert pullquote("restore", "all.zip", env=env).complaint == (
        "A backup is put back into a data folder, and DATABASE_URL names a database; name a folder with --data, and "
        "move that into the database with `pullquote migrate`."
    )
    assert pullquote("run", "--data", "elsewhere", env=env).complaint == (
        "DATABASE_URL is set, and --data names a folder to run on; set DATA_DIR for the folder of this process, or "
        "remove DATABASE_URL."
    )
    assert list(place.iterdir()) == []
