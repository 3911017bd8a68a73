"""A transaction that changes a library's SQLite database."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from index.storage.blobs import EncodingBlobs, pack_spans
from index.storage.reader import Reader
from index.storage.rows import ARTICLE_COLUMNS, BLOB_COLUMNS, SOURCE_COLUMNS, page_values, source_values
from index.storage.types import Manifest, NewPassage, content_hash, fields_of
from index.types import Article, Sentence, SourceUpdate


class Writer(Reader):
    """A transaction that changes a library. Others see its changes only when it is complete."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0])
        self.has_withdrawn = False
        """Whether anything was removed or replaced. If so, its traces must be erased from the files."""
        self.has_changed_articles = False
        """Whether articles were put or deleted. If so, this update makes a new generation."""

    def put(self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage]) -> None:
        """Add an article with its passages, or replace the one with the same id.

        Replaced passages stay until `complete_generation`, because an article that is put later may have the same text
        and reuse their encodings.
        """
        self.has_changed_articles = True
        values = (*fields_of(article), content_hash(article), pack_spans(sentences))
        columns = f"{ARTICLE_COLUMNS}, content_hash, sentences"
        replaced = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", "))
        self.connection.execute(
            f"""INSERT INTO articles ({columns}) VALUES ({", ".join("?" * len(values))})
                ON CONFLICT (id) DO UPDATE SET {replaced}""",
            values,
        )
        for new in passages:
            span, blobs = new.passage, EncodingBlobs.pack(new.encoding)
            row = self.connection.execute(
                f"""INSERT INTO passages (article_id, start, "end", first, last, key, {BLOB_COLUMNS}, checksum)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (article.id, span.start, span.end, span.first, span.last, new.key, *blobs, blobs.checksum()),
            )
            self.connection.execute(
                "INSERT INTO passage_terms (rowid, terms, title) VALUES (?, ?, ?)",
                (row.lastrowid, "\n".join(" ".join(line) for line in new.terms), " ".join(new.title_terms)),
            )

    def delete(self, article_id: str) -> None:
        """Remove an article and everything derived from it."""
        self.connection.execute(
            "DELETE FROM passage_terms WHERE rowid IN (SELECT id FROM passages WHERE article_id = ?)", (article_id,)
        )
        self.connection.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
        self.connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        self.has_withdrawn = self.has_changed_articles = True

    def remember(self, memory: SourceUpdate) -> None:
        """Store what is now known about the sources, and which articles were removed by hand."""
        removed = set(memory.known) - {source.address for source in self.sources()}
        for address in (*memory.forget, *(source.address for source in memory.sources)):
            self.connection.execute("DELETE FROM source_pages WHERE source = ?", (address,))
            self.connection.execute("DELETE FROM sources WHERE address = ?", (address,))
        self.has_withdrawn |= bool(memory.forget)
        for source in memory.sources:
            if source.address not in removed:
                marks = "?, ?, ?, ?, ?, ?, ?, ?"
                self.connection.execute(
                    f"INSERT INTO sources ({SOURCE_COLUMNS}) VALUES ({marks})", source_values(source)
                )
        for page in memory.pages:
            if page.source not in removed:
                self.connection.execute("INSERT INTO source_pages VALUES (?, ?, ?, ?, ?, ?, ?)", page_values(page))
        for article_id in memory.exclude:
            self.connection.execute("INSERT OR IGNORE INTO excluded VALUES (?)", (article_id,))
        self.include(memory.include)

    def include(self, article_ids: Iterable[str]) -> None:
        """Let sources add those articles again."""
        for article_id in set(article_ids) & set(self.excluded()):
            self.connection.execute("DELETE FROM excluded WHERE article_id = ?", (article_id,))

    def set_manifest(self, manifest: Manifest) -> None:
        """Store what the library is made with."""
        fields = {name: getattr(manifest, name) for name in Manifest.__slots__}
        self._set("made_with", json.dumps(fields))

    def forget_encodings(self, passages: Iterable[int] | None = None) -> None:
        """Never reuse the stored encodings of those passages, or of all: their text will be embedded again."""
        if passages is None:
            self.connection.execute("UPDATE passages SET key = x''")
        else:
            ids = ((number,) for number in passages)
            self.connection.executemany("UPDATE passages SET key = x'' WHERE id = ?", ids)

    def complete_generation(self) -> int:
        """Delete the replaced passages and count the generation up. Returns the new generation."""
        replaced = "id <= :newest AND article_id IN (SELECT article_id FROM passages WHERE id > :newest)"
        before = {"newest": self._newest}
        self.connection.execute(
            f"DELETE FROM passage_terms WHERE rowid IN (SELECT id FROM passages WHERE {replaced})", before
        )
        self.has_withdrawn |= self.connection.execute(f"DELETE FROM passages WHERE {replaced}", before).rowcount > 0
        generation = self.read_generation() + 1
        self._set("generation", str(generation))
        return generation

    def _set(self, key: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (key, value))
