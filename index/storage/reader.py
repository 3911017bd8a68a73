"""Reads one generation of a library from its SQLite database."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoding.encoder import PassageEncoding
from index.storage.blobs import EncodingBlobs, as_rows, unpack_floats, unpack_sentences
from index.storage.rows import (
    ARTICLE_COLUMNS,
    BLOB_COLUMNS,
    PAGE_COLUMNS,
    SOURCE_COLUMNS,
    article_of,
    condition_of,
    page_of,
    source_of,
    stored_passage_of,
)
from index.storage.types import Manifest, Scope, StoredPassage, hash_of
from index.types import Article, Floats, Passage, Sentence, Source, SourcePage


@dataclass(frozen=True, slots=True)
class CheckedPassage:
    """A passage, as a check reads it. `sound` is None if its encoding was written before checksums were introduced."""

    id: int
    article_id: str
    passage: Passage
    key: bytes
    vector: bytes
    sound: bool | None


class Reader:
    """One generation of a library, as it stood when the transaction began."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._read: dict[str, tuple[Article, tuple[Sentence, ...]]] = {}

    def _value(self, key: str) -> str | None:
        row = self.connection.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def read_generation(self) -> int:
        """How many updates have changed articles; 0 for a new library."""
        return int(self._value("generation") or 0)

    def manifest(self) -> Manifest | None:
        """What the library was made with, or None if it holds no article."""
        made_with = self._value("made_with")
        empty = self.connection.execute("SELECT 1 FROM articles").fetchone() is None
        return None if empty or made_with is None else Manifest(**json.loads(made_with))

    def articles(self) -> list[Article]:
        """All articles: the newest first, those without a date last."""
        rows = self.connection.execute(f"SELECT {ARTICLE_COLUMNS} FROM articles ORDER BY published DESC NULLS LAST, id")
        return [article_of(row) for row in rows]

    def article(self, article_id: str) -> Article | None:
        """The article with that id, or None."""
        try:
            rows = self.connection.execute(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE id = ?", (article_id,))
        except UnicodeEncodeError:  # lone surrogates, which no stored id holds
            return None
        row = rows.fetchone()
        return None if row is None else article_of(row)

    def undated_total(self) -> int:
        """How many articles have no date."""
        return int(self.connection.execute("SELECT count(*) FROM articles WHERE published IS NULL").fetchone()[0])

    def content_hashes(self) -> dict[str, bytes]:
        """The content hash of each article, by id."""
        return dict(self.connection.execute("SELECT id, content_hash FROM articles"))

    def text_sizes(self) -> dict[str, int]:
        """How many bytes of UTF-8 the text of each article has, by id. 50 MB of text take some 30 ms."""
        return dict(self.connection.execute("SELECT id, length(CAST(text AS BLOB)) FROM articles"))

    def with_sentences(self, article_id: str) -> tuple[Article, tuple[Sentence, ...]]:
        """The article with that id, which must exist, and its sentences in order. It is read once per transaction."""
        if article_id not in self._read:
            *fields, spans = self.connection.execute(
                f"SELECT {ARTICLE_COLUMNS}, sentences FROM articles WHERE id = ?", (article_id,)
            ).fetchone()
            self._read[article_id] = article_of(fields), unpack_sentences(spans)
        return self._read[article_id]

    def passage_vectors(self) -> tuple[NDArray[np.int64], Floats]:
        """The ids (n,) and unit vectors (n, dimension) of all passages."""
        rows = self.connection.execute("SELECT id, vector FROM passages ORDER BY id").fetchall()
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        return ids, as_rows(unpack_floats(b"".join(row[1] for row in rows)), len(rows))

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with those ids, which must exist, in the order of the ids."""
        marks = ",".join("?" * len(ids))
        rows = self.connection.execute(
            f"""SELECT p.id, article_id, start, "end", first, last, terms, title,
                       {BLOB_COLUMNS}
                FROM passages p JOIN passage_terms t ON t.rowid = p.id WHERE p.id IN ({marks})""",
            tuple(ids),
        )
        found = {row[0]: stored_passage_of(row) for row in rows}
        return [found[i] for i in ids]

    def encoding(self, key: bytes) -> PassageEncoding:
        """The encoding that is stored for that key. It must exist."""
        blobs = self._sound_blobs(key)
        assert blobs is not None, "asked for an encoding that is not stored"
        return blobs.unpack()

    def has_encoding(self, key: bytes) -> bool:
        """Whether an undamaged encoding is stored for that key."""
        return self._sound_blobs(key) is not None

    def _sound_blobs(self, key: bytes) -> EncodingBlobs | None:
        rows = self.connection.execute(f"SELECT {BLOB_COLUMNS}, checksum FROM passages WHERE key = ?", (key,))
        stored = ((EncodingBlobs(*blobs), checksum) for *blobs, checksum in rows)
        return next((blobs for blobs, checksum in stored if blobs.match(checksum) is not False), None)

    def best_by_words(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The ids of the passages that BM25 puts first for any of the words, best first."""
        query = " OR ".join(f'"{word}"' for word in words)
        if not query:
            return []
        where, values = condition_of(scope)
        joined = f"AND rowid IN (SELECT p.id FROM passages p JOIN articles a ON a.id = article_id WHERE {where})"
        rows = self.connection.execute(
            f"""SELECT rowid FROM passage_terms WHERE passage_terms MATCH ? {"" if scope.everything else joined}
                ORDER BY rank LIMIT ?""",
            (query, *values, limit),
        )
        return [row[0] for row in rows]

    def passage_ids(self, scope: Scope) -> NDArray[np.int64]:
        """The ids of the passages of the articles in scope."""
        where, values = condition_of(scope)
        rows = self.connection.execute(
            f"SELECT p.id FROM passages p JOIN articles a ON a.id = article_id WHERE {where}", values
        )
        return np.array([row[0] for row in rows], dtype=np.int64)

    def passage_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """The document frequency of each term: how many passages contain it."""
        counts = {}
        for term in terms:
            row = self.connection.execute("SELECT doc FROM term_counts WHERE term = ?", (term,)).fetchone()
            counts[term] = 0 if row is None else int(row[0])
        return counts

    def count_terms(self) -> int:
        """How many terms all passages have in total."""
        return int(self.connection.execute("SELECT coalesce(sum(cnt), 0) FROM term_counts").fetchone()[0])

    def sources(self) -> list[Source]:
        """The sources of the library, in the order in which they were added."""
        rows = self.connection.execute(f"SELECT {SOURCE_COLUMNS} FROM sources ORDER BY added, address")
        return [source_of(row) for row in rows]

    def source_pages(self) -> list[SourcePage]:
        """The addresses that were found through the sources."""
        rows = self.connection.execute(f"SELECT {PAGE_COLUMNS} FROM source_pages ORDER BY rowid")
        return [page_of(row) for row in rows]

    def excluded(self) -> list[str]:
        """The ids of the articles that were removed by hand, sorted."""
        return [row[0] for row in self.connection.execute("SELECT article_id FROM excluded ORDER BY article_id")]

    def damage(self) -> list[str]:
        """What is wrong with the SQLite file; empty if its pages are sound and its tables are consistent."""
        rows = self.connection.execute("PRAGMA integrity_check(5)").fetchall()
        if damage := [" ".join(str(row[0]).split()) for row in rows if row[0] != "ok"]:
            return damage
        strays = self.connection.execute('SELECT DISTINCT "table", parent FROM pragma_foreign_key_check').fetchall()
        indexed, held = "SELECT id FROM passage_terms_docsize", "SELECT id FROM passages"
        differing = self.connection.execute(
            f"SELECT 1 FROM ({indexed} EXCEPT {held}) UNION ALL SELECT 1 FROM ({held} EXCEPT {indexed})"
        )
        return [
            *(f"{table} holds what belongs to none of the {parent}" for table, parent in strays),
            *("the full text is not of the passages that are there" for _ in differing.fetchmany(1)),
        ]

    def altered_articles(self) -> list[str]:
        """The ids of the articles that have changed since they were stored, judged by their content hashes."""
        self.connection.text_factory = lambda text: text.decode(errors="surrogateescape")  # damage may be no UTF-8
        try:
            rows = self.connection.execute(f"SELECT {ARTICLE_COLUMNS}, content_hash FROM articles ORDER BY id")
            return [fields[0] for *fields, digest in rows if hash_of(fields) != digest]
        finally:
            self.connection.text_factory = str

    def checked_passages(self) -> Iterator[CheckedPassage]:
        """All passages, grouped by article, each with the result of its checksum."""
        rows = self.connection.execute(
            f"""SELECT id, article_id, start, "end", first, last, key, checksum, {BLOB_COLUMNS}
                FROM passages ORDER BY article_id, id"""
        )
        for number, article_id, start, end, first, last, key, checksum, *blobs in rows:
            passage, encoding = Passage(start, end, first, last), EncodingBlobs(*blobs)
            yield CheckedPassage(number, article_id, passage, key, encoding.vector, encoding.match(checksum))
