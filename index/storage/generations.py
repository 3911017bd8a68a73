"""The passage index of each generation: cached in memory, kept in files, and made again where these are unusable."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from index.errors import LibraryBusy, LibraryError
from index.storage.reader import Reader
from index.storage.vectors import (
    Columns,
    PassageIndex,
    Stand,
    UnusableIndex,
    create,
    delete_before,
    epochs_in,
    extend,
    is_sparse,
    wipe,
)
from index.storage.writer import Writer

SECONDS_UNTOUCHED = 60
"""A file of an epoch that was never committed is left over if nobody has written to it for this long."""

OLD_FILE = "passages.faiss"
"""The file that held the index before schema version 3."""

INDEX = "the passage index"

logger = logging.getLogger(__name__)


class Generations:
    """Keeps the passage indexes of the latest generations of one library. Many threads may use it at once."""

    def __init__(
        self,
        folder: Path,
        looking: Callable[[], AbstractContextManager[Reader]],
        writing: Callable[[float], AbstractContextManager[Writer]],
    ) -> None:
        """The files are in `folder`. `looking` opens the last generation of its database, and `writing` an update."""
        self._folder = folder
        self._looking = looking
        self._writing = writing
        self._lock = threading.Lock()
        self._kept: dict[int, PassageIndex] = {}

    @property
    def is_used(self) -> bool:
        """Whether searches go on here, so that the next one should not have to wait for the index."""
        return bool(self._kept)

    def forget(self) -> None:
        """Empty the cache. Threads that use some of the indexes keep theirs."""
        self._kept = {}

    def index(self, reader: Reader) -> PassageIndex:
        """The index of the reader's generation: from the cache, from the files, or made of the stored vectors."""
        generation = reader.read_generation()
        if kept := self._kept.get(generation):
            return kept
        with self._lock:
            if kept := self._kept.get(generation):
                return kept
            return self._keep(self._load(reader, generation), generation)

    def again(self, reader: Reader, reason: UnusableIndex) -> PassageIndex:
        """The index of the reader's generation, made of the stored vectors, as the one from the files is unusable."""
        with self._lock:
            generation = reader.read_generation()
            return self._keep(self._made(reader, generation, str(reason)), generation)

    def _keep(self, index: PassageIndex, generation: int) -> PassageIndex:
        """Cache an index, and that of one other generation, which some readers may still use: the newest."""
        others = {number: kept for number, kept in self._kept.items() if number != generation}
        newest = max(others, default=generation)
        self._kept = {generation: index} | {number: kept for number, kept in others.items() if number == newest}
        return index

    def _load(self, reader: Reader, generation: int) -> PassageIndex:
        stand = reader.stand()
        if stand is None:
            return PassageIndex(reader.columns(), generation)
        try:
            columns = Columns.mapped(self._folder, stand)
            columns.check(stand, generation)
        except UnusableIndex as reason:
            return self._made(reader, generation, str(reason))
        return PassageIndex(columns, generation)

    def _made(self, reader: Reader, generation: int, reason: str) -> PassageIndex:
        """Make the index of the stored vectors, and new files of it if this is still the newest generation."""
        index = PassageIndex(reader.columns(), generation)
        with contextlib.suppress(LibraryError), self._looking() as newest:
            if newest.read_generation() == generation:
                logger.warning("The passage index of %s %s; rebuilt from the stored vectors.", self._folder, reason)
                self.repair(generation)
        return index

    def prepare(self) -> None:
        """Make the files if the database says so: it was made by an earlier version, or they could not be written."""
        with self._looking() as reader:
            generation, stand = reader.read_generation(), reader.stand()
        if generation and stand is None:
            self.repair(generation)
        with contextlib.suppress(OSError):
            (self._folder / OLD_FILE).unlink(missing_ok=True)
        sweep(self._folder, stand)

    def repair(self, generation: int) -> None:
        """Make new files, unless somebody is updating the library, who will do so; or has done so."""
        try:
            with self._writing(0) as writer:
                if writer.read_generation() == generation and self.fault(writer):
                    self.renew(writer)
                stand = writer.stand()
            if stand:
                delete_before(self._folder, stand.epoch)
        except LibraryBusy:
            return
        except (LibraryError, OSError) as error:
            self._could_not_write(error)

    def fault(self, reader: Reader) -> str | None:
        """What is wrong with the files, judged without the database's vectors; None if nothing is."""
        generation, stand = reader.read_generation(), reader.stand()
        if stand is None:
            return "is missing" if generation else None
        try:
            columns = Columns.mapped(self._folder, stand)
            columns.check(stand, generation)
            columns.verify(generation)
        except UnusableIndex as reason:
            return str(reason)
        return None

    def renew(self, writer: Writer) -> bool:
        """Write all stored vectors to the files of a new epoch, as the writer's transaction sees them.

        Returns whether that was possible. If not, searches work from memory, until it is tried again.
        """
        generation = writer.read_generation()
        return self._create(writer, writer.columns(), generation)

    def extend(self, writer: Writer, generation: int) -> bool:
        """Write to the files what an update has changed, before it is committed as `generation`.

        Returns as `renew` does.
        """
        stand, removed = writer.stand(), writer.removed()
        added = writer.columns(after=writer.newest)
        if stand is None:
            return self.renew(writer)
        try:
            if is_sparse(stand, len(removed)):
                kept = Columns.mapped(self._folder, stand)
                kept.check(stand, generation - 1)
                kept = kept.living(generation - 1).without(removed)
                return self._create(writer, kept.followed_by(added), generation)
            writer.set_stand(extend(self._folder, stand, generation - 1, added, removed))
        except UnusableIndex:
            return self.renew(writer)
        except OSError as error:
            writer.set_stand(None)
            self._could_not_write(error)
            return False
        return True

    def _create(self, writer: Writer, columns: Columns, generation: int) -> bool:
        epoch = 1 + max((epoch for epoch, _ in epochs_in(self._folder)), default=0)
        try:
            create(self._folder, epoch, columns)
        except OSError as error:
            writer.set_stand(None)
            self._could_not_write(error)
            return False
        writer.set_stand(columns.stand(epoch, generation))
        return True

    def _could_not_write(self, error: Exception) -> None:
        reason = error.strerror if isinstance(error, OSError) else error
        logger.warning("The passage index of %s could not be written (%s); it will be rebuilt.", self._folder, reason)


def wipe_removed(folder: Path, generation: int, stand: Stand | None) -> None:
    """Overwrite what was removed up to a generation. Nobody may read an earlier one any more. Never raises."""
    if stand is not None:
        with contextlib.suppress(OSError, UnusableIndex):
            wipe(folder, stand, generation)


def leftovers(folder: Path, stand: Stand | None) -> list[Path]:
    """The files of epochs that were never committed, but not those that are being written now."""
    committed = stand.epoch if stand else 0
    return [file for epoch, file in epochs_in(folder) if epoch > committed and _is_untouched(file)]


def sweep(folder: Path, stand: Stand | None) -> None:
    """Delete such files. Errors are ignored: another process may have deleted them, or a later call will."""
    for file in leftovers(folder, stand):
        with contextlib.suppress(OSError):
            file.unlink()


def _is_untouched(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime > SECONDS_UNTOUCHED
    except OSError:  # gone meanwhile
        return False
