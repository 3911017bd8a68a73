"""Searches one generation of a library in a PostgreSQL database, by vectors and by words.

Nothing is read for a search before it, so it costs the same in the first process that asks and in the thousandth. What
readers do not see is left out of everything that is counted, so that it changes no order.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from psycopg import sql

from index.naming import short_key
from index.storage.postgres.connections import Halfvec
from index.storage.postgres.postings import Block, PostgresPostings
from index.storage.postgres.view import View
from index.storage.postings import Ids, bm25, first_of, postings_of, summed
from index.storage.rows import Totals
from index.storage.types import Scope
from index.types import Floats
from index.words import term_number

EXACT = 30_000
"""In a scope of at most so many passages all vectors are compared. A graph that is filtered misses more."""

EFFORT = 400
"""How many of the nearest a search keeps in mind while it follows the graph: more are slower and miss fewer."""

OVER = 2
"""Of how many times as many passages as are wanted the graph is asked in a scope, where it gives them out of order."""

LOOKED_AT = 100_000
"""How many passages a search looks at, at most, where most of those that the graph leads to are not in scope."""

_FIRST_LOOK = 8
"""Of how many times as many of the best passages as are wanted is asked first whether they are in scope."""

_MORE = 4
"""How many times as many come next, as long as too few are."""


def visible_totals(view: View) -> Totals:
    """How much there is of what the view sees."""
    return view.totals if view.hidden is None else view.totals.minus(view.hidden.totals)


def passage_counts(view: View, terms: Iterable[str]) -> dict[str, int]:
    """How many passages contain each term."""
    numbers = {term: term_number(term) for term in terms}
    counts = _counts(view, PostgresPostings(view.connection, view.library), numbers.values())
    return {term: counts[number] for term, number in numbers.items()}


def _counts(view: View, index: PostgresPostings, numbers: Iterable[int]) -> dict[int, int]:
    """How many passages contain each term. The server is asked only for what it was not asked for before."""
    wanted = dict.fromkeys(numbers)
    if unknown := [number for number in wanted if number not in view.counts]:
        view.counts.update(index.counts(unknown, view.hidden))
    return {number: view.counts[number] for number in wanted}


def nearest(view: View, vector: Floats, limit: int, scope: Scope) -> list[int]:
    """The ids of the passages in scope that are nearest to the unit `vector` (dimension,), nearest first."""
    if limit < 1 or not view.dimension:
        return []
    values = {"vector": Halfvec(vector.astype("<f2").tobytes()), "limit": limit, "over": OVER * limit}
    names = {"passages": view.passages, "dimension": sql.Literal(view.dimension), "inside": _inside(view, scope)}
    if _needs_graph(view, scope):
        # The index of the vectors is one of this very expression. What it gives is sorted.
        query = """WITH found AS MATERIALIZED (
                       SELECT id, vector::halfvec({dimension}) <=> %(vector)s AS distance FROM {passages}
                       WHERE {inside} AND vector_dims(vector) = {dimension}
                       ORDER BY distance LIMIT %(over)s)
                   SELECT id FROM found ORDER BY distance, id LIMIT %(limit)s"""
    else:
        query = "SELECT id FROM {passages} WHERE {inside} ORDER BY vector <=> %(vector)s, id LIMIT %(limit)s"
    rows = view.connection.execute(sql.SQL(query).format(**names), values, binary=True)
    return [number for (number,) in rows]


def _needs_graph(view: View, scope: Scope) -> bool:
    """Whether so much is in scope that the index of the vectors answers better. If so, it is set up for that."""
    if not view.has_own_table or scope.article_id is not None or visible_totals(view).passages <= EXACT:
        return False
    if not scope.everything:
        query = "SELECT count(*) FROM (SELECT FROM {} WHERE {} LIMIT {}) inside"
        names = view.passages, _inside(view, scope), sql.Literal(EXACT + 1)
        found = view.connection.execute(sql.SQL(query).format(*names)).fetchone()
        if found is None or found[0] <= EXACT:
            return False
    view.connection.execute(
        """SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
                  set_config('hnsw.max_scan_tuples', %s, true)""",
        (str(EFFORT), str(LOOKED_AT)),
    )
    return True


def best_by_words(view: View, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
    """The ids of the passages in scope that BM25 puts first for any of the words, best first.

    Of words that are so common that a question would read too many passages, only the newest ones are read.
    """
    index = PostgresPostings(view.connection, view.library)
    counts = _counts(view, index, [term_number(word) for word in words])
    counts = {number: count for number, count in counts.items() if count > 0}
    if limit < 1 or not counts:
        return []
    totals = visible_totals(view)
    mean_length = totals.terms / max(totals.passages, 1)
    is_narrow = scope.article_id is not None
    found = _in_article(view, counts, scope) if is_narrow else index.newest(counts, view.hidden)
    read = [(block["passage"], bm25(block, counts[number], totals.passages, mean_length)) for number, block in found]
    if not read:
        return []
    ids, scores = summed(np.concatenate([ids for ids, _ in read]), np.concatenate([scores for _, scores in read]))
    if is_narrow or scope.everything:
        return first_of(ids, scores, limit)
    return _first_inside(view, ids, scores, limit, scope)


def _in_article(view: View, numbers: Iterable[int], scope: Scope) -> list[tuple[int, Block]]:
    """The postings of terms for the passages in the scope of one article."""
    query = sql.SQL("SELECT id, terms FROM {} WHERE {}").format(view.passages, _inside(view, scope))
    wanted = np.array([*numbers], dtype=np.uint32)
    parts: dict[int, list[Block]] = {}
    for passage, blob in view.connection.execute(query, binary=True):
        terms, block = postings_of(passage, np.frombuffer(blob[: len(blob) // 4 * 4], dtype="<u4"))
        for place in np.flatnonzero(np.isin(terms, wanted)).tolist():
            parts.setdefault(int(terms[place]), []).append(block[place : place + 1])
    return [(number, np.concatenate(blocks)) for number, blocks in parts.items()]


def _first_inside(view: View, ids: Ids, scores: Floats, limit: int, scope: Scope) -> list[int]:
    """The `limit` best of the passages that are in scope. Of ever more of the best it is asked which are."""
    best, found, asked = first_of(ids, scores, len(ids)), list[int](), 0
    some = _FIRST_LOOK * limit
    while len(found) < limit and asked < len(best):
        part = best[asked : asked + some]
        inside = _those_inside(view, part, scope)
        found += [number for number in part if number in inside]
        asked, some = asked + some, _MORE * some
    return found[:limit]


def _those_inside(view: View, ids: Sequence[int], scope: Scope) -> set[int]:
    """Those of the passages that are in scope."""
    query = sql.SQL("SELECT id FROM {} WHERE {} AND id = ANY(%s::bigint[])")
    rows = view.connection.execute(query.format(view.passages, _inside(view, scope)), ([*ids],), binary=True)
    return {number for (number,) in rows}


def _inside(view: View, scope: Scope) -> sql.Composable:
    """A condition of a passage: that it belongs to the library, is seen, and is in scope."""
    library = sql.Literal(view.library)
    parts: list[sql.Composable] = [sql.SQL("library = {}").format(library), view.is_open]
    if scope.article_id is not None:
        query = "article = (SELECT number FROM articles WHERE library = {} AND key = {})"
        parts.append(sql.SQL(query).format(library, sql.Literal(short_key(scope.article_id))))
    if scope.since is not None:
        parts.append(sql.SQL("published >= {}").format(sql.Literal(scope.since)))
    if scope.until is not None:
        parts.append(sql.SQL("published < {}").format(sql.Literal(scope.until)))
    return sql.SQL(" AND ").join(parts)
