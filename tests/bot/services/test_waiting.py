"""What is looked through for those who wait: new passages alone, in steps, by server, and from where it was left."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.services import waiting
from bot.services.choices import Choices
from bot.services.duties import Duties
from bot.services.leadership import Leadership
from bot.services.libraries import Libraries
from bot.services.metrics import Metrics
from bot.services.questions import Questions
from bot.services.queue import WorkQueue
from bot.services.waiting import Waiting, is_news
from bot.shards import Shards
from bot.storage.answers import AnswerRecord, AnswerStore
from bot.storage.choices import ChoiceStore
from bot.storage.database import Database
from bot.storage.server_settings import ServerSettingsStore
from bot.storage.waiting import Looked, Wait, WaitStore
from index import BASE, Answer, Article, EmbeddedEngine, Engine, Library, LibraryError
from tests.bot.conftest import Clock, Follows
from tests.bot.services.test_quotes import BRIDGE, OPENED, TRAMS, quote
from tests.encoder import WordEncoder

ADA = 1
QUESTION = "Who sold Ada Brandt the ferry?"
FERRY = Article("ferry", "The ferry", "Ada Brandt bought the ferry from a lighthouse keeper who sold it in 2019.")
SCHOOL = Article("school", "The school", "Pupils painted every classroom wall yellow.")


@pytest.fixture
def answers(database: Database) -> AnswerStore:
    return AnswerStore(database)


@pytest.fixture
def waits(database: Database) -> WaitStore:
    return WaitStore(database)


@pytest.fixture
def libraries(tmp_path: Path, clock: Clock) -> Iterator[Libraries]:
    encoder = WordEncoder()

    engine = EmbeddedEngine(tmp_path)

    def open_library(engine: Engine, name: str = BASE) -> Library:
        return Library.open_in(engine, name, load_encoder=lambda: encoder, clock=clock)

    with open_library(engine) as base, closing(Libraries(base, engine, open_library)) as libraries:
        base.update([BRIDGE])
        yield libraries


@pytest.fixture
def room(libraries: Libraries, answers: AnswerStore, waits: WaitStore, database: Database) -> Iterator[Waiting]:
    with closing(WorkQueue(1, 1)) as queue:
        choices = Choices(ChoiceStore(database), libraries)
        settings, metrics = ServerSettingsStore(database), Metrics(queue)
        questions = Questions(libraries, answers, settings, queue, metrics, choices)
        yield Waiting(libraries, answers, waits, questions)


def begun(answers: AnswerStore, waits: WaitStore, server: int | None, question: str = QUESTION) -> Wait:
    """Somebody who waits in a server, whose question was asked once more already."""
    wait = waits.begin(answers.keep(server, ADA, Answer(question, False, 0.1)).id, ADA, "en")
    assert isinstance(wait, Wait)
    waits.note_asked(wait)
    return wait


def looked(room: Waiting) -> int:
    """Look through all that is new; returns the number of steps that were taken."""
    steps = 0
    while room.look():
        steps += 1
    return steps


def due(waits: WaitStore) -> list[str]:
    return [wait.id for wait in waits.due()]


def test_only_what_new_passages_come_near_is_asked_again(
    room: Waiting, answers: AnswerStore, waits: WaitStore, libraries: Libraries
) -> None:
    wait, other = begun(answers, waits, 5), begun(answers, waits, None, "When does the opera season end?")
    assert looked(room) == 0, "nobody waited for what was there before"
    libraries.base.update([SCHOOL])
    looked(room)
    assert due(waits) == []
    libraries.base.update([FERRY])
    looked(room)
    assert due(waits) == [wait.id] and other.id not in due(waits)
    (one,) = waits.due()
    answer = room.ask_again(one)
    assert answer is None or answer.quotes, "words alone may not be sure enough"
    assert looked(room) == 0


def test_a_servers_own_articles_concern_those_who_wait_there_alone_even_if_it_had_none(
    room: Waiting, answers: AnswerStore, waits: WaitStore, libraries: Libraries
) -> None:
    here, there = begun(answers, waits, 5), begun(answers, waits, 7)
    looked(room)
    libraries.own_or_create(5).update([FERRY])
    looked(room)
    assert due(waits) == [here.id] and there.id not in due(waits)


def test_a_library_that_cannot_be_read_keeps_no_other_from_being_looked_through(
    room: Waiting, answers: AnswerStore, waits: WaitStore, libraries: Libraries, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = begun(answers, waits, 5), begun(answers, waits, 7)
    looked(room)
    for server in (5, 7):
        libraries.own_or_create(server).update([FERRY])
    readable = libraries.own

    def own(server: int | None) -> Library | None:
        if server == 5:
            raise LibraryError("Five is damaged.")
        return readable(server)

    with monkeypatch.context() as damaged, pytest.raises(LibraryError, match="Five"):
        damaged.setattr(libraries, "own", own)
        looked(room)
    assert due(waits) == [there.id]
    looked(room)
    assert due(waits) == [here.id, there.id]


def test_a_restart_goes_on_where_it_was_and_encodes_and_reads_in_steps(
    room: Waiting,
    answers: AnswerStore,
    waits: WaitStore,
    libraries: Libraries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "READ_AT_ONCE", 1)
    monkeypatch.setattr(waiting, "PREPARED_AT_ONCE", 2)
    found = [begun(answers, waits, 5, f"{QUESTION} {number}") for number in range(3)]
    looked(room)
    libraries.base.update([SCHOOL, FERRY, replace(FERRY, id="again", text=f"{FERRY.text} It floats.")])
    assert all(room.look() for _ in range(3)), "two questions are prepared, one more, and the first passage is read"
    assert due(waits) == []
    questions = room._questions
    restarted = Waiting(libraries, answers, waits, questions)
    looked(restarted)
    assert due(waits) == [wait.id for wait in found]


def test_a_library_that_a_backup_took_back_is_looked_through_from_there_on(
    room: Waiting, answers: AnswerStore, waits: WaitStore, libraries: Libraries
) -> None:
    wait = begun(answers, waits, None)
    waits.note_looked_through(None, Looked(1_000_000, libraries.base.now()))
    assert looked(room) == 0
    libraries.base.update([FERRY])
    looked(room)
    assert due(waits) == [wait.id]


def test_what_nobody_waits_for_is_looked_through_by_nobody(
    room: Waiting, waits: WaitStore, libraries: Libraries, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits.note_looked_through(5, Looked(3, libraries.base.now()))
    monkeypatch.setattr(Library, "nearest_new", None)
    assert looked(room) == 0
    libraries.base.update([FERRY])
    assert looked(room) == 0
    (looked_at,) = waits.looked_through().items()
    assert looked_at[0] is None and looked_at[1].passage == libraries.base.newest_passage()


def test_a_follow_up_is_asked_as_one_and_ends_with_the_answer_it_leans_on(
    room: Waiting, answers: AnswerStore, waits: WaitStore
) -> None:
    first = answers.keep(5, ADA, Answer("Who owns the ferry?", True, 0.9))
    record = answers.keep(5, ADA, Answer("And who sold it?", False, 0.1), follows=first.id)
    wait = waits.begin(record.id, ADA, "en")
    assert isinstance(wait, Wait) and room.can_be_asked(wait)
    assert room._whole(record) == "Who owns the ferry? And who sold it?"
    answers.forget(first.id)
    assert not room.can_be_asked(wait) and room.ask_again(wait) is None


def test_a_held_article_is_looked_at_when_its_time_comes_and_no_earlier(
    room: Waiting, answers: AnswerStore, waits: WaitStore, libraries: Libraries, clock: Clock
) -> None:
    wait = begun(answers, waits, None)
    looked(room)
    libraries.base.update([replace(FERRY, published=clock.now + timedelta(hours=2))])
    libraries.base.update([SCHOOL])
    looked(room)
    clock.forward(hours=1)
    assert looked(room) == 0 and due(waits) == []
    clock.forward(hours=1.1)
    assert looked(room) == 1 and due(waits) == [wait.id]
    waits.note_asked(wait)
    assert looked(room) == 0


def test_the_waits_of_servers_that_were_left_end(room: Waiting, answers: AnswerStore, waits: WaitStore) -> None:
    stays, direct = begun(answers, waits, 5), begun(answers, waits, None)
    begun(answers, waits, 7)
    assert room.end_in_all_but([5]) == 1
    assert [wait.id for wait in waits.of_person(ADA)] == [stays.id, direct.id]


def test_each_process_looks_for_its_own_servers_and_the_leader_through_the_base_library_for_all(
    room: Waiting, libraries: Libraries, answers: AnswerStore, waits: WaitStore
) -> None:
    even, odd = 4 << 22, 5 << 22
    leader = Waiting(libraries, answers, waits, room._questions, Duties(Shards(2, (0,)), Leadership()))
    other = Waiting(libraries, answers, waits, room._questions, Duties(Shards(2, (1,)), Follows()))
    ours, theirs, direct = (begun(answers, waits, server) for server in (even, odd, None))
    for one in (leader, other):
        looked(one)
    libraries.own_or_create(odd).update([FERRY])
    looked(leader)
    assert due(waits) == [], "the library of a server is its own process's"
    looked(other)
    assert due(waits) == [theirs.id]
    libraries.base.update([FERRY])
    looked(other)
    assert due(waits) == [theirs.id]
    looked(leader)
    assert sorted(due(waits)) == sorted([ours.id, theirs.id, direct.id])


def test_a_process_ends_no_waits_in_servers_of_another(
    room: Waiting, libraries: Libraries, answers: AnswerStore, waits: WaitStore
) -> None:
    stays, gone, elsewhere = (begun(answers, waits, number << 22) for number in (2, 4, 5))
    one = Waiting(libraries, answers, waits, room._questions, Duties(Shards(2, (0,)), Follows()))
    assert one.end_in_all_but([2 << 22]) == 1
    assert [wait.id for wait in waits.of_person(ADA)] == [stays.id, elsewhere.id]


def record_of(answers: AnswerStore, *closest: str) -> AnswerRecord:
    return answers.keep(5, ADA, Answer("When?", False, 0.25, (), tuple(map(quote, closest))))


def test_news_is_a_sentence_that_was_not_found_before_or_is_much_surer_now(answers: AnswerStore) -> None:
    record = record_of(answers, OPENED)
    old, new = quote(OPENED), quote(TRAMS)
    assert is_news(record, Answer("When?", True, 0.31, (new, old)))
    assert not is_news(record, Answer("When?", True, 0.29, (old, new)))
    assert is_news(record, Answer("When?", True, 0.31, (old,)))
    assert not is_news(record, Answer("When?", False, 0.9, (), (new,)))
