"""The passage index of each generation: kept in memory, saved beside the database, rebuilt where it does not serve."""

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from index.storage.reader import Reader
from index.storage.vectors import FILE, PassageIndex, UnusableIndex

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Derived:
    """What is computed from one generation of the database."""

    index: PassageIndex
    term_total: int

    @classmethod
    def of(cls, reader: Reader) -> "Derived":
        """What the database holds, as the transaction of `reader` sees it."""
        return cls(PassageIndex.build(*reader.passage_vectors()), reader.count_terms())


class Generations:
    """What is derived from the last generations of the library in one folder. Safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: dict[int, Derived] = {}

    def forget(self) -> None:
        """Keep nothing in memory; who has something at hand keeps that."""
        self._kept = {}

    def derived(self, reader: Reader) -> Derived:
        """What is derived from the reader's generation: kept from before, read from disk, or rebuilt.

        What was rebuilt is kept and saved, unless a newer one is: who still reads an old one has it for themselves.
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
        """Make what is derived from a generation what searches use, and save it; whether that was possible."""
        with self._lock:
            self._keep(derived, generation)
            return self._save(derived, generation)

    def _keep(self, derived: Derived, generation: int) -> None:
        """Keep it beside that of the generation before, from which some may still be reading."""
        self._kept = {number: kept for number, kept in self._kept.items() if number == generation - 1}
        self._kept[generation] = derived

    def _save(self, derived: Derived, generation: int) -> bool:
        try:
            derived.index.save(self._folder, generation)
        except OSError as error:
            logger.warning("%s could not be written (%s); it will be rebuilt.", self._folder / FILE, error.strerror)
            return False
        return True
