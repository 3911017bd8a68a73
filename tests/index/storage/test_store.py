"""The store: one durable truth, whole generations, and a plain sentence for whatever is wrong with it."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Library, LibraryBusy, LibraryDamaged, LibraryError, Passage, Sentence
from index.encoding.encoder import PassageEncoding, PassageText, unit
from index.storage.store import DATABASE, HOLDER, Store
from index.storage.types import NewPassage, Scope, content_hash
from index.types import Source, SourcePage, SourceUpdate, Span, UpdateReport, as_utc
from index.words import terms
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL, library_of


def text_encoding(text: str) -> PassageEncoding:
    passage = PassageText(text, (Span(0, len(text)),))
    return next(iter(WordEncoder(window=10_000).encode_passages([passage])))[1]


def put(store: Store, article: Article, key: bytes = b"key") -> int:
    """Store an article of one sentence; the new generation."""
    span, found = Sentence(0, len(article.text)), tuple(terms(article.text))
    new = NewPassage(
        Passage(span.start, span.end, 0, 0), key, (found,), tuple(terms(article.title)), text_encoding(article.text)
    )
    with store.writing(1) as writer:
        writer.put(article, (span,), [new])
        return writer.complete_generation()


GATE = Article("gate", "The gate", "The gate is shut.")


@pytest.fixture
def store(folder: Path) -> Store:
    return Store(folder)


# Transactions


def test_a_database_that_another_process_is_just_making_is_waited_for(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    other = sqlite3.connect(folder / DATABASE, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")  # as while it goes over to write-ahead mode
    release = threading.Timer(0.6, other.execute, ["COMMIT"])
    release.start()
    try:
        store = Store(folder)
        with store.reading() as reader:
            assert reader.read_generation() == 0
        store.close()
    finally:
        release.join()
        other.close()


def test_a_reader_waits_for_a_process_that_holds_the_whole_database(store: Store) -> None:
    put(store, GATE)
    other = sqlite3.connect(store.folder / DATABASE, check_same_thread=False, isolation_level=None)
    store.close()
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.6, lambda: (other.execute("COMMIT"), other.close()))
    release.start()
    try:
        with store.reading() as reader:
            assert reader.read_generation() == 1
    finally:
        release.join()


def test_the_database_is_in_write_ahead_mode(store: Store) -> None:
    connection = sqlite3.connect(store.folder / DATABASE)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_all_of_a_transaction_lands_or_none(store: Store) -> None:
    assert put(store, GATE) == 1
    with pytest.raises(RuntimeError), store.writing(1) as writer:
        writer.delete("gate")
        writer.complete_generation()
        assert writer.articles() == []
        raise RuntimeError
    with store.reading() as reader:
        assert (reader.articles(), reader.read_generation()) == ([GATE], 1)
        assert reader.best_by_words(["gate"], 5, Scope()) == [1]


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
        ids, vectors = reader.passage_vectors()
        assert (ids.tolist(), vectors.shape) == ([2], (1, 96))
        assert (reader.damage(), reader.altered_articles()) == ([], [])


def test_a_deleted_article_leaves_nothing_behind(store: Store) -> None:
    put(store, GATE)
    with store.writing(1) as writer:
        writer.delete("gate")
        writer.complete_generation()
    connection = sqlite3.connect(store.folder / DATABASE)
    for table in ("articles", "passages", "passage_terms"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


def test_the_ids_of_passages_are_never_given_twice(store: Store) -> None:
    put(store, GATE)
    with store.writing(1) as writer:
        writer.delete("gate")
        writer.complete_generation()
    put(store, GATE)
    with store.reading() as reader:
        assert reader.passage_vectors()[0].tolist() == [2]


# Sources

MOMENT = datetime(2026, 2, 3, 10, tzinfo=UTC)
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


# What goes in comes out


@given(seed=st.integers(0, 10_000), sentences=st.integers(1, 6))
def test_vectors_come_back_to_the_precision_that_they_are_kept_in(seed: int, sentences: int) -> None:
    random_numbers = np.random.default_rng(seed)
    counts = random_numbers.integers(0, 5, sentences).astype(np.int32)
    encoding = PassageEncoding(
        vector=unit(random_numbers.standard_normal(96).astype(np.float32)),
        sentences=unit(random_numbers.standard_normal((sentences, 96)).astype(np.float32)),
        tokens=text_encoding(" ".join("word" for _ in range(counts.sum()))).tokens[: counts.sum()],
        token_counts=counts,
    )
    with library_of() as library:
        with library._storage.writing(1) as writer:
            new = NewPassage(Passage(0, 4, 0, sentences - 1), b"key", (("gate",),) * sentences, (), encoding)
            writer.put(GATE, (Sentence(0, 4),), [new])
        with library._storage.reading() as reader:
            (stored,) = reader.passages([1])
            for kept in (stored.encoding, reader.encoding(b"key")):
                assert kept.vector.dtype == kept.sentences.dtype == np.float32
                assert np.array_equal(kept.vector, encoding.vector.astype(np.float16).astype(np.float32))
                assert np.array_equal(kept.sentences, encoding.sentences.astype(np.float16).astype(np.float32))
                assert kept.tokens.dtype == encoding.tokens.dtype
                assert kept.tokens.size == encoding.tokens.size
                assert np.array_equal(kept.tokens, encoding.tokens.reshape(kept.tokens.shape))
                assert np.array_equal(kept.token_counts, counts)
            assert np.array_equal(reader.passage_vectors()[1], stored.encoding.vector[np.newaxis])
            assert stored.terms == (("gate",),) * sentences


def test_a_passage_comes_back_with_its_place_and_its_terms(store: Store) -> None:
    put(store, GATE)
    put(store, BRIDGE)
    with store.reading() as reader:
        second, first = reader.passages([2, 1])
    assert (first.id, first.article_id, first.passage) == (1, "gate", Passage(0, 17, 0, 0))
    assert (first.terms, first.title_terms, first.all_terms) == (
        (("gate", "shut"),),
        ("gate",),
        ["gate", "gate", "shut"],
    )
    assert (second.id, second.article_id) == (2, "bridge")


def test_a_sentence_without_terms_keeps_its_place(store: Store) -> None:
    passage = NewPassage(Passage(0, 17, 0, 2), b"key", ((), ("gate",), ()), (), text_encoding(GATE.text))
    with store.writing(1) as writer:
        writer.put(GATE, (Sentence(0, 17),), [passage])
    with store.reading() as reader:
        assert reader.passages([1])[0].terms == ((), ("gate",), ())


def test_an_empty_store_has_no_vectors_terms_or_manifest(store: Store) -> None:
    with store.reading() as reader:
        ids, vectors = reader.passage_vectors()
        assert (ids.shape, vectors.shape, vectors.dtype) == ((0,), (0, 0), np.float32)
        assert (reader.count_terms(), reader.manifest(), reader.read_generation()) == (0, None, 0)
        assert reader.best_by_words([], 5, Scope()) == []
        assert reader.passages([]) == []


def test_the_scope_holds_for_words_and_ids_alike() -> None:
    scopes = {
        Scope(): {"bridge", "harbour", "reading-room", "school"},
        Scope(article_id="harbour"): {"harbour"},
        Scope(article_id="nowhere"): set(),
        Scope(since=as_utc("2026-04-15")): {"harbour", "reading-room"},
        Scope(until=as_utc("2026-04-15")): {"bridge"},
        Scope(since=as_utc("2026-03-02"), until=as_utc("2026-03-02T00:00:01")): {"bridge"},
        Scope(article_id="bridge", since=as_utc("2026-04-15")): set(),
    }
    with library_of(*ARTICLES) as library, library._storage.reading() as reader:
        name = {stored.id: stored.article_id for stored in reader.passages(reader.passage_vectors()[0].tolist())}
        words = ["bridg", "harbour", "read", "school"]
        for scope, expected in scopes.items():
            assert {name[i] for i in reader.passage_ids(scope)} == expected
            assert {name[i] for i in reader.best_by_words(words, 10, scope)} == expected


@pytest.mark.parametrize(
    "text",
    [
        "Ærøskøbing's fjærkræ",
        "naïve café",
        "U.S. and 35,000 of 3.5",
        "ΑΘΗΝΑ ἀθήνα",
        "ıİIi ß ẞ",
        "x² ½ Ⅷ ①",
        "東京 한국",
    ],
)
def test_every_term_of_a_text_is_found_and_counted_in_the_full_text(store: Store, text: str) -> None:
    put(store, Article("a", "", text))
    with store.reading() as reader:
        for term in terms(text):
            assert reader.passage_counts([term]) == {term: 1}
            assert reader.best_by_words([term], 5, Scope()) == [1]
        assert reader.count_terms() == len(terms(text))


# Other writers


def test_a_second_writer_is_told_who_holds_the_library(town: Library) -> None:
    with Library.open(town.folder, load_encoder=WordEncoder, patience=0.1) as other:
        began = time.monotonic()
        with town._storage.writing(1), pytest.raises(LibraryBusy) as caught:
            other.update([SCHOOL])
        assert time.monotonic() - began < 5
    message = str(caught.value)
    assert message.startswith(f"The library in {town.folder} is being updated by process {os.getpid()} (")
    assert message.endswith(" UTC; try again when it is done.")
    assert not (town.folder / HOLDER).exists()


HOLD_THE_LOCK = """
import sys
from pathlib import Path
from index.storage.store import Store
with Store(Path(sys.argv[1])).writing(5):
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_another_process_that_is_updating_is_named_and_its_death_frees_the_library(town: Library) -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLD_THE_LOCK, str(town.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
        Library.open(town.folder, load_encoder=WordEncoder, patience=0.1, threshold=0.0) as here,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(LibraryBusy, match=rf"is being updated by process {process.pid} \("):
            here.remove("school")
        assert here.ask("Who is the harbour master?").quotes[0].article == HARBOUR  # readers do not wait
        process.kill()
        process.wait()
        assert here.remove("school").removed == ("school",)


def test_a_writer_waits_for_another_that_is_soon_done(town: Library) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with town._storage.writing(1):
            held.set()
            done.wait(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    assert town.remove("school").removed == ("school",)
    thread.join()


def test_a_new_library_that_two_open_at_once_is_made_once(folder: Path) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(6)

    def open_and_add(number: int) -> None:
        try:
            together.wait()
            with Library.open(folder, load_encoder=WordEncoder) as library:
                library.update([replace(SCHOOL, id=f"school {number}")])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_and_add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Library.open(folder, load_encoder=WordEncoder) as library:
        assert len(library.articles()) == library.read_generation() == 6
        assert library.check() == ()


# Whole generations, whoever asks when


def test_every_answer_during_updates_is_of_one_whole_generation(folder: Path) -> None:
    places = ("mill", "quay", "tower", "market", "station")

    def painted(colour: int) -> list[Article]:
        return [
            Article(place, place.title(), f"The {place} gate{number} got paint{colour} from crew{number} of {place}.")
            for number, place in enumerate(places)
        ]

    with Library.open(folder, load_encoder=WordEncoder, threshold=0.0) as library:
        library.update(painted(0))
        finished = threading.Event()
        answers: list[frozenset[str]] = []
        failures: list[BaseException] = []

        def keep_asking() -> None:
            try:
                while not finished.is_set():
                    closest = library.ask("Which gate got which paint from which crew?").closest
                    assert sorted(q.article.id for q in closest) == sorted(places)
                    assert all(q.text == q.article.text for q in closest)
                    answers.append(frozenset(q.text.split("got ")[1].split()[0] for q in closest))
                    time.sleep(random.random() / 500)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=keep_asking) for _ in range(6)]
        for thread in threads:
            thread.start()
        for colour in range(1, 16):
            library.update(painted(colour))
        finished.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(answers) >= 15
        assert {len(colours) for colours in answers} == {1}
        assert len(set(answers)) > 2  # the updates were seen while they went on
        assert {q.text.split("got ")[1].split()[0] for q in library.ask("Which gate got which paint?").closest} == {
            "paint15"
        }
        assert library.check() == ()


