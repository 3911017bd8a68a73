"""Which answers are to be edited when what they quote was corrected, withdrawn or restored."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import thread_time

import pytest

from bot.corrections.watch import PendingEdit, Watch, WatchResult
from bot.services.libraries import Libraries
from bot.shards import Shards
from bot.storage.answers import AnswerRecord, AnswerStore, Fate, Mark, Marks, digest_of
from bot.storage.database import Database
from index import BASE, Answer, EmbeddedEngine, Engine, Library, Outcome
from tests.bot.services.test_quotes import BRIDGE, OPENED, TEXT, TRAMS, quote
from tests.encoder import WordEncoder

ADA = 1
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
AT = int(NOW.timestamp())


@pytest.fixture
def answers(database: Database) -> AnswerStore:
    return AnswerStore(database, lambda: NOW)


@pytest.fixture
def libraries(tmp_path: Path) -> Iterator[Libraries]:
    encoder = WordEncoder()

    engine = EmbeddedEngine(tmp_path)

    def open_library(engine: Engine, name: str = BASE) -> Library:
        return Library.open_in(engine, name, load_encoder=lambda: encoder)

    with open_library(engine) as base, closing(Libraries(base, engine, open_library)) as libraries:
        base.update([BRIDGE])
        yield libraries


@pytest.fixture
def watch(libraries: Libraries, answers: AnswerStore) -> Watch:
    return Watch(libraries, answers)


def given(answers: AnswerStore, server: int | None, message: int, *sentences: str) -> AnswerRecord:
    """An answer that quotes these sentences, which was sent."""
    quotes = tuple(map(quote, sentences))
    record = answers.keep(server, ADA, Answer("When?", True, 0.9, quotes, quotes))
    answers.place(record.id, 60, message, direct=server is None)
    return record


def edits(result: WatchResult | None) -> tuple[PendingEdit, ...]:
    assert result, "nothing was checked"
    return result.edits


def test_after_a_change_answers_are_checked_twice_and_then_no_more(
    watch: Watch, libraries: Libraries, answers: AnswerStore
) -> None:
    one = given(answers, 5, 70, OPENED, TRAMS)
    assert edits(watch.check(NOW)) == edits(watch.check(NOW)) == ()
    assert watch.check(NOW) is None
    libraries.base.update([replace(BRIDGE, text=TEXT.replace("1904", "1905"))])
    assert edits(watch.check(NOW)) == (PendingEdit(one.id, 5, 60, (Mark(Fate.CORRECTED, AT), None)),)
    assert [article and article.url for article in watch.articles(one)] == ["https://example.org/bridge"] * 2
    late = given(answers, 5, 71, OPENED)  # found before the change, sent after it
    assert {edit.answer_id for edit in edits(watch.check(NOW))} == {one.id, late.id}
    assert watch.check(NOW) is None


def test_of_two_processes_each_looks_at_the_answers_in_its_servers_and_one_at_direct_messages(
    libraries: Libraries, answers: AnswerStore
) -> None:
    even, odd, direct = (given(answers, server, 70 + n, OPENED) for n, server in enumerate((4 << 22, 5 << 22, None)))
    watches = [Watch(libraries, answers, has=Shards(2, (number,)).have) for number in (0, 1)]
    libraries.base.update([replace(BRIDGE, text=TEXT.replace("1904", "1905"))])
    found = [[edit.answer_id for edit in edits(watch.check(NOW))] for watch in watches]
    assert (sorted(found[0]), found[1]) == (sorted([even.id, direct.id]), [odd.id])


def test_a_sentence_that_is_never_quoted_is_marked_where_it_is_so_and_no_more_when_that_is_taken_back(
    libraries: Libraries, answers: AnswerStore
) -> None:
    banned = set[tuple[int | None, str]]()
    watch = Watch(
        libraries,
        answers,
        lambda server: [(BRIDGE.id, digest) for there, digest in banned if there in (server, None)],
        lambda: (len(banned),),
    )
    one, other = given(answers, 5, 70, OPENED, TRAMS), given(answers, 6, 71, OPENED)
    watch.check(NOW), watch.check(NOW)
    assert watch.check(NOW) is None
    banned.add((5, digest_of(OPENED)))
    assert edits(watch.check(NOW)) == (PendingEdit(one.id, 5, 60, (Mark(Fate.BANNED, AT), None)),)
    answers.mark(one.id, (Mark(Fate.BANNED, AT), None))
    banned.add((None, digest_of(OPENED)))
    assert edits(watch.check(NOW)) == (PendingEdit(other.id, 6, 60, (Mark(Fate.BANNED, AT),)),)
    banned.clear()
    assert edits(watch.check(NOW)) == (PendingEdit(one.id, 5, 60, ()),)


def test_what_a_message_says_already_needs_no_edit_and_what_stands_again_does(
    watch: Watch, libraries: Libraries, answers: AnswerStore
) -> None:
    one = given(answers, 5, 70, OPENED)
    libraries.base.remove("bridge")
    (edit,) = edits(watch.check(NOW))
    assert edit.marks == (Mark(Fate.WITHDRAWN, AT),)
    assert watch.articles(one) == (None,)
    answers.mark(one.id, edit.marks)
    assert edits(watch.check(NOW.replace(year=2027))) == ()
    libraries.base.update([BRIDGE])
    assert edits(watch.check(NOW)) == (PendingEdit(one.id, 5, 60, ()),)


def test_an_answer_without_a_message_needs_no_edit(watch: Watch, libraries: Libraries, answers: AnswerStore) -> None:
    record = answers.keep(5, ADA, Answer("When?", True, 0.9, (quote(OPENED),)))
    libraries.base.remove("bridge")
    assert watch.check(NOW) is None
    assert answers.answer(record.id)


@pytest.mark.parametrize(
    ("outcome", "marks"),
    [(Outcome.PERHAPS, [(Mark(Fate.CORRECTED, AT),)]), (Outcome.RELATED, []), (Outcome.ABSENT, [])],
)
def test_without_an_answer_only_the_sentence_that_may_be_one_is_corrected(
    watch: Watch, libraries: Libraries, answers: AnswerStore, outcome: Outcome, marks: list[Marks]
) -> None:
    closest = (quote(OPENED), quote(TRAMS))
    record = answers.keep(5, ADA, Answer("When?", False, 0.2, (), closest, outcome=outcome))
    answers.place(record.id, 60, 70)
    libraries.base.update([replace(BRIDGE, text="Nothing of it is left.")])
    assert [edit.marks for edit in edits(watch.check(NOW))] == marks


def test_the_channel_of_a_direct_message_is_found(watch: Watch, libraries: Libraries, answers: AnswerStore) -> None:
    given(answers, None, 70, OPENED)
    libraries.base.remove("bridge")
    assert [(edit.server, edit.channel) for edit in edits(watch.check(NOW))] == [(None, 60)]


def test_each_server_is_judged_by_the_libraries_it_sees_and_only_those_with_answers_are_opened(
    watch: Watch, libraries: Libraries, answers: AnswerStore
) -> None:
    for server in (5, 6, 7):
        libraries.own_or_create(server).update([BRIDGE])
    libraries.close()
    libraries.base.remove("bridge")
    given(answers, 5, 70, OPENED)
    given(answers, 6, 71, OPENED)
    withdrawn = given(answers, 8, 72, OPENED)
    assert [edit.answer_id for edit in edits(watch.check(NOW))] == [withdrawn.id]
    assert set(libraries._opened) == {5, 6}
    edits(watch.check(NOW))
    libraries.own_or_create(6).remove("bridge")
    result = watch.check(NOW)
    assert result and result.servers == {6}
    assert [edit.server for edit in result.edits] == [6]


def test_ten_thousand_answers_in_a_thousand_servers_are_checked_quickly(
    watch: Watch, libraries: Libraries, answers: AnswerStore, database: Database
) -> None:
    articles = [replace(BRIDGE, id=f"bridge {number}") for number in range(100)]
    libraries.base.update(articles)
    template = given(answers, 5, 1, OPENED, TRAMS)
    row = dict(database.rows("SELECT * FROM answers WHERE id = ?", template.id)[0])
    with database.writing() as connection:
        for number in range(10_000):
            values = row | {
                "id": f"{number:016x}",
                "server": number % 1000,
                "message": 100 + number,
                "quotes": row["quotes"].replace('"bridge"', f'"bridge {number % 100}"'),
            }
            connection.execute(f"INSERT INTO answers VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
    assert edits(watch.check(NOW)) == edits(watch.check(NOW)) == ()
    started = thread_time()
    assert watch.check(NOW) is None
    idle = thread_time() - started
    libraries.base.update([replace(articles[0], text=TEXT.replace("1904", "1905"))])
    started = thread_time()
    assert len(edits(watch.check(NOW))) == 100
    assert idle < 0.5 and thread_time() - started < 3  # 0.01 and 0.1 s were measured
