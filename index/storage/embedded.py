"""The embedded storage engine: a SQLite database with all the data, and an index of the vectors derived from it."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import LibraryError
from index.storage.faults import examine
from index.storage.generations import INDEX, Generations, sweep, wipe_removed
from index.storage.hidden import HiddenCache
from index.storage.reader import Reader
from index.storage.rows import microseconds
from index.storage.seam import DeriveAnew
from index.storage.store import Store
from index.storage.types import Examination, Scope
from index.storage.vectors import NEVER, UNDATED, PassageIndex, Rows, UnusableIndex, delete_before
from index.storage.writer import Writer
from index.types import Floats


class EmbeddedSnapshot(Reader):
    """One generation with its passage index. The index is opened at its first use."""

    def __init__(
        self, reader: Reader, generations: Generations, seen_at: datetime | None, hidden_cache: HiddenCache
    ) -> None:
        super().__init__(reader.connection, seen_at, hidden_cache)
        self._generations = generations
        self._index: PassageIndex | None = None
        self._rows: dict[Scope, Rows] = {}

    def nearest(self, vector: Floats, limit: int, scope: Scope) -> list[int]:
        """The ids of the `limit` passages in scope nearest to the unit `vector` (dimension,), nearest first."""
        try:
            return self._opened().search(vector, limit, self._rows_in(scope))
        except UnusableIndex as reason:
            self._index, self._rows = self._generations.again(self, reason), {}
            return self._index.search(vector, limit, self._rows_in(scope))

    def passage_ids(self, scope: Scope) -> NDArray[np.int64]:
        """The ids of the passages of the articles in scope, ascending."""
        rows = self._rows_in(scope)
        return super().passage_ids(scope) if rows is None else self._opened().ids_of(rows)

    def _rows_in(self, scope: Scope) -> Rows | None:
        """The rows of the index that are in scope and not hidden, ascending; None: all."""
        if scope.everything and not self._hidden:
            return None
        if scope not in self._rows:
            index = self._opened()
            if scope.article_id is not None:
                rows = index.rows_of(super().passage_ids(scope))
            else:
                since, until = scope.since, scope.until
                rows = (
                    index.all_rows
                    if scope.everything
                    else index.rows_in(
                        microseconds(since) if since else UNDATED, microseconds(until) if until else NEVER
                    )
                )
                if self._hidden:
                    rows = rows[~np.isin(rows, index.rows_of(self._hidden.passages), kind="sort")]
            self._rows[scope] = rows
        return self._rows[scope]

    def _opened(self) -> PassageIndex:
        if self._index is None:
            self._index = self._generations.index(self)
        return self._index


class EmbeddedStorage:
    """A library in one folder of its own."""

    editions = None

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open the library in `folder`, or create one there. Raises LibraryError.

        `clock` says when readers read.
        """
        self._folder = folder
        self._clock = clock
        self._hidden_cache = HiddenCache()
        self._store = Store(folder, partial(wipe_removed, folder))
        self._generations = Generations(folder, self._store.looking, self._store.writing)
        self._generations.prepare()

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    @contextlib.contextmanager
    def reading(self, *, whole: bool = False) -> Iterator[EmbeddedSnapshot]:
        """Open the last complete generation, as readers see it now, or the `whole` of it. Raises LibraryError."""
        seen_at = None if whole else self._clock()
        with self._store.reading() as reader:
            yield EmbeddedSnapshot(reader, self._generations, seen_at, self._hidden_cache)

    @contextlib.contextmanager
    def writing(self, patience: float) -> Iterator[Writer]:
        """Begin an update; it is committed at the end of the `with` block, or rolled back if the block raises.

        The files of the passage index are extended inside the transaction. Raises LibraryBusy, LibraryError.
        """
        with self._store.writing(patience) as writer:
            yield writer
            if writer.has_changed_articles:
                generation = writer.complete_generation()
                if writer.has_put_off_indexing:
                    writer.set_stand(None)
                else:
                    self._generations.extend(writer, generation)
        if writer.has_changed_articles and self._generations.is_used:
            with contextlib.suppress(LibraryError):  # the next question would say so
                self.warm()

    def warm(self) -> None:
        """Open the passage index. Raises LibraryError."""
        with self._store.reading() as reader:
            self._generations.index(reader)

    def tidy(self, patience: float) -> None:
        """Erase what updates have put off erasing. Raises LibraryBusy, LibraryError."""
        self._store.tidy(patience)

    def examine(self) -> Examination:
        """Say what is wrong with the database and the files beside it. Changes nothing. Raises LibraryError."""
        with self._store.reading() as reader:
            return examine(reader, self._folder)

    def mend(self, patience: float, derive_anew: DeriveAnew) -> tuple[str, ...]:
        """Repair passages and what is derived from them; delete leftover files. Raises LibraryBusy, LibraryError."""
        done, is_renewed = [], False
        with self._store.writing(patience) as writer:
            found = examine(writer, self._folder)
            for article_id in (derived_anew := derive_anew(writer, found)):
                done.append(f"the passages of “{article_id}” were made again from its text")
            if derived_anew:
                generation = writer.complete_generation()
                self._generations.extend(writer, generation)
            if found.words_fault or derived_anew:
                writer.rebuild_words()
            if found.words_fault:
                done.append("the full-text index was rebuilt from the stored terms")
            if found.index_fault:
                is_renewed = self._generations.renew(writer)
            stand = writer.stand()
        if is_renewed:
            done.append(f"{INDEX} was rebuilt from the stored vectors")
        if stand and found.index_fault:
            with contextlib.suppress(OSError):
                delete_before(self._folder, stand.epoch)
        self._generations.forget()
        sweep(self._folder, stand)
        done += [f"{file.name} was deleted" for file in found.leftovers if not file.exists()]
        return tuple(done)

    def back_up(self, folder: Path) -> Path:
        """Write a copy of the database into another folder. Its passage index is made again when it is opened there."""
        return self._store.back_up(folder)

    def rest(self) -> None:
        """Close the files and free the indexes. Reads and updates that are running are not disturbed."""
        self._generations.forget()
        self._hidden_cache.forget()
        self._store.close()

    def close(self) -> None:
        """Close the files. Those of the passage index are let go of when no search uses them any more."""
        self.rest()
