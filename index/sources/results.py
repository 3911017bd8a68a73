"""The input and the results of reading the sources of a library."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Self

from index.errors import PullquoteError, Remedy, SourceError, SourceGone
from index.storage.types import content_hash
from index.types import Article, Headline, Refusal, RefusedKind, Source, SourcePage, SourceUpdate


class Held(Mapping[str, Headline]):
    """The articles of a library, by id, without their texts. A text is read only when it is asked for."""

    def __init__(
        self,
        headlines: Iterable[Headline] = (),
        digests: Mapping[str, bytes] | None = None,
        read: Callable[[], Iterable[Article]] = tuple,
        read_one: Callable[[str], Article | None] = lambda _: None,
    ) -> None:
        """`digests` has their content hashes, by id; `read` and `read_one` read the articles themselves."""
        self._headlines = {headline.id: headline for headline in headlines}
        self.digests = digests or {}
        self._read, self._read_one = read, read_one

    @classmethod
    def of(cls, articles: Iterable[Article]) -> Self:
        """These articles, which are there as a whole."""
        held = {article.id: article for article in articles}
        digests = {article.id: content_hash(article) for article in held.values()}
        return cls(map(Headline.of, held.values()), digests, held.values, held.get)

    def with_more(self, articles: Iterable[Article]) -> "Held":
        """These articles and others."""
        more = Held.of(articles)
        return Held(
            {**self, **more}.values(),
            {**self.digests, **more.digests},
            lambda: chain((article for article in self.articles() if article.id not in more), more.articles()),
            lambda article_id: more.article(article_id) or self.article(article_id),
        )

    def __getitem__(self, article_id: str) -> Headline:
        return self._headlines[article_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headlines)

    def __len__(self) -> int:
        return len(self._headlines)

    def has(self, article: Article) -> bool:
        """Whether this very article is there, with all its facts and its text."""
        return self.digests.get(article.id) == content_hash(article)

    def article(self, article_id: str) -> Article | None:
        """Read one of the articles; None if it is not there any more."""
        return self._read_one(article_id) if article_id in self._headlines else None

    def articles(self) -> Iterator[Article]:
        """Read all the articles, once the first is asked for."""
        yield from (article for article in self._read() if article.id in self._headlines)


@dataclass(frozen=True, slots=True)
class LibraryState:
    """What a library holds and remembers: articles, sources, the sources' pages, and ids of articles to leave out."""

    held: Held = field(default_factory=Held)
    sources: Sequence[Source] = ()
    pages: Sequence[SourcePage] = ()
    excluded: Collection[str] = ()

    def articles_of(self, address: str) -> tuple[str, ...]:
        """The ids of the articles that came from the source at `address` and that no other source has."""
        (source,) = (source for source in self.sources if source.address == address)
        others = {page.article_id for page in self.pages if page.source != address}
        own = {page.article_id for page in self.pages if page.source == address} - others
        return tuple(article.id for article in self.held.values() if article.id in own and is_from(article, source))


def is_from(article: Article | Headline, source: Source) -> bool:
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
    """What the sources have now, for `library.update(articles, remove=gone, source_update=source_update)`.

    `unchanged` has the ids of articles that they have just as the library has them.
    """

    articles: tuple[Article, ...] = ()
    gone: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    source_update: SourceUpdate = SourceUpdate()
    results: tuple[SourceResult, ...] = ()
    unchanged: tuple[str, ...] = ()
