"""The vocabulary of the library: the types that its modules pass to one another.

Every type is frozen and slotted. A `Sentence` or a `Passage` holds offsets in characters (Unicode code points,
as Python counts them) into the text of its article, never a copy of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import PullquoteError, Remedy
from index.naming import short_key
from index.origin import Origin

Floats = NDArray[np.float32]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Article:
    """One published story. Only `id`, `title` and `text` are required.

    `published`, `updated` and `embargo` also accept a `date` or an ISO 8601 string. They are kept as aware datetimes in
    UTC: a time without a zone is taken as UTC, and a date as the start of that day. Until its date and its embargo have
    come, the article is held: no reader is answered from it. `source` is the stored string that says where the story
    was read from; `origin` is the same, parsed. Raises ValueError for a time in any other form.
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
    language: str | None = field(default=None, compare=False)
    """The ISO 639 code of the text's language, told when the article is stored; None if it was not yet."""
    embargo: datetime | None = None
    """The moment before which no reader may be answered from it, whatever its date."""
    private: bool = False
    """Whether no reader is ever answered from it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "published", as_utc(self.published))
        object.__setattr__(self, "updated", as_utc(self.updated))
        object.__setattr__(self, "embargo", as_utc(self.embargo))
        if not isinstance(self.private, bool):
            raise ValueError(f"private is true or false, not {self.private!r}")

    @property
    def held_until(self) -> datetime | None:
        """Until when no reader sees it: the later one of its date and its embargo; None if it has neither."""
        return max(filter(None, (self.published, self.embargo)), default=None)

    def is_open(self, at: datetime) -> bool:
        """Whether readers see it at that moment: it is not private, and not held any more."""
        return not self.private and (self.held_until is None or self.held_until <= at)

    @property
    def origin(self) -> Origin:
        """Where the story was read from."""
        return Origin.of(self.source)


@dataclass(frozen=True, slots=True)
class Headline:
    """An article without its text, for lists."""

    id: str
    title: str
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    source: str | None = None
    section: str | None = None
    language: str | None = field(default=None, compare=False)
    embargo: datetime | None = None
    private: bool = False

    @classmethod
    def of(cls, article: Article) -> Self:
        """The article without its text."""
        return cls(**{each.name: getattr(article, each.name) for each in fields(cls)})

    @property
    def key(self) -> str:
        """A short key for its id."""
        return short_key(self.id)

    @property
    def held_until(self) -> datetime | None:
        """As of the article."""
        return max(filter(None, (self.published, self.embargo)), default=None)

    def is_open(self, at: datetime) -> bool:
        """As of the article."""
        return not self.private and (self.held_until is None or self.held_until <= at)

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
    """One sentence of an article's text, the unit that is quoted. It has no white space at either end."""


