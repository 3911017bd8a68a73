"""The tables of the records, version by version, as SQLite takes them; `postgres_schema.py` translates them."""

VERSIONS = (
    """
CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    server INTEGER,
    channel INTEGER,
    message INTEGER UNIQUE,
    asker BLOB NOT NULL,
    question TEXT NOT NULL,
    answered INTEGER NOT NULL,
    confidence REAL NOT NULL,
    quotes TEXT NOT NULL,
    closest TEXT NOT NULL
) STRICT;
CREATE INDEX answers_by_time ON answers (at);
CREATE INDEX answers_by_channel ON answers (channel, at);
CREATE TABLE votes (
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    voter BLOB NOT NULL,
    up INTEGER NOT NULL,
    PRIMARY KEY (answer, voter)
) STRICT, WITHOUT ROWID;
CREATE TABLE ask_channels (channel INTEGER PRIMARY KEY, server INTEGER NOT NULL) STRICT;
CREATE TABLE left_servers (server INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;
""",
    """
ALTER TABLE answers ADD COLUMN sealed_channel BLOB;
ALTER TABLE answers ADD COLUMN marks TEXT NOT NULL DEFAULT '[]';
CREATE TABLE server_settings (
    server INTEGER PRIMARY KEY,
    admin_role INTEGER,
    threshold REAL,
    refresh_hours REAL,
    log_channel INTEGER
) STRICT;
CREATE TABLE jobs (
    server INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    channel INTEGER NOT NULL,
    message INTEGER NOT NULL,
    work TEXT NOT NULL
) STRICT;
CREATE TABLE undos (id TEXT PRIMARY KEY, server INTEGER NOT NULL, at TEXT NOT NULL, work TEXT NOT NULL) STRICT;
""",
    """
ALTER TABLE undos RENAME TO pending;
ALTER TABLE pending ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE pending SET kind = (SELECT key FROM json_each(work)), work = (SELECT value FROM json_each(work));
""",
    """
ALTER TABLE answers ADD COLUMN outcome TEXT;
""",
    # `asked` is the message that asked; `seal` tells whether the key is the one that the questions are sealed under.
    """
ALTER TABLE answers ADD COLUMN asked INTEGER;
CREATE INDEX answers_by_question ON answers (asked) WHERE asked IS NOT NULL;
ALTER TABLE answers ADD COLUMN sealed_question BLOB NOT NULL DEFAULT x'';
CREATE TABLE seal (sealed BLOB NOT NULL) STRICT;
""",
    """
ALTER TABLE server_settings ADD COLUMN language TEXT;
ALTER TABLE answers ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
""",
    """
ALTER TABLE server_settings ADD COLUMN digest INTEGER;
CREATE TABLE digests (server INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;
""",
    # What sites say of their pages. A server of NULL is the base library; `subject` is a page's addresses, or a source.
    """
CREATE TABLE webhooks (
    server INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    server INTEGER,
    subject TEXT NOT NULL,
    gone INTEGER NOT NULL,
    at TEXT NOT NULL,
    due TEXT NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX inbox_once ON inbox (ifnull(server, 0), subject);
CREATE TABLE webhook_signatures (digest BLOB PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY,
    server INTEGER,
    source TEXT NOT NULL,
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL,
    due TEXT NOT NULL,
    until TEXT,
    failures INTEGER NOT NULL,
    problem TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX subscriptions_once ON subscriptions (ifnull(server, 0), source);
""",
    # What editors chose; a server of NULL is the operator's choice for all. `kept_digest` is as in `answers.quotes`.
    """
CREATE TABLE pins (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER,
    at TEXT NOT NULL,
    sealed_question BLOB NOT NULL,
    article TEXT NOT NULL,
    digest TEXT NOT NULL,
    lapsed INTEGER NOT NULL DEFAULT 0,
    removed TEXT
) STRICT;
CREATE INDEX pins_by_server ON pins (server);
CREATE TABLE bans (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER,
    at TEXT NOT NULL,
    article TEXT NOT NULL,
    digest TEXT NOT NULL,
    kept_digest TEXT NOT NULL,
    removed TEXT
) STRICT;
CREATE INDEX bans_by_server ON bans (server);
ALTER TABLE answers ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0;
""",
    # What was corrected or withdrawn (`corrections.py`). A server of NULL is the base library.
    """
CREATE TABLE corrections (
    id TEXT PRIMARY KEY,
    server INTEGER,
    article TEXT NOT NULL,
    fate TEXT NOT NULL,
    at TEXT NOT NULL,
    former BLOB NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    rewordings TEXT NOT NULL,
    further INTEGER NOT NULL,
    digests TEXT NOT NULL,
    taken_back INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX corrections_by_time ON corrections (server, at);
CREATE TABLE correction_edits (
    correction TEXT NOT NULL REFERENCES corrections (id) ON DELETE CASCADE,
    server INTEGER NOT NULL,
    edited INTEGER NOT NULL,
    PRIMARY KEY (correction, server)
) STRICT, WITHOUT ROWID;
CREATE TABLE correction_posts (
    correction TEXT NOT NULL REFERENCES corrections (id) ON DELETE CASCADE,
    server INTEGER NOT NULL,
    at TEXT NOT NULL,
    channel INTEGER NOT NULL,
    message INTEGER,
    PRIMARY KEY (correction, server)
) STRICT, WITHOUT ROWID;
CREATE TABLE correction_channels (server INTEGER PRIMARY KEY, channel INTEGER NOT NULL, since TEXT NOT NULL) STRICT;
""",
    # Who waits for the answer to a question that found none; `sealed` tells who and where. `waiter` is an HMAC, as
    # `asker` is. `due` says that it must be asked again; `telling` is the answer that is just being told.
    """
ALTER TABLE answers ADD COLUMN frame TEXT NOT NULL DEFAULT '{}';
CREATE TABLE waiting (
    id TEXT PRIMARY KEY,
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    waiter BLOB NOT NULL,
    sealed BLOB NOT NULL,
    direct INTEGER NOT NULL,
    due INTEGER NOT NULL DEFAULT 1,
    telling TEXT,
    UNIQUE (answer, waiter)
) STRICT;
CREATE TABLE looked_through (server INTEGER, passage INTEGER NOT NULL, at TEXT NOT NULL) STRICT;
""",
    # How the refreshes of the base library go (`refresh_state.py`).
    """
CREATE TABLE refresh_state (state TEXT NOT NULL) STRICT;
""",
    """
ALTER TABLE server_settings ADD COLUMN opinion_sections TEXT;
""",
)
"""What each version of the schema adds to the one before. Version n is the first n of them."""

