"""Who waits: kept sealed, found by themselves alone, within limits, and forgotten with the question."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import waiting
from bot.storage.answers import AnswerRecord, AnswerStore
from bot.storage.database import Database
from bot.storage.schema import VERSIONS
from bot.storage.sqlite import SqliteDatabase
from bot.storage.waiting import HERE_MOST, PERSON_MOST, Full, Looked, Wait, WaitedFor, WaitStore
from index import Answer
from tests.bot.conftest import Clock
from tests.bot.records import Records

ADA, NORA = 111_222_333_444_555_666, 777_888_999_000_111_222
NOT_FOUND = Answer("Who sold the ferry?", False, 0.1)


@pytest.fixture
def answers(database: Database, clock: Clock) -> AnswerStore:
    return AnswerStore(database, clock)


@pytest.fixture
def waits(database: Database, clock: Clock) -> WaitStore:
    return WaitStore(database, clock)


def asked(answers: AnswerStore, server: int | None = 5, *, seen: bool = True) -> AnswerRecord:
    """A question of Ada's that found nothing; with `seen`, everybody in its channel saw the reply."""
    record = answers.keep(server, ADA, NOT_FOUND)
    if seen:
        answers.place(record.id, 6, int(record.id, 16) >> 2, direct=server is None)
    return record


def begun(waits: WaitStore, record: AnswerRecord, person: int = ADA) -> Wait:
    wait = waits.begin(record.id, person, "ko")
    assert isinstance(wait, Wait)
    return wait


def test_a_wait_is_found_again_by_the_one_who_waits_alone(answers: AnswerStore, waits: WaitStore, clock: Clock) -> None:
    record = asked(answers)
    clock.forward(days=2)
    wait = begun(waits, record)
    assert (wait.server, wait.answer_id, wait.person, wait.language) == (5, record.id, ADA, "ko")
    assert (wait.at, wait.asked, wait.direct, wait.has_place) == (clock.now, record.at, False, True)
    assert waits.find(wait.id, ADA) == wait and waits.find(wait.id, NORA) is None
    assert waits.of_person(ADA) == [wait] and waits.of_person(NORA) == []
    assert begun(waits, record) == wait, "a second press changes nothing"
    assert begun(waits, record, NORA).id != wait.id and waits.count() == 2


def test_who_waits_can_be_read_nowhere(
    answers: AnswerStore, waits: WaitStore, database: Database, records: Records
) -> None:
    one, two = asked(answers), asked(answers)
    begun(waits, one), begun(waits, two)
    hashes = {row["waiter"] for row in database.rows("SELECT waiter FROM waiting")}
    assert len(hashes) == 2, "the same person looks different beside every question"
    held = records.held()
    for form in (str(ADA).encode(), ADA.to_bytes(8, "big"), ADA.to_bytes(8, "little")):
        assert form not in held


def test_a_private_question_and_one_in_a_direct_message_are_told_directly(
    answers: AnswerStore, waits: WaitStore
) -> None:
    for record in (asked(answers, seen=False), asked(answers, None)):
        wait = begun(waits, record)
        assert wait.direct and not wait.has_place


def test_where_one_is_told_can_be_changed_as_long_as_there_is_room_in_the_channel(
    answers: AnswerStore, waits: WaitStore
) -> None:
    record = asked(answers)
    first, *_ = [begun(waits, record, person) for person in range(1, HERE_MOST + 1)]
    late = begun(waits, record, NORA)
    assert (first.direct, late.direct) == (False, True)
    assert not waits.redirect(late.id, direct=False)
    assert waits.redirect(first.id, direct=True) and waits.redirect(late.id, direct=False)
    found = waits.find(late.id, NORA)
    assert found and not found.direct


def test_a_person_waits_for_ten_questions_at_most(answers: AnswerStore, waits: WaitStore) -> None:
    for _ in range(PERSON_MOST):
        last = begun(waits, asked(answers))
    assert waits.begin(asked(answers).id, ADA, "en") is Full.PERSON
    waits.end(last.id)
    begun(waits, asked(answers))


def test_a_server_and_the_whole_bot_have_limits_too(
    answers: AnswerStore, waits: WaitStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "SERVER_MOST", 2)
    monkeypatch.setattr(waiting, "ALL_MOST", 3)
    record = asked(answers)
    for person in (1, 2):
        begun(waits, record, person)
    assert waits.begin(record.id, 3, "en") is Full.SERVER
    begun(waits, asked(answers, 7), 3)
    assert waits.begin(asked(answers, None).id, 4, "en") is Full.ALL


