"""The bot on a PostgreSQL database: what readers and editors see while the server is there, lost, away, and back."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.client import Pullquote
from bot.errors import RecordsUnreachable
from bot.run import opened_bot
from bot.services.libraries import name_of
from bot.settings import Settings
from bot.watching.health import Report, Status
from bot.watching.status_file import read_report
from bot.watching.watcher import Watcher
from index import (
    BASE,
    Article,
    Engine,
    Library,
    LibraryUnreachable,
    OutOfResources,
    SentenceTransformerEncoder,
    open_engine,
    sample_articles,
)
from index.storage.postgres import connections
from index.storage.postgres.engine import POOL_SIZE, PostgresEngine
from index.storage.postgres.snapshot import PostgresSnapshot
from index.storage.postgres.writer import Writer
from tests.e2e.conftest import (
    BAKERY_ANSWER,
    BAKERY_QUESTION,
    LEE_ASKED,
    LEE_QUESTION,
    STACK,
    TIDES,
    Run,
    open_web,
)
from tests.e2e.test_corrections import LOOKED, OVEN, OVEN_QUESTION, rewrite, seen, struck
from tests.e2e.test_corrections import TIDES as OVEN_ARTICLE
from tests.e2e.world import World, quotes, text
from tests.parser import PARSER
from tests.tools.relay import Relay

AWAY = "My database cannot be reached just now; try again in a few minutes."
PASSWORD = "a very secret word"


def url_of(dsn: str, **changed: object) -> str:
    """A database as DATABASE_URL names it."""
    parts = conninfo_to_dict(dsn) | changed
    password = quote(str(parts["password"]), safe="")
    return f"postgresql://{parts['user']}:{password}@{parts['host']}:{parts['port']}/{parts['dbname']}"


@pytest.fixture
def relay(postgres_database: str) -> Iterator[Relay]:
    """What is between the bot and the server."""
    with Relay.to(postgres_database) as relay:
        yield relay


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    """The same database, as another process sees it."""
    with contextlib.closing(open_engine(url_of(postgres_database))) as engine:
        yield engine


@pytest.fixture
def simcord_bot(
    relay: Relay, tmp_path: Path, real_encoder: SentenceTransformerEncoder, request: pytest.FixtureRequest
) -> Iterator[Pullquote]:
    """The bot over the bundled sample in that database. This replaces the fixture of the same name."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", database_url=url_of(relay.url), cooldown_seconds=0)
    with ExitStack() as stack:
        opened = stack.enter_context(contextlib.closing(open_engine(settings.libraries_at)))
        base = stack.enter_context(Library.open_in(opened, BASE, load_encoder=lambda: real_encoder))
        base.update(sample_articles())
        request.node.stash[STACK] = stack
        yield stack.enter_context(opened_bot(settings, base, lambda: real_encoder, PARSER, open_web, engine=opened))
        relay.mend()


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often as in reality. This replaces the fixture of the same name."""


def elsewhere(engine: Engine, name: str, encoder: SentenceTransformerEncoder) -> Library:
    return Library.open_in(engine, name, load_encoder=lambda: encoder)


async def looked(world: World) -> Report:
    with world.env.time_context():
        return await Watcher(world.bot).look()


async def add(world: World) -> str:
    """What the admin is told, alone, when adding TIDES."""
    return text((await world.admin.slash(world.channel, "articles add", file=("tides.md", TIDES.encode()))).response)


@contextlib.contextmanager
def lost_once(
    monkeypatch: pytest.MonkeyPatch, relay: Relay, kind: type, method: str, *, lasting: bool
) -> Iterator[list[int]]:
    """The connections are cut when that is called the first time. `lasting`: the server stays away."""
    calls, as_it_is = list[int](), getattr(kind, method)

    def cutting(self: object, *arguments: Any, **options: Any) -> object:  # noqa: ANN401 - whatever it takes
        calls.append(1)
        if len(calls) == 1:
            relay.cut()
            if not lasting:
                relay.mend()
        return as_it_is(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(kind, method, cutting)
        yield calls


async def test_readers_and_editors_find_all_as_it_is_with_files(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    assert quotes(answer)[0] == LEE_ASKED
    assert (await add(world)).startswith("### Added: *The bakery that opens with the tide*")
    assert quotes(await world.mention(BAKERY_QUESTION))[0] == BAKERY_ANSWER
    result = await world.reader.slash(world.channel, "ask", question=BAKERY_QUESTION)
    assert quotes(result.response)[0] == BAKERY_ANSWER
    await world.admin.slash(world.channel, "reindex", full=True)
    assert "1 article" in text(world.last)
    assert quotes(await world.mention(BAKERY_QUESTION))[0] == BAKERY_ANSWER
    assert world.bot.services.libraries.servers() == [world.guild.id]
    removed = await world.admin.slash(world.channel, "articles remove", article="The bakery that opens with the tide")
    await world.admin.click(removed.response, label="Remove it")
    assert BAKERY_ANSWER not in quotes(await world.mention(BAKERY_QUESTION))


async def test_the_bot_that_is_well_says_where_its_database_is_and_nowhere_its_password(
    world: World, postgres_database: str
) -> None:
    report = await looked(world)
    assert (report.status, report.problems) == (Status.OK, ())
    storage = report.facts.storage
    assert storage.on_server and storage.reach is not None and 0 < storage.reach < 5
    assert str(conninfo_to_dict(postgres_database)["dbname"]) in storage.place
    assert report.facts.base and report.facts.base.generation == 1
    folder = world.bot.services.settings.data_dir
    assert read_report(folder) == report
    password = str(conninfo_to_dict(postgres_database)["password"])
    assert all(password not in file.read_text() for file in folder.iterdir())
    assert {file.name for file in folder.iterdir()} == {"commands.json", "status.json"}


@pytest.mark.parametrize("is_ended", [False, True], ids=["the connection is cut", "the server ends it"])
async def test_a_question_during_which_the_server_is_lost_is_answered_from_the_beginning(
    world: World, relay: Relay, postgres_database: str, monkeypatch: pytest.MonkeyPatch, is_ended: bool
) -> None:
    def end_all() -> None:
        with psycopg.connect(postgres_database, autocommit=True) as connection:
            connection.execute(
                """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )

    if is_ended:
        monkeypatch.setattr(relay, "cut", end_all)
    with lost_once(monkeypatch, relay, PostgresSnapshot, "nearest", lasting=False) as calls:
        assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    assert len(calls) == 2
    monkeypatch.undo()


