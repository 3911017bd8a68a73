"""What is searched in PostgreSQL is what the embedded engine finds, in the same order, whatever is hidden."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from index import Article
from index.passages import CUTTING, PASSAGE_TOKENS, cut, prepare
from index.storage.embedded import EmbeddedStorage
from index.storage.engine import BASE
from index.storage.hidden import Hidden
from index.storage.postgres import own, search
from index.storage.postgres.engine import PostgresEngine
from index.storage.postgres.postings import PostgresPostings
from index.storage.seam import Storage, Update
from index.storage.types import Manifest, NewPassage, Scope
from index.types import Floats
from index.words import terms
from tests.encoder import WordEncoder
from tests.postgres import Place

ENCODER = WordEncoder()
MANIFEST = Manifest.of(ENCODER, PASSAGE_TOKENS, CUTTING)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = [f"{kind}{number}" for number in range(40) for kind in ("harbour", "ferry", "bridge", "school")]


def story(number: int) -> Article:
    """An article of three passages. Some words are in nearly all, others in few; a third of them have no date."""
    drawn = np.random.default_rng(number)
    chances = 1 / np.arange(2, len(WORDS) + 2)
    words = drawn.choice(WORDS, size=150, p=chances / chances.sum())
    text = " ".join(" ".join(words[start : start + 10]).capitalize() + "." for start in range(0, 150, 10))
    published = NOON - int(drawn.integers(1, 40)) * DAY if number % 3 else None
    return Article(f"story-{number}", f"Story of {words[0]}", text, published=published)


STORIES = [story(number) for number in range(60)]
EMBARGOED = [replace(story(number), embargo=NOON + DAY) for number in (3, 17, 18)]
PRIVATE = [replace(story(number), private=True) for number in (4, 40)]
DATED_AHEAD = [replace(story(number), published=NOON + DAY) for number in (7, 59)]
SCOPES = [
    Scope(),
    Scope(since=NOON - 20 * DAY),
    Scope(until=NOON - 30 * DAY),
    Scope(since=NOON - 9 * DAY, until=NOON - 8 * DAY),
    Scope(since=NOON + 2 * DAY),
    Scope(article_id="story-11"),
    Scope(article_id="story-4"),
    Scope(article_id="nowhere"),
]
QUESTIONS = [["harbour0", "ferry3"], ["bridge12", "harbour39", "school1"], ["ferry0"], ["nothing"], [], ["ferry30"]]


@dataclass
class Engines:
    embedded: Storage
    postgres: Storage

    def __iter__(self) -> Iterator[Storage]:
        return iter((self.embedded, self.postgres))

    def put(self, articles: Sequence[Article], gone: Sequence[str] = ()) -> None:
        for storage in self:
            with storage.writing(1) as update:
                update.set_manifest(MANIFEST)
                for article in articles:
                    put(update, article)
                for article_id in gone:
                    update.delete(article_id)


@pytest.fixture
def engines(postgres_place: Place, tmp_path: Path) -> Iterator[Engines]:
    engine = PostgresEngine(postgres_place.url, schema=postgres_place.schema)
    embedded = EmbeddedStorage(tmp_path / "library", lambda: NOON)
    yield Engines(embedded, engine.open(BASE, lambda: NOON))
    embedded.close()
    engine.close()


def put(update: Update, article: Article) -> None:
    prepared = prepare(article)
    pieces = cut(prepared, ENCODER)
    encodings = dict(ENCODER.encode_passages(pieces.texts))
    title = tuple(terms(article.title))
    passages = [
        NewPassage(
            passage, key, tuple(tuple(terms(text.text[at.start : at.end])) for at in text.sentences), title,
            encodings[number],
        )
        for number, (passage, text, key) in enumerate(zip(pieces.passages, pieces.texts, pieces.keys, strict=True))
    ]  # fmt: skip
    update.put(article, prepared.sentences, passages)


def vector(question: Sequence[str]) -> Floats:
    return ENCODER.encode_question(" ".join(question) or "something").vector


def check_same(engines: Engines, *, whole: bool = False, limits: Sequence[int] = (4, 200)) -> None:
    """All that a search asks of a snapshot has the same answer in both."""
    with engines.embedded.reading(whole=whole) as one, engines.postgres.reading(whole=whole) as other:
        assert (one.passage_total(), one.term_total()) == (other.passage_total(), other.term_total())
        assert one.passage_total() > 0
        assert one.newest_passage() == other.newest_passage()
        for question in QUESTIONS:
            assert one.passage_counts(question) == other.passage_counts(question)
            for scope in SCOPES:
                for limit in limits:
                    found = one.best_by_words(question, limit, scope), other.best_by_words(question, limit, scope)
                    assert found[0] == found[1], (question, scope, limit)
                    check_nearest(one.nearest(vector(question), limit, scope), other, question, limit, scope)
        ids = [number for _ in range(2) for number in (4, 2, 999, 1)]
        assert [held.id for held in one.passages(ids)] == [held.id for held in other.passages(ids)]
        assert one.passages_in(["story-4", "story-5"]) == other.passages_in(["story-4", "story-5"])


def check_nearest(expected: list[int], other: object, question: Sequence[str], limit: int, scope: Scope) -> None:
    found = other.nearest(vector(question), limit, scope)  # type: ignore[attr-defined]
    # Of equally near ones, as where no word is shared, any may come first: the cosines are compared.
    stored = {held.id: float(held.vector @ vector(question)) for held in other.passages([*expected, *found])}  # type: ignore[attr-defined]
    assert len(found) == len(set(found)) == len(expected)
    assert [stored[number] for number in found] == pytest.approx([stored[number] for number in expected], abs=2e-3)


def test_both_engines_find_the_same(engines: Engines) -> None:
    engines.put(STORIES)
    check_same(engines)
    changed = [replace(story(number), text=story(number + 100).text) for number in (1, 8, 30)]
    engines.put([*changed, *(story(number) for number in range(60, 70))], ["story-2", "story-11", "story-33"])
    check_same(engines)


def test_what_is_hidden_changes_no_count_and_no_order(engines: Engines) -> None:
    hidden = {article.id: article for article in (*EMBARGOED, *PRIVATE, *DATED_AHEAD)}
    engines.put([hidden.get(article.id, article) for article in STORIES])
    check_same(engines)
    check_same(engines, whole=True, limits=[5])
    with engines.postgres.reading() as readers, engines.postgres.reading(whole=True) as whole:
        assert readers.passage_total() < whole.passage_total()
        assert readers.passage_counts(["harbour0"])["harbour0"] < whole.passage_counts(["harbour0"])["harbour0"]
        seen = {held.article_id for held in readers.passages(readers.nearest(vector(["ferry0"]), 500, Scope()))}
    assert seen == {article.id for article in STORIES} - hidden.keys()


def test_a_library_whose_every_article_is_hidden_is_searched_in_vain(engines: Engines) -> None:
    engines.put(PRIVATE)
    with engines.postgres.reading() as readers:
        assert readers.nearest(vector(["ferry0"]), 5, Scope()) == []
        assert readers.best_by_words(["ferry0"], 5, Scope()) == []
        assert readers.passage_counts(["ferry0"]) == {"ferry0": 0}
        assert (readers.passage_total(), readers.term_total(), readers.newest_passage()) == (0, 0, 0)


def test_a_large_library_is_searched_by_its_graph_and_a_narrow_scope_of_it_without(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "OWN_TABLE", 40)
    monkeypatch.setattr(search, "EXACT", 40)
    hidden = {article.id: article for article in (*EMBARGOED, *PRIVATE, *DATED_AHEAD)}
    engines.put([hidden.get(article.id, article) for article in STORIES])
    check_same(engines, limits=[5])
    with engines.postgres.reading() as readers:
        plan = readers.connection.execute(  # type: ignore[attr-defined]
            "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'passages\\_%\\_graph\\_%' ORDER BY indexname DESC"
        ).fetchall()
    assert "hnsw" in plan[0][0]
    engines.put([story(number) for number in range(60, 70)], ["story-2", "story-33"])
    check_same(engines, limits=[5])


def test_a_question_asks_the_server_once_how_many_passages_have_a_term(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines.put(STORIES)
    asked: list[int] = []
    counts = PostgresPostings.counts

    def counting(index: PostgresPostings, numbers: Iterable[int], hidden: Hidden | None = None) -> dict[int, int]:
        asked.extend(numbers := [*numbers])
        return counts(index, numbers, hidden)

    monkeypatch.setattr(PostgresPostings, "counts", counting)
    with engines.postgres.reading() as snapshot:
        once = snapshot.passage_counts(["ferry0", "harbour0", "nowhere"])
        assert snapshot.best_by_words(["ferry0", "harbour0"], 5, Scope())
        assert snapshot.passage_counts(["nowhere", "ferry0"]) == {"nowhere": 0, "ferry0": once["ferry0"]}
    assert len(asked) == 3 and once["ferry0"] > 0
