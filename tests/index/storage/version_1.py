"""Libraries of schema versions 1 and 2, as Pullquote made them: version 1 is from before there were checksums."""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path

from index import Article
from index.passages import CUTTING, PASSAGE_TOKENS, cut, prepare
from index.storage.blobs import pack_spans
from index.storage.schema import _VERSIONS
from index.storage.store import DATABASE
from index.storage.types import Manifest, content_hash, fields_of
from index.words import terms
from tests.encoder import WordEncoder

FILE = "passages.faiss"

TABLES = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL, text TEXT NOT NULL,
    author TEXT, section TEXT, published TEXT, updated TEXT, url TEXT, source TEXT,
    content_hash BLOB NOT NULL,
    sentences BLOB NOT NULL
) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    key BLOB NOT NULL,
    vector BLOB NOT NULL,
    sentence_vectors BLOB NOT NULL,
    token_counts BLOB NOT NULL,
    token_vectors BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_article ON passages (article_id);
CREATE INDEX passages_by_key ON passages (key);
CREATE INDEX articles_by_date ON articles (published);
CREATE VIRTUAL TABLE passage_terms USING fts5 (terms, title, tokenize = 'unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE term_counts USING fts5vocab (passage_terms, 'row');
"""

TABLES_OF_SOURCES = """
CREATE TABLE sources (
    address TEXT PRIMARY KEY,
    kind TEXT NOT NULL, added TEXT NOT NULL, etag TEXT, last_modified TEXT, checked TEXT, result TEXT NOT NULL
) STRICT;
CREATE TABLE source_pages (
    source TEXT NOT NULL REFERENCES sources (address) ON DELETE CASCADE,
    address TEXT NOT NULL,
    article_id TEXT NOT NULL,
    etag TEXT, last_modified TEXT, digest TEXT NOT NULL,
    whole INTEGER NOT NULL,
    PRIMARY KEY (source, address)
) STRICT;
CREATE TABLE excluded (article_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO sources VALUES
    ('https://a.example/feed', 'feed', '2026-02-03T10:00:00+00:00', '"1"', NULL, '2026-02-03T11:00:00+00:00', 'ok');
INSERT INTO source_pages VALUES
    ('https://a.example/feed', 'https://a.example/gate', 'a.example/gate', '"2"', NULL, 'ab12', 1);
INSERT INTO excluded VALUES ('withdrawn');
"""


def make_version_1(folder: Path, articles: Sequence[Article], *, with_sources: bool = False) -> None:
    """Make such a library in `folder`. Its SQLite did not overwrite what was deleted, and its file cannot shrink."""
    folder.mkdir()
    connection = sqlite3.connect(folder / DATABASE, isolation_level=None)
    connection.executescript("PRAGMA secure_delete = OFF; PRAGMA journal_mode = WAL;")
    connection.executescript(TABLES + (TABLES_OF_SOURCES if with_sources else ""))
    _fill(connection, articles, 1)
    connection.close()
    (folder / FILE).write_bytes(b"an index of version 1")


def make_version_2(folder: Path, articles: Sequence[Article]) -> None:
    """Make such a library in `folder`."""
    folder.mkdir()
    connection = sqlite3.connect(folder / DATABASE, isolation_level=None)
    connection.executescript("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;")
    for statements, _ in _VERSIONS[:2]:
        connection.executescript(statements)
    _fill(connection, articles, 2)
    connection.close()
    (folder / FILE).write_bytes(b"an index of version 2")


def _fill(connection: sqlite3.Connection, articles: Sequence[Article], version: int) -> None:
    """As `Library.update` did it then, in one generation."""
    encoder, number = WordEncoder(), 0
    made_with = Manifest.of(encoder, PASSAGE_TOKENS, CUTTING)
    manifest = json.dumps({name: getattr(made_with, name) for name in Manifest.__slots__})
    connection.execute(
        "INSERT INTO manifest VALUES ('schema', ?), ('generation', '1'), ('made_with', ?)", (str(version), manifest)
    )
    for article in articles:
        prepared = prepare(article)
        pieces = cut(prepared, encoder)
        connection.execute(
            """INSERT INTO articles (id, title, text, author, section, published, updated, url, source, content_hash,
                   sentences) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (*fields_of(article), content_hash(article), pack_spans(prepared.sentences)),
        )
        for index, encoding in encoder.encode_passages(pieces.texts):
            number += 1
            passage, text = pieces.passages[index], pieces.texts[index]
            blobs = (
                encoding.vector.astype("<f2").tobytes(), encoding.sentences.astype("<f2").tobytes(),
                encoding.token_counts.astype("<i4").tobytes(), encoding.tokens.tobytes(),
            )  # fmt: skip
            place = (number, article.id, passage.start, passage.end, passage.first, passage.last, pieces.keys[index])
            checksum = [zlib.crc32(b"".join(blobs))] if version > 1 else []
            values = [*place, *blobs, *checksum]
            connection.execute(f"INSERT INTO passages VALUES ({', '.join('?' * len(values))})", values)
            lines = (" ".join(terms(text.text[span.start : span.end])) for span in text.sentences)
            connection.execute(
                "INSERT INTO passage_terms (rowid, terms, title) VALUES (?, ?, ?)",
                (number, "\n".join(lines), " ".join(terms(article.title))),
            )
