"""A transaction that changes a library's SQLite database."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from index.naming import short_key
from index.storage.blobs import pack_spans
from index.storage.reader import Reader
from index.storage.rows import (
    HEADLINE_COLUMNS,
    PASSAGE_COLUMNS,
    SOURCE_COLUMNS,
    Totals,
    article_values,
    failing_after,
    fold,
    former_as_json,
    moments_as_json,
    page_values,
    read_well_after,
    source_values,
    without_removed,
)
from index.storage.types import Manifest, NewPassage, PackedPassage, content_hash
from index.storage.vectors import Stand
from index.types import Article, KeptGeneration, Sentence, Source, SourceUpdate


class Writer(Reader):
    """A transaction that changes a library. Others see its changes only when it is complete."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0])
        """The largest id of the passages that were there before."""
        self.has_withdrawn = False
        """Whether anything was removed or replaced. If so, its traces must be erased from the files."""
        self.has_erased = False
        """Whether traces of earlier removals were erased. They are in the log until it is emptied."""
        self.has_changed_articles = False
        """Whether articles were put or deleted. If so, this update makes a new generation."""
        self.has_put_off_indexing = False
        """Whether the next update makes the index of the vectors."""
        self._last = self.newest
        self._totals = super().totals()
        self._removed: list[int] = []
        self._put: set[int] = set()

    def totals(self) -> Totals:
        """How much the library holds, with the changes made so far."""
        return self._totals

    def put(
        self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage | PackedPassage]
    ) -> None:
        """Add an article with its passages, or replace the one with the same id.

        Passages that were there before stay until `complete_generation`, because an article that is put later may have
        the same text and reuse their encodings.
        """
        last = self._last
        self.has_changed_articles = True
        self._uncount(article.id)
        derived = content_hash(article), short_key(article.id), _bytes(article), fold(article.title, article.id)
        values = (*article_values(article), *derived)
        columns = f"{HEADLINE_COLUMNS}, content_hash, short_key, text_bytes, folded"
        replaced = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", "))
        (number,) = self.connection.execute(
            f"""INSERT INTO articles ({columns}) VALUES ({_marks(len(values))})
                ON CONFLICT (id) DO UPDATE SET {replaced} RETURNING number""",
            values,
        ).fetchone()
        self.connection.execute(
            "INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", (number, article.text, pack_spans(sentences))
        )
        self._read.pop(article.id, None)
        self._totals = self._totals.plus(articles=1, undated=article.published is None, text_bytes=_bytes(article))
        for new in passages:
            self._add(number, PackedPassage.of(new))
        if number in self._put:  # by this very update
            self._delete_passages("article = ? AND id > ? AND id <= ?", number, self.newest, last)
        self._put.add(number)

    def _add(self, article: int, new: PackedPassage) -> None:
        span = new.passage
        if 0 < new.id <= self._last:
            raise ValueError(f"passage {new.id} comes after {self._last}")
        values = (
            new.id or None, article, span.start, span.end, span.first, span.last, new.key, new.checksum,
            *new.term_blobs, new.cues, *new.blobs,
        )  # fmt: skip
        added = self.connection.execute(
            f"INSERT INTO passages ({PASSAGE_COLUMNS}) VALUES ({_marks(len(values))})", values
        )
        numbers = new.term_blobs.unpack_numbers()
        assert added.lastrowid is not None
        self._last = added.lastrowid
        self._postings.add(added.lastrowid, numbers)
        self._totals = self._totals.plus(passages=1, terms=len(numbers))

    def tell(self, article_id: str, language: str) -> None:
        """Store the language of an article whose terms are already those of that language."""
        self.connection.execute("UPDATE articles SET language = ? WHERE id = ?", (language, article_id))
        self._read.pop(article_id, None)

    def _uncount(self, article_id: str) -> None:
        """Take an article, if it is there, out of the totals."""
        row = self._of_article("text_bytes, published IS NULL FROM articles", article_id)
        if row is not None:
            self._totals = self._totals.plus(articles=-1, undated=-row[1], text_bytes=-row[0])

    def delete(self, article_id: str) -> None:
        """Remove an article and everything derived from it."""
        self._uncount(article_id)
        self._read.pop(article_id, None)
        row = self._of_article("number FROM articles", article_id)
        if row is not None:
            self._delete_passages("article = ?", row[0])
            self.connection.execute("DELETE FROM texts WHERE article = ?", (row[0],))
            self.connection.execute("DELETE FROM articles WHERE number = ?", (row[0],))
        self.has_withdrawn = self.has_changed_articles = True

    def _delete_passages(self, condition: str, *values: int) -> None:
        terms = 0
        rows = self.connection.execute(f"SELECT id, terms FROM passages WHERE {condition} ORDER BY id", values)
        count = len(self._removed)
        for number, blob in rows:
            numbers = np.frombuffer(blob[: len(blob) // 4 * 4], dtype="<u4")
            self._postings.remove(number, numbers)
            terms += len(numbers)
            self._removed.append(number)
        self.connection.execute(f"DELETE FROM passages WHERE {condition}", values)
        count = len(self._removed) - count
        self.has_withdrawn |= count > 0
        self._totals = self._totals.plus(passages=-count, terms=-terms)

    def remember(self, memory: SourceUpdate) -> None:
        """Store what is now known about the sources, and which articles were removed by hand."""
        held = self.sources()
        private = {source.address: source.private for source in held} | dict(memory.private)
        for address in (*memory.forget, *(source.address for source in memory.sources)):
            self.connection.execute("DELETE FROM source_pages WHERE source = ?", (address,))
            self.connection.execute("DELETE FROM sources WHERE address = ?", (address,))
        self.has_withdrawn |= bool(memory.forget)
        memory = without_removed(memory, held)
        self._note_reading(memory, held)
        for source in memory.sources:
            values = source_values(replace(source, private=private.get(source.address, source.private)))
            self.connection.execute(f"INSERT INTO sources ({SOURCE_COLUMNS}) VALUES ({_marks(len(values))})", values)
        for page in memory.pages:
            self.connection.execute("INSERT INTO source_pages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", page_values(page))
        for address, is_private in memory.private:
            self.connection.execute("UPDATE sources SET private = ? WHERE address = ?", (int(is_private), address))
        for article_id in memory.exclude:
            self.connection.execute("INSERT OR IGNORE INTO excluded VALUES (?)", (article_id,))
        self.include(memory.include)

    def _note_reading(self, memory: SourceUpdate, held: Sequence[Source]) -> None:
        """Store when sources were read without a problem, and since when they fail, which their rows do not tell."""
        well, failing = self.read_well(), self.failing_since()
        if (after := read_well_after(well, memory)) != well:
            self._set("read_well", moments_as_json(after))
        if (after := failing_after(failing, held, memory)) != failing:
            self._set("failing_since", moments_as_json(after))

    def continue_from(
        self,
        generation: int,
        read_well: Mapping[str, datetime],
        failing_since: Mapping[str, datetime],
        last_passage: int,
    ) -> None:
        """Take over the generation of a library that is copied, how its sources were read, and its last id."""
        self._set("generation", str(generation))
        self._set("read_well", moments_as_json(read_well))
        self._set("failing_since", moments_as_json(failing_since))
        self.connection.execute("DELETE FROM sqlite_sequence WHERE name = 'passages'")
        self.connection.execute("INSERT INTO sqlite_sequence VALUES ('passages', ?)", (last_passage,))

    def put_off_indexing(self) -> None:
        """Leave the index of the vectors to the next update, which makes it of all of them at once."""
        self.has_put_off_indexing = True

    def bring_in(self, moment: datetime) -> None:
        """Store that articles are brought in at that moment."""
        self._set("brought_in", moment.isoformat())

    def include(self, article_ids: Iterable[str]) -> None:
        """Let sources add those articles again."""
        for article_id in set(article_ids) & set(self.excluded()):
            self.connection.execute("DELETE FROM excluded WHERE article_id = ?", (article_id,))

    def keep(self, kept: KeptGeneration, article_ids: Iterable[str]) -> None:
        """Keep the articles that are stored under those ids now, or that there are none, as what was before `kept`."""
        self.keep_former(kept, {article_id: self.article(article_id) for article_id in article_ids})

    def keep_former(self, kept: KeptGeneration, former: Mapping[str, Article | None]) -> None:
        """Keep those articles, or that there were none, as what was before `kept`."""
        values = (kept.generation, kept.made.isoformat(), kept.until.isoformat())
        self.connection.execute("INSERT INTO kept_generations VALUES (?, ?, ?)", values)
        for article_id, article in former.items():
            text = None if article is None else former_as_json(article)
            self.connection.execute("INSERT INTO kept_articles VALUES (?, ?, ?)", (kept.generation, article_id, text))

    def drop_kept(self, article_ids: Iterable[str]) -> None:
        """Drop what is kept of those articles, and the generations of which nothing is left."""
        dropped = self.connection.executemany(
            "DELETE FROM kept_articles WHERE id = ?", [(article_id,) for article_id in article_ids]
        )
        self.has_withdrawn |= dropped.rowcount > 0
        self.connection.execute(
            "DELETE FROM kept_generations WHERE generation NOT IN (SELECT generation FROM kept_articles)"
        )

    def drop_generation(self, generation: int) -> None:
        """Drop what is kept of the update that made that generation."""
        self.connection.execute("DELETE FROM kept_articles WHERE generation = ?", (generation,))
        self.connection.execute("DELETE FROM kept_generations WHERE generation = ?", (generation,))
        self.has_withdrawn = True

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
        """Delete the replaced passages, write what was collected, and count the generation up. Returns the new one."""
        self._delete_passages(
            "id <= ? AND article IN (SELECT article FROM passages WHERE id > ?)", self.newest, self.newest
        )
        self._postings.flush()
        generation = self.read_generation() + 1
        self._set("totals", self._totals.as_json())
        self._set("generation", str(generation))
        return generation

    def removed(self) -> NDArray[np.int64]:
        """The ids of the passages that were there before and are no more, ascending."""
        ids = np.array(self._removed, dtype=np.int64)
        return np.sort(ids[ids <= self.newest])

    def set_stand(self, stand: Stand | None) -> None:
        """Store what the files of the passage index hold, or that they must be made."""
        if stand is None:
            self.connection.execute("DELETE FROM manifest WHERE key = 'vectors'")
        else:
            self._set("vectors", stand.as_json())

    def rebuild_words(self) -> None:
        """Make the full-text index again from the terms that are stored with the passages."""
        rows = self.connection.execute("SELECT id, terms FROM passages ORDER BY id")
        self._postings.rebuild((number, np.frombuffer(terms, dtype="<u4")) for number, terms in rows)

    def put_off_erasing(self, *, put_off: bool) -> None:
        """Store whether traces of what was removed must still be erased."""
        if put_off:
            self._set("to_erase", "1")
        else:
            self.connection.execute("DELETE FROM manifest WHERE key = 'to_erase'")

    def _set(self, key: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (key, value))


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _bytes(article: Article) -> int:
    return len(article.text.encode())