def test_a_question_that_is_forgotten_takes_its_waits_with_it(
    answers: AnswerStore, waits: WaitStore, clock: Clock
) -> None:
    one, two = asked(answers), asked(answers)
    for person in (ADA, NORA):
        begun(waits, one, person)
    answers.forget(one.id)
    assert waits.count() == 0 and waits.begin(one.id, ADA, "en") is None
    begun(waits, two)
    clock.forward(days=31)
    answers.forget_older_than(30)
    assert waits.count() == 0


def test_who_waits_can_be_moved_to_the_edited_question_and_is_still_found(
    answers: AnswerStore, waits: WaitStore
) -> None:
    before, after = asked(answers), asked(answers)
    one, two = begun(waits, before), begun(waits, before, NORA)
    waits.redirect(two.id, direct=True)
    waits.note_asked(one)
    pressed = begun(waits, after, NORA)
    assert (waits.waiting_for(before.id), waits.waiting_for(after.id)) == (2, 1)
    assert waits.move(before.id, after.id) == 2
    answers.forget(before.id)
    moved = waits.find(one.id, ADA)
    assert moved and (moved.answer_id, moved.at, moved.direct, moved.language) == (after.id, one.at, False, "ko")
    assert waits.due() == [moved, pressed]
    assert waits.of_person(ADA) == [moved] and begun(waits, after) == moved, "a press waits no second time"
    assert waits.of_person(NORA) == [pressed], "nobody waits twice for one question"
    assert waits.end_all_of(ADA) == 1 and waits.count() == 1


def test_who_waits_stays_where_the_record_of_the_edited_question_is_gone(
    answers: AnswerStore, waits: WaitStore
) -> None:
    before, after = asked(answers), asked(answers)
    wait = begun(waits, before)
    answers.forget(after.id)
    assert waits.move(before.id, after.id) == 0 and waits.of_person(ADA) == [wait]


def test_what_is_said_of_the_old_words_changes_nothing_once_a_wait_has_moved(
    answers: AnswerStore, waits: WaitStore
) -> None:
    before, after = asked(answers), asked(answers)
    wait = begun(waits, before)
    waits.move(before.id, after.id)
    waits.note_asked(wait)
    waits.end_unaskable(wait)
    (moved,) = waits.due()
    assert (moved.id, moved.answer_id) == (wait.id, after.id)
    waits.note_asked(moved)
    assert waits.due() == [] and waits.count() == 1
    waits.end_unaskable(moved)
    assert waits.count() == 0


def test_all_waits_of_a_person_or_a_server_end_at_once(answers: AnswerStore, waits: WaitStore) -> None:
    here, there = asked(answers), asked(answers, 7)
    for record in (here, there):
        for person in (ADA, NORA):
            begun(waits, record, person)
    assert waits.end_all_of(ADA) == 2 and waits.of_person(ADA) == []
    assert waits.end_in(7) == 1 and [wait.server for wait in waits.of_person(NORA)] == [5]


def test_what_is_due_survives_a_restart_with_how_far_was_looked(
    answers: AnswerStore, waits: WaitStore, database: Database, records: Records
) -> None:
    at = datetime(2026, 1, 31, tzinfo=UTC)
    one, two = begun(waits, asked(answers)), begun(waits, asked(answers, None))
    assert waits.due() == [one, two]
    assert waits.waited_for() == [WaitedFor(one.id, one.answer_id, 5), WaitedFor(two.id, two.answer_id, None)]
    for wait in (one, two):
        waits.note_asked(wait)
    assert waits.due() == [] and waits.looked_through() == {}
    waits.note_looked_through(None, Looked(40, at), [two.id])
    waits.note_looked_through(5, Looked(3, at))
    waits.note_telling(two.id, "00ff")
    database.close()
    with records.opened() as reopened:
        again = WaitStore(reopened)
        (due,) = again.due()
        assert (due.id, due.person, due.telling) == (two.id, ADA, "00ff")
        assert again.looked_through() == {None: Looked(40, at), 5: Looked(3, at)}
        again.note_looked_through(None, Looked(41, at))
        again.note_looked_through(5, None)
        assert again.looked_through() == {None: Looked(41, at)}


def test_editors_see_how_many_wait_for_a_question(answers: AnswerStore, waits: WaitStore) -> None:
    record = asked(answers)
    asked(answers)
    begun(waits, record), begun(waits, record, NORA)
    assert [one.waiting for one in answers.asked_in(5, 30)] == [2, 0]


def test_a_database_from_before_goes_on_and_nobody_waits_in_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as connection:
        connection.executescript(f"{' '.join(VERSIONS[:4])} PRAGMA user_version = 4;")
        connection.execute("INSERT INTO ask_channels VALUES (6, 5)")
        connection.commit()
    with closing(SqliteDatabase(tmp_path)) as database:
        answers, waits = AnswerStore(database), WaitStore(database)
        assert waits.count() == 0 and waits.looked_through() == {}
        begun(waits, asked(answers))
