"""A relay before a database server, which can be held (nothing goes through) or cut, as a network can."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Relay:
    """Passes on what comes in at a port of this machine."""

    def __init__(self, url: str) -> None:
        where = conninfo_to_dict(url)
        self._server = (str(where["host"]), int(str(where["port"])))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = make_conninfo(url, host="127.0.0.1", port=self._listening.getsockname()[1])
        self._passes = threading.Event()
        self._passes.set()
        self._is_cut = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    @contextlib.contextmanager
    def to(cls, url: str) -> Iterator[Self]:
        """A relay to that server while the body runs."""
        relay = cls(url)
        try:
            yield relay
        finally:
            relay._passes.set()
            relay._listening.close()
            relay.cut()

    def hold(self) -> None:
        """Let nothing through, while all connections stay."""
        self._passes.clear()

    def cut(self) -> None:
        """End all connections, and take no new ones."""
        self._is_cut = True
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def mend(self) -> None:
        """Let all through again."""
        self._is_cut = False
        self._passes.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(self._server)
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                self._passes.wait()
                sink.sendall(block)
        with contextlib.suppress(OSError):
            self._passes.wait()
            sink.shutdown(socket.SHUT_WR)
