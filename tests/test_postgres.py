"""The PostgreSQL of the tests: it has what is used of it, and nothing of it stays."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.postgres import ANOTHER, ROOT, Place, schema

KILLED = """
import time
from tests.postgres import server
with server() as url:
    print(url, flush=True)
    time.sleep(600)
"""
needs_own = pytest.mark.skipif(ANOTHER in os.environ, reason="the server is not ours")


def test_a_test_has_a_schema_of_its_own_and_vectors(postgres_place: Place) -> None:
    with postgres_place.connect() as connection:
        connection.execute(f"CREATE SCHEMA {postgres_place.schema}")
        connection.execute("CREATE TABLE held (near halfvec(3), words text)")
        connection.execute("INSERT INTO held VALUES ('[1, 0, 0]', 'bridge lanes'), ('[0, 1, 0]', 'ferry timetable')")
        by_vector = connection.execute("SELECT words FROM held ORDER BY near <=> '[1, 0, 0]' LIMIT 1").fetchall()
        tables = connection.execute(
            "SELECT table_schema FROM information_schema.tables WHERE table_name = 'held'"
        ).fetchall()
    assert by_vector == [("bridge lanes",)]
    assert tables == [(postgres_place.schema,)]


def test_what_a_test_made_is_dropped_after_it(postgres_server: str) -> None:
    with schema(postgres_server) as place, place.connect() as connection:
        connection.execute(f"CREATE SCHEMA {place.schema}")
        connection.execute("CREATE TABLE held (number int)")
        connection.execute("BEGIN")
    with psycopg.connect(postgres_server) as connection:
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (place.schema,)).fetchall()
    assert found == []


def test_a_new_database_has_no_extensions(postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as connection:
        found = connection.execute("SELECT extname FROM pg_extension ORDER BY 1").fetchall()
    assert found == [("plpgsql",)]


@needs_own
def test_a_wrong_password_is_refused(postgres_server: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_server, password="wrong")


@needs_own
def test_nothing_is_left_when_the_run_is_killed() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # who runs the server passes through it
        run = subprocess.Popen(
            [sys.executable, "-c", KILLED],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": name},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert run.stdout
        with run.stdout:
            url = run.stdout.readline().strip()
        assert next(folder.iterdir()).name.startswith("pullquote-postgres-")
        run.kill()
        run.wait()
        until = time.monotonic() + 30
        while list(folder.iterdir()) and time.monotonic() < until:
            time.sleep(0.02)
        assert not list(folder.iterdir())
    with pytest.raises(psycopg.OperationalError, match=r"Connection refused"):
        psycopg.connect(url)
