"""What `pullquote health` says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.health import all_answer, answers, lines_of, lines_of_all
from bot.watching.health import Facts, Process, Refreshing, Report, Storage
from tests.bot.watching.test_health import NOW, WELL


def said(facts: Facts, *, seconds: float = 5) -> tuple[list[str], bool]:
    now = NOW + timedelta(seconds=seconds)
    return list(lines_of(Report.of(facts), now)), answers(Report.of(facts), now)


def test_a_bot_that_is_well_is_shown_with_what_is_known_of_it() -> None:
    assert said(WELL) == (
        [
            "bot: ok, running for 1 hour",
            "gateway: signed in, in 3 servers; shard 0 heard 20 seconds ago, latency 50 ms",
            "queue: 3 waiting, 2 worked on",
            "model: loaded",
            "library: generation 12, made 1 hour ago; 4 sources",
            "refresh: last 1 hour ago, next in 5 hours",
            "disk: 50.0 GB left",
        ],
        True,
    )


def test_the_database_is_shown_with_how_fast_it_answers() -> None:
    there = Storage(on_server=True, place="news on db.example.org", reach=0.0012)
    assert "database: news on db.example.org; it answers in 1.2 ms" in said(replace(WELL, storage=there))[0]
    gone = replace(there, reach=None, problem="The database cannot be reached.")
    lines, well = said(replace(WELL, storage=gone))
    assert "database: news on db.example.org; it does not answer" in lines
    assert lines[-1] == "problem: The database cannot be reached."
    assert not well


def test_a_bot_that_only_needs_to_be_looked_at_still_answers() -> None:
    lines, well = said(replace(WELL, disk_free=500_000_000))
    assert lines[0] == "bot: degraded, running for 1 hour"
    assert lines[-1] == "problem: 500 MB are left on the disk of the data folder."
    assert well


def test_a_bot_that_is_starting_does_not_answer_yet() -> None:
    lines, well = said(replace(WELL, ready=False, model_warm=False, shards=(), refreshing=Refreshing()))
    assert lines[:4] == [
        "bot: starting, running for 1 hour",
        "gateway: not signed in yet",
        "queue: 3 waiting, 2 worked on",
        "model: not loaded yet",
    ]
    assert "refresh: last not known, next not planned" in lines
    assert not well


@pytest.mark.parametrize(
    ("seconds", "ago"), [(125, "2 minutes ago"), (-86_400, "1 day ago")], ids=["late", "the clock was set back"]
)
def test_a_bot_that_is_not_heard_of_is_not_well_and_what_it_said_last_is_left_out(seconds: float, ago: str) -> None:
    assert said(WELL, seconds=seconds) == (
        [f"bot: last heard of {ago}: it has ended without stopping in order, or stands still"],
        False,
    )


def test_a_bot_that_was_stopped_says_when() -> None:
    assert said(replace(WELL, stopping=True), seconds=7200) == (["bot: stopped 2 hours ago"], False)


def test_where_no_bot_has_run_that_is_said() -> None:
    assert list(lines_of_all([], NOW)) == ["No bot has run on this data folder."]
    assert not all_answer([], NOW)


def test_each_of_several_processes_is_shown_with_its_shards_and_which_of_them_leads() -> None:
    first = Report.of(replace(WELL, process=Process((0, 1), 4, leads=False)))
    second = Report.of(replace(WELL, process=Process((2, 3), 4, leads=True)))
    lines = list(lines_of_all([first, second], NOW))
    assert [line for line in lines if line.startswith(("bot", "leader", "refresh"))] == [
        "bot, shards 0-1 of 4: ok, running for 1 hour",
        "leader: another process",
        "bot, shards 2-3 of 4: ok, running for 1 hour",
        "leader: this process",
        "refresh: last 1 hour ago, next in 5 hours",
    ]


@pytest.mark.parametrize(
    ("changed", "well"),
    [({}, True), ({"stopping": True}, True), ({"ready": False}, False), ({"at": NOW - timedelta(hours=1)}, False)],
    ids=["both answer", "one was stopped", "one is starting", "one is silent"],
)
def test_processes_answer_if_each_does_that_was_not_stopped(changed: dict[str, object], well: bool) -> None:
    assert all_answer([Report.of(WELL), Report.of(replace(WELL, **changed))], NOW) is well


def test_where_all_processes_were_stopped_none_answers() -> None:
    stopped = Report.of(replace(WELL, stopping=True))
    assert not all_answer([stopped, stopped], NOW)


def test_what_keeps_a_process_from_leading_is_a_problem() -> None:
    lines, well = said(replace(WELL, no_leader="The database cannot be reached."))
    assert lines[-1] == "problem: This process cannot lead: The database cannot be reached."
    assert well
