"""What restarts a process that hangs: systemd, which is told how it is, and a guard inside of it.

The protocol of sd_notify(3) is a datagram to a socket, so this needs no package: `sdnotify` has had no release since
2017, and `systemd-python` needs a compiler.
"""

import contextlib
import faulthandler
import os
import socket
import sys

GUARD_SECONDS = 120.0
"""The process ends itself if its event loop does nothing for so many seconds."""


def tell_systemd(*states: str) -> None:
    """Send states such as READY=1 to systemd, if it started this process and listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        line.sendall("\n".join(states).encode())


def keep_guard(seconds: float = GUARD_SECONDS) -> None:
    """End the process in so many seconds, unless this is called again, or `dismiss_guard`.

    It then writes where each thread is, without values, to standard error, and the exit code is 1. The thread of
    faulthandler does that, which needs no Python, so it works whatever holds the interpreter.
    """
    if sys.__stderr__ is not None:
        faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)


def dismiss_guard() -> None:
    """Let the process go on however long it takes."""
    faulthandler.cancel_dump_traceback_later()
