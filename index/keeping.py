"""Keeps what an update replaces or removes for a while, so that the update can be undone.

The updates that are kept are a stack: the last one is undone first. An update that is not to be kept, such as a removal
by hand, also drops what was kept of the articles that it touches. So the stack always fits to the articles that are
there, and what somebody takes out is nowhere any more.
"""

from datetime import datetime, timedelta

from index.storage.seam import Records, Update
from index.types import KeptGeneration, UpdateReport

MOST = 10
"""How many updates are kept at most."""


def keep_former(update: Update, report: UpdateReport, keep_for: timedelta | None, now: datetime) -> None:
    """Keep what an update is about to replace and remove, or drop what was kept of it. Call it before it writes."""
    touched = (*report.added, *report.changed, *report.removed)
    drop_expired(update, now)
    if not touched:
        return
    if not keep_for:
        update.drop_kept(touched)
        return
    kept = KeptGeneration(update.read_generation() + 1, now, now + keep_for, len(touched))
    update.keep(kept, touched)
    for old in update.kept_generations()[MOST:]:
        update.drop_generation(old.generation)


def drop_expired(update: Update, now: datetime) -> None:
    """Drop the updates that were kept for their time, and any before them, as these can only be undone after them."""
    last = newest_expired(update, now)
    for kept in update.kept_generations():
        if last is not None and kept.generation <= last:
            update.drop_generation(kept.generation)


def newest_expired(records: Records, now: datetime) -> int | None:
    """The last generation that was kept for its time; None if there is none."""
    return max((kept.generation for kept in records.kept_generations() if kept.until <= now), default=None)
