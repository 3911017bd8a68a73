"""The tables of a library's database, version by version, and the migration to the newest version.

A library of an earlier version is migrated when it is opened, in one transaction; if the process dies, it stays as it
was. A library of a version newer than these is refused and not changed.
"""

import sqlite3
from collections.abc import Callable

from index.storage.migration import move_to_version_3

_VERSIONS: tuple[tuple[str, Callable[[sqlite3.Connection], None] | None], ...] = (
    (
        """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL, text TEXT NOT NULL,
    author TEXT, section TEXT, published TEXT, updated TEXT, url TEXT, source TEXT,
    content_hash BLOB NOT NULL,
    sentences BLOB NOT NULL           -- int32 (n, 2): start and end of each
) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    key BLOB NOT NULL,                -- of what the model read: equal keys have equal encodings
    vector BLOB NOT NULL,             -- float16 (dimension,)
    sentence_vectors BLOB NOT NULL,   -- float16 (n, dimension)
    token_counts BLOB NOT NULL,       -- int32 (n,)
    token_vectors BLOB NOT NULL       -- uint8 (m, ceil(token_dimension / 8))
) STRICT;
CREATE INDEX passages_by_article ON passages (article_id);
CREATE INDEX passages_by_key ON passages (key);
CREATE INDEX articles_by_date ON articles (published);
-- The terms of each passage, a line a sentence, and of its article's title, already stemmed; rowid is the passage's id.
CREATE VIRTUAL TABLE passage_terms USING fts5 (terms, title, tokenize = 'unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE term_counts USING fts5vocab (passage_terms, 'row');
""",
        None,
    ),
    # Libraries of version 1 have these three tables where an update has needed them, and else not.
    (
        """
CREATE TABLE IF NOT EXISTS sources (
    address TEXT PRIMARY KEY,
    kind TEXT NOT NULL, added TEXT NOT NULL, etag TEXT, last_modified TEXT, checked TEXT, result TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS source_pages (
    source TEXT NOT NULL REFERENCES sources (address) ON DELETE CASCADE,
    address TEXT NOT NULL,
    article_id TEXT NOT NULL,         -- of one that is, or was, in the library
    etag TEXT, last_modified TEXT, digest TEXT NOT NULL,
    whole INTEGER NOT NULL,
    PRIMARY KEY (source, address)
) STRICT;
CREATE TABLE IF NOT EXISTS excluded (article_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
ALTER TABLE sources ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;
-- CRC-32 over the four blobs of the encoding; NULL where it was written before there were checksums.
ALTER TABLE passages ADD COLUMN checksum INTEGER;
""",
        None,
    ),
    # Texts stand apart from what is listed and compared, terms are numbers, and sentences have vectors of int8.
    (
        """
ALTER TABLE articles RENAME TO old_articles;
ALTER TABLE passages RENAME TO old_passages;
DROP INDEX articles_by_date;
DROP INDEX passages_by_article;
DROP INDEX passages_by_key;
DROP TABLE term_counts;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    author TEXT, section TEXT, published TEXT, updated TEXT, url TEXT, source TEXT,
    content_hash BLOB NOT NULL,
    short_key TEXT NOT NULL UNIQUE,   -- that stands for its id where that is too long
    text_bytes INTEGER NOT NULL,      -- of its text in UTF-8
    folded TEXT NOT NULL              -- its title as it is searched
) STRICT;
CREATE INDEX articles_by_date ON articles (published DESC, id, folded);
CREATE TABLE texts (
    article INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE,
    text TEXT NOT NULL,
    sentences BLOB NOT NULL           -- int32 (n, 2): start and end of each
) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    key BLOB NOT NULL,                -- of what the model read: equal keys have equal encodings
    checksum INTEGER NOT NULL,        -- CRC-32 over all blobs that follow
    vector BLOB NOT NULL,             -- float16 (dimension,)
    term_counts BLOB NOT NULL,        -- uint16 (n + 1,): how many terms the title and each sentence have
    terms BLOB NOT NULL,              -- uint32 (t,): their numbers, in order
    cues BLOB NOT NULL,               -- what else the ranking knows of its sentences
    sentence_scales BLOB NOT NULL,    -- float32 (n,)
    token_counts BLOB NOT NULL,       -- uint16 (n,)
    sentence_vectors BLOB NOT NULL,   -- int8 (n, dimension)
    token_vectors BLOB NOT NULL       -- uint8 (m, ceil(token_dimension / 8))
) STRICT;
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_key ON passages (key);
-- The full-text index (`postings.py`). The place of a block is its term times 2^31, plus the id of its first passage.
CREATE TABLE postings (place INTEGER PRIMARY KEY, block BLOB NOT NULL) STRICT;
CREATE TABLE term_counts (term INTEGER PRIMARY KEY, passages INTEGER NOT NULL) STRICT;
""",
        move_to_version_3,
    ),
    # What updates replaced or removed, and what they added, so that they can be undone (`index/keeping.py`).
    (
        """
CREATE TABLE kept_generations (
    generation INTEGER PRIMARY KEY,
    made TEXT NOT NULL, until TEXT NOT NULL
) STRICT;
CREATE TABLE kept_articles (
    generation INTEGER NOT NULL REFERENCES kept_generations (generation) ON DELETE CASCADE,
    id TEXT NOT NULL,
    former TEXT,                      -- the fields of the article before that update, in JSON; NULL if there was none
    PRIMARY KEY (generation, id)
) STRICT;
""",
        None,
    ),
    # The language of an article; NULL until an update tells it, where it was stored before there were languages.
    (
        """
ALTER TABLE articles ADD COLUMN language TEXT;
CREATE INDEX articles_by_language ON articles (language);
""",
        None,
    ),
    # When a sitemap says that a page was changed last, in its very words.
    (
        """
ALTER TABLE source_pages ADD COLUMN modified TEXT;
""",
        None,
    ),
    # What readers do not see: private articles, and those that are held until a moment.
    (
        """
ALTER TABLE articles ADD COLUMN embargo TEXT;
ALTER TABLE articles ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
CREATE INDEX articles_by_embargo ON articles (embargo) WHERE embargo IS NOT NULL;
CREATE INDEX private_articles ON articles (private) WHERE private;
ALTER TABLE sources ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
""",
        None,
    ),
)
"""For each version, the statements that it adds to the one before, and what moves the rows. Version n is made by the
first n of them."""

NEWEST = len(_VERSIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a database; 0 if it is still empty."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'manifest'").fetchone():
        return 0
    row = connection.execute("SELECT CAST(value AS INTEGER) FROM manifest WHERE key = 'schema'").fetchone()
    return 0 if row is None else int(row[0])


def bring_up(connection: sqlite3.Connection) -> None:
    """Migrate a database to the newest version, inside the connection's current transaction."""
    for added, move in _VERSIONS[version_of(connection) :]:
        for statement in added.split(";\n"):
            connection.execute(statement)
        if move:
            move(connection)
    if version_of(connection) < NEWEST:
        connection.execute("INSERT OR REPLACE INTO manifest VALUES ('schema', ?)", (str(NEWEST),))
