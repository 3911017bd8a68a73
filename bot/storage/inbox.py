"""Keeps what sites say of their pages until it was looked at, the secrets that sign it, and subscriptions to hubs.

The queue is on the disk, so a stop or a crash loses nothing of it. The library of the operator is the server None.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.storage.database import Database, Row
from index import Notice

SECRET_BYTES = 32
NAME_BYTES = 12

SIGNATURES_KEPT = timedelta(minutes=10)
"""How long a signature is remembered: as long as its time would let it be taken again."""

KEPT = timedelta(days=2)
"""How long a page waits at most to be looked at. After that the refreshes find out by themselves."""

MOST_WAITING = 500
"""How many pages of one library may wait."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """The webhook of a server: the last part of its address, the secret that signs, and since when it is there."""

    server: int
    name: str
    secret: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a site says: which page has changed; or that it is gone; or with a `source`, that this feed has changed."""

    notice: Notice = Notice(())
    gone: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a site says of a library and is still to be looked at. `token` is another one when it is said again."""

    id: int
    server: int | None
    told: Told
    attempts: int
    token: str


class State(StrEnum):
    """How a subscription is."""

    NONE = "none"
    """The feed names no hub."""
    ASKED = "asked"
    """The hub was asked, and has not come back yet."""
    ACTIVE = "active"
    """The hub tells of changes."""
    FAILED = "failed"
    """The hub refuses, or cannot be reached."""
    LEAVING = "leaving"
    """The source is gone, and the hub was asked to stop."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """The subscription to a feed's changes. `due` is when to do something about it; `until` when the lease ends."""

    id: str
    server: int | None
    source: str
    hub: str
    topic: str
    secret: str
    state: State
    due: datetime
    until: datetime | None = None
    failures: int = 0
    problem: str = ""


