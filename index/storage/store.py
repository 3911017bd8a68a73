"""SQLite: the one durable truth of a library. Everything that is kept goes in and comes out here.

One update is one transaction, in write-ahead mode: readers see the generation before it until it is complete, and a
process that dies leaves that generation. SQLite's own write lock keeps a second writer out; the file `holder` beside
the database only says who has it. Of what an update takes out nothing stays in the files, neither text nor terms.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import sqlite3
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.encoding.encoder import Encoder, PassageEncoding
from index.errors import LibraryBusy, LibraryDamaged, LibraryError, OutOfResources, PullquoteError
from index.resources import DISK, shortage
from index.storage.connections import CACHE_KIB, LOG_BYTES, Pool, connect
from index.storage.erasing import can_shrink, empty_log, erase, make_shrinkable
from index.storage.schema import NEWEST, bring_up, version_of
from index.types import Article, Floats, Passage, Sentence, Source, SourcePage, SourceUpdate, Span, as_utc

T = TypeVar("T")
Number = TypeVar("Number", np.float32, np.uint8)

DATABASE = "library.sqlite3"
HOLDER = "holder"
PATIENCE_TO_OPEN = 10.0
"""For how many seconds the opening of a library waits for another process that is just making it."""

PATIENCE_TO_EMPTY = 2.0
"""For how many seconds an update waits at its end for those who read from the log: longer than a question takes."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a library was made with. Passages and vectors of another maker do not mix with its own."""

    model: str
    fingerprint: str
    dimension: int
    token_dimension: int
    passage_tokens: int
    cutting: int = 1
    """By which rules texts were cut into what may be quoted; manifests from before they were counted say nothing."""

    @classmethod
    def of(cls, encoder: Encoder, passage_tokens: int, cutting: int = 1) -> "Manifest":
        """The manifest of a library made with `encoder` and passages of about `passage_tokens` tokens."""
        made_by = encoder.name, encoder.fingerprint, encoder.dimension, encoder.token_dimension
        return cls(*made_by, passage_tokens, cutting)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles a question is asked of; all of them where nothing is set."""

    article_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def everything(self) -> bool:
        """Whether no article is left out."""
        return self.article_id is None and self.since is None and self.until is None


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage on its way into the store. `terms` holds the terms of each of its sentences."""

    passage: Passage
    key: bytes
    terms: tuple[tuple[str, ...], ...]
    title_terms: tuple[str, ...]
    encoding: PassageEncoding


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as a search reads it."""

    id: int
    article_id: str
    passage: Passage
    terms: tuple[tuple[str, ...], ...]
    title_terms: tuple[str, ...]
    blobs: tuple[bytes, bytes, bytes, bytes]
    """Its encoding as it is stored: most of the passages that a search finds are dropped for their vectors alone."""

    @property
    def vector(self) -> Floats:
        """float32 (dimension,), unit length."""
        return np.frombuffer(self.blobs[0], dtype="<f2").astype(np.float32)

    @property
    def encoding(self) -> PassageEncoding:
        """All of its encoding, worked out at each call."""
        return _encoding(*self.blobs)

    @property
    def all_terms(self) -> list[str]:
        """The terms of its sentences and of its article's title."""
        return [*self.title_terms, *(term for sentence in self.terms for term in sentence)]


@dataclass(frozen=True, slots=True)
class CheckedPassage:
    """A passage as a check reads it. `sound` is None where its encoding was written before there were checksums."""

    id: int
    article_id: str
    passage: Passage
    key: bytes
    vector: bytes
    sound: bool | None


