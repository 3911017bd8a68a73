"""The passage index of each generation: cached in memory, saved beside the database, and rebuilt if it is unusable."""

import contextlib
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from index.errors import LibraryError
from index.storage.reader import Reader
from index.storage.vectors import FILE, PassageIndex, UnusableIndex

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Derived:
    """The data that is computed from one generation of the database: the passage index and the number of all terms."""

    index: PassageIndex
    term_total: int

    @classmethod
    def of(cls, reader: Reader) -> "Derived":
        """Compute it from the database, as the transaction of `reader` sees it."""
        return cls(PassageIndex.build(*reader.passage_vectors()), reader.count_terms())


class Generations:
    """Caches the derived data of the latest generations of one library. Many threads may use it at once."""

    def __init__(self, folder: Path, looking: Callable[[], AbstractContextManager[Reader]]) -> None:
        """Save the indexes in `folder`. `looking()` opens the last complete generation of its database."""
        self._folder = folder
        self._looking = looking
        self._lock = threading.Lock()
        self._kept: dict[int, Derived] = {}

    def forget(self) -> None:
        """Empty the cache. Threads that use some of the data keep theirs."""
        self._kept = {}

    def derived(self, reader: Reader) -> Derived:
        """The derived data of the reader's generation: from the cache, from disk, or rebuilt.

        Rebuilt data is cached and saved, unless a newer generation is cached already. Then only this reader of an old
        generation uses it.
        """
        generation = reader.read_generation()
        if kept := self._kept.get(generation):
            return kept
        with self._lock:
            if kept := self._kept.get(generation):
                return kept
            try:
                derived = Derived(PassageIndex.load(self._folder, generation), reader.count_terms())
            except UnusableIndex as reason:
                derived = Derived.of(reader)
                if generation < max(self._kept, default=0):
                    return derived
                if generation:
                    logger.warning("%s %s; rebuilt from the stored vectors.", self._folder / FILE, reason)
                    self._save(derived, generation)
            self._keep(derived, generation)
            return derived

    def publish(self, derived: Derived, generation: int) -> bool:
        """Let searches use the derived data of a new generation, and save its index. Returns whether it was saved."""
        with self._lock:
            self._keep(derived, generation)
            return self._save(derived, generation)

    def _keep(self, derived: Derived, generation: int) -> None:
        """Cache it, and keep that of the generation before, which some readers may still use."""
        self._kept = {number: kept for number, kept in self._kept.items() if number == generation - 1}
        self._kept[generation] = derived

    def _save(self, derived: Derived, generation: int) -> bool:
        """Save the index of the newest generation. Returns whether that worked.

        Other processes save without waiting for this one, so it could overwrite the index of a newer generation that
        was saved a moment ago. Whoever saves last looks last, and then finds that newer generation and saves it again.
        """
        try:
            derived.index.save(self._folder, generation)
        except OSError as error:
            logger.warning("%s could not be written (%s); it will be rebuilt.", self._folder / FILE, error.strerror)
            return False
        newer = self._newer_than(generation)
        return self._save(*newer) if newer else True

    def _newer_than(self, generation: int) -> tuple[Derived, int] | None:
        """What is derived from the newest generation, with its number; None if it is not newer, or cannot be read."""
        with contextlib.suppress(LibraryError), self._looking() as reader:  # the next to read it is told
            newest = reader.read_generation()
            return (Derived.of(reader), newest) if newest > generation else None
        return None
