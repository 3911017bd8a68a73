"""What a library in a PostgreSQL database remembers beside its articles."""

from datetime import UTC, datetime

from index.storage.postgres.connections import Link
from index.storage.postgres.libraries import Row
from index.storage.rows import PAGE_COLUMNS, SOURCE_COLUMNS, moments_from_json, page_of, source_of
from index.types import KeptGeneration, Source, SourcePage, as_utc


class Memory:
    """Its sources, what was removed by hand, and which updates can be undone, as a transaction sees them."""

    def __init__(self, connection: Link, row: Row) -> None:
        """`row` is that of the library."""
        self.connection = connection
        self._row = row

    @property
    def row(self) -> Row:
        """The row of the library."""
        return self._row

    def sources(self) -> list[Source]:
        """The sources of the library, in the order in which they were added."""
        rows = self.connection.execute(
            f"SELECT {SOURCE_COLUMNS} FROM sources WHERE library = {self._row.number} ORDER BY added, address"
        )
        return [source_of(row) for row in rows]

    def source_pages(self) -> list[SourcePage]:
        """The addresses that were found through the sources."""
        rows = self.connection.execute(
            f"SELECT {PAGE_COLUMNS} FROM source_pages WHERE library = {self._row.number} ORDER BY place"
        )
        return [page_of(row) for row in rows]

    def brought_in(self) -> datetime | None:
        """When articles were brought in last; None if that is not known."""
        return as_utc(self._row.brought_in)

    def read_well(self) -> dict[str, datetime]:
        """When each source was last read without a problem, by its address, as far as that is known."""
        return moments_from_json(self._row.read_well)

    def failing_since(self) -> dict[str, datetime]:
        """Since when each source that fails does, by its address: when the first reading failed of those in a row."""
        return moments_from_json(self._row.failing_since)

    def excluded(self) -> list[str]:
        """The ids of the articles that were removed by hand, sorted."""
        rows = self.connection.execute(
            f"SELECT article_id FROM excluded WHERE library = {self._row.number} ORDER BY article_id"
        )
        return [row[0] for row in rows]

    def kept_generations(self) -> list[KeptGeneration]:
        """The updates that can be undone, the last one first."""
        rows = self.connection.execute(
            f"""SELECT generation, made, until, (SELECT count(*) FROM kept_articles k
                                                 WHERE k.library = g.library AND k.generation = g.generation)
                FROM kept_generations g WHERE library = {self._row.number} ORDER BY generation DESC"""
        )
        return [KeptGeneration(number, in_utc(made), in_utc(until), count) for number, made, until, count in rows]


def in_utc(moment: datetime) -> datetime:
    """A moment as the library has it."""
    return moment.astimezone(UTC)
