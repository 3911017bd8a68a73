"""What was found at the addresses of a source: the types that `reading.py` passes to `judging.py`."""

from dataclasses import dataclass

from index.sources.results import Problem
from index.types import Article, Headline, Refusal, Source, SourcePage


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One address as it was the last time (`old`) and as it is now (`page`, or None if it is gone).

    `article` is its article: newly read, or the headline of the one in the library. `problem` says why there is
    none, or no newer one. If the article was read from another address, `copy` is the same story as it is here.
    """

    old: SourcePage
    page: SourcePage | None
    article: Article | Headline | None = None
    problem: Problem | None = None
    copy: Article | None = None
    is_read: bool = False
    """Whether `problem` is what the page holds, and not that it could not be fetched."""

    @property
    def fresh(self) -> Article | None:
        """The article, if it was newly read."""
        return self.article if isinstance(self.article, Article) else None

    @property
    def refusal(self) -> Refusal | None:
        """The problem as a refusal, for a report."""
        return self.problem.refusal(self.old.address) if self.problem else None


@dataclass(frozen=True, slots=True)
class FoundSource:
    """One source as it was found.

    `is_empty` says that it lists nothing. `is_gone` says that the source is a single page, which answers that it is
    gone. `is_left` says that the source was not asked this time. In all three cases `problem` explains it.
    """

    source: Source
    pages: tuple[FoundPage, ...] = ()
    refused: tuple[Refusal, ...] = ()
    problem: Problem | None = None
    is_empty: bool = False
    is_gone: bool = False
    is_left: bool = False
