"""The seam of storage: all that a library asks of the engine that keeps it. Types only; the engines are beside it.

An engine keeps generations. An update lands whole, as a generation of its own, or not at all; who reads sees one
generation throughout, while updates go on. Every engine passes the contract in `tests/index/storage/test_seam.py`.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from index.encoding.encoder import PassageEncoding
from index.storage.types import Examination, Manifest, NewPassage, Scope, StoredPassage
from index.types import Article, Floats, Sentence, Source, SourcePage, SourceUpdate


class Records(Protocol):
    """What a library holds, as it stood at one moment, and in an update as that has changed it."""

    def read_generation(self) -> int:
        """How many updates have put or deleted articles; 0 for a new library."""

    def manifest(self) -> Manifest | None:
        """What the library was made with, or None while it holds no article."""

    def articles(self) -> list[Article]:
        """All articles, newest first, those without a date last."""

    def article(self, article_id: str) -> Article | None:
        """The article of that id, if there is one."""

    def with_sentences(self, article_id: str) -> tuple[Article, tuple[Sentence, ...]]:
        """The article of that id, which must be there, and its sentences in order; cheap to ask for again."""

    def content_hashes(self) -> dict[str, bytes]:
        """The content hash of each article, by id."""

    def text_sizes(self) -> dict[str, int]:
        """How many bytes of UTF-8 the text of each article has, by id."""

    def sources(self) -> list[Source]:
        """The sources that are remembered, in the order in which they were added."""

    def source_pages(self) -> list[SourcePage]:
        """The addresses that sources led to."""

    def excluded(self) -> list[str]:
        """The ids of the articles that were taken out by hand, sorted."""


class Snapshot(Records, Protocol):
    """One complete generation, the same throughout, that can be searched."""

    def passage_total(self) -> int:
        """How many passages there are."""

    def term_total(self) -> int:
        """How many terms all passages have together."""

    def passage_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each of the terms stands."""

    def nearest(self, vector: Floats, limit: int, scope: Scope) -> list[int]:
        """The ids of the passages in scope whose vectors have the largest cosine with the unit `vector` (dimension,).

        At most `limit` of them, nearest first.
        """

    def best_by_words(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The ids of the passages in scope that BM25 puts first for any of the words; at most `limit`, best first."""

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages of those ids, which must be there, in that order."""


class Update(Records, Protocol):
    """A transaction that changes a library. Nothing of it is seen by others until it is complete."""

    def put(self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage]) -> None:
        """Add an article with its passages, in place of what stood under its id.

        The encodings of the passages that it replaces can be had until the update is complete.
        """

    def delete(self, article_id: str) -> None:
        """Take an article and all that was derived from it out, so that nothing of it stays in the files."""

    def remember(self, memory: SourceUpdate) -> None:
        """Write down what is known of sources and of what was taken out by hand, in place of what was."""

    def include(self, article_ids: Iterable[str]) -> None:
        """Let sources bring those articles again."""

    def set_manifest(self, manifest: Manifest) -> None:
        """Say what the library is made with."""

    def has_encoding(self, key: bytes) -> bool:
        """Whether the encoding of a passage of that key is stored, and as it was written."""

    def encoding(self, key: bytes) -> PassageEncoding:
        """The encoding of a passage of that key, which must be stored."""

    def forget_encodings(self, passages: Iterable[int] | None = None) -> None:
        """Make the stored encodings of the passages of those ids, or of all, unfit for reuse."""


class DeriveAnew(Protocol):
    """Cuts and embeds articles again of which something derived is wrong, as storage has no encoder."""

    def __call__(self, update: Update, found: Examination, /) -> Sequence[str]:
        """Put the articles again that `found` names as misread; the ids of those that could be."""


class Storage(Protocol):
    """Where one library is kept. Safe to use from many threads."""

    @property
    def place(self) -> str:
        """Where that is, for messages."""

    def reading(self) -> AbstractContextManager[Snapshot]:
        """The last complete generation. Raises LibraryError."""

    def writing(self, patience: float) -> AbstractContextManager[Update]:
        """An update: all of it lands at the end, or none when the body raises.

        One that has put or deleted articles makes a new generation. Waits up to `patience` seconds for another writer.
        Raises LibraryBusy after that, LibraryError otherwise.
        """

    def warm(self) -> None:
        """Load what the first search would have to wait for. Raises LibraryError."""

    def examine(self) -> Examination:
        """What is wrong with what is stored, read whole. Changes nothing. Raises LibraryError."""

    def mend(self, patience: float, derive_anew: DeriveAnew) -> tuple[str, ...]:
        """Put right what can be, in one update: a sentence for each thing that was done. Raises as `writing` does."""

    def rest(self) -> None:
        """Give back open files and memory; the next use takes them again. Who is reading or writing goes on."""

    def close(self) -> None:
        """Close the files at the end of use."""
