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
    """A transaction that changes a library. Nothing of it is seen by others until it is complete."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0])
        self.has_withdrawn = False
        """Whether anything was taken out or replaced, of which nothing must stay in the files."""
        self.has_changed_articles = False
        """Whether articles were put or deleted, so that this is a generation of its own."""

    def put(self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage]) -> None:
        """Add an article with its passages, in place of what stood under its id.

        The passages that it replaces stay until `complete_generation`: their text may turn up in an article put later.
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
        """Take an article and all that was derived from it out."""
        self.connection.execute(
            "DELETE FROM passage_terms WHERE rowid IN (SELECT id FROM passages WHERE article_id = ?)", (article_id,)
        )
        self.connection.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
        self.connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        self.has_withdrawn = self.has_changed_articles = True

    def remember(self, memory: SourceUpdate) -> None:
        """Write down what is known of sources and of what was taken out by hand, in place of what was."""
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
        """Let sources bring those articles again."""
        for article_id in set(article_ids) & set(self.excluded()):
            self.connection.execute("DELETE FROM excluded WHERE article_id = ?", (article_id,))

    def set_manifest(self, manifest: Manifest) -> None:
        """Say what the library is made with."""
        fields = {name: getattr(manifest, name) for name in Manifest.__slots__}
        self._set("made_with", json.dumps(fields))

    def forget_encodings(self, passages: Iterable[int] | None = None) -> None:
        """Make the stored encodings of those passages, or of all, unfit for reuse: their text is embedded afresh."""
        if passages is None:
            self.connection.execute("UPDATE passages SET key = x''")
        else:
            ids = ((number,) for number in passages)
            self.connection.executemany("UPDATE passages SET key = x'' WHERE id = ?", ids)

    def complete_generation(self) -> int:
        """Drop the passages that new ones replace, and count this update as one; the new generation."""
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
