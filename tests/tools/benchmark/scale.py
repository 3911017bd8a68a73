"""What a library costs as it grows: builds libraries of synthetic news in several sizes, and measures every step.

Every step runs in a process of its own, so that it pays for all that it loads, and its memory can be told. The time of
the stand-in encoder is left out, and the reader does not read: both take the same time at any size, and `peer` measures
them. What the machine has of the files in its cache stays there, as where a bot runs.
"""

import json
import math
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import BinaryIO

import numpy as np

from index import Answer, Article, Library
from index.storage.embedded import EmbeddedStorage
from index.storage.types import Scope
from index.types import Floats
from tests.tools.benchmark.hashed import DIMENSION, HashedEncoder
from tests.tools.benchmark.measuring import Clock, Spread, in_fresh_process, machine, peak_mib, seconds_without
from tests.tools.benchmark.news import FIRST_DAY, PASSAGES_AN_ARTICLE, YEARS, AskedStory, Newsroom

CHUNK = 10_000
"""How many articles are put in with one update. A build that is interrupted loses no more than these."""

ENOUGH = 0.99
"""The share of the wanted passages at which a build is done."""

QUESTIONS, PATIENCE = 100, 60.0
"""How many questions are asked of each kind, and the seconds after which no more are."""

LAST_YEARS = (1, 5, 10)
"""How many years before the end of the news questions with `since` reach back, in turn."""

STARTS = 3
"""How many processes open the library and ask a first question."""

CHANGES = 5
"""How many articles are added, and then removed, one at a time."""

UNCHANGED = 500
"""How many articles are in the update that changes nothing: as many as a feed lists."""

NEAREST = 100
"""How many neighbours of a question are compared with those that comparing all vectors finds."""

BLOCK = 50_000
"""How many vectors are compared at once."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a table. `grows` says whether its growth is of interest, `note` is printed behind the number."""

    name: str
    value: float
    unit: str
    grows: bool = True
    note: str = ""

    @property
    def label(self) -> str:
        """Its name and unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    def __str__(self) -> str:
        digits = 0 if self.value >= 100 else 1 if self.value >= 10 else 3
        return f"{self.value:,.{digits}f}{self.note}"


@dataclass(frozen=True, slots=True)
class Built:
    """How far a library is built, and what that took."""

    articles: int = 0
    passages: int = 0
    seconds: float = 0.0
    encoder_seconds: float = 0.0
    peak_mib: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the library of one size is, with the vectors of its passages beside it, which the library never reads.

    Steps are timed by `clock`.
    """

    folder: Path
    clock: Clock = time.perf_counter

    @property
    def library(self) -> Path:
        """The folder of the library."""
        return self.folder / "library"

    @property
    def vectors(self) -> Path:
        """The vectors of all passages, in some order: float16 (n, DIMENSION)."""
        return self.folder / "vectors.f16"

    @property
    def built(self) -> Built:
        """How far it is built."""
        file = self.folder / "built.json"
        return Built(**json.loads(file.read_text())) if file.exists() else Built()

    def note(self, built: Built) -> None:
        """Write down how far it is built."""
        (self.folder / "built.json").write_text(json.dumps(asdict(built)))

    def encoder(self, record: BinaryIO | None = None) -> HashedEncoder:
        """A stand-in for the encoder, which counts its time by the same clock."""
        return HashedEncoder(record, self.clock)

    @contextmanager
    def opened(self, encoder: HashedEncoder) -> Iterator[Library]:
        """Open the library. Its answers are ranked as usual, but not read."""
        with Library.open(self.library, load_encoder=lambda: encoder, learned_reading=False) as library:
            yield library


def main(sizes: Sequence[int], keep: Path | None, *, processor_time: bool = False) -> None:
    """Build and measure libraries of these many passages, in `keep` if it is given, and print a table.

    Processor time, of all threads together, hardly depends on what else the machine does; waiting is not in it.
    """
    clock = time.process_time if processor_time else time.perf_counter
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        columns: dict[int, list[Figure]] = {}
        for size in sorted(sizes):
            print(f"{size:,} passages", flush=True)
            place = Place((keep or Path(temporary)) / str(size), clock)
            built = in_fresh_process(build, place, size)
            figures = columns.setdefault(built.passages, [])
            for figure in measured(place, built):
                print(f"  {figure.label}: {figure}", flush=True)
                figures.append(figure)
    print("\n".join(table(columns)))


def measured(place: Place, built: Built) -> Iterator[Figure]:
    """Run every step on a library, each in a process of its own."""
    yield Figure("build", built.seconds, "s", grows=False)
    yield Figure("of that: the stand-in encoder", built.encoder_seconds, "s", grows=False)
    yield Figure("memory, build", built.peak_mib, "MiB")
    yield from starts(place, built.articles)
    for step in (questions, additions, removals, idle_update, recall):
        yield from in_fresh_process(step, place, built.articles)
    taken = sum(file.stat().st_size for file in place.library.iterdir())
    yield Figure("disk a passage", taken / built.passages / 1024, "KiB")


