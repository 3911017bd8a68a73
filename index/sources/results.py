"""The input and the results of reading the sources of a library."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from index.errors import PullquoteError, Remedy, SourceError, SourceGone
from index.types import Article, Refusal, RefusedKind, Source, SourcePage, SourceUpdate


@dataclass(frozen=True, slots=True)
class LibraryState:
    """What a library holds and remembers: articles, sources, the sources' pages, and ids of articles to leave out."""

    articles: Sequence[Article] = ()
    sources: Sequence[Source] = ()
    pages: Sequence[SourcePage] = ()
    excluded: Collection[str] = ()

    def articles_of(self, address: str) -> tuple[str, ...]:
        """The ids of the articles that came from the source at `address` and that no other source has."""
        (source,) = (source for source in self.sources if source.address == address)
        others = {page.article_id for page in self.pages if page.source != address}
        own = {page.article_id for page in self.pages if page.source == address} - others
        return tuple(article.id for article in self.articles if article.id in own and is_from(article, source))


def is_from(article: Article, source: Source) -> bool:
    """Whether an article may belong to `source`. A source never removes an article that a person added by hand."""
    if source.kind == "folder":
        return article.origin.is_within(source.address)
    return article.origin.is_web


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a source, or with one of its addresses, in parts. No part ends with a full stop.

    `cause` says what is so, `remedy` what can be done about it, and `outcome` what was done about it, such as "so
    nothing was removed"; `setting` is a remedy by a setting. Only the cause is always there.
    """

    cause: str
    remedy: str = ""
    outcome: str = ""
    setting: Remedy | None = None

    @classmethod
    def of(cls, error: PullquoteError) -> Self:
        """What an error says. Where it does not hold its cause and its remedy apart, its sentence is the cause."""
        if isinstance(error, SourceGone):
            return cls(error.cause, error.advice)
        if error.is_general:
            return cls(error.cause, setting=error.remedy)
        return cls(str(error).removesuffix("."))

    @property
    def clause(self) -> str:
        """All parts, for use in the middle of a sentence."""
        remedy = f": {self.remedy}" if self.remedy else ""
        setting = self.setting.clause if self.setting else ""
        outcome = f", {self.outcome}" if self.outcome else ""
        return f"{self.cause}{remedy}{setting}{outcome}"

    @property
    def sentence(self) -> str:
        """All parts, as one sentence."""
        return f"{self.clause}."

    @property
    def error(self) -> SourceError:
        """All of it, to be raised."""
        if self.setting and not (self.remedy or self.outcome):
            return SourceError(self.cause, self.setting)
        return SourceError(self.sentence)

    def refusal(self, address: str) -> Refusal:
        """Make a Refusal of the problem, for the address where it was found."""
        return Refusal.of(address, self.error, RefusedKind.ADDRESS)


@dataclass(frozen=True, slots=True)
class SourceResult:
    """The result of reading one source: how many articles it has now, the ids of those that are gone, and its problem.

    `missing` has the ids of articles that seem to be gone but were kept because of `problem`. `excluded` has the ids of
    articles that the source has and that stay out, because somebody removed them by hand.
    """

    source: Source
    articles: int = 0
    gone: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problem: Problem | None = None
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What the sources have now, for `library.update(articles, remove=gone, source_update=source_update)`."""

    articles: tuple[Article, ...] = ()
    gone: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    source_update: SourceUpdate = SourceUpdate()
    results: tuple[SourceResult, ...] = ()
