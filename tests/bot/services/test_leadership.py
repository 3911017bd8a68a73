"""One of several processes leads, and another one takes over."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest

from bot.errors import SettingsError
from bot.services import leadership
from bot.services.duties import Duties
from bot.services.leadership import Leadership, SharedLeadership
from bot.shards import Shards
from bot.storage import lock_session
from bot.storage.database import SCHEMA
from bot.storage.lock_session import LockSession, SessionLost
from index import lock_number
from tests.tools.relay import Relay

ROOT = Path(__file__).parents[3]
ONE, OTHER = Shards(2, (0,)), Shards(2, (1,))


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """All as it is, ten times as fast."""
    monkeypatch.setattr(leadership, "CONFIRM_SECONDS", 0.2)
    monkeypatch.setattr(leadership, "POLL_SECONDS", (0.4, 0.6))


Lead = Callable[..., SharedLeadership]


@pytest.fixture
def lead(postgres_database: str) -> Iterator[Lead]:
    """Lets a process with some shards try to lead."""
    begun: list[SharedLeadership] = []

    def lead(shards: Shards, url: str = postgres_database, **options: float) -> SharedLeadership:
        options = {"claim_seconds": 0.0} | options
        begun.append(SharedLeadership(partial(LockSession.begin, url, "test"), shards, **options))
        return begun[-1]

    yield lead
    for one in begun:
        one.close()


def until(condition: Callable[[], object], seconds: float = 20.0) -> float:
    """Wait until it holds, and return how long that took."""
    since = time.monotonic()
    while not condition():
        assert time.monotonic() - since < seconds, "it did not come to that"
        time.sleep(0.01)
    return time.monotonic() - since


def test_a_process_that_is_alone_always_leads() -> None:
    assert Leadership().is_leader
    assert Duties(Shards(), Leadership()).keeps(None)


def test_the_first_of_two_processes_leads_and_the_other_takes_over_when_it_stops(lead: Lead) -> None:
    first, second = lead(ONE), lead(OTHER)
    assert (first.is_leader, second.is_leader) == (True, False)
    assert (Duties(ONE, first).keeps(None), Duties(OTHER, second).keeps(None)) == (True, False)
    first.close()
    assert not first.is_leader
    until(lambda: second.is_leader)


def test_a_leader_that_loses_its_connection_stops_leading_at_once_and_the_other_takes_over(
    lead: Lead, postgres_database: str
) -> None:
    first, second = lead(ONE), lead(OTHER)
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = "
            "'advisory' AND mode = 'ExclusiveLock' AND datname = current_database() GROUP BY pid HAVING count(*) = 2"
        )
    assert until(lambda: not first.is_leader) < 1
    until(lambda: first.is_leader or second.is_leader)
    until(lambda: (first.is_leader, second.is_leader) in ((True, False), (False, True)))


async def test_whoever_asked_is_told_on_the_event_loop_that_it_leads_or_not(lead: Lead) -> None:
    first, second = lead(ONE), lead(OTHER)
    told: list[tuple[bool, threading.Thread]] = []
    second.on_change(lambda leads: told.append((leads, threading.current_thread())))
    await asyncio.to_thread(first.close)
    await asyncio.to_thread(until, lambda: told)
    assert told == [(True, threading.main_thread())]


def test_a_leader_that_cannot_confirm_in_time_stops_believing_that_it_leads(
    lead: Lead, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network between them is cut, and neither side hears that the connection has ended."""
    monkeypatch.setattr(leadership, "BELIEVED", 1.0)
    monkeypatch.setattr(lock_session, "SILENCE", 2)
    monkeypatch.setitem(lock_session._SPEAKING, "idle_session_timeout", "2s")
    with Relay.to(postgres_database) as relay:
        first, second = lead(ONE, relay.url), lead(OTHER)
        assert first.is_leader
        relay.hold()
        assert until(lambda: not first.is_leader) < 1.5
        assert not second.is_leader, "the server has not ended the session yet"
        until(lambda: second.is_leader)
        assert not first.is_leader


