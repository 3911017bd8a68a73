"""A transaction that changes a library in a PostgreSQL database."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from index.naming import short_key
from index.storage.blobs import pack_spans
from index.storage.postgres.connections import Halfvec, Link
from index.storage.postgres.libraries import Row
from index.storage.postgres.own import make_room
from index.storage.postgres.postings import PostgresPostings
from index.storage.postgres.reader import Reader
from index.storage.rows import (
    BLOB_COLUMNS,
    HEADLINE_COLUMNS,
    PAGE_COLUMNS,
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
from index.types import Article, KeptGeneration, Sentence, Source, SourcePage, SourceUpdate

_ARTICLE_COLUMNS = f"library, number, key, opens, {HEADLINE_COLUMNS}, content_hash, text_bytes, folded, text, sentences"
_PASSAGE_COLUMNS = (
    f'library, id, article, published, opens, private, start, "end", first, last, key, checksum, {BLOB_COLUMNS}'
)
_REPLACED = ", ".join(
    f"{name} = excluded.{name}" for name in _ARTICLE_COLUMNS.split(", ") if name not in ("library", "number", "key")
)


class Writer(Reader):
    """A transaction that changes a library. Others see its changes only when it is complete."""

    def __init__(self, connection: Link, row: Row) -> None:
        super().__init__(connection, row)
        self._newest = row.last_passage
        """The largest id of the passages that were there before."""
        self.has_changed_articles = False
        """Whether articles were put or deleted. If so, this update makes a new generation."""
        self._has_put_off_indexing = False
        self._put: set[int] = set()
        self._totals = row.held
        self._postings = PostgresPostings(connection, row.number)

    def _held(self) -> Totals:
        return self._totals

    def put(
        self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage | PackedPassage]
    ) -> None:
        """Add an article with its passages, or replace the one with the same id.

        Passages that were there before stay until `complete`, because an article that is put later may have the same
        text and reuse their encodings.
        """
        last = self._row.last_passage
        self.has_changed_articles = True
        self._uncount(article.id)
        self._row.last_article += 1
        text_bytes = len(article.text.encode())
        values = (
            self._row.number, self._row.last_article, short_key(article.id), article.held_until,
            *article_values(article), content_hash(article), text_bytes, fold(article.title, article.id),
            article.text, pack_spans(sentences),
        )  # fmt: skip
        (number,) = self._one(
            f"""INSERT INTO articles ({_ARTICLE_COLUMNS}) VALUES ({_marks(len(values))})
                ON CONFLICT (library, key) DO UPDATE SET {_REPLACED} RETURNING number""",
            values,
        )
        self._read.pop(article.id, None)
        self._totals = self._totals.plus(articles=1, undated=article.published is None, text_bytes=text_bytes)
        self._add(number, article, [PackedPassage.of(new) for new in passages])
        if number in self._put:  # by this very update
            self._delete_passages("article = %s AND id > %s AND id <= %s", number, self._newest, last)
        self._put.add(number)

    def _add(self, number: int, article: Article, passages: Sequence[PackedPassage]) -> None:
        rows = []
        for new in passages:
            if 0 < new.id <= self._row.last_passage:
                raise ValueError(f"passage {new.id} comes after {self._row.last_passage}")
            self._row.last_passage = new.id or self._row.last_passage + 1
            span, numbers = new.passage, new.term_blobs.unpack_numbers()
            vector, *others = new.blobs
            rows.append((
                self._row.number, self._row.last_passage, number, article.published, article.held_until,
                article.private, span.start, span.end, span.first, span.last, new.key, new.checksum,
                *new.term_blobs, new.cues, Halfvec(vector), *others,
            ))  # fmt: skip
            self._postings.add(self._row.last_passage, numbers)
            self._totals = self._totals.plus(passages=1, terms=len(numbers))
        if rows:
            with self.connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {self._row.passages} ({_PASSAGE_COLUMNS}) VALUES ({_marks(len(rows[0]))})", rows
                )

    def tell(self, article_id: str, language: str) -> None:
        """Store the language of an article whose terms are already those of that language."""
        self.connection.execute(
            "UPDATE articles SET language = %s WHERE library = %s AND key = %s",
            (language, self._row.number, short_key(article_id)),
        )
        self._read.pop(article_id, None)

    def _uncount(self, article_id: str) -> None:
        """Take an article, if it is there, out of the totals."""
        row = self._of_article(f"text_bytes, published IS NULL FROM {self._all}", article_id)
        if row is not None:
            self._totals = self._totals.plus(articles=-1, undated=-int(row[1]), text_bytes=-row[0])

    def delete(self, article_id: str) -> None:
        """Remove an article and everything derived from it."""
        self._uncount(article_id)
        self._read.pop(article_id, None)
        key = short_key(article_id)
        self._delete_passages(f"article = (SELECT number FROM {self._all} a WHERE key = %s)", key)
        self.connection.execute("DELETE FROM articles WHERE library = %s AND key = %s", (self._row.number, key))
        self.has_changed_articles = self._row.to_erase = True

    def _delete_passages(self, condition: str, *values: object) -> None:
        rows = self.connection.execute(
            f"DELETE FROM {self._row.passages} WHERE library = {self._row.number} AND {condition} RETURNING id, terms",
            values,
            binary=True,
        ).fetchall()
        terms = 0
        for number, blob in sorted(rows):
            numbers = np.frombuffer(blob[: len(blob) // 4 * 4], dtype="<u4")
            self._postings.remove(number, numbers)
            terms += len(numbers)
        self._row.to_erase |= bool(rows)
        self._totals = self._totals.plus(passages=-len(rows), terms=-terms)

    def remember(self, memory: SourceUpdate) -> None:
        """Store what is now known about the sources, and which articles were removed by hand."""
        held, library = self.sources(), self._row.number
        private = {source.address: source.private for source in held} | dict(memory.private)
        for address in (*memory.forget, *(source.address for source in memory.sources)):
            values = library, short_key(address)
            self.connection.execute("DELETE FROM source_pages WHERE library = %s AND source_key = %s", values)
            self.connection.execute("DELETE FROM sources WHERE library = %s AND key = %s", values)
        self._row.to_erase |= bool(memory.forget)
        memory = without_removed(memory, held)
        self._note_reading(memory, held)
        for source in memory.sources:
            now = replace(source, private=private.get(source.address, source.private))
            values_of_it = (library, short_key(source.address), *source_values(now))
            self.connection.execute(
                f"INSERT INTO sources (library, key, {SOURCE_COLUMNS}) VALUES ({_marks(len(values_of_it))})",
                values_of_it,
            )
        self._add_pages(memory.pages)
        for address, is_private in memory.private:
            self.connection.execute(
                "UPDATE sources SET private = %s WHERE library = %s AND key = %s",
                (is_private, library, short_key(address)),
            )
        for article_id in memory.exclude:
            self.connection.execute(
                "INSERT INTO excluded VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (library, short_key(article_id), article_id),
            )
        self.include(memory.include)

    def _add_pages(self, pages: Sequence[SourcePage]) -> None:
        library = self._row.number
        (last,) = self._one(f"SELECT coalesce(max(place), 0) FROM source_pages WHERE library = {library}")
        rows = [
            (library, short_key(page.source), last + place, *page_values(page))
            for place, page in enumerate(pages, start=1)
        ]
        if rows:
            with self.connection.cursor() as cursor:
                cursor.executemany(
                    f"""INSERT INTO source_pages (library, source_key, place, {PAGE_COLUMNS})
                        VALUES ({_marks(len(rows[0]))})""",
                    rows,
                )

    def _note_reading(self, memory: SourceUpdate, held: Sequence[Source]) -> None:
        """Store when sources were read without a problem, and since when they fail, which their rows do not tell."""
        self._row.read_well = moments_as_json(read_well_after(self.read_well(), memory))
        self._row.failing_since = moments_as_json(failing_after(self.failing_since(), held, memory))

    def continue_from(
        self,
        generation: int,
        read_well: Mapping[str, datetime],
        failing_since: Mapping[str, datetime],
        last_passage: int,
    ) -> None:
        """Take over the generation of a library that is copied, how its sources were read, and its last id."""
        self._row.generation = generation
        self._row.read_well, self._row.failing_since = moments_as_json(read_well), moments_as_json(failing_since)
        self._row.last_passage = last_passage

    def put_off_indexing(self) -> None:
        """Leave it to the next update to give a large library a table of its own, with an index of its vectors."""
        self._has_put_off_indexing = True

    def bring_in(self, moment: datetime) -> None:
        """Store that articles are brought in at that moment."""
        self._row.brought_in = moment

    def include(self, article_ids: Iterable[str]) -> None:
        """Let sources add those articles again."""
        self.connection.execute(
            "DELETE FROM excluded WHERE library = %s AND key = ANY(%s)",
            (self._row.number, [*map(short_key, article_ids)]),
        )

    def keep(self, kept: KeptGeneration, article_ids: Iterable[str]) -> None:
        """Keep the articles that are stored under those ids now, or that there are none, as what was before `kept`."""
        self.keep_former(kept, {article_id: self.article(article_id) for article_id in article_ids})

    def keep_former(self, kept: KeptGeneration, former: Mapping[str, Article | None]) -> None:
        """Keep those articles, or that there were none, as what was before `kept`."""
        library = self._row.number
        self.connection.execute(
            "INSERT INTO kept_generations VALUES (%s, %s, %s, %s)", (library, kept.generation, kept.made, kept.until)
        )
        for article_id, article in former.items():
            text = None if article is None else former_as_json(article)
            self.connection.execute(
                "INSERT INTO kept_articles VALUES (%s, %s, %s, %s, %s)",
                (library, kept.generation, short_key(article_id), article_id, text),
            )

    def drop_kept(self, article_ids: Iterable[str]) -> None:
        """Drop what is kept of those articles, and the generations of which nothing is left."""
        dropped = self.connection.execute(
            "DELETE FROM kept_articles WHERE library = %s AND key = ANY(%s)",
            (self._row.number, [*map(short_key, article_ids)]),
        )
        self._row.to_erase |= dropped.rowcount > 0
        self.connection.execute(
            """DELETE FROM kept_generations g WHERE library = %s AND NOT EXISTS
                   (SELECT FROM kept_articles k WHERE k.library = g.library AND k.generation = g.generation)""",
            (self._row.number,),
        )

    def drop_generation(self, generation: int) -> None:
        """Drop what is kept of the update that made that generation."""
        values = self._row.number, generation
        self.connection.execute("DELETE FROM kept_articles WHERE library = %s AND generation = %s", values)
        self.connection.execute("DELETE FROM kept_generations WHERE library = %s AND generation = %s", values)
        self._row.to_erase = True

    def set_manifest(self, manifest: Manifest) -> None:
        """Store what the library is made with."""
        self._row.made_with = json.dumps({name: getattr(manifest, name) for name in Manifest.__slots__})

    def forget_encodings(self, passages: Iterable[int] | None = None) -> None:
        """Never reuse the stored encodings of those passages, or of all: their text will be embedded again."""
        query = f"UPDATE {self._row.passages} SET key = '' WHERE library = {self._row.number}"
        if passages is None:
            self.connection.execute(query)
        else:
            self.connection.execute(f"{query} AND id = ANY(%s)", ([*map(int, passages)],))

    def rebuild_words(self) -> None:
        """Make the full-text index again from the terms that are stored with the passages, and count these."""
        query = f"SELECT id, terms FROM {self._row.passages} WHERE library = {self._row.number} ORDER BY id"
        self._postings.rebuild((number, np.frombuffer(terms, dtype="<u4")) for number, terms in self.streamed(query))
        passages, terms = self._one(
            f"""SELECT count(*), coalesce(sum(octet_length(terms) / 4), 0)::bigint FROM {self._row.passages}
                WHERE library = {self._row.number}"""
        )
        self._totals = replace(self._totals, passages=passages, terms=terms)
        self._row.totals = self._totals.as_json()

    def note_erased(self, generation: int) -> None:
        """Store that the traces of what was removed are gone, unless an update has come after that generation."""
        self._row.to_erase &= self._row.generation != generation

    def settle(self) -> None:
        """Delete the passages that were replaced so far, whose encodings are not needed any more."""
        self._delete_passages(
            f"""id <= %s AND article IN
                (SELECT article FROM {self._row.passages} WHERE library = {self._row.number} AND id > %s)""",
            self._newest,
            self._newest,
        )
        self._postings.flush()

    def complete(self) -> None:
        """Write what was collected. Called once, at the end of the update."""
        if self.has_changed_articles:
            self.settle()
            self._row.generation += 1
            self._row.totals = self._totals.as_json()
            if not self._has_put_off_indexing:
                make_room(self.connection, self._row, self._totals.passages)
        self._row.write(self.connection)


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)
