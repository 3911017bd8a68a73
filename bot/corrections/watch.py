"""Finds the answers whose messages must be edited, since what they quote was corrected, withdrawn or restored."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import chain, groupby
from operator import attrgetter, itemgetter

from bot.remedies import operator_sentence
from bot.services.libraries import Libraries
from bot.services.quotes import article_in, joint_fate, stands_in, versions_in
from bot.storage.answers import AnswerRecord, AnswerStore, Fate, Mark, Marks, ShownQuote
from index import Article, Edition, Library, PullquoteError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """An edit to make: the answer, the channel of its message, and the marks that the message must show.

    `direct` says that it is a direct message, which those who wait in a server may have got.
    """

    answer_id: str
    server: int | None
    channel: int
    marks: Marks
    direct: bool = False


@dataclass(frozen=True, slots=True)
class WatchResult:
    """The servers whose answers were checked, and the edits that these answers need, newest first."""

    servers: frozenset[int | None]
    edits: tuple[PendingEdit, ...]


_Editions = tuple[Edition | int, ...]
"""What readers see of the libraries that a server is answered from, the base library and its own if it has one; and the
state of what is never quoted."""


class Watch:
    """Finds the answers whose messages must be edited. For worker threads, one at a time."""

    def __init__(
        self,
        libraries: Libraries,
        answers: AnswerStore,
        banned: Callable[[int | None], Collection[tuple[str, str]]] = lambda _: (),
        stamp: Callable[[], tuple[int, ...]] = lambda: (),
        has: Callable[[int | None], bool] = lambda _: True,
    ) -> None:
        """`banned` has the article and the digest of what a server no longer quotes; `stamp` changes with that.

        `has` says which servers are looked at here; None stands for direct messages.
        """
        self._libraries = libraries
        self._answers = answers
        self._banned = banned
        self._stamp = stamp
        self._has = has
        self._checked: dict[int | None, tuple[_Editions, ...]] = {}  # at the last two checks of a server
        self._unreadable: set[int | None] = set()

    def check(self, now: datetime) -> WatchResult | None:
        """Check the answers in every server whose libraries may have changed; None if there is no such server.

        What readers see also changes when the time of a held article comes.

        The first check covers all servers, since articles may have changed while the bot was not running. After a
        change a server is checked twice, since an answer from before the change may be sent after the first check.
        """
        editions = self._editions()
        changed = {server for server, one in editions.items() if self._checked.get(server) != (one, one)}
        if not changed:
            return None
        edits = self._edits(changed, int(now.timestamp()))
        for server in changed:
            self._checked[server] = (*self._checked.get(server, ())[-1:], editions[server])
        return WatchResult(frozenset(changed), edits)

    def articles(self, record: AnswerRecord) -> tuple[Article | None, ...]:
        """The present article of each quote that the message shows; None where it is gone. Raises LibraryError."""
        libraries = self._libraries.readable_by(record.server)
        return tuple(next(iter(versions_in(libraries, one.article_id)), None) for one in record.shown)

    def _editions(self) -> dict[int | None, _Editions]:
        """The editions for each server that has answers and is looked at. Opens no library of any other server."""
        base = self._libraries.base.read_edition()
        found: dict[int | None, _Editions] = {}
        stamp = self._stamp()
        for server in filter(self._has, self._answers.servers()):
            try:
                found[server] = (
                    base,
                    *(own.read_edition() for own in self._libraries.readable_by(server)[1:]),
                    *stamp,
                )
            except PullquoteError as error:
                if server not in self._unreadable:
                    said = operator_sentence(error)
                    logger.error("The answers in server %s cannot be checked for corrections: %s", server, said)
                self._unreadable.add(server)
        self._unreadable.difference_update(found)
        return found

    def _edits(self, servers: Collection[int | None], now: int) -> tuple[PendingEdit, ...]:
        """The edits for the messages whose marks are not what they must be, newest first. `now` in Unix seconds."""
        fates: defaultdict[str, dict[int, Fate]] = defaultdict(dict)
        by_article = groupby(self._answers.shown(servers), attrgetter("article_id"))
        for quote, fate in chain.from_iterable(self._fates(article_id, quotes) for article_id, quotes in by_article):
            fates[quote.answer_id][quote.number] = fate
        shown, edits = self._answers.marks(servers), []
        for answer_id in {*fates, *shown}:
            marks = shown.get(answer_id, ())
            if fates[answer_id] == {number: mark.fate for number, mark in enumerate(marks) if mark}:
                continue
            record = self._answers.answer(answer_id)
            channel = self._answers.channel_of(record) if record else None
            if record and channel:
                marks = _marks(fates[answer_id], record, now)
                direct = record.sealed_channel is not None
                edits.append((record.message or 0, PendingEdit(answer_id, record.server, channel, marks, direct)))
        # The ids of messages grow with time.
        return tuple(edit for _, edit in sorted(edits, key=itemgetter(0), reverse=True))

    def _fates(self, article_id: str, quotes: Iterable[ShownQuote]) -> Iterator[tuple[ShownQuote, Fate]]:
        """The quotes from one article that no longer stand, with their fates. Searches a library for each only once."""
        version = cache(partial(article_in, article_id=article_id))

        @cache
        def stands(library: Library, start: int, end: int, digest: str) -> bool | None:
            return stands_in(version(library), start, end, digest)

        libraries_of, banned = cache(self._libraries.readable_by), cache(self._banned)
        for quote in quotes:
            if (quote.article_id, quote.digest) in banned(quote.server):
                yield quote, Fate.BANNED
                continue
            libraries = libraries_of(quote.server)
            if fate := joint_fate(stands(library, quote.start, quote.end, quote.digest) for library in libraries):
                yield quote, fate


def _marks(fates: Mapping[int, Fate], record: AnswerRecord, now: int) -> Marks:
    """The marks that the message must show. A mark that it shows already keeps its date."""
    marks: dict[int, Mark] = {}
    for number, fate in fates.items():
        shown = record.marks[number] if number < len(record.marks) else None
        marks[number] = shown if shown and shown.fate is fate else Mark(fate, now)
    return tuple(map(marks.get, range(len(record.shown)))) if marks else ()