class Reader:
    """One generation of a library, as it stood when the transaction began."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._read: dict[str, tuple[Article, tuple[Sentence, ...]]] = {}

    def _value(self, key: str) -> str | None:
        row = self._connection.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    @property
    def generation(self) -> int:
        """How many updates have been completed."""
        return int(self._value("generation") or 0)

    def manifest(self) -> Manifest | None:
        """What the library was made with, or None while it holds nothing."""
        made_with = self._value("made_with")
        empty = self._connection.execute("SELECT 1 FROM articles").fetchone() is None
        return None if empty or made_with is None else Manifest(**json.loads(made_with))

    def articles(self) -> list[Article]:
        """All articles, newest first, those without a date last."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM articles ORDER BY published DESC NULLS LAST, id")
        return [_article(row) for row in rows]

    def article(self, article_id: str) -> Article | None:
        """The article of that id, if there is one."""
        try:
            row = self._connection.execute(f"SELECT {_COLUMNS} FROM articles WHERE id = ?", (article_id,)).fetchone()
        except UnicodeEncodeError:  # lone surrogates, which no stored id holds
            return None
        return None if row is None else _article(row)

    def content_hashes(self) -> dict[str, bytes]:
        """The content hash of each article, by id."""
        return dict(self._connection.execute("SELECT id, content_hash FROM articles"))

    def text_sizes(self) -> dict[str, int]:
        """How many bytes of UTF-8 the text of each article has, by id. 50 MB of text take some 30 ms."""
        return dict(self._connection.execute("SELECT id, length(CAST(text AS BLOB)) FROM articles"))

    def with_sentences(self, article_id: str) -> tuple[Article, tuple[Sentence, ...]]:
        """The article of that id, which must be there, and its sentences in order; read once a transaction."""
        if article_id not in self._read:
            *fields, spans = self._connection.execute(
                f"SELECT {_COLUMNS}, sentences FROM articles WHERE id = ?", (article_id,)
            ).fetchone()
            starts_and_ends = np.frombuffer(spans, dtype="<i4").reshape(-1, 2).tolist()
            sentences = tuple(Sentence(start, end) for start, end in starts_and_ends)
            self._read[article_id] = _article(fields), sentences
        return self._read[article_id]

    def passage_vectors(self) -> tuple[NDArray[np.int64], Floats]:
        """The ids (n,) and unit vectors (n, dimension) of all passages."""
        rows = self._connection.execute("SELECT id, vector FROM passages ORDER BY id").fetchall()
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f2").astype(np.float32)
        return ids, _rows(vectors, len(rows))

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages of those ids, in that order."""
        marks = ",".join("?" * len(ids))
        rows = self._connection.execute(
            f"""SELECT p.id, article_id, start, "end", first, last, terms, title,
                       {_BLOBS}
                FROM passages p JOIN passage_terms t ON t.rowid = p.id WHERE p.id IN ({marks})""",
            tuple(ids),
        )
        found = {row[0]: _stored_passage(row) for row in rows}
        return [found[i] for i in ids]

    def encoding(self, key: bytes) -> PassageEncoding:
        """The encoding of a passage of that key, which must be stored."""
        blobs = self._sound_blobs(key)
        assert blobs is not None, "asked for an encoding that is not stored"
        return _encoding(*blobs)

    def has_encoding(self, key: bytes) -> bool:
        """Whether the encoding of a passage of that key is stored, and as it was written."""
        return self._sound_blobs(key) is not None

    def _sound_blobs(self, key: bytes) -> Sequence[bytes] | None:
        rows = self._connection.execute(f"SELECT {_BLOBS}, checksum FROM passages WHERE key = ?", (key,))
        return next((blobs for *blobs, checksum in rows if _is_sound(blobs, checksum) is not False), None)

    def best_by_words(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The ids of the passages that BM25 puts first for any of the words, best first."""
        query = " OR ".join(f'"{word}"' for word in words)
        if not query:
            return []
        where, values = _condition(scope)
        joined = f"AND rowid IN (SELECT p.id FROM passages p JOIN articles a ON a.id = article_id WHERE {where})"
        rows = self._connection.execute(
            f"""SELECT rowid FROM passage_terms WHERE passage_terms MATCH ? {"" if scope.everything else joined}
                ORDER BY rank LIMIT ?""",
            (query, *values, limit),
        )
        return [row[0] for row in rows]

    def passage_ids(self, scope: Scope) -> NDArray[np.int64]:
        """The ids of the passages of the articles in scope."""
        where, values = _condition(scope)
        rows = self._connection.execute(
            f"SELECT p.id FROM passages p JOIN articles a ON a.id = article_id WHERE {where}", values
        )
        return np.array([row[0] for row in rows], dtype=np.int64)

    def passage_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each of the terms stands."""
        counts = {}
        for term in terms:
            row = self._connection.execute("SELECT doc FROM term_counts WHERE term = ?", (term,)).fetchone()
            counts[term] = 0 if row is None else int(row[0])
        return counts

    def term_total(self) -> int:
        """How many terms all passages have together."""
        return int(self._connection.execute("SELECT coalesce(sum(cnt), 0) FROM term_counts").fetchone()[0])

    def sources(self) -> list[Source]:
        """The sources that are remembered, in the order in which they were added."""
        rows = self._connection.execute(f"SELECT {_SOURCE_COLUMNS} FROM sources ORDER BY added, address")
        return [_source(row) for row in rows]

    def source_pages(self) -> list[SourcePage]:
        """The addresses that sources led to."""
        rows = self._connection.execute(
            "SELECT source, address, article_id, etag, last_modified, digest, whole FROM source_pages ORDER BY rowid"
        )
        return [SourcePage(s, a, i, etag, date, digest, bool(whole)) for s, a, i, etag, date, digest, whole in rows]

    def excluded(self) -> list[str]:
        """The ids of the articles that were taken out by hand, sorted."""
        return [row[0] for row in self._connection.execute("SELECT article_id FROM excluded ORDER BY article_id")]

    def damage(self) -> list[str]:
        """What is wrong with the database as such; empty when its pages are sound and its tables belong together."""
        rows = self._connection.execute("PRAGMA integrity_check(5)").fetchall()
        if damage := [" ".join(str(row[0]).split()) for row in rows if row[0] != "ok"]:
            return damage
        strays = self._connection.execute('SELECT DISTINCT "table", parent FROM pragma_foreign_key_check').fetchall()
        indexed, held = "SELECT id FROM passage_terms_docsize", "SELECT id FROM passages"
        differing = self._connection.execute(
            f"SELECT 1 FROM ({indexed} EXCEPT {held}) UNION ALL SELECT 1 FROM ({held} EXCEPT {indexed})"
        )
        return [
            *(f"{table} holds what belongs to none of the {parent}" for table, parent in strays),
            *("the full text is not of the passages that are there" for _ in differing.fetchmany(1)),
        ]

    def altered_articles(self) -> list[str]:
        """The ids of the articles that are no longer what was put, by their content hashes."""
        self._connection.text_factory = lambda text: text.decode(errors="surrogateescape")  # damage may be no UTF-8
        try:
            rows = self._connection.execute(f"SELECT {_COLUMNS}, content_hash FROM articles ORDER BY id")
            return [fields[0] for *fields, digest in rows if _hash(fields) != digest]
        finally:
            self._connection.text_factory = str

    def checked_passages(self) -> Iterator[CheckedPassage]:
        """All passages, those of an article together, each with whether its encoding is as it was written."""
        rows = self._connection.execute(
            f"""SELECT id, article_id, start, "end", first, last, key, checksum, {_BLOBS}
                FROM passages ORDER BY article_id, id"""
        )
        for number, article_id, start, end, first, last, key, checksum, *blobs in rows:
            passage, sound = Passage(start, end, first, last), _is_sound(blobs, checksum)
            yield CheckedPassage(number, article_id, passage, key, blobs[0], sound)


class Writer(Reader):
    """A transaction that changes a library. Nothing of it is seen by others until it is complete."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0])
        self.has_withdrawn = False
        """Whether anything was taken out or replaced, of which nothing must stay in the files."""

    def put(self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage]) -> None:
        """Add an article with its passages, in place of what stood under its id.

        The passages that it replaces stay until `complete_generation`: their text may turn up in an article put later.
        """
        values = (*_values(article), content_hash(article), _span_blob(sentences))
        columns = f"{_COLUMNS}, content_hash, sentences"
        replaced = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", "))
        self._connection.execute(
            f"""INSERT INTO articles ({columns}) VALUES ({", ".join("?" * len(values))})
                ON CONFLICT (id) DO UPDATE SET {replaced}""",
            values,
        )
        for new in passages:
            span, blobs = new.passage, _blobs(new.encoding)
            row = self._connection.execute(
                f"""INSERT INTO passages (article_id, start, "end", first, last, key, {_BLOBS}, checksum)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (article.id, span.start, span.end, span.first, span.last, new.key, *blobs, _checksum(blobs)),
            )
            self._connection.execute(
                "INSERT INTO passage_terms (rowid, terms, title) VALUES (?, ?, ?)",
                (row.lastrowid, "\n".join(" ".join(line) for line in new.terms), " ".join(new.title_terms)),
            )

    def delete(self, article_id: str) -> None:
        """Take an article and all that was derived from it out."""
        self._connection.execute(
            "DELETE FROM passage_terms WHERE rowid IN (SELECT id FROM passages WHERE article_id = ?)", (article_id,)
        )
        self._connection.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
        self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        self.has_withdrawn = True

    def remember(self, memory: SourceUpdate) -> None:
        """Write down what is known of sources and of what was taken out by hand, in place of what was."""
        removed = set(memory.known) - {source.address for source in self.sources()}
        for address in (*memory.forget, *(source.address for source in memory.sources)):
            self._connection.execute("DELETE FROM source_pages WHERE source = ?", (address,))
            self._connection.execute("DELETE FROM sources WHERE address = ?", (address,))
        self.has_withdrawn |= bool(memory.forget)
        for s in memory.sources:
            if s.address in removed:
                continue
            checked = s.checked.isoformat() if s.checked else None
            values = (s.kind, s.address, s.added.isoformat(), s.etag, s.last_modified, checked, s.result, s.strikes)
            self._connection.execute(f"INSERT INTO sources ({_SOURCE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        for p in memory.pages:
            if p.source in removed:
                continue
            page = (p.source, p.address, p.article_id, p.etag, p.last_modified, p.digest, p.whole)
            self._connection.execute("INSERT INTO source_pages VALUES (?, ?, ?, ?, ?, ?, ?)", page)
        for article_id in memory.exclude:
            self._connection.execute("INSERT OR IGNORE INTO excluded VALUES (?)", (article_id,))
        self.include(memory.include)

    def include(self, article_ids: Iterable[str]) -> None:
        """Let sources bring those articles again."""
        for article_id in set(article_ids) & set(self.excluded()):
            self._connection.execute("DELETE FROM excluded WHERE article_id = ?", (article_id,))

    def set_manifest(self, manifest: Manifest) -> None:
        """Say what the library is made with."""
        fields = {name: getattr(manifest, name) for name in Manifest.__slots__}
        self._set("made_with", json.dumps(fields))

    def forget_encodings(self, passages: Iterable[int] | None = None) -> None:
        """Make the stored encodings of those passages, or of all, unfit for reuse: their text is embedded afresh."""
        if passages is None:
            self._connection.execute("UPDATE passages SET key = x''")
        else:
            ids = ((number,) for number in passages)
            self._connection.executemany("UPDATE passages SET key = x'' WHERE id = ?", ids)

    def complete_generation(self) -> int:
        """Drop the passages that new ones replace, and count this update as one; the new generation."""
        replaced = "id <= :newest AND article_id IN (SELECT article_id FROM passages WHERE id > :newest)"
        before = {"newest": self._newest}
        self._connection.execute(
            f"DELETE FROM passage_terms WHERE rowid IN (SELECT id FROM passages WHERE {replaced})", before
        )
        self.has_withdrawn |= self._connection.execute(f"DELETE FROM passages WHERE {replaced}", before).rowcount > 0
        generation = self.generation + 1
        self._set("generation", str(generation))
        return generation

    def _set(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (key, value))


class Store:
    """The database of one library. Safe to read from many threads, each in a connection of its own."""

    def __init__(self, folder: Path) -> None:
        """Open the database in `folder`, or make one. Raises LibraryError."""
        self.folder = folder
        self._file = folder / DATABASE
        self._connections = Pool(self._connect)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"The data folder {folder} cannot be used: {error.strerror or error}.") from error
        with self._explained(), self._connections.lent() as connection:
            self._has_full_log = self._log_bytes() > 0
            self._empty_log(connection, patience=0)

    def close(self) -> None:
        """Close the files; those that somebody is reading, at the end of that. The next use opens them again."""
        if self._has_full_log:
            with contextlib.suppress(sqlite3.Error), self._connections.lent() as connection:
                self._empty_log(connection, patience=0)
        self._connections.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        """A view of the last complete generation, the same throughout. Raises LibraryError."""
        with self._explained(), self._connections.lent() as connection:
            self._patiently(lambda: _begin_reading(connection), PATIENCE_TO_OPEN)
            try:
                yield Reader(connection)
            finally:
                connection.execute("ROLLBACK")
                self._empty_log(connection, patience=0)

    @contextlib.contextmanager
    def writing(self, patience: float) -> Iterator[Writer]:
        """A transaction: all of it lands at the end, or none when the body raises.

        Waits up to `patience` seconds for another writer. Raises LibraryBusy after that, LibraryError otherwise.
        """
        with self._explained(), contextlib.closing(self._connect()) as connection:
            self._wait_for_lock(connection, patience)
            try:
                self._sign(f"process {os.getpid()} ({_program()}), since {datetime.now(UTC):%H:%M:%S} UTC")
                writer = Writer(connection)
                yield writer
                if writer.has_withdrawn:
                    erase(connection)
                self._sign(None)  # while the lock is ours: afterwards it may be the next one's
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    self._sign(None)
                    connection.execute("ROLLBACK")
            self._tidy(connection, has_withdrawn=writer.has_withdrawn)

    def _tidy(self, connection: sqlite3.Connection, *, has_withdrawn: bool) -> None:
        """Keep the files small after an update, which is complete whatever becomes of this."""
        try:
            if has_withdrawn and not can_shrink(connection):
                make_shrinkable(connection)
        except sqlite3.Error as error:
            logger.warning("%s could not be made smaller (%s); the next removal tries again.", self._file, error)
        if has_withdrawn or self._log_bytes() > LOG_BYTES:
            self._has_full_log = True
        self._empty_log(connection, PATIENCE_TO_EMPTY)

    def _empty_log(self, connection: sqlite3.Connection, patience: float) -> None:
        """Empty the write-ahead log where that is due, and note whether somebody stood in the way."""
        if not self._has_full_log:
            return
        self._has_full_log = False  # before it is tried, lest an update be missed that another thread ends meanwhile
        try:
            emptied = empty_log(connection, patience)
        except sqlite3.Error:
            emptied = False
        if not emptied:
            self._has_full_log = True

    def _log_bytes(self) -> int:
        try:
            return self._file.with_name(f"{DATABASE}-wal").stat().st_size
        except OSError:
            return 0

    def _wait_for_lock(self, connection: sqlite3.Connection, patience: float) -> None:
        """Take the write lock, in short tries so that Ctrl-C is heard between them."""
        self._patiently(lambda: connection.execute("BEGIN IMMEDIATE"), patience)

    def _patiently(self, action: Callable[[], T], patience: float) -> T:
        """Do what another process may stand in the way of, for `patience` seconds. Raises LibraryBusy after that."""
        deadline = time.monotonic() + patience
        while True:
            try:
                return action()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if time.monotonic() >= deadline:
                    raise LibraryBusy(
                        f"The library in {self.folder} is being updated by {self._holder()}; try again when it is done."
                    ) from error
            time.sleep(0.05)

    def _sign(self, holder: str | None) -> None:
        """Say who holds the lock, or that nobody does; a help to others, without which the work goes on."""
        with contextlib.suppress(OSError):
            if holder is None:
                (self.folder / HOLDER).unlink(missing_ok=True)
            else:
                (self.folder / HOLDER).write_text(holder)

    def _holder(self) -> str:
        try:
            return (self.folder / HOLDER).read_text()
        except OSError:
            return "another process"

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._file)
        try:
            self._patiently(lambda: connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}"), PATIENCE_TO_OPEN)
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables in a new database; bring one of an earlier version up; refuse a newer one."""
        # Another process may be making the same one: while it goes over to write-ahead mode, not even readers get in.
        version = self._patiently(lambda: version_of(connection), PATIENCE_TO_OPEN)
        if not version:
            if next(self.folder.glob("*.faiss"), None):
                raise LibraryDamaged(
                    f"{self._file} is empty although the library was in use; put a copy of it back, or move "
                    f"{self.folder} away and run `pullquote reindex` to start afresh."
                )
            for setting in ("auto_vacuum = INCREMENTAL", "journal_mode = WAL"):  # in this order, or the first is lost
                self._patiently(partial(connection.execute, f"PRAGMA {setting}"), PATIENCE_TO_OPEN)
        if version < NEWEST:
            self._wait_for_lock(connection, PATIENCE_TO_OPEN)
            bring_up(connection)
            connection.execute("COMMIT")
            version = version_of(connection)
        if version > NEWEST:
            raise LibraryError(
                f"The library in {self.folder} has schema {version}, this Pullquote reads {NEWEST}; "
                "upgrade Pullquote, or use another data folder with --data."
            )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite raises into a sentence with a remedy."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._explanation(error) from error

    def _explanation(self, error: sqlite3.Error) -> PullquoteError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "vtable constructor" in str(error):
            return LibraryDamaged(
                f"{self._file} is damaged ({error}); put a copy of it back, or move it away and run "
                "`pullquote reindex` to build the library afresh from its articles."
            )
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(self.folder)):
            message = f"The disk of {self.folder} is full, so nothing was changed; free some space."
            return OutOfResources(message, DISK)
        if short := shortage(error):
            return short
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return LibraryError(
                f"The data folder {self.folder} cannot be written to; make it writable, or name another with --data."
            )
        return LibraryError(f"The library in {self.folder} cannot be used: {error}.")


