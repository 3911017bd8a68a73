"""What `pullquote doctor` says of the server that the libraries are on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.checks import Check, is_fault_among
from bot.cli.server_checks import server_checks
from index import EmbeddedEngine, Server

SOUND = Server(
    "18.6",
    {"vector": "0.8.1", "pg_textsearch": "1.0.0"},
    schema=1,
    size=34_000_000,
    analyzed=datetime.now(UTC) - timedelta(hours=3, minutes=1),
    reach=0.0012,
)


class OnServer(EmbeddedEngine):
    """An engine on that server."""

    def __init__(self, server: Server) -> None:
        super().__init__(Path("unused"))
        self._server = server

    @property
    def place(self) -> str:
        return "news on db.example.org"

    def server(self) -> Server:  # type: ignore[override]
        return self._server


def test_a_sound_server_is_shown_with_what_is_known_of_it() -> None:
    assert list(server_checks(OnServer(SOUND))) == [
        Check(
            "database",
            "news on db.example.org: PostgreSQL 18.6, tables of version 1, 34 MB; reached in 1.2 ms",
        ),
        Check("extensions", "vector 0.8.1, pg_textsearch 1.0.0"),
        Check("statistics", "counted 3 hours ago"),
    ]


def test_folders_have_no_server(tmp_path: Path) -> None:
    assert list(server_checks(EmbeddedEngine(tmp_path))) == []


@pytest.mark.parametrize(
    ("server", "subject", "detail", "remedy"),
    [
        (replace(SOUND, read_only=True), "database", "it takes no changes", "name the primary server in DATABASE_URL"),
        (replace(SOUND, reach=0.31), "database", "310.0 ms, which is long", "run Pullquote nearer to the server"),
        (
            replace(
                SOUND, extensions={"vector": "", "pg_textsearch": "0.3"}, lacking=("vector 0.8", "pg_textsearch 1")
            ),
            "extensions",
            "no vector, pg_textsearch 0.3",
            "install vector 0.8 and pg_textsearch 1 on the server, and run CREATE EXTENSION or ALTER EXTENSION",
        ),
        (
            replace(SOUND, stale=True),
            "statistics",
            "counted 3 hours ago, and much has changed since",
            "run ANALYZE in the database, and see that autovacuum is on",
        ),
        (
            replace(SOUND, stale=True, analyzed=None),
            "statistics",
            "the server has not counted what is in its tables yet, though there is much in them",
            "run ANALYZE in the database, and see that autovacuum is on",
        ),
    ],
    ids=["a standby", "far", "extensions", "stale", "never counted"],
)
def test_what_is_wrong_with_a_server_is_said_with_the_remedy(
    server: Server, subject: str, detail: str, remedy: str
) -> None:
    (fault,) = [check for check in server_checks(OnServer(server)) if check.remedy]
    assert (fault.subject, fault.remedy) == (subject, remedy)
    assert fault.detail.endswith(detail)


def test_a_new_server_without_tables_is_no_fault() -> None:
    checks = list(server_checks(OnServer(replace(SOUND, schema=0, analyzed=None))))
    assert "no tables yet; reached" in checks[0].detail
    assert not is_fault_among(checks)
