"""A library that is encoded in parts, by many processes, and published in one step."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index import (
    BASE,
    Article,
    Change,
    EmbeddedEngine,
    Library,
    LibraryBusy,
    LibraryError,
    ModelMismatch,
    Progress,
    Quote,
    StagedChange,
    Staging,
    StagingPlan,
    UpdateReport,
    begin_parts,
    encode_part,
    seen_in,
    staged_change,
)
from index.parts import part_of
from index.storage.postgres.engine import PostgresEngine
from tests.encoder import WordEncoder
from tests.index.encoding_parts import STORIES, begun, stories, work
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, SCHOOL
from tests.postgres import Place

ROOT = Path(__file__).parents[2]
PARTS = 16
PASSAGES = 5 * STORIES + 1
"""How many different passages the stories have."""


@pytest.fixture
def engine(postgres_place: Place) -> Iterator[PostgresEngine]:
    with closing(PostgresEngine(postgres_place.url, schema=postgres_place.schema)) as engine:
        yield engine


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@contextmanager
def opened(engine: PostgresEngine, encoder: WordEncoder) -> Iterator[Library]:
    with Library.open_in(engine, BASE, load_encoder=lambda: encoder, threshold=0.0) as library:
        yield library


@pytest.fixture
def library(engine: PostgresEngine, encoder: WordEncoder) -> Iterator[Library]:
    with opened(engine, encoder) as library:
        yield library


@pytest.fixture
def staging(engine: PostgresEngine) -> Staging:
    return engine.staging(BASE)


def changing(library: Library, *articles: Article, remove: tuple[str, ...] = ()) -> Change:
    return seen_in(library.articles(), Change(articles, remove))


def begin(
    library: Library, staging: Staging, encoder: WordEncoder, change: Change, *, parts: int = 2, full: bool = False
) -> StagingPlan:
    return begin_parts(library, staging, parts, lambda: encoder, lambda: (change, ()), full=full)


def encode_all(library: Library, staging: Staging, plan: StagingPlan, encoder: WordEncoder) -> int:
    """How many passages were read for all parts."""
    return sum(
        encode_part(library, staging, plan, number, lambda: encoder).passages_read
        for number in range(1, plan.parts + 1)
    )


def publish(library: Library, staging: Staging) -> UpdateReport:
    plan, change, _ = staged_change(staging)
    return StagedChange(staging, plan).make(library, change, rebuild=plan.whole)


def first_quote(library: Library, question: str) -> Quote:
    return library.ask(question).quotes[0]


def start(place: Place, *passages: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.index.encoding_parts", place.url, place.schema, str(PARTS), *passages],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_sixteen_parts_on_three_processes_of_which_one_is_killed_are_published_once_each(
    postgres_place: Place, engine: PostgresEngine, encoder: WordEncoder, library: Library, staging: Staging
) -> None:
    with start(postgres_place, "12") as doomed, start(postgres_place) as one, start(postgres_place) as other:
        assert doomed.stdout and one.stdout and other.stdout
        assert doomed.stdout.readline() == "stands still\n", "in the middle of a part, with some of it staged"
        doomed.kill()
        doomed.wait()
        plan = begun(library, staging, PARTS, encoder)
        counts = [int(process.stdout.read() or 0) for process in (one, other)]
        assert one.wait() == other.wait() == 0
    assert library.read_generation() == 0 and library.articles() == [], "no reader sees what is staged"
    left = [state for state in staging.states(plan) if not state.is_complete]
    assert [state.holder for state in left] == [None] * len(left), "what was killed holds nothing"
    rest = work(postgres_place.url, postgres_place.schema, PARTS, encoder)
    states = staging.states(plan)
    assert all(state.is_complete for state in states) and sum(state.articles for state in states) == STORIES
    assert sum(state.passages for state in states) == PASSAGES, "each passage is staged once"
    twice = PARTS  # the passage that is in all stories, which processes may read at the same time
    assert PASSAGES - 12 <= sum(counts) + rest <= PASSAGES - 4 + twice
    before = encoder.passages_read
    report = publish(library, staging)
    assert encoder.passages_read == before, "publishing embeds nothing"
    assert (len(report.added), report.passages_embedded) == (STORIES, 0)
    assert (library.read_generation(), library.size().articles) == (1, STORIES)
    assert staging.plan() is None, "what was staged is gone"
    assert Counter(library.articles()) == Counter(replace(article, language="en") for article in stories())
    with Library.open_in(engine, "servers/1", load_encoder=lambda: encoder, threshold=0.0) as usual:
        usual.update(stories())
        question = "Who coated the old gate77 in grey?"
        published, updated = first_quote(library, question), first_quote(usual, question)
        assert (published.text, published.score) == (updated.text, updated.score)
        assert "crew77 " in published.text
    assert library.check() == ()


def test_each_article_belongs_to_one_part_wherever_that_is_reckoned() -> None:
    assert [part_of(article_id, 16) for article_id in ("bridge", "school", "Straße", "")] == [14, 7, 7, 5]
    counts = Counter(part_of(f"story-{n}", 4) for n in range(4_000))
    assert counts.keys() == {1, 2, 3, 4} and all(900 < count < 1_100 for count in counts.values())


def test_a_part_that_is_run_again_reads_nothing_again(library: Library, staging: Staging, encoder: WordEncoder) -> None:
    library.update([BRIDGE])
    plan = begin(library, staging, encoder, changing(library, *ARTICLES))
    begun_with = encoder.passages_read
    assert encode_all(library, staging, plan, encoder) == 3, "what the library has is not read again"
    assert encode_all(library, staging, plan, encoder) == 0
    assert encoder.passages_read == begun_with + 3
    steps: list[Progress] = []
    done = encode_part(library, staging, plan, 1, lambda: encoder, steps.append)
    assert done.articles == 0 and steps == [Progress(done.state.articles, done.state.articles)]


def test_readers_see_the_old_generation_until_all_of_the_new_one_is_there(
    engine: PostgresEngine, library: Library, staging: Staging, encoder: WordEncoder
) -> None:
    library.update([BRIDGE, SCHOOL])
    old = replace(SCHOOL, text="The school has a new roof. It is made of slate.")
    plan = begin(library, staging, encoder, changing(library, old, HARBOUR, remove=("bridge",)))
    encode_all(library, staging, plan, encoder)
    seen: list[tuple[int, set[str]]] = []
    with opened(engine, encoder) as reader:

        def look(_: Progress) -> None:
            seen.append((reader.read_generation(), {article.id for article in reader.articles()}))
            assert first_quote(reader, "What does the school have?").text == "The school has no roof."

        complete, change, _ = staged_change(staging)
        StagedChange(staging, complete).make(library, change, on_progress=look)
        assert seen and set(map(str, seen)) == {str((1, {"bridge", "school"}))}
        assert (reader.read_generation(), {article.id for article in reader.articles()}) == (2, {"harbour", "school"})
        assert first_quote(reader, "What does the school have?").text == "The school has a new roof."


def test_what_changed_since_is_embedded_when_it_is_published_and_an_edit_stays(
    library: Library, staging: Staging, encoder: WordEncoder
) -> None:
    library.update([BRIDGE, SCHOOL])
    plan = begin(library, staging, encoder, Change(), full=True)
    assert encode_all(library, staging, plan, encoder) == 2
    edited = replace(SCHOOL, text="The school has a roof of glass. Pupils learn to clean it.")
    library.update([edited, HARBOUR])
    report = publish(library, staging)
    assert (report.passages_embedded, len(report.unchanged)) == (2, 3)
    assert {article.id: article.text for article in library.articles()} == {
        article.id: article.text for article in (BRIDGE, HARBOUR, edited)
    }
    again = begin(library, staging, encoder, changing(library, replace(SCHOOL, text="The school is closed.")))
    encode_all(library, staging, again, encoder)
    library.update([replace(SCHOOL, text="The school is open. Its doors are green.")])
    report = publish(library, staging)
    assert [refusal.name for refusal in report.refused] == ["school"], "somebody else's edit is not lost"
    assert library.article("school").text.startswith("The school is open.")


def test_with_full_every_stored_article_is_embedded_with_the_model_of_now(
    engine: PostgresEngine, staging: Staging
) -> None:
    with opened(engine, WordEncoder("words 0")) as library:
        library.update(ARTICLES)
    now = WordEncoder("words 2")
    with opened(engine, now) as library:
        with pytest.raises(ModelMismatch, match="another version of words"):
            begin(library, staging, now, changing(library, SCHOOL))
        newer = replace(BRIDGE, text=BRIDGE.text.replace("on Monday", "on Tuesday"))
        plan = begin(library, staging, now, changing(library, newer, remove=("school",)), full=True)
        assert sum(state.articles for state in staging.states(plan)) == 4
        assert encode_all(library, staging, plan, now) == 5
        assert not library.is_current(), "until it is published"
        report = publish(library, staging)
        assert (report.changed, report.removed, report.passages_embedded) == (("bridge",), ("school",), 0)
        assert library.is_current() and len(library.articles()) == 3
        assert library.check() == ()


def test_what_is_not_complete_is_named_and_nothing_is_published(
    library: Library, staging: Staging, encoder: WordEncoder
) -> None:
    with pytest.raises(LibraryError, match=r"^No part of the library in .* \(base\) was encoded; begin with any"):
        publish(library, staging)
    plan = begin(library, staging, encoder, changing(library, *ARTICLES), parts=4)
    sizes = [state.articles for state in staging.states(plan)]
    assert sizes == [0, 1, 3, 0]
    encode_part(library, staging, plan, 1, lambda: encoder)
    with staging.part(plan, 3):
        said = r"Of the 4 parts of the library in .*, 2 \(1 article left\) and 3 \(3 articles left, at work\) are not"
        with pytest.raises(LibraryError, match=said):
            publish(library, staging)
    assert library.read_generation() == 0
    encode_all(library, staging, plan, encoder)
    assert len(publish(library, staging).added) == 4


def test_an_article_that_no_library_takes_is_refused_when_it_is_published(
    library: Library, staging: Staging, encoder: WordEncoder
) -> None:
    odd = [replace(SCHOOL, id="a\0b"), replace(SCHOOL, id="\udce9"), replace(SCHOOL, title="\udce9")]
    plan = begin(library, staging, encoder, changing(library, BRIDGE, *odd))
    encode_all(library, staging, plan, encoder)
    report = publish(library, staging)
    assert (report.added, len(report.refused)) == (("bridge",), 3)


def test_a_part_has_one_process_at_a_time(library: Library, staging: Staging, encoder: WordEncoder) -> None:
    plan = begin(library, staging, encoder, changing(library, *ARTICLES))
    with staging.part(plan, 1):
        with pytest.raises(
            LibraryBusy, match=r"^Part 1/2 of .* is being encoded by process \d+ .*, since .* UTC; take"
        ):
            encode_part(library, staging, plan, 1, lambda: encoder)
        encode_part(library, staging, plan, 2, lambda: encoder)
    encode_part(library, staging, plan, 1, lambda: encoder)


def test_parts_with_another_model_or_number_or_of_other_articles_are_refused(
    library: Library, staging: Staging, encoder: WordEncoder
) -> None:
    change = changing(library, *ARTICLES)
    plan = begin(library, staging, encoder, change)
    for parts, full in ((3, False), (2, True)):
        with pytest.raises(LibraryError, match=r"new articles are being encoded in 2 parts, begun at .*; go on with"):
            begin(library, staging, encoder, change, parts=parts, full=full)
    with pytest.raises(ModelMismatch, match=r"encoded with the model words, and another version of it is here; use"):
        begin(library, staging, WordEncoder("words 2"), change)
    encode_all(library, staging, plan, encoder)
    other = WordEncoder("words 2")
    other.name = "other words"
    complete, change, _ = staged_change(staging)
    with pytest.raises(ModelMismatch, match="with the model words, and this process has other words; use that model"):
        StagedChange(staging, complete).make(library.encoding_with(lambda _: other), change)
    assert library.read_generation() == 0 and staging.plan() == plan, "nothing of it was done"


def test_a_part_that_is_encoded_while_all_is_discarded_says_so(
    library: Library, staging: Staging, encoder: WordEncoder
) -> None:
    plan = begin(library, staging, encoder, changing(library, *ARTICLES))
    with staging.part(plan, 1) as part:
        assert staging.drop() and not staging.drop()
        with pytest.raises(LibraryError, match="published or discarded meanwhile; begin the parts anew"):
            part.store(["bridge"], {})
    with engine_tables(library) as counts:
        assert counts == [0, 0, 0]


@contextmanager
def engine_tables(library: Library) -> Iterator[list[int]]:
    """How many rows each table of a staging has."""
    storage = library._storage
    with storage.reading(whole=True) as snapshot:
        connection = snapshot.connection  # type: ignore[attr-defined]
        yield [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("stagings", "staged_articles", "staged_encodings")
        ]


def test_the_first_process_reads_the_articles_and_the_others_take_what_it_found(
    library: Library, staging: Staging, encoder: WordEncoder
) -> None:
    held = replace(BRIDGE, embargo=datetime(2030, 1, 1, tzinfo=UTC), private=True, language="en")
    first = begin_parts(library, staging, 2, lambda: encoder, lambda: (changing(library, held), ["x is gone"]))

    def fail() -> tuple[Change, list[str]]:
        raise AssertionError("the articles were read again")

    assert begin_parts(library, staging, 2, lambda: encoder, fail) == first
    encode_all(library, staging, first, encoder)
    _, change, notes = staged_change(staging)
    assert (change.articles, change.whole, notes) == ((held,), False, ("x is gone",))
    publish(library, staging)
    assert library.articles() == [held]


def test_a_library_in_a_folder_has_no_parts(tmp_path: object) -> None:
    with pytest.raises(LibraryError, match=r"^The libraries in .* are in a folder, where no parts can be encoded\.$"):
        EmbeddedEngine(str(tmp_path)).staging(BASE)
