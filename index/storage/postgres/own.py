"""Gives a library that has grown large a table of passages of its own, with an index of its vectors.

That is done inside the update that makes the library large. Readers of earlier generations find its passages where they
were, because their transactions see the rows of that time.
"""

from datetime import datetime

from psycopg import sql

from index.storage.postgres.connections import Link
from index.storage.postgres.libraries import Row
from index.storage.postgres.schema import OWN_TABLE, SHARED_TABLE, own_table


def make_room(connection: Link, row: Row, passages: int) -> None:
    """Give a library of so many passages a table of its own if it is due, and there an index of its vectors."""
    if not row.has_own_table:
        if passages <= OWN_TABLE:
            return
        _move(connection, row)
    _index_vectors(connection, row)


def _move(connection: Link, row: Row) -> None:
    """Move the passages of a library into a table of its own."""
    names = {
        "own": sql.Identifier(own_table(row.number)),
        "shared": sql.Identifier(SHARED_TABLE),
        "number": sql.Literal(row.number),
    }
    for statement in (
        "CREATE TABLE {own} (LIKE {shared} INCLUDING ALL)",
        "INSERT INTO {own} SELECT * FROM {shared} WHERE library = {number}",
        "DELETE FROM {shared} WHERE library = {number}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
    row.has_own_table = True


def _index_vectors(connection: Link, row: Row) -> None:
    """Index the vectors in a library's own table, unless that is done. It takes a second for some 1,000 of them.

    An index holds vectors of one dimension. If a library is rebuilt for a model with another, there are both for a
    while: the rows that were there before stay for who reads them.
    """
    made_with = row.manifest
    assert made_with is not None, "passages were put before it was said what they are made with"
    own = own_table(row.number)
    graph = f"{own}_graph_{made_with.dimension}"
    found = connection.execute("SELECT to_regclass(%s)", (graph,)).fetchone()
    if found is not None and found[0] is not None:
        return
    names = {
        "own": sql.Identifier(own),
        "graph": sql.Identifier(graph),
        "dimension": sql.Literal(made_with.dimension),
    }
    for statement in (
        """CREATE INDEX {graph} ON {own} USING hnsw ((vector::halfvec({dimension})) halfvec_cosine_ops)
           WHERE vector_dims(vector) = {dimension}""",
        "ANALYZE {own}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def empty_own_table(connection: Link, row: Row) -> None:
    """Delete all that is in the table of an edition's own, if it has one. Who reads it goes on seeing that."""
    if row.has_own_table:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(own_table(row.number))))


def drop_left_tables(connection: Link, since: datetime | None = None) -> None:
    """Drop the tables of editions that are no more, unless somebody may still read one of them.

    That may be whoever has read since before the last edition was published, or since before `since`.
    """
    left = connection.execute(
        """SELECT relname FROM pg_class
           WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname ~ '^passages_[0-9]+$'
               AND NOT EXISTS (SELECT FROM libraries WHERE relname = 'passages_' || number)
               AND NOT EXISTS (SELECT FROM pg_stat_activity
                               WHERE datname = current_database() AND backend_type = 'client backend'
                               AND xact_start < greatest(%s, (SELECT max(published) FROM libraries)))""",
        (since,),
    ).fetchall()
    for (name,) in left:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
