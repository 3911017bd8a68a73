"""What is known of a running bot, whether it is well, and what would cure it. Pure functions of facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.shards import Shards
from bot.wording import as_bytes, as_span, counted

SILENT_HEARTBEATS = 2
"""After so many heartbeats without a word from Discord a shard is unhealthy."""

RECONNECT_HEARTBEATS = 4
"""After so many, a shard that still has a connection gets a new one. discord.py does so itself after 60 seconds of
silence; this is for the case that it does not. A shard whose connection is closed is left to discord.py, which tries
again every minute or so: a second attempt beside that would open two sessions."""

STUCK_SECONDS = 60.0
"""After so many seconds a worker is stuck. A question takes a fraction of a second."""

MAX_REPLACED = 8
"""So many workers are replaced; then the process must be started anew, since threads cannot be ended."""

LATE = timedelta(minutes=10)
"""A loop is dead if its next turn is so long overdue. A turn takes seconds, or a minute at the most."""

MOST_DEATHS = 2
"""So many refreshes in a row that ended with the process are reported."""

LONGEST_REFRESH = timedelta(hours=2)
"""A refresh that has not ended by then is reported."""

SILENT_FILES_SECONDS = 300.0
"""After so many seconds in which no thread could read a file the process must be started anew."""

LITTLE_DISK, NO_DISK = 1_000_000_000, 100_000_000
"""Bytes left on the disk below which the operator is warned, and below which answers may not be recorded any more."""

STALE_SECONDS = 60.0
"""A report that is older than this is none: whatever makes a new one every few seconds stands still."""


class Status(StrEnum):
    """How a bot is."""

    STARTING = "starting"
    """It is not signed in yet."""
    OK = "ok"
    """It answers."""
    DEGRADED = "degraded"
    """It answers, but the operator should look at something."""
    UNHEALTHY = "unhealthy"
    """It does not answer as it should."""
    STOPPED = "stopped"
    """It stops or has stopped, since it was asked to or on an error."""


class Cure(StrEnum):
    """What can be done about a problem without the operator."""

    RECONNECT = "reconnect"
    """Give the shard that is named a new connection."""
    RESTART_LOOP = "restart loop"
    """Restart the loop that is named."""
    REPLACE_WORKER = "replace worker"
    """Replace the workers that are stuck."""
    END = "end"
    """End the process, so that whoever supervises it starts it anew."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong. `name` says which loop or shard it is, where there are several."""

    part: str
    sentence: str
    unhealthy: bool
    cure: Cure | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shard:
    """One connection to Discord. `silent` is in seconds since it was heard, None if it never was, as is the rest."""

    id: int
    connected: bool
    silent: float | None = None
    heartbeat: float | None = None
    latency: float | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue of questions; how many seconds the longest one has been worked on, and how many workers were lost."""

    waiting: int = 0
    working: int = 0
    longest: float = 0.0
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class Loop:
    """Work that is done every `seconds`; `next` is when its next turn is due."""

    name: str
    running: bool
    seconds: float
    next: datetime | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """The base library: its generation and when it was made, and how many sources it has and cannot read."""

    generation: int
    made: datetime | None
    sources: int = 0
    failing: int = 0
    read: datetime | None = None
    """From when its articles are."""
    deaths: int = 0
    """How many of its refreshes in a row ended with the process."""
    since: datetime | None = None
    """Since when its refreshes fail, as far as the operator was told."""


@dataclass(frozen=True, slots=True)
class Refreshing:
    """The refreshes of the base library, with why the last one failed; and how many servers' refreshes fail."""

    last: datetime | None = None
    next: datetime | None = None
    failures: int = 0
    problem: str = ""
    failing_servers: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """The webhook: why it cannot be served, how much waits, and how many subscriptions to feeds fail."""

    problem: str = ""
    waiting: int = 0
    failing: int = 0


@dataclass(frozen=True, slots=True)
class Process:
    """Which of several processes this is: its shards among `count`, and whether it leads."""

    shards: tuple[int, ...]
    count: int
    leads: bool

    @property
    def title(self) -> str:
        """What it is called, as in "shards 0-7 of 16"."""
        return Shards(self.count, self.shards).title


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the libraries are: in files, or on a server, which took `reach` seconds to answer. `problem`: it did not.

    `place` is never with a password.
    """

    on_server: bool = False
    place: str = ""
    reach: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a bot at one moment. What could not be found out is None."""

    at: datetime
    started: datetime
    ready: bool
    model_warm: bool
    stopping: bool = False
    servers: int = 0
    shards: tuple[Shard, ...] = ()
    queue: Queue = Queue()
    loops: tuple[Loop, ...] = ()
    refreshing: Refreshing = Refreshing()
    base: Base | None = None
    disk_free: int | None = None
    loop_lag: float = 0.0
    """By how many seconds the event loop was late with what was due, at the worst since the facts before."""
    inbox: Inbox = Inbox()
    records: str = ""
    """Why the bot's own records cannot be used; empty if they can."""
    files_silent: float = 0.0
    """For how many seconds a thread has waited for the library and the disk, if they did not answer in time."""
    storage: Storage = Storage()
    process: Process | None = None
    """Which of several processes it is; None if it is the only one."""
    no_leader: str = ""
    """Why this process cannot lead, whoever does."""
    displaced: str = ""
    """Why it must end: another process has taken its shards while it could not be reached."""


