"""Programs run in a process of their own, which may be short of what this one has; and how long torture lasts."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def torture(usual: int) -> int:
    """How often a slow test tries something: as often as usual, times PULLQUOTE_TORTURE if that is set."""
    return max(round(usual * float(os.environ.get("PULLQUOTE_TORTURE", "1"))), 1)


PRELUDE = """
import os, resource

def leave_files(spare):
    "Let just so many more files be opened."
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (os.open(os.devnull, os.O_RDONLY) + 1 + spare, most))

def leave_memory(mebibytes):
    "Let the process grow by just so much."
    taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + (mebibytes << 20), resource.RLIM_INFINITY))

def leave_all():
    "As it was before, as far as files go."
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

def outcome(work):
    "How that went, in words."
    try:
        work()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "fine"
"""


def lines_of(program: str, *arguments: str | Path) -> list[str]:
    """What the program prints; PRELUDE goes before it. It must end well."""
    ended = subprocess.run(
        [sys.executable, "-c", PRELUDE + program, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()
