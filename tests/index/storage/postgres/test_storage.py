"""What a library in PostgreSQL does beside what every engine does: growing large, erasing, copies of it, damage."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import Article, KeptGeneration, Library, Source, SourceUpdate
from index.encoding.encoder import PassageEncoding, PassageText, QuestionEncoding
from index.storage.embedded import EmbeddedStorage
from index.storage.engine import BASE
from index.storage.postgres import own
from index.storage.postgres.engine import PostgresEngine
from index.storage.postgres.storage import PostgresStorage
from index.storage.seam import Records, Storage
from index.storage.transfer import copy_library
from index.storage.types import Scope
from index.types import Floats
from tests.encoder import WordEncoder
from tests.index.storage.test_seam import FEED, KEPT, MANIFEST, PAGE, fill, nothing_derived, put
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL
from tests.postgres import Place

MOMENT = datetime(2026, 2, 3, 10, tzinfo=UTC)


@pytest.fixture
def engine(postgres_place: Place) -> Iterator[PostgresEngine]:
    engine = PostgresEngine(postgres_place.url, schema=postgres_place.schema)
    yield engine
    engine.close()


@pytest.fixture
def storage(engine: PostgresEngine) -> PostgresStorage:
    return engine.open(BASE, lambda: datetime.now(UTC))


def rows(place: Place, query: str) -> list[tuple[Any, ...]]:
    with place.connect() as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


# Growing


class WideEncoder(WordEncoder):
    """One whose passages have vectors of twice as many dimensions: the other half says nothing."""

    dimension = 2 * WordEncoder.dimension

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        for number, encoding in super().encode_passages(passages):
            yield number, replace(encoding, vector=_wide(encoding.vector), sentences=_wide(encoding.sentences))

    def encode_question(self, question: str) -> QuestionEncoding:
        encoded = super().encode_question(question)
        return replace(encoded, vector=_wide(encoded.vector))


def _wide(vectors: Floats) -> Floats:
    return np.concatenate([vectors, np.zeros_like(vectors)], axis=-1)


def test_a_library_that_grows_large_moves_to_a_table_of_its_own_under_the_eyes_of_its_readers(
    engine: PostgresEngine, storage: PostgresStorage, postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "OWN_TABLE", 3)
    small = engine.open("servers/1", lambda: datetime.now(UTC))
    fill(storage, SCHOOL)
    fill(small, SCHOOL)
    with storage.reading() as before:
        passages = before.passages_after(0, 9)
        fill(storage, *ARTICLES)
        assert before.passages_after(0, 9) == passages and before.articles() == [SCHOOL]
        with storage.reading() as after:
            assert after.articles() == [READING_ROOM, HARBOUR, BRIDGE, SCHOOL]
            assert after.passage_total() == len(after.passages_after(0, 99)) > 3
    assert rows(postgres_place, "SELECT DISTINCT library FROM passages") == [(2,)]
    assert storage.examine().faults == small.examine().faults == ()
    with storage.writing(1) as update:
        update.delete("bridge")
    with storage.reading() as snapshot:
        assert rows(postgres_place, "SELECT count(*) FROM passages_1") == [(snapshot.passage_total(),)]
    engine.delete(BASE)
    assert rows(postgres_place, "SELECT to_regclass('passages_1')") == [(None,)]
    with small.reading() as snapshot:
        assert snapshot.articles() == [SCHOOL]


def test_a_large_library_is_rebuilt_for_a_model_of_another_dimension_while_it_is_read(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "OWN_TABLE", 3)
    narrow, wide = WordEncoder(), WideEncoder("wide")
    with (
        Library.open_in(engine, BASE, load_encoder=lambda: narrow, threshold=0.0) as library,
        Library.open_in(engine, BASE, load_encoder=lambda: wide, threshold=0.0) as other,
    ):
        library.update(ARTICLES)
        before = library.ask("Who is the harbour master?").quotes
        with library._storage.reading() as snapshot:
            vector = narrow.encode_question("Who is the harbour master?").vector
            nearest = snapshot.nearest(vector, 9, Scope())
            other.rebuild()
            assert snapshot.nearest(vector, 9, Scope()) == nearest
        assert other.ask("Who is the harbour master?").quotes[0].text == before[0].text
        assert other.check() == ()


# Erasing


def test_what_is_removed_is_vacuumed_when_the_library_is_tidied_and_once(
    storage: PostgresStorage, postgres_place: Place
) -> None:
    fill(storage, *ARTICLES)
    vacuumed = "SELECT vacuum_count FROM pg_stat_all_tables WHERE relid = 'articles'::regclass"
    storage.tidy(1)
    assert rows(postgres_place, vacuumed) == [(0,)], "nothing was removed"
    with storage.writing(1) as update:
        update.delete("bridge")
    for _ in range(2):
        storage.tidy(1)
        assert rows(postgres_place, "SELECT pg_stat_force_next_flush(), to_erase FROM libraries")[0][1] is False
    assert rows(postgres_place, vacuumed) == [(1,)]


# Copies


def filled(storage: Storage) -> None:
    """All that a library may hold."""
    fill(storage, SCHOOL, replace(BRIDGE, language="en"))
    former = KeptGeneration(2, KEPT.made, KEPT.until, 2)
    with storage.writing(1) as update:
        update.keep(former, ["school", "harbour"])
        put(update, replace(SCHOOL, text="The school has a roof now. It was built in spring."))
        put(update, replace(HARBOUR, embargo=MOMENT, private=True, author="Jo", url="https://a.example/h", section="S"))
        update.remember(SourceUpdate((FEED, Source("page", "https://b.example/", MOMENT, private=True)), (PAGE,)))
        update.remember(SourceUpdate(exclude=("gone", "away")))
        update.bring_in(MOMENT)
    with storage.writing(1) as update:  # a source that was read well once, and then not
        update.remember(SourceUpdate((replace(FEED, checked=MOMENT + timedelta(hours=1), result="It is away."),)))


def everything(records: Records) -> dict[str, object]:
    ids = [headline.id for headline in records.headlines()]
    return {
        "generation": records.read_generation(),
        "manifest": records.manifest(),
        "packed": {article_id: records.packed([article_id]) for article_id in ids},
        "articles": records.articles(),
        "languages": records.articles_by_language(),
        "hashes": records.content_hashes(),
        "size": (records.size(), records.undated_total()),
        "sources": (records.sources(), records.source_pages(), records.excluded()),
        "read": (records.read_well(), records.failing_since(), records.brought_in()),
        "kept": [(kept, records.kept_articles(kept.generation)) for kept in records.kept_generations()],
    }


def test_a_library_goes_from_files_to_the_database_and_back_and_is_the_same(
    storage: PostgresStorage, tmp_path: Path
) -> None:
    files, again = EmbeddedStorage(tmp_path / "one"), EmbeddedStorage(tmp_path / "two")
    filled(files)
    for source, target in ((files, storage), (storage, again)):
        with source.reading(whole=True) as snapshot:
            copy_library(snapshot, target, with_former=True)
            with target.reading(whole=True) as copied:
                assert everything(copied) == everything(snapshot)
                assert copied.read_generation() == 2
                vector = WordEncoder().encode_question("Who is the harbour master?").vector
                (first,) = copied.nearest(vector, 1, Scope())
                assert copied.passages([first])[0].article_id == "harbour"
        assert target.examine().faults == ()


def test_an_empty_library_is_copied_with_its_generation_and_its_sources(
    storage: PostgresStorage, tmp_path: Path
) -> None:
    fill(storage, SCHOOL)
    with storage.writing(1) as update:
        update.delete("school")
        update.remember(SourceUpdate((FEED,)))
    copy = EmbeddedStorage(tmp_path)
    with storage.reading(whole=True) as snapshot:
        copy_library(snapshot, copy, with_former=True)
    with copy.reading(whole=True) as copied:
        assert (copied.read_generation(), copied.articles(), copied.sources()) == (2, [], [FEED])


def test_a_backup_is_a_library_in_files_without_what_is_kept_of_earlier_generations(
    storage: PostgresStorage, tmp_path: Path
) -> None:
    filled(storage)
    assert storage.back_up(tmp_path) == tmp_path / "library.sqlite3"
    with Library.open(tmp_path, load_encoder=WordEncoder, threshold=0.0) as library:
        assert [article.id for article in library.articles()] == ["harbour", "bridge", "school"]
        assert library.check() == () and library.kept_generations() == []
        assert library.ask("What has the school?").quotes[0].text == "The school has a roof now."


# Damage


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE passages SET cues = 'x' WHERE article = 1", "the vectors of 1 passage of “school” are damaged"),
        ("UPDATE passages SET key = 'x' WHERE article = 1", "the passages of “school” do not match its text"),
        ("DELETE FROM passages WHERE article = 1", "the passages of “school” do not match its text"),
        ("DELETE FROM postings WHERE term = (SELECT min(term) FROM postings)", "the full-text index is not of the"),
        ("UPDATE term_counts SET passages = passages + 1", "the full-text index is not of the passages that are there"),
    ],
)
def test_what_is_derived_is_found_damaged_and_made_again(
    engine: PostgresEngine, postgres_place: Place, statement: str, fault: str
) -> None:
    with Library.open_in(engine, BASE, load_encoder=WordEncoder, threshold=0.0) as library:
        library.update([SCHOOL, BRIDGE])
        sound = library.ask("Which school has a roof?").quotes
        with postgres_place.connect() as connection:
            connection.execute(statement)  # type: ignore[arg-type]
        found = library.check()
        assert [each.mendable for each in found] == [True] * len(found) and found[0].sentence.startswith(fault)
        assert len(library.mend()) >= 1
        assert library.check() == ()
        assert library.ask("Which school has a roof?").quotes == sound


def test_an_article_that_was_altered_is_named_and_cannot_be_mended(
    storage: PostgresStorage, postgres_place: Place
) -> None:
    fill(storage, SCHOOL, BRIDGE)
    with postgres_place.connect() as connection:
        connection.execute("UPDATE articles SET author = 'Another' WHERE id = 'school'")
    (fault,) = storage.examine().faults
    assert (fault.sentence, fault.mendable) == (
        "the text or the details of “school” have changed since it was put", False
    )  # fmt: skip
    assert storage.mend(1, nothing_derived) == ()


# Times and texts that another database might bend


def test_times_and_texts_of_every_kind_come_back_as_they_are(storage: PostgresStorage) -> None:
    strange = Article(
        "https://a.example/" + "é" * 900, "Ünïcode 'quotes' \\ %s {} \u202e",
        "Line one.\r\n\tLine two — “so”. 東京。\x01",
        published=datetime(1, 1, 1, tzinfo=UTC), updated=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        section="", author="",
    )  # fmt: skip
    fill(storage, strange)
    with storage.reading(whole=True) as snapshot:
        assert snapshot.article(strange.id) == strange
        assert snapshot.packed([strange.id])[0].article == strange
        assert (snapshot.headlines("\x00"), snapshot.headlines("\udcff")) == ([], [])
        assert [headline.id for headline in snapshot.headlines("{} %s")] == [strange.id]
        assert snapshot.published_between() == (strange.published, strange.published)
    assert storage.examine().faults == ()


def test_vectors_are_stored_to_the_last_bit_as_float16(storage: PostgresStorage) -> None:
    fill(storage, SCHOOL)
    with storage.reading() as snapshot:
        (one,) = snapshot.passages_in(["school"])
        stored = np.frombuffer(one.blobs.vector, dtype="<f2")
        assert len(stored) == MANIFEST.dimension and 0.99 < float(np.linalg.norm(stored.astype(np.float32))) < 1.01
