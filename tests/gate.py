"""A way to a server that a test can shut: who is in is cut off, and nobody is let in until it is open again."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Gate:
    """Passes on what comes to its port on this machine."""

    def __init__(self, host: str, port: int) -> None:
        self._beyond = (host, port)
        self._listener: socket.socket | None = None
        self._ways: list[socket.socket] = []
        self.port = 0
        self.open()

    def open(self) -> None:
        """Let everybody in, at the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._admit, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Cut off all who are in; new ones are let in."""
        ways, self._ways = self._ways, []
        for way in ways:
            with contextlib.suppress(OSError):
                way.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a crash would
                way.shutdown(socket.SHUT_RDWR)
            way.close()

    def shut(self) -> None:
        """Let nobody in any more, and cut off all who are."""
        if self._listener:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.cut()

    def _admit(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._beyond)
            except OSError:
                return
            self._ways += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while said := source.recv(65536):
            target.sendall(said)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def before(url: str) -> Iterator[tuple[Gate, str]]:
    """A gate before the database at `url`, and the URL of the database behind it."""
    parts = conninfo_to_dict(url)
    gate = Gate(str(parts["host"]), int(parts["port"] or 5432))
    try:
        yield gate, make_conninfo(url, host="127.0.0.1", port=gate.port)
    finally:
        gate.shut()
