"""What readers do not see of a library at a moment: private articles, and those that are held until later.

It is worked out once for each edition (`index.types.Edition`) and kept for the next question. Where nothing is hidden,
nothing is worked out.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from index.storage.rows import Totals
from index.types import Edition

KEPT = 2
"""Of how many editions that is kept: some questions may still be asked of the one before."""


def hidden_at(moment: datetime) -> str:
    """A query for the numbers of the articles that readers do not see at a moment. Each of its parts reads an index."""
    at = f"'{moment.isoformat()}'"
    return (
        "SELECT number FROM articles WHERE private "
        f"UNION ALL SELECT number FROM articles WHERE embargo > {at} "
        f"UNION ALL SELECT number FROM articles WHERE published > {at}"
    )


def is_open_at(moment: datetime) -> str:
    """The opposite as a condition of one article, which an index need not answer for all of them."""
    at = f"'{moment.isoformat()}'"
    return f"NOT private AND (embargo IS NULL OR embargo <= {at}) AND (published IS NULL OR published <= {at})"


@dataclass(frozen=True, slots=True)
class Hidden:
    """How much is hidden, and the ids of the passages, ascending: int64 (n,)."""

    totals: Totals
    passages: NDArray[np.int64]
    counts: dict[int, int] = field(default_factory=dict)
    """How many of the passages contain each term, as far as that was asked."""


class HiddenCache:
    """What is hidden in the last editions. Many threads may use it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Edition, Hidden] = {}

    def get(self, edition: Edition, work_out: Callable[[], Hidden]) -> Hidden:
        """What is hidden in an edition, worked out if it is not known."""
        if (found := self._kept.get(edition)) is None:
            with self._lock:
                if (found := self._kept.get(edition)) is None:
                    found = work_out()
                    others = list(self._kept.items())[1 - KEPT :]
                    self._kept = dict([*others, (edition, found)])
        return found

    def forget(self) -> None:
        """Empty it. Snapshots that use some of it keep theirs."""
        self._kept = {}