async def test_while_the_server_is_away_readers_are_told_so_and_then_all_goes_on(
    world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with lost_once(monkeypatch, relay, PostgresSnapshot, "nearest", lasting=True) as calls:
        assert text(await world.mention(LEE_QUESTION)).startswith(AWAY)
    assert len(calls) == 1  # the second time there was no connection to ask it on
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert text(result.followups[-1]).startswith(AWAY)
    assert "cannot be reached" in caplog.text
    began = time.monotonic()
    report = await looked(world)
    assert time.monotonic() - began < 10
    assert report.status is Status.UNHEALTHY
    (said,) = [problem.sentence for problem in report.problems if problem.part == "database"]
    assert said.endswith("see that the server runs, and that DATABASE_URL is right.")
    relay.mend()
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    report = await looked(world)
    assert report.is_well and not report.facts.storage.problem
    world.refused(LibraryUnreachable, RecordsUnreachable)


async def test_of_an_update_during_which_the_server_is_lost_nothing_lands(
    world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lost_once(monkeypatch, relay, Writer, "complete", lasting=False) as calls:
        assert (await add(world)).startswith(AWAY)
    assert len(calls) == 1
    own = world.bot.services.libraries.own(world.guild.id)
    assert own is not None
    assert (own.read_generation(), own.articles()) == (0, [])
    assert (await add(world)).startswith("### Added")
    assert quotes(await world.mention(BAKERY_QUESTION))[0] == BAKERY_ANSWER
    world.refused(LibraryUnreachable, RecordsUnreachable)


async def test_of_a_reindex_during_which_the_server_is_lost_nothing_lands_and_the_next_one_does(
    world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(world)
    own = world.bot.services.libraries.own(world.guild.id)
    assert own is not None
    before = own.read_generation()
    with lost_once(monkeypatch, relay, Writer, "complete", lasting=False):
        await world.admin.slash(world.channel, "reindex", full=True)
    assert AWAY in text(world.last)
    assert own.read_generation() == before
    assert quotes(await world.mention(BAKERY_QUESTION))[0] == BAKERY_ANSWER
    await world.admin.slash(world.channel, "reindex", full=True)
    assert own.read_generation() == before + 1
    assert own.check() == ()
    world.refused(LibraryUnreachable, RecordsUnreachable)


async def test_where_all_connections_are_in_use_a_reader_is_told_so_and_health_says_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.01)
    engine = world.bot.services.libraries.engine
    assert isinstance(engine, PostgresEngine)
    with ExitStack() as held:
        for _ in range(POOL_SIZE):
            held.enter_context(engine._connections.lent())
        said = text(await world.mention(LEE_QUESTION))
        assert said.startswith("The machine that I run on is out of connections just now;")
        report = await looked(world)
        assert report.status is Status.UNHEALTHY
        assert f"All {POOL_SIZE} connections" in " ".join(problem.sentence for problem in report.problems)
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    world.refused(OutOfResources)


async def test_what_another_process_changes_is_noticed_at_the_next_question_and_by_what_looks_for_corrections(
    world: World, engine: Engine, real_encoder: SentenceTransformerEncoder
) -> None:
    with elsewhere(engine, BASE, real_encoder) as base:
        base.update([OVEN_ARTICLE])
        answer = await world.mention(OVEN_QUESTION)
        assert quotes(answer) == [OVEN]
        rewrite(base, "tides", "a lighthouse keeper", "a harbour pilot")
    await world.env.advance_time(LOOKED)
    assert struck(seen(world, answer)) == [OVEN]
    name = name_of(world.guild.id)
    with elsewhere(engine, name, real_encoder) as own:
        own.update([Article("ferry", "The ferry", "A ticket for the ferry to Elm Island costs four pounds.")])
    ticket = "What does a ticket for the ferry to Elm Island cost?"
    assert quotes(await world.mention(ticket)) == ["A ticket for the ferry to Elm Island costs four pounds."]
    shown = await world.reader.autocomplete(world.channel, "ask", "article", "The fer")
    assert [choice["name"] for choice in shown] == ["The ferry"]
    engine.delete(name)
    assert quotes(await world.mention(ticket)) == []


# On the command line


def on_server(place: str) -> dict[str, str | Path]:
    return {"DATABASE_URL": place}


def test_commands_work_on_the_database_and_leave_no_files(pullquote: Run, postgres_database: str, place: Path) -> None:
    env = on_server(url_of(postgres_database))
    Path("tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "tides.md", env=env).code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json", env=env).quotes[0] == BAKERY_ANSWER
    changed = TIDES.replace("lighthouse\nkeeper", "harbour\npilot")
    Path("tides.md").write_text(changed)
    assert pullquote("articles", "add", "tides.md", env=env).code == 0
    assert pullquote("corrections", env=env).out
    assert pullquote("rollback", env=env).code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json", env=env).quotes[0] == BAKERY_ANSWER
    assert pullquote("export", "all.jsonl", env=env).code == 0
    assert pullquote("import", "all.jsonl", "--data", "pullquote-data", env=env).code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--data", "pullquote-data").quotes[0] == BAKERY_ANSWER
    assert pullquote("reindex", "--full", env=env).code == 0
    assert "All of it stays in the operator's database and in the backups" in pullquote("privacy", env=env).out
    assert pullquote("articles", "list", env=env).out.startswith("tides\t")
    assert {path.name for path in place.iterdir()} == {"tides.md", "all.jsonl", "pullquote-data"}


def test_doctor_says_how_the_server_is(pullquote: Run, postgres_database: str) -> None:
    env = on_server(url_of(postgres_database))
    assert pullquote("ask", LEE_QUESTION, "--json", env=env).code == 0
    checked = pullquote("doctor", env=env)
    said = " ".join(checked.out.split())
    assert checked.code == 0, checked
    for words in ("PostgreSQL 1", "tables of version ", "reached in", "extensions", "vector 0.", "statistics"):
        assert words in said, said
    assert str(conninfo_to_dict(postgres_database)["password"]) not in checked.out + checked.err


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"port": 1}, "cannot be reached"),
        ({"password": PASSWORD}, "refuses the user or the password in its address"),
        ({"dbname": "no such"}, "There is no database 'no such'"),
    ],
    ids=["no server", "a wrong password", "no database"],
)
def test_a_database_that_cannot_be_used_is_one_sentence_and_nothing_is_made(
    pullquote: Run, postgres_database: str, place: Path, changed: dict[str, object], said: str
) -> None:
    url = url_of(postgres_database, **changed).replace("no such", "no%20such")
    env = on_server(url) | {"DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"}
    for command in (("ask", LEE_QUESTION), ("run",), ("articles", "list")):
        complaint = pullquote(*command, env=env).complaint
        assert said in complaint
        assert PASSWORD not in complaint
    checked = pullquote("doctor", env=env)
    assert checked.code == 2
    assert said in " ".join(checked.out.split())
    assert PASSWORD not in checked.out + checked.err
    assert list(place.iterdir()) == []


