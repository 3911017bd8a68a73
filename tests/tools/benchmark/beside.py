"""PostgreSQL beside SQLite as a library grows: the same synthetic news in both engines, asked in turn in one process.

As `scale` it leaves the encoder's time out, and the reader does not read. What the two take is told side by side, so
that it can be compared on a machine that has other things to do: these slow both down alike.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from index import Library
from index.storage.embedded import EmbeddedStorage
from index.storage.postgres.engine import PostgresEngine
from index.storage.seam import Snapshot
from index.storage.transfer import copy_library
from index.storage.types import Scope
from tests import postgres
from tests.tools.benchmark import scale
from tests.tools.benchmark.hashed import HashedEncoder
from tests.tools.benchmark.measuring import Spread, in_fresh_process, machine, peak_mib, seconds_without
from tests.tools.benchmark.news import PASSAGES_AN_ARTICLE, AskedStory, Newsroom
from tests.tools.benchmark.scale import Place

SELF = "self"
"""In place of an address: a server that is started for it, and deleted at the end."""

SERVERS, SERVER_PASSAGES = 200, 100
"""How many small libraries are beside the large ones, and how many passages each has."""

UPDATED = 400
"""How many passages an update brings that is measured."""

WARM = 10
"""How many questions are asked before it is measured, as by then the server has planned what comes often."""

ROUNDS = 200
"""How often the server is asked for nothing."""

PATIENCE = 600.0
"""How many seconds a copy waits for another process that writes."""

_CHANGED = 2 * 10**9
"""The numbers of the stories that are brought in and taken out again begin here."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What something takes in SQLite and in PostgreSQL; None where it is not there."""

    name: str
    unit: str
    embedded: float | None
    database: float

    def __str__(self) -> str:
        both = f"{_shown(self.embedded):>12}{_shown(self.database):>12}"
        ratio = f"   × {self.database / self.embedded:.2f}" if self.embedded else ""
        return f"  {f'{self.name}, {self.unit}' if self.unit else self.name:<48}{both}{ratio}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 3}f}"


@dataclass(frozen=True, slots=True)
class Both:
    """A library in a folder, and its copy in a database."""

    place: Place
    url: str
    schema: str
    name: str

    @contextlib.contextmanager
    def engine(self) -> Iterator[PostgresEngine]:
        """The database."""
        with closing(PostgresEngine(self.url, schema=self.schema)) as engine:
            yield engine

    @contextlib.contextmanager
    def in_database(self, encoder: HashedEncoder) -> Iterator[Library]:
        """Open the library in the database as `Place.opened` opens the one in the folder."""
        with (
            self.engine() as engine,
            Library.open_in(engine, self.name, load_encoder=lambda: encoder, learned_reading=False) as library,
        ):
            yield library

    @contextlib.contextmanager
    def opened(self, encoder: HashedEncoder) -> Iterator[tuple[Library, Library]]:
        """Both libraries, that in the folder first."""
        with self.place.opened(encoder) as embedded, self.in_database(encoder) as database:
            yield embedded, database


def main(sizes: Sequence[int], keep: Path | None, database_url: str) -> None:
    """Build libraries of these many passages, copy them into a database, and measure both. They are deleted there."""
    print(machine())
    with ExitStack() as stack:
        url = stack.enter_context(postgres.server(durable=True)) if database_url == SELF else database_url
        postgres.add_extensions(url)
        schema = stack.enter_context(postgres.schema(url)).schema
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        told(f"{'':<50}{'SQLite':>12}{'PostgreSQL':>12}")
        for number, size in enumerate(sorted(sizes), start=1):
            both = Both(Place(folder / str(size)), url, schema, f"sizes/{number}")
            built = in_fresh_process(scale.build, both.place, size)
            told(f"{built.passages:,} passages")
            for step in (copying, questions, recall, changes, memory):
                for pair in in_fresh_process(step, both, built.articles):
                    told(str(pair))
        told(f"{SERVERS} libraries of {SERVER_PASSAGES} passages each")
        for pair in in_fresh_process(servers, folder / "servers", url, schema):
            told(str(pair))
        for pair in in_fresh_process(round_trips, both, built.articles):
            told(str(pair))


