"""Lists the articles from memory: for autocompletion, which has no time to read files, and for /about."""

import asyncio
import hashlib
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.remedies import operator_sentence
from bot.services.libraries import Libraries
from index import Article, Library, PullquoteError

logger = logging.getLogger(__name__)

CHOICE_CHARACTERS = 100
"""What the name and the value of a Discord choice may hold."""


def key_of(text: str) -> str:
    """A short key for an article's id or a source's address, where Discord allows 100 characters at most."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Entry:
    """An article without its text. `key` stands for its id in choices and buttons."""

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
        title = " ".join(article.title.split()) or article.id
        return cls(
            article.id, key_of(article.id), title, article.published, article.author, article.url, title.casefold()
        )

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
    """The entries of libraries as they were last read. Only `read` and the refreshes read files."""

    def __init__(self, libraries: Libraries) -> None:
        self._libraries = libraries
        self._listings: dict[Path, _Listing] = {}
        self._reading = threading.Lock()
        self._refreshing: dict[int | None, asyncio.Task[None]] = {}

    async def refresh(self, server: int | None) -> None:
        """Bring the entries of the articles that a server may ask up to date."""
        try:
            await asyncio.to_thread(lambda: self.read(self._libraries.readable_by(server)))
        except PullquoteError as error:
            logger.error("The articles cannot be listed: %s", operator_sentence(error))

    def refresh_soon(self, server: int | None) -> None:
        """The same in the background, unless that is being done for this server."""
        if server not in self._refreshing:
            task = self._refreshing[server] = asyncio.create_task(self.refresh(server))
            task.add_done_callback(lambda _: self._refreshing.pop(server, None))

    def read(self, libraries: Iterable[Library]) -> None:
        """Read the entries of those libraries that have changed. Takes time; for a worker thread."""
        with self._reading:
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
        """The entry with that key or id, or else the only one with that title, as people may type one themselves."""
        by_title: list[Entry] = []
        for entry in self._entries(libraries):
            if chosen in (entry.key, entry.id):
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
