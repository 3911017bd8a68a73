"""When a bot is well, and what would cure it: from facts alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.watching.health import (
    Base,
    Cure,
    Facts,
    Loop,
    Queue,
    Refreshing,
    Report,
    Shard,
    Status,
    Storage,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HEARTBEAT = 41.25

SHARD = Shard(0, connected=True, silent=20.0, heartbeat=HEARTBEAT, latency=0.05)
LOOP = Loop("ScheduleCog.check", running=True, seconds=300, next=NOW + timedelta(minutes=3))
WELL = Facts(
    at=NOW,
    started=NOW - HOUR,
    ready=True,
    model_warm=True,
    servers=3,
    shards=(SHARD,),
    queue=Queue(waiting=3, working=2, longest=0.4),
    loops=(LOOP,),
    refreshing=Refreshing(NOW - HOUR, NOW + 5 * HOUR),
    base=Base(12, NOW - HOUR, sources=4),
    disk_free=50_000_000_000,
)


def judged(**changed: object) -> tuple[Status, list[tuple[str, Cure | None]]]:
    report = Report.of(replace(WELL, **changed))  # type: ignore[arg-type]
    return report.status, [(problem.sentence, problem.cure) for problem in report.problems]


def test_a_bot_of_which_all_is_as_it_should_be_is_well() -> None:
    assert judged() == (Status.OK, [])


def test_a_bot_that_is_not_signed_in_yet_is_starting_and_its_loops_may_wait() -> None:
    waiting = replace(LOOP, next=NOW - HOUR)
    assert judged(ready=False, shards=(), loops=(waiting,), refreshing=Refreshing()) == (Status.STARTING, [])


@pytest.mark.parametrize(
    ("silent", "connected", "status", "cure"),
    [
        (2 * HEARTBEAT, True, Status.OK, None),
        (2 * HEARTBEAT + 1, True, Status.UNHEALTHY, None),
        (4 * HEARTBEAT + 1, True, Status.UNHEALTHY, Cure.RECONNECT),
        (4 * HEARTBEAT + 1, False, Status.UNHEALTHY, None),
        (None, True, Status.OK, None),
    ],
)
def test_a_shard_that_is_silent_for_two_heartbeats_is_unhealthy_and_after_four_it_is_connected_again(
    silent: float | None, connected: bool, status: Status, cure: Cure | None
) -> None:
    second = replace(SHARD, id=1, silent=silent, connected=connected)
    report = Report.of(replace(WELL, shards=(SHARD, second)))
    assert report.status is status
    assert [(problem.cure, problem.name) for problem in report.problems] == [(cure, "1")] * (not report.is_well)


def test_a_silent_shard_is_named_with_how_long_it_has_been_silent() -> None:
    assert judged(shards=(replace(SHARD, silent=125.0),))[1] == [
        ("Discord was last heard 2 minutes ago on shard 0.", None)
    ]


def test_a_worker_is_stuck_after_a_minute_and_is_replaced() -> None:
    assert judged(queue=Queue(longest=59.9)) == (Status.OK, [])
    assert judged(queue=Queue(longest=61)) == (
        Status.UNHEALTHY,
        [("A worker has been stuck in one question for 1 minute.", Cure.REPLACE_WORKER)],
    )


def test_after_too_many_that_were_replaced_the_process_ends() -> None:
    assert judged(queue=Queue(replaced=7)) == (Status.OK, [])
    assert judged(queue=Queue(replaced=8))[1] == [
        ("8 workers got stuck and were replaced; the process must be started anew.", Cure.END)
    ]


def test_a_process_whose_place_was_taken_ends_lest_two_answer() -> None:
    taken = "Another process runs shard 0 already; give each process its own SHARD_IDS."
    assert judged(displaced=taken, no_leader=taken) == (
        Status.UNHEALTHY,
        [(f"This process was cut off from the database, and its place was taken. {taken}", Cure.END)],
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"running": False, "next": None}, "The loop ScheduleCog.check has ended."),
        ({"next": None}, "The loop ScheduleCog.check has ended."),
        ({"next": NOW - timedelta(minutes=11)}, "The loop ScheduleCog.check is overdue by 11 minutes."),
        (
            {"next": NOW + timedelta(days=1)},
            "The loop ScheduleCog.check waits for a time that is far off: the clock was set back.",
        ),
    ],
)
def test_a_loop_that_is_dead_overdue_or_waits_for_another_day_is_restarted(
    changed: dict[str, object], said: str
) -> None:
    loop = replace(LOOP, **changed)  # type: ignore[arg-type]
    assert judged(loops=(LOOP, loop)) == (Status.UNHEALTHY, [(said, Cure.RESTART_LOOP)])


@pytest.mark.parametrize("late", [timedelta(minutes=-5), timedelta(minutes=9)])
def test_a_loop_within_its_interval_or_a_little_late_is_well(late: timedelta) -> None:
    assert judged(loops=(replace(LOOP, next=NOW - late),)) == (Status.OK, [])


def test_refreshes_that_fail_are_said_with_the_reason_and_do_not_make_it_unhealthy() -> None:
    refreshing = Refreshing(NOW, NOW + HOUR, failures=3, problem="ARTICLES_DIR is gone.", failing_servers=2)
    assert judged(refreshing=refreshing, base=Base(12, NOW, 4, failing=4)) == (
        Status.DEGRADED,
        [
            ("The base library could not be refreshed 3 times in a row: ARTICLES_DIR is gone.", None),
            ("The libraries of 2 servers could not be refreshed.", None),
        ],
    )
    assert judged(refreshing=replace(refreshing, failures=1, failing_servers=0))[1] == [
        ("The base library could not be refreshed the last time: ARTICLES_DIR is gone.", None)
    ]


def test_some_sources_that_fail_are_counted() -> None:
    assert judged(base=Base(12, NOW, 4, failing=1)) == (
        Status.DEGRADED,
        [("1 of 4 sources of the base library could not be read.", None)],
    )


def test_a_refresh_that_does_not_end_is_said() -> None:
    assert judged(refreshing=Refreshing(NOW - 9 * HOUR, NOW - 3 * HOUR)) == (
        Status.DEGRADED,
        [("The refresh of the base library that was due 3 hours ago has not ended.", None)],
    )


@pytest.mark.parametrize(
    ("free", "status", "said"),
    [
        (1_000_000_000, Status.OK, []),
        (999_000_000, Status.DEGRADED, [("999 MB are left on the disk of the data folder.", None)]),
        (99_000_000, Status.UNHEALTHY, [("99 MB are left on the disk of the data folder.", None)]),
        (None, Status.OK, []),
    ],
)
def test_little_disk_is_a_warning_and_hardly_any_is_unhealthy(
    free: int | None, status: Status, said: list[tuple[str, None]]
) -> None:
    assert judged(disk_free=free) == (status, said)


def test_files_that_do_not_answer_are_unhealthy_and_after_five_minutes_the_process_ends() -> None:
    said = "The files of the library have not answered for"
    assert judged(files_silent=10.0, base=None) == (Status.UNHEALTHY, [(f"{said} 10 seconds.", None)])
    assert judged(files_silent=301.0, base=None)[1] == [(f"{said} 5 minutes.", Cure.END)]


@pytest.mark.parametrize(("seconds", "current"), [(0, True), (60, True), (61, False), (-60, True), (-86_400, False)])
def test_a_report_that_is_old_or_from_the_future_is_not_current(seconds: float, current: bool) -> None:
    assert Report.of(WELL).is_current(NOW + timedelta(seconds=seconds)) is current


def test_a_bot_that_stops_is_judged_by_nothing() -> None:
    assert judged(stopping=True, ready=False, loops=(replace(LOOP, running=False),)) == (Status.STOPPED, [])


def test_a_bot_without_its_database_is_unhealthy_and_goes_on_until_that_is_back() -> None:
    gone = Storage(on_server=True, place="news on db.example.org", problem="The database cannot be reached.")
    assert judged(storage=gone, base=None, disk_free=None) == (
        Status.UNHEALTHY,
        [("The database cannot be reached.", None)],
    )
    hangs = Storage(on_server=True, place="news on db.example.org")
    assert judged(storage=hangs, files_silent=3600.0) == (
        Status.UNHEALTHY,
        [("The database has not answered for 1 hour.", None)],
    )
    assert judged(storage=replace(hangs, reach=0.002)) == (Status.OK, [])
