"""A library of schema version 1, as Pullquote made them before there were checksums."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from index import Article, Library
from index.storage.store import DATABASE
from index.storage.vectors import FILE
from tests.encoder import WordEncoder

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
    new = folder.with_name(f"{folder.name}-new")
    with Library.open(new, load_encoder=WordEncoder) as library:
        library.update(articles)
    folder.mkdir()
    connection = sqlite3.connect(folder / DATABASE, isolation_level=None)
    connection.executescript("PRAGMA secure_delete = OFF; PRAGMA journal_mode = WAL;")
    connection.executescript(TABLES + (TABLES_OF_SOURCES if with_sources else ""))
    connection.execute("ATTACH ? AS new", (str(new / DATABASE),))
    connection.execute("INSERT INTO manifest SELECT * FROM new.manifest WHERE key != 'schema'")
    connection.execute("INSERT INTO manifest VALUES ('schema', '1')")
    for table in ("articles", "passages", "passage_terms"):
        columns = ", ".join(
            f'"{row[0]}"' for row in connection.execute("SELECT name FROM pragma_table_info(?, 'main')", (table,))
        )
        number = "rowid, " if table == "passage_terms" else ""
        connection.execute(f"INSERT INTO main.{table} ({number}{columns}) SELECT {number}{columns} FROM new.{table}")
    connection.execute("DETACH new")
    connection.close()
    (folder / FILE).write_bytes((new / FILE).read_bytes())
