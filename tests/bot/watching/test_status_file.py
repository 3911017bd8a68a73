"""The file that says how the bot is: whole or not there, and for its owner alone."""

import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.shards import Shards
from bot.watching.health import Problem, Process, Report, Status
from bot.watching.status_file import STATUS, drop_former, read_report, read_reports, write_report
from tests.bot.watching.test_health import NOW, WELL


def test_a_report_comes_back_as_it_was_written(tmp_path: Path) -> None:
    report = Report(Status.DEGRADED, (Problem("disk", "85 MB are left.", False),), WELL)
    write_report(Report.of(WELL), tmp_path)
    write_report(report, tmp_path)
    assert read_report(tmp_path) == report
    assert os.listdir(tmp_path) == [STATUS]
    assert stat.S_IMODE((tmp_path / STATUS).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, b"", b'{"status": "ok"', b"[]", b"\xff", b'{"status": "fine"}'])
def test_no_file_or_one_that_is_no_report_is_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / STATUS).write_bytes(content)
    assert read_report(tmp_path) is None


def test_a_report_that_cannot_be_written_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_report(Report.of(WELL), tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_report(Report.of(WELL), tmp_path)
    assert os.listdir(tmp_path) == [STATUS]
    report = read_report(tmp_path)
    assert report and report.is_current(NOW + timedelta(seconds=5))


def of_process(*shards: int, count: int = 4) -> Report:
    return Report.of(replace(WELL, process=Process(shards, count, leads=False)))


def test_each_of_several_processes_has_a_report_of_its_own(tmp_path: Path) -> None:
    for report in (second := of_process(2, 3), first := of_process(0, 1)):
        write_report(report, tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["status-0-1.json", "status-2-3.json"]
    assert read_reports(tmp_path, Shards()) == [first, second]
    assert read_reports(tmp_path, Shards(4, (2, 3))) == [second]
    assert read_reports(tmp_path, Shards(4, (1,))) == []


def test_a_name_of_a_report_is_not_too_long_for_a_file(tmp_path: Path) -> None:
    report = of_process(*range(0, 2000, 2), count=2000)
    write_report(report, tmp_path)
    assert read_reports(tmp_path, Shards(2000, tuple(range(0, 2000, 2)))) == [report]


def test_reports_of_processes_that_shared_the_shards_otherwise_are_dropped(tmp_path: Path) -> None:
    for report in (Report.of(WELL), of_process(0), of_process(1), of_process(2, 3), of_process(1, count=2)):
        write_report(report, tmp_path)
    drop_former(tmp_path, Shards(4, (0, 1)))
    assert os.listdir(tmp_path) == ["status-2-3.json"]