@dataclass(frozen=True, slots=True)
class Passage(Span):
    """A few neighbouring sentences of one article, embedded together.

    `first` and `last` are the numbers of its first and last sentence in the article, both included. The passage runs
    from the start of the first to the end of the last. Only a sentence that is longer than the model's window is split:
    then `first == last`, and the passage is one piece of that sentence.
    """

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SentenceKey:
    """A sentence by its article and a digest of its words: the same wherever it moves in its article."""

    article_id: str
    digest: str

    @classmethod
    def of(cls, article_id: str, text: str) -> Self:
        """The key of a sentence with these words."""
        return cls(article_id, short_key(" ".join(text.split())))


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence chosen for one question: `article.text[start:end]`, inside its context.

    `context` is the span of text that a reader needs in order to understand the sentence. It covers the part of the
    sentence's passage that is in the same paragraph, the earlier sentences that it refers to, and, if it is somebody's
    words, the sentences that say whose. Quotes are ordered by `score`, unless the newest were asked for; it is not a
    probability.
    """

    article: Article
    start: int
    end: int
    context: Span
    score: float
    is_opinion: bool = field(default=False, compare=False)
    """Whether its article is one of opinion (`opinion.py`)."""

    @property
    def text(self) -> str:
        """The sentence, byte for byte as it was published."""
        return self.article.text[self.start : self.end]

    @property
    def key(self) -> SentenceKey:
        """What the sentence is found by again."""
        return SentenceKey.of(self.article.id, self.text)

    @property
    def before(self) -> str:
        """The context before the quote, up to its first character; `before + text + after` is the whole context."""
        return self.article.text[self.context.start : self.start]

    @property
    def after(self) -> str:
        """The context after the quote, from its last character on."""
        return self.article.text[self.end : self.context.end]


@dataclass(frozen=True, slots=True)
class Timing:
    """How many milliseconds each part of one answer took."""

    encode: float = 0.0
    search: float = 0.0
    rerank: float = 0.0
    total: float = 0.0
    read: float = 0.0


@dataclass(frozen=True, slots=True)
class Pin:
    """The sentence that somebody chose to answer a question, and all questions that ask the same."""

    question: str
    sentence: SentenceKey


class Outcome(StrEnum):
    """How an answer ended: with quotes, with one sentence that may answer, or with none."""

    ANSWERED = "answered"
    """The quotes are the answer."""
    PERHAPS = "perhaps"
    """The confidence is too low for an answer, but the first of `Answer.closest` may be one."""
    RELATED = "related"
    """The articles tell of what was asked about, but not that."""
    ABSENT = "absent"
    """Nothing in the articles is near."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a question was limited to: one article, or those that were published in a period. Nothing, if none is set.

    `until` is the first moment after the period. `undated` counts the articles that were left out of it because they
    have no date.
    """

    article: Article | None = None
    since: datetime | None = None
    until: datetime | None = None
    undated: int = 0


class Differing(StrEnum):
    """What articles differ in."""

    NUMBER = "number"
    DATE = "date"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Articles that say different things of the same: what they differ in, and their sentences, the newest first.

    Of articles without a date, the better answer comes first, after those with one.
    """

    about: Differing
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: the quotes, best first, and the confidence in them, in 0..1.

    `quotes` is empty if the question was not answered. `closest` holds the best sentences found, answered or not.
    `outcome` is ANSWERED if it was answered, and says otherwise what can be said instead. For RELATED, `about` has the
    names of the question that the nearest article has, as the question spells them, or "" if there is none. `limits` is
    what the question was limited to. `language` is the ISO 639 code of the language that the question was read in; the
    quotes may be in another, which their articles say. If articles differ in the answer, `disagreement` says so; then
    `quotes` are its quotes. `chosen` says that somebody chose the first quote for this question (`Pin`); the
    confidence is then still the search's own.
    """

    question: str
    answered: bool
    confidence: float
    quotes: tuple[Quote, ...] = ()
    closest: tuple[Quote, ...] = ()
    timing: Timing = field(default_factory=Timing)
    outcome: Outcome = Outcome.ABSENT
    about: str = ""
    limits: Limits = Limits()
    language: str = "en"
    chosen: bool = False
    disagreement: Disagreement | None = None

    @property
    def perhaps(self) -> Quote | None:
        """The one sentence that may answer the question; None for any other outcome than PERHAPS."""
        return self.closest[0] if self.outcome is Outcome.PERHAPS and self.closest else None

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds from the question to this answer."""
        return self.timing.total


@dataclass(frozen=True, slots=True)
class NewPassages:
    """How near passages that are new come to questions.

    `nearness` says how near each question comes to any of them, about 0 to 1.3; -1 where there is none: float32 (n,).
    `newest` is the id of the last passage that was read. `more` says whether others came after it.
    """

    newest: int
    nearness: Floats
    more: bool = False


