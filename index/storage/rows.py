"""Converts rows of a library's database to the types of the library and back, and a Scope to an SQL condition."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from index.storage.blobs import EncodingBlobs
from index.storage.types import Scope, StoredPassage
from index.types import Article, Passage, Source, SourcePage, as_utc

ARTICLE_COLUMNS = "id, title, text, author, section, published, updated, url, source"
BLOB_COLUMNS = "vector, sentence_vectors, token_counts, token_vectors"
SOURCE_COLUMNS = "kind, address, added, etag, last_modified, checked, result, strikes"
PAGE_COLUMNS = "source, address, article_id, etag, last_modified, digest, whole"


def article_of(row: Sequence[str]) -> Article:
    """The article in a row of ARTICLE_COLUMNS."""
    article_id, title, text, author, section, published, updated, url, source = row
    return Article(article_id, title, text, author, as_utc(published), as_utc(updated), url, source, section)


def source_of(row: Sequence[Any]) -> Source:
    """The source in a row of SOURCE_COLUMNS."""
    kind, address, added, etag, last_modified, checked, result, strikes = row
    moment = datetime.fromisoformat
    return Source(kind, address, moment(added), etag, last_modified, checked and moment(checked), result, strikes)


def source_values(source: Source) -> tuple[object, ...]:
    """The row of SOURCE_COLUMNS for a source."""
    checked = source.checked.isoformat() if source.checked else None
    return (
        source.kind, source.address, source.added.isoformat(), source.etag, source.last_modified, checked,
        source.result, source.strikes,
    )  # fmt: skip


def page_of(row: Sequence[Any]) -> SourcePage:
    """The page in a row of PAGE_COLUMNS."""
    source, address, article_id, etag, last_modified, digest, whole = row
    return SourcePage(source, address, article_id, etag, last_modified, digest, bool(whole))


def page_values(page: SourcePage) -> tuple[object, ...]:
    """The row of PAGE_COLUMNS for a page."""
    return (page.source, page.address, page.article_id, page.etag, page.last_modified, page.digest, page.whole)


def stored_passage_of(row: Sequence[Any]) -> StoredPassage:
    """The passage in a row: its id, its article's id, its span, its terms, its title's terms, and BLOB_COLUMNS."""
    number, article_id, start, end, first, last, lines, title, *blobs = row
    return StoredPassage(
        number, article_id, Passage(start, end, first, last),
        tuple(tuple(line.split()) for line in lines.split("\n")), tuple(title.split()), EncodingBlobs(*blobs),
    )  # fmt: skip


def condition_of(scope: Scope) -> tuple[str, list[str]]:
    """The SQL condition on `articles a` that selects the articles in scope, and its parameters."""
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
