"""Reads one generation of a library from its SQLite database."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoding.encoder import PassageEncoding
from index.storage.blobs import EncodingBlobs, TermBlobs, checksum_of, unpack_sentences
from index.storage.checking import CheckedPassage
from index.storage.hidden import Hidden, HiddenCache, hidden_at, is_open_at
from index.storage.postings import Postings, digest_of
from index.storage.rows import (
    ARTICLE_COLUMNS,
    BLOB_COLUMNS,
    HEADLINE_COLUMNS,
    PACKED_COLUMNS,
    PAGE_COLUMNS,
    PASSAGE_COLUMNS,
    SOURCE_COLUMNS,
    Totals,
    article_of,
    former_from_json,
    hashed,
    headline_of,
    microseconds,
    moments_from_json,
    packed_passage_of,
    page_of,
    source_of,
    stored_passage_of,
)
from index.storage.types import Manifest, PackedArticle, Scope, StoredPassage, hash_of
from index.storage.vectors import UNDATED, Columns, Stand
from index.types import Article, Edition, Headline, KeptGeneration, Passage, Sentence, Size, Source, SourcePage
from index.words import term_number

_AT_ONCE = 500
"""How many ids one query names."""


@dataclass(frozen=True, slots=True)
class IndexedPassage(CheckedPassage):
    """A passage with what the indexes have of it. `digest` is its part of what `Postings.digest` adds up."""

    vector: bytes
    digest: int


class Reader:
    """One generation of a library, as it stood when the transaction began: all of it, or what readers see of it.

    Queries for articles name the table `self._articles`, which is without those that are hidden.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        seen_at: datetime | None = None,
        hidden_cache: HiddenCache | None = None,
    ) -> None:
        """With `seen_at`, what readers do not see at that moment is left out."""
        self.connection = connection
        self._seen_at = seen_at
        self.edition = None if seen_at is None else self._edition(seen_at)
        self._hidden: Hidden | None = None
        self._articles = "articles"
        if seen_at is not None and self.edition is not None and self._hides(seen_at, self.edition):
            self._hidden = (hidden_cache or HiddenCache()).get(self.edition, lambda: self._work_out_hidden(seen_at))
            self._articles = f"(SELECT * FROM articles WHERE {is_open_at(seen_at)}) articles"
        self._read: dict[str, tuple[Article, tuple[Sentence, ...]]] = {}
        self._ids: dict[Scope, NDArray[np.int64]] = {}
        self._postings = Postings(connection)

    def _edition(self, moment: datetime) -> Edition:
        return Edition(self.read_generation(), self.next_open(moment))

    def next_open(self, moment: datetime) -> datetime | None:
        """When after that moment an article is no longer held, or has come to one of its two times; None if none."""
        at = moment.isoformat()
        (first,) = self.connection.execute(
            """SELECT min(at) FROM (SELECT min(embargo) AS at FROM articles WHERE embargo > ?
                                    UNION ALL SELECT min(published) FROM articles WHERE published > ?)""",
            (at, at),
        ).fetchone()
        return None if first is None else datetime.fromisoformat(first)

    def opened_between(self, since: datetime, until: datetime) -> list[Headline]:
        """The articles that were held at `since` and are not at `until`, by the moment at which that ended."""
        rows = self.connection.execute(
            f"""SELECT {HEADLINE_COLUMNS} FROM articles
                WHERE NOT private AND number IN (SELECT number FROM articles WHERE embargo > ?1 AND embargo <= ?2
                    UNION ALL SELECT number FROM articles WHERE published > ?1 AND published <= ?2)
                AND coalesce(embargo <= ?2, 1) AND coalesce(published <= ?2, 1)
                ORDER BY max(coalesce(embargo, ''), coalesce(published, '')), id""",
            (since.isoformat(), until.isoformat()),
        )
        return [headline_of(row) for row in rows]

    def _hides(self, moment: datetime, edition: Edition) -> bool:
        """Whether anything is hidden at that moment."""
        if edition.until is not None:
            return True
        return self.connection.execute("SELECT 1 FROM articles WHERE private LIMIT 1").fetchone() is not None

    def _work_out_hidden(self, moment: datetime) -> Hidden:
        hidden = hidden_at(moment)
        articles, undated, text_bytes = self.connection.execute(
            f"""SELECT count(*), count(*) - count(published), coalesce(sum(text_bytes), 0) FROM articles
                WHERE number IN ({hidden})"""
        ).fetchone()
        rows = self.connection.execute(
            f"SELECT id, length(terms) / 4 FROM passages WHERE article IN ({hidden}) ORDER BY id"
        ).fetchall()
        passages = np.array([number for number, _ in rows], dtype=np.int64)
        return Hidden(Totals(articles, undated, text_bytes, len(rows), sum(count for _, count in rows)), passages)

    @property
    def _articles_as_a(self) -> str:
        return f"{self._articles.removesuffix(' articles')} a"

    @property
    def _whole_articles(self) -> str:
        return f"{self._articles} JOIN texts ON article = number"

    def _value(self, key: str) -> str | None:
        row = self.connection.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def read_generation(self) -> int:
        """How many updates have changed articles; 0 for a new library."""
        return int(self._value("generation") or 0)

    def manifest(self) -> Manifest | None:
        """What the library was made with, or None if it holds no article."""
        made_with = self._value("made_with")
        empty = self.connection.execute("SELECT 1 FROM articles").fetchone() is None
        return None if empty or made_with is None else Manifest(**json.loads(made_with))

    def totals(self) -> Totals:
        """How much the library holds."""
        found = self._value("totals")
        totals = Totals.from_json(found) if found else Totals()
        return totals.minus(self._hidden.totals) if self._hidden else totals

    def stand(self) -> Stand | None:
        """What the files of the passage index must hold; None if they must be made first."""
        found = self._value("vectors")
        return Stand.from_json(found) if found else None

    def is_erasing_put_off(self) -> bool:
        """Whether traces of what was removed must still be erased."""
        return self._value("to_erase") is not None

    def articles(self) -> list[Article]:
        """All articles: the newest first, those without a date last."""
        rows = self.connection.execute(
            f"SELECT {ARTICLE_COLUMNS} FROM {self._whole_articles} ORDER BY published DESC, id"
        )
        return [article_of(row) for row in rows]

    def article(self, article_id: str) -> Article | None:
        """The article with that id, or None."""
        row = self._of_article(f"{ARTICLE_COLUMNS} FROM {self._whole_articles}", article_id)
        return None if row is None else article_of(row)

    def _of_article(self, columns: str, article_id: str) -> Sequence[Any] | None:
        try:
            return self.connection.execute(f"SELECT {columns} WHERE id = ?", (article_id,)).fetchone()  # type: ignore[no-any-return]
        except UnicodeEncodeError:  # lone surrogates, which no stored id holds
            return None

    def headlines(self, titled: str = "", limit: int | None = None) -> list[Headline]:
        """The articles whose titles have every word of `titled`, without their texts; at most `limit`.

        Those whose titles begin with it come first, then the newest, and those without a date last.
        """
        words = titled.casefold().split()
        if not words:
            return self._headlines("1", (), limit)
        start = " ".join(words)
        begins = f"substr(folded, 1, {len(start)}) = ?"
        found = self._headlines(begins, (start,), limit)
        if limit is not None:
            limit -= len(found)
        has_all = " AND ".join(["instr(folded, ?)"] * len(words))
        return found + self._headlines(f"{has_all} AND NOT {begins}", (*words, start), limit)

    def _headlines(self, condition: str, values: Sequence[str], limit: int | None) -> list[Headline]:
        # The inner query reads an index that has the folded titles in this order; the outer one only what is wanted.
        rows = self.connection.execute(
            f"""SELECT {HEADLINE_COLUMNS}
                FROM (SELECT number AS wanted FROM {self._articles} WHERE {condition}
                      ORDER BY published DESC, id LIMIT ?)
                CROSS JOIN articles ON number = wanted ORDER BY published DESC, id""",
            (*values, -1 if limit is None else limit),
        )
        return [headline_of(row) for row in rows]

    def headline(self, article_id: str) -> Headline | None:
        """The article with that id without its text, or None."""
        row = self._of_article(f"{HEADLINE_COLUMNS} FROM {self._articles}", article_id)
        return None if row is None else headline_of(row)

    def headline_by_key(self, key: str) -> Headline | None:
        """The article whose id has that key (`index.naming.short_key`) without its text, or None."""
        try:
            query = f"SELECT {HEADLINE_COLUMNS} FROM {self._articles} WHERE short_key = ?"
            row = self.connection.execute(query, (key,)).fetchone()
        except UnicodeEncodeError:  # lone surrogates, which no key holds
            return None
        return None if row is None else headline_of(row)

    def languages(self) -> tuple[str, ...]:
        """The languages of the articles, sorted. Those whose language is not told yet are not counted."""
        rows = self.connection.execute(
            f"""WITH RECURSIVE held (language) AS (
                   SELECT min(language) FROM {self._articles}
                   UNION ALL SELECT (SELECT min(language) FROM {self._articles} WHERE language > held.language)
                   FROM held
                   WHERE held.language IS NOT NULL)
               SELECT language FROM held WHERE language IS NOT NULL"""
        )
        return tuple(row[0] for row in rows)

    def articles_by_language(self) -> dict[str, int]:
        """How many articles are in each language, most first; those that are not told yet are not counted."""
        rows = self.connection.execute(
            f"""SELECT language, count(*) FROM {self._articles} WHERE language IS NOT NULL GROUP BY language
               ORDER BY count(*) DESC, language"""
        )
        return dict(rows)

    def untold(self, limit: int) -> list[str]:
        """The ids of articles whose language is not told yet, at most `limit`."""
        rows = self.connection.execute("SELECT id FROM articles WHERE language IS NULL LIMIT ?", (limit,))
        return [row[0] for row in rows]

    def passages_of(self, article_id: str) -> list[Passage]:
        """The passages of an article, in order."""
        rows = self.connection.execute(
            """SELECT start, "end", first, last FROM passages
               WHERE article = (SELECT number FROM articles WHERE id = ?) ORDER BY passages.id""",
            (article_id,),
        )
        return [Passage(*row) for row in rows]

    def published_between(self) -> tuple[datetime, datetime] | None:
        """When the first and the last article that has a date were published; None if none has."""
        row = self.connection.execute(
            f"SELECT (SELECT min(published) FROM {self._articles}), (SELECT max(published) FROM {self._articles})"
        ).fetchone()
        return None if row[0] is None else (datetime.fromisoformat(row[0]), datetime.fromisoformat(row[1]))

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
        if article_ids is None:
            return dict(self.connection.execute(f"SELECT id, {column} FROM {self._articles}"))
        found: dict[str, Any] = {}
        for article_id in article_ids:
            if (row := self._of_article(f"{column} FROM {self._articles}", article_id)) is not None:
                found[article_id] = row[0]
        return found

    def with_sentences(self, article_id: str) -> tuple[Article, tuple[Sentence, ...]]:
        """The article with that id, which must exist, and its sentences in order. It is read once per transaction."""
        if article_id not in self._read:
            row = self._of_article(f"{ARTICLE_COLUMNS}, sentences FROM {self._whole_articles}", article_id)
            assert row is not None, "asked for an article that is not stored"
            *fields, spans = row
            self._read[article_id] = article_of(fields), unpack_sentences(spans)
        return self._read[article_id]

    def columns(self, after: int = 0) -> Columns:
        """The rows of the passage index for the passages with ids larger than `after`."""
        (count,) = self.connection.execute("SELECT count(*) FROM passages WHERE id > ?", (after,)).fetchone()
        size = self._dimension(after) if count else 0
        ids, published = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
        vectors = np.zeros((count, size), dtype="<f2")
        moments: dict[str | None, int] = {None: UNDATED}
        rows = self.connection.execute(
            """SELECT id, (SELECT published FROM articles WHERE number = article), vector FROM passages WHERE id > ?
               ORDER BY id""",
            (after,),
        )
        for row, (number, moment, vector) in enumerate(rows):
            if moment not in moments:
                moments[moment] = microseconds(datetime.fromisoformat(moment))
            ids[row], published[row] = number, moments[moment]
            held = np.frombuffer(vector[: len(vector) // 2 * 2], dtype="<f2")
            vectors[row, : len(held)] = held  # a damaged one may have been cut short
        return Columns.of(ids, published, vectors)

    def _dimension(self, after: int) -> int:
        """The dimension of the vectors of the passages with ids larger than `after`."""
        if made_with := self._value("made_with"):
            return int(json.loads(made_with)["dimension"])
        longest = self.connection.execute("SELECT max(length(vector)) FROM passages WHERE id > ?", (after,))
        return int(longest.fetchone()[0]) // 2

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with those ids, in the order of the ids.

        One that does not exist is left out: where terms were damaged, the full-text index may still name it.
        """
        found: dict[int, StoredPassage] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = tuple(ids[start : start + _AT_ONCE])
            found |= {one.id: one for one in self._passages(f"p.id IN ({','.join('?' * len(some))})", some)}
        return [found[i] for i in ids if i in found]

    def newest_passage(self) -> int:
        """The id of the passage that was stored last; 0 if there is none."""
        found = self.connection.execute(
            f"SELECT p.id FROM passages p JOIN {self._articles_as_a} ON a.number = article ORDER BY p.id DESC LIMIT 1"
        ).fetchone()
        return int(found[0]) if found else 0

    def passages_in(self, article_ids: Iterable[str]) -> list[StoredPassage]:
        """The passages of the articles with those ids, in the order of their ids."""
        wanted = "SELECT number FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        return self._passages(f"article IN ({wanted}) ORDER BY p.id", (json.dumps(list(article_ids)),))

    def passages_after(self, passage: int, limit: int) -> list[StoredPassage]:
        """The passages that were stored after the one with that id, which need not exist: the `limit` oldest."""
        return self._passages("p.id > ? ORDER BY p.id LIMIT ?", (passage, limit))

    def in_order(self) -> list[str]:
        """The ids of all articles in the order of their passages; those without passages come first."""
        rows = self.connection.execute(
            f"""SELECT a.id FROM {self._articles_as_a} LEFT JOIN
                    (SELECT article, min(id) AS least FROM passages GROUP BY article) p ON p.article = a.number
                ORDER BY least, a.number"""
        )
        return [row[0] for row in rows]

    def last_passage(self) -> int:
        """The largest id that a passage ever had."""
        row = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        return int(row[0]) if row else 0

    def packed(self, article_ids: Sequence[str]) -> list[PackedArticle]:
        """The articles with those ids, which must exist, just as they are stored. Raises LibraryDamaged."""
        return [self._packed(article_id) for article_id in article_ids]

    def _packed(self, article_id: str) -> PackedArticle:
        row = self._of_article(f"{ARTICLE_COLUMNS}, sentences FROM {self._whole_articles}", article_id)
        assert row is not None, "asked for an article that is not stored"
        *fields, spans = row
        rows = self.connection.execute(
            f"""SELECT {PACKED_COLUMNS}
                FROM passages p JOIN {self._articles_as_a} ON a.number = article WHERE a.id = ? ORDER BY p.id""",
            (article_id,),
        )
        return PackedArticle(article_of(fields), unpack_sentences(spans), [packed_passage_of(row) for row in rows])

    def _passages(self, condition: str, values: Sequence[int | str]) -> list[StoredPassage]:
        rows = self.connection.execute(
            f"""SELECT p.id, a.id, a.language, start, "end", first, last, {BLOB_COLUMNS}
                FROM passages p JOIN {self._articles_as_a} ON a.number = article WHERE {condition}""",
            tuple(values),
        )
        return [stored_passage_of(row) for row in rows]

    def encoding(self, key: bytes) -> PassageEncoding:
        """The encoding that is stored for that key. It must exist."""
        blobs = self._sound_blobs(key)
        assert blobs is not None, "asked for an encoding that is not stored"
        return blobs.unpack()

    def has_encoding(self, key: bytes) -> bool:
        """Whether an undamaged encoding is stored for that key."""
        return self._sound_blobs(key) is not None

    def _sound_blobs(self, key: bytes) -> EncodingBlobs | None:
        rows = self.connection.execute(f"SELECT checksum, {BLOB_COLUMNS} FROM passages WHERE key = ?", (key,))
        for checksum, counts, terms, cues, *blobs in rows:
            encoding = EncodingBlobs(*blobs)
            if checksum == checksum_of(encoding, TermBlobs(counts, terms), cues):
                return encoding
        return None

    def best_by_words(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The ids of the passages that BM25 puts first for any of the words, best first.

        Of words that are so common that a question would read too many passages, only the newest ones are read.
        """
        totals = self.totals()
        among = None if scope.everything else self.passage_ids(scope)
        mean_length = totals.terms / max(totals.passages, 1)
        numbers = [term_number(word) for word in words]
        return self._postings.best(numbers, limit, totals.passages, mean_length, among, self._hidden)

    def passage_ids(self, scope: Scope) -> NDArray[np.int64]:
        """The ids of the passages of the articles in scope, ascending."""
        if scope not in self._ids:
            self._ids[scope] = self._ids_in(scope)
        return self._ids[scope]

    def _ids_in(self, scope: Scope) -> NDArray[np.int64]:
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
        rows = self.connection.execute(
            f"""SELECT p.id FROM passages p JOIN {self._articles_as_a} ON a.number = article
                WHERE {" AND ".join(conditions)}""",
            values,
        )
        return np.sort(np.array([row[0] for row in rows], dtype=np.int64))

    def passage_total(self) -> int:
        """How many passages there are."""
        return self.totals().passages

    def term_total(self) -> int:
        """How many terms all passages have in total."""
        return self.totals().terms

    def passage_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """The document frequency of each term: how many passages contain it."""
        wanted = list(terms)
        counts = self._postings.counts(map(term_number, wanted), self._hidden)
        return {term: counts[term_number(term)] for term in wanted}

    def sources(self) -> list[Source]:
        """The sources of the library, in the order in which they were added."""
        rows = self.connection.execute(f"SELECT {SOURCE_COLUMNS} FROM sources ORDER BY added, address")
        return [source_of(row) for row in rows]

    def source_pages(self) -> list[SourcePage]:
        """The addresses that were found through the sources."""
        rows = self.connection.execute(f"SELECT {PAGE_COLUMNS} FROM source_pages ORDER BY rowid")
        return [page_of(row) for row in rows]

    def brought_in(self) -> datetime | None:
        """When articles were brought in last; None if that is not known."""
        found = self._value("brought_in")
        return datetime.fromisoformat(found) if found else None

    def read_well(self) -> dict[str, datetime]:
        """When each source was last read without a problem, by its address, as far as that is known."""
        return moments_from_json(self._value("read_well"))

    def failing_since(self) -> dict[str, datetime]:
        """Since when each source that fails does, by its address: when the first reading failed of those in a row."""
        return moments_from_json(self._value("failing_since"))

    def excluded(self) -> list[str]:
        """The ids of the articles that were removed by hand, sorted."""
        return [row[0] for row in self.connection.execute("SELECT article_id FROM excluded ORDER BY article_id")]

    def kept_generations(self) -> list[KeptGeneration]:
        """The updates that can be undone, the last one first."""
        rows = self.connection.execute(
            """SELECT generation, made, until, (SELECT count(*) FROM kept_articles k WHERE k.generation = g.generation)
               FROM kept_generations g ORDER BY generation DESC"""
        )
        moment = datetime.fromisoformat
        return [KeptGeneration(number, moment(made), moment(until), count) for number, made, until, count in rows]

    def kept_articles(self, generation: int) -> dict[str, Article | None]:
        """The articles that the update that made a generation has changed, as they were before it, by id.

        Readers see neither what is hidden from them now, nor versions that were hidden as long as they stood.
        """
        rows = self.connection.execute("SELECT id, former FROM kept_articles WHERE generation = ?", (generation,))
        kept = {article_id: None if former is None else former_from_json(former) for article_id, former in rows}
        if self._seen_at is None:
            return kept
        row = self.connection.execute(
            "SELECT made FROM kept_generations WHERE generation = ?", (generation,)
        ).fetchone()
        last = self._seen_at if row is None else min(self._seen_at, datetime.fromisoformat(row[0]))
        return {
            article_id: former
            for article_id, former in kept.items()
            if (former is None or former.is_open(last)) and not self._is_hidden(article_id)
        }

    def _is_hidden(self, article_id: str) -> bool:
        """Whether there is an article with that id that is left out."""
        if self._hidden is None or self.headline(article_id):
            return False
        return self.connection.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone() is not None

    def damage(self) -> list[str]:
        """What is wrong with the SQLite file; empty if its pages are sound and its tables are consistent."""
        rows = self.connection.execute("PRAGMA integrity_check(5)").fetchall()
        if damage := [" ".join(str(row[0]).split()) for row in rows if row[0] != "ok"]:
            return damage
        strays = self.connection.execute('SELECT DISTINCT "table", parent FROM pragma_foreign_key_check').fetchall()
        return [f"{table} holds what belongs to none of the {parent}" for table, parent in strays]

    def altered_articles(self) -> list[str]:
        """The ids of the articles that have changed since they were stored, judged by their content hashes."""
        self.connection.text_factory = lambda text: text.decode(errors="surrogateescape")  # damage may be no UTF-8
        try:
            rows = self.connection.execute(
                f"SELECT {ARTICLE_COLUMNS}, content_hash FROM articles LEFT JOIN texts ON article = number ORDER BY id"
            )
            return [fields[0] for *fields, digest in rows if hash_of(hashed(fields)) != digest]
        finally:
            self.connection.text_factory = str

    def checked_passages(self) -> Iterator[IndexedPassage]:
        """All passages, grouped by article, each with the result of its checksum."""
        columns = PASSAGE_COLUMNS.removeprefix("id, article, ")
        rows = self.connection.execute(
            f"SELECT p.id, a.id, {columns} FROM passages p JOIN articles a ON a.number = article ORDER BY a.id, p.id"
        )
        for number, article_id, start, end, first, last, key, checksum, counts, numbers, cues, *blobs in rows:
            passage, encoding, terms = (
                Passage(start, end, first, last),
                EncodingBlobs(*blobs),
                TermBlobs(counts, numbers),
            )
            is_sound = checksum == checksum_of(encoding, terms, cues)
            digest = digest_of(number, terms.unpack_numbers()) if is_sound else 0
            yield IndexedPassage(number, article_id, passage, key, is_sound, encoding.vector, digest)

    def words_digest(self) -> int:
        """A sum over the full-text index, equal to that of the digests of all passages."""
        return self._postings.digest()