def test_of_a_command_that_loses_the_server_nothing_lands(
    pullquote: Run, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = on_server(url_of(relay.url))
    Path("tides.md").write_text(TIDES)
    before = pullquote("articles", "list", env=env)
    assert before.code == 0
    with lost_once(monkeypatch, relay, Writer, "complete", lasting=False):
        complaint = pullquote("articles", "add", "tides.md", env=env).complaint
    assert "so nothing was changed" in complaint
    assert pullquote("articles", "list", env=env).out == before.out
    assert pullquote("articles", "add", "tides.md", env=env).code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json", env=env).quotes[0] == BAKERY_ANSWER


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("INSERT INTO pullquote.library_schema VALUES (99)", "have schema 99, this Pullquote reads"),
        ("INSERT INTO pullquote.records_schema VALUES (99)", "are of version 99, this Pullquote reads"),
        ("ALTER DATABASE {} SET default_transaction_read_only = on", "takes no changes"),
    ],
    ids=["newer libraries", "newer records", "a standby"],
)
def test_a_database_that_is_not_to_be_written_is_refused_at_the_start_and_left_as_it_is(
    pullquote: Run, postgres_database: str, statement: str, said: str
) -> None:
    env = on_server(url_of(postgres_database))
    assert pullquote("pins", "list", env=env).code == 0  # there are libraries and records
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(statement.format(conninfo_to_dict(postgres_database)["dbname"]))
    token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
    refused = pullquote("run", env=env | {"DISCORD_TOKEN": token})
    assert refused.code == 2
    assert said in refused.err.splitlines()[-1]
    assert "Traceback" not in refused.err
    checked = pullquote("doctor", env=env)
    assert checked.code == 2
    assert "Traceback" not in checked.err
