"""Finds what became answerable: looks new articles through for those who wait, and asks their questions again.

With many waiting, an update must not ask each of their questions. So the questions are first compared with the new
passages alone, by their vectors and words, and only those that come near one are asked in full. How far each library
was looked through is on record, so a restart goes on where it was.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.services.duties import EVERYTHING, Duties
from bot.services.libraries import Libraries
from bot.services.questions import Questions
from bot.storage.answers import AnswerRecord, AnswerStore, digest_of
from bot.storage.waiting import Looked, Wait, WaitedFor, WaitStore
from index import NEAR, Answer, AwaitedQuestion, PullquoteError

PREPARED_AT_ONCE = 100
"""How many questions one step prepares. That takes about half a second."""

READ_AT_ONCE = 1000
"""How many new passages one step compares with the questions."""

SURER = 0.05
"""A sentence that was found before, and was not sure enough, is told if the confidence in it has grown by this."""


@dataclass(frozen=True, slots=True)
class _Home:
    """The server of a library, None for the base library, and those who wait for what comes into it."""

    server: int | None
    waits: tuple[WaitedFor, ...]


class Waiting:
    """Looks for answers to the questions that are waited for. For worker threads, one at a time."""

    def __init__(
        self,
        libraries: Libraries,
        answers: AnswerStore,
        waits: WaitStore,
        questions: Questions,
        duties: Duties = EVERYTHING,
    ) -> None:
        """`duties` say which libraries are looked through here: for the base library, all waits of all servers are."""
        self._libraries = libraries
        self._answers = answers
        self._waits = waits
        self._questions = questions
        self._duties = duties
        self._prepared: dict[str, AwaitedQuestion] = {}  # by the id of the record

    def look(self) -> bool:
        """Take one step: look through some of what is new in one library. Returns whether there may be more to do.

        Raises PullquoteError if a library cannot be read, once there is nothing to do in the others.
        """
        waits = self._waits.waited_for()
        wanted = {wait.answer_id for wait in waits}
        for gone in self._prepared.keys() - wanted:
            del self._prepared[gone]
        trouble: PullquoteError | None = None
        for home in self._homes(waits):
            try:
                if self._look_in(home):
                    return True
            except PullquoteError as error:  # the other libraries are looked through all the same
                trouble = error
        if trouble:
            raise trouble
        return False

    def _homes(self, waits: Sequence[WaitedFor]) -> Iterator[_Home]:
        """The libraries in which something may be new, with those who wait for it."""
        if self._duties.keeps(None):
            yield _Home(None, tuple(waits))
        servers = {wait.server for wait in waits} - {None}
        for server in filter(self._duties.has, sorted(filter(None, {*servers, *self._waits.looked_through()}))):
            yield _Home(server, tuple(wait for wait in waits if wait.server == server))

    def _look_in(self, home: _Home) -> bool:
        """Look through some of what is new in a library. Returns whether anything was done."""
        known = self._waits.looked_through().get(home.server)
        if home.server is not None and not home.waits:
            self._waits.note_looked_through(home.server, None)
            return False
        library = self._libraries.base if home.server is None else self._libraries.own(home.server)
        now = self._libraries.base.now()
        newest = library.newest_passage() if library else 0
        if known is None or newest < known.passage or not home.waits or library is None:
            # Whoever waits since then is asked for in any case, and nobody waited for what was there before.
            if known is None or known.passage != newest:
                self._waits.note_looked_through(home.server, Looked(newest, now))
            return False
        opened = library.opened_since(known.at)
        if known.passage == newest and not opened:
            return False
        if self._prepare(home.waits):
            return True
        asked = [one for one in dict.fromkeys(wait.answer_id for wait in home.waits) if one in self._prepared]
        if not asked:
            return False  # they were all forgotten just now
        questions = [self._prepared[one] for one in asked]
        held = library.nearest_in(questions, [headline.id for headline in opened])
        found = library.nearest_new(questions, known.passage, limit=READ_AT_ONCE)
        near = {one for one, *two in zip(asked, held, found.nearness, strict=True) if max(two) >= NEAR}
        due = [wait.id for wait in home.waits if wait.answer_id in near]
        self._waits.note_looked_through(home.server, Looked(found.newest, now), due)
        return True

    def _prepare(self, waits: Sequence[WaitedFor]) -> bool:
        """Prepare some of the questions that are not prepared yet. Returns whether there were any."""
        missing = list(dict.fromkeys(wait.answer_id for wait in waits if wait.answer_id not in self._prepared))
        records = [record for one in missing[:PREPARED_AT_ONCE] if (record := self._answers.answer(one))]
        prepared = self._libraries.base.awaited([self._whole(record) for record in records])
        self._prepared |= {record.id: one for record, one in zip(records, prepared, strict=True)}
        return bool(records)

    def _whole(self, record: AnswerRecord) -> str:
        """A question, after the one that it may follow up."""
        before = self._answers.answer(record.frame.follows) if record.frame.follows else None
        return f"{before.question} {record.question}" if before else record.question

    def ask_again(self, wait: Wait) -> Answer | None:
        """The answer to what somebody waits for, if there is one now that they were not shown before.

        Raises QuestionError, LibraryError.
        """
        record = self._answers.answer(wait.answer_id)
        answer = self._questions.again(record, wait.person) if record else None
        return answer if record and answer and is_news(record, answer) else None

    def can_be_asked(self, wait: Wait) -> bool:
        """Whether the question is still on record, and what it may follow up."""
        record = self._answers.answer(wait.answer_id)
        return record is not None and (record.frame.follows is None or bool(self._answers.answer(record.frame.follows)))

    def end_in_all_but(self, present: Collection[int]) -> int:
        """End the waits of servers of this process in which the bot is no longer; returns how many."""
        servers = {wait.server for wait in self._waits.waited_for()} - {None} - set(present)
        return sum(self._waits.end_in(server) for server in servers if server is not None and self._duties.has(server))


def is_news(record: AnswerRecord, answer: Answer) -> bool:
    """Whether an answer says what the record of its question did not know yet.

    It does not if it has no quotes, or if the sentence that it begins with was found then, about as surely as now, and
    no editor has chosen it since.
    """
    if not answer.quotes:
        return False
    known = {(kept.article_id, kept.digest) for kept in (*record.quotes, *record.closest)}
    first = answer.quotes[0]
    is_known = (first.article.id, digest_of(first.text)) in known
    return not is_known or answer.chosen or answer.confidence >= record.confidence + SURER
