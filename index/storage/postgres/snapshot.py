"""One generation of a library in PostgreSQL that can be searched."""

from collections.abc import Iterable
from functools import cached_property

from index.storage.postgres import search
from index.storage.postgres.reader import Reader
from index.storage.postgres.view import View
from index.storage.types import Scope
from index.types import Floats


class PostgresSnapshot(Reader):
    """One generation that can be searched; what it is searched with is in `search.py`."""

    @cached_property
    def _searched(self) -> View:
        """What is searched, which does not change while this is open."""
        return self.view

    def nearest(self, vector: Floats, limit: int, scope: Scope) -> list[int]:
        """The ids of the `limit` passages in scope nearest to the unit `vector` (dimension,), nearest first."""
        return search.nearest(self._searched, vector, limit, scope)

    def best_by_words(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The ids of the passages that BM25 puts first for any of the words, best first."""
        return search.best_by_words(self._searched, words, limit, scope)

    def passage_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """The document frequency of each term: how many passages contain it."""
        return search.passage_counts(self._searched, terms)
