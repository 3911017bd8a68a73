"""What questions are answered from: the base library, and one for each Discord server that has articles of its own."""

import threading
import time
from collections.abc import Callable

from index import Engine, Library

GROUP = "servers"
"""Where the servers' libraries are: each is called by this and the server's id, as "servers/33"."""

AWAKE = 32
"""How many servers' libraries, the last used ones, keep files open and vectors in memory. The others rest."""

IDLE_SECONDS = 600
"""Seconds without use after which these rest, too."""


class Libraries:
    """The base library and the servers' own. A server without a library costs nothing, and an unused one little.

    Other processes may make and delete them as well. Safe to use from many threads.
    """

    def __init__(self, base: Library, engine: Engine, open_library: Callable[[Engine, str], Library]) -> None:
        """`engine` holds the servers' libraries, or will. It stays open when these are closed, and so does `base`."""
        self.base = base
        self.engine = engine
        self._open_library = open_library
        self._lock = threading.Lock()
        self._opened: dict[int, Library] = {}
        self._used: dict[int, float] = {}  # when each awake library was used; the last one is at the end

    def readable_by(self, server: int | None) -> tuple[Library, ...]:
        """The base library, then the server's own if there is one; nobody else's. Raises LibraryError.

        Both are as readers see them: without what is private or held (`Library.for_readers`).
        """
        own = self.own(server)
        return (self.base.for_readers(), own.for_readers()) if own else (self.base.for_readers(),)

    def own(self, server: int | None) -> Library | None:
        """The server's own library with all that is in it, if there is one. For its editors. Raises LibraryError."""
        if server is None:
            return None
        if self.engine.exists(name_of(server)):
            return self.own_or_create(server)
        with self._lock:
            self._used.pop(server, None)
            gone = self._opened.pop(server, None)
        if gone:  # another process has deleted it
            gone.close()
        return None

    def own_or_create(self, server: int) -> Library:
        """The server's own library, made if there is none yet. Raises LibraryError."""
        with self._lock:
            known = self._opened.get(server)
        found = known or self._open_library(self.engine, name_of(server))
        with self._lock:
            own = self._opened.setdefault(server, found)  # another thread may have been first
            self._used.pop(server, None)
            self._used[server] = time.monotonic()
            tired = [self._opened[self._take_first_used()] for _ in range(len(self._used) - AWAKE)]
        if found is not own:
            found.close()
        for library in tired:  # outside the lock, as is all that may take a while
            library.rest()
        return own

    def rest_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Put the servers' libraries to rest that were not used in the last `seconds`."""
        with self._lock:
            since = time.monotonic() - seconds
            while self._used and next(iter(self._used.values())) <= since:
                self._take_first_used()
            idle = [library for server, library in self._opened.items() if server not in self._used]
        for library in idle:  # also libraries that somebody went on using after they were put to rest
            library.rest()

    def tidy(self, keeps: Callable[[int | None], bool] = lambda _: True) -> None:
        """Erase what was kept for its time, and the last traces of removed articles, in all libraries.

        `keeps` says which of them this process looks after; None stands for the base library. It may take a while in a
        large library. Raises LibraryError.
        """
        if keeps(None):
            self.base.tidy()
        for server in filter(keeps, self.servers()):
            if own := self.own(server):
                own.tidy()

    def servers(self) -> list[int]:
        """The servers that have a library of their own. Raises LibraryError."""
        return servers_in(self.engine)

    def delete(self, server: int) -> None:
        """Delete the server's own library with all that is in it, if there is one. Raises LibraryError."""
        with self._lock:
            self._used.pop(server, None)
            if own := self._opened.pop(server, None):
                own.close()
            self.engine.delete(name_of(server))

    def close(self) -> None:
        """Close the servers' libraries."""
        with self._lock:
            for library in self._opened.values():
                library.close()
            self._opened.clear()
            self._used.clear()

    def _take_first_used(self) -> int:
        server = next(iter(self._used))
        del self._used[server]
        return server


def name_of(server: int) -> str:
    """What the library of a server is called."""
    return f"{GROUP}/{server}"


def servers_in(engine: Engine) -> list[int]:
    """The servers that have a library in an engine. Raises LibraryError."""
    groups = (name.split("/") for name in engine.names())
    return [int(number) for group, *numbers in groups if group == GROUP for number in numbers]
