"""What is kept for buttons: found again as it was, by its server, for an hour."""

from datetime import UTC, datetime, timedelta

from bot.storage.database import Database
from bot.storage.pending import Pending, PendingEdit, PendingPaste, PendingRemoval, PendingStore, PendingUndo
from index import Article, Change, Facts

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
FERRY = Article("ferry", "Ferry crews to strike", "They strike.", "Nora Quill", NOW, section="News")

KEPT: tuple[Pending, ...] = (
    PendingUndo(Change((FERRY,), seen={"ferry": b"\x01"}, whole=True), "Ferry crews to strike", {"ferry": "0a1b"}),
    PendingPaste("They strike.", "Ferry crews to strike"),
    PendingEdit("0a1b", Facts("Ferry crews strike", published="last spring"), Facts("Ferry crews to strike")),
    PendingRemoval(("ferry", "mill")),
)


def test_each_kind_is_found_as_it_was_kept_and_as_no_other(database: Database) -> None:
    store = PendingStore(database, lambda: NOW)
    ids = [store.keep(5, pending) for pending in KEPT]
    for pending_id, pending in zip(ids, KEPT, strict=True):
        found = [store.find(pending_id, 5, type(other)) for other in KEPT]
        assert [one for one in found if one] == [pending]
        assert store.find(pending_id, 6, type(pending)) is None


def test_it_is_kept_for_an_hour(database: Database) -> None:
    now = NOW
    store = PendingStore(database, lambda: now)
    ids = [store.keep(5, pending) for pending in KEPT]
    now = NOW + timedelta(hours=1, seconds=1)
    assert [store.find(kept, 5, type(pending)) for kept, pending in zip(ids, KEPT, strict=True)] == [None] * 4


def test_it_is_not_kept_for_longer_where_the_clock_was_set_back(database: Database) -> None:
    now = NOW
    store = PendingStore(database, lambda: now)
    kept = store.keep(5, KEPT[1])
    now = NOW - timedelta(minutes=59)
    store.forget_old()
    assert store.find(kept, 5, PendingPaste) == KEPT[1]
    now = NOW - timedelta(minutes=61)
    store.forget_old()
    assert database.rows("SELECT * FROM pending") == []
