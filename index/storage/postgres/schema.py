"""The tables of all libraries in a PostgreSQL database, version by version, and the migration to the newest version.

All libraries share one set of tables, and the library's number comes first in every key: a server with a hundred
passages costs a few rows and no table, and Citus can distribute each table by that column. In the shared table of
passages a search compares all rows of the one library that it is about. A library that has grown beyond OWN_TABLE
passages moves to a table of passages of its own (`own.py`) with an index of its vectors: one over all libraries would
lose much of what a filter by library leaves. Nobody waits for the move, as everybody would for a new partition: readers
find the name of the table by the row of the library, which belongs to the same generation.

The statements run one by one, in one transaction and under an advisory lock. A database with a version newer than these
is refused and not changed.
"""

from typing import LiteralString

from psycopg import Connection, sql

from index.storage.postgres.locks import lock_number

OWN_TABLE = 30_000
"""A library with more passages has a table of passages of its own, with an index of the vectors."""

SHARED_TABLE = "passages"

_VERSIONS: tuple[tuple[LiteralString, ...], ...] = (
    (
        # One row an edition of a library. One that is rebuilt gets a second row, which becomes the current one.
        """CREATE TABLE libraries (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text COLLATE "C" NOT NULL,
            edition integer NOT NULL DEFAULT 1,        -- how often it was built
            is_current boolean NOT NULL DEFAULT true,  -- whether this is the edition that is read
            created timestamptz NOT NULL DEFAULT now(),
            published timestamptz,                     -- when it took the place of another; else NULL
            generation bigint NOT NULL DEFAULT 0,
            made_with text,                            -- the manifest, in JSON
            totals text,                               -- how much it holds, in JSON
            read_well text,                            -- when each source was read without a problem, in JSON
            brought_in timestamptz,
            last_article bigint NOT NULL DEFAULT 0,    -- the largest number that was ever given
            last_passage bigint NOT NULL DEFAULT 0,
            has_own_table boolean NOT NULL DEFAULT false,
            to_erase boolean NOT NULL DEFAULT false    -- whether removed texts may still be in unused space
        )""",
        "CREATE UNIQUE INDEX current_libraries ON libraries (name) WHERE is_current",
        "CREATE UNIQUE INDEX next_editions ON libraries (name) WHERE NOT is_current",
        """CREATE TABLE articles (
            library bigint NOT NULL, number bigint NOT NULL,
            key text COLLATE "C" NOT NULL,             -- a short one for its id, which may be long
            id text COLLATE "C" NOT NULL, title text NOT NULL, author text, section text,
            published timestamptz, updated timestamptz, url text, source text, language text COLLATE "C",
            embargo timestamptz, private boolean NOT NULL,
            opens timestamptz,                         -- until when it is held: the later one of its two times
            content_hash bytea NOT NULL,
            text_bytes bigint NOT NULL,                -- of its text in UTF-8
            folded text COLLATE "C" NOT NULL,          -- its title as it is searched
            text text NOT NULL,
            sentences bytea NOT NULL,                  -- int32 (n, 2): start and end of each
            PRIMARY KEY (library, number)
        )""",
        "ALTER TABLE articles ALTER COLUMN sentences SET STORAGE EXTERNAL",
        "CREATE UNIQUE INDEX articles_by_key ON articles (library, key)",
        "CREATE INDEX articles_by_date ON articles (library, published DESC NULLS LAST)",
        "CREATE INDEX articles_by_language ON articles (library, language)",
        "CREATE INDEX articles_by_embargo ON articles (library, embargo) WHERE embargo IS NOT NULL",
        "CREATE INDEX articles_by_opening ON articles (library, opens) WHERE opens IS NOT NULL",
        "CREATE INDEX private_articles ON articles (library) WHERE private",
        # `published`, `opens` and `private` are those of the article, so that a search need not join the two.
        """CREATE TABLE passages (
            library bigint NOT NULL, id bigint NOT NULL,
            article bigint NOT NULL,
            published timestamptz,
            opens timestamptz,                         -- until when its article is held
            private boolean NOT NULL,
            start integer NOT NULL, "end" integer NOT NULL, first integer NOT NULL, last integer NOT NULL,
            key bytea NOT NULL,                        -- of what the model read: equal keys have equal encodings
            checksum bigint NOT NULL,                  -- CRC-32 over the vector as float16 and all bytea that follow
            vector halfvec NOT NULL,                   -- of the dimension of the library's model
            term_counts bytea NOT NULL,                -- uint16 (n + 1,): how many the title and each sentence have
            terms bytea NOT NULL,                      -- uint32 (t,): their numbers, in order
            cues bytea NOT NULL,                       -- what else the ranking knows of its sentences
            sentence_scales bytea NOT NULL,            -- float32 (n,)
            token_counts bytea NOT NULL,               -- uint16 (n,)
            sentence_vectors bytea NOT NULL,           -- int8 (n, dimension)
            token_vectors bytea NOT NULL,              -- uint8 (m, ceil(token_dimension / 8))
            PRIMARY KEY (library, id)
        )""",
        # A search reads vectors and terms of many passages, so these stay in the row; encodings do not compress.
        "ALTER TABLE passages ALTER COLUMN vector SET STORAGE MAIN",
        "ALTER TABLE passages ALTER COLUMN terms SET STORAGE MAIN",
        "ALTER TABLE passages ALTER COLUMN sentence_vectors SET STORAGE EXTERNAL",
        "ALTER TABLE passages ALTER COLUMN token_vectors SET STORAGE EXTERNAL",
        "CREATE INDEX passages_by_article ON passages (library, article)",
        "CREATE INDEX passages_by_key ON passages (library, key)",
        # How many passages have each term, which is a number (`index.words.term_number`).
        """CREATE TABLE term_counts (
            library bigint NOT NULL, term bigint NOT NULL, passages integer NOT NULL, PRIMARY KEY (library, term)
        ) WITH (fillfactor = 80)""",
        # The full-text index (`postings.py`). A block of a term's postings stands under the id that was its first.
        """CREATE TABLE postings (
            library bigint NOT NULL, term bigint NOT NULL, first bigint NOT NULL, block bytea NOT NULL,
            PRIMARY KEY (library, term, first)
        ) WITH (fillfactor = 80)""",
        "ALTER TABLE postings ALTER COLUMN block SET STORAGE PLAIN",
        """CREATE TABLE sources (
            library bigint NOT NULL,
            key text COLLATE "C" NOT NULL,             -- a short one for its address
            kind text NOT NULL, address text COLLATE "C" NOT NULL, added timestamptz NOT NULL, etag text,
            last_modified text, checked timestamptz, result text NOT NULL, strikes integer NOT NULL,
            private boolean NOT NULL,
            PRIMARY KEY (library, key)
        )""",
        """CREATE TABLE source_pages (
            library bigint NOT NULL, source_key text COLLATE "C" NOT NULL,
            place bigint NOT NULL,                     -- in the order in which they were stored
            source text NOT NULL, address text NOT NULL, article_id text NOT NULL, etag text, last_modified text,
            digest text NOT NULL, whole boolean NOT NULL, modified text,
            PRIMARY KEY (library, source_key, place)
        )""",
        """CREATE TABLE excluded (
            library bigint NOT NULL, key text COLLATE "C" NOT NULL, article_id text COLLATE "C" NOT NULL,
            PRIMARY KEY (library, key)
        )""",
        # What updates replaced or removed, and what they added, so that they can be undone (`index/keeping.py`).
        """CREATE TABLE kept_generations (
            library bigint NOT NULL, generation bigint NOT NULL, made timestamptz NOT NULL, until timestamptz NOT NULL,
            PRIMARY KEY (library, generation)
        )""",
        """CREATE TABLE kept_articles (
            library bigint NOT NULL, generation bigint NOT NULL, key text COLLATE "C" NOT NULL, id text NOT NULL,
            former text,                               -- the fields of the article before that update, in JSON, or NULL
            PRIMARY KEY (library, generation, key)
        )""",
    ),
    # It has a row as long as a move into the schema is not finished (`index/storage/moving.py`).
    ("CREATE TABLE moving (is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one), note text NOT NULL)",),
    # What many processes encode in parts, until it is published (`staging.py`). No reader looks there.
    (
        """CREATE TABLE stagings (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text COLLATE "C" NOT NULL UNIQUE,     -- of the library
            parts integer NOT NULL,                    -- how many there are
            whole boolean NOT NULL,                    -- whether all stored articles are embedded again
            made_with text NOT NULL,                   -- the manifest, in JSON
            change text NOT NULL,                      -- what is to be done to the library, in JSON, but for articles
            begun timestamptz NOT NULL DEFAULT clock_timestamp()
        )""",
        """CREATE TABLE staged_articles (
            staging bigint NOT NULL,
            key text COLLATE "C" NOT NULL,             -- a short one for its id
            id text COLLATE "C" NOT NULL,              -- in JSON, as it may be one that no library takes
            part integer NOT NULL,
            article text,                              -- in JSON; NULL for one that is in the library
            done timestamptz,                          -- when its passages were encoded, or needed not be
            PRIMARY KEY (staging, key)
        )""",
        "CREATE INDEX staged_articles_by_part ON staged_articles (staging, part, key) WHERE done IS NULL",
        """CREATE TABLE staged_encodings (
            staging bigint NOT NULL,
            key bytea NOT NULL,                        -- as that of `passages`
            part integer NOT NULL,                     -- the one that has encoded it
            vector bytea NOT NULL, sentence_vectors bytea NOT NULL, sentence_scales bytea NOT NULL,
            token_counts bytea NOT NULL, token_vectors bytea NOT NULL,
            PRIMARY KEY (staging, key)
        )""",
        "CREATE INDEX staged_encodings_by_part ON staged_encodings (staging, part)",
        "ALTER TABLE staged_encodings ALTER COLUMN sentence_vectors SET STORAGE EXTERNAL",
        "ALTER TABLE staged_encodings ALTER COLUMN token_vectors SET STORAGE EXTERNAL",
    ),
    # For questions about a period: what is not in it is not read. Own tables are made like the shared one.
    (
        "CREATE INDEX passages_by_date ON passages (library, published)",
        """DO $$
        DECLARE own text;
        BEGIN
            FOR own IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
                       AND relkind = 'r' AND relname ~ '^passages_[0-9]+$'
            LOOP
                EXECUTE format('CREATE INDEX ON %I (library, published)', own);
            END LOOP;
        END $$""",
    ),
    # Since when each source fails that does, in JSON.
    ("ALTER TABLE libraries ADD COLUMN failing_since text",),
)
"""For each version, the statements that it adds to the one before. Version n is made by the first n of them."""

