"""Finds what is wrong with a library, and says which faults can be repaired.

Articles cannot be restored. Everything else is derived and can be made again: an encoding from its article's text, and
`passages.faiss` from the encodings.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from index.passages import CUTTING, key_of
from index.storage.reader import CheckedPassage, Reader
from index.storage.store import DATABASE
from index.storage.types import Examination
from index.storage.vectors import FILE, PassageIndex, UnusableIndex, leftovers
from index.types import Fault


@dataclass(frozen=True, slots=True)
class FolderExamination(Examination):
    """What is wrong with the library in a folder, including its index, and which unfinished files are left there."""

    index_fault: str | None = None
    leftovers: tuple[Path, ...] = ()


def examine(reader: Reader, folder: Path) -> FolderExamination:
    """Find everything that is wrong with the library in `folder`. If the SQLite file is damaged, report only that."""
    if damage := reader.damage():
        return FolderExamination(tuple(Fault(f"{DATABASE} is damaged: {found}", mendable=False) for found in damage))
    altered = reader.altered_articles()
    passages = list(reader.checked_passages())
    damaged, index_fault = _find_damage(passages, reader.read_generation(), folder)
    of_the_sound = [passage for passage in passages if passage.article_id not in altered]
    spoiled = Counter(passage.article_id for passage in of_the_sound if passage.id in damaged)
    mismatched = [name for name in _mismatched(reader, of_the_sound) if name not in altered]
    left = leftovers(folder)
    faults = [Fault(f"the text or the details of “{name}” have changed since it was put", False) for name in altered]
    faults += [
        Fault(f"the vectors of {number} passage{'s' * (number > 1)} of “{name}” are damaged", True)
        for name, number in spoiled.items()
    ]
    faults += [Fault(f"the passages of “{name}” do not match its text", True) for name in mismatched]
    faults += [Fault(f"{FILE} {fault}", True) for fault in (index_fault,) if fault]
    faults += [Fault(f"{file.name} was never finished, and stayed when saving it was cut short", True) for file in left]
    misread = tuple(dict.fromkeys((*spoiled, *mismatched)))
    return FolderExamination(tuple(faults), tuple(sorted(damaged)), misread, index_fault, tuple(left))


def _find_damage(passages: Sequence[CheckedPassage], generation: int, folder: Path) -> tuple[set[int], str | None]:
    """Find the ids of the passages with damaged encodings, and what is wrong with the index of their vectors.

    The index has its own checksum. So if a vector differs between the index and the database, the one in the database
    is damaged, unless its checksum is right.
    """
    damaged = {passage.id for passage in passages if passage.sound is False}
    if not generation:
        return damaged, None
    try:
        held = PassageIndex.load(folder, generation).contents()
    except UnusableIndex as reason:
        return damaged, str(reason)
    if held.keys() != {passage.id for passage in passages}:
        return damaged, "does not hold the stored vectors"
    differing = [p for p in passages if p.id not in damaged and held[p.id].astype("<f2").tobytes() != p.vector]
    if any(passage.sound for passage in differing):
        return damaged, "does not hold the stored vectors"
    return damaged | {passage.id for passage in differing}, None


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