class RefusedKind(StrEnum):
    """What `Refusal.name` holds: the id of an article, the path of a file or folder, or a web address."""

    ARTICLE = "article"
    FILE = "file"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An article that was not added, and why. `name` is its id, or the file or address that it should come from.

    `cause` is a whole sentence. If a command or a setting may help, `cause` is the beginning of the sentence and
    `remedy` its end.
    """

    name: str
    cause: str
    kind: RefusedKind = RefusedKind.ARTICLE
    remedy: Remedy | None = None

    @classmethod
    def of(cls, name: str, error: PullquoteError, kind: RefusedKind = RefusedKind.ARTICLE) -> Self:
        """Make a refusal of an error."""
        return cls(name, error.cause, kind, error.remedy) if error.is_general else cls(name, str(error), kind)

    @property
    def reason(self) -> str:
        """Why it was refused, in a sentence that names no command or setting of a particular program."""
        return self.cause if self.remedy is None else self.cause + self.remedy.value


@dataclass(frozen=True, slots=True)
class Rewording:
    """What stood at one place of an article, and what stands there now: a sentence or several, on one line.

    `stands` is "" if nothing has taken its place.
    """

    stood: str
    stands: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A new version of an article in which sentences of the old one are gone or changed.

    `article` is the new version, `old` the former one, and `former` its content hash. `further` counts rewordings
    beyond those that are told. `lost` has each sentence that is gone, exactly as it was in the old version.
    """

    article: Headline
    old: Headline
    former: bytes
    rewordings: tuple[Rewording, ...]
    further: int = 0
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An article that was removed, without its text, and the content hash that it had."""

    article: Headline
    former: bytes


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did, as ids of articles. `refused` names the articles that could not be added, and why.

    `revised` says what was changed in the sentences of changed articles, and `withdrawn` has the removed articles.
    A plan has neither.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    passages_embedded: int = 0
    revised: tuple[Revision, ...] = field(default=(), compare=False, repr=False)
    withdrawn: tuple[Withdrawal, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KeptGeneration:
    """An update that can be undone: the generation that it made, when, until when, and how many articles it changed."""

    generation: int
    made: datetime
    until: datetime
    articles: int


@dataclass(frozen=True, slots=True)
class Size:
    """How much a library holds: the number of articles, and the bytes of their texts in UTF-8."""

    articles: int = 0
    text_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that a library may hold. `remedy` is what a user can do if an article does not fit."""

    articles: int
    text_bytes: int
    sources: int
    remedy: str = "remove some first"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for an update; checked inside its transaction.

    `seen` maps an article id to the content hash that was stored under it when the update was prepared, or to None if
    there was no such article. If another content is stored by now, that article is neither replaced nor removed. Ids
    that are not in `seen` are not checked. With a `quota`, new articles that do not fit are not added; articles that
    are already stored can still be corrected. If `whole` is set, either every article and removal of the update is
    applied or none is.
    """

    seen: Mapping[str, bytes | None] = field(default_factory=dict)
    quota: Quota | None = None
    whole: bool = False


UNCONDITIONAL = Conditions()


READ_WELL = "ok"
"""The `result` of a source that was read without a problem."""


@dataclass(frozen=True, slots=True)
class Source:
    """A place that a library reads articles from, again and again. `kind` is "page", "feed", "sitemap" or "folder".

    `address` is a web address, or the real path of the folder. `result` is the outcome of the last reading: READ_WELL,
    a sentence that says what is wrong, or "" if it was not read yet. `strikes` counts the documents of this source that
    exceeded the limits on time and memory, over consecutive readings; a reading without one sets it back to 0. The
    articles of a `private` source are private.
    """

    kind: str
    address: str
    added: datetime
    etag: str | None = None
    last_modified: str | None = None
    checked: datetime | None = None
    result: str = ""
    strikes: int = 0
    private: bool = False

    @property
    def problem(self) -> str:
        """What was wrong at the last reading, in a sentence, or "" if nothing was."""
        return "" if self.result == READ_WELL else self.result


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One address that was found through a source, its article in the library, and how to tell whether it changed.

    The article may have been read from another address: a story that is at two addresses is stored once.

    `digest` is the digest of the bytes at the address, in hexadecimal. `whole` says that the feed itself contained the
    whole story, so the page was not fetched. `modified` is when the page was changed last, in the very words of the
    sitemap that lists it; None where nothing says so.
    """

    source: str
    address: str
    article_id: str
    etag: str | None = None
    last_modified: str | None = None
    digest: str = ""
    whole: bool = False
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class SourceUpdate:
    """What a library should remember about its sources.

    Each of `sources` is stored with its pages from `pages`, in place of all pages stored for it before. `forget` has
    the addresses of sources to remove. `known` has the addresses of the sources that the library had when they were
    read: if somebody has removed one of them since, it stays removed. `exclude` has the ids of articles that somebody
    removed by hand, so that no source adds them again. `include` has the ids of articles that sources may add again.
    """

    sources: tuple[Source, ...] = ()
    pages: tuple[SourcePage, ...] = ()
    forget: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    private: tuple[tuple[str, bool], ...] = ()
    """Sources that become private, or public again. Otherwise one that is stored already stays what it is."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What readers see of a library: as long as this is the same, so is that.

    `until` is the moment at which the next article opens that is held till then; None if there is none.
    """

    generation: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Freshness:
    """From when a library is. `read` is when its sources were read last, all that could be; None if nobody knows.

    Of a library without sources, it is when articles were brought in last. `silent_since` has the articles that were
    asked for of which no source can be read, with when one was read last.
    """

    read: datetime | None = None
    silent_since: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a library, in a sentence. If it is `mendable`, `Library.mend` repairs it."""

    sentence: str
    mendable: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long task is: `done` of `total` passages embedded or pages read."""

    done: int
    total: int


class OnProgress(Protocol):
    """A callback that is told how far a long task is. If it raises, the task ends and changes nothing."""

    def __call__(self, step: Progress, /) -> None:
        """Receive the progress so far."""


def as_utc(moment: datetime | date | str | None) -> datetime | None:
    """Convert `moment` to an aware datetime in UTC. Raises ValueError if it is not ISO 8601 or is out of range."""
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
