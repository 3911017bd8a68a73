"""What is killed: kinds of work on a library or on the bot's records, and what may be found after each."""

import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

from bot.services.backup import restore_backup, write_backup
from bot.settings import Settings
from bot.storage.answers import AnswerStore, KeptQuote, Votes
from bot.storage.sqlite import SqliteDatabase
from index import (
    Answer,
    Article,
    Change,
    Library,
    Outcome,
    Quote,
    Source,
    SourcePage,
    SourceUpdate,
    Span,
    as_line,
    make_change,
    read_export,
)
from index.storage import store, vectors
from index.storage.types import Scope
from tests.encoder import WordEncoder
from tests.index.storage.version_1 import make_version_1, make_version_2
from tests.torture.trials import Say

TOWNS = "Ashby Brent Corrie Dunmore Elmouth Fairby Garth Holt Ilkley Jarrow Kelso Leith".split()
TRADES = "baker cooper dyer glazier hatter miller".split()
QUESTIONS = (
    "What did the miller of Holt say on day 2?",
    "Who repairs clocks in Leith?",
    "Why is the dyer of Brent glad?",
)
FEED = "https://town.example/feed"
DAY = timedelta(days=1)
LONG = timedelta(days=365)
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def article(town: str, edition: str) -> Article:
    """The news of a town. Each sentence says which edition it is from."""
    text = "\n\n".join(
        f"The {trade} of {town} said on day {day} of the {edition} edition that business is slow. "
        f"A cousin in {town} repairs clocks behind the station for the {trade}."
        for day in range(3)
        for trade in TRADES
    )
    published = MOMENT + TOWNS.index(town) * DAY
    return Article(town.lower(), f"The news of {town}", text, "Ada Finn", published, url=f"https://town.example/{town}")


FIRST = [article(town, "first") for town in TOWNS[:9]]
SECOND = [article(town, "first") for town in TOWNS[:3]] + [article(town, "second") for town in TOWNS[3:]]
"""Three are as in the first edition, six are corrected, and three are new."""


def open_library(folder: Path) -> Library:
    return Library.open(folder, load_encoder=WordEncoder, threshold=0.0)


@dataclass(frozen=True, slots=True)
class View:
    """All that readers see of a library."""

    generation: int
    articles: tuple[Article, ...]
    passages: tuple[object, ...]
    answers: tuple[object, ...]
    sources: tuple[Source, ...]
    pages: tuple[SourcePage, ...]
    excluded: tuple[str, ...]
    kept: tuple[int, ...]


def view_of(folder: Path) -> View:
    """What readers see of the library in a folder. Raises AssertionError if anything is wrong with it."""
    with open_library(folder) as library:
        assert library.check() == (), library.check()
        answers = tuple(_places(library, question) for question in QUESTIONS)
        assert library.check() == (), library.check()
        with library._storage.reading() as snapshot:
            passages = tuple(snapshot.passages(snapshot.passage_ids(Scope()).tolist()))  # type: ignore[attr-defined]
            return View(
                snapshot.read_generation(), tuple(snapshot.articles()), passages, answers, tuple(snapshot.sources()),
                tuple(snapshot.source_pages()), tuple(snapshot.excluded()),
                tuple(kept.generation for kept in snapshot.kept_generations()),
            )  # fmt: skip


def _places(library: Library, question: str) -> tuple[object, ...]:
    answer = library.ask(question)
    return answer.answered, *((q.article.id, q.start, q.end, round(q.score, 5)) for q in answer.closest)


class Kind:
    """A kind of work in a place, an empty folder at first."""

    changes_what_is_seen = True
    is_concurrent = False
    """Whether several threads work, so that no two runs are the same."""

    def prepare(self, place: Path) -> None:
        """Make what the work begins with."""
        with open_library(place / "library") as library:
            library.update(FIRST, keep_for=LONG)

    def work(self, place: Path, say: Say) -> None:
        """Do it: open the library, which migrates it if that is due, and change it."""
        with open_library(place / "library") as library:
            self.change(library, place)

    def change(self, library: Library, place: Path) -> None:
        """Change the library; some work is no more than opening it."""

    def view(self, place: Path) -> object:
        """What is seen of it. Raises AssertionError if anything is wrong."""
        return view_of(place / "library")

    def judge(self, found: object, before: object, after: object, said: Collection[str]) -> str:
        """Whether that is the state before the work, or after it. Raises AssertionError if it is neither."""
        assert found in (before, after), "it is neither as before nor as after"
        return "after" if found == after else "before"


