"""What was found at the addresses of a source: what the reading of sources hands to the judging of them."""

from dataclasses import dataclass

from index.sources.results import Problem
from index.types import Article, Refusal, Source, SourcePage


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One address as it was the last time (`old`) and as it is now (`page`, None where it is gone).

    `article` is its article, `fresh` or as the library has it; `problem` says why there is none, or none newer. Where
    that article was read elsewhere, `copy` is the story as it is here.
    """

    old: SourcePage
    page: SourcePage | None
    article: Article | None = None
    fresh: bool = False
    problem: Problem | None = None
    copy: Article | None = None

    @property
    def refusal(self) -> Refusal | None:
        """Its problem, for a report."""
        return self.problem.refusal(self.old.address) if self.problem else None


@dataclass(frozen=True, slots=True)
class FoundSource:
    """One source as it was found.

    `is_empty` says that it lists nothing, `is_gone` that it is one page, which says so itself, and `is_left` that it
    was not asked this time; `problem` says each of them in words.
    """

    source: Source
    pages: tuple[FoundPage, ...] = ()
    refused: tuple[Refusal, ...] = ()
    problem: Problem | None = None
    is_empty: bool = False
    is_gone: bool = False
    is_left: bool = False