class InboxStore:
    """What sites say, in one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    # ---- secrets

    def webhook(self, name: str) -> Webhook | None:
        """The webhook of that name; None if there is none, or if its secret is lost with its key."""
        row = self._database.row("SELECT * FROM webhooks WHERE name = ?", name)
        secret = self._database.sealer.unseal(row["sealed"], _place(name)) if row else None
        if row is None or secret is None:
            return None
        return Webhook(row["server"], name, secret, datetime.fromisoformat(row["at"]))

    def webhook_of(self, server: int) -> Webhook | None:
        """The webhook of a server, if it has one."""
        row = self._database.row("SELECT name FROM webhooks WHERE server = ?", server)
        return self.webhook(row["name"]) if row else None

    def renew_webhook(self, server: int) -> Webhook:
        """Give a server a webhook with a new address and secret. The one that it had works no more."""
        name, secret, now = secrets.token_hex(NAME_BYTES), secrets.token_hex(SECRET_BYTES), self._clock()
        values = (server, name, self._database.sealer.seal(secret, _place(name)), now.isoformat())
        with self._database.writing() as connection:
            connection.execute("DELETE FROM webhooks WHERE server = ?", (server,))
            connection.execute("INSERT INTO webhooks VALUES (?, ?, ?, ?)", values)
        return Webhook(server, name, secret, now)

    def drop_webhook(self, server: int) -> None:
        """Take the webhook of a server away."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM webhooks WHERE server = ?", (server,))
        self._database.overwrite()

    def is_new(self, signature: bytes) -> bool:
        """Note a signature, and say whether it comes for the first time in SIGNATURES_KEPT."""
        now = self._clock()
        digest = hashlib.sha256(signature).digest()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM webhook_signatures WHERE at < ?", ((now - SIGNATURES_KEPT).isoformat(),))
            values = (digest, now.isoformat())
            added = connection.execute("INSERT INTO webhook_signatures VALUES (?, ?) ON CONFLICT DO NOTHING", values)
            return added.rowcount > 0

    # ---- the queue

    def add(self, server: int | None, told: Iterable[Told]) -> bool:
        """Queue what was said; what waits already is looked at anew. Returns False if too much of the library waits."""
        now = self._clock().isoformat()
        told = tuple(told)
        with self._database.writing() as connection:
            waiting = connection.execute("SELECT count(*) FROM inbox WHERE server IS ?", (server,)).fetchone()[0]
            if waiting + len(told) > MOST_WAITING:
                return False
            for one in told:
                token, place = f"{now} {secrets.token_hex(4)}", (server, _subject(one))
                known = connection.execute(
                    "UPDATE inbox SET gone = ?, at = ?, due = ?, attempts = 0 WHERE server IS ? AND subject = ?",
                    (one.gone, token, now, *place),
                )
                if known.rowcount == 0:
                    connection.execute(
                        "INSERT INTO inbox (server, subject, gone, at, due, attempts) VALUES (?, ?, ?, ?, ?, 0)",
                        (*place, one.gone, token, now),
                    )
        return True

    def due(self) -> list[Waiting]:
        """What is to be looked at now, the first first. What has waited for too long is forgotten."""
        self.forget_old()
        now = self._clock()
        rows = self._database.rows("SELECT * FROM inbox WHERE due <= ? ORDER BY due, id", now.isoformat())
        return [Waiting(row["id"], row["server"], _told(row), row["attempts"], row["at"]) for row in rows]

    def forget_old(self) -> None:
        """Forget what has waited for too long, and signatures, also while no site says anything any more."""
        now = self._clock()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM inbox WHERE at < ?", ((now - KEPT).isoformat(),))
            connection.execute("DELETE FROM webhook_signatures WHERE at < ?", ((now - SIGNATURES_KEPT).isoformat(),))

    def count(self) -> int:
        """How many pages and feeds wait."""
        row = self._database.row("SELECT count(*) FROM inbox")
        return int(row[0]) if row else 0

    def settle(self, waiting: Sequence[Waiting]) -> None:
        """Forget what was looked at, unless it was said again meanwhile."""
        with self._database.writing() as connection:
            connection.executemany(
                "DELETE FROM inbox WHERE id = ? AND at = ?", [(one.id, one.token) for one in waiting]
            )

    def put_off(self, waiting: Waiting, delay: timedelta) -> None:
        """Look at it again after that delay, unless it was said again meanwhile."""
        due = (self._clock() + delay).isoformat()
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE inbox SET due = ?, attempts = attempts + 1 WHERE id = ? AND at = ?",
                (due, waiting.id, waiting.token),
            )

    # ---- subscriptions

    def subscriptions(self) -> list[Subscription]:
        """All subscriptions whose secret can be read; others are forgotten, as they are of no use."""
        found, lost = [], []
        for row in self._database.rows("SELECT * FROM subscriptions ORDER BY source"):
            secret = self._database.sealer.unseal(row["sealed"], _place(row["id"]))
            if secret is None:
                lost.append((row["id"],))
            else:
                found.append(_subscription(row, secret))
        if lost:
            with self._database.writing() as connection:
                connection.executemany("DELETE FROM subscriptions WHERE id = ?", lost)
        return found

    def subscription(self, subscription_id: str) -> Subscription | None:
        """The subscription of that id."""
        row = self._database.row("SELECT * FROM subscriptions WHERE id = ?", subscription_id)
        secret = self._database.sealer.unseal(row["sealed"], _place(row["id"])) if row else None
        return _subscription(row, secret) if row and secret is not None else None

    def keep(self, one: Subscription) -> None:
        """Keep a subscription as it is now, in place of another one to the same source."""
        values = (
            one.id, one.server, one.source, one.hub, one.topic, self._database.sealer.seal(one.secret, _place(one.id)),
            one.state, one.due.isoformat(), one.until.isoformat() if one.until else None, one.failures, one.problem,
        )  # fmt: skip
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM subscriptions WHERE id = ? OR (server IS ? AND source = ?)",
                (one.id, one.server, one.source),
            )
            connection.execute(f"INSERT INTO subscriptions VALUES ({', '.join('?' * len(values))})", values)

    def drop(self, subscription_id: str) -> None:
        """Forget a subscription."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM subscriptions WHERE id = ?", (subscription_id,))


def new_id() -> str:
    """The id of a new subscription. Nobody can guess it, as it is the hub's way in."""
    return secrets.token_hex(NAME_BYTES)


def new_secret() -> str:
    """A secret for signatures."""
    return secrets.token_hex(SECRET_BYTES)


def _place(name: str) -> str:
    return f"webhook {name}"


def _subject(told: Told) -> str:
    if told.source:
        return json.dumps({"source": told.source})
    return json.dumps({"addresses": told.notice.addresses, "slug": told.notice.slug})


def _told(row: Row) -> Told:
    subject = json.loads(row["subject"])
    if source := subject.get("source"):
        return Told(source=source)
    return Told(Notice(tuple(subject["addresses"]), subject["slug"]), bool(row["gone"]))


def _subscription(row: Row, secret: str) -> Subscription:
    until = datetime.fromisoformat(row["until"]) if row["until"] else None
    return Subscription(
        row["id"], row["server"], row["source"], row["hub"], row["topic"], secret, State(row["state"]),
        datetime.fromisoformat(row["due"]), until, row["failures"], row["problem"],
    )  # fmt: skip
