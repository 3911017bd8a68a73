"""What crosses the seam of storage, beside the vocabulary of the library: what every engine takes and gives."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from index.encoding.encoder import Encoder, PassageEncoding
from index.storage.blobs import EncodingBlobs
from index.types import Article, Fault, Floats, Passage


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
    """A passage on its way into storage. `terms` holds the terms of each of its sentences."""

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
    blobs: EncodingBlobs
    """Its encoding as it is stored: most of the passages that a search finds are dropped for their vectors alone."""

    @property
    def vector(self) -> Floats:
        """float32 (dimension,), unit length."""
        return self.blobs.unpack_vector()

    @property
    def encoding(self) -> PassageEncoding:
        """All of its encoding, worked out at each call."""
        return self.blobs.unpack()

    @property
    def all_terms(self) -> list[str]:
        """The terms of its sentences and of its article's title."""
        return [*self.title_terms, *(term for sentence in self.terms for term in sentence)]


@dataclass(frozen=True, slots=True)
class Examination:
    """What is wrong with a library, and what mending it has to know."""

    faults: tuple[Fault, ...] = ()
    damaged: tuple[int, ...] = ()
    """The ids of the passages whose encodings are not as they were written."""
    misread: tuple[str, ...] = ()
    """The ids of the articles that are as they were put, while something that was derived from them is not."""


def content_hash(article: Article) -> bytes:
    """SHA-256 over everything that an article says of itself."""
    return hash_of(fields_of(article))


def fields_of(article: Article) -> tuple[str | None, ...]:
    """Everything that an article says of itself, its times as ISO 8601: the order is part of every content hash."""
    return (
        article.id, article.title, article.text, article.author, article.section,
        article.published.isoformat() if article.published else None,
        article.updated.isoformat() if article.updated else None,
        article.url, article.source,
    )  # fmt: skip


def hash_of(fields: Sequence[str | None]) -> bytes:
    """The content hash of an article of those fields, in the order of `fields_of`."""
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).digest()
