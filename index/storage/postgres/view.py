"""What a query needs to know of the generation that it is about."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from index.storage.hidden import Hidden
from index.storage.postgres.schema import table_of_passages
from index.storage.rows import Totals


@dataclass(frozen=True, slots=True)
class View:
    """One generation of one library, inside a transaction that sees it: all of it, or what readers see of it.

    What is searched in it is in `search.py`: `nearest(view, vector, limit, scope)`, `best_by_words(view, words, limit,
    scope)`, `passage_counts(view, terms)`.
    """

    connection: Connection[tuple[Any, ...]]
    library: int
    """The number of the library, which is in each row."""
    generation: int = 0
    totals: Totals = Totals()
    """How much the library holds, with what readers do not see."""
    dimension: int = 0
    """Of the vectors; 0 where no passage was ever stored."""
    hidden: Hidden | None = None
    """What readers do not see of it; None for the whole, and where nothing is hidden."""
    seen_at: datetime | None = None
    """When readers read. None for the whole, and where nothing is hidden at that moment."""
    has_own_table: bool = False
    """Whether the passages are in a table of their own.

    That has an index of the vectors: an hnsw of `(vector::halfvec(dimension)) halfvec_cosine_ops` where
    `vector_dims(vector)` is that dimension.
    """

    counts: dict[int, int] = field(default_factory=dict, compare=False)
    """How many passages have each term, as far as that was asked: a question asks it several times of the same ones."""

    @property
    def passages(self) -> sql.Identifier:
        """The table that holds the passages, also those of other libraries unless `has_own_table`."""
        return sql.Identifier(table_of_passages(self.library, self.has_own_table))

    @property
    def is_open(self) -> sql.Composable:
        """A condition: that readers see an article or a passage. Its table must have no other name."""
        if self.seen_at is None:
            return sql.SQL("true")
        at = sql.Literal(self.seen_at)
        return sql.SQL("NOT private AND (opens IS NULL OR opens <= {})").format(at)
