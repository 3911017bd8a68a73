"""Whether what was quoted still stands, and what is due where it does not."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest

from bot.corrections.watch import PendingEdit, Watch, WatchResult
from bot.services.libraries import Libraries
from bot.services.quotes import find, restored
from bot.storage.answers import AnswerRecord, AnswerStore, Fate, KeptQuote, Mark, digest_of
from bot.storage.database import Database
from index import Answer, Article, Library, Quote, Span
from tests.encoder import WordEncoder

ADA = 1
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
AT = int(NOW.timestamp())

TEXT = "It rained for a week. The bridge opened in 1904. It carries two lanes.\n\nTrams crossed it until 1961."
BRIDGE = Article("bridge", "The bridge", TEXT, url="https://example.org/bridge")
OPENED, TRAMS = "The bridge opened in 1904.", "Trams crossed it until 1961."


def quote(sentence: str, article: Article = BRIDGE, context: Span | None = None) -> Quote:
    start = article.text.index(sentence)
    return Quote(article, start, start + len(sentence), context or Span(start, start + len(sentence)), 1.0)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (TEXT, 22),
        (f"A correction came first.\n\n{TEXT}", 48),
        (TEXT.removeprefix("It rained for a week. "), 0),
        (f"(“{OPENED}”, they said.)", 2),
        (f"桥。{OPENED}", 2),
        (TEXT.replace("1904", "1905"), None),
        (TEXT.replace("The bridge", "the bridge"), None),
        ("The bridge", None),
        ("", None),
    ],
)
def test_a_sentence_is_found_where_its_words_are_now(text: str, start: int | None) -> None:
    assert find(text, 22, 48, digest_of(OPENED)) == start


def test_a_sentence_is_looked_for_in_a_very_long_article_in_less_than_a_second_or_two() -> None:
    text = "Nothing of the kind stands here. " * 30_000
    started = perf_counter()
    assert find(text, 22, 48, digest_of(OPENED)) is None
    assert perf_counter() - started < 4


def test_context_moves_with_its_sentence_while_it_begins_and_ends_between_sentences() -> None:
    kept = KeptQuote.of(quote(OPENED, context=Span(0, 70)))
    moved = restored(kept, replace(BRIDGE, text=f"A correction came first.\n\n{TEXT}"))
    assert moved and (moved.before, moved.text, moved.after) == (
        "It rained for a week. ",
        OPENED,
        " It carries two lanes.",
    )
    for before, after in (
        ("It poured for weeks. ", " It carries two lanes."),
        ("", ""),
        ("", " It carries six lanes."),
    ):
        bare = restored(kept, replace(BRIDGE, text=f"{before}{OPENED}{after} "))
        assert bare and (bare.before, bare.text, bare.after) == ("", OPENED, "")
    assert restored(kept, replace(BRIDGE, text="It rained.")) is None


@pytest.fixture
def records(database: Database) -> AnswerStore:
    return AnswerStore(database, lambda: NOW)


@pytest.fixture
def libraries(tmp_path: Path) -> Iterator[Libraries]:
    encoder = WordEncoder()

    def open_library(folder: Path) -> Library:
        return Library.open(folder, load_encoder=lambda: encoder)

    with open_library(tmp_path) as base, closing(Libraries(base, tmp_path / "servers", open_library)) as libraries:
        base.update([BRIDGE])
        yield libraries


@pytest.fixture
def standing(libraries: Libraries, records: AnswerStore) -> Watch:
    return Watch(libraries, records)


def given(records: AnswerStore, server: int | None, message: int, *sentences: str) -> AnswerRecord:
    """An answer that quotes these sentences, which was sent."""
    quotes = tuple(map(quote, sentences))
    record = records.keep(server, ADA, Answer("When?", True, 0.9, quotes, quotes))
    records.place(record.id, 60, message, direct=server is None)
    return record


def due(look: WatchResult | None) -> tuple[PendingEdit, ...]:
    assert look, "nobody looked"
    return look.due


def test_a_change_is_looked_for_twice_and_then_no_more(
    standing: Watch, libraries: Libraries, records: AnswerStore
) -> None:
    one = given(records, 5, 70, OPENED, TRAMS)
    assert due(standing.look(NOW)) == due(standing.look(NOW)) == ()
    assert standing.look(NOW) is None
    libraries.base.update([replace(BRIDGE, text=TEXT.replace("1904", "1905"))])
    assert due(standing.look(NOW)) == (PendingEdit(one.id, 5, 60, (Mark(Fate.CORRECTED, AT), None)),)
    assert [article and article.url for article in standing.articles(one)] == ["https://example.org/bridge"] * 2
    late = given(records, 5, 71, OPENED)  # found before the change, sent after it
    assert {found.answer_id for found in due(standing.look(NOW))} == {one.id, late.id}
    assert standing.look(NOW) is None


def test_what_a_message_says_already_is_not_due_and_what_stands_again_is(
    standing: Watch, libraries: Libraries, records: AnswerStore
) -> None:
    one = given(records, 5, 70, OPENED)
    libraries.base.remove("bridge")
    (found,) = due(standing.look(NOW))
    assert found.marks == (Mark(Fate.WITHDRAWN, AT),)
    assert standing.articles(one) == (None,)
    records.mark(one.id, found.marks)
    assert due(standing.look(NOW.replace(year=2027))) == ()
    libraries.base.update([BRIDGE])
    assert due(standing.look(NOW)) == (PendingEdit(one.id, 5, 60, ()),)


def test_nothing_is_due_without_a_message(standing: Watch, libraries: Libraries, records: AnswerStore) -> None:
    record = records.keep(5, ADA, Answer("When?", True, 0.9, (quote(OPENED),)))
    libraries.base.remove("bridge")
    assert standing.look(NOW) is None
    assert records.answer(record.id)


def test_the_channel_of_a_direct_message_is_found(standing: Watch, libraries: Libraries, records: AnswerStore) -> None:
    given(records, None, 70, OPENED)
    libraries.base.remove("bridge")
    assert [(found.server, found.channel) for found in due(standing.look(NOW))] == [(None, 60)]


def test_each_server_is_judged_by_the_libraries_it_sees_and_only_those_with_answers_are_opened(
    standing: Watch, libraries: Libraries, records: AnswerStore
) -> None:
    for server in (5, 6, 7):
        libraries.own_or_create(server).update([BRIDGE])
    libraries.close()
    libraries.base.remove("bridge")
    given(records, 5, 70, OPENED)
    given(records, 6, 71, OPENED)
    withdrawn = given(records, 8, 72, OPENED)
    assert [found.answer_id for found in due(standing.look(NOW))] == [withdrawn.id]
    assert len(libraries.readable_without_opening(5)) == len(libraries.readable_without_opening(6)) == 2
    assert len(libraries.readable_without_opening(7)) == 1
    due(standing.look(NOW))
    libraries.own_or_create(6).remove("bridge")
    look = standing.look(NOW)
    assert look and look.servers == {6}
    assert [found.server for found in look.due] == [6]


def test_ten_thousand_answers_in_a_thousand_servers_are_looked_through_quickly(
    standing: Watch, libraries: Libraries, records: AnswerStore, database: Database
) -> None:
    articles = [replace(BRIDGE, id=f"bridge {number}") for number in range(100)]
    libraries.base.update(articles)
    template = given(records, 5, 1, OPENED, TRAMS)
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
    assert due(standing.look(NOW)) == due(standing.look(NOW)) == ()
    started = perf_counter()
    assert standing.look(NOW) is None
    idle = perf_counter() - started
    libraries.base.update([replace(articles[0], text=TEXT.replace("1904", "1905"))])
    started = perf_counter()
    assert len(due(standing.look(NOW))) == 100
    assert idle < 0.5 and perf_counter() - started < 3  # 0.01 and 0.1 s were measured
