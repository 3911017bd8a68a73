"""What systemd is told, and the guard that ends a process that hangs."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.watching.supervision import tell_systemd

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is on Linux")
@pytest.mark.parametrize("abstract", [False, pytest.param(True, marks=pytest.mark.skipif("sys.platform != 'linux'"))])
def test_states_arrive_at_the_socket_that_systemd_names(
    abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket may be 107 bytes long
    name = f"@pullquote-test-{os.getpid()}" if abstract else "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0"))
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        tell_systemd("READY=1", "STATUS=ok.")
        assert listening.recv(1000) == b"READY=1\nSTATUS=ok."


def test_without_systemd_or_with_a_socket_that_is_gone_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell_systemd("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    tell_systemd("READY=1")


HANGS = """
import re, time
from bot.watching.supervision import dismiss_guard, keep_guard

def in_a_call_that_holds_the_interpreter():
    re.match(r"(a+)+$", "a" * 60 + "b")

keep_guard(1)
dismiss_guard()
time.sleep(1.2)
keep_guard(60)
keep_guard(0.5)
in_a_call_that_holds_the_interpreter()
"""


def test_the_guard_ends_a_process_that_no_python_can_end_and_says_where_it_was() -> None:
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", HANGS],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "in in_a_call_that_holds_the_interpreter" in ended.stderr
    assert time.monotonic() - started < 60
