"""An update that is killed or interrupted leaves the library as it was before or as it is after, never between."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import Article, Library
from tests.e2e.conftest import ROOT, Process, Start
from tests.encoder import WordEncoder

TRADES = "baker butcher cooper carpenter dyer farrier glazier hatter mason miller potter saddler tanner weaver".split()
TOWNS = "Ashby Brent Corrie Dunmore Elmouth Fairby Garth Holt Ilkley Jarrow Kelso Leith Moffat Nairn Oban Perth".split()


def articles(edition: str) -> list[Article]:
    """One for every trade in every town. All of them say which edition they are."""
    return [
        Article(
            f"{town}-{trade}".lower(),
            f"The {trade} of {town}",
            "\n\n".join(
                f"The {trade} of {town} told us on day {day} of the {edition} edition that business is slow. "
                f"His cousin repairs clocks and bicycles behind the station. Nobody else asked about it."
                for day in range(4)
            ),
        )
        for town in TOWNS
        for trade in TRADES
    ]


UPDATE = """
import sys
from index import Library
from tests.e2e.test_crash import articles
from tests.encoder import WordEncoder

new = articles("second")
with Library.open(sys.argv[1], load_encoder=WordEncoder) as library:
    print("begins", flush=True)
    library.update(new)
    print("ended", flush=True)
"""


def start_update(folder: Path) -> Process:
    """An update to the second edition that is about to begin, in a process of its own."""
    process = Process(
        [sys.executable, "-c", UPDATE, str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "begins\n"
    return process


def open_library(folder: Path) -> Library:
    return Library.open(folder, load_encoder=WordEncoder, threshold=0.0)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the first edition."""
    folder = tmp_path_factory.mktemp("crash") / "before"
    with open_library(folder) as library:
        library.update(articles("first"))
    return folder


@pytest.fixture(scope="module")
def seconds(before: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long the update takes that is going to be killed."""
    folder = tmp_path_factory.mktemp("crash") / "timed"
    shutil.copytree(before, folder)
    process = start_update(folder)
    started = time.monotonic()
    process.communicate(timeout=120)
    assert process.returncode == 0
    return time.monotonic() - started


def edition_of(folder: Path) -> str:
    """Which edition the library in `folder` holds. Fails if it holds a mixture or anything else, or is damaged."""
    with open_library(folder) as library:
        answer = library.ask("What did the saddler of Moffat tell us on day 3?", limit=1)  # mends a stale index
        assert library.check() == ()
        held = {article.id: article.text for article in library.articles()}
    edition = "second" if "second edition" in held["moffat-saddler"] else "first"
    assert held == {article.id: article.text for article in articles(edition)}
    assert answer.quotes[0].text == (
        f"The saddler of Moffat told us on day 3 of the {edition} edition that business is slow."
    )
    return edition


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_a_kill_at_a_random_moment_leaves_the_library_as_before_or_as_after(
    number: int, before: Path, seconds: float, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    shutil.copytree(before, folder)
    moment = random.Random(number).uniform(0, 1.1 * seconds)
    process = start_update(folder)
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
    ended = "ended" in process.communicate()[0]
    edition = edition_of(folder)
    assert edition == "second" or not ended
    with open_library(folder) as library:
        library.update(articles("second"))
    assert edition_of(folder) == "second"


@pytest.mark.slow
def test_an_index_of_another_update_is_found_and_rebuilt(before: Path, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    shutil.copytree(before, folder)
    with open_library(folder) as library:
        library.update(articles("second"))
    for file in folder.glob("passages.*"):
        file.unlink()
    for file in before.glob("passages.*"):
        shutil.copy(file, folder)
    with open_library(folder) as library:
        (fault,) = library.check()
        assert fault.mendable
        assert fault.sentence in {f"the passage index {said}" for said in ("is damaged", "is from another update")}
    assert edition_of(folder) == "second"


def test_ctrl_c_leaves_the_library_as_it_was_and_exits_with_130(place: Path, pullquote_process: Start) -> None:
    stories = place / "stories"
    stories.mkdir()
    for article in articles("first"):
        (stories / f"{article.id}.txt").write_text(article.text)
    process = pullquote_process("reindex", ARTICLES_DIR="stories")
    holder = place / "pullquote-data" / "holder"
    while not holder.exists():  # it is there from the moment the update begins
        assert process.poll() is None, process.outcome()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    outcome = process.outcome()
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "Interrupted; nothing was changed.\n"
    with Library.open("pullquote-data") as library:
        assert (library.articles(), library.read_generation(), library.check()) == ([], 0, ())
    assert not holder.exists()


WITH_A_STUCK_THREAD = """
import sys, threading, time
from bot.cli import app
threading.Thread(target=time.sleep, args=(60,)).start()
app.app = lambda: sys.exit(130)
app.main()
"""


def test_an_interrupted_command_ends_though_a_thread_of_it_never_does() -> None:
    """Ctrl-C in the middle of an import may leave a lock that the thread which compiles the model waits for."""
    began = time.monotonic()
    assert subprocess.run([sys.executable, "-c", WITH_A_STUCK_THREAD], cwd=ROOT, timeout=50).returncode == 130
    assert time.monotonic() - began < 40
