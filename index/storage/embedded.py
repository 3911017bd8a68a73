"""The embedded storage engine: a SQLite database with all the data, and a FAISS index that is derived from it."""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

from index.storage.faults import examine
from index.storage.generations import Derived, Generations
from index.storage.reader import Reader
from index.storage.seam import DeriveAnew
from index.storage.store import Store
from index.storage.types import Examination, Scope
from index.storage.vectors import FILE, sweep
from index.storage.writer import Writer
from index.types import Floats


class EmbeddedSnapshot(Reader):
    """One generation with its passage index. The index is loaded at its first use."""

    def __init__(self, reader: Reader, generations: Generations) -> None:
        super().__init__(reader.connection)
        self._generations = generations

    @functools.cached_property
    def _derived(self) -> Derived:
        return self._generations.derived(self)

    def passage_total(self) -> int:
        """How many passages there are."""
        return len(self._derived.index)

    def term_total(self) -> int:
        """How many terms all passages have in total."""
        return self._derived.term_total

    def nearest(self, vector: Floats, limit: int, scope: Scope) -> list[int]:
        """The ids of the `limit` passages in scope nearest to the unit `vector` (dimension,), nearest first."""
        among = None if scope.everything else self.passage_ids(scope)
        return self._derived.index.search(vector, limit, among)


class EmbeddedStorage:
    """A library in one folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Open the library in `folder`, or create one there. Raises LibraryError."""
        self._folder = folder
        self._store = Store(folder)
        self._generations = Generations(folder, self._store.looking)
        sweep(folder)

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    @contextlib.contextmanager
    def reading(self) -> Iterator[EmbeddedSnapshot]:
        """Open the last complete generation for reading. Raises LibraryError."""
        with self._store.reading() as reader:
            yield EmbeddedSnapshot(reader, self._generations)

    @contextlib.contextmanager
    def writing(self, patience: float) -> Iterator[Writer]:
        """Begin an update; it is committed at the end of the `with` block, or rolled back if the block raises.

        The new index is built inside the transaction, and published after the commit. Raises LibraryBusy, LibraryError.
        """
        published: tuple[Derived, int] | None = None
        with self._store.writing(patience) as writer:
            yield writer
            if writer.has_changed_articles:
                generation = writer.complete_generation()
                published = Derived.of(writer), generation
        if published:
            self._generations.publish(*published)

    def warm(self) -> None:
        """Load the passage index. Raises LibraryError."""
        with self._store.reading() as reader:
            self._generations.derived(reader)

    def examine(self) -> Examination:
        """Say what is wrong with the database and the files beside it. Changes nothing. Raises LibraryError."""
        with self._store.reading() as reader:
            return examine(reader, self._folder)

    def mend(self, patience: float, derive_anew: DeriveAnew) -> tuple[str, ...]:
        """Repair passages and the index, and delete leftover files. Raises LibraryBusy, LibraryError."""
        with self._store.writing(patience) as writer:
            found = examine(writer, self._folder)
            derived_anew = derive_anew(writer, found)
            generation = writer.complete_generation() if derived_anew else writer.read_generation()
            derived = Derived.of(writer) if derived_anew or found.index_fault else None
        done = [f"the passages of “{article_id}” were made again from its text" for article_id in derived_anew]
        if derived and self._generations.publish(derived, generation):
            done.append(f"{FILE} was rebuilt from the stored vectors")
        sweep(self._folder)
        done += [f"{file.name} was deleted" for file in found.leftovers if not file.exists()]
        return tuple(done)

    def rest(self) -> None:
        """Close the files and free the indexes. Reads and updates that are running are not disturbed."""
        self._generations.forget()
        self._store.close()

    def close(self) -> None:
        """Close the files."""
        self._store.close()