def build(place: Place, size: int) -> Built:
    """Build a library of about that many passages, or go on where an earlier build was interrupted."""
    place.folder.mkdir(parents=True, exist_ok=True)
    newsroom = Newsroom()
    with place.vectors.open("ab") as record:
        encoder = place.encoder(record)
        with place.opened(encoder) as library:
            library.update([], remove=[article.id for article in extra_articles()])
            built = replace(place.built, articles=library.size().articles, passages=passages_in(place))
            record.truncate(built.passages * DIMENSION * 2)  # those of an update that was interrupted
            while built.passages < ENOUGH * size:
                wanted = math.ceil((size - built.passages) / PASSAGES_AN_ARTICLE)
                numbers = range(built.articles, built.articles + min(wanted, CHUNK))
                began, before = place.clock(), encoder.spent.seconds
                report = library.update(newsroom.articles(numbers))
                record.flush()
                built = Built(
                    built.articles + len(report.added),
                    built.passages + report.passages_embedded,
                    built.seconds + place.clock() - began,
                    built.encoder_seconds + encoder.spent.seconds - before,
                    max(built.peak_mib, peak_mib()),
                )
                place.note(built)
                print(f"  {built.passages:,} passages of {built.articles:,} articles in {built.seconds:,.0f} s")
    return built


def passages_in(place: Place) -> int:
    """How many passages the library holds."""
    with EmbeddedStorage(place.library).reading() as snapshot:
        return snapshot.passage_total()


def extra_articles() -> list[Article]:
    """Articles that are in no library until it is measured how long it takes to add them."""
    newsroom = Newsroom()
    return [replace(newsroom.article(10**9 + number), id=f"extra-{number}") for number in range(CHANGES)]


def asked_of(articles: int, count: int, seed: int) -> list[AskedStory]:
    """Questions about `count` of the first `articles` articles."""
    newsroom = Newsroom()
    drawn = np.random.default_rng(seed).integers(articles, size=count)
    return [newsroom.question(number) for number in drawn.tolist()]


def starts(place: Place, articles: int) -> list[Figure]:
    """How long it takes to open the library, and then to answer the first question."""
    rows = [in_fresh_process(start, place, asked) for asked in asked_of(articles, STARTS, seed=0)]
    opened, first, peak = map(median, zip(*rows, strict=True))
    return [
        Figure("open", opened * 1000, "ms"),
        Figure("first question", first * 1000, "ms"),
        Figure("memory, first question", peak, "MiB"),
    ]


def start(place: Place, asked: AskedStory) -> tuple[float, float, float]:
    """The seconds until the library is open, those from there to the first answer, and the peak of memory in MiB."""
    encoder = place.encoder()
    began = place.clock()
    with place.opened(encoder) as library:
        opened = place.clock() - began
        return opened, seconds_without(encoder.spent, lambda: library.ask(asked.question)), peak_mib()


def questions(place: Place, articles: int) -> list[Figure]:
    """How long questions take: of the whole library, of what was published since a day, and of one article."""
    encoder, asked = place.encoder(), asked_of(articles, QUESTIONS, seed=1)
    with place.opened(encoder) as library:
        for one in asked_of(articles, 3, seed=2):
            library.ask(one.question)
        parts: list[Answer] = []
        whole = spread_of(asked, encoder, lambda _, one: parts.append(library.ask(one.question)))
        since = spread_of(asked, encoder, lambda n, one: library.ask(one.question, since=day_before_the_end(n)))
        within = spread_of(asked, encoder, lambda _, one: library.ask(one.question, article_id=one.article_id))
    return [
        *in_two("question", whole),
        Figure("of that: search", median(answer.timing.search for answer in parts), "ms"),
        Figure("of that: rerank", median(answer.timing.rerank for answer in parts), "ms"),
        *in_two("question with since", since),
        *in_two("question of one article", within),
        Figure("memory, questions", peak_mib(), "MiB"),
    ]


def spread_of(asked: Sequence[AskedStory], encoder: HashedEncoder, ask: Callable[[int, AskedStory], object]) -> Spread:
    """The time that questions take without the encoder. When PATIENCE is over, no more are asked."""
    seconds: list[float] = []
    for number, one in enumerate(asked):
        seconds.append(seconds_without(encoder.spent, lambda number=number, one=one: ask(number, one)))
        if sum(seconds) > PATIENCE:
            break
    return Spread.of(seconds)


