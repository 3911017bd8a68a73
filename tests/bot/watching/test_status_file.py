"""The file that says how the bot is: whole or not there, and for its owner alone."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from bot.watching.health import Problem, Report, Status
from bot.watching.status_file import STATUS, read_report, write_report
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