NEWEST = len(VERSIONS)

TABLES = (
    "answers", "votes", "waiting", "looked_through", "ask_channels", "left_servers", "server_settings", "jobs",
    "pending", "digests", "webhooks", "inbox", "webhook_signatures", "subscriptions", "pins", "bans",
    "corrections", "correction_edits", "correction_posts", "correction_channels", "refresh_state", "seal",
)  # fmt: skip
"""All tables of the newest version, each after those that it refers to."""

FLAGS = ("answered", "chosen", "direct", "due", "gone", "lapsed", "taken_back", "up")
"""Columns that are yes or no, where their type is INTEGER; SQLite has no other type for that."""

IN_ORDER = ("answers", "corrections", "waiting")
"""Tables whose rows are read in the order in which they came in, by their `rowid`."""

NUMBERED = {"pins": "number", "bans": "number", "inbox": "id", **dict.fromkeys(IN_ORDER, "rowid")}
"""The tables whose rows the database numbers, and the column of that."""

NEVER_AGAIN = ("pins", "bans")
"""Of these the tables whose numbers are given once only, also if the row is gone. SQLite keeps the last one of each."""

SERVER_TABLES = (
    "answers", "ask_channels", "left_servers", "server_settings", "jobs", "pending", "digests",
    "webhooks", "inbox", "subscriptions", "pins", "bans",
    "corrections", "correction_edits", "correction_posts", "correction_channels", "looked_through",
)  # fmt: skip
"""The tables whose rows belong to a server."""
