"""What questions are answered from: the base library, and one for each Discord server that has articles of its own."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from index import Library

FOLDER = "servers"
"""Where in the data folder the servers' libraries are, each in a folder called by the server's id."""


class Libraries:
    """The base library and the servers' own. A server that has none costs nothing. Safe to use from many threads."""

    def __init__(self, base: Library, folder: Path, open_library: Callable[[Path], Library]) -> None:
        """`folder` holds the servers' libraries, or will; `base` stays open when these are closed."""
        self.base = base
        self._folder = folder
        self._open_library = open_library
        self._lock = threading.Lock()
        self._opened: dict[int, Library] = {}

    def of(self, server: int | None) -> tuple[Library, ...]:
        """The base library, then the server's own if there is one; nobody else's. Raises LibraryError."""
        if server is None:
            return (self.base,)
        with self._lock:
            own = self._opened.get(server)
            if own is None and self._place(server).is_dir():
                own = self._opened[server] = self._open_library(self._place(server))
        return (self.base, own) if own else (self.base,)

    def own(self, server: int) -> Library:
        """The server's own library, made if there is none yet. Raises LibraryError."""
        self._place(server).mkdir(parents=True, exist_ok=True)
        return self.of(server)[1]

    def opened(self, server: int | None) -> tuple[Library, ...]:
        """The same, but for a library that is not open yet. From memory, for the event loop."""
        own = self._opened.get(server) if server is not None else None
        return (self.base, own) if own else (self.base,)

    def servers(self) -> list[int]:
        """The servers that have a library of their own."""
        if not self._folder.is_dir():
            return []
        return sorted(int(place.name) for place in self._folder.iterdir() if place.is_dir() and place.name.isdecimal())

    def delete(self, server: int) -> None:
        """Delete the server's own library with all that is in it, if there is one."""
        with self._lock:
            if own := self._opened.pop(server, None):
                own.close()
            if self._place(server).is_dir():
                shutil.rmtree(self._place(server))

    def close(self) -> None:
        """Close the servers' libraries."""
        with self._lock:
            for library in self._opened.values():
                library.close()
            self._opened.clear()

    def _place(self, server: int) -> Path:
        return self._folder / str(server)
