"""From a question to an answer that is on record, and from a record back to its answer."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.errors import NotKept, Updating
from bot.preferences import Preferences
from bot.records import KeptQuote, Record, Records, digest_of
from bot.servers import Libraries
from bot.workers import Workers
from index import Answer, Article, ArticleError, Library, ModelMismatch, Quote, Span


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, who asked it and in which server (None in a direct message), and what narrows it down."""

    question: str
    person: int
    server: int | None
    article_id: str | None = None
    since: str | None = None
    until: str | None = None
    follows: Record | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with its record."""

    answer: Answer
    record: Record


class Questions:
    """Answers questions from the libraries that the server they come from may see, and from no others."""

    def __init__(self, libraries: Libraries, records: Records, preferences: Preferences, workers: Workers) -> None:
        self.libraries = libraries
        self.records = records
        self.preferences = preferences
        self.workers = workers

    async def answer(self, asked: Asked) -> Given:
        """Answer a question, and put the answer on record. Raises Busy, QuestionError, LibraryError."""
        return await self.workers.run(partial(self._answer, asked))

    async def record(self, answer_id: str, server: int | None) -> Record:
        """What is on record of an answer that was given in that server. Raises NotKept where nothing is."""
        record = await asyncio.to_thread(self.records.answer, answer_id)
        if record is None or record.server != server:
            raise NotKept
        return record

    async def recall(self, answer_id: str, server: int | None) -> Given:
        """An answer that was given in that server. Raises NotKept where it, or what it quotes, is there no more."""
        record = await self.record(answer_id, server)
        answer = await asyncio.to_thread(self._recalled, record)
        if not answer.quotes and not answer.closest and (record.quotes or record.closest):
            raise NotKept
        return Given(answer, record)

    def _answer(self, asked: Asked) -> Given:
        library, *beside = self.libraries.of(asked.server)
        before = asked.follows
        follows = self._recalled(before) if before is not None and before.server == asked.server else None
        try:
            answer = library.ask(
                asked.question,
                article_id=asked.article_id,
                since=asked.since,
                until=asked.until,
                beside=beside,
                follows=follows,
                threshold=self.preferences.of(asked.server).threshold,
            )
        except ModelMismatch as error:
            if any(own.is_current() for own in beside) or not beside:
                raise
            raise Updating from error
        return Given(answer, self.records.keep(asked.server, asked.person, answer))

    def _recalled(self, record: Record) -> Answer:
        """The answer of a record, with those of its quotes that still stand in the articles word for word."""
        libraries = self.libraries.of(record.server)
        quotes, closest = (tuple(_restored(kept, libraries)) for kept in (record.quotes, record.closest))
        return Answer(record.question, record.answered, record.confidence, quotes, closest)


def _restored(kept: Sequence[KeptQuote], libraries: Sequence[Library]) -> Iterator[Quote]:
    for one in kept:
        for article in _articles(one.article_id, libraries):
            if digest_of(article.text[one.start : one.end]) == one.digest:
                context = Span(one.context_start, one.context_end)
                yield Quote(article, one.start, one.end, context, one.score)
                break


def _articles(article_id: str, libraries: Sequence[Library]) -> Iterator[Article]:
    for library in libraries:
        try:
            yield library.article(article_id)
        except ArticleError:
            continue
