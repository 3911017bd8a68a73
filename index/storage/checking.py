"""Finds what is wrong with the articles of a library and the passages that were derived from them, in any engine.

Articles cannot be restored. Passages are derived and can be made again from their article's text.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.passages import CUTTING, key_of
from index.storage.seam import Records
from index.storage.types import Examination
from index.types import Fault, Passage


@dataclass(frozen=True, slots=True)
class CheckedPassage:
    """A passage, as a check reads it, and whether its checksum is right."""

    id: int
    article_id: str
    passage: Passage
    key: bytes
    sound: bool


def examination_of(records: Records, altered: Sequence[str], passages: Sequence[CheckedPassage]) -> Examination:
    """What is wrong with articles and passages. `altered` has the ids of articles that changed since they were put.

    `passages` has all of the library, grouped by article.
    """
    damaged = {passage.id for passage in passages if not passage.sound}
    of_the_sound = [passage for passage in passages if passage.article_id not in altered]
    spoiled = Counter(passage.article_id for passage in of_the_sound if passage.id in damaged)
    mismatched = [name for name in _mismatched(records, of_the_sound) if name not in altered]
    faults = [Fault(f"the text or the details of “{name}” have changed since it was put", False) for name in altered]
    faults += [
        Fault(f"the vectors of {number} passage{'s' * (number > 1)} of “{name}” are damaged", True)
        for name, number in spoiled.items()
    ]
    faults += [Fault(f"the passages of “{name}” do not match its text", True) for name in mismatched]
    misread = tuple(dict.fromkeys((*spoiled, *mismatched)))
    return Examination(tuple(faults), tuple(sorted(damaged)), misread)


def _mismatched(records: Records, passages: Sequence[CheckedPassage]) -> Iterator[str]:
    """The ids of the articles whose passages do not belong to their texts, judged by the passages' keys."""
    made_with = records.manifest()
    if made_with is None or made_with.cutting != CUTTING:
        return  # it was cut by other rules, so the keys differ anyway
    without = dict.fromkeys(records.content_hashes())
    for article_id, own in groupby(passages, lambda passage: passage.article_id):
        without.pop(article_id, None)
        if not _match(records, article_id, list(own)):
            yield article_id
    yield from without


def _match(records: Records, article_id: str, passages: Sequence[CheckedPassage]) -> bool:
    try:
        article, sentences = records.with_sentences(article_id)
    except (TypeError, ValueError):  # no such article, or spans that are none
        return False
    return all(key_of(article, sentences, stored.passage) == stored.key for stored in passages)