def in_two(name: str, spread: Spread) -> Iterator[Figure]:
    """The median and the 95th percentile; with the number of questions, if that is less than QUESTIONS."""
    note = "" if spread.count == QUESTIONS else f" of {spread.count}"
    yield Figure(f"{name}, median", spread.median * 1000, "ms", note=note)
    yield Figure(f"{name}, 95th percentile", spread.percentile_95 * 1000, "ms", note=note)


def day_before_the_end(number: int) -> date:
    """The first day of the last year, of the last five, and of the last ten, in turn."""
    return (FIRST_DAY + timedelta(days=365 * (YEARS - LAST_YEARS[number % len(LAST_YEARS)]))).date()


def additions(place: Place, articles: int) -> list[Figure]:
    """How long it takes to add one article to a library that has answered questions."""
    return changes(place, articles, "add one article", lambda library, article: library.update([article]))


def removals(place: Place, articles: int) -> list[Figure]:
    """How long it takes to remove one of these articles again."""
    return changes(place, articles, "remove one article", lambda library, article: library.remove(article.id))


def changes(place: Place, articles: int, name: str, change: Callable[[Library, Article], object]) -> list[Figure]:
    encoder = place.encoder()
    with place.opened(encoder) as library:
        library.ask(asked_of(articles, 1, seed=3)[0].question)
        seconds = [
            seconds_without(encoder.spent, lambda article=article: change(library, article))
            for article in extra_articles()
        ]
    return [Figure(name, median(seconds) * 1000, "ms"), Figure(f"memory, {name}", peak_mib(), "MiB")]


def idle_update(place: Place, articles: int) -> list[Figure]:
    """How long an update takes that brings what is there already."""
    encoder, newsroom = place.encoder(), Newsroom()
    known = list(newsroom.articles(range(min(UNCHANGED, articles))))
    with place.opened(encoder) as library:
        seconds = [seconds_without(encoder.spent, lambda: library.update(known)) for _ in range(STARTS)]
    return [
        Figure(f"update with {UNCHANGED} unchanged articles", median(seconds) * 1000, "ms"),
        Figure("memory, that update", peak_mib(), "MiB"),
    ]


def recall(place: Place, articles: int) -> list[Figure]:
    """How many of the passages that are nearest to a question the library finds, and how long it searches for them."""
    encoder = place.encoder()
    vectors = np.stack([encoder.encode_question(one.question).vector for one in asked_of(articles, QUESTIONS, seed=4)])
    least = exact_cosines(place, vectors, NEAREST)[:, -1]
    shares, seconds = [], []
    with EmbeddedStorage(place.library).reading() as snapshot:
        snapshot.nearest(vectors[0], NEAREST, Scope())
        for vector, cosine in zip(vectors, least, strict=True):
            began = place.clock()
            found = snapshot.nearest(vector, NEAREST, Scope())
            seconds.append(place.clock() - began)
            near = np.stack([stored.vector for stored in snapshot.passages(found)]) @ vector >= cosine - 1e-6
            shares.append(np.count_nonzero(near) / min(NEAREST, snapshot.passage_total()))
    return [
        Figure(f"recall of the nearest {NEAREST}", float(np.mean(shares)), "", grows=False),
        Figure("search for the nearest, median", Spread.of(seconds).median * 1000, "ms"),
    ]


def exact_cosines(place: Place, vectors: Floats, count: int) -> Floats:
    """The `count` largest cosines of each of the unit `vectors` (q, DIMENSION) with all passages: (q, count), falling.

    There are fewer if there are fewer passages.
    """
    stored = np.memmap(place.vectors, dtype="<f2", mode="r").reshape(-1, DIMENSION)
    best = np.empty((len(vectors), 0), dtype=np.float32)
    for first in range(0, len(stored), BLOCK):
        cosines = vectors @ stored[first : first + BLOCK].astype(np.float32).T
        best = -np.sort(-np.hstack([best, cosines]), axis=1)[:, :count]
    return best


def table(columns: Mapping[int, Sequence[Figure]]) -> Iterator[str]:
    """The figures by the number of passages, in lines, with the growth from each size to the next.

    What grows faster than the square root of the size is marked.
    """
    steps = list(pairwise(columns))
    roots = [math.sqrt(larger / smaller) for smaller, larger in steps]
    yield _line("passages", map("{:,}".format, columns), map("root {:.2f}".format, roots))
    for row in zip(*columns.values(), strict=True):
        growths = [after.value / before.value if before.value else math.inf for before, after in pairwise(row)]
        grown = (f"× {growth:.2f}{' !' * (growth > root)}" for growth, root in zip(growths, roots, strict=True))
        yield _line(row[0].label, map(str, row), grown if row[0].grows else ())


def _line(name: str, values: Iterable[str], growths: Iterable[str]) -> str:
    return f"{name:<44}{''.join(f'{value:>16}' for value in values)}{''.join(f'{growth:>12}' for growth in growths)}"