def test_who_still_reads_the_generation_before_has_its_index_at_hand(
    town: Library, caplog: pytest.LogCaptureFixture
) -> None:
    with town._storage.reading() as reader:
        assert reader.read_generation() == 1
        town.remove("harbour")
        assert reader.passage_total() == 4
    assert len(town.ask("Who bakes bread?", limit=20).closest) == 11
    assert caplog.messages == []
    assert town.check() == ()


def test_a_library_sees_what_another_process_changed(town: Library) -> None:
    assert town.ask("How did the council vote?").quotes[0].article == READING_ROOM
    with Library.open(town.folder, load_encoder=WordEncoder) as other:
        other.remove("reading-room")
        other.update([Article("mill", "The mill", "The council voted for the mill.")])
    assert town.read_generation() == 3
    assert town.ask("How did the council vote?").quotes[0].article.id == "mill"


def test_a_closed_library_can_be_opened_again(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL])
    library.close()
    assert sorted(file.name for file in folder.iterdir()) == [DATABASE, "passages.faiss"]
    with Library.open(folder, load_encoder=WordEncoder) as library:
        assert library.articles() == [SCHOOL]


# What can be wrong


def test_another_schema_is_named_with_both_versions(town: Library) -> None:
    connection = sqlite3.connect(town.folder / DATABASE)
    with connection:
        connection.execute("UPDATE manifest SET value = '7' WHERE key = 'schema'")
    connection.close()
    with pytest.raises(LibraryError) as caught:
        Library.open(town.folder)
    assert str(caught.value) == (
        f"The library in {town.folder} has schema 7, this Pullquote reads 2; upgrade Pullquote, or use another data "
        "folder."
    )


