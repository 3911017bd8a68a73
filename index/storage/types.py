"""The types that every storage engine takes and returns, in addition to those in `index/types.py`."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.encoding.encoder import Encoder, PassageEncoding
from index.languages import ENGLISH
from index.storage.blobs import EncodingBlobs, TermBlobs, checksum_of
from index.types import Article, Fault, Floats, Passage, Sentence


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a library was made with: the model and the rules of cutting. Passages made with others do not fit to it."""

    model: str
    fingerprint: str
    dimension: int
    token_dimension: int
    passage_tokens: int
    cutting: int = 1
    """The version of the rules of cutting (`index/passages.py`). Manifests from before it was recorded lack it: 1."""

    @classmethod
    def of(cls, encoder: Encoder, passage_tokens: int, cutting: int = 1) -> "Manifest":
        """The manifest of a library made with `encoder` and passages of about `passage_tokens` tokens."""
        made_by = encoder.name, encoder.fingerprint, encoder.dimension, encoder.token_dimension
        return cls(*made_by, passage_tokens, cutting)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles are searched: all of them if nothing is set."""

    article_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def everything(self) -> bool:
        """Whether no article is left out."""
        return self.article_id is None and self.since is None and self.until is None


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to store. `terms` holds the terms of each of its sentences; `cues` is what else is known of these."""

    passage: Passage
    key: bytes
    terms: tuple[tuple[str, ...], ...]
    title_terms: tuple[str, ...]
    encoding: PassageEncoding
    cues: bytes = b""
    """Opaque bytes, kept as they are."""


@dataclass(frozen=True, slots=True)
class PackedPassage:
    """A passage as every engine stores it, which goes from one storage to another as it is."""

    passage: Passage
    key: bytes
    term_blobs: TermBlobs
    cues: bytes
    blobs: EncodingBlobs
    id: int = 0
    """The id that it has, and keeps where it goes; 0 if storage is to give it one."""

    @classmethod
    def of(cls, new: "NewPassage | PackedPassage") -> "PackedPassage":
        """Pack a passage, unless it is."""
        if isinstance(new, PackedPassage):
            return new
        terms = TermBlobs.pack(new.title_terms, new.terms)
        return cls(new.passage, new.key, terms, new.cues, EncodingBlobs.pack(new.encoding))

    @property
    def checksum(self) -> int:
        """CRC-32 over all that was derived from its text."""
        return checksum_of(self.blobs, self.term_blobs, self.cues)


class PackedArticle(NamedTuple):
    """An article with its sentences and passages just as they are stored, to put it into another storage."""

    article: Article
    sentences: tuple[Sentence, ...]
    passages: list[PackedPassage]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A stored passage, as a search reads it. Its terms are numbers (`index.words.term_number`).

    Terms and encoding stay packed, because a search unpacks those of many passages together.
    """

    id: int
    article_id: str
    passage: Passage
    term_blobs: TermBlobs
    cues: bytes
    blobs: EncodingBlobs
    language: str = ENGLISH
    """Of its article; English where that is not told yet."""

    @property
    def vector(self) -> Floats:
        """float32 (dimension,), unit length."""
        return self.blobs.unpack_vector()

    @property
    def encoding(self) -> PassageEncoding:
        """The whole encoding, unpacked at each call."""
        return self.blobs.unpack()

    @property
    def term_numbers(self) -> NDArray[np.uint32]:
        """The terms of its article's title, and then those of its sentences: uint32 (m,)."""
        return self.term_blobs.unpack_numbers()

    @property
    def term_counts(self) -> NDArray[np.uint16]:
        """How many of `term_numbers` belong to the title, and to each sentence: uint16 (n + 1,)."""
        return self.term_blobs.unpack_counts()

    @property
    def title_terms(self) -> tuple[int, ...]:
        """The terms of its article's title."""
        return self.term_blobs.unpack()[0]

    @property
    def terms(self) -> tuple[tuple[int, ...], ...]:
        """The terms of each sentence."""
        return self.term_blobs.unpack()[1:]

    @property
    def all_terms(self) -> list[int]:
        """The terms of its article's title and of its sentences."""
        numbers: list[int] = self.term_numbers.tolist()
        return numbers


@dataclass(frozen=True, slots=True)
class Examination:
    """What is wrong with a library, and what a repair needs to know."""

    faults: tuple[Fault, ...] = ()
    damaged: tuple[int, ...] = ()
    """The ids of the passages whose encodings are damaged."""
    misread: tuple[str, ...] = ()
    """The ids of the articles that are sound themselves, but have damaged derived data."""


def content_hash(article: Article) -> bytes:
    """SHA-256 over all fields of an article."""
    return hash_of(fields_of(article))


def fields_of(article: Article) -> tuple[str | None, ...]:
    """All fields of an article, times as ISO 8601. Do not change the order: every stored content hash depends on it.

    For the same reason the fields that came later are there only if one of them is set.
    """
    later: tuple[str | None, ...] = ()
    if article.embargo or article.private:
        later = article.embargo.isoformat() if article.embargo else None, "private" if article.private else None
    return (
        article.id, article.title, article.text, article.author, article.section,
        article.published.isoformat() if article.published else None,
        article.updated.isoformat() if article.updated else None,
        article.url, article.source, *later,
    )  # fmt: skip


def hash_of(fields: Sequence[str | None]) -> bytes:
    """The content hash of an article with those fields, in the order of `fields_of`."""
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).digest()
