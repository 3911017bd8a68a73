"""How long the parts of an answer take."""

import time

from index.types import Timing


class Clock:
    """Measures how many milliseconds each part of an answer takes."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._spent = {"encode": 0.0, "search": 0.0, "rerank": 0.0, "read": 0.0}

    def count(self, part: str) -> None:
        """Add the time since the last call to that part."""
        last, self._last = self._last, time.perf_counter()
        self._spent[part] += (self._last - last) * 1000

    @property
    def timing(self) -> Timing:
        """The times measured so far."""
        return Timing(**self._spent, total=sum(self._spent.values()))
