"""Converts rows of a library's database to the types of the library and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from index.errors import LibraryDamaged, Remedy
from index.languages import ENGLISH
from index.storage.blobs import EncodingBlobs, TermBlobs, checksum_of
from index.storage.types import PackedPassage, StoredPassage, fields_of
from index.types import READ_WELL, Article, Headline, Passage, Source, SourcePage, SourceUpdate, as_utc

HEADLINE_COLUMNS = "id, title, author, section, published, updated, url, source, language, embargo, private"
ARTICLE_COLUMNS = f"{HEADLINE_COLUMNS}, text"
BLOB_COLUMNS = "term_counts, terms, cues, vector, sentence_vectors, sentence_scales, token_counts, token_vectors"
PASSAGE_COLUMNS = f'id, article, start, "end", first, last, key, checksum, {BLOB_COLUMNS}'
PACKED_COLUMNS = f'p.id, start, "end", first, last, p.key, checksum, {BLOB_COLUMNS}'
SOURCE_COLUMNS = "kind, address, added, etag, last_modified, checked, result, strikes, private"
PAGE_COLUMNS = "source, address, article_id, etag, last_modified, digest, whole, modified"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Totals:
    """How much a library holds. It is stored, so that nothing has to be counted."""

    articles: int = 0
    undated: int = 0
    text_bytes: int = 0
    passages: int = 0
    terms: int = 0

    def plus(
        self, *, articles: int = 0, undated: int = 0, text_bytes: int = 0, passages: int = 0, terms: int = 0
    ) -> "Totals":
        """These, with so much more."""
        return Totals(
            self.articles + articles, self.undated + undated, self.text_bytes + text_bytes,
            self.passages + passages, self.terms + terms,
        )  # fmt: skip

    def minus(self, other: "Totals") -> "Totals":
        """These without the others."""
        return Totals(**{name: value - getattr(other, name) for name, value in asdict(self).items()})

    def as_json(self) -> str:
        """As the database stores it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote."""
        return cls(**json.loads(text))


def fold(title: str, article_id: str) -> str:
    """The title of an article as it is searched: its words in lower case. Without a title, its id."""
    return " ".join(title.split() or article_id.split()).casefold()


def microseconds(moment: datetime) -> int:
    """The microseconds from 1970 to a moment."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def headline_of(row: Sequence[Any]) -> Headline:
    """The headline in a row of HEADLINE_COLUMNS, whose times are texts or times, as the database has them."""
    article_id, title, author, section, published, updated, url, source, language, embargo, private = row
    dates, kept_back = (as_utc(published), as_utc(updated)), (as_utc(embargo), bool(private))
    return Headline(article_id, title, author, *dates, url, source, section, language, *kept_back)


def article_of(row: Sequence[Any]) -> Article:
    """The article in a row of ARTICLE_COLUMNS."""
    article_id, title, author, section, published, updated, url, source, language, embargo, private, text = row
    dates, kept_back = (as_utc(published), as_utc(updated)), (as_utc(embargo), bool(private))
    return Article(article_id, title, text, author, *dates, url, source, section, language, *kept_back)


def hashed(row: Sequence[Any]) -> tuple[str | None, ...]:
    """The fields that the content hash of the article in a row of ARTICLE_COLUMNS is made of, in their order."""
    article_id, title, author, section, published, updated, url, source, _, embargo, private, text = row
    later = (_stated(embargo), "private" if private else None) if embargo or private else ()
    return article_id, title, text, author, section, _stated(published), _stated(updated), url, source, *later


def _stated(moment: datetime | str | None) -> str | None:
    """A time as an article's hash has it. A text is left as it is, because it may be damaged."""
    return moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else moment


def article_values(article: Article) -> tuple[str | int | None, ...]:
    """The row of HEADLINE_COLUMNS for an article."""
    published = article.published.isoformat() if article.published else None
    updated = article.updated.isoformat() if article.updated else None
    return (
        article.id, article.title, article.author, article.section, published, updated, article.url, article.source,
        article.language, article.embargo.isoformat() if article.embargo else None, article.private,
    )  # fmt: skip


def moments_as_json(moments: Mapping[str, datetime]) -> str:
    """Moments by names, as the database keeps them."""
    return json.dumps({name: moment.isoformat() for name, moment in moments.items()})


