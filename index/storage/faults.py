"""Finds what is wrong with a library, and says which faults can be repaired.

Articles cannot be restored. Everything else is derived and can be made again: an encoding from its article's text, the
full-text index from the stored terms, and the files of the passage index from the encodings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.storage.checking import examination_of
from index.storage.generations import INDEX, leftovers
from index.storage.reader import IndexedPassage, Reader
from index.storage.store import DATABASE
from index.storage.types import Examination
from index.storage.vectors import Columns, UnusableIndex
from index.types import Fault

_WHOLE = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class FolderExamination(Examination):
    """What is wrong with the library in a folder, including its indexes, and which unfinished files are left there."""

    index_fault: str | None = None
    words_fault: bool = False
    leftovers: tuple[Path, ...] = ()


def examine(reader: Reader, folder: Path) -> FolderExamination:
    """Find everything that is wrong with the library in `folder`. If the SQLite file is damaged, report only that."""
    if damage := reader.damage():
        return FolderExamination(tuple(Fault(f"{DATABASE} is damaged: {found}", mendable=False) for found in damage))
    passages = list(reader.checked_passages())
    found = examination_of(reader, reader.altered_articles(), passages)
    damaged = set(found.damaged)
    index_fault = _index_fault(reader, passages, damaged, folder)
    words_fault = not damaged and reader.words_digest() != sum(passage.digest for passage in passages) & _WHOLE
    left = leftovers(folder, reader.stand())
    faults = [*found.faults]
    faults += [Fault(f"{INDEX} {fault}", True) for fault in (index_fault,) if fault]
    faults += [Fault("the full-text index is not of the passages that are there", True) for _ in range(words_fault)]
    faults += [Fault(f"{file.name} was never finished, and stayed when saving it was cut short", True) for file in left]
    return FolderExamination(
        tuple(faults), found.damaged, found.misread, index_fault=index_fault, words_fault=words_fault,
        leftovers=tuple(left),
    )  # fmt: skip


def _index_fault(reader: Reader, passages: Sequence[IndexedPassage], damaged: set[int], folder: Path) -> str | None:
    """What is wrong with the files of the passage index. Damaged passages are not compared."""
    generation, stand = reader.read_generation(), reader.stand()
    if stand is None:
        return "is missing" if generation else None
    try:
        columns = Columns.mapped(folder, stand)
        columns.check(stand, generation)
        columns.verify(generation)
    except UnusableIndex as reason:
        return str(reason)
    living = columns.rows["died"] > generation
    held = dict(zip(columns.rows["id"][living].tolist(), np.flatnonzero(living).tolist(), strict=True))
    is_same = held.keys() == {passage.id for passage in passages} and all(
        columns.vectors[held[passage.id]].tobytes() == passage.vector
        for passage in passages
        if passage.id not in damaged
    )
    return None if is_same else "does not hold the stored vectors"