def told(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def copying(both: Both, _: int) -> list[Pair]:
    """Copy the library into the database, as `pullquote migrate` does, and say how much room both take."""
    with both.engine() as engine:
        before = _bytes_in(engine)
        began = time.perf_counter()
        with EmbeddedStorage(both.place.library).reading(whole=True) as source:
            copy_library(source, engine.open(both.name, _now), with_former=True, patience=PATIENCE)
            passages = source.passage_total()
        seconds = time.perf_counter() - began
        _settle(engine)
        after = _bytes_in(engine)
    files = sum(file.stat().st_size for file in both.place.library.iterdir())
    names = [name for name in after if after[name] > before.get(name, 0)]
    return [
        Pair("copied, with the indexes", "s", None, seconds),
        Pair("disk a passage", "KiB", files / passages / 1024, _grown(before, after, names) / passages / 1024),
        *(
            Pair(f"of that: {name}", "KiB", None, _grown(before, after, [name]) / passages / 1024)
            for name in sorted(names, key=lambda name: -after[name])
            if _grown(before, after, [name]) > 0.01 * _grown(before, after, names)
        ),
    ]


def _now() -> datetime:
    return datetime.now(UTC)


def _settle(engine: PostgresEngine) -> None:
    """What the server does by itself within a minute or so of a large update."""
    with engine.connection() as connection:
        connection.execute("VACUUM ANALYZE")


def _bytes_in(engine: PostgresEngine) -> dict[str, int]:
    """How many bytes each table and each index takes, a table with what is stored beside it."""
    with engine.connection() as connection:
        return dict(
            connection.execute(
                """SELECT relname, CASE relkind WHEN 'r' THEN pg_table_size(oid) ELSE pg_relation_size(oid) END
                   FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = current_schema()::regnamespace"""
            ).fetchall()
        )


def _grown(before: dict[str, int], after: dict[str, int], names: Sequence[str]) -> int:
    return sum(after[name] - before.get(name, 0) for name in names)


def questions(both: Both, articles: int) -> list[Pair]:
    """How long questions take: of the whole library, of what was published since a day, and of one article."""
    encoder, asked = both.place.encoder(), scale.asked_of(articles, scale.QUESTIONS, seed=1)
    with both.opened(encoder) as libraries:
        for one in scale.asked_of(articles, WARM, seed=2):
            for library in libraries:
                library.ask(one.question)
        kinds: dict[str, Callable[[Library, int, AskedStory], object]] = {
            "question": lambda library, _, one: library.ask(one.question),
            "question with since": lambda library, number, one: library.ask(
                one.question, since=scale.day_before_the_end(number)
            ),
            "question of one article": lambda library, _, one: library.ask(one.question, article_id=one.article_id),
        }
        return [pair for name, ask in kinds.items() for pair in in_two(name, in_turn(encoder, libraries, asked, ask))]


def in_turn(
    encoder: HashedEncoder,
    libraries: Sequence[Library],
    asked: Sequence[AskedStory],
    ask: Callable[[Library, int, AskedStory], object],
) -> tuple[Spread, Spread]:
    """The time that the same questions take to both libraries, without the encoder; now this one is first, now that."""
    seconds: tuple[list[float], list[float]] = [], []
    for number, one in enumerate(asked):
        for which in (0, 1) if number % 2 else (1, 0):
            action = lambda which=which, number=number, one=one: ask(libraries[which], number, one)  # noqa: E731
            seconds[which].append(seconds_without(encoder.spent, action))
        if sum(map(sum, seconds)) > 2 * scale.PATIENCE:
            break
    return Spread.of(seconds[0]), Spread.of(seconds[1])


def in_two(name: str, spreads: tuple[Spread, Spread]) -> Iterator[Pair]:
    """The median and the 95th percentile, with the number of questions if that is less than was wanted."""
    embedded, database = spreads
    note = "" if embedded.count >= scale.QUESTIONS else f" of {embedded.count}"
    yield Pair(f"{name}, median{note}", "ms", embedded.median * 1000, database.median * 1000)
    yield Pair(f"{name}, 95th percentile{note}", "ms", embedded.percentile_95 * 1000, database.percentile_95 * 1000)


def recall(both: Both, articles: int) -> list[Pair]:
    """How many of the passages that are nearest to a question each finds, and how long it searches for them."""
    encoder = both.place.encoder()
    asked = scale.asked_of(articles, scale.QUESTIONS, seed=4)
    vectors = np.stack([encoder.encode_question(one.question).vector for one in asked])
    least = scale.exact_cosines(both.place, vectors, scale.NEAREST)[:, -1]
    shares: tuple[list[float], list[float]] = [], []
    seconds: tuple[list[float], list[float]] = [], []
    with both.engine() as engine:
        storages = EmbeddedStorage(both.place.library), engine.open(both.name, _now)
        with storages[0].reading() as embedded, storages[1].reading() as database:
            snapshots: tuple[Snapshot, Snapshot] = embedded, database
            for vector, cosine in zip(vectors, least, strict=True):
                for which, snapshot in enumerate(snapshots):
                    began = time.perf_counter()
                    found = snapshot.nearest(vector, scale.NEAREST, Scope())
                    seconds[which].append(time.perf_counter() - began)
                    near = np.stack([stored.vector for stored in snapshot.passages(found)]) @ vector >= cosine - 1e-6
                    shares[which].append(np.count_nonzero(near) / min(scale.NEAREST, snapshot.passage_total()))
    medians = [Spread.of(some).median * 1000 for some in seconds]
    return [
        Pair(f"recall of the nearest {scale.NEAREST}", "", float(np.mean(shares[0])), float(np.mean(shares[1]))),
        Pair("search for the nearest, median", "ms", medians[0], medians[1]),
    ]


def changes(both: Both, articles: int) -> list[Pair]:
    """How long it takes to add an article, to remove it, and to bring in many passages at once."""
    encoder, newsroom = both.place.encoder(), Newsroom()
    many = [newsroom.article(_CHANGED + number) for number in range(round(UPDATED / PASSAGES_AN_ARTICLE))]
    steps: dict[str, list[list[float]]] = {}

    def change(name: str, libraries: Sequence[Library], action: Callable[[Library], object]) -> None:
        both_times = [seconds_without(encoder.spent, lambda library=library: action(library)) for library in libraries]
        steps.setdefault(name, []).append(both_times)

    with both.opened(encoder) as libraries:
        for library in libraries:
            library.ask(scale.asked_of(articles, 1, seed=3)[0].question)
        for article in scale.extra_articles():
            change("add one article", libraries, lambda library, article=article: library.update([article]))
        for article in scale.extra_articles():
            change("remove one article", libraries, lambda library, article=article: library.remove(article.id))
        for _ in range(scale.STARTS):
            change(f"update of {UPDATED} passages", libraries, lambda library: library.update(many))
            change("remove them", libraries, lambda library: library.update([], remove=[one.id for one in many]))
    medians = {name: np.median(np.array(times), axis=0) * 1000 for name, times in steps.items()}
    return [Pair(name, "ms", float(embedded), float(database)) for name, (embedded, database) in medians.items()]


def memory(both: Both, articles: int) -> list[Pair]:
    """How much memory a process takes that asks, in each engine; the server's own is not in it."""
    peaks = [in_fresh_process(_peak_of, both, articles, embedded) for embedded in (True, False)]
    return [Pair("memory of a process that asks", "MiB", *peaks)]


def _peak_of(both: Both, articles: int, embedded: bool) -> float:  # noqa: FBT001 - handed to another process
    encoder = both.place.encoder()
    with both.place.opened(encoder) if embedded else both.in_database(encoder) as library:
        for one in scale.asked_of(articles, WARM, seed=1):
            library.ask(one.question)
        return peak_mib()


def servers(folder: Path, url: str, schema: str) -> list[Pair]:
    """How long a question takes to one of many small libraries, each of which has answered one before."""
    encoder, newsroom = HashedEncoder(), Newsroom(seed=1)
    each = round(SERVER_PASSAGES / PASSAGES_AN_ARTICLE)
    stories = [range(first, first + each) for first in range(0, SERVERS * each, each)]
    with ExitStack() as stack:
        engine = stack.enter_context(closing(PostgresEngine(url, schema=schema)))
        before, passages = _bytes_in(engine) if engine.names() else {}, 0
        libraries: list[tuple[Library, Library]] = []
        for number, some in enumerate(stories, start=1):
            place = Place(folder / str(number))
            place.folder.mkdir(parents=True, exist_ok=True)
            both = Both(place, url, schema, f"servers/{number}")
            embedded = stack.enter_context(place.opened(encoder))
            if embedded.size().articles < each:
                embedded.update(newsroom.articles(some))
            with EmbeddedStorage(place.library).reading(whole=True) as source:
                copy_library(source, engine.open(both.name, _now), with_former=False)
                passages += source.passage_total()
            given: Any = {"load_encoder": lambda: encoder, "learned_reading": False}
            libraries.append((embedded, stack.enter_context(Library.open_in(engine, both.name, **given))))
        _settle(engine)
        after = _bytes_in(engine)
        files = sum(file.stat().st_size for file in folder.glob("*/library/*"))
        asked = [newsroom.question(some[0]) for some in stories]
        for pair, one in zip(libraries, asked, strict=True):
            for library in pair:
                library.ask(one.question)
        drawn = np.random.default_rng(5).permutation(SERVERS)[: scale.QUESTIONS].tolist()
        times = in_turn(
            encoder, (libraries[0][0], libraries[0][1]), [asked[number] for number in drawn], _Chosen(libraries, drawn)
        )
        used = _grown(before, after, [*after])
    return [
        *in_two("question of one of them", times),
        Pair("disk a passage", "KiB", files / passages / 1024, used / passages / 1024),
    ]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Asks the library whose turn it is, of the engine of the one that is given."""

    libraries: Sequence[tuple[Library, Library]]
    drawn: Sequence[int]

    def __call__(self, library: Library, number: int, one: AskedStory) -> object:
        is_database = library is self.libraries[0][1]
        return self.libraries[self.drawn[number]][is_database].ask(one.question)


def round_trips(both: Both, articles: int) -> list[Pair]:
    """How long the server takes to answer nothing, and how often a question asks it something."""
    with both.engine() as engine:
        reach = Spread.of([engine.reach() for _ in range(ROUNDS)])
    counted = 0
    execute = psycopg.Connection.execute

    def counting(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes
        nonlocal counted
        counted += 1
        return execute(*given, **named)

    with both.in_database(both.place.encoder()) as library:
        library.ask(scale.asked_of(articles, 1, seed=1)[0].question)
        psycopg.Connection.execute = counting  # type: ignore[method-assign]
        try:
            for one in scale.asked_of(articles, WARM, seed=2):
                library.ask(one.question)
        finally:
            psycopg.Connection.execute = execute  # type: ignore[method-assign]
    return [
        Pair("there and back to the server, median", "ms", None, reach.median * 1000),
        Pair("times there and back, a question", "", None, counted / WARM),
    ]
