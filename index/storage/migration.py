"""Moves the rows of a library of schema version 2 into the tables of version 3. Nothing is embedded again."""

import sqlite3
import zlib
from typing import Any

import numpy as np

from index.encoding.encoder import PassageEncoding
from index.storage.blobs import EncodingBlobs, TermBlobs, as_rows, checksum_of
from index.storage.postings import Postings
from index.storage.rows import PASSAGE_COLUMNS, Totals, fold

_DAMAGED = 1
"""Added to the checksum of a passage whose old checksum was wrong, so that the new one is wrong, too."""


def move_to_version_3(connection: sqlite3.Connection) -> None:
    """Fill the new tables from the old ones, and drop these. The file keeps its size until the next removal."""
    _move_articles(connection)
    terms = _move_passages(connection)
    for table in ("passage_terms", "old_passages", "old_articles"):
        connection.execute(f"DROP TABLE {table}")
    count = connection.execute(
        """SELECT count(*), count(*) - count(published), coalesce(sum(text_bytes), 0),
                  (SELECT count(*) FROM passages) FROM articles"""
    ).fetchone()
    articles, undated, text_bytes, passages = count
    totals = Totals(articles, undated, text_bytes, passages, terms)
    connection.execute("INSERT INTO manifest VALUES ('totals', ?)", (totals.as_json(),))


def _move_articles(connection: sqlite3.Connection) -> None:
    connection.create_function("fold", 2, fold, deterministic=True)
    connection.execute(
        """INSERT INTO articles
               (id, title, author, section, published, updated, url, source, content_hash, text_bytes, folded)
           SELECT id, title, author, section, published, updated, url, source, content_hash,
                  length(CAST(text AS BLOB)), fold(title, id) FROM old_articles ORDER BY rowid"""
    )
    connection.execute(
        """INSERT INTO texts SELECT number, text, sentences
           FROM articles JOIN old_articles ON articles.id = old_articles.id ORDER BY number"""
    )


def _move_passages(connection: sqlite3.Connection) -> int:
    """Move the passages, and make the full-text index of their terms. Returns how many terms they have in total."""
    postings, total = Postings(connection), 0
    rows = connection.execute(
        """SELECT p.id, a.number, start, "end", first, last, key, terms, t.title, checksum,
                  vector, sentence_vectors, token_counts, token_vectors
           FROM old_passages p JOIN articles a ON a.id = article_id JOIN passage_terms t ON t.rowid = p.id
           ORDER BY p.id"""
    )
    marks = ", ".join("?" * len(PASSAGE_COLUMNS.split(", ")))
    for *place, lines, title, checksum, vector, sentences, counts, tokens in rows:
        encoding = _encoding(vector, sentences, counts, tokens)
        terms = TermBlobs.pack(title.split(), [line.split() for line in lines.split("\n")])
        is_damaged = checksum not in (None, zlib.crc32(vector + sentences + counts + tokens))
        checked = checksum_of(encoding, terms, b"") ^ (_DAMAGED if is_damaged else 0)
        connection.execute(
            f"INSERT INTO passages ({PASSAGE_COLUMNS}) VALUES ({marks})",
            (*place, checked, *terms, b"", *encoding),
        )
        numbers = terms.unpack_numbers()
        postings.add(place[0], numbers)
        total += len(numbers)
    postings.flush()
    return total


def _encoding(vector: bytes, sentences: bytes, counts: bytes, tokens: bytes) -> EncodingBlobs:
    """An encoding as it is stored now. If it is damaged, it may be cut short."""
    token_counts = _read(counts, "<i4").astype(np.int32)
    vectors = _read(sentences, "<f2").astype(np.float32)
    vectors = vectors[: len(vectors) - len(vectors) % max(len(token_counts), 1)]
    with np.errstate(invalid="ignore", over="ignore"):
        packed = EncodingBlobs.pack(
            PassageEncoding(
                np.zeros(0, dtype=np.float32),
                np.nan_to_num(as_rows(vectors, len(token_counts))),
                np.frombuffer(tokens, dtype=np.uint8),
                token_counts,
            )
        )
    return packed._replace(vector=vector)


def _read(blob: bytes, kind: str) -> Any:  # noqa: ANN401 - an array of that kind
    size = np.dtype(kind).itemsize
    return np.frombuffer(blob[: len(blob) // size * size], dtype=kind)
