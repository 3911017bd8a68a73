"""What articles there are, in memory: for autocompletion, which has no time to read, and for /about."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from index import Article, Library

CHOICE_CHARACTERS = 100
"""What the name and the value of a Discord choice may hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article without its text. `key` stands for its id where that is too long for Discord."""

    id: str
    key: str
    title: str
    published: datetime | None
    author: str | None
    url: str | None
    folded: str

    @classmethod
    def of(cls, article: Article) -> "Entry":
        """The entry of an article."""
        key = (
            article.id if len(article.id) <= CHOICE_CHARACTERS else "sha256 " + sha256(article.id.encode()).hexdigest()
        )
        title = " ".join(article.title.split()) or article.id
        return cls(article.id, key, title, article.published, article.author, article.url, title.casefold())

    @property
    def label(self) -> str:
        """The title as a choice shows it."""
        return self.title if len(self.title) <= CHOICE_CHARACTERS else self.title[: CHOICE_CHARACTERS - 1] + "…"


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many articles there are, and when the first and the last were published."""

    articles: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class _Listing:
    generation: int
    entries: tuple[Entry, ...]


class Catalog:
    """The entries of libraries as `refresh` last read them. Everything else reads memory alone."""

    def __init__(self) -> None:
        self._listings: dict[Path, _Listing] = {}
        self._refreshing = threading.Lock()

    def refresh(self, libraries: Iterable[Library]) -> None:
        """Read the entries of those libraries that have changed. Takes time; for a worker thread."""
        with self._refreshing:
            for library in libraries:
                generation, known = library.read_generation(), self._listings.get(library.folder)
                if known is None or known.generation != generation:
                    entries = tuple(map(Entry.of, library.articles()))
                    self._listings[library.folder] = _Listing(generation, entries)

    def matching(self, libraries: Sequence[Library], typed: str, limit: int | None) -> list[Entry]:
        """Entries whose title holds every word of what is typed: first those that begin with it, then the newest."""
        wanted = typed.casefold().split()
        found = [entry for entry in self._entries(libraries) if all(word in entry.folded for word in wanted)]
        beginning = " ".join(wanted)
        return sorted(found, key=lambda entry: not entry.folded.startswith(beginning))[:limit]

    def find(self, libraries: Sequence[Library], chosen: str) -> Entry | None:
        """The entry of that key, or the only one of that title: who chooses none of the list has typed something."""
        by_title: list[Entry] = []
        for entry in self._entries(libraries):
            if entry.key == chosen:
                return entry
            if entry.folded == chosen.casefold():
                by_title.append(entry)
        return by_title[0] if len({entry.id for entry in by_title}) == 1 else None

    def holdings(self, library: Library) -> Holdings:
        """What one library holds."""
        dates = [entry.published for entry in self._entries([library]) if entry.published]
        count = sum(1 for _ in self._entries([library]))
        return Holdings(count, min(dates, default=None), max(dates, default=None))

    def _entries(self, libraries: Sequence[Library]) -> Iterator[Entry]:
        for library in libraries:
            if listing := self._listings.get(library.folder):
                yield from listing.entries
