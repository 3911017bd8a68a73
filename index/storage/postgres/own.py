"""Gives a library that has grown large a table of passages of its own, with an index of its vectors.

That is done inside the update that makes the library large. Readers of earlier generations find its passages where they
were, because their transactions see the rows of that time.
"""

from psycopg import sql

from index.storage.postgres.connections import Link
from index.storage.postgres.libraries import Row
from index.storage.postgres.schema import OWN_TABLE, SHARED_TABLE, own_table


def is_due(row: Row, passages: int) -> bool:
    """Whether a library of so many passages is to have a table of its own, and has none yet."""
    return passages > OWN_TABLE and not row.has_own_table


def give_own_table(connection: Link, row: Row) -> None:
    """Move the passages of a library into a table of its own. It takes a second for some 1,000 of them."""
    made_with = row.manifest
    assert made_with is not None, "passages were put before it was said what they are made with"
    own = own_table(row.number)
    names = {
        "own": sql.Identifier(own),
        "graph": sql.Identifier(f"{own}_graph"),
        "shared": sql.Identifier(SHARED_TABLE),
        "number": sql.Literal(row.number),
        "dimension": sql.Literal(made_with.dimension),
    }
    for statement in (
        "CREATE TABLE {own} (LIKE {shared} INCLUDING ALL)",
        "INSERT INTO {own} SELECT * FROM {shared} WHERE library = {number}",
        "DELETE FROM {shared} WHERE library = {number}",
        "CREATE INDEX {graph} ON {own} USING hnsw ((vector::halfvec({dimension})) halfvec_cosine_ops)",
        "ANALYZE {own}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
    row.has_own_table = True


def empty_own_table(connection: Link, row: Row) -> None:
    """Delete all that is in the table of an edition's own, if it has one. Who reads it goes on seeing that."""
    if row.has_own_table:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(own_table(row.number))))


def drop_left_tables(connection: Link) -> None:
    """Drop the tables of editions that are no more, unless somebody may still read one of them."""
    left = connection.execute(
        """SELECT relname FROM pg_class
           WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname ~ '^passages_[0-9]+$'
               AND NOT EXISTS (SELECT FROM libraries WHERE relname = 'passages_' || number)
               AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                               AND xact_start < (SELECT max(published) FROM libraries))"""
    ).fetchall()
    for (name,) in left:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
