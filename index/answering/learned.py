"""What was learned for the model of an encoder: how to rank its sentences, and how to read the best of them."""

from dataclasses import dataclass

from index.answering.ranker import Ranker
from index.answering.reader import Readers
from index.answering.reading import COLUMNS
from index.encoding.encoder import Encoder
from index.known import KNOWN_MODELS


@dataclass(frozen=True, slots=True)
class Reading:
    """The readers, and the networks that join what they say with what the ranker says."""

    readers: Readers
    joined: Ranker


@dataclass(frozen=True, slots=True)
class Learned:
    """The learned steps of an answer. Without a ranker, sentences stay in the order of the search."""

    ranker: Ranker | None = None
    reading: Reading | None = None

    @classmethod
    def of(cls, encoder: Encoder, *, ranking: bool, reading: bool) -> "Learned":
        """What `index/known.py` names for the model of `encoder`, as far as it is wanted; `reading` needs `ranking`.

        Networks that were fitted to another version of the model are left out. Raises ModelError, OutOfResources.
        """
        known = KNOWN_MODELS.get(encoder.name)
        if not (ranking and known and known.ranker):
            return cls()
        ranker = Ranker.load(known.ranker)
        if ranker.fingerprint != encoder.fingerprint:
            return cls()
        if not (reading and known.reading):
            return cls(ranker)
        return cls(ranker, Reading(Readers.load(), Ranker.load(known.reading, COLUMNS)))