_COLUMNS = "id, title, text, author, section, published, updated, url, source"
_BLOBS = "vector, sentence_vectors, token_counts, token_vectors"
_SOURCE_COLUMNS = "kind, address, added, etag, last_modified, checked, result, strikes"


def content_hash(article: Article) -> bytes:
    """SHA-256 over everything that an article says of itself."""
    return _hash(_values(article))


def _hash(values: Sequence[str | None]) -> bytes:
    return hashlib.sha256(json.dumps(values, ensure_ascii=True).encode()).digest()


def _values(article: Article) -> tuple[str | None, ...]:
    return (
        article.id, article.title, article.text, article.author, article.section,
        article.published.isoformat() if article.published else None,
        article.updated.isoformat() if article.updated else None,
        article.url, article.source,
    )  # fmt: skip


def _article(row: Sequence[str]) -> Article:
    article_id, title, text, author, section, published, updated, url, source = row
    return Article(article_id, title, text, author, as_utc(published), as_utc(updated), url, source, section)


def _source(row: Sequence[Any]) -> Source:
    kind, address, added, etag, last_modified, checked, result, strikes = row
    moment = datetime.fromisoformat
    return Source(kind, address, moment(added), etag, last_modified, checked and moment(checked), result, strikes)


def _stored_passage(row: tuple[Any, ...]) -> StoredPassage:
    number, article_id, start, end, first, last, lines, title, *blobs = row
    return StoredPassage(
        number, article_id, Passage(start, end, first, last),
        tuple(tuple(line.split()) for line in lines.split("\n")), tuple(title.split()), tuple(blobs),
    )  # fmt: skip


