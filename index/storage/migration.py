"""Moves the rows of a library of schema version 2 into the tables of version 3. Nothing is embedded again."""

import json
import sqlite3
import zlib

import numpy as np

from index.encoding.encoder import PassageEncoding
from index.naming import short_key
from index.storage.blobs import EncodingBlobs, TermBlobs, as_rows, checksum_of
from index.storage.postings import Postings
from index.storage.rows import PASSAGE_COLUMNS, Totals, fold


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
    connection.create_function("short_key", 1, short_key, deterministic=True)
    connection.execute(
        """INSERT INTO articles
               (id, title, author, section, published, updated, url, source, content_hash,
                short_key, text_bytes, folded)
           SELECT id, title, author, section, published, updated, url, source, content_hash, short_key(id),
                  length(CAST(text AS BLOB)), fold(title, id) FROM old_articles ORDER BY rowid"""
    )
    connection.execute(
        """INSERT INTO texts SELECT number, text, sentences
           FROM articles JOIN old_articles ON articles.id = old_articles.id ORDER BY number"""
    )


def _move_passages(connection: sqlite3.Connection) -> int:
    """Move the passages, and make the full-text index of their terms. Returns how many terms they have in total.

    A damaged encoding becomes one of zeros, so that the passage can still be found by its words until it is mended.
    """
    postings, total = Postings(connection), 0
    rows = connection.execute(
        """SELECT p.id, a.number, start, "end", first, last, key, terms, t.title, checksum,
                  vector, sentence_vectors, token_counts, token_vectors
           FROM old_passages p JOIN articles a ON a.id = article_id JOIN passage_terms t ON t.rowid = p.id
           ORDER BY p.id"""
    )
    row = connection.execute("SELECT value FROM manifest WHERE key = 'made_with'").fetchone()
    dimension = int(json.loads(row[0])["dimension"]) if row else 0
    marks = ", ".join("?" * len(PASSAGE_COLUMNS.split(", ")))
    for *place, lines, title, checksum, vector, sentences, counts, tokens in rows:
        terms = TermBlobs.pack(title.split(), [line.split() for line in lines.split("\n")])
        count = len(terms.unpack_counts()) - 1
        is_sound = checksum in (None, zlib.crc32(vector + sentences + counts + tokens))
        if is_sound and (len(vector), len(sentences), len(counts)) == (2 * dimension, 2 * dimension * count, 4 * count):
            encoding = _encoding(vector, sentences, counts, tokens)
            checked = checksum_of(encoding, terms, b"")
        else:
            encoding = EncodingBlobs(
                bytes(2 * dimension), bytes(dimension * count), bytes(4 * count), bytes(2 * count), b""
            )
            checked = -1  # which no checksum is, so it is found to be damaged
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
    """The blobs of version 2, as they are stored now."""
    token_counts = np.frombuffer(counts, dtype="<i4")
    vectors = as_rows(np.frombuffer(sentences, dtype="<f2").astype(np.float32), len(token_counts))
    of_tokens = np.frombuffer(tokens, dtype=np.uint8)
    encoding = PassageEncoding(np.frombuffer(vector, dtype="<f2").astype(np.float32), vectors, of_tokens, token_counts)
    return EncodingBlobs.pack(encoding)
