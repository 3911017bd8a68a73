"""Searches the passages of one library in a PostgreSQL database."""

from collections import Counter
from collections.abc import Iterable
from math import log
from typing import Any

import numpy as np
from psycopg import sql

from index.naming import short_key
from index.storage.postgres.view import View
from index.storage.types import Scope
from index.types import Floats
from index.words import term_number


def nearest(view: View, vector: Floats, limit: int, scope: Scope) -> list[int]:
    """The ids of the `limit` passages in scope nearest to the unit `vector` (dimension,), nearest first."""
    rows = _rows(view, scope, "id, vector")
    found = [(-float(np.frombuffer(held, "<f2").astype(np.float32) @ vector), number) for number, held in rows]
    return [number for _, number in sorted(found)[:limit]]


def best_by_words(view: View, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
    """The ids of the passages in scope that have most of the rarest words, best first."""
    wanted = passage_counts(view, words)
    rarity = {term_number(word): log(1 + view.totals.passages / max(count, 1)) for word, count in wanted.items()}
    found = []
    for number, terms in _rows(view, scope, "id, terms"):
        often = Counter(np.frombuffer(terms, "<u4").tolist())
        if score := sum(weight * often[term] / (often[term] + 1) for term, weight in rarity.items()):
            found.append((-score, number))
    return [number for _, number in sorted(found)[:limit]]


def passage_counts(view: View, terms: Iterable[str]) -> dict[str, int]:
    """How many passages contain each term."""
    counts = Counter[int]()
    for (held,) in _rows(view, Scope(), "terms"):
        counts.update({*np.frombuffer(held, "<u4").tolist()})
    return {term: counts[term_number(term)] for term in terms}


def _rows(view: View, scope: Scope, columns: str) -> list[tuple[Any, ...]]:
    conditions = [sql.SQL("library = {}").format(view.library), view.is_open]
    if scope.article_id is not None:
        article = sql.SQL("article = (SELECT number FROM articles WHERE library = {} AND key = {})")
        conditions.append(article.format(view.library, short_key(scope.article_id)))
    if scope.since:
        conditions.append(sql.SQL("published >= {}").format(scope.since))
    if scope.until:
        conditions.append(sql.SQL("published < {}").format(scope.until))
    query = sql.SQL("SELECT {} FROM {} WHERE {}")
    filled = query.format(sql.SQL(columns), view.passages, sql.SQL(" AND ").join(conditions))
    return view.connection.execute(filled, binary=True).fetchall()