@dataclass(frozen=True, slots=True)
class Report:
    """The facts and what follows from them, as the file, the page and the metrics have it."""

    status: Status
    problems: tuple[Problem, ...]
    facts: Facts

    @classmethod
    def of(cls, facts: Facts) -> "Report":
        """The report of these facts."""
        if facts.stopping:
            return cls(Status.STOPPED, (), facts)
        problems = tuple(problems_in(facts))
        if any(problem.unhealthy for problem in problems):
            return cls(Status.UNHEALTHY, problems, facts)
        if not facts.ready:
            return cls(Status.STARTING, problems, facts)
        return cls(Status.DEGRADED if problems else Status.OK, problems, facts)

    @property
    def is_well(self) -> bool:
        """Whether the bot answers."""
        return self.status in (Status.OK, Status.DEGRADED)

    def is_current(self, now: datetime) -> bool:
        """Whether the bot still makes reports. One from the future is not believed: the clock was set back."""
        return abs((now - self.facts.at).total_seconds()) <= STALE_SECONDS


def problems_in(facts: Facts) -> Iterator[Problem]:
    """What is wrong, the worst of each part."""
    for shard in facts.shards:
        yield from _of_shard(shard)
    yield from _of_queue(facts.queue)
    if facts.ready:  # until then, loops wait for that
        for loop in facts.loops:
            yield from _of_loop(loop, facts.at)
    yield from _of_refreshes(facts)
    if facts.displaced:
        said = f"This process was cut off from the database, and its place was taken. {facts.displaced}"
        yield Problem("process", said, True, Cure.END)
    elif facts.no_leader and not facts.storage.problem:  # else that is why
        yield Problem("leader", f"This process cannot lead: {facts.no_leader}", False)
    yield from _of_inbox(facts.inbox)
    if facts.records:
        yield Problem("records", facts.records, True)
    yield from _of_storage(facts)


def _of_shard(shard: Shard) -> Iterator[Problem]:
    if shard.silent is None or shard.heartbeat is None or shard.silent <= SILENT_HEARTBEATS * shard.heartbeat:
        return
    hung = shard.connected and shard.silent > RECONNECT_HEARTBEATS * shard.heartbeat
    said = f"Discord was last heard {as_span(shard.silent)} ago on shard {shard.id}."
    yield Problem("gateway", said, True, Cure.RECONNECT if hung else None, str(shard.id))


def _of_queue(queue: Queue) -> Iterator[Problem]:
    if queue.replaced >= MAX_REPLACED:
        said = f"{counted(queue.replaced, 'worker')} got stuck and were replaced; the process must be started anew."
        yield Problem("worker", said, True, Cure.END)
    elif queue.longest >= STUCK_SECONDS:
        said = f"A worker has been stuck in one question for {as_span(queue.longest)}."
        yield Problem("worker", said, True, Cure.REPLACE_WORKER)


def _of_loop(loop: Loop, now: datetime) -> Iterator[Problem]:
    """A loop is dead if it has ended, is overdue, or waits longer than it should since the clock was set back."""
    if not loop.running or loop.next is None:
        yield Problem("loop", f"The loop {loop.name} has ended.", True, Cure.RESTART_LOOP, loop.name)
    elif now - loop.next > LATE:
        said = f"The loop {loop.name} is overdue by {as_span((now - loop.next).total_seconds())}."
        yield Problem("loop", said, True, Cure.RESTART_LOOP, loop.name)
    elif loop.next - now > timedelta(seconds=loop.seconds) + LATE:
        said = f"The loop {loop.name} waits for a time that is far off: the clock was set back."
        yield Problem("loop", said, True, Cure.RESTART_LOOP, loop.name)


def _of_refreshes(facts: Facts) -> Iterator[Problem]:
    refreshing, base = facts.refreshing, facts.base
    if refreshing.failures:
        times = f"{counted(refreshing.failures, 'time')} in a row" if refreshing.failures > 1 else "the last time"
        since = f" since {base.since:%Y-%m-%d %H:%M} UTC" if base and base.since else ""
        said = f"The base library could not be refreshed {times}{since}: {refreshing.problem}"
        yield Problem("refresh", said, False)
    elif base and base.failing:
        since = f", since {base.since:%Y-%m-%d %H:%M} UTC" if base.since else ""
        said = f"{base.failing} of {counted(base.sources, 'source')} of the base library could not be read{since}."
        yield Problem("sources", said, False)
    if base and base.deaths >= MOST_DEATHS:
        said = f"The last {base.deaths} refreshes of the base library ended with the bot, which was started anew."
        yield Problem("refresh", said, False)
    if refreshing.next and facts.at - refreshing.next > LONGEST_REFRESH:
        late = as_span((facts.at - refreshing.next).total_seconds())
        yield Problem("refresh", f"The refresh of the base library that was due {late} ago has not ended.", False)
    if refreshing.failing_servers:
        said = f"The libraries of {counted(refreshing.failing_servers, 'server')} could not be refreshed."
        yield Problem("refresh", said, False)


def _of_inbox(inbox: Inbox) -> Iterator[Problem]:
    if inbox.problem:
        yield Problem("webhook", inbox.problem, False)
    if inbox.failing:
        said = f"The hubs of {counted(inbox.failing, 'feed')} cannot be subscribed to."
        yield Problem("webhook", said, False, name="hubs")


def _of_storage(facts: Facts) -> Iterator[Problem]:
    if facts.storage.problem:
        yield Problem("database", facts.storage.problem, True)
    elif facts.files_silent and facts.storage.on_server:  # ending the process would not bring the server back
        said = f"The database has not answered for {as_span(facts.files_silent)}."
        yield Problem("database", said, True)
    elif facts.files_silent:
        said = f"The files of the library have not answered for {as_span(facts.files_silent)}."
        yield Problem("disk", said, True, Cure.END if facts.files_silent > SILENT_FILES_SECONDS else None)
    elif facts.disk_free is not None and facts.disk_free < LITTLE_DISK:
        said = f"{as_bytes(facts.disk_free)} are left on the disk of the data folder."
        yield Problem("disk", said, facts.disk_free < NO_DISK)
