"""Which libraries a PostgreSQL database has, and what is told of its server."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from psycopg import sql

from index import Source, SourceUpdate
from index.storage.engine import BASE
from index.storage.postgres import own
from index.storage.postgres.engine import PostgresEngine
from index.storage.postgres.schema import NEWEST, TABLES
from tests.index.storage.test_seam import fill
from tests.index.town import BRIDGE, SCHOOL
from tests.postgres import Place


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def engine(postgres_place: Place) -> Iterator[PostgresEngine]:
    engine = PostgresEngine(postgres_place.url, schema=postgres_place.schema)
    yield engine
    engine.close()


def test_libraries_are_there_once_opened_and_listed_by_their_numbers(engine: PostgresEngine) -> None:
    assert engine.names() == [] and not engine.exists(BASE)
    for name in ("servers/10", "servers/9", BASE, "groups/3", BASE):
        engine.open(name, clock)
    assert engine.names() == [BASE, "groups/3", "servers/9", "servers/10"]
    assert engine.exists("servers/9") and not engine.exists("servers/8")
    with pytest.raises(ValueError, match="'../9' is no name of a library"):
        engine.open("../9", clock)


def test_a_library_is_deleted_with_all_its_rows_and_no_other(engine: PostgresEngine, postgres_place: Place) -> None:
    one, other = engine.open("servers/1", clock), engine.open("servers/2", clock)
    fill(one, SCHOOL)
    fill(other, BRIDGE)
    engine.delete("servers/1")
    engine.delete("servers/3")
    assert engine.names() == ["servers/2"]
    with postgres_place.connect() as connection:
        for table in TABLES:
            left = connection.execute(f"SELECT DISTINCT library FROM {table}").fetchall()
            assert left in ([], [(2,)]), table
    with other.reading() as snapshot:
        assert snapshot.articles() == [BRIDGE]
    with one.reading() as snapshot:
        assert snapshot.articles() == [], "who still has it open finds it empty"
    fill(one, SCHOOL)
    with one.reading() as snapshot:
        assert (snapshot.read_generation(), snapshot.articles()) == (1, [SCHOOL])


def test_what_is_known_of_the_server_is_told_before_and_after_there_are_tables(
    engine: PostgresEngine, postgres_place: Place
) -> None:
    before = engine.server()
    assert (before.schema, before.size, before.lacking, before.read_only) == (0, 0, (), False)
    fill(engine.open(BASE, clock), SCHOOL)
    after = engine.server()
    assert after.schema == NEWEST
    assert after.size > 100_000
    assert int(after.version.split(".")[0]) >= 16
    assert tuple(map(int, after.extensions["vector"].split("."))) >= (0, 8)
    assert 0 < after.reach < 5 and 0 < engine.reach() < 5


def test_what_newer_versions_add_is_made_for_the_tables_that_are_there_of_large_libraries_too(
    engine: PostgresEngine, postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed = """SELECT tablename, indexname FROM pg_indexes
                 WHERE schemaname = %s AND indexdef LIKE '%%(library, published)' ORDER BY tablename"""
    with monkeypatch.context() as earlier:
        earlier.setattr(own, "OWN_TABLE", 1)
        fill(engine.open(BASE, clock), SCHOOL, BRIDGE)
        engine.close()
    with postgres_place.connect() as connection:  # as it was in version 3
        for _, index in connection.execute(indexed, (postgres_place.schema,)).fetchall():
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
        connection.execute("ALTER TABLE libraries DROP COLUMN failing_since")
        connection.execute("DELETE FROM library_schema WHERE version > 3")
    later = PostgresEngine(postgres_place.url, schema=postgres_place.schema)
    now = clock()
    failed = Source("feed", "https://a.example/feed", now, checked=now, result="It is away.")
    with later.open(BASE, clock).writing(1) as update:
        update.remember(SourceUpdate((failed,)))
    with later.open(BASE, clock).reading() as snapshot:
        assert len(snapshot.articles()) == 2
        assert snapshot.failing_since() == {failed.address: now}
    later.close()
    with postgres_place.connect() as connection:
        held = connection.execute(indexed, (postgres_place.schema,)).fetchall()
    assert [table for table, _ in held] == ["passages", "passages_1"]


def test_the_place_has_no_password_and_no_user() -> None:
    assert PostgresEngine("postgresql://me:secret@db.example:5433/news?sslmode=require").place == (
        "postgresql://db.example:5433/news"
    )
    assert PostgresEngine("postgres://me:secret@a:5433,b:5434/news").place == "postgresql://a:5433,b:5434/news"
    assert "secret" not in repr(PostgresEngine("postgres://me:secret@a/news")._connections._address)
