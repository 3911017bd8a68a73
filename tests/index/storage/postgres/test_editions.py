"""A library that is made anew beside the one that is read: who reads it keeps it, and one row is flipped at the end."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from index import Article, Library, LibraryBusy, LibraryError, Progress, Source, SourceUpdate, UpdateReport
from index.rebuilding import begin, fill
from index.storage.postgres import engine as engines
from index.storage.postgres import own
from index.storage.postgres.engine import PostgresEngine
from index.storage.types import Scope
from index.words import terms
from tests.encoder import WordEncoder
from tests.index.town import BRIDGE, HARBOUR, READING_ROOM, SCHOOL
from tests.postgres import Place

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FEED = Source("feed", "https://a.example/feed", NOW)
QUESTION = "How much does the county pay for the repair?"
Open = Callable[..., Library]


@pytest.fixture
def engine(postgres_place: Place) -> Iterator[PostgresEngine]:
    engine = PostgresEngine(postgres_place.url, schema=postgres_place.schema)
    yield engine
    engine.close()


@pytest.fixture
def opened(engine: PostgresEngine) -> Iterator[Open]:
    with contextlib.ExitStack() as stack:

        def opened(encoder: WordEncoder | None = None) -> Library:
            made = encoder or WordEncoder()
            return stack.enter_context(
                Library.open_in(engine, "base", load_encoder=lambda: made, threshold=0.0, patience=1.0)
            )

        yield opened


@pytest.fixture
def town(opened: Open) -> Library:
    library = opened()
    library.update([BRIDGE, HARBOUR, SCHOOL], source_update=SourceUpdate(sources=(FEED,), exclude=("away",)))
    return library


def numbers(engine: PostgresEngine) -> dict[str, list[int]]:
    """The numbers of the libraries that have rows in each table."""
    with engine.connection() as connection:
        tables = ("articles", "passages", "postings", "term_counts", "sources", "excluded")
        return {
            table: [number for (number,) in connection.execute(f"SELECT DISTINCT library FROM {table} ORDER BY 1")]
            for table in tables
        }


def test_a_rebuild_takes_the_place_of_the_library_with_all_that_is_known_of_it(
    town: Library, engine: PostgresEngine
) -> None:
    before = town.articles()
    report = town.rebuild()
    assert report == UpdateReport(unchanged=("harbour", "bridge", "school"), passages_embedded=report.passages_embedded)
    assert report.passages_embedded == 3
    assert town.articles() == before
    assert (town.sources(), town.excluded(), town.read_edition().generation) == ([FEED], ["away"], 2)
    assert town.ask(QUESTION).quotes[0].article == BRIDGE
    assert town.check() == ()
    assert set(map(tuple, numbers(engine).values())) == {(2,)}  # nothing of the edition before is left


def test_a_library_of_another_model_is_read_until_the_new_edition_is_there(
    town: Library, engine: PostgresEngine, opened: Open
) -> None:
    seen: list[str] = []
    other = opened(WordEncoder("words 2"))
    other.rebuild(on_progress=lambda _: seen.append(town.ask(QUESTION).quotes[0].article.id))
    assert set(seen) == {"bridge"}
    assert other.is_current()
    assert not town.is_current()
    assert other.ask(QUESTION).quotes[0].article == BRIDGE


def test_who_reads_keeps_the_edition_before(town: Library, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "OWN_TABLE", 1)  # so that each edition has a table of its own
    town.update([READING_ROOM])
    vector = WordEncoder().encode_question(QUESTION).vector
    with town._storage.reading() as snapshot:
        total = snapshot.passage_total()  # it sees this generation from here on
        town.rebuild(remove=["bridge"])
        town.tidy()
        found = snapshot.passages(snapshot.nearest(vector, 1, Scope()))
        words = snapshot.passages(snapshot.best_by_words(terms("county repair"), 1, Scope()))
        assert {passage.article_id for passage in (*found, *words)} == {"bridge"}
        assert snapshot.passage_total() == total
    assert {article.id for article in town.articles()} == {"harbour", "reading-room", "school"}


def test_the_table_of_an_edition_that_nobody_reads_any_more_is_dropped(
    town: Library, engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "OWN_TABLE", 1)
    town.update([READING_ROOM])
    town.rebuild()
    town.tidy()
    with engine.connection() as connection:
        tables = connection.execute(
            """SELECT relname FROM pg_class
               WHERE relname ~ '^passages_[0-9]+$' AND relnamespace = current_schema()::regnamespace"""
        ).fetchall()
    assert tables == [("passages_2",)]
    assert town.check() == ()


def test_what_is_interrupted_goes_on_where_it_was(town: Library, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.rebuilding.BATCH", 1)

    def stop(step: Progress) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    encoder = WordEncoder()
    library = opened(encoder)
    with pytest.raises(KeyboardInterrupt):
        library.rebuild(on_progress=stop)
    assert library.read_edition().generation == 1
    read = encoder.passages_read
    report = library.rebuild()
    assert (read, encoder.passages_read, report.passages_embedded) == (2, 4, 2)  # the second was not stored yet


def test_what_changes_while_a_new_edition_is_filled_is_in_it(town: Library) -> None:
    editions, encoder = town._storage.editions, WordEncoder()
    assert editions is not None
    fill(town._storage, editions, encoder, 1.0, lambda _: None, ["bridge", "school"])
    corrected = replace(BRIDGE, text=BRIDGE.text.replace("4.2", "5.1"))
    town.update([corrected, READING_ROOM], remove=["school"])
    newest = _newest(town)
    report = town.rebuild([replace(HARBOUR, title="The harbour")])
    assert (report.changed, sorted(report.unchanged)) == (("harbour",), ["bridge", "reading-room"])
    assert {article.id: article.title for article in town.articles()} == {
        "bridge": BRIDGE.title,
        "harbour": "The harbour",
        "reading-room": READING_ROOM.title,
    }
    assert "5.1" in town.ask(QUESTION).quotes[0].text
    assert town.check() == ()
    assert _newest(town) > newest  # so that what waits for new passages sees them


def _newest(library: Library) -> int:
    with library._storage.reading(whole=True) as snapshot:
        return snapshot.newest_passage()


def test_an_article_that_the_rules_refuse_by_now_is_removed_and_named(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town._storage.writing(1) as update:
        update.put(Article("empty", "Empty", ""), [], [])
    report = town.rebuild()
    assert (report.removed, [refusal.name for refusal in report.refused]) == (("empty",), ["empty"])
    assert [one.article.id for one in report.withdrawn] == ["empty"]
    assert "empty" not in {article.id for article in town.articles()}


def test_an_update_that_is_kept_can_be_undone_after_a_rebuild(town: Library) -> None:
    town.update([READING_ROOM], keep_for=timedelta(days=1))
    town.rebuild()
    town.roll_back()
    assert {article.id for article in town.articles()} == {"bridge", "harbour", "school"}


def test_what_was_begun_for_another_model_is_begun_anew(town: Library) -> None:
    editions = town._storage.editions
    assert editions is not None
    fill(town._storage, editions, WordEncoder("words 2"), 1.0, lambda _: None)
    encoder = WordEncoder()
    begin(editions, encoder, 1.0)
    with editions.looking() as records:
        assert records is not None
        assert records.articles() == []
    town.rebuild()
    assert town.is_current()


def test_nothing_is_published_or_left_where_no_edition_was_begun(town: Library, engine: PostgresEngine) -> None:
    editions = town._storage.editions
    assert editions is not None
    with pytest.raises(LibraryError, match="No new edition of the library in .* was built"), editions.publishing(1.0):
        pass
    fill(town._storage, editions, WordEncoder(), 1.0, lambda _: None)
    editions.discard(1.0)
    editions.discard(1.0)
    assert set(map(tuple, numbers(engine).values())) == {(1,)}


def test_a_library_is_deleted_with_its_next_edition(town: Library, engine: PostgresEngine) -> None:
    editions = town._storage.editions
    assert editions is not None
    fill(town._storage, editions, WordEncoder(), 1.0, lambda _: None)
    engine.delete("base")
    assert set(map(tuple, numbers(engine).values())) == {()}


def test_a_library_whose_next_edition_is_being_stored_is_not_deleted_before_that_is_done(
    town: Library, engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PATIENCE_TO_DELETE", 0.05)
    editions = town._storage.editions
    assert editions
    with editions.preparing(1.0) as update, pytest.raises(LibraryBusy):
        update.delete("school")
        engine.delete("base")
    engine.delete("base")
    assert set(map(tuple, numbers(engine).values())) == {()}


def test_who_reads_a_library_that_is_deleted_keeps_it(
    town: Library, engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "OWN_TABLE", 1)
    town.update([READING_ROOM])
    with town._storage.reading() as snapshot:  # which has not looked into its own table yet
        engine.delete("base")
        assert len(snapshot.passages_after(0, 9)) == snapshot.passage_total() == 4
    town.update([SCHOOL, BRIDGE])
    engine.delete("base")
    with engine.connection() as connection:
        found = connection.execute("SELECT to_regclass('passages_1'), to_regclass('passages_2')").fetchone()
    assert found == (None, None)
