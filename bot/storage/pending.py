"""Keeps what a button needs when it is pressed: a change to take back, what was sent, the articles to remove.

It is found again by the id in the button. It is kept for an hour only, as it may be the text of a withdrawn story.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.storage.database import Database
from index import Change, Facts, change_as_json, change_from_json

KEPT = timedelta(hours=1)
"""How long a change can be taken back, and a removal that was asked for confirmed."""


@dataclass(frozen=True, slots=True)
class PendingUndo:
    """The change that takes an earlier change of a library back.

    `about` is the title or the address of what was changed. `texts` has a digest of the text of each article that the
    earlier change added or replaced, by id.
    """

    change: Change
    about: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PendingPaste:
    """What was pasted into the form and could not be taken in; None where a field was left empty."""

    text: str
    title: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """What was sent of the article with that key and could not be applied, and what the form had shown at first."""

    key: str
    stated: Facts
    shown: Facts


@dataclass(frozen=True, slots=True)
class PendingRemoval:
    """The ids of the articles that a source seems to have lost, and that may be removed."""

    article_ids: tuple[str, ...]


Pending = PendingUndo | PendingPaste | PendingEdit | PendingRemoval
P = TypeVar("P", PendingUndo, PendingPaste, PendingEdit, PendingRemoval)

_KINDS: dict[type[Pending], str] = {
    PendingUndo: "undo",
    PendingPaste: "paste",
    PendingEdit: "edit",
    PendingRemoval: "missing",
}
"""How the table names each kind."""


class PendingStore:
    """What is pending, in one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def keep(self, server: int, pending: Pending) -> str:
        """Keep it for an hour, and return the id to find it by."""
        pending_id = secrets.token_hex(8)
        values = (pending_id, server, self._clock().isoformat(), json.dumps(_as_json(pending)), _KINDS[type(pending)])
        with self._database.writing() as connection:
            connection.execute("INSERT INTO pending (id, server, at, work, kind) VALUES (?, ?, ?, ?, ?)", values)
        return pending_id

    def find(self, pending_id: str, server: int, kind: type[P]) -> P | None:
        """What was kept under that id for that server; None if the hour is over, or it was used already."""
        row = self._database.row(
            "SELECT work FROM pending WHERE id = ? AND server = ? AND kind = ? AND at >= ?",
            pending_id,
            server,
            _KINDS[kind],
            self._oldest,
        )
        found = _from_json(kind, json.loads(row["work"])) if row else None
        return found if isinstance(found, kind) else None

    def forget(self, pending_id: str) -> None:
        """Forget it: it is done."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM pending WHERE id = ?", (pending_id,))
        self._database.overwrite()

    def forget_old(self) -> None:
        """Forget what was kept for its hour; also where the clock was set back by more than that since."""
        newest = (self._clock() + KEPT).isoformat()
        with self._database.writing() as connection:
            gone = connection.execute("DELETE FROM pending WHERE at < ? OR at > ?", (self._oldest, newest)).rowcount
        if gone:
            self._database.overwrite()

    @property
    def _oldest(self) -> str:
        return (self._clock() - KEPT).isoformat()


def _as_json(pending: Pending) -> Any:  # noqa: ANN401 - whatever JSON can hold
    match pending:
        case PendingUndo(change, about, texts):
            return change_as_json(change) | {"about": about, "texts": dict(texts)}
        case PendingPaste() | PendingEdit():
            return asdict(pending)
        case PendingRemoval(article_ids):
            return list(article_ids)


def _from_json(kind: type[Pending], work: Any) -> Pending:  # noqa: ANN401 - whatever JSON can hold
    if kind is PendingUndo:
        return PendingUndo(change_from_json(work), work.get("about", ""), work.get("texts", {}))
    if kind is PendingEdit:
        return PendingEdit(work["key"], Facts(**work["stated"]), Facts(**work["shown"]))
    return PendingPaste(**work) if kind is PendingPaste else PendingRemoval(tuple(work))
