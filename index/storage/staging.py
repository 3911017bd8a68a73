"""The interface to what is encoded in parts, by many processes, before it is published; and its types.

What is staged is in no library, and no reader sees it. There is at most one staging for a library: which articles are
to be encoded, with what, in how many parts, and the encodings so far, by the keys that passages have in a library.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from index.encoding.encoder import PassageEncoding
from index.storage.types import Manifest


@dataclass(frozen=True, slots=True)
class StagingPlan:
    """What is encoded in parts."""

    number: int
    """Which staging this is; the next one has another number."""
    parts: int
    whole: bool
    """Whether all stored articles are embedded again."""
    made_with: Manifest
    change: str
    """What is to be done to the library, in JSON, but for the articles."""
    begun: datetime


@dataclass(frozen=True, slots=True)
class StagedArticle:
    """An article that is to be encoded by a part."""

    id: str
    part: int
    article: str | None
    """In JSON; None for one that is in the library."""
    done: bool = False


@dataclass(frozen=True, slots=True)
class PartState:
    """How far a part is: how many of its articles are done, and how many passages it has encoded for them."""

    number: int
    articles: int
    done: int
    passages: int
    last: datetime | None = None
    """When the last of its articles was done; None if none is."""
    holder: str | None = None
    """The process that works on it now, and since when; None if none does."""

    @property
    def is_complete(self) -> bool:
        """Whether all of its articles are done."""
        return self.done == self.articles


class Part(Protocol):
    """One part, while no other process works on it."""

    def lacking(self, limit: int) -> list[StagedArticle]:
        """The next articles that are not done, at most `limit`. Raises LibraryError."""

    def known(self, keys: Collection[bytes]) -> set[bytes]:
        """Those of the keys whose encodings are staged, or that the library has, unless all is embedded again.

        Raises LibraryError.
        """

    def store(self, article_ids: Iterable[str], encodings: Mapping[bytes, PassageEncoding]) -> None:
        """Store the encodings, and that those articles are done, in one transaction. Raises LibraryError."""


class Staging(Protocol):
    """What is encoded in parts for one library. Many threads and processes may use it at once."""

    @property
    def place(self) -> str:
        """The library that it is for, for messages."""

    def alone(self, on_wait: Callable[[], None] = ...) -> AbstractContextManager[None]:
        """Let only the body of the `with` block begin, publish or drop a staging; wait for others that do.

        `on_wait` is called before it waits. Raises LibraryError.
        """

    def plan(self) -> StagingPlan | None:
        """What is encoded; None if nothing is. Raises LibraryError."""

    def begin(
        self, parts: int, made_with: Manifest, change: str, articles: Iterable[StagedArticle], *, whole: bool
    ) -> None:
        """Begin a staging, where there is none. Raises LibraryError."""

    def part(self, plan: StagingPlan, number: int) -> AbstractContextManager[Part]:
        """Work on a part. That ends with this process. Raises LibraryBusy if another process does, LibraryError."""

    def states(self, plan: StagingPlan) -> list[PartState]:
        """How far each part is, in order. Raises LibraryError."""

    def articles(self, plan: StagingPlan) -> Iterator[str]:
        """The articles that are not from the library, in JSON. Raises LibraryError."""

    def found(self, plan: StagingPlan, keys: Collection[bytes]) -> dict[bytes, PassageEncoding]:
        """The encodings that are staged under those keys. Raises LibraryError."""

    def drop(self) -> bool:
        """Delete all that is staged. Returns whether there was anything. Raises LibraryError."""
