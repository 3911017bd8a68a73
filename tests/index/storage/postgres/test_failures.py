"""What goes wrong with a PostgreSQL database is one sentence with a remedy; nothing is lost, and all goes on."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from index import Library, LibraryBusy, LibraryDamaged, LibraryError, LibraryUnreachable, OutOfResources
from index.encoding.encoder import QuestionEncoding
from index.storage.engine import BASE
from index.storage.postgres import connections, schema
from index.storage.postgres import engine as engines
from index.storage.postgres.engine import PostgresEngine
from index.storage.postgres.failures import explanation
from index.storage.postgres.storage import PostgresStorage
from index.storage.types import Scope
from tests.encoder import WordEncoder
from tests.index.storage.test_seam import fill, put
from tests.index.town import BRIDGE, HARBOUR, SCHOOL
from tests.postgres import Place, database, server


def clock() -> datetime:
    return datetime.now(UTC)


@contextmanager
def engine_at(place: Place, pool_size: int = 4, **changed: object) -> Iterator[PostgresEngine]:
    """An engine as another process would have it; `changed` are parts of the address."""
    engine = PostgresEngine(make_conninfo(place.url, **changed), schema=place.schema, pool_size=pool_size)
    yield engine
    engine.close()


@pytest.fixture
def storage(postgres_place: Place) -> Iterator[PostgresStorage]:
    with engine_at(postgres_place) as engine:
        yield engine.open(BASE, clock)


def end_all_others(place: Place) -> None:
    """End the connections of everybody to the server, as its restart would."""
    with place.connect() as connection:
        connection.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'
                   AND application_name LIKE 'process %%'"""
        )


# Connecting


