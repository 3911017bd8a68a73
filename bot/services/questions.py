"""From a question to an answer that is on record, and from a record back to its answer."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from time import perf_counter

from bot.errors import NotKept, Outdated, Updating
from bot.services.choices import Choices
from bot.services.freshness import freshness_of
from bot.services.libraries import Libraries
from bot.services.metrics import Metrics
from bot.services.queue import WorkQueue
from bot.services.quotes import article_in, joint_fate, restored, stands_in, versions_in
from bot.storage.answers import AnswerRecord, AnswerStore, Fate, KeptQuote, digest_of
from bot.storage.server_settings import ServerSettingsStore
from index import (
    Answer,
    Explanation,
    Freshness,
    Library,
    ModelMismatch,
    Outcome,
    Quote,
    SentenceKey,
    with_opinion_marked,
)


class Way(StrEnum):
    """How a question was asked."""

    COMMAND = "command"
    MENU = "menu"
    MENTION = "mention"
    REPLY = "reply"
    THREAD = "thread"
    ASK_CHANNEL = "ask channel"
    DIRECT_MESSAGE = "direct message"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, who asked it and in which server (None in a direct message), how, and what narrows it down.

    `message` is the message that holds the question, if one does.
    """

    question: str
    person: int
    server: int | None
    way: Way
    article_id: str | None = None
    since: str | None = None
    until: str | None = None
    follows: AnswerRecord | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer with its record."""

    answer: Answer
    record: AnswerRecord
    freshness: Freshness = Freshness()


def belongs(record: AnswerRecord, server: int | None) -> bool:
    """Whether an answer may be used in that server, or in a direct message (None).

    That is where it was given. An answer from a server's articles that was sent as a direct message, which only its
    reader sees, may be used there.
    """
    return record.server == server or (server is None and record.sealed_channel is not None)


@dataclass(frozen=True, slots=True)
class Explained:
    """A question of a record, asked anew, with the reasons.

    `followed` is the question before, if this one was read as a follow-up to it. `shown_now` has the article and the
    digest of what would be shown now. `own` has the sentences from the server's own articles. `is_own_threshold` says
    that the server chose the threshold itself, and `is_changed` that a sentence of the message stands no more.
    """

    record: AnswerRecord
    explanation: Explanation
    followed: str | None
    shown_now: tuple[tuple[str, str], ...]
    own: frozenset[SentenceKey]
    is_own_threshold: bool
    is_changed: bool


class Questions:
    """Answers questions from the libraries that the server they come from may see, and from no others."""

    def __init__(
        self,
        libraries: Libraries,
        answers: AnswerStore,
        server_settings: ServerSettingsStore,
        queue: WorkQueue,
        metrics: Metrics,
        choices: Choices,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._libraries = libraries
        self._answers = answers
        self._server_settings = server_settings
        self._queue = queue
        self._metrics = metrics
        self._clock = clock
        self._choices = choices

    async def answer(self, asked: AskedQuestion) -> GivenAnswer:
        """Answer a question when it is its server's turn, and put the answer on record.

        Raises Busy, TimeoutError, QuestionError, LibraryError.
        """
        with self._metrics.counting_refusals(asked.way):
            given = await self._queue.run(partial(self._answer, asked, perf_counter()), asked.server)
        self._metrics.count_answer(asked.way, given.answer)
        return given

    async def record(self, answer_id: str, server: int | None) -> AnswerRecord:
        """The record of an answer that was given in that server. Raises NotKept if there is none."""
        record = await asyncio.to_thread(self._answers.answer, answer_id)
        if record is None or not belongs(record, server):
            raise NotKept
        return record

    def again(self, record: AnswerRecord, person: int) -> Answer | None:
        """The answer to a question that is on record, asked once more; it is not put on record.

        None if it may follow up an answer that is on record no more: nobody knows then what it asks. For worker
        threads. Raises QuestionError, LibraryError.
        """
        frame = record.frame
        follows = self._answers.answer(frame.follows) if frame.follows else None
        if frame.follows and follows is None:
            return None
        limits = frame.article_id, frame.since, frame.until
        return self._found(AskedQuestion(record.question, person, record.server, Way.WAITING, *limits, follows))

    async def recall(self, answer_id: str, server: int | None, *, shown: bool = False) -> GivenAnswer:
        """An answer that was given in that server, with those of its quotes that still stand.

        Raises NotKept if there is no record of it, and Outdated if none of its quotes stands; with `shown`, if none of
        those in its message does.
        """
        record = await self.record(answer_id, server)
        answer = await asyncio.to_thread(self._recalled, record)
        asked_for = record.shown if shown else (*record.quotes, *record.closest)
        if asked_for and (fallen := await asyncio.to_thread(self.fate_of, record, asked_for)):
            raise Outdated(fallen)
        return GivenAnswer(answer, record, await asyncio.to_thread(self.freshness, record.server, answer))

    def fate_of(self, record: AnswerRecord, quotes: Iterable[KeptQuote]) -> Fate | None:
        """What became of these quotes of a record; None if one of them can still be quoted. For worker threads."""
        libraries, banned = self._libraries.readable_by(record.server), self._choices.banned(record.server)
        allowed = [quote for quote in quotes if (quote.article_id, quote.digest) not in banned]
        if not allowed:
            return Fate.BANNED
        return joint_fate(
            stands_in(article_in(library, quote.article_id), quote.start, quote.end, quote.digest)
            for quote in allowed
            for library in libraries
        )

    def _answer(self, asked: AskedQuestion, queued: float) -> GivenAnswer:
        self._metrics.time_stage("wait", perf_counter() - queued)
        answer, follows = self._found(asked), asked.follows.id if asked.follows else None
        record = self._answers.keep(asked.server, asked.person, answer, asked.message, follows)
        return GivenAnswer(answer, record, self.freshness(asked.server, answer))

    def _found(self, asked: AskedQuestion) -> Answer:
        library, *beside = self._libraries.readable_by(asked.server)
        before = asked.follows
        follows = self._recalled(before) if before is not None and before.server == asked.server else None
        chosen = self._choices.of(asked.server)
        try:
            return library.ask(
                asked.question,
                article_id=asked.article_id,
                since=asked.since,
                until=asked.until,
                beside=beside,
                follows=follows,
                threshold=self._server_settings.of(asked.server).threshold,
                never=chosen.never,
                pinned=chosen.pinned,
                opinion_sections=self._server_settings.of(asked.server).opinion_names,
            )
        except ModelMismatch as error:
            if any(own.is_current() for own in beside) or not beside:
                raise
            raise Updating from error

    def freshness(self, server: int | None, answer: Answer) -> Freshness:
        """From when the articles are that an answer in a server quotes. For worker threads."""
        return freshness_of(self._libraries.readable_by(server), answer, self._clock())

    async def explain(self, record: AnswerRecord) -> Explained:
        """Ask the question of a record anew, as it was asked then, and say why it is answered so.

        Raises Busy, TimeoutError, LibraryError, QuestionError.
        """
        return await self._queue.run(partial(self._explained, record), record.server)

    def _explained(self, record: AnswerRecord) -> Explained:
        library, *beside = self._libraries.readable_by(record.server)
        chosen, settings = self._choices.of(record.server), self._server_settings.of(record.server)
        frame = record.frame
        before = self._answers.answer(frame.follows) if frame.follows else None
        try:
            explanation = library.explain(
                record.question,
                article_id=frame.article_id,
                since=frame.since,
                until=frame.until,
                beside=beside,
                follows=self._recalled(before) if before else None,
                threshold=settings.threshold,
                never=chosen.never,
                pinned=chosen.pinned,
                opinion_sections=settings.opinion_names,
            )
        except ModelMismatch as error:
            raise Updating from error
        return Explained(
            record,
            explanation,
            followed=before.question if before and explanation.is_follow_up else None,
            shown_now=tuple((quote.article.id, digest_of(quote.text)) for quote in _shown(explanation.answer)),
            own=frozenset(
                one.quote.key
                for one in explanation.considered
                if beside and article_in(beside[0], one.quote.article.id) == one.quote.article
            ),
            is_own_threshold=settings.threshold is not None,
            is_changed=any(_is_gone(kept, (library, *beside)) for kept in record.shown),
        )

    def _recalled(self, record: AnswerRecord) -> Answer:
        """The answer of a record, with those of its quotes that still stand in the articles word for word.

        If the sentence that may have been the answer stands no longer, the answer is only near the topic.
        """
        libraries, banned = self._libraries.readable_by(record.server), self._choices.banned(record.server)
        quotes, closest, shown = (
            tuple(_restored([one for one in kept if (one.article_id, one.digest) not in banned], libraries))
            for kept in (record.quotes, record.closest, record.shown)
        )
        outcome = record.outcome or (Outcome.ANSWERED if record.answered else Outcome.PERHAPS)
        if outcome is Outcome.PERHAPS and not shown:
            outcome = Outcome.RELATED
        recalled = Answer(
            record.question,
            record.answered,
            record.confidence,
            quotes,
            closest,
            outcome=outcome,
            language=record.language,
            chosen=record.chosen and quotes[:1] == shown[:1],
        )
        names = self._server_settings.of(record.server).opinion_names
        return with_opinion_marked(recalled, (*libraries[0].opinion_sections, *names))


def _shown(answer: Answer) -> tuple[Quote, ...]:
    """What the message of an answer shows."""
    return answer.quotes or ((answer.perhaps,) if answer.perhaps else ())


def _is_gone(kept: KeptQuote, libraries: Sequence[Library]) -> bool:
    """Whether the words of a quote stand in none of the libraries any more."""
    return not any(_restored([kept], libraries))


def _restored(kept: Sequence[KeptQuote], libraries: Sequence[Library]) -> Iterator[Quote]:
    for one in kept:
        found = (restored(one, version) for version in versions_in(libraries, one.article_id))
        if quote := next(filter(None, found), None):
            yield quote