def cut_to(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "junk": lambda content: b"not a database, " * (len(content) // 16),
    "the header overwritten": lambda content: b"\x00" * 100 + content[100:],
    "half of it": cut_to(0.5),
    "a quarter of it": cut_to(0.25),
    "all but the last page": lambda content: content[:-4096],
    "a few bytes": lambda content: content[:50],
    "nothing": lambda content: b"",
    "pages overwritten": lambda content: content[:4096] + b"\xff" * (len(content) - 4096),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_database_is_called_so_with_the_remedy(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update(ARTICLES)
    file = folder / DATABASE
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(LibraryDamaged, match=r"library\.sqlite3 is (damaged|empty).* put a copy of it back"):  # noqa: SIM117
        with Library.open(folder, load_encoder=WordEncoder) as library:
            library.ask("Who is the harbour master?")
            library.update([Article("mill", "The mill", "The mill closed in 2008.")])


def test_an_empty_database_without_an_index_is_a_new_library(folder: Path) -> None:
    folder.mkdir()
    (folder / DATABASE).touch()
    with Library.open(folder) as library:
        assert library.articles() == []


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(LibraryError, match="The data folder .*/data cannot be used: File exists"):
        Library.open(tmp_path / "data")


def test_the_database_being_a_folder_is_named(folder: Path) -> None:
    (folder / DATABASE).mkdir(parents=True)
    with pytest.raises(LibraryError, match=f"The data folder {folder} cannot be written to"):
        Library.open(folder)


# Content hash


def test_the_content_hash_changes_with_every_field() -> None:
    full = Article(
        "a", "T", "Text.", author="A", published="2026-01-01", updated="2026-01-02", url="u", source="s", section="c"
    )  # type: ignore[arg-type]
    others = [
        replace(full, id="b"), replace(full, title="U"), replace(full, text="Text"), replace(full, author=None),
        replace(full, published="2026-01-03"), replace(full, updated=None), replace(full, url="v"),
        replace(full, source="t"), replace(full, section="d"), replace(full, author="u", url="A"),
    ]  # fmt: skip
    assert len({content_hash(article) for article in (full, *others)}) == 11
    assert content_hash(full) == content_hash(replace(full, published="2026-01-01T01:00:00+01:00"))


# Rest


def open_files(folder: Path) -> list[str]:
    """The library's files that this process has open."""
    targets = (os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _is_open(number))
    return sorted(Path(target).name for target in targets if target.startswith(f"{folder}/"))


def _is_open(number: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{number}")


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not list open files")


@needs_proc
def test_a_library_at_rest_has_no_file_open_and_nothing_in_memory_and_answers_at_the_next_question(
    town: Library,
) -> None:
    before = town.ask("Who is the harbour master?").closest
    assert DATABASE in open_files(town.folder)
    town.rest()
    assert (open_files(town.folder), town._storage._generations._kept) == ([], {})
    assert town.ask("Who is the harbour master?").closest == before
    town.rest()
    town.rest()
    assert town.update([replace(SCHOOL, text="It has one now.")]).changed == ("school",)
    town.rest()
    assert open_files(town.folder) == []


@needs_proc
def test_who_reads_while_a_library_goes_to_rest_reads_on_and_the_files_are_closed_after_that(town: Library) -> None:
    with town._storage.reading() as reader:
        town.rest()
        assert reader.article("school") == SCHOOL
        assert DATABASE in open_files(town.folder)
    assert open_files(town.folder) == []


@needs_proc
def test_at_most_two_connections_wait_for_the_next_reader(town: Library) -> None:
    log = f"{DATABASE}-wal"  # of the database itself SQLite keeps what was open at a time, and uses it again
    with town._storage.reading(), town._storage.reading(), town._storage.reading(), town._storage.reading():
        assert open_files(town.folder).count(log) == 4
    assert open_files(town.folder).count(log) == 2


def test_a_library_that_is_put_to_rest_again_and_again_answers_and_updates_meanwhile(town: Library) -> None:
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(25):
                assert town.ask("Who is the harbour master?").quotes[0].article == HARBOUR
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    edition = 0
    while any(thread.is_alive() for thread in threads):
        town.rest()
        edition += 1
        town.update([replace(SCHOOL, text=f"The school has roof {edition}.")])
    assert failures == []
    assert (town.read_generation(), town.check()) == (1 + edition, ())


def test_a_folder_that_is_deleted_while_its_library_rests_is_named_and_not_made_again(town: Library) -> None:
    town.rest()
    shutil.rmtree(town.folder)
    with pytest.raises(LibraryError, match=f"The data folder {town.folder} cannot be written to"):
        town.articles()
    assert not town.folder.exists()
