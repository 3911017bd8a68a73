"""Finds the answers whose messages no longer say what stands, when an article has changed."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import chain, groupby
from operator import attrgetter, itemgetter

from bot.remedies import operator_sentence
from bot.services.libraries import Libraries
from bot.services.quotes import article_in, joint_fate, stands_in, versions_in
from bot.storage.answers import AnswerRecord, AnswerStore, Fate, Mark, Marks, ShownQuote
from index import Article, Library, PullquoteError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """An answer whose message must change, the channel that it is in, and what it is to say of each quote."""

    answer_id: str
    server: int | None
    channel: int
    marks: Marks


@dataclass(frozen=True, slots=True)
class WatchResult:
    """What a look through the answers of some servers has found, newest first."""

    servers: frozenset[int | None]
    due: tuple[PendingEdit, ...]


_Generations = tuple[int, ...]


class Watch:
    """Finds the answers whose messages no longer say what stands. For worker threads, one at a time."""

    def __init__(self, libraries: Libraries, answers: AnswerStore) -> None:
        self._libraries = libraries
        self._answers = answers
        self._looked: dict[int | None, tuple[_Generations, ...]] = {}
        self._unreadable: set[int | None] = set()

    def look(self, now: datetime) -> WatchResult | None:
        """Look through the answers of the servers for which an article may have changed; None where there is none.

        At first these are all: nobody knows what was changed while the bot was not running. After a change they are
        looked through twice: an answer from before it may not have been sent yet.
        """
        generations = self._generations()
        changed = {server for server, one in generations.items() if self._looked.get(server) != (one, one)}
        if not changed:
            return None
        due = self._due(changed, int(now.timestamp()))
        for server in changed:
            self._looked[server] = (*self._looked.get(server, ())[-1:], generations[server])
        return WatchResult(frozenset(changed), due)

    def articles(self, record: AnswerRecord) -> tuple[Article | None, ...]:
        """The article of each quote that is shown, as it is now; None where it is gone. Raises LibraryError."""
        libraries = self._libraries.readable_by(record.server)
        return tuple(next(iter(versions_in(libraries, one.article_id)), None) for one in record.shown)

    def _generations(self) -> dict[int | None, _Generations]:
        """Those of the libraries of each server that has answers; of no other a library is opened."""
        base = self._libraries.base.read_generation()
        found: dict[int | None, _Generations] = {}
        for server in self._answers.servers():
            try:
                found[server] = (base, *(own.read_generation() for own in self._libraries.readable_by(server)[1:]))
            except PullquoteError as error:
                if server not in self._unreadable:
                    said = operator_sentence(error)
                    logger.error("The answers in server %s cannot be checked for corrections: %s", server, said)
                self._unreadable.add(server)
        self._unreadable.difference_update(found)
        return found

    def _due(self, servers: Collection[int | None], now: int) -> tuple[PendingEdit, ...]:
        """The answers whose messages are to say something else than they do, newest first."""
        fates: defaultdict[str, dict[int, Fate]] = defaultdict(dict)
        by_article = groupby(self._answers.shown(servers), attrgetter("article_id"))
        for quote, fate in chain.from_iterable(self._fallen(article_id, quotes) for article_id, quotes in by_article):
            fates[quote.answer_id][quote.number] = fate
        said, due = self._answers.marks(servers), []
        for answer_id in {*fates, *said}:
            marks = said.get(answer_id, ())
            if fates[answer_id] == {number: mark.fate for number, mark in enumerate(marks) if mark}:
                continue
            record = self._answers.answer(answer_id)
            channel = self._answers.channel_of(record) if record else None
            if record and channel:
                marks = _marks(fates[answer_id], record, now)
                due.append((record.message or 0, PendingEdit(answer_id, record.server, channel, marks)))
        return tuple(one for _, one in sorted(due, key=itemgetter(0), reverse=True))  # ids of messages grow with time

    def _fallen(self, article_id: str, quotes: Iterable[ShownQuote]) -> Iterator[tuple[ShownQuote, Fate]]:
        """Those of the quotes from one article that stand no more; each sentence is looked for once a library."""
        version = cache(partial(article_in, article_id=article_id))

        @cache
        def stands(library: Library, start: int, end: int, digest: str) -> bool | None:
            return stands_in(version(library), start, end, digest)

        libraries_of = cache(self._libraries.readable_by)
        for quote in quotes:
            libraries = libraries_of(quote.server)
            if found := joint_fate(stands(library, quote.start, quote.end, quote.digest) for library in libraries):
                yield quote, found


def _marks(fates: Mapping[int, Fate], record: AnswerRecord, now: int) -> Marks:
    """What the message of a record is to say; what it says already, it goes on saying with the same date."""
    marks: dict[int, Mark] = {}
    for number, fate in fates.items():
        said = record.marks[number] if number < len(record.marks) else None
        marks[number] = said if said and said.fate is fate else Mark(fate, now)
    return tuple(map(marks.get, range(len(record.shown)))) if marks else ()
