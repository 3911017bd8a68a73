"""Finds articles by their titles, for autocompletion, buttons and lists. It reads no texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from index import Headline, Library, Source, articles_per_source

CHOICE_CHARACTERS = 100
"""What the name and the value of a Discord choice may hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article without its text. `key` stands for its id in choices and buttons.

    No reader sees it before `held_until`, or ever if it is `private`.
    """

    id: str
    key: str
    title: str
    published: datetime | None
    author: str | None
    url: str | None
    held_until: datetime | None = None
    private: bool = False

    @classmethod
    def of(cls, article: Headline) -> Self:
        """The entry of an article."""
        title = " ".join(article.title.split()) or article.id
        stated = article.published, article.author, article.url, article.held_until, article.private
        return cls(article.id, article.key, title, *stated)

    def is_open(self, at: datetime) -> bool:
        """Whether readers see it at that moment."""
        return not self.private and (self.held_until is None or self.held_until <= at)

    @property
    def label(self) -> str:
        """The title as a choice shows it."""
        return self.title if len(self.title) <= CHOICE_CHARACTERS else self.title[: CHOICE_CHARACTERS - 1] + "…"


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source as it is listed: how many articles it has, when it was last read well, and since when it fails.

    `failing_since` is when the first reading failed of all that have failed in a row since; None if the last was well.
    """

    source: Source
    articles: int = 0
    read_well: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many articles there are, and when the first and the last were published."""

    articles: int
    first: datetime | None
    last: datetime | None


def sources_in(library: Library) -> list[ListedSource]:
    """The sources of a library, in the order in which they were added. Raises LibraryError."""
    counts, well, failing = articles_per_source(library), library.read_well(), library.failing_since()
    return [
        ListedSource(
            one,
            counts.get(one.address, 0),
            read_well=well.get(one.address) if one.problem else one.checked,
            failing_since=failing.get(one.address, one.checked) if one.problem else None,
        )
        for one in library.sources()
    ]


def matching(libraries: Sequence[Library], typed: str, limit: int | None) -> list[Entry]:
    """Entries whose title has every word of what is typed: first those that begin with it, then the newest.

    Reads files, in milliseconds; for a worker thread. Raises LibraryError.
    """
    found = [Entry.of(article) for library in libraries for article in library.headlines(typed, limit)]
    beginning = _folded(typed)
    return sorted(found, key=lambda entry: not _folded(entry.title).startswith(beginning))[:limit]


def find(libraries: Sequence[Library], chosen: str) -> Entry | None:
    """The entry with that key or id, or else the only one with that title, as people may type one themselves.

    For a worker thread. Raises LibraryError.
    """
    for library in libraries:
        if article := library.headline(chosen):
            return Entry.of(article)
    title = _folded(chosen)
    titled = [entry for entry in matching(libraries, chosen, None) if _folded(entry.title) == title] if title else []
    return titled[0] if len({entry.id for entry in titled}) == 1 else None


def holdings(library: Library) -> Holdings:
    """What one library holds. For a worker thread. Raises LibraryError."""
    first, last = library.published_between() or (None, None)
    return Holdings(library.size().articles, first, last)


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())