@pytest.mark.parametrize(
    ("changed", "kind", "sentence"),
    [
        (
            {"port": 1},
            LibraryUnreachable,
            r"cannot be reached \(.*refused.*\); see that the server runs, and",
        ),
        ({"password": "wr0ng"}, LibraryError, "refuses the user or the password in its address; put the right ones"),
        ({"user": "nobody_here"}, LibraryError, "refuses the user or the password in its address; put the right ones"),
        ({"dbname": "nowhere"}, LibraryError, "There is no database 'nowhere' at .*; create it, or name another"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_password(
    postgres_place: Place, changed: dict[str, str], kind: type[LibraryError], sentence: str
) -> None:
    with engine_at(postgres_place, **changed) as engine, pytest.raises(kind, match=sentence) as raised:
        engine.names()
    assert type(raised.value) is kind
    password = psycopg.conninfo.conninfo_to_dict(postgres_place.url).get("password") or "wr0ng"
    assert str(password) not in str(raised.value) and "wr0ng" not in str(raised.value)
    assert str(raised.value).count("\n") == 0 and str(raised.value).endswith(".")


@pytest.mark.parametrize("password", ["se%cret", "se@cret", "1/cret"])
def test_an_address_that_cannot_be_read_is_not_shown(password: str) -> None:
    with pytest.raises(LibraryError, match="The address of the database cannot be read") as raised:
        PostgresEngine(f"postgresql://me:{password}@db/news")
    assert "cret" not in str(raised.value)


# What the database lacks


def test_a_database_without_the_extension_gets_it_where_that_is_allowed(postgres_database: str) -> None:
    engine = PostgresEngine(postgres_database)
    assert engine.server().lacking == ("vector 0.8",)
    assert engine.names() == []
    assert engine.server().lacking == ()
    engine.close()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_store_every_text_is_refused_before_anything_is_made_there(
    postgres_server: str, encoding: str
) -> None:
    with database(postgres_server, encoding) as url:
        engine = PostgresEngine(url)
        with pytest.raises(LibraryError, match=f"has the encoding {encoding}, in which .* TEMPLATE template0\\.$"):
            engine.open(BASE, clock)
        engine.close()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT to_regnamespace('pullquote')").fetchone() == (None,)


@pytest.mark.parametrize("theirs", ["TABLE articles (a int)", "VIEW libraries AS SELECT 1", "TABLE library_schema ()"])
def test_tables_of_somebody_else_in_the_way_are_told_of_and_stay(postgres_place: Place, theirs: str) -> None:
    with psycopg.connect(postgres_place.url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {postgres_place.schema} CREATE {theirs}".encode())
    told = pytest.raises(LibraryError, match=r"are not as Pullquote made them \(.*\); name a database of its own in")
    with engine_at(postgres_place) as engine, told:
        engine.names()
    with postgres_place.connect() as connection:
        query = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = to_regnamespace(%s)"
        assert connection.execute(query, (postgres_place.schema,)).fetchone() == (1,)


def test_where_it_is_not_allowed_who_may_is_told_the_statement(postgres_database: str) -> None:
    with lesser_user(postgres_database) as url:
        engine = PostgresEngine(url)
        with pytest.raises(LibraryError, match=r"The extension vector is not in .*: CREATE EXTENSION vector\.$"):
            engine.names()
        engine.close()


@contextmanager
def lesser_user(url: str, options: str = "") -> Iterator[str]:
    """The address with a user who owns nothing."""
    name = sql.Identifier(f"reader_{abs(hash(url)) % 10**8}")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'pass' " + options).format(name))
        try:
            yield make_conninfo(url, user=name.as_string().strip('"'), password="pass")
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {}").format(name))
            owner.execute(sql.SQL("DROP ROLE {}").format(name))


def test_who_may_not_make_tables_is_told_who_can_grant_it(postgres_place: Place) -> None:
    with lesser_user(postgres_place.url) as url:
        engine = PostgresEngine(url, schema=postgres_place.schema)
        with pytest.raises(LibraryError, match=r"may not do that \(permission denied .*; let its owner grant it\."):
            engine.open(BASE, clock)
        engine.close()


def test_an_extension_that_is_too_old_is_named_with_what_is_needed(
    postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.EXTENSIONS, "vector", ("pgvector", (0, 99)))
    needed = r"extension vector of .* has version 0\.\S+, which is too old; install pgvector 0\.99 or newer"
    with engine_at(postgres_place) as engine:
        with pytest.raises(LibraryError, match=needed):
            engine.open(BASE, clock)
        assert engine.server().lacking == ("vector 0.99",)


def test_a_server_that_is_too_old_is_told_what_is_needed(
    postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LEAST_VERSION", 99)
    with (
        engine_at(postgres_place) as engine,
        pytest.raises(LibraryError, match=r"is of PostgreSQL \d\d, which is too old; upgrade it to PostgreSQL 99 or"),
    ):
        engine.open(BASE, clock)


def test_tables_of_a_newer_version_are_refused_and_left_alone(postgres_place: Place, storage: PostgresStorage) -> None:
    fill(storage, SCHOOL)
    with postgres_place.connect() as connection:
        connection.execute("INSERT INTO library_schema VALUES (%s)", (schema.NEWEST + 1,))
    newer = rf"have schema {schema.NEWEST + 1}, this Pullquote reads {schema.NEWEST}; upgrade it, or name another"
    with engine_at(postgres_place) as engine:
        for _ in range(2):
            with pytest.raises(LibraryError, match=newer):
                engine.open(BASE, clock)
    with storage.reading() as snapshot:
        assert snapshot.articles() == [SCHOOL]


def test_two_processes_that_come_first_make_the_tables_once(postgres_place: Place) -> None:
    problems: list[BaseException] = []

    def come() -> None:
        try:
            with engine_at(postgres_place) as engine:
                fill(engine.open("servers/1", clock), SCHOOL)
        except BaseException as error:  # noqa: BLE001
            problems.append(error)

    both = [threading.Thread(target=come) for _ in range(3)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert problems == []
    with postgres_place.connect() as connection:
        assert connection.execute("SELECT version FROM library_schema").fetchall() == [
            (version,) for version in range(1, schema.NEWEST + 1)
        ]
        assert connection.execute("SELECT name, generation FROM libraries").fetchall() == [("servers/1", 3)]


def test_a_process_is_named_by_its_command_and_by_nothing_that_may_be_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/pullquote", "reindex", "--full"])
    assert connections.program() == f"process {os.getpid()} (pullquote reindex)"
    monkeypatch.setattr("sys.argv", ["count.py", "postgresql://me:secret@db/news"])
    assert connections.program() == f"process {os.getpid()} (count.py)"


def test_the_server_gives_up_a_machine_that_is_gone_and_not_one_that_embeds(postgres_place: Place) -> None:
    changed = {"options": "-c idle_in_transaction_session_timeout=1000"}
    with engine_at(postgres_place, **changed) as engine, engine.connection() as connection:
        settings = ("tcp_keepalives_idle", "tcp_user_timeout", "idle_in_transaction_session_timeout")
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in settings]
    assert shown == [("10",), ("30000",), ("0",)]


# A server that only reads


EVERYTHING = Scope()
READ_ONLY = {"options": "-c default_transaction_read_only=on"}


def test_a_server_that_takes_no_changes_is_read_and_not_written(
    postgres_place: Place, storage: PostgresStorage
) -> None:
    fill(storage, SCHOOL)
    standby = r"takes no changes, as a standby does not; name the primary server in its address\."
    with engine_at(postgres_place, **READ_ONLY) as engine:
        assert engine.server().read_only
        same = engine.open(BASE, clock)
        with same.reading() as snapshot:
            assert snapshot.articles() == [SCHOOL]
            assert len(snapshot.best_by_words(["school"], 5, EVERYTHING)) == 1
        with pytest.raises(LibraryError, match=standby), same.writing(1) as update:
            put(update, BRIDGE)
        with pytest.raises(LibraryError, match=standby):
            engine.open("servers/1", clock)
    with storage.reading() as snapshot:
        assert snapshot.articles() == [SCHOOL]


def test_a_server_that_takes_no_changes_and_has_no_tables_yet_says_so(postgres_place: Place) -> None:
    with engine_at(postgres_place, **READ_ONLY) as engine, pytest.raises(LibraryError, match="takes no changes"):
        engine.names()


# Lost connections


def test_connections_that_were_lost_while_nobody_used_them_are_made_anew(
    postgres_place: Place, storage: PostgresStorage
) -> None:
    fill(storage, SCHOOL)
    with storage.reading(), storage.reading():
        pass  # now two are idle
    end_all_others(postgres_place)
    for _ in range(2):
        with storage.reading() as snapshot:
            assert snapshot.articles() == [SCHOOL]
    fill(storage, BRIDGE)


def test_who_loses_the_connection_in_the_middle_of_reading_is_told_so_and_the_next_is_not(
    postgres_place: Place, storage: PostgresStorage
) -> None:
    fill(storage, SCHOOL)
    lost = r"The connection to the database .* was lost \(.*\), so nothing was changed; try again when"
    with pytest.raises(LibraryUnreachable, match=lost), storage.reading() as snapshot:
        end_all_others(postgres_place)
        snapshot.articles()
    with storage.reading() as snapshot:
        assert snapshot.articles() == [SCHOOL]


def test_a_question_that_loses_its_connection_is_asked_once_more(
    postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = WordEncoder()
    with (
        engine_at(postgres_place) as engine,
        Library.open_in(engine, BASE, load_encoder=lambda: encoder, threshold=0.0) as library,
    ):
        library.update([SCHOOL, HARBOUR])
        expected = library.ask("Who is the harbour master?").quotes
        encode, losses = encoder.encode_question, [True, False]

        def lose_it(question: str) -> QuestionEncoding:
            if losses.pop(0):
                end_all_others(postgres_place)
            return encode(question)

        monkeypatch.setattr(encoder, "encode_question", lose_it)
        assert library.ask("Who is the harbour master?").quotes == expected
        losses[:] = [True, True]
        with pytest.raises(LibraryUnreachable):
            library.ask("Who is the harbour master?")
        losses[:] = [False]
        assert library.ask("Who is the harbour master?").quotes == expected


def test_of_an_update_that_loses_its_connection_nothing_lands(postgres_place: Place, storage: PostgresStorage) -> None:
    fill(storage, SCHOOL)
    with pytest.raises(LibraryUnreachable, match="was lost"), storage.writing(1) as update:
        put(update, BRIDGE)
        update.delete("school")
        end_all_others(postgres_place)
        put(update, HARBOUR)
    with storage.reading() as snapshot:
        assert (snapshot.articles(), snapshot.read_generation()) == ([SCHOOL], 1)
        assert snapshot.passage_counts(["bridg"]) == {"bridg": 0}
    with storage.writing(1) as update:  # nobody holds the lock
        put(update, BRIDGE)
    assert storage.examine().faults == ()


def lose_commit(monkeypatch: pytest.MonkeyPatch, place: Place, *, is_done: bool) -> None:
    """Lose the connection at the next COMMIT, after or before the server has done it."""
    execute, left = psycopg.Connection.execute, [True]

    def lost(self: psycopg.Connection, query: str, *values: object, **options: object) -> psycopg.Cursor:
        if query == "COMMIT" and left and left.pop():
            if is_done:
                execute(self, query)
            end_all_others(place)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return execute(self, query, *values, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", lost)


def test_an_update_whose_end_was_not_heard_of_is_complete_if_the_server_says_so(
    postgres_place: Place, storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_commit(monkeypatch, postgres_place, is_done=True)
    fill(storage, SCHOOL)
    with storage.reading() as snapshot:
        assert (snapshot.articles(), snapshot.read_generation()) == ([SCHOOL], 1)


def test_an_update_that_was_lost_at_its_end_is_not_there_if_the_server_says_so(
    postgres_place: Place, storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_commit(monkeypatch, postgres_place, is_done=False)
    with pytest.raises(LibraryUnreachable, match="so nothing was changed"):
        fill(storage, SCHOOL)
    with storage.reading() as snapshot:
        assert snapshot.read_generation() == 0


def test_a_server_that_is_stopped_in_the_middle_of_an_update_and_of_a_question_is_told_of() -> None:
    with ExitStack() as running:
        engine = PostgresEngine(running.enter_context(server()))
        storage = engine.open(BASE, clock)
        fill(storage, SCHOOL)
        with pytest.raises(LibraryUnreachable, match="was lost"), storage.reading() as snapshot:
            with pytest.raises(LibraryUnreachable, match="was lost"), storage.writing(1) as update:
                put(update, BRIDGE)
                running.close()
                put(update, HARBOUR)
            snapshot.articles()
        for use in (engine.names, storage.warm, storage.examine, engine.reach, engine.server):
            with pytest.raises(LibraryUnreachable, match="cannot be reached"):
                use()
        engine.close()


LIMITS = ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")


def test_limits_that_the_server_sets_for_everybody_end_no_long_update(postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as owner:
        for name in LIMITS[: 4 if owner.info.server_version >= 170_000 else 1]:
            named = (sql.Identifier(owner.info.dbname), sql.Identifier(name))
            owner.execute(sql.SQL("ALTER DATABASE {} SET {} = '5ms'").format(*named))
    engine = PostgresEngine(postgres_database)
    storage = engine.open(BASE, clock)
    with engine._connections.looking() as connection:
        held = [connection.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in LIMITS]
        connection.execute("SELECT pg_sleep(0.02)")
    assert held == [("0",)] * len(LIMITS)
    fill(storage, SCHOOL)
    engine.close()


def test_a_statement_that_the_administrator_has_ended_is_told(storage: PostgresStorage) -> None:
    told = pytest.raises(
        LibraryError, match=r"has ended what it was asked \(canceling .*\), so nothing was changed; see"
    )
    with told, storage.writing(1) as update:
        put(update, SCHOOL)
        raise explanation(psycopg.errors.QueryCanceled("canceling statement due to user request"), storage.place)
    with storage.reading() as snapshot:
        assert snapshot.articles() == []


# What runs out


def test_a_full_disk_is_said_to_be_that_of_the_server_and_nothing_lands(
    postgres_place: Place, storage: PostgresStorage
) -> None:
    fill(storage, SCHOOL)
    with postgres_place.connect() as connection:
        connection.execute(
            """CREATE FUNCTION fill_up() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"""
        )
        connection.execute("CREATE TRIGGER filled BEFORE INSERT ON passages EXECUTE FUNCTION fill_up()")
    with pytest.raises(OutOfResources, match=r"The disk of the server of .* is full, so nothing was changed; free"):
        fill(storage, BRIDGE)
    with postgres_place.connect() as connection:
        connection.execute("DROP TRIGGER filled ON passages")
    with storage.reading() as snapshot:
        assert (snapshot.articles(), snapshot.read_generation()) == ([SCHOOL], 1)
    fill(storage, BRIDGE)


def test_when_all_connections_are_in_use_a_question_waits_and_is_then_told_so(
    postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.05)
    with engine_at(postgres_place, pool_size=1) as engine:
        storage = engine.open(BASE, clock)
        with storage.reading() as snapshot:
            with pytest.raises(OutOfResources, match=r"All 1 connections to the database .* have been in use"):
                engine.names()
            fill(storage, SCHOOL)  # updates have connections of their own
            assert snapshot.articles() == []
        assert engine.names() == [BASE]


def test_a_server_that_takes_no_more_connections_is_told_of(postgres_place: Place, storage: PostgresStorage) -> None:
    fill(storage, SCHOOL)
    with lesser_user(postgres_place.url, "SUPERUSER CONNECTION LIMIT 1") as url:
        engine = PostgresEngine(url, schema=postgres_place.schema)
        with psycopg.connect(postgres_place.url, autocommit=True) as owner:
            owner.execute(
                sql.SQL("ALTER ROLE {} NOSUPERUSER").format(
                    sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(url)["user"]))
                )
            )
            owner.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO PUBLIC").format(sql.Identifier(postgres_place.schema)))
            owner.execute(
                sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO PUBLIC").format(
                    sql.Identifier(postgres_place.schema)
                )
            )
        same = engine.open(BASE, clock)
        with same.reading() as snapshot:
            with pytest.raises(OutOfResources, match="takes no more connections; raise its max_connections"):
                engine.names()
            assert snapshot.articles() == [SCHOOL]
        engine.close()


# Others


def test_who_updates_is_named_with_the_time_since_when(
    storage: PostgresStorage, postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PATIENCE_TO_DELETE", 0.05)
    named = r"being updated by process \d+ \(.*\), since \d\d:\d\d:\d\d UTC; try again when it is done\."
    with engine_at(postgres_place) as engine:
        other = engine.open(BASE, clock)
        with storage.writing(1):
            with pytest.raises(LibraryBusy, match=named), other.writing(0.05):
                pass
            with pytest.raises(LibraryBusy, match=named):
                engine.delete(BASE)
        assert engine.exists(BASE)


def test_damage_that_the_server_finds_is_told_as_damage(postgres_place: Place, storage: PostgresStorage) -> None:
    fill(storage, SCHOOL)
    with postgres_place.connect() as connection:
        connection.execute(
            """CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'invalid page in block 7' USING ERRCODE = 'data_corrupted'; END $$"""
        )
        connection.execute("CREATE TRIGGER spoiled BEFORE INSERT ON articles EXECUTE FUNCTION spoil()")
    with pytest.raises(LibraryDamaged, match=r"is damaged \(invalid page in block 7\); put its last backup back\."):
        fill(storage, BRIDGE)
