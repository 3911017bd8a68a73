"""Reads one generation of a library from its rows in a PostgreSQL database."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import psycopg

from index.encoding.encoder import PassageEncoding
from index.naming import short_key
from index.storage.blobs import EncodingBlobs, TermBlobs, checksum_of, unpack_sentences
from index.storage.hidden import Hidden, HiddenCache
from index.storage.postgres.connections import Link
from index.storage.postgres.libraries import Row
from index.storage.postgres.memory import Memory, in_utc
from index.storage.postgres.view import View
from index.storage.rows import (
    ARTICLE_COLUMNS,
    BLOB_COLUMNS,
    HEADLINE_COLUMNS,
    PACKED_COLUMNS,
    Totals,
    article_of,
    former_from_json,
    headline_of,
    packed_passage_of,
    stored_passage_of,
)
from index.storage.types import Manifest, PackedArticle, PackedPassage, StoredPassage
from index.types import Article, Edition, Headline, Passage, Sentence, Size, as_utc

_AT_ONCE = 500
"""How many rows come at a time where all of a library are read."""


class Reader(Memory):
    """One generation of a library, as a transaction sees it: all of it, or what readers see of it.

    Queries for articles name `self._articles`, which has no other library's and none of those that are hidden.
    """

    def __init__(
        self,
        connection: Link,
        row: Row,
        seen_at: datetime | None = None,
        hidden_cache: HiddenCache | None = None,
    ) -> None:
        """`row` is that of the library. With `seen_at`, what readers do not see at that moment is left out."""
        super().__init__(connection, row)
        self._all = f"(SELECT * FROM articles WHERE library = {row.number})"
        self._articles = self._all
        self._seen_at = seen_at
        self.edition = None if seen_at is None else Edition(row.generation, self.next_open(seen_at))
        self._hidden: Hidden | None = None
        if seen_at is not None and self.edition is not None and self._hides(self.edition):
            self._hidden = (hidden_cache or HiddenCache()).get(self.edition, lambda: self._work_out_hidden(seen_at))
            at = seen_at.isoformat()
            self._articles = (
                f"(SELECT * FROM articles WHERE library = {row.number} AND NOT private "
                f"AND (opens IS NULL OR opens <= '{at}'))"
            )
        self._read: dict[str, tuple[Article, tuple[Sentence, ...]]] = {}

    @property
    def view(self) -> View:
        """What a search needs to know of it."""
        row, made_with = self._row, self._row.manifest
        return View(
            self.connection,
            row.number,
            row.generation,
            self._held(),
            made_with.dimension if made_with else 0,
            self._hidden,
            self._seen_at if self._hidden else None,
            row.has_own_table,
        )

    def next_open(self, moment: datetime) -> datetime | None:
        """When after that moment an article is no longer held, or has come to one of its two times; None if none."""
        (first,) = self._one(
            f"""SELECT least((SELECT min(embargo) FROM {self._all} a WHERE embargo > %(at)s),
                             (SELECT min(published) FROM {self._all} a WHERE published > %(at)s))""",
            {"at": moment},
        )
        return as_utc(first)

    def opened_between(self, since: datetime, until: datetime) -> list[Headline]:
        """The articles that were held at `since` and are not at `until`, by the moment at which that ended."""
        rows = self.connection.execute(
            f"""SELECT {HEADLINE_COLUMNS} FROM {self._all} a
                WHERE NOT private AND opens > %s AND opens <= %s ORDER BY opens, id""",
            (since, until),
        )
        return [headline_of(row) for row in rows]

    def _hides(self, edition: Edition) -> bool:
        """Whether anything is hidden in that edition."""
        if edition.until is not None:
            return True
        return bool(self._one(f"SELECT EXISTS (SELECT FROM {self._all} a WHERE private)")[0])

    def _work_out_hidden(self, moment: datetime) -> Hidden:
        hidden = f"FROM {self._all} a WHERE private OR opens > %s"
        articles, undated, text_bytes = self._one(
            f"SELECT count(*), count(*) - count(published), coalesce(sum(text_bytes), 0)::bigint {hidden}", (moment,)
        )
        rows = self.connection.execute(
            f"""SELECT id, octet_length(terms) / 4 FROM {self._row.passages}
                WHERE library = {self._row.number} AND article IN (SELECT number {hidden}) ORDER BY id""",
            (moment,),
        ).fetchall()
        totals = Totals(articles, undated, text_bytes, len(rows), sum(terms for _, terms in rows))
        return Hidden(totals, np.array([number for number, _ in rows], dtype=np.int64))

    def _one(self, query: str, values: Sequence[object] | dict[str, object] = ()) -> tuple[Any, ...]:
        """The one row that a query always has."""
        row = self.connection.execute(query, values).fetchone()
        assert row is not None
        return row

    def _held(self) -> Totals:
        """How much the library holds, with what is hidden."""
        return self._row.held

    def read_generation(self) -> int:
        """How many updates have changed articles; 0 for a new library."""
        return self._row.generation

    def manifest(self) -> Manifest | None:
        """What the library was made with, or None if it holds no article."""
        return self._row.manifest if self._held().articles else None

    def totals(self) -> Totals:
        """How much the library holds."""
        return self._held().minus(self._hidden.totals) if self._hidden else self._held()

    def articles(self) -> list[Article]:
        """All articles: the newest first, those without a date last."""
        rows = self.connection.execute(
            f"SELECT {ARTICLE_COLUMNS} FROM {self._articles} a ORDER BY published DESC NULLS LAST, id"
        )
        return [article_of(row) for row in rows]

    def article(self, article_id: str) -> Article | None:
        """The article with that id, or None."""
        row = self._of_article(f"{ARTICLE_COLUMNS} FROM {self._articles}", article_id)
        return None if row is None else article_of(row)

    def _of_article(self, columns: str, article_id: str, *, binary: bool = False) -> tuple[Any, ...] | None:
        query = f"SELECT {columns} a WHERE key = %s"
        return self.connection.execute(query, (short_key(article_id),), binary=binary).fetchone()

    def headlines(self, titled: str = "", limit: int | None = None) -> list[Headline]:
        """The articles whose titles have every word of `titled`, without their texts; at most `limit`.

        Those whose titles begin with it come first, then the newest, and those without a date last.
        """
        words = titled.casefold().split()
        has_all = " AND ".join(["strpos(folded, %s) > 0"] * len(words)) or "true"
        start = " ".join(words)
        try:
            rows = self.connection.execute(
                f"""SELECT {HEADLINE_COLUMNS} FROM {self._articles} a WHERE {has_all}
                    ORDER BY starts_with(folded, %s) DESC, published DESC NULLS LAST, id LIMIT %s""",
                (*words, start, limit),
            )
        except (UnicodeEncodeError, psycopg.DataError):  # lone surrogates and null characters, which no title holds
            return []
        return [headline_of(row) for row in rows]

    def headline(self, article_id: str) -> Headline | None:
        """The article with that id without its text, or None."""
        return self.headline_by_key(short_key(article_id))

    def headline_by_key(self, key: str) -> Headline | None:
        """The article whose id has that key (`index.naming.short_key`) without its text, or None."""
        if not key.isalnum() or not key.isascii():
            return None
        query = f"SELECT {HEADLINE_COLUMNS} FROM {self._articles} a WHERE key = %s"
        row = self.connection.execute(query, (key,)).fetchone()
        return None if row is None else headline_of(row)

    def languages(self) -> tuple[str, ...]:
        """The languages of the articles, sorted. Those whose language is not told yet are not counted."""
        # Each is looked up after the one before, as counting would read the whole index at every question.
        rows = self.connection.execute(
            f"""WITH RECURSIVE held (language) AS (
                    SELECT min(language) FROM {self._articles} a
                    UNION ALL SELECT (SELECT min(language) FROM {self._articles} a WHERE language > held.language)
                    FROM held WHERE held.language IS NOT NULL)
                SELECT language FROM held WHERE language IS NOT NULL"""
        )
        return tuple(language for (language,) in rows)

    def articles_by_language(self) -> dict[str, int]:
        """How many articles are in each language, most first; those that are not told yet are not counted."""
        rows = self.connection.execute(
            f"""SELECT language, count(*) FROM {self._articles} a WHERE language IS NOT NULL GROUP BY language
                ORDER BY count(*) DESC, language"""
        )
        return dict(rows.fetchall())

    def untold(self, limit: int) -> list[str]:
        """The ids of articles whose language is not told yet, at most `limit`."""
        rows = self.connection.execute(f"SELECT id FROM {self._all} a WHERE language IS NULL LIMIT %s", (limit,))
        return [row[0] for row in rows]

    def passages_of(self, article_id: str) -> list[Passage]:
        """The passages of an article, in order."""
        rows = self.connection.execute(
            f"""SELECT start, "end", first, last FROM {self._row.passages} WHERE library = {self._row.number}
                AND article = (SELECT number FROM {self._all} a WHERE key = %s) ORDER BY id""",
            (short_key(article_id),),
        )
        return [Passage(*row) for row in rows]

    def published_between(self) -> tuple[datetime, datetime] | None:
        """When the first and the last article that has a date were published; None if none has."""
        first, last = self._one(f"SELECT min(published), max(published) FROM {self._articles} a")
        return None if first is None else (in_utc(first), in_utc(last))

    def undated_total(self) -> int:
        """How many articles have no date."""
        return self.totals().undated

    def size(self) -> Size:
        """How much the library holds."""
        totals = self.totals()
        return Size(totals.articles, totals.text_bytes)

    def content_hashes(self, article_ids: Iterable[str] | None = None) -> dict[str, bytes]:
        """The content hash of each article, or of those with these ids, by id."""
        return self._by_id("content_hash", article_ids)

    def text_sizes(self, article_ids: Iterable[str] | None = None) -> dict[str, int]:
        """How many bytes of UTF-8 the text of each article has, or of those with these ids, by id."""
        return self._by_id("text_bytes", article_ids)

    def _by_id(self, column: str, article_ids: Iterable[str] | None) -> dict[str, Any]:
        query = f"SELECT id, {column} FROM {self._articles} a"
        if article_ids is None:
            return dict(self.connection.execute(query, binary=True).fetchall())
        keys = [*map(short_key, article_ids)]
        return dict(self.connection.execute(f"{query} WHERE key = ANY(%s)", (keys,), binary=True).fetchall())

    def with_sentences(self, article_id: str) -> tuple[Article, tuple[Sentence, ...]]:
        """The article with that id, which must exist, and its sentences in order. It is read once per transaction."""
        if article_id not in self._read:
            row = self._of_article(f"{ARTICLE_COLUMNS}, sentences FROM {self._articles}", article_id, binary=True)
            assert row is not None, "asked for an article that is not stored"
            *fields, spans = row
            self._read[article_id] = article_of(fields), unpack_sentences(spans)
        return self._read[article_id]

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with those ids, in the order of the ids. Those that do not exist are left out."""
        found = {one.id: one for one in self._stored("p.id = ANY(%s)", [*map(int, ids)])} if len(ids) else {}
        return [found[number] for number in ids if number in found]

    def newest_passage(self) -> int:
        """The id of the passage that was stored last; 0 if there is none."""
        row = self.connection.execute(f"SELECT p.id FROM {self._with_articles} ORDER BY p.id DESC LIMIT 1").fetchone()
        return int(row[0]) if row else 0

    def passages_in(self, article_ids: Iterable[str]) -> list[StoredPassage]:
        """The passages of the articles with those ids, in the order of their ids."""
        return self._stored("a.key = ANY(%s) ORDER BY p.id", [*map(short_key, article_ids)])

    def passages_after(self, passage: int, limit: int) -> list[StoredPassage]:
        """The passages that were stored after the one with that id, which need not exist: the `limit` oldest."""
        return self._stored("p.id > %s ORDER BY p.id LIMIT %s", passage, limit)

    @property
    def _with_articles(self) -> str:
        return (
            f"(SELECT * FROM {self._row.passages} WHERE library = {self._row.number}) p "
            f"JOIN {self._articles} a ON a.number = p.article"
        )

    def _stored(self, condition: str, *values: object) -> list[StoredPassage]:
        rows = self.connection.execute(
            f"""SELECT p.id, a.id, a.language, start, "end", first, last, {BLOB_COLUMNS}
                FROM {self._with_articles} WHERE {condition}""",
            values,
            binary=True,
        )
        return [stored_passage_of(row) for row in rows]

    def in_order(self) -> list[str]:
        """The ids of all articles in the order of their passages; those without passages come first."""
        rows = self.connection.execute(
            f"""SELECT a.id FROM {self._articles} a LEFT JOIN
                    (SELECT article, min(id) AS least FROM {self._row.passages} WHERE library = {self._row.number}
                     GROUP BY article) p ON p.article = a.number
                ORDER BY least NULLS FIRST, a.number"""
        )
        return [row[0] for row in rows]

    def last_passage(self) -> int:
        """The largest id that a passage ever had."""
        return self._row.last_passage

    def packed(self, article_ids: Sequence[str]) -> list[PackedArticle]:
        """The articles with those ids, which must exist, just as they are stored. Raises LibraryDamaged."""
        keys = [*map(short_key, article_ids)]
        articles = self.connection.execute(
            f"SELECT key, {ARTICLE_COLUMNS}, sentences FROM {self._articles} a WHERE key = ANY(%s)",
            (keys,),
            binary=True,
        ).fetchall()
        passages: dict[str, list[PackedPassage]] = {key: [] for key in keys}
        for key, *row in self.connection.execute(
            f"SELECT a.key, {PACKED_COLUMNS} FROM {self._with_articles} WHERE a.key = ANY(%s) ORDER BY p.id",
            (keys,),
            binary=True,
        ):
            passages[key].append(packed_passage_of(row))
        found = {
            key: PackedArticle(article_of(fields), unpack_sentences(spans), passages[key])
            for key, *fields, spans in articles
        }
        return [found[key] for key in keys]

    def encoding(self, key: bytes) -> PassageEncoding:
        """The encoding that is stored for that key. It must exist."""
        blobs = self._sound_blobs(key)
        assert blobs is not None, "asked for an encoding that is not stored"
        return blobs.unpack()

    def has_encoding(self, key: bytes) -> bool:
        """Whether an undamaged encoding is stored for that key."""
        return self._sound_blobs(key) is not None

    def _sound_blobs(self, key: bytes) -> EncodingBlobs | None:
        rows = self.connection.execute(
            f"""SELECT checksum, {BLOB_COLUMNS} FROM {self._row.passages}
                WHERE library = {self._row.number} AND key = %s""",
            (key,),
            binary=True,
        )
        for checksum, counts, terms, cues, *blobs in rows:
            encoding = EncodingBlobs(*blobs)
            if checksum == checksum_of(encoding, TermBlobs(counts, terms), cues):
                return encoding
        return None

    def passage_total(self) -> int:
        """How many passages there are."""
        return self.totals().passages

    def term_total(self) -> int:
        """How many terms all passages have in total."""
        return self.totals().terms

    def kept_articles(self, generation: int) -> dict[str, Article | None]:
        """The articles that the update that made a generation has changed, as they were before it, by id.

        Readers see neither what is hidden from them now, nor versions that were hidden as long as they stood.
        """
        rows = self.connection.execute(
            f"SELECT id, former FROM kept_articles WHERE library = {self._row.number} AND generation = %s",
            (generation,),
        )
        kept = {article_id: None if former is None else former_from_json(former) for article_id, former in rows}
        if self._seen_at is None:
            return kept
        row = self.connection.execute(
            f"SELECT made FROM kept_generations WHERE library = {self._row.number} AND generation = %s", (generation,)
        ).fetchone()
        last = self._seen_at if row is None else min(self._seen_at, row[0])
        return {
            article_id: former
            for article_id, former in kept.items()
            if (former is None or former.is_open(last)) and not self._is_hidden(article_id)
        }

    def _is_hidden(self, article_id: str) -> bool:
        """Whether there is an article with that id that is left out."""
        if self._hidden is None or self.headline(article_id):
            return False
        return self._of_article(f"1 FROM {self._all}", article_id) is not None

    def streamed(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query that may find more than fits into memory."""
        with self.connection.cursor("streamed", binary=True) as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query)
