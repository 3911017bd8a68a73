"""The interface between the library and its storage engine, as protocols. The engines are in the modules beside it.

An engine stores generations. An update is applied as a whole, as a new generation, or not at all. A reader sees the
same generation from beginning to end, even while updates are made. Every engine must pass the tests in
`tests/index/storage/test_seam.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from index.encoding.encoder import PassageEncoding
from index.storage.types import (
    Examination,
    Manifest,
    NewPassage,
    PackedArticle,
    PackedPassage,
    Scope,
    StoredPassage,
)
from index.types import (
    Article,
    Edition,
    Floats,
    Headline,
    KeptGeneration,
    Passage,
    Sentence,
    Size,
    Source,
    SourcePage,
    SourceUpdate,
)


class Records(Protocol):
    """What a library holds at one moment. Inside an update, it includes the changes made so far."""

    def read_generation(self) -> int:
        """How many updates have put or deleted articles; 0 for a new library."""

    def manifest(self) -> Manifest | None:
        """What the library was made with, or None if it holds no article."""

    def articles(self) -> list[Article]:
        """All articles: the newest first, those without a date last."""

    def article(self, article_id: str) -> Article | None:
        """The article with that id, or None."""

    def undated_total(self) -> int:
        """How many articles have no date."""

    def with_sentences(self, article_id: str) -> tuple[Article, tuple[Sentence, ...]]:
        """The article with that id, which must exist, and its sentences in order. A second call is cheap."""

    def headlines(self, titled: str = "", limit: int | None = None) -> list[Headline]:
        """The articles whose titles have every word of `titled`, without their texts; at most `limit`.

        Those whose titles begin with it come first, then the newest, and those without a date last.
        """

    def headline(self, article_id: str) -> Headline | None:
        """The article with that id without its text, or None."""

    def headline_by_key(self, key: str) -> Headline | None:
        """The article whose id has that key (`index.naming.short_key`) without its text, or None."""

    def languages(self) -> tuple[str, ...]:
        """The languages of the articles as ISO 639 codes, sorted. Those that are not told yet are not counted."""

    def articles_by_language(self) -> dict[str, int]:
        """How many articles are in each language, most first; those that are not told yet are not counted."""

    def next_open(self, moment: datetime) -> datetime | None:
        """When after that moment an article is no longer held, or has come to one of its two times; None if none."""

    def opened_between(self, since: datetime, until: datetime) -> list[Headline]:
        """The articles that were held at `since` and are not at `until`, by the moment at which that ended."""

    def published_between(self) -> tuple[datetime, datetime] | None:
        """When the first and the last article that has a date were published; None if none has."""

    def size(self) -> Size:
        """How much the library holds. Counts nothing, so it is cheap."""

    def content_hashes(self, article_ids: Iterable[str] | None = None) -> dict[str, bytes]:
        """The content hash of each article, or of those with these ids, by id."""

    def text_sizes(self, article_ids: Iterable[str] | None = None) -> dict[str, int]:
        """How many bytes of UTF-8 the text of each article has, or of those with these ids, by id."""

    def sources(self) -> list[Source]:
        """The sources of the library, in the order in which they were added."""

    def source_pages(self) -> list[SourcePage]:
        """The addresses that were found through the sources."""

    def brought_in(self) -> datetime | None:
        """When articles were brought in last, by hand or as they were read again; None if that is not known."""

    def read_well(self) -> dict[str, datetime]:
        """When each source was last read without a problem, by its address, as far as that is known."""

    def failing_since(self) -> dict[str, datetime]:
        """Since when each source that fails does, by its address: when the first reading failed of those in a row."""

    def excluded(self) -> list[str]:
        """The ids of the articles that were removed by hand, sorted."""

    def in_order(self) -> list[str]:
        """The ids of all articles in the order of their passages; those without passages come first."""

    def packed(self, article_ids: Sequence[str]) -> list[PackedArticle]:
        """The articles with those ids, which must exist, just as they are stored, to put them into another storage.

        Raises LibraryDamaged if a passage is not what was written.
        """

    def last_passage(self) -> int:
        """The largest id that a passage ever had; 0 if there was none."""

    def kept_generations(self) -> list[KeptGeneration]:
        """The updates that can be undone, the last one first."""

    def kept_articles(self, generation: int) -> dict[str, Article | None]:
        """The articles that the update that made a generation has changed, as they were before it, by id.

        None stands for an article that it added. In a snapshot for readers neither hidden articles are among them, nor
        versions that were hidden as long as they stood.
        """


class Snapshot(Records, Protocol):
    """One complete generation that can be searched. It does not change while it is open."""

    @property
    def edition(self) -> Edition | None:
        """What readers see; None for a snapshot of the whole."""

    def passage_total(self) -> int:
        """How many passages there are."""

    def term_total(self) -> int:
        """How many terms all passages have in total."""

    def passage_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """The document frequency of each term: how many passages contain it."""

    def nearest(self, vector: Floats, limit: int, scope: Scope) -> list[int]:
        """The ids of the passages in scope whose vectors have the largest cosine with the unit `vector` (dimension,).

        At most `limit` of them, nearest first. Among many passages a few may be missed.
        """

    def best_by_words(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The ids of the passages in scope that BM25 puts first for any of the words; at most `limit`, best first.

        Passages that have only very common ones of the words may be missed.
        """

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with those ids, in the order of the ids. Those that do not exist are left out."""

    def newest_passage(self) -> int:
        """The id of the passage that was stored last; 0 if there is none. A passage that is stored gets a higher id."""

    def passages_after(self, passage: int, limit: int) -> list[StoredPassage]:
        """The passages that were stored after the one with that id, which need not exist: the `limit` oldest of them.

        They are in the order of their ids.
        """

    def passages_in(self, article_ids: Iterable[str]) -> list[StoredPassage]:
        """The passages of the articles with those ids, in the order of their own; none for those not there."""


class Update(Records, Protocol):
    """A transaction that changes a library. Others see its changes only when it is complete."""

    def put(
        self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage | PackedPassage]
    ) -> None:
        """Add an article with its passages, or replace the one with the same id.

        The encodings of the replaced passages can still be read until the update is complete. A passage that brings an
        id keeps it, which must be larger than all that were there before.
        """

    def untold(self, limit: int) -> list[str]:
        """The ids of articles whose language is not told yet, at most `limit`."""

    def passages_of(self, article_id: str) -> list[Passage]:
        """The passages of an article, in order."""

    def tell(self, article_id: str, language: str) -> None:
        """Store the language of an article whose terms are already those of that language."""

    def delete(self, article_id: str) -> None:
        """Remove an article and everything derived from it.

        No query finds any of its text once the update is complete. The last traces in the files may go with `tidy`.
        """

    def remember(self, memory: SourceUpdate) -> None:
        """Store what is now known about the sources, and which articles were removed by hand."""

    def continue_from(
        self,
        generation: int,
        read_well: Mapping[str, datetime],
        failing_since: Mapping[str, datetime],
        last_passage: int,
    ) -> None:
        """Take over the generation of a library that is copied, which an update that puts articles counts up.

        `read_well` says when each of its sources was last read without a problem, by its address, and `failing_since`
        since when those fail that do. Passages that are put later get ids above `last_passage`.
        """

    def put_off_indexing(self) -> None:
        """Leave it to the next update to make what only makes searches of a large library fast; it follows at once."""

    def bring_in(self, moment: datetime) -> None:
        """Store that articles are brought in at that moment."""

    def include(self, article_ids: Iterable[str]) -> None:
        """Let sources add those articles again."""

    def keep(self, kept: KeptGeneration, article_ids: Iterable[str]) -> None:
        """Keep the articles that are stored under those ids now, or that there are none, as what was before `kept`."""

    def keep_former(self, kept: KeptGeneration, former: Mapping[str, Article | None]) -> None:
        """Keep those articles, or that there were none, as what was before `kept`, by their ids."""

    def drop_kept(self, article_ids: Iterable[str]) -> None:
        """Drop what is kept of those articles, in all generations; it is erased as removed articles are."""

    def drop_generation(self, generation: int) -> None:
        """Drop what is kept of the update that made that generation; it is erased in the same way."""

    def set_manifest(self, manifest: Manifest) -> None:
        """Store what the library is made with."""

    def has_encoding(self, key: bytes) -> bool:
        """Whether an undamaged encoding is stored for that key."""

    def encoding(self, key: bytes) -> PassageEncoding:
        """The encoding that is stored for that key. It must exist."""

    def forget_encodings(self, passages: Iterable[int] | None = None) -> None:
        """Never reuse the stored encodings of the passages with those ids, or of all passages."""


class DeriveAnew(Protocol):
    """A callback that cuts and embeds damaged articles again, because storage has no encoder."""

    def __call__(self, update: Update, found: Examination, /) -> Sequence[str]:
        """Put the articles in `found.misread` again. Returns the ids of those for which that was possible."""


class Editions(Protocol):
    """The next edition of a library, which is filled beside the one that is read, update by update."""

    def preparing(self, patience: float) -> AbstractContextManager[Update]:
        """Begin an update of the next edition, which is begun if there is none. Nobody reads it, and others may go on.

        It is committed at the end of the `with` block, so it stays if the process ends later. Raises as
        `Storage.writing` does.
        """

    def looking(self) -> AbstractContextManager[Records | None]:
        """What the next edition holds; None if there is none. Raises LibraryError."""

    def publishing(self, patience: float) -> AbstractContextManager[tuple[Records, Update]]:
        """Begin the update at whose end the next edition is the one that is read, and the one before is deleted.

        It gives the library as it is, and that update, which already has everything but the articles. Nobody changes
        the library meanwhile. Raises LibraryError if there is no next edition, and else as `Storage.writing` does.
        """

    def discard(self, patience: float) -> None:
        """Delete the next edition, if there is one. Raises as `Storage.writing` does."""


class Storage(Protocol):
    """The storage of one library. Many threads may use it at once."""

    @property
    def editions(self) -> Editions | None:
        """Where the next edition of the library can be filled; None if the engine has no editions."""

    @property
    def place(self) -> str:
        """Where the library is stored, for messages."""

    def reading(self, *, whole: bool = False) -> AbstractContextManager[Snapshot]:
        """Open the last complete generation as readers see it now; the `whole` of it is for who edits the library.

        What readers do not see, private articles and those that are held until later, is in no answer, list or count of
        such a snapshot, as if the library had never had it. Raises LibraryError.
        """

    def writing(self, patience: float) -> AbstractContextManager[Update]:
        """Begin an update. It is committed at the end of the `with` block, or rolled back if the block raises.

        An update that has put or deleted articles makes a new generation. It waits up to `patience` seconds for another
        writer, and then raises LibraryBusy. Other problems raise LibraryError.
        """

    def tidy(self, patience: float) -> None:
        """Erase the traces of removed text that updates have put off erasing. Raises as `writing` does."""

    def warm(self) -> None:
        """Load what the first search needs, so that it does not have to wait. Raises LibraryError."""

    def examine(self) -> Examination:
        """Read everything that is stored, and say what is wrong. Changes nothing. Raises LibraryError."""

    def mend(self, patience: float, derive_anew: DeriveAnew) -> tuple[str, ...]:
        """Repair what can be repaired, in one update. Returns a sentence for each repair. Raises as `writing` does."""

    def back_up(self, folder: Path) -> Path:
        """Write a copy of the last complete generation into another folder, where it can be opened in its place.

        It holds neither what is kept of earlier generations nor anything that was removed. Others may read and update
        meanwhile. Returns the file. Raises PullquoteError.
        """

    def rest(self) -> None:
        """Close files and free memory until the next use. Reads and updates that are running are not disturbed."""

    def close(self) -> None:
        """Close the files for good."""