def moments_from_json(text: str | None) -> dict[str, datetime]:
    """Read what `moments_as_json` wrote, if it wrote anything."""
    return {name: datetime.fromisoformat(moment) for name, moment in json.loads(text or "{}").items()}


def without_removed(memory: SourceUpdate, held: Sequence[Source]) -> SourceUpdate:
    """The same, without what was read of sources that somebody removed meanwhile; `held` has those that are stored."""
    removed = set(memory.known) - {source.address for source in held}
    sources = tuple(source for source in memory.sources if source.address not in removed)
    return replace(memory, sources=sources, pages=tuple(page for page in memory.pages if page.source not in removed))


def read_well_after(before: Mapping[str, datetime], memory: SourceUpdate) -> dict[str, datetime]:
    """When each source was last read without a problem, with what is now known."""
    read = {one.address: one.checked for one in memory.sources if one.checked and one.result == READ_WELL}
    return {address: moment for address, moment in {**before, **read}.items() if address not in memory.forget}


def failing_after(before: Mapping[str, datetime], held: Sequence[Source], memory: SourceUpdate) -> dict[str, datetime]:
    """Since when each source fails that does, with what is now known: when the first reading failed of those in a row.

    `held` has the sources as they were stored, which tell of a failure that was not noted then.
    """
    failing = {address: moment for address, moment in before.items() if address not in memory.forget}
    failed = {one.address: one.checked for one in held if one.problem}
    for one in memory.sources:
        if not one.problem:
            failing.pop(one.address, None)
        elif first := failed.get(one.address) or one.checked:
            failing.setdefault(one.address, first)
    return failing


def former_as_json(article: Article) -> str:
    """A former version of an article, as the database keeps it."""
    return json.dumps(fields_of(article), ensure_ascii=False)


def former_from_json(text: str) -> Article:
    """Read what `former_as_json` wrote."""
    article_id, title, body, author, section, published, updated, url, source, *later = json.loads(text)
    embargo, private = later or (None, None)
    dates = as_utc(published), as_utc(updated)
    return Article(article_id, title, body, author, *dates, url, source, section, None, as_utc(embargo), bool(private))


def source_of(row: Sequence[Any]) -> Source:
    """The source in a row of SOURCE_COLUMNS."""
    kind, address, added, etag, last_modified, checked, result, strikes, private = row
    first = as_utc(added)
    assert first is not None
    return Source(kind, address, first, etag, last_modified, as_utc(checked), result, strikes, bool(private))


def source_values(source: Source) -> tuple[object, ...]:
    """The row of SOURCE_COLUMNS for a source."""
    checked = source.checked.isoformat() if source.checked else None
    return (
        source.kind, source.address, source.added.isoformat(), source.etag, source.last_modified, checked,
        source.result, source.strikes, source.private,
    )  # fmt: skip


def page_of(row: Sequence[Any]) -> SourcePage:
    """The page in a row of PAGE_COLUMNS."""
    source, address, article_id, etag, last_modified, digest, whole, modified = row
    return SourcePage(source, address, article_id, etag, last_modified, digest, bool(whole), modified)


def page_values(page: SourcePage) -> tuple[object, ...]:
    """The row of PAGE_COLUMNS for a page."""
    return (
        page.source, page.address, page.article_id, page.etag, page.last_modified, page.digest, page.whole,
        page.modified,
    )  # fmt: skip


def stored_passage_of(row: Sequence[Any]) -> StoredPassage:
    """The passage in a row: its id, its article's id and language, its span, and BLOB_COLUMNS."""
    number, article_id, language, start, end, first, last, counts, terms, cues, *blobs = row
    span, encoding = Passage(start, end, first, last), EncodingBlobs(*blobs)
    return StoredPassage(number, article_id, span, TermBlobs(counts, terms), cues, encoding, language or ENGLISH)


def packed_passage_of(row: Sequence[Any]) -> PackedPassage:
    """The passage in a row of PACKED_COLUMNS. Raises LibraryDamaged if it is not what was written."""
    number, start, end, first, last, key, checksum, counts, terms, cues, *blobs = row
    span, held, encoding = Passage(start, end, first, last), TermBlobs(counts, terms), EncodingBlobs(*blobs)
    if checksum != checksum_of(encoding, held, cues):
        raise LibraryDamaged("A passage of the library is damaged", Remedy.MEND)
    return PackedPassage(span, key, held, cues, encoding, number)
