"""The contract of storage, which every engine keeps: tried through the protocol alone.

An engine is tried by a fixture `storage` that opens it anew, and `reopened` that opens the same one once more, as
another process would.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from index import Article, KeptGeneration, LibraryBusy, Sentence, Source, SourcePage, SourceUpdate
from index.passages import CUTTING, PASSAGE_TOKENS, Prepared, cut, prepare
from index.storage.embedded import EmbeddedStorage
from index.storage.engine import BASE
from index.storage.postgres.engine import PostgresEngine
from index.storage.seam import Storage, Update
from index.storage.types import Examination, Manifest, NewPassage, Scope, content_hash
from index.types import Headline, Size, as_utc
from index.words import term_number, terms
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL
from tests.postgres import Place, schema

ENCODER = WordEncoder()
MANIFEST = Manifest.of(ENCODER, PASSAGE_TOKENS, CUTTING)
EVERYTHING = Scope()
NEVER_ASKED = Scope(article_id="nowhere")
MOMENT = datetime(2026, 2, 3, 10, tzinfo=UTC)
FEED = Source("feed", "https://a.example/feed", MOMENT, '"1"', "Tue, 03 Feb 2026 10:00:00 GMT", MOMENT, "ok", 2)
PAGE = SourcePage(FEED.address, "https://a.example/gate", "a.example/gate", '"2"', None, "ab12", whole=True)


@pytest.fixture(params=["embedded", "postgres"])
def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[[], Storage]]:
    """Opens one and the same storage, new at the first call, each time as another process would."""
    if request.param == "embedded":
        yield lambda: EmbeddedStorage(folder)
        return
    place: Place = request.getfixturevalue("postgres_place")
    with contextlib.ExitStack() as stack:

        def opened() -> Storage:
            engine = PostgresEngine(place.url, schema=place.schema)
            stack.callback(engine.close)
            return engine.open(BASE, lambda: datetime.now(UTC))

        yield opened


@pytest.fixture(params=["embedded", "postgres"])
def opened_elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Storage]]:
    """Opens another storage, of either engine."""
    if request.param == "embedded":
        yield lambda: EmbeddedStorage(tmp_path / "elsewhere")
        return
    server: str = request.getfixturevalue("postgres_server")
    with schema(server) as place, contextlib.closing(PostgresEngine(place.url, schema=place.schema)) as engine:
        yield lambda: engine.open(BASE, lambda: datetime.now(UTC))


@pytest.fixture
def storage(opened: Callable[[], Storage]) -> Storage:
    return opened()


def passages_of(prepared: Prepared) -> list[NewPassage]:
    """The passages of an article, as an update embeds them."""
    pieces = cut(prepared, ENCODER)
    encodings = dict(ENCODER.encode_passages(pieces.texts))
    title = tuple(terms(prepared.article.title))
    return [
        NewPassage(
            passage,
            key,
            tuple(tuple(terms(text.text[span.start : span.end])) for span in text.sentences),
            title,
            encodings[number],
            f"of the {prepared.article.id}".encode(),
        )
        for number, (passage, text, key) in enumerate(zip(pieces.passages, pieces.texts, pieces.keys, strict=True))
    ]


def put(update: Update, article: Article) -> None:
    prepared = prepare(article)
    update.put(article, prepared.sentences, passages_of(prepared))


KEPT = KeptGeneration(2, MOMENT, MOMENT + timedelta(days=3), 3)


def test_what_an_update_changes_can_be_kept_and_dropped_by_article_and_by_generation(
    opened: Callable[[], Storage],
) -> None:
    storage = opened()
    fill(storage, BRIDGE, SCHOOL)
    with storage.writing(1) as update:
        assert update.kept_generations() == []
        update.keep(KEPT, ["bridge", "harbour", "school"])
        put(update, HARBOUR)
        put(update, replace(BRIDGE, text="It opened again."))
        update.delete("school")
    with opened().reading(whole=True) as records:
        assert records.kept_generations() == [KEPT]
        assert records.kept_articles(2) == {"bridge": BRIDGE, "harbour": None, "school": SCHOOL}
        assert records.kept_articles(1) == {}
    with storage.writing(1) as update:
        update.keep(replace(KEPT, generation=3), ["bridge"])
        update.drop_kept(["bridge", "nowhere"])
    with storage.reading() as records:
        assert records.kept_generations() == [replace(KEPT, articles=2)]
        assert records.kept_articles(2) == {"harbour": None, "school": SCHOOL}
    with storage.writing(1) as update:
        update.drop_generation(2)
    with storage.reading() as records:
        assert records.kept_generations() == [] and records.kept_articles(2) == {}


def fill(storage: Storage, *articles: Article) -> None:
    with storage.writing(1) as update:
        update.set_manifest(MANIFEST)
        for article in articles:
            put(update, article)


def nothing_derived(_: Update, __: Examination) -> list[str]:
    return []


def ids_of_articles(storage: Storage, passages: list[int]) -> list[str]:
    with storage.reading() as snapshot:
        return [stored.article_id for stored in snapshot.passages(passages)]


# What is new


def test_a_new_storage_holds_nothing_and_is_searched_in_vain(storage: Storage) -> None:
    with storage.reading() as snapshot:
        assert (snapshot.read_generation(), snapshot.manifest(), snapshot.articles()) == (0, None, [])
        assert (snapshot.article("gate"), snapshot.content_hashes(), snapshot.text_sizes()) == (None, {}, {})
        assert (snapshot.headlines(), snapshot.headline("gate"), snapshot.published_between()) == ([], None, None)
        assert (snapshot.size(), snapshot.undated_total()) == (Size(), 0)
        assert (snapshot.sources(), snapshot.source_pages(), snapshot.excluded()) == ([], [], [])
        assert (snapshot.passage_total(), snapshot.term_total()) == (0, 0)
        assert snapshot.passage_counts(["gate"]) == {"gate": 0}
        assert snapshot.nearest(ENCODER.encode_question("Which gate?").vector, 5, EVERYTHING) == []
        assert snapshot.best_by_words(["gate"], 5, EVERYTHING) == []
        assert snapshot.passages([]) == []
        assert (snapshot.newest_passage(), snapshot.passages_after(0, 9)) == (0, [])
    assert storage.examine().faults == ()


def test_what_came_after_a_passage_is_read_oldest_first_and_never_comes_again(storage: Storage) -> None:
    fill(storage, BRIDGE, SCHOOL)
    with storage.reading() as snapshot:
        before = snapshot.newest_passage()
        every = snapshot.passages_after(0, 99)
        assert [one.id for one in every] == sorted(one.id for one in every) and every[-1].id == before
        assert snapshot.passages_after(before, 99) == []
        with storage.writing(1) as update:
            put(update, HARBOUR)
            put(update, replace(BRIDGE, text="It opened again."))
        assert snapshot.newest_passage() == before, "a snapshot does not change"
    with storage.reading() as snapshot:
        new = snapshot.passages_after(before, 99)
        assert {one.article_id for one in new} == {"harbour", "bridge"}
        assert snapshot.passages_after(before, 1) == new[:1]
        assert snapshot.passages([one.id for one in new]) == new
        assert snapshot.passages_in(["harbour", "bridge", "nowhere"]) == new and snapshot.passages_in([]) == []
        newest = snapshot.newest_passage()
        assert newest == new[-1].id > before
    with storage.writing(1) as update:
        update.delete("bridge")
        update.delete("harbour")
    with storage.writing(1) as update:
        put(update, HARBOUR)
    with storage.reading() as snapshot:
        assert snapshot.newest_passage() > newest, "the number of a passage that is gone is not given again"


# Updates


def test_what_was_put_comes_back(storage: Storage) -> None:
    fill(storage, *ARTICLES)
    with storage.reading() as snapshot:
        assert (snapshot.read_generation(), snapshot.manifest()) == (1, MANIFEST)
        assert snapshot.articles() == [READING_ROOM, HARBOUR, BRIDGE, SCHOOL]
        assert snapshot.article("harbour") == HARBOUR
        assert snapshot.undated_total() == sum(article.published is None for article in ARTICLES) == 1
        assert snapshot.with_sentences("school") == (SCHOOL, prepare(SCHOOL).sentences)
        assert snapshot.content_hashes() == {article.id: content_hash(article) for article in ARTICLES}
        assert snapshot.content_hashes(["school", "nowhere"]) == {"school": content_hash(SCHOOL)}
        sizes = {article.id: len(article.text.encode()) for article in ARTICLES}
        assert (snapshot.text_sizes(), snapshot.text_sizes(["school"])) == (sizes, {"school": sizes["school"]})
        assert snapshot.size() == Size(len(ARTICLES), sum(sizes.values()))


def test_articles_are_counted_by_their_languages_and_one_is_told_later(storage: Storage) -> None:
    with storage.writing(1) as update:
        update.set_manifest(MANIFEST)
        for article, language in zip(ARTICLES, (None, "de", "ko", "de"), strict=True):
            put(update, replace(article, language=language))
    with storage.reading() as snapshot:
        assert (snapshot.languages(), snapshot.articles_by_language()) == (("de", "ko"), {"de": 2, "ko": 1})
        found = snapshot.passages(snapshot.nearest(ENCODER.encode_question("Which bridge?").vector, 9, EVERYTHING))
        assert {p.article_id: p.language for p in found} == {
            "bridge": "en", "harbour": "de", "reading-room": "ko", "school": "de",
        }  # fmt: skip
    with storage.writing(1) as update:
        assert update.untold(9) == ["bridge"]
        update.tell("bridge", "fr")
        assert update.untold(9) == []
    with storage.reading() as snapshot:
        assert snapshot.languages() == ("de", "fr", "ko")
        assert [h.language for h in (snapshot.headline("bridge"), snapshot.headline("school")) if h] == ["fr", "de"]


def test_a_passage_comes_back_with_its_terms_and_its_encoding_as_precisely_as_it_is_kept(storage: Storage) -> None:
    fill(storage, HARBOUR)
    expected = passages_of(prepare(HARBOUR))
    with storage.reading() as snapshot:
        numbers = snapshot.best_by_words(["harbour"], 50, EVERYTHING)
        found = {stored.passage: stored for stored in snapshot.passages(numbers)}
        assert [stored.id for stored in snapshot.passages(numbers[::-1])] == numbers[::-1]
    assert found.keys() == {new.passage for new in expected}
    for new in expected:
        stored = found[new.passage]
        title, *lines = (tuple(map(term_number, line)) for line in (new.title_terms, *new.terms))
        assert (stored.article_id, stored.title_terms, stored.terms) == ("harbour", title, tuple(lines))
        assert stored.all_terms == [*title, *(number for line in lines for number in line)]
        assert stored.cues == b"of the harbour"
        assert stored.vector.dtype == stored.encoding.sentences.dtype == np.float32
        assert np.array_equal(stored.vector, new.encoding.vector.astype(np.float16).astype(np.float32))
        assert np.abs(stored.encoding.sentences - new.encoding.sentences).max() < 0.005
        assert np.array_equal(stored.encoding.tokens, new.encoding.tokens)
        assert np.array_equal(stored.encoding.token_counts, new.encoding.token_counts)


def headline_of(article: Article) -> Headline:
    return Headline(
        article.id, article.title, article.author, article.published, article.updated, article.url, article.source,
        article.section,
    )  # fmt: skip


def test_headlines_are_articles_without_texts_the_newest_first(storage: Storage) -> None:
    whole = replace(HARBOUR, author="Jo Doe", updated=MOMENT, url="https://a.example/h", source="paste", section="Sea")
    fill(storage, *ARTICLES, whole)
    with storage.reading() as snapshot:
        assert snapshot.headlines() == list(map(headline_of, (READING_ROOM, whole, BRIDGE, SCHOOL)))
        assert snapshot.headlines(limit=2) == list(map(headline_of, (READING_ROOM, whole)))
        assert snapshot.headlines(limit=0) == []
        assert (snapshot.headline("harbour"), snapshot.headline("nowhere")) == (headline_of(whole), None)
        assert snapshot.headline_by_key(headline_of(whole).key) == headline_of(whole)
        assert (snapshot.headline_by_key("harbour"), snapshot.headline_by_key("\udcff")) == (None, None)
        assert snapshot.published_between() == (BRIDGE.published, READING_ROOM.published)


def test_headlines_are_found_by_words_of_their_titles(storage: Storage) -> None:
    titles = {
        "a": ("The  Old bridge", "2020-01-01"), "b": ("BRIDGE and tunnel", "2019-01-01"), "c": ("ẞtraße am Fluß", None),
        "d": ("A bridge too far", "2021-01-01"), "e": ("100% of_a 'bridge\"", None), "f": ("", "2022-01-01"),
    }  # fmt: skip
    fill(storage, *(replace(SCHOOL, id=name, title=title, published=date) for name, (title, date) in titles.items()))
    expected = {
        "bridge": ["b", "d", "a", "e"], "the old BRIDGE": ["a"], "bridge old": ["a"], "nowhere": [], "%": ["e"],
        "_a": ["e"], "'bridge\"": ["e"], "STRASSE": ["c"], "fluss": ["c"], "f": ["f", "d", "c", "e"],
        "  ": list("fdabce"),
    }  # fmt: skip
    with storage.reading() as snapshot:
        for typed, found in expected.items():
            assert [headline.id for headline in snapshot.headlines(typed)] == found, typed
            assert [headline.id for headline in snapshot.headlines(typed, 2)] == found[:2]


def test_all_of_an_update_lands_or_nothing(storage: Storage) -> None:
    fill(storage, SCHOOL)
    with pytest.raises(RuntimeError), storage.writing(1) as update:
        update.delete("school")
        put(update, BRIDGE)
        update.remember(SourceUpdate((FEED,), (PAGE,), exclude=("school",)))
        assert [article.id for article in update.articles()] == ["bridge"]  # in itself it is seen
        assert (update.size(), update.undated_total()) == (Size(1, len(BRIDGE.text.encode())), 0)
        assert update.content_hashes(["school", "bridge"]) == {"bridge": content_hash(BRIDGE)}
        raise RuntimeError
    with storage.reading() as snapshot:
        assert (snapshot.articles(), snapshot.read_generation()) == ([SCHOOL], 1)
        assert (snapshot.sources(), snapshot.source_pages(), snapshot.excluded()) == ([], [], [])
        assert snapshot.passage_counts(["bridg"]) == {"bridg": 0}


def test_an_update_makes_a_generation_where_it_puts_or_deletes_articles(storage: Storage) -> None:
    steps: list[tuple[Callable[[Update], None], int]] = [
        (lambda update: put(update, SCHOOL), 1),
        (lambda update: update.remember(SourceUpdate((FEED,))), 1),
        (lambda update: update.include(["school"]), 1),
        (lambda update: update.delete("school"), 2),
    ]
    for step, generation in steps:
        with storage.writing(1) as update:
            step(update)
        with storage.reading() as snapshot:
            assert snapshot.read_generation() == generation


def test_an_article_that_is_put_again_is_replaced_with_all_that_was_derived_from_it(storage: Storage) -> None:
    fill(storage, SCHOOL)
    fill(storage, replace(SCHOOL, title="The portal", text="The portal is open."))
    with storage.reading() as snapshot:
        assert (snapshot.passage_total(), snapshot.term_total()) == (1, 3)
        assert snapshot.passage_counts(["school", "portal", "open"]) == {"school": 0, "portal": 1, "open": 1}
        assert len(snapshot.nearest(ENCODER.encode_question("school").vector, 5, EVERYTHING)) == 1


def test_of_an_article_that_one_update_puts_twice_the_last_version_is_there(storage: Storage) -> None:
    fill(storage, BRIDGE)
    later = replace(BRIDGE, text="The ferry takes cyclists to Ardmore. It runs all night.")
    with storage.writing(1) as update:
        for version in (replace(BRIDGE, text="The bridge is closed. Nobody knows for how long."), later):
            put(update, version)
    with storage.reading() as snapshot:
        assert [stored.article_id for stored in snapshot.passages_after(0, 9)] == ["bridge"]
        assert snapshot.passage_total() == 1
        assert snapshot.best_by_words(["closed"], 9, EVERYTHING) == []
        assert len(snapshot.best_by_words(["ferri"], 9, EVERYTHING)) == 1
    assert storage.examine().faults == ()


def test_a_deleted_article_is_gone_with_all_that_was_derived_from_it(storage: Storage) -> None:
    fill(storage, SCHOOL)
    with storage.writing(1) as update:
        update.delete("school")
    with storage.reading() as snapshot:
        assert (snapshot.articles(), snapshot.manifest()) == ([], None)
        assert (snapshot.passage_total(), snapshot.term_total()) == (0, 0)
        assert snapshot.nearest(ENCODER.encode_question("school").vector, 5, EVERYTHING) == []


def test_an_encoding_can_be_used_again_until_it_is_forgotten_also_that_of_what_is_replaced(storage: Storage) -> None:
    fill(storage, SCHOOL)
    (new,) = passages_of(prepare(SCHOOL))
    with storage.writing(1) as update:
        put(update, replace(SCHOOL, text="It has one now."))
        assert update.has_encoding(new.key)
        assert np.array_equal(update.encoding(new.key).token_counts, new.encoding.token_counts)
        assert not update.has_encoding(b"another")
    with storage.writing(1) as update:
        assert not update.has_encoding(new.key)
        put(update, SCHOOL)
    with storage.writing(1) as update:
        update.forget_encodings([])
        assert update.has_encoding(new.key)
        update.forget_encodings()
        assert not update.has_encoding(new.key)


# Sources


def test_since_when_a_source_fails_is_the_first_of_the_readings_that_failed_in_a_row(storage: Storage) -> None:
    address, away = FEED.address, "It is away."

    def read(
        hours: int, result: str = "ok", known: tuple[str, ...] = ()
    ) -> tuple[dict[str, datetime], dict[str, datetime]]:
        with storage.writing(1) as change:
            checked = replace(FEED, checked=MOMENT + timedelta(hours=hours), result=result)
            change.remember(SourceUpdate((checked,), known=known))
        with storage.reading(whole=True) as snapshot:
            return snapshot.read_well(), snapshot.failing_since()

    first, third = MOMENT + timedelta(hours=1), MOMENT + timedelta(hours=3)
    assert read(0) == ({address: MOMENT}, {})
    assert read(1, away) == ({address: MOMENT}, {address: first})
    assert read(2, "It answers 500.") == ({address: MOMENT}, {address: first})
    assert read(3) == ({address: third}, {})
    assert read(4, away)[1] == {address: MOMENT + timedelta(hours=4)}
    with storage.writing(1) as change:
        change.remember(SourceUpdate(forget=(address,)))
    with storage.reading(whole=True) as snapshot:
        assert (snapshot.read_well(), snapshot.failing_since()) == ({}, {})
    assert read(5, away, known=(address,)) == ({}, {}), "somebody has removed it since"


def test_what_is_known_of_sources_comes_back_and_replaces_what_was_known(storage: Storage) -> None:
    for memory, sources, pages in (
        (SourceUpdate((FEED,), (PAGE,)), [FEED], [PAGE]),
        (SourceUpdate((replace(FEED, strikes=0),)), [replace(FEED, strikes=0)], []),
        (SourceUpdate(forget=(FEED.address,)), [], []),
        (SourceUpdate((FEED,), (PAGE,), known=(FEED.address,)), [], []),  # somebody has removed it since
    ):
        with storage.writing(1) as update:
            update.remember(memory)
        with storage.reading() as snapshot:
            assert (snapshot.sources(), snapshot.source_pages()) == (sources, pages)


def test_what_was_taken_out_by_hand_is_known_until_it_is_included(storage: Storage) -> None:
    with storage.writing(1) as update:
        update.remember(SourceUpdate(exclude=("school", "bridge", "harbour")))
        update.remember(SourceUpdate(include=("school",)))
        update.include(["harbour", "nowhere"])
    with storage.reading() as snapshot:
        assert snapshot.excluded() == ["bridge"]


# Snapshots


def test_a_snapshot_stays_the_same_while_updates_go_on(storage: Storage) -> None:
    fill(storage, SCHOOL)
    school = ENCODER.encode_question("Which school has a roof?").vector
    with storage.reading() as before:
        assert before.read_generation() == 1
        fill(storage, BRIDGE, replace(SCHOOL, text="It has one now."))
        assert (before.read_generation(), before.articles(), before.passage_total()) == (1, [SCHOOL], 1)
        assert before.passage_counts(["bridg"]) == {"bridg": 0}
        found = before.nearest(school, 5, EVERYTHING)
        assert [stored.article_id for stored in before.passages(found)] == ["school"]
        with storage.reading() as after:
            assert (after.read_generation(), len(after.articles())) == (2, 2)
            assert after.passage_total() > 1


def test_a_snapshot_that_is_searched_late_stays_the_same_and_is_in_nobodys_way(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    fill(storage, SCHOOL)
    bridge = ENCODER.encode_question("Who builds the bridge?").vector
    with storage.reading() as before:
        assert before.read_generation() == 1
        for article in (HARBOUR, BRIDGE, READING_ROOM):
            fill(storage, article)
        found = before.nearest(bridge, 5, EVERYTHING)
        assert [stored.article_id for stored in before.passages(found)] == ["school"]
        with storage.reading() as after:
            (first,) = after.nearest(bridge, 1, EVERYTHING)
            assert after.passages([first])[0].article_id == "bridge"
    assert (caplog.messages, storage.examine().faults) == ([], ())


def test_another_process_sees_what_was_changed(storage: Storage, opened: Callable[[], Storage]) -> None:
    fill(storage, SCHOOL)
    other = opened()
    fill(other, BRIDGE)
    with storage.reading() as snapshot:
        assert (snapshot.read_generation(), snapshot.articles()) == (2, [BRIDGE, SCHOOL])
        found = snapshot.nearest(ENCODER.encode_question("Who builds the bridge?").vector, 1, EVERYTHING)
        assert [stored.article_id for stored in snapshot.passages(found)] == ["bridge"]
    other.close()


SCOPES = {
    EVERYTHING: {"bridge", "harbour", "reading-room", "school"},
    Scope(article_id="harbour"): {"harbour"},
    NEVER_ASKED: set(),
    Scope(since=as_utc("2026-04-15")): {"harbour", "reading-room"},
    Scope(until=as_utc("2026-04-15")): {"bridge"},
    Scope(since=as_utc("2026-03-02"), until=as_utc("2026-03-02T00:00:01")): {"bridge"},
    Scope(article_id="bridge", since=as_utc("2026-04-15")): set(),
}


@pytest.mark.parametrize(("scope", "expected"), SCOPES.items())
def test_the_scope_holds_for_vectors_and_for_words(storage: Storage, scope: Scope, expected: set[str]) -> None:
    fill(storage, *ARTICLES)
    vector = ENCODER.encode_question("bridge harbour reading school").vector
    with storage.reading() as snapshot:
        by_vector = snapshot.nearest(vector, 50, scope)
        by_words = snapshot.best_by_words(["bridg", "harbour", "read", "school"], 50, scope)
    assert set(ids_of_articles(storage, by_vector)) == set(ids_of_articles(storage, by_words)) == expected
    assert len(by_vector) == len(set(by_vector))


def test_the_nearest_come_first_and_no_more_than_were_asked_for(storage: Storage) -> None:
    fill(storage, *ARTICLES)
    vector = ENCODER.encode_question("Who is the harbour master?").vector
    with storage.reading() as snapshot:
        ranked = snapshot.nearest(vector, 50, EVERYTHING)
        cosines = [float(stored.vector @ vector) for stored in snapshot.passages(ranked)]
        assert len(ranked) == snapshot.passage_total()
        assert cosines == sorted(cosines, reverse=True)
        assert snapshot.nearest(vector, 2, EVERYTHING) == ranked[:2]
        assert snapshot.passages(ranked[:1])[0].article_id == "harbour"


def test_what_has_more_of_rarer_words_comes_first(storage: Storage) -> None:
    fill(storage, *ARTICLES)
    with storage.reading() as snapshot:
        words = terms("Who is the harbour master?")
        ranked = snapshot.best_by_words(words, 50, EVERYTHING)
        assert snapshot.best_by_words(words, 1, EVERYTHING) == ranked[:1]
        assert snapshot.passages(ranked[:1])[0].article_id == "harbour"
        assert snapshot.best_by_words([], 5, EVERYTHING) == snapshot.best_by_words(["nowher"], 5, EVERYTHING) == []


@pytest.mark.parametrize("text", ["Ærøskøbing's fjærkræ", "naïve café", "U.S. and 35,000 of 3.5", "ΑΘΗΝΑ", "東京 한국"])
def test_every_term_of_a_text_is_found_and_counted(storage: Storage, text: str) -> None:
    fill(storage, Article("a", "", f"{text} is there."))
    with storage.reading() as snapshot:
        for term in terms(text):
            assert snapshot.passage_counts([term]) == {term: 1}
            assert len(snapshot.best_by_words([term], 5, EVERYTHING)) == 1
        assert snapshot.term_total() == len(terms(f"{text} is there."))


# Others


def test_a_second_writer_waits_and_is_told_where_and_that_the_library_is_busy(
    storage: Storage, opened: Callable[[], Storage]
) -> None:
    fill(storage, SCHOOL)
    other = opened()
    with storage.writing(1):
        with (
            pytest.raises(LibraryBusy, match=f"The library in {re.escape(storage.place)} is being updated by process "),
            other.writing(0.1),
        ):
            pass
        with pytest.raises(LibraryBusy):
            other.mend(0.1, nothing_derived)
        with other.reading() as snapshot:  # who reads does not wait
            assert snapshot.articles() == [SCHOOL]
    with other.writing(1) as update:
        update.delete("school")
    other.close()


def test_a_writer_waits_for_another_that_is_soon_done(storage: Storage) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with storage.writing(1):
            held.set()
            done.wait(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    fill(storage, SCHOOL)
    thread.join()
    with storage.reading() as snapshot:
        assert snapshot.articles() == [SCHOOL]


def test_a_storage_at_rest_or_closed_serves_again_at_the_next_use(storage: Storage) -> None:
    fill(storage, *ARTICLES)
    storage.warm()
    vector = ENCODER.encode_question("Who is the harbour master?").vector
    with storage.reading() as snapshot:
        before = snapshot.nearest(vector, 5, EVERYTHING)
    for put_away in (storage.rest, storage.rest, storage.close):
        put_away()
        with storage.reading() as snapshot:
            assert snapshot.nearest(vector, 5, EVERYTHING) == before
    with storage.reading() as snapshot:
        storage.rest()  # who reads goes on
        assert snapshot.article("school") == SCHOOL
        assert snapshot.nearest(vector, 5, EVERYTHING) == before


def test_what_is_tidied_stays_as_it_was(storage: Storage) -> None:
    fill(storage, *ARTICLES)
    with storage.writing(1) as update:
        update.delete("bridge")
    storage.tidy(1)
    storage.tidy(1)
    with storage.reading() as snapshot:
        assert (snapshot.articles(), snapshot.read_generation()) == ([READING_ROOM, HARBOUR, SCHOOL], 2)
        assert len(snapshot.best_by_words(["harbour"], 5, EVERYTHING)) == 1
    assert storage.examine().faults == ()


# Faults


def test_passages_that_are_not_those_of_their_text_are_found_and_derived_anew(storage: Storage) -> None:
    fill(storage, SCHOOL, BRIDGE)
    prepared = prepare(SCHOOL)
    with storage.writing(1) as update:
        (new,) = passages_of(prepared)
        update.put(SCHOOL, (Sentence(0, 4),), [replace(new, passage=replace(new.passage, end=4))])
    found = storage.examine()
    assert [(fault.sentence, fault.mendable) for fault in found.faults] == [
        ("the passages of “school” do not match its text", True)
    ]
    assert (found.misread, found.damaged) == (("school",), ())

    def derive_anew(update: Update, found: Examination) -> list[str]:
        for article_id in found.misread:
            article = update.article(article_id)
            assert article is not None
            put(update, article)
        return list(found.misread)

    assert storage.mend(1, derive_anew)[0] == "the passages of “school” were made again from its text"
    assert storage.examine().faults == ()
    with storage.reading() as snapshot:
        assert snapshot.read_generation() == 3


def test_mending_what_is_sound_does_nothing(storage: Storage) -> None:
    fill(storage, SCHOOL)
    assert storage.mend(1, nothing_derived) == ()
    with storage.reading() as snapshot:
        assert snapshot.read_generation() == 1


def test_articles_are_put_elsewhere_just_as_they_are_stored_in_the_order_of_their_passages(
    storage: Storage, opened_elsewhere: Callable[[], Storage]
) -> None:
    with storage.writing(1) as update:
        update.set_manifest(MANIFEST)
        for article in (SCHOOL, BRIDGE, HARBOUR):
            put(update, article)
    with storage.writing(1) as update:
        put(update, SCHOOL)
        update.delete(BRIDGE.id)
    with storage.writing(1) as update:
        put(update, BRIDGE)
    with storage.writing(1) as update:
        update.delete(BRIDGE.id)
    with storage.reading(whole=True) as snapshot:
        order, last = snapshot.in_order(), snapshot.last_passage()
        packed = snapshot.packed([*reversed(order)])
        assert order == ["harbour", "school"]
        assert [one.article.id for one in packed] == ["school", "harbour"]
        ids = [passage.id for one in reversed(packed) for passage in one.passages]
        assert ids == sorted(ids)
        assert last > snapshot.newest_passage() == ids[-1]
    target = opened_elsewhere()
    for number, one in enumerate(reversed(packed)):
        with target.writing(1) as update:
            update.set_manifest(MANIFEST)
            update.put(*one)
            if number == 0:
                update.put_off_indexing()
            else:
                update.continue_from(6, {}, {}, last)
    with storage.reading(whole=True) as before, target.reading(whole=True) as after:
        assert (after.read_generation(), after.last_passage()) == (7, last)
        assert after.packed(order) == before.packed(order)
        vector = before.passages(ids)[0].vector
        assert after.nearest(vector, 9, EVERYTHING) == before.nearest(vector, 9, EVERYTHING)
        assert after.best_by_words(["harbour"], 9, EVERYTHING) == before.best_by_words(["harbour"], 9, EVERYTHING)
    assert target.examine().faults == ()
    with target.writing(1) as update, pytest.raises(ValueError, match="comes after"):
        update.put(*packed[1])
    with target.writing(1) as update:
        put(update, BRIDGE)
    with target.reading(whole=True) as after:
        assert after.passages_in([BRIDGE.id])[0].id > last


# Who knows of the engine

ROOT = Path(__file__).parents[3]
OF_THE_ENGINE = re.compile(
    r"\bimport (?:sqlite3|faiss)\b|\bfrom (?:sqlite3|faiss)\b|\bPRAGMA\b|\bSELECT\b|\.faiss\b|\.sqlite3\b"
)
OUTSIDE = [file for file in sorted((ROOT / "index").rglob("*.py")) if ROOT / "index" / "storage" not in file.parents]


@pytest.mark.parametrize("file", OUTSIDE, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_nothing_outside_the_room_of_storage_speaks_sql_or_knows_faiss(file: Path) -> None:
    found = OF_THE_ENGINE.findall(file.read_text())
    assert found == (["import sqlite3"] if file.name == "resources.py" else [])


def test_the_seam_is_all_that_the_library_and_its_answers_know_of_storage() -> None:
    known = {
        match[1]
        for file in OUTSIDE
        for match in re.finditer(r"from index\.storage(?:\.([\w.]+))? import", file.read_text())
        if file.name != "library.py"
    }
    # `copying` and `locks` are for the databases of others, too; `moving`, `transfer` and `staging` have one use each
    assert known == {"blobs", "copying", "engine", "moving", "postgres.locks", "seam", "staging", "transfer", "types"}
    library = (ROOT / "index" / "library.py").read_text()
    assert set(re.findall(r"from index\.storage\.(\w+) import", library)) == {"again", "engine", "seam", "types"}
