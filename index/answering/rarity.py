"""How rare terms are, counted over the passages of several libraries as if they were one."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.answering.tuning import Tuning
from index.storage.seam import Snapshot


def count_passages(snapshots: Sequence[Snapshot], terms: Iterable[str]) -> Counter[str]:
    """The document frequency of each term: how many passages of all libraries contain it."""
    counts: Counter[str] = Counter()
    for snapshot in snapshots:
        counts.update(snapshot.passage_counts(terms))
    return counts


class Rarity:
    """How rare each term is in all passages of all libraries: the document frequencies, and weights made of them."""

    def __init__(self, snapshots: Sequence[Snapshot], wanted: Iterable[str], tuning: Tuning) -> None:
        self._counts = count_passages(snapshots, wanted)
        passages = sum(snapshot.passage_total() for snapshot in snapshots)
        self._passages = passages + tuning.background_passages
        self._stop_word = tuning.stop_word
        self._idf: dict[str, float] = {}
        self.mean_length = sum(snapshot.term_total() for snapshot in snapshots) / max(passages, 1)

    def idf(self, term: str) -> float:
        """Inverse document frequency as BM25 has it (Robertson & Zaragoza 2009), never negative."""
        if term not in self._idf:
            count = self._counts[term]
            self._idf[term] = math.log(1 + (self._passages - count + 0.5) / (count + 0.5))
        return self._idf[term]

    def idfs(self, terms: Iterable[str]) -> NDArray[np.float64]:
        """The inverse document frequency of each term, (n,)."""
        return np.array([self.idf(term) for term in terms], dtype=np.float64)

    def share(self, terms: Sequence[str], present: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The share of the terms (t,) that each row of `present` (n, t) has, weighted by rarity: (n,); 0 if t is 0."""
        idfs = self.idfs(terms)
        return np.asarray((present * idfs).sum(axis=1) / (idfs.sum() or 1.0))

    def weight(self, term: str | None) -> float:
        """The weight of a question token in MaxSim, by its term; None for a stop word, which has a fixed weight."""
        if term is None:
            return self._stop_word
        return math.log(1 + self._passages / (1 + self._counts[term]))