class Update(Kind):
    """Articles are added, replaced and removed."""

    def change(self, library: Library, place: Path) -> None:
        library.update(SECOND, remove=["ashby"])


class KeptUpdate(Kind):
    """An update that can be undone."""

    def change(self, library: Library, place: Path) -> None:
        library.update(SECOND, remove=["ashby"], keep_for=LONG)


class Removal(Kind):
    """An article is removed by hand."""

    def change(self, library: Library, place: Path) -> None:
        library.remove("holt")


class Rebuild(Kind):
    """`reindex --full`."""

    def change(self, library: Library, place: Path) -> None:
        library.rebuild(SECOND, remove=["ashby"])


class Renewal(Rebuild):
    """The same in a library so large that the files of the passage index are then written anew."""

    def work(self, place: Path, say: Say) -> None:
        with patch.object(vectors, "FEW", 0):
            super().work(place, say)
        assert not list(place.glob("library/passages.1.*"))


class Reindex(Kind):
    """Sources are read again: articles and what is known of the sources change together."""

    def prepare(self, place: Path) -> None:
        with open_library(place / "library") as library:
            make_change(library, self._read("first", FIRST))

    def change(self, library: Library, place: Path) -> None:
        make_change(library, self._read("second", SECOND), keep_for=LONG)

    def _read(self, edition: str, articles: list[Article]) -> Change:
        source = Source("feed", FEED, MOMENT, f'"{edition}"', checked=MOMENT)
        pages = tuple(SourcePage(FEED, f"{one.url}", one.id, f'"{edition}"', None, edition, True) for one in articles)
        return Change(tuple(articles), source_update=SourceUpdate((source,), pages))


class Rollback(Kind):
    """The last update is undone."""

    def prepare(self, place: Path) -> None:
        with open_library(place / "library") as library:
            library.update(FIRST)
            library.update(SECOND, remove=["ashby"], keep_for=LONG)

    def change(self, library: Library, place: Path) -> None:
        library.roll_back()


class Import(Kind):
    """Lines of JSON are read and come in."""

    def prepare(self, place: Path) -> None:
        super().prepare(place)
        (place / "all.jsonl").write_text("".join(f"{as_line(one)}\n" for one in SECOND))

    def change(self, library: Library, place: Path) -> None:
        make_change(library, read_export(library, place / "all.jsonl", 1 << 20))


class Migration(Kind):
    """A library of an earlier schema is brought up when it is opened."""

    changes_what_is_seen = False

    def __init__(self, make: Callable[..., None]) -> None:
        self._make = make

    def prepare(self, place: Path) -> None:
        self._make(place / "library", FIRST)


class Shrinking(Kind):
    """The first removal from a library of version 1, whose file is written anew so that it can shrink."""

    def prepare(self, place: Path) -> None:
        make_version_1(place / "library", FIRST)
        open_library(place / "library").close()

    def change(self, library: Library, place: Path) -> None:
        library.update([], remove=["holt", "garth"])


class Tidying(Kind):
    """What a large library has put off erasing is erased, and what was kept for its time."""

    changes_what_is_seen = False

    def prepare(self, place: Path) -> None:
        with patch.object(store, "AT_ONCE_BYTES", 0), open_library(place / "library") as library:
            library.update(FIRST)
            library.update(SECOND[3:], remove=["ashby", "brent"])

    def change(self, library: Library, place: Path) -> None:
        library.tidy()


class Backup(Kind):
    """A backup is made while somebody updates the library."""

    is_concurrent = True

    def work(self, place: Path, say: Say) -> None:
        settings = settings_of(place)
        with open_library(place / "library") as library, open_library(place / "library") as other:
            update = threading.Thread(target=other.update, args=(SECOND,))
            update.start()
            (place / "kept").mkdir(exist_ok=True)
            if not (place / "kept/all.zip").exists():
                write_backup(place / "kept/all.zip", library, settings, open_library)
            update.join()

    def view(self, place: Path) -> object:
        seen, file = view_of(place / "library"), place / "kept/all.zip"
        if not file.exists():
            return seen, None
        with tempfile.TemporaryDirectory() as folder:
            restore_backup(file, Path(folder), open_library)
            return seen, view_of(Path(folder))

    def judge(self, found: object, before: object, after: object, said: Collection[str]) -> str:
        (old, _), (new, _), (seen, kept) = before, after, found  # type: ignore[misc]
        assert seen in (old, new), "the library is neither as before nor as after"
        assert kept is None or without_kept(kept) in map(without_kept, (old, new)), "the backup is of something else"
        return "after" if kept and seen == new else "before"


