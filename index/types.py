"""The vocabulary: what crosses the borders between the stages of a library.

Every type is frozen and slotted. A `Sentence` or a `Passage` holds offsets in characters (Unicode code points,
as Python counts them) into the text of its article, never a copy of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import PullquoteError, Remedy
from index.origin import Origin

Floats = NDArray[np.float32]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Article:
    """One published story. Only `id`, `title` and `text` are required.

    `published` and `updated` also take a `date` or an ISO 8601 string, and are held as aware datetimes in UTC;
    a time without a zone is read as UTC, a date as its first instant. `source` says where the story was read from
    in one string, as it is stored; `origin` says what that means. Raises ValueError for a time that is none of these.
    """

    id: str
    title: str
    text: str
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    source: str | None = None
    section: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "published", as_utc(self.published))
        object.__setattr__(self, "updated", as_utc(self.updated))

    @property
    def origin(self) -> Origin:
        """Where the story was read from."""
        return Origin.of(self.source)


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `[start, end)` of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence(Span):
    """One sentence of an article's text; what gets quoted. No white space at either end."""


@dataclass(frozen=True, slots=True)
class Passage(Span):
    """A few neighbouring sentences of one article: the numbers `[first, last]` of its sentences, both included.

    It runs from the start of the first to the end of the last, except where one sentence is longer than the model's
    window: then `first == last`, and the passage is one piece of that sentence.
    """

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence chosen for one question: `article.text[start:end]`, inside its context.

    `context` is the span that a reader needs around the sentence: of its passage what is in its paragraph, the
    sentences before it that it leans on, and where it is somebody's words those that say whose. `score` orders quotes,
    unless the newest were asked for; it is not a probability.
    """

    article: Article
    start: int
    end: int
    context: Span
    score: float

    @property
    def text(self) -> str:
        """The sentence, byte for byte as it was published."""
        return self.article.text[self.start : self.end]

    @property
    def before(self) -> str:
        """The context up to the quote, with the white space between; `before + text + after` is the context."""
        return self.article.text[self.context.start : self.start]

    @property
    def after(self) -> str:
        """The context from the quote's end, with the white space between."""
        return self.article.text[self.end : self.context.end]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds that the parts of one answer took."""

    encode: float = 0.0
    search: float = 0.0
    rerank: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The quotes for a question, best first, and how sure we are in 0..1; or none, and what came nearest.

    `quotes` is empty when not answered; `closest` holds the best quotes found either way.
    """

    question: str
    answered: bool
    confidence: float
    quotes: tuple[Quote, ...] = ()
    closest: tuple[Quote, ...] = ()
    timing: Timing = field(default_factory=Timing)

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds from the question to this answer."""
        return self.timing.total


class RefusedKind(StrEnum):
    """What the name of a refusal is: the id of an article, the path of a file or folder, or a web address."""

    ARTICLE = "article"
    FILE = "file"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An article that was not taken in: its id, or where it was to come from, and why.

    `cause` is a sentence or, where a setting may help, its beginning; `remedy` says which.
    """

    name: str
    cause: str
    kind: RefusedKind = RefusedKind.ARTICLE
    remedy: Remedy | None = None

    @classmethod
    def of(cls, name: str, error: PullquoteError, kind: RefusedKind = RefusedKind.ARTICLE) -> Self:
        """The refusal that an error comes to."""
        return cls(name, error.cause, kind, error.remedy) if error.is_general else cls(name, str(error), kind)

    @property
    def reason(self) -> str:
        """Why, in a sentence that is right in any program."""
        return self.cause if self.remedy is None else self.cause + self.remedy.value


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did, as ids of articles; `refused` names the articles that could not be taken in, and why."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    passages_embedded: int = 0


@dataclass(frozen=True, slots=True)
class Size:
    """How much a library holds: articles, and the bytes of their texts in UTF-8."""

    articles: int = 0
    text_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that a library may come to hold. `remedy` is what can be done where an article does not fit."""

    articles: int
    text_bytes: int
    sources: int
    remedy: str = "remove some first"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an update is held to, inside its transaction.

    `seen` has the content hash of what stood under an id when the update was made up, or None where nothing did: what
    holds something else by now is neither replaced nor removed. An id that is not in it is not looked at. With a
    `quota` no article that does not fit is added; those that are there may always be corrected. An update that is
    `whole` lands with all of its articles and removals, or not at all.
    """

    seen: Mapping[str, bytes | None] = field(default_factory=dict)
    quota: Quota | None = None
    whole: bool = False


UNCONDITIONAL = Conditions()


READ_WELL = "ok"
"""The `result` of a source that nothing was wrong with."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a library's articles come from. `kind` is "page", "feed" or "folder".

    `address` is on the web, or the real path of the folder. `result` says how reading it went the last time: READ_WELL,
    the sentence that says what is wrong, or "" where it was not read yet. `strikes` counts the documents of it that
    could not be read within the limits on time and memory, in one reading after the other, until one goes well.
    """

    kind: str
    address: str
    added: datetime
    etag: str | None = None
    last_modified: str | None = None
    checked: datetime | None = None
    result: str = ""
    strikes: int = 0

    @property
    def problem(self) -> str:
        """What was wrong when it was last read, in a sentence; "" where nothing was."""
        return "" if self.result == READ_WELL else self.result


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One address that a source led to, its article in the library, and how to tell whether it changed.

    The article may have been read elsewhere: the same story at another address is not taken in again.

    `digest` is of the bytes there, as hexadecimal digits. `whole` says that the feed itself held the story.
    """

    source: str
    address: str
    article_id: str
    etag: str | None = None
    last_modified: str | None = None
    digest: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class SourceUpdate:
    """What a library is to remember of its sources: each of `sources` with those of `pages` that are its, and no other.

    `forget` names the addresses of sources that it is to know no more. `known` names those that it knew when they were
    read: one of them that somebody has removed since stays removed. `exclude` names articles that were taken out by
    hand: sources do not bring them back. `include` names those that they may bring again.
    """

    sources: tuple[Source, ...] = ()
    pages: tuple[SourcePage, ...] = ()
    forget: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a library, in a sentence; where it is `mendable`, `Library.mend` puts it right."""

    sentence: str
    mendable: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is: `done` of `total`, passages embedded or pages read."""

    done: int
    total: int


class OnProgress(Protocol):
    """Is told how far a long piece of work is; what it raises ends the work, with nothing done."""

    def __call__(self, step: Progress, /) -> None:
        """Take note of it."""


def as_utc(moment: datetime | date | str | None) -> datetime | None:
    """`moment` as an aware datetime in UTC. Raises ValueError for a string that is not ISO 8601, or out of range."""
    if moment is None or moment == "":
        return None
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.strip())
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{moment} is out of range in UTC") from error
