"""What an update writes: articles with their passages in place of what stood there, and what is known of sources."""

import sqlite3
from dataclasses import replace

import pytest

from index import Library
from index.storage.store import DATABASE, Store
from index.types import Source, SourcePage, SourceUpdate, UpdateReport
from tests.encoder import WordEncoder
from tests.index.storage.gate import GATE, MOMENT, put
from tests.index.town import ARTICLES, HARBOUR, SCHOOL

# Articles


def test_a_reader_keeps_seeing_the_generation_that_it_began_with(store: Store) -> None:
    put(store, GATE)
    with store.reading() as before:
        assert before.read_generation() == 1
        put(store, replace(GATE, text="The gate is open."), key=b"other")
        assert (before.read_generation(), before.article("gate")) == (1, GATE)
        assert before.passage_counts(["open"]) == {"open": 0}
        with store.reading() as after:
            assert (after.read_generation(), after.passage_counts(["open", "shut"])) == (2, {"open": 1, "shut": 0})


def test_an_article_put_again_replaces_its_passages(store: Store) -> None:
    put(store, GATE)
    put(store, replace(GATE, title="The portal", text="It is open."))
    with store.reading() as reader:
        assert reader.passage_counts(["gate", "shut", "portal", "open"]) == {
            "gate": 0, "shut": 0, "portal": 1, "open": 1,
        }  # fmt: skip
        columns = reader.columns()
        assert (columns.rows["id"].tolist(), columns.vectors.shape) == ([2], (1, 96))
        assert (reader.damage(), reader.altered_articles()) == ([], [])


def test_a_deleted_article_leaves_nothing_behind(store: Store) -> None:
    put(store, GATE)
    with store.writing(1) as writer:
        writer.delete("gate")
        writer.complete_generation()
    connection = sqlite3.connect(store.folder / DATABASE)
    for table in ("articles", "texts", "passages", "postings", "term_counts"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


def test_the_ids_of_passages_are_never_given_twice(store: Store) -> None:
    put(store, GATE)
    with store.writing(1) as writer:
        writer.delete("gate")
        writer.complete_generation()
    put(store, GATE)
    with store.reading() as reader:
        assert reader.columns().rows["id"].tolist() == [2]


# Sources

FEED = Source("feed", "https://a.example/feed", MOMENT, '"1"', "Tue, 03 Feb 2026 10:00:00 GMT", MOMENT, "ok", 2)
PAGES = (
    SourcePage(FEED.address, "https://a.example/gate", "a.example/gate", '"2"', None, "ab12", whole=True),
    SourcePage(FEED.address, "https://a.example/mill", ""),
)


def test_sources_come_back_as_they_were_put_and_replace_what_was_known(store: Store) -> None:
    for pages in (PAGES, PAGES[:1]):
        with store.writing(1) as writer:
            writer.remember(SourceUpdate((FEED,), pages))
        with store.reading() as reader:
            assert (reader.sources(), reader.source_pages()) == ([FEED], list(pages))
    with store.writing(1) as writer:
        writer.remember(SourceUpdate(forget=(FEED.address,)))
    with store.reading() as reader:
        assert (reader.sources(), reader.source_pages()) == ([], [])


def test_an_update_that_fails_remembers_nothing(library: Library, encoder: WordEncoder) -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        library.update(ARTICLES, source_update=SourceUpdate((FEED,), PAGES), on_progress=fail)
    assert (library.sources(), library.articles()) == ([], [])


def test_what_was_taken_out_by_hand_stays_out_until_it_is_included_again(town: Library) -> None:
    town.remove("school")
    town.remove("harbour")
    assert town.excluded() == ["harbour", "school"]
    assert town.update(ARTICLES, source_update=SourceUpdate()) == UpdateReport(unchanged=("bridge", "reading-room"))
    assert town.update([SCHOOL], source_update=SourceUpdate(include=("school", "\udcff"))).added == ("school",)
    assert town.excluded() == ["harbour"]
    assert town.update([HARBOUR]).added == ("harbour",)
    assert town.excluded() == []


def test_an_update_that_fails_excludes_nothing(town: Library) -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        town.update(
            [replace(SCHOOL, text="It has one now.")],
            source_update=SourceUpdate(exclude=("harbour",)),
            on_progress=fail,
        )
    assert town.excluded() == []
