"""When each library was refreshed last, how that went, and when it is due again."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

JITTER = 0.1
"""The share of its interval by which a refresh may be early or late, so that not all come at once."""

MAX_BACK_OFF = timedelta(days=1)
"""The longest pause after failures; each in a row doubles it."""


@dataclass(frozen=True, slots=True)
class LastRead:
    """When a library's sources were read last, and how many times in a row all of them have failed.

    `chance` is drawn from 0 to 1 at each reading, and says where in the jitter the next one lies. `problem` says to the
    operator why the last one failed; it is empty if it did not. If `is_known` is false, nobody knows when they were
    read, and the next reading is counted from the start of the bot.
    """

    at: datetime
    failures: int
    chance: float
    problem: str = ""
    is_known: bool = True

    def next(self, hours: float) -> datetime:
        """When to read again: after `hours`, doubled by each failure up to a day, give or take the jitter."""
        pause = timedelta(hours=hours)
        if self.failures:
            pause = max(pause, min(pause * 2 ** min(self.failures, 20), MAX_BACK_OFF))
        return self.at + pause * (1 + JITTER * (2 * self.chance - 1))


class Refreshes:
    """The last refresh of each library: of the servers' own by their ids, of the base library by None."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._chance = random.Random()
        self._last: dict[int | None, LastRead] = {}

    def of(self, server: int | None) -> LastRead | None:
        """The last refresh of that library, if there was one; as if just now, if the clock was set back since."""
        last, now = self._last.get(server), self._clock()
        if last and last.at > now:
            last = self._last[server] = replace(last, at=now)
        return last

    def begin(self, server: int | None, at: datetime | None) -> LastRead:
        """Note when a library was refreshed before the bot was started; None if that is not known."""
        last = self._last[server] = LastRead(at or self._clock(), 0, self._chance.random(), is_known=at is not None)
        return last

    def forget(self, server: int | None) -> None:
        """Forget what is known of a library: another process has refreshed it meanwhile."""
        self._last.pop(server, None)

    def note(self, server: int | None, problem: str = "") -> None:
        """Note that a library was refreshed just now; with a `problem`, that it failed."""
        before = self._last.get(server)
        failures = (before.failures if before else 0) + 1 if problem else 0
        self._last[server] = LastRead(self._clock(), failures, self._chance.random(), problem)

    def failing(self) -> int:
        """How many of the servers' own libraries could not be refreshed the last time."""
        return sum(bool(server is not None and last.failures) for server, last in self._last.items())