NEWEST = len(_VERSIONS)

TABLES = (
    "articles", "passages", "term_counts", "postings", "sources", "source_pages", "excluded", "kept_generations",
    "kept_articles",
)  # fmt: skip
"""The tables that have rows of a library under its number."""


def own_table(library: int) -> str:
    """The table of passages that a large library has of its own. Its indexes have this name with an ending."""
    return f"passages_{library}"


def table_of_passages(library: int, has_own_table: bool) -> str:
    """The table that has the passages of a library; that of all libraries has others' as well."""
    return own_table(library) if has_own_table else SHARED_TABLE


def version_of(connection: Connection, schema: str) -> int:
    """The version of the tables in a schema; 0 if it has none."""
    if not _ask(connection, "SELECT to_regclass(%s) IS NOT NULL", f'"{schema}".library_schema'):
        return 0
    versions = sql.SQL("SELECT coalesce(max(version), 0) FROM {}").format(sql.Identifier(schema, "library_schema"))
    return _ask(connection, versions)


def bring_up(connection: Connection, schema: str) -> None:
    """Create the schema, or migrate its tables to the newest version, in one transaction.

    `search_path` must begin with the schema. Another process that does the same is waited for.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock_number(schema, "schema"),))
        if not _ask(connection, "SELECT to_regnamespace(%s) IS NOT NULL", f'"{schema}"'):
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        connection.execute("CREATE TABLE IF NOT EXISTS library_schema (version integer PRIMARY KEY)")
        done = version_of(connection, schema)
        for number, statements in enumerate(_VERSIONS[done:], done + 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute("INSERT INTO library_schema VALUES (%s)", (number,))


def note_of_moving(connection: Connection) -> str | None:
    """What is noted of a move into the schema that is not finished; None if there is none."""
    row = connection.execute("SELECT note FROM moving").fetchone()
    return None if row is None else str(row[0])


def _ask(connection: Connection, query: LiteralString | sql.Composed, *values: str) -> int:
    """The one number that a query finds."""
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])
