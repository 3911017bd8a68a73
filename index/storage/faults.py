"""Finds what is wrong with a library, and says which faults can be repaired.

Articles cannot be restored. Everything else is derived and can be made again: an encoding from its article's text, the
full-text index from the stored terms, and the files of the passage index from the encodings.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from index.passages import CUTTING, key_of
from index.storage.generations import INDEX, leftovers
from index.storage.reader import CheckedPassage, Reader
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
    altered = reader.altered_articles()
    passages = list(reader.checked_passages())
    damaged = {passage.id for passage in passages if not passage.sound}
    index_fault = _index_fault(reader, passages, damaged, folder)
    words_fault = not damaged and reader.words_digest() != sum(passage.digest for passage in passages) & _WHOLE
    of_the_sound = [passage for passage in passages if passage.article_id not in altered]
    spoiled = Counter(passage.article_id for passage in of_the_sound if passage.id in damaged)
    mismatched = [name for name in _mismatched(reader, of_the_sound) if name not in altered]
    left = leftovers(folder, reader.stand())
    faults = [Fault(f"the text or the details of “{name}” have changed since it was put", False) for name in altered]
    faults += [
        Fault(f"the vectors of {number} passage{'s' * (number > 1)} of “{name}” are damaged", True)
        for name, number in spoiled.items()
    ]
    faults += [Fault(f"the passages of “{name}” do not match its text", True) for name in mismatched]
    faults += [Fault(f"{INDEX} {fault}", True) for fault in (index_fault,) if fault]
    faults += [Fault("the full-text index is not of the passages that are there", True) for _ in range(words_fault)]
    faults += [Fault(f"{file.name} was never finished, and stayed when saving it was cut short", True) for file in left]
    misread = tuple(dict.fromkeys((*spoiled, *mismatched)))
    return FolderExamination(
        tuple(faults), tuple(sorted(damaged)), misread, index_fault=index_fault, words_fault=words_fault,
        leftovers=tuple(left),
    )  # fmt: skip


def _index_fault(reader: Reader, passages: Sequence[CheckedPassage], damaged: set[int], folder: Path) -> str | None:
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


def _mismatched(reader: Reader, passages: Sequence[CheckedPassage]) -> Iterator[str]:
    """The ids of the articles whose passages do not belong to their texts, judged by the passages' keys."""
    made_with = reader.manifest()
    if made_with is None or made_with.cutting != CUTTING:
        return  # it was cut by other rules, so the keys differ anyway
    without = dict.fromkeys(reader.content_hashes())
    for article_id, own in groupby(passages, lambda passage: passage.article_id):
        without.pop(article_id, None)
        if not _match(reader, article_id, list(own)):
            yield article_id
    yield from without


def _match(reader: Reader, article_id: str, passages: Sequence[CheckedPassage]) -> bool:
    try:
        article, sentences = reader.with_sentences(article_id)
    except (TypeError, ValueError):  # no such article, or spans that are none
        return False
    return all(key_of(article, sentences, stored.passage) == stored.key for stored in passages)
