"""What the bot remembers, for how long, and that nobody can be read from it."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import SettingsError
from bot.storage.answers import AnswerStore, Fate, KeptQuote, Mark, RatedQuestion, ShownQuote, Votes, digest_of
from bot.storage.database import Database
from index import Answer, Article, Outcome, Quote, Span
from tests.bot.conftest import Clock
from tests.bot.records import Records

ADA, NORA = 111_222_333_444_555_666, 777_888_999_000_111_222
ARTICLE = Article("bridge", "The bridge", "The bridge opened in 1904. It carries two lanes.")
OPENED = Quote(ARTICLE, 0, 26, Span(0, 48), 1.5)
LANES = Quote(ARTICLE, 27, 48, Span(0, 48), 0.5)
ANSWER = Answer("When did it open?", True, 0.9, (OPENED,), (OPENED, LANES), outcome=Outcome.ANSWERED)
UNANSWERED = Answer("Who?", False, 0.1, (), (LANES,))


@pytest.fixture
def answers(database: Database, clock: Clock) -> AnswerStore:
    return AnswerStore(database, clock)


def test_an_answer_is_kept_with_its_quotes_and_found_by_its_message(answers: AnswerStore, clock: Clock) -> None:
    kept = answers.keep(5, ADA, ANSWER)
    assert answers.answer_in(70) is None
    answers.place(kept.id, 6, 70)
    found = answers.answer_in(70)
    assert found == answers.answer(kept.id)
    assert found is not None
    assert (found.at, found.server, found.channel, found.message) == (clock.now, 5, 6, 70)
    assert (found.question, found.answered, found.confidence) == ("When did it open?", True, 0.9)
    assert found.quotes == (KeptQuote("bridge", 0, 26, 0, 48, 1.5, digest_of("The bridge opened in 1904.")),)
    assert [quote.start for quote in found.closest] == [0, 27]
    assert found.outcome is Outcome.ANSWERED


def test_when_reopened_it_is_held_still(
    answers: AnswerStore, database: Database, records: Records, clock: Clock
) -> None:
    kept = answers.keep(5, ADA, replace(ANSWER, language="ko"))
    answers.vote(kept.id, NORA, up=True)
    database.close()
    reopened = records.open()
    again = AnswerStore(reopened, clock)
    assert again.answer(kept.id) == kept
    assert kept.language == "ko"
    assert again.is_asker(kept, ADA) and not again.is_asker(kept, NORA)
    assert again.votes(kept.id) == Votes(1, 0)
    reopened.close()


def test_nobodys_id_can_be_read_and_the_same_person_looks_different_beside_every_answer(
    answers: AnswerStore, records: Records
) -> None:
    one, two = answers.keep(5, ADA, ANSWER), answers.keep(None, ADA, ANSWER)
    answers.vote(one.id, NORA, up=True)
    answers.vote(two.id, NORA, up=False)
    assert one.asker != two.asker
    held = records.held()
    for person in (ADA, NORA):
        for form in (str(person).encode(), person.to_bytes(8, "big"), person.to_bytes(8, "little")):
            assert form not in held


def test_a_vote_counts_once_a_person_and_the_last_one_counts(answers: AnswerStore) -> None:
    kept = answers.keep(5, ADA, ANSWER)
    for person, up in ((ADA, True), (ADA, True), (NORA, True), (ADA, False)):
        answers.vote(kept.id, person, up=up)
    assert answers.votes(kept.id) == Votes(up=1, down=1)


def test_a_vote_on_what_is_not_kept_leaves_no_trace(answers: AnswerStore) -> None:
    answers.vote("0" * 16, ADA, up=True)
    assert answers.votes("0" * 16) == Votes(0, 0)


def test_answers_are_forgotten_after_their_days_and_votes_with_them(answers: AnswerStore, clock: Clock) -> None:
    old = answers.keep(5, ADA, ANSWER)
    answers.vote(old.id, NORA, up=True)
    clock.forward(days=29, hours=23)
    new = answers.keep(5, ADA, ANSWER)
    assert answers.forget_older_than(30) == 0
    clock.forward(hours=2)
    assert answers.forget_older_than(30) == 1
    assert answers.answer(old.id) is None
    assert answers.votes(old.id) == Votes(0, 0)
    assert answers.answer(new.id) == new


def test_where_the_clock_was_set_back_the_last_answer_is_the_last_one_given_and_none_is_kept_for_ever(
    answers: AnswerStore, clock: Clock
) -> None:
    for message in (70, 71):
        answers.place(answers.keep(5, ADA, ANSWER).id, 6, message)
        clock.forward(days=-1)
    latest = answers.latest_to(ADA, 6, minutes=5)
    assert latest and latest.message == 71
    assert answers.forget_older_than(30) == 0
    clock.forward(days=-40)
    assert answers.forget_older_than(30) == 2


def test_what_is_forgotten_cannot_be_read_any_more(
    answers: AnswerStore, database: Database, records: Records, clock: Clock
) -> None:
    answers.keep(5, ADA, ANSWER)
    assert b"bridge" in records.held()
    clock.forward(days=31)
    answers.forget_older_than(30)
    database.close()
    assert b"bridge" not in records.held()
    assert not (records.folder / "records.sqlite3-wal").exists()


def test_the_words_of_a_question_can_be_read_nowhere(answers: AnswerStore, records: Records) -> None:
    kept = answers.keep(5, ADA, ANSWER)
    held = records.held()
    assert kept.id.encode() in held and b"bridge" in held
    assert b"When did it open?" not in held and b"open?" not in held


def test_the_answers_to_the_messages_that_asked_are_found(answers: AnswerStore) -> None:
    kept = [answers.keep(5, ADA, ANSWER, asked) for asked in (60, 61, None, 60)]
    assert answers.answers_to([60, 99]) == [kept[0], kept[3]]
    assert answers.answers_to([]) == []


def test_what_one_person_asked_and_voted_is_found_everywhere_and_nobody_elses(
    answers: AnswerStore, clock: Clock
) -> None:
    kept = [answers.keep(server, person, ANSWER) for server, person in ((5, ADA), (5, NORA), (7, ADA), (None, ADA))]
    for person, one, up in ((ADA, kept[0], True), (NORA, kept[0], False), (ADA, kept[1], False)):
        answers.vote(one.id, person, up=up)
    assert answers.given_to(ADA) == [kept[0], kept[2], kept[3]] and answers.given_to(NORA) == [kept[1]]
    assert (answers.votes_of(ADA), answers.votes_of(NORA), answers.votes_of(1)) == (2, 1, 0)
    assert answers.forget_votes_of(ADA) == 2
    assert [answers.votes(one.id) for one in kept[:2]] == [Votes(0, 1), Votes(0, 0)]
    assert answers.votes_of(ADA) == 0 and answers.given_to(ADA) == [kept[0], kept[2], kept[3]]


def test_deleted_messages_are_forgotten(answers: AnswerStore) -> None:
    kept = [answers.keep(5, ADA, ANSWER) for _ in range(3)]
    for message, one in enumerate(kept):
        answers.place(one.id, 6, message)
    answers.forget_messages([0, 2, 99])
    assert [answers.answer_in(message) is not None for message in range(3)] == [False, True, False]


def test_the_last_answer_in_the_thread_on_one_is_found(answers: AnswerStore, clock: Clock) -> None:
    first = answers.keep(5, ADA, ANSWER)
    answers.place(first.id, 6, 70)
    assert answers.latest_in_thread(6) is None
    found = answers.latest_in_thread(70)
    assert found and found.id == first.id
    clock.forward(seconds=1)
    second = answers.keep(5, ADA, ANSWER)
    answers.place(second.id, 70, 71)
    clock.forward(seconds=1)
    nothing = answers.keep(5, ADA, UNANSWERED)
    answers.place(nothing.id, 70, 72)
    found = answers.latest_in_thread(70)
    assert found and found.id == second.id
    clock.forward(seconds=1)
    related = answers.keep(5, NORA, replace(UNANSWERED, outcome=Outcome.RELATED))
    answers.place(related.id, 70, 73)
    found = answers.latest_in_thread(70)
    assert found and found.id == related.id


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.PERHAPS, Outcome.RELATED])
def test_the_last_answer_to_a_person_in_a_channel_is_found_for_some_minutes(
    answers: AnswerStore, clock: Clock, outcome: Outcome
) -> None:
    found = replace(ANSWER if outcome is Outcome.ANSWERED else UNANSWERED, outcome=outcome)
    kept = [answers.keep(5, person, found) for person in (ADA, ADA, NORA)]
    for message, one in enumerate(kept, 70):
        answers.place(one.id, 6, message)
    answers.place(answers.keep(5, ADA, found).id, 7, 73)
    answers.place(answers.keep(5, ADA, UNANSWERED).id, 6, 74)
    answers.keep(5, ADA, found)  # for her alone, so in no channel

    def latest(person: int, channel: int) -> str | None:
        one = answers.latest_to(person, channel, minutes=5)
        return one.id if one else None

    clock.forward(minutes=5)
    assert (latest(ADA, 6), latest(NORA, 6), latest(NORA, 7)) == (kept[1].id, kept[2].id, None)
    answers.forget(kept[1].id)
    assert latest(ADA, 6) == kept[0].id
    clock.forward(seconds=1)
    assert latest(ADA, 6) is None


def test_the_channel_of_a_direct_message_is_sealed_and_opens_with_the_key_alone(
    answers: AnswerStore, database: Database, records: Records
) -> None:
    kept = [answers.keep(None, ADA, ANSWER) for _ in range(2)]
    for message, one in enumerate(kept, 70):
        answers.place(one.id, NORA, message, direct=True)
    one, two = (answers.answer(each.id) for each in kept)
    assert one and two and one.channel is None and one.sealed_channel and len(one.sealed_channel) == 8
    assert one.sealed_channel != two.sealed_channel
    assert answers.channel_of(one) == answers.channel_of(two) == NORA
    held = records.held()
    for form in (str(NORA).encode(), NORA.to_bytes(8, "big"), NORA.to_bytes(8, "little")):
        assert form not in held
    database.key = bytes(32)
    assert answers.channel_of(one) != NORA


def test_the_channel_in_a_server_is_kept_as_it_is_and_there_is_none_before_the_message(answers: AnswerStore) -> None:
    kept = answers.keep(5, ADA, ANSWER)
    assert answers.channel_of(kept) is None
    answers.place(kept.id, 6, 70)
    found = answers.answer(kept.id)
    assert found and (found.channel, found.sealed_channel, answers.channel_of(found)) == (6, None, 6)


def test_what_messages_show_is_listed_by_article_for_the_servers_that_are_named(answers: AnswerStore) -> None:
    tram = Quote(replace(ARTICLE, id="a tram"), 0, 26, Span(0, 26), 1.0)
    one = answers.keep(5, ADA, Answer("When?", True, 0.9, (OPENED, tram), (OPENED, tram, LANES)))
    perhaps = answers.keep(None, ADA, Answer("Who?", False, 0.2, (), (LANES, OPENED), outcome=Outcome.PERHAPS))
    for message, outcome in ((72, Outcome.RELATED), (73, Outcome.ABSENT)):
        none = answers.keep(None, ADA, replace(UNANSWERED, outcome=outcome))
        answers.place(none.id, 61, message, direct=True)
        assert none.shown == ()
    unsent = answers.keep(6, ADA, ANSWER)
    answers.place(one.id, 60, 70)
    answers.place(perhaps.id, 61, 71, direct=True)
    opened = ShownQuote(one.id, 0, 5, "bridge", 0, 26, digest_of(OPENED.text))
    lanes = ShownQuote(perhaps.id, 0, None, "bridge", 27, 48, digest_of(LANES.text))
    moved = ShownQuote(one.id, 1, 5, "a tram", 0, 26, digest_of(OPENED.text))
    assert answers.servers() == {5, None}
    assert answers.shown({5}) == [moved, opened]
    assert answers.shown({None}) == [lanes]
    assert set(answers.shown({5, 6, None})) == {opened, lanes, moved}
    assert answers.shown(()) == []
    assert unsent.shown == unsent.quotes and perhaps.shown == perhaps.closest[:1]


def test_what_a_message_says_of_its_quotes_is_kept(answers: AnswerStore) -> None:
    kept = answers.keep(5, ADA, ANSWER)
    assert kept.marks == () and answers.marks({5}) == {}
    marks = (None, Mark(Fate.CORRECTED, 1769860800), Mark(Fate.WITHDRAWN, 1769947200))
    answers.mark(kept.id, marks)
    found = answers.answer(kept.id)
    assert found and found.marks == marks and answers.marks({5}) == {kept.id: marks} and answers.marks({6, None}) == {}
    answers.mark(kept.id, ())
    assert answers.marks({5}) == {}


def test_many_threads_write_at_once(answers: AnswerStore) -> None:
    kept = answers.keep(5, ADA, ANSWER)
    threads = [
        threading.Thread(target=answers.vote, args=(kept.id, person), kwargs={"up": True}) for person in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.votes(kept.id) == Votes(50, 0)


def test_only_what_that_server_asked_in_those_days_is_read(answers: AnswerStore, clock: Clock) -> None:
    answers.keep(5, ADA, replace(ANSWER, question="Long ago?"))
    clock.forward(days=3)
    kept = answers.keep(5, ADA, ANSWER)
    answers.vote(kept.id, ADA, up=True)
    answers.vote(kept.id, NORA, up=False)
    answers.keep(7, ADA, replace(ANSWER, question="In another server?"))
    answers.keep(None, ADA, replace(ANSWER, question="In a direct message?"))
    clock.forward(hours=1)
    answers.keep(5, NORA, replace(UNANSWERED, outcome=Outcome.RELATED))
    answers.keep(5, NORA, replace(UNANSWERED, question="Who paid?", outcome=Outcome.PERHAPS))
    earlier, sure, unsure = clock.now - timedelta(hours=1), ANSWER.confidence, UNANSWERED.confidence
    assert answers.asked_in(5, 2) == [
        RatedQuestion("When did it open?", earlier, (KeptQuote.of(OPENED),), Votes(1, 1), False, sure),
        RatedQuestion("Who?", clock.now, (), Votes(0, 0), False, unsure),
        RatedQuestion("Who paid?", clock.now, (), Votes(0, 0), True, unsure),
    ]
    assert [one.question for one in answers.asked_in(5, 4)] == ["Long ago?", "When did it open?", "Who?", "Who paid?"]
    assert answers.asked_in(9, 30) == []


def test_a_quote_is_found_by_its_digest_among_the_answers_of_its_server_alone(answers: AnswerStore) -> None:
    answers.keep(5, ADA, ANSWER)
    answers.keep(5, NORA, ANSWER)
    opened, lanes = digest_of("The bridge opened in 1904."), digest_of("It carries two lanes.")
    assert [quote.digest for quote in answers.quoted(5, {opened, lanes})] == [opened]
    assert answers.quoted(6, {opened}) == answers.quoted(None, {opened}) == answers.quoted(5, ()) == []
    answers.keep(None, ADA, ANSWER)
    assert [quote.article_id for quote in answers.quoted(None, {opened})] == ["bridge"]


@pytest.mark.parametrize(
    ("column", "value"), [("outcome", b"absen\xf4"), ("outcome", b"absenu"), ("at", b"2026-13"), ("quotes", b"[}")]
)
def test_a_damaged_answer_is_named_with_the_remedy_and_keeps_no_other_from_being_read(
    records: Records, column: str, value: bytes
) -> None:
    with records.opened() as database:
        answers = AnswerStore(database)
        spoilt, sound = answers.keep(5, ADA, UNANSWERED), answers.keep(5, NORA, ANSWER)
        with database.writing() as connection:
            connection.execute(f"UPDATE answers SET {column} = CAST(? AS TEXT) WHERE id = ?", (value, spoilt.id))
        for read in (answers.check, lambda: answers.given_to(ADA), lambda: answers.answer(spoilt.id)):
            with pytest.raises(SettingsError, match=r" damaged \(an answer in it cannot be read: .*put a backup "):
                read()
        assert answers.answer(sound.id) == sound
        assert [one.id for one in answers.given_to(NORA)] == [sound.id]


def test_an_answer_in_the_message_of_another_takes_its_place_and_its_votes_go(answers: AnswerStore) -> None:
    old = answers.keep(5, ADA, ANSWER, asked=60)
    answers.place(old.id, 6, 70)
    answers.vote(old.id, NORA, up=True)
    new = answers.keep(5, ADA, UNANSWERED, asked=60)
    answers.place(new.id, 6, 70)
    assert answers.answer(old.id) is None and answers.votes(old.id) == Votes(0, 0)
    found = answers.answer_in(70)
    assert found and found.id == new.id and [one.id for one in answers.answers_to([60])] == [new.id]


def test_what_a_message_follows_was_asked_before_it(answers: AnswerStore) -> None:
    for asked in (60, 61, 62):
        answers.place(answers.keep(5, ADA, ANSWER, asked=asked).id, 6, asked + 100)
    for found in (answers.latest_in(6, before=62), answers.latest_to(ADA, 6, minutes=5, before=62)):
        assert found and found.asked == 61
    latest = answers.latest_in(6)
    assert latest and latest.asked == 62
    assert answers.latest_in(6, before=60) is None and answers.latest_in(7) is None


def test_the_answers_in_deleted_channels_are_forgotten_and_no_others(answers: AnswerStore) -> None:
    for server, channel, message in ((5, 6, 70), (5, 7, 71), (8, 9, 72)):
        answers.place(answers.keep(server, ADA, ANSWER).id, channel, message)
    answers.place(answers.keep(None, ADA, ANSWER).id, 6, 73, direct=True)
    assert sorted(answers.channels(5)) == [6, 7]
    answers.forget_channels([6])
    assert answers.channels(5) == [7]
    assert answers.answer_in(70) is None
    assert answers.answer_in(72) and answers.answer_in(73)
