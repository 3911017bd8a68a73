"""What goes into reading the sources of a library, and what comes of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from index.errors import PullquoteError, Remedy, SourceError, SourceGone
from index.types import Article, Refusal, RefusedKind, Source, SourcePage, SourceUpdate


@dataclass(frozen=True, slots=True)
class LibraryState:
    """What a library holds and remembers: its articles, its sources, the pages that these led to, what is left out."""

    articles: Sequence[Article] = ()
    sources: Sequence[Source] = ()
    pages: Sequence[SourcePage] = ()
    excluded: Collection[str] = ()

    def articles_of(self, address: str) -> tuple[str, ...]:
        """The ids of the articles that came from the source at `address` and that no other has."""
        (source,) = (source for source in self.sources if source.address == address)
        others = {page.article_id for page in self.pages if page.source != address}
        own = {page.article_id for page in self.pages if page.source == address} - others
        return tuple(article.id for article in self.articles if article.id in own and is_from(article, source))


def is_from(article: Article, source: Source) -> bool:
    """Whether an article came from where `source` leads: what a person brought in by hand no source takes out."""
    if source.kind == "folder":
        return article.origin.is_within(source.address)
    return article.origin.is_web


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a source, or with one address of it, in parts; none of them ends with a full stop.

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
        """All of it, for a sentence that goes on."""
        remedy = f": {self.remedy}" if self.remedy else ""
        setting = self.setting.clause if self.setting else ""
        outcome = f", {self.outcome}" if self.outcome else ""
        return f"{self.cause}{remedy}{setting}{outcome}"

    @property
    def sentence(self) -> str:
        """All of it, as one sentence."""
        return f"{self.clause}."

    @property
    def error(self) -> SourceError:
        """All of it, to be raised."""
        if self.setting and not (self.remedy or self.outcome):
            return SourceError(self.cause, self.setting)
        return SourceError(self.sentence)

    def refusal(self, address: str) -> Refusal:
        """The refusal of what stands at an address."""
        return Refusal.of(address, self.error, RefusedKind.ADDRESS)


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What came of reading one source: how many articles it has now, the ids of those that are gone, what is wrong.

    `missing` names those that seem to be gone and were kept for `problem`, `excluded` those that it has and that stay
    out, since they were taken out by hand.
    """

    source: Source
    articles: int = 0
    gone: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problem: Problem | None = None
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What all sources hold now, for one update: `library.update(articles, remove=gone, source_update=memory)`."""

    articles: tuple[Article, ...] = ()
    gone: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    source_update: SourceUpdate = SourceUpdate()
    results: tuple[SourceResult, ...] = ()