def test_where_the_server_is_away_nobody_leads_and_what_keeps_it_from_that_is_said(
    lead: Lead, postgres_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Relay.to(postgres_database) as relay:
        first = lead(ONE, relay.url)
        relay.cut()
        until(lambda: first.problem)
        assert not first.is_leader
        assert first.problem.startswith("The database test_")
        assert first.problem.endswith("); see whether its server runs, or set DATABASE_URL right.")
        time.sleep(1.5)
        assert len([record for record in caplog.records if "cannot lead" in record.message]) == 1
        relay.mend()
        until(lambda: first.is_leader)
        assert first.problem == ""


@pytest.mark.parametrize(
    ("shards", "said"),
    [
        (Shards(2, (0,)), "Another process runs shard 0 already; give each process its own SHARD_IDS."),
        (Shards(), "Another process answers on this database already; stop it, or give each its own SHARD_IDS, and "),
        (Shards(3, (2,)), "Another process runs with another SHARD_COUNT; stop all, and start them with the same."),
    ],
    ids=["the same shard", "all shards", "another count"],
)
def test_no_shard_is_run_by_two_processes(lead: Lead, shards: Shards, said: str) -> None:
    first = lead(ONE)
    with pytest.raises(SettingsError) as refused:
        lead(shards)
    assert str(refused.value).startswith(said)
    assert first.is_leader
    first.close()
    lead(shards)


def test_a_start_waits_for_its_shard_while_the_process_that_had_it_is_just_ending(lead: Lead) -> None:
    first = lead(ONE)
    ending = threading.Timer(0.5, first.close)
    ending.start()
    lead(ONE, claim_seconds=20)
    ending.join()


def test_a_process_whose_shards_were_taken_while_it_was_cut_off_learns_that_it_must_end(
    lead: Lead, postgres_database: str
) -> None:
    with Relay.to(postgres_database) as relay:
        first = lead(ONE, relay.url)
        relay.cut()
        until(lambda: first.problem)
        second = lead(ONE, claim_seconds=20)
        assert first.displaced == "", "it cannot know of that"
        relay.mend()
        until(lambda: first.displaced)
        assert first.displaced == "Another process runs shard 0 already; give each process its own SHARD_IDS."
        assert (first.is_leader, second.is_leader) == (False, True)


def test_a_process_whose_own_lost_session_still_holds_its_shards_waits_for_that_to_end(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has not heard yet that the connection has ended."""
    monkeypatch.setitem(lock_session._SPEAKING, "idle_session_timeout", "4s")
    first, told = lead(ONE), list[str]()
    session = first._session
    assert session
    monkeypatch.setattr(session, "confirm", lost)
    monkeypatch.setattr(session, "end", lambda: None)
    until(lambda: first.problem.startswith("Another process runs shard 0"))
    until(lambda: told.append(first.displaced) or first.is_leader)
    assert set(told) == {""}
    assert first.problem == ""


def test_a_session_that_was_lost_while_it_claimed_the_shards_is_not_taken_for_another_process(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lock_session._SPEAKING, "idle_session_timeout", "4s")
    first, told, cut_off = lead(ONE), list[str](), list[LockSession]()
    take = LockSession.take

    def taken_and_lost(session: LockSession, number: int, *, shared: bool = False) -> bool:
        taken = take(session, number, shared=shared)
        if number == lock_number(SCHEMA, "shard", "0") and not cut_off:
            cut_off.append(session)
            monkeypatch.setattr(session, "end", lambda: None)
            lost()
        return taken

    monkeypatch.setattr(LockSession, "take", taken_and_lost)
    assert first._session
    monkeypatch.setattr(first._session, "confirm", lost)
    until(lambda: first.problem.startswith("Another process runs shard 0"))
    until(lambda: told.append(first.displaced) or first.is_leader)
    assert set(told) == {""}


def lost() -> None:
    raise SessionLost("The database cannot be reached.")


def test_a_server_that_only_reads_is_refused(postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {admin.info.dbname} SET default_transaction_read_only = on")
    with pytest.raises(SessionLost, match="can only be read; set DATABASE_URL to the server that is written to"):
        LockSession.begin(postgres_database, "test")


def test_a_server_that_cannot_be_reached_is_said_in_a_sentence_without_its_password() -> None:
    with pytest.raises(SessionLost) as lost:
        LockSession.begin("postgresql://postgres:vErySecret@127.0.0.1:1/postgres", "test")
    assert str(lost.value).startswith("The database postgres at 127.0.0.1:1 cannot be reached (")
    assert "vErySecret" not in str(lost.value)


PROCESS = """
import sys, time
from functools import partial
from bot.services.leadership import SharedLeadership
from bot.shards import Shards
from bot.storage.lock_session import LockSession
leads = SharedLeadership(partial(LockSession.begin, sys.argv[1], "process"), Shards(2, (int(sys.argv[2]),)))
before = None
while True:
    if leads.is_leader != before:
        before = leads.is_leader
        print("leads" if before else "waits", flush=True)
    time.sleep(0.05)
"""


@pytest.mark.parametrize(
    "way", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.slow)], ids=["killed", "frozen"]
)
def test_a_leader_that_is_killed_or_hangs_is_replaced_within_thirty_seconds(
    way: signal.Signals, postgres_database: str
) -> None:
    def start(shard: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PROCESS, postgres_database, str(shard)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    first = start(0)
    assert first.stdout and first.stdout.readline() == "leads\n"
    second = start(1)
    try:
        assert second.stdout and second.stdout.readline() == "waits\n"
        since = time.monotonic()
        first.send_signal(way)
        assert second.stdout.readline() == "leads\n"
        assert time.monotonic() - since < 30
        if way is signal.SIGSTOP:
            first.send_signal(signal.SIGCONT)
            assert first.stdout.readline() == "waits\n", "it knows at once that it leads no more"
    finally:
        for one in (first, second):
            one.kill()
            one.communicate()


def test_a_closed_leadership_leaves_no_thread_and_no_connection(lead: Lead, postgres_database: str) -> None:
    before = set(threading.enumerate())
    lead(ONE).close()
    assert not set(threading.enumerate()) - before
    with closing(psycopg.connect(postgres_database, autocommit=True)) as admin:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'test' AND datname = current_database()"
        until(lambda: admin.execute(query).fetchone() == (0,))