def without_kept(view: View) -> View:
    """A backup holds nothing of earlier generations."""
    return replace(view, kept=())


class Restore(Kind):
    """A backup is put back."""

    def prepare(self, place: Path) -> None:
        super().prepare(place)
        with open_library(place / "library") as library:
            write_backup(place / "all.zip", library, settings_of(place), open_library)

    def work(self, place: Path, say: Say) -> None:
        restore_backup(place / "all.zip", place / "restored", open_library)

    def view(self, place: Path) -> object:
        folder = place / "restored"
        return view_of(folder) if folder.exists() and any(folder.iterdir()) else None


class Records(Kind):
    """Answers are kept, placed, voted on and forgotten by several threads at once."""

    is_concurrent = True
    ANSWERS = 24
    STEPS = 6

    def prepare(self, place: Path) -> None:
        SqliteDatabase(place / "library").close()

    def work(self, place: Path, say: Say) -> None:
        with closing(SqliteDatabase(place / "library")) as database, ThreadPoolExecutor(3) as threads:
            list(threads.map(partial(self._live, AnswerStore(database), say), range(self.ANSWERS)))

    def _live(self, store: AnswerStore, say: Say, number: int) -> None:
        """All that happens to one answer; each step is reported when it is done."""
        for former in store.answers_to([number]):
            store.forget(former.id)
        record = store.keep(5, 100 + number, self._answer(number), asked=number)
        say(f"{number} 1")
        store.place(record.id, 60, 1000 + number)
        say(f"{number} 2")
        for step, person, up in ((3, 7, True), (4, 7, False), (5, 8, True)):
            store.vote(record.id, person, up=up)
            say(f"{number} {step}")
        if number % 4 == 0:
            store.forget(record.id)
        say(f"{number} {self.STEPS}")

    def _answer(self, number: int) -> Answer:
        about = FIRST[number % len(FIRST)]
        quote = Quote(about, 0, 40 + number, Span(0, 60 + number), 0.5)
        return Answer(f"What was said on day {number}?", True, 0.9, (quote,), (quote,), outcome=Outcome.ANSWERED)

    def view(self, place: Path) -> object:
        with closing(SqliteDatabase(place / "library")) as database:
            assert [row[0] for row in database.rows("PRAGMA integrity_check")] == ["ok"]
            store = AnswerStore(database)
            found = store.answers_to(range(self.ANSWERS))
            assert len(found) == database.rows("SELECT count(*) FROM answers")[0][0]
            assert len({record.asked for record in found}) == len(found), "an answer is there twice"
            for record in found:
                assert record.asked is not None and store.is_asker(record, 100 + record.asked)
            return {
                record.asked: (record.question, record.quotes, record.message, record.channel, store.votes(record.id))
                for record in found
            }

    def _stages(self, number: int) -> tuple[object, ...]:
        """How an answer looks before the first step and after each."""
        asked = self._answer(number)
        kept = asked.question, tuple(map(KeptQuote.of, asked.quotes))
        placed = 1000 + number, 60
        votes = Votes(0, 0), Votes(1, 0), Votes(0, 1), Votes(1, 1)
        grown = [(*kept, *placed, count) for count in votes]
        return None, (*kept, None, None, votes[0]), *grown, None if number % 4 == 0 else grown[-1]

    def judge(self, found: object, before: object, after: object, said: Collection[str]) -> str:
        assert isinstance(found, dict)
        done = Counter(int(line.split()[0]) for line in said)
        for number in range(self.ANSWERS):
            at_hand = self._stages(number)[done[number] : done[number] + 2]
            assert found.get(number) in at_hand, f"answer {number} is not as after step {done[number]} or the next"
        return "after" if found == after else "before"


def settings_of(place: Path) -> Settings:
    return Settings(_env_file=None, data_dir=place / "library")


KINDS: dict[str, Kind] = {
    "update": Update(),
    "update that is kept": KeptUpdate(),
    "removal": Removal(),
    "reindex --full": Rebuild(),
    "reindex --full of many": Renewal(),
    "reindex of sources": Reindex(),
    "migration from version 1": Migration(make_version_1),
    "migration from version 2": Migration(make_version_2),
    "shrinking": Shrinking(),
    "tidying": Tidying(),
    "rollback": Rollback(),
    "import": Import(),
    "backup during an update": Backup(),
    "restore": Restore(),
    "records of the bot": Records(),
}
