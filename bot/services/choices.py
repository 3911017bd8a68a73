"""What editors chose for their server, and the operator for all: pinned answers, and sentences never to be quoted."""

import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote, urldefrag

from bot.errors import Refused
from bot.markdown import md_later
from bot.remedies import operator_sentence
from bot.services.libraries import Libraries
from bot.storage.answers import digest_of
from bot.storage.choices import ChoiceStore, KeptBan, KeptPin
from index import Article, ArticleError, Library, LibraryError, Pin, Quote, SentenceKey, is_address

logger = logging.getLogger(__name__)

MOST = 500
"""How many pins a server may have, and how many sentences that are never quoted. Each question is compared with all."""

FEWEST_WORDS = 3
"""How many words name a part of a sentence; fewer may be in many sentences."""

TOO_MANY_PINS = md_later("There are 500 pins here, which is the most; remove one first.")
TOO_MANY_BANS = md_later("There are 500 sentences here that are never quoted, which is the most; remove one first.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen that holds in a server: the pins, its own before the operator's, and what is never quoted."""

    pinned: tuple[Pin, ...] = ()
    never: tuple[SentenceKey, ...] = ()


class State(StrEnum):
    """How a pin is: it holds, its sentence stands no more, or that is never to be quoted."""

    HOLDS = "holds"
    GONE = "gone"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class PinnedAnswer:
    """A pin, how it is, and its sentence where that stands."""

    kept: KeptPin
    state: State
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class BannedSentence:
    """A sentence that is never quoted, where it stands; `quote` is None where it stands no more."""

    kept: KeptBan
    quote: Quote | None


class Choices:
    """Pins and bans of every server. For worker threads; safe to use from many."""

    def __init__(self, store: ChoiceStore, libraries: Libraries) -> None:
        self._store = store
        self._libraries = libraries
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._chosen: dict[int | None, Chosen] = {}
        self._banned: dict[int | None, frozenset[tuple[str, str]]] = {}
        self._looked_at: dict[int | None, tuple[object, ...]] = {}
        self._unreadable: set[int | None] = set()

    def of(self, server: int | None) -> Chosen:
        """What holds for the questions of a server; in a direct message, what the operator chose."""
        with self._lock:
            self._notice_changes()
            if server not in self._chosen:
                places = dict.fromkeys((server, None))
                self._chosen[server] = Chosen(
                    tuple(kept.pin for place in places for kept in self._store.pins(place)),
                    tuple(kept.sentence for place in places for kept in self._store.bans(place)),
                )
            return self._chosen[server]

    def banned(self, server: int | None) -> frozenset[tuple[str, str]]:
        """What is never quoted in a server: the article of each sentence, and its digest in the records of answers."""
        with self._lock:
            self._notice_changes()
            if server not in self._banned:
                bans = (kept for place in dict.fromkeys((server, None)) for kept in self._store.bans(place))
                self._banned[server] = frozenset((kept.sentence.article_id, kept.digest) for kept in bans)
            return self._banned[server]

    def stamp(self) -> tuple[int, ...]:
        """It changes with whatever is chosen."""
        return self._store.stamp()

    def pin(self, server: int | None, question: str, sentence: SentenceKey) -> KeptPin:
        """Have a sentence answer a question, in place of pins for the same words. Raises Refused without room."""
        pins = self._store.pins(server)
        same = [kept for kept in pins if _words(kept.question) == _words(question)]
        if len(pins) - len(same) >= MOST:
            raise Refused(TOO_MANY_PINS)
        for kept in same:
            self._store.remove_pin(server, kept.number)
        return self._store.add_pin(server, question, sentence)

    def ban(self, server: int | None, quote: Quote) -> KeptBan:
        """Have a sentence never be quoted. Raises Refused if there is no room."""
        bans = self._store.bans(server)
        if same := next((kept for kept in bans if kept.sentence == quote.key), None):
            return same
        if len(bans) >= MOST:
            raise Refused(TOO_MANY_BANS)
        return self._store.add_ban(server, quote.key, digest_of(quote.text))

    def unpin(self, server: int | None, number: int) -> bool:
        """Remove a pin; for an hour it can be restored. Returns whether the server had one of that number."""
        return self._store.remove_pin(server, number)

    def unban(self, server: int | None, number: int) -> bool:
        """Let a sentence be quoted again; for an hour that can be taken back. Returns whether there was such a ban."""
        return self._store.remove_ban(server, number)

    def restore_pin(self, server: int | None, number: int) -> bool:
        """Bring back a pin that was removed within the hour. Raises Refused where there is no room for it."""
        if len(self._store.pins(server)) >= MOST:
            raise Refused(TOO_MANY_PINS)
        return self._store.restore_pin(server, number)

    def restore_ban(self, server: int | None, number: int) -> bool:
        """Bring back a ban that was removed within the hour. Raises Refused where there is no room for it."""
        if len(self._store.bans(server)) >= MOST:
            raise Refused(TOO_MANY_BANS)
        return self._store.restore_ban(server, number)

    def forget_removed(self) -> None:
        """Forget what was removed an hour ago or before."""
        self._store.forget_removed()

    def pins(self, server: int | None) -> list[PinnedAnswer]:
        """The pins of a server, or of the operator, the newest first, each as it is now. Raises LibraryError."""
        never = set(self.of(server).never)
        return [self._looked_up(kept, never) for kept in reversed(self._store.pins(server))]

    def bans(self, server: int | None) -> list[BannedSentence]:
        """What a server, or the operator, never wants quoted, the newest first. Raises LibraryError."""
        return [
            BannedSentence(kept, self.sentence(server, kept.sentence)) for kept in reversed(self._store.bans(server))
        ]

    def lapses(self, now: datetime, keeps: Callable[[int | None], bool] = lambda _: True) -> list[PinnedAnswer]:
        """The pins that hold no more, or again, and whose editors were not told so yet. Raises SettingsError.

        `keeps` says which servers are looked at here; None stands for the operator's pins.

        The pins of a server are looked at when what readers see of its articles has changed, or its choices have, and
        every hour. Those of a server whose library cannot be read just now are passed over, which the log says once.
        """
        found: list[PinnedAnswer] = []
        stamp = (*self._store.stamp(), now.toordinal(), now.hour)
        for server in filter(keeps, self._store.servers()):
            try:
                found += self._lapses_in(server, stamp)
                self._unreadable.discard(server)
            except LibraryError as error:
                if server not in self._unreadable:
                    said = operator_sentence(error)
                    logger.error("The pinned answers of %s cannot be looked at: %s", server or "all", said)
                self._unreadable.add(server)
        return found

    def _lapses_in(self, server: int | None, stamp: tuple[int, ...]) -> list[PinnedAnswer]:
        state = (*stamp, *(library.read_edition() for library in self._libraries.readable_by(server)))
        if self._looked_at.get(server) == state:
            return []
        due = [one for one in self.pins(server) if one.kept.lapsed == (one.state is State.HOLDS)]
        if not due:
            self._looked_at[server] = state
        return due

    def note_lapse(self, answer: PinnedAnswer) -> None:
        """Write down that editors were told how a pin is."""
        self._store.note_lapse(answer.kept.number, lapsed=answer.state is not State.HOLDS)

    def sentence(self, server: int | None, key: SentenceKey) -> Quote | None:
        """The sentence of that key in the articles that a server may read; None if it stands in none. LibraryError."""
        found = (library.sentence(key) for library in self._libraries.readable_by(server))
        return next(filter(None, found), None)

    def by_key(self, server: int | None, article_key: str, digest: str) -> Quote | None:
        """The sentence of that digest in the article with that key of its id. Raises LibraryError."""
        for library in self._libraries.readable_by(server):
            headline = library.headline(article_key)
            if headline and (quote := library.sentence(SentenceKey(headline.id, digest))):
                return quote
        return None

    def named(self, server: int | None, said: str, article_id: str | None = None) -> Quote | None:
        """The one sentence that is meant by its words or by a link to it; None if that names none, or several.

        `article_id` says in which article it is. Without it, the sentence is looked for as an answer is. Raises
        LibraryError.
        """
        return sentence_named(self._libraries.readable_by(server), said, article_id)

    def _looked_up(self, kept: KeptPin, never: set[SentenceKey]) -> PinnedAnswer:
        quote = self.sentence(kept.server, kept.sentence)
        if quote is None:
            return PinnedAnswer(kept, State.GONE, None)
        return PinnedAnswer(kept, State.BANNED if kept.sentence in never else State.HOLDS, quote)

    def _notice_changes(self) -> None:
        """Drop what is remembered if something was chosen since."""
        stamp = self._store.stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            self._chosen.clear()
            self._banned.clear()


def sentence_named(libraries: Sequence[Library], said: str, article_id: str | None = None) -> Quote | None:
    """The one sentence that is named by its words or by a link to it; see `Choices.named`."""
    if is_address(said.strip()):
        return _linked(libraries, said.strip())
    wanted = _words(said)
    if article_id is not None:
        for library in libraries:
            if article := _article(library, article_id):
                return _only(_matching(library, article, wanted, wanted))
        return None
    if not wanted:
        return None
    first, *beside = libraries
    found = first.ask(said[:1000], limit=1, beside=beside, threshold=0.0).closest
    return _only([quote for quote in found if _names(wanted, wanted, _words(quote.text))])


def _linked(libraries: Sequence[Library], address: str) -> Quote | None:
    """The sentence that a link with a text fragment names, as links below quotes do."""
    url, fragment = urldefrag(address)
    _, has_text, directive = fragment.partition(":~:text=")
    parts = [_words(unquote(part)) for part in directive.split("&")[0].split(",")]
    if not has_text or not all(parts):
        return None
    for library in libraries:
        for headline in library.headlines():
            if headline.url and urldefrag(headline.url)[0].rstrip("/") == url.rstrip("/"):
                article = library.article(headline.id)
                return _only(_matching(library, article, parts[0], parts[-1]))
    return None


def _matching(library: Library, article: Article, first: list[str], last: list[str]) -> list[Quote]:
    """The sentences of an article that begin and end so, or have these words in a row if both are the same."""
    texts = ((sentence, article.text[sentence.start : sentence.end]) for sentence in library.sentences(article.id))
    found = (
        library.sentence(SentenceKey.of(article.id, text)) for _, text in texts if _names(first, last, _words(text))
    )
    return [quote for quote in found if quote]


def _names(first: list[str], last: list[str], text: list[str]) -> bool:
    if first != last:
        return text[: len(first)] == first and text[-len(last) :] == last
    if len(first) < FEWEST_WORDS:
        return bool(first) and text == first
    return any(text[at : at + len(first)] == first for at in range(len(text) - len(first) + 1))


def _only(found: Sequence[Quote]) -> Quote | None:
    """The only sentence there is, however often it stands in its article; or the one with no words beside."""
    keys = {quote.key: quote for quote in found}
    return next(iter(keys.values())) if len(keys) == 1 else None


def _article(library: Library, article_id: str) -> Article | None:
    try:
        return library.article(article_id)
    except ArticleError:
        return None


def _words(text: str) -> list[str]:
    """The words of a text, without case and without marks between them."""
    return re.findall(r"\w+", text.casefold())