def _blobs(encoding: PassageEncoding) -> tuple[bytes, bytes, bytes, bytes]:
    return (
        encoding.vector.astype("<f2").tobytes(),
        encoding.sentences.astype("<f2").tobytes(),
        encoding.token_counts.astype("<i4").tobytes(),
        encoding.tokens.tobytes(),
    )


def _checksum(blobs: Iterable[bytes]) -> int:
    return zlib.crc32(b"".join(blobs))


def _is_sound(blobs: Iterable[bytes], checksum: int | None) -> bool | None:
    """Whether an encoding is as it was written; None where nothing says so."""
    return None if checksum is None else checksum == _checksum(blobs)


def _encoding(vector: bytes, sentences: bytes, token_counts: bytes, tokens: bytes) -> PassageEncoding:
    counts = np.frombuffer(token_counts, dtype="<i4")
    return PassageEncoding(
        vector=np.frombuffer(vector, dtype="<f2").astype(np.float32),
        sentences=_rows(np.frombuffer(sentences, dtype="<f2").astype(np.float32), len(counts)),
        tokens=_rows(np.frombuffer(tokens, dtype=np.uint8), int(counts.sum())),
        token_counts=counts,
    )


def _rows(values: NDArray[Number], count: int) -> NDArray[Number]:
    """`values` (count * d,) as rows (count, d); where there are none, d is 0."""
    return values.reshape(count, values.size // max(count, 1))


def _span_blob(spans: Sequence[Span]) -> bytes:
    return np.array([(span.start, span.end) for span in spans], dtype="<i4").tobytes()


def _condition(scope: Scope) -> tuple[str, list[str]]:
    """The SQL condition on `articles a` that keeps what is in scope, and its values."""
    conditions, values = ["1"], []
    if scope.article_id is not None:
        conditions.append("a.id = ?")
        values.append(scope.article_id)
    if scope.since is not None:
        conditions.append("a.published >= ?")
        values.append(scope.since.isoformat())
    if scope.until is not None:
        conditions.append("a.published < ?")
        values.append(scope.until.isoformat())
    return " AND ".join(conditions), values


def _begin_reading(connection: sqlite3.Connection) -> None:
    """Begin a transaction that sees the database as it is now, which the first look decides, not BEGIN."""
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _program() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < 1 << 20
