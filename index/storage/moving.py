"""Moves all libraries from one engine into another, which is empty: copied, and then compared with the source.

The target notes that a move is under way, from where, and which library is being copied. Until the move is finished
nobody else opens a library there. A move that was cut off goes on where it was, and compares
what was copied before. The source is not changed.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from index.errors import LibraryError
from index.storage.engine import Engine, is_database
from index.storage.seam import Snapshot, Storage
from index.storage.transfer import Contents, contents_of, copy_library
from index.types import OnProgress, Progress

_EMPTYING = " with: DROP SCHEMA pullquote CASCADE"
"""How a database is made empty."""


@dataclass(frozen=True, slots=True)
class _Note:
    """What the target notes of a move."""

    source: str
    """The place that is moved from."""
    library: str | None = None
    """The library that is being copied, the last one."""
    generation: int = 0
    """Of that library."""


class Move:
    """A move of all libraries from one engine into another, which must be made for an `unfinished` place."""

    def __init__(self, source: Engine, target: Engine) -> None:
        self._source = source
        self._target = target

    def check(self) -> bool:
        """Whether a move from the source into the target is under way. Raises LibraryError if the target has others."""
        if note := self._note():
            if note.source != self._source.place:
                raise LibraryError(
                    f"{self._target.place} holds an unfinished move from {note.source}; finish that one, or name "
                    "another place."
                )
            return True
        for name in self._target.names():
            with _opened(self._target, name) as (_, snapshot):
                if not _gives_way(snapshot):
                    raise LibraryError(
                        f"There is a library in {self._target.place} already, and it is not written over; name an "
                        f"empty place, or make that one empty{_EMPTYING if is_database(self._target.place) else ''}."
                    )
        return False

    def begin(self) -> None:
        """Note that the move is under way, unless it was. Raises PullquoteError."""
        if not self._note():
            self._target.note_moving(json.dumps(asdict(_Note(self._source.place))))

    def run(self, on_progress: OnProgress = lambda _: None) -> dict[str, Contents]:
        """Copy the libraries, and compare each with its source. Returns what each holds, by name.

        Raises LibraryError if the target is not the same, and what the engines raise.
        """
        names = self._source.names()
        for name in self._target.names():
            if name not in names:
                self._target.delete(name)
        total = 0
        for name in names:
            with _opened(self._source, name) as (_, snapshot):
                total += snapshot.size().articles
        count = _Count(2 * total, on_progress)
        return {name: self._moved(name, count.more) for name in names}

    def confirm(self, moved: dict[str, Contents]) -> None:
        """Raise LibraryError if the source has changed since it was copied."""
        if self._source.names() != [*moved]:
            raise _changed("a library", self._source.place)
        for name, contents in moved.items():
            with _opened(self._source, name) as (storage, snapshot):
                if snapshot.read_generation() != contents.generation:
                    raise _changed("an article", storage.place)

    def end(self) -> None:
        """Note that the move is finished. Raises PullquoteError."""
        self._target.note_moving(None)

    def _moved(self, name: str, on_articles: Callable[[int], None]) -> Contents:
        """Copy a library, unless it is there, and compare the two. Returns what it holds."""
        with _opened(self._source, name) as (_, snapshot):
            note = _Note(self._source.place, name, snapshot.read_generation())
            if self._target.exists(name):
                if self._note() == note and snapshot.size().articles:
                    copied = self._copied(snapshot, name, on_articles)
                else:
                    copied = contents_of(snapshot, with_former=True, on_articles=on_articles)
                if self._held(name, on_articles) == copied:
                    return copied
                self._target.delete(name)  # it was copied before the source changed
            self._target.note_moving(json.dumps(asdict(note)))
            copied = self._copied(snapshot, name, on_articles)
        found = self._held(name, on_articles)
        if found != copied:
            raise LibraryError(
                f"The library {name} in {self._target.place} is not what was copied there "
                f"({_difference(copied, found)}); see that nobody else uses that place, and begin anew in an empty one."
            )
        return copied

    def _copied(self, snapshot: Snapshot, name: str, on_articles: Callable[[int], None]) -> Contents:
        with contextlib.closing(self._target.open(name, _now)) as storage:
            return copy_library(snapshot, storage, with_former=True, on_articles=on_articles)

    def _held(self, name: str, on_articles: Callable[[int], None]) -> Contents:
        with _opened(self._target, name) as (_, snapshot):
            return contents_of(snapshot, with_former=True, on_articles=on_articles)

    def _note(self) -> _Note | None:
        note = self._target.moving()
        try:
            return None if note is None else _Note(**json.loads(note))
        except (ValueError, TypeError) as error:
            raise LibraryError(
                f"{self._target.place} holds the note of a move that cannot be read; begin anew in an empty place."
            ) from error


class _Count:
    """Tells how far all of it is."""

    def __init__(self, total: int, on_progress: OnProgress) -> None:
        self._done = 0
        self._total = total
        self._on_progress = on_progress

    def more(self, articles: int) -> None:
        """So many more articles were copied, or compared."""
        self._done += articles
        self._on_progress(Progress(min(self._done, self._total), self._total))


@contextlib.contextmanager
def _opened(engine: Engine, name: str) -> Iterator[tuple[Storage, Snapshot]]:
    """A library that is there, and the whole of it as it is now."""
    with contextlib.closing(engine.open(name, _now)) as storage, storage.reading(whole=True) as snapshot:
        yield storage, snapshot


def _gives_way(snapshot: Snapshot) -> bool:
    """Whether a library is as good as empty: nothing was ever in it, or the bundled sample alone."""
    if snapshot.sources() or snapshot.excluded() or snapshot.kept_generations():
        return False
    if snapshot.size().articles == 0:
        return not snapshot.read_generation()
    return all(article.origin.is_sample for article in snapshot.articles())


def _changed(what: str, place: str) -> LibraryError:
    return LibraryError(f"While {place} was copied, {what} changed there; stop what changes it, and move it again.")


def _difference(copied: Contents, found: Contents) -> str:
    """Which counts differ, with both."""
    before, now = asdict(copied), asdict(found)
    named = [f"{name}: {before[name]} and {now[name]}" for name in before if before[name] != now[name]]
    return ", ".join(name for name in named if not name.startswith("digest")) or "the hashes differ"


def _now() -> datetime:
    return datetime.now(UTC)
