"""A reindex of a site that is killed leaves the library as it was before or as it is after, sources included."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Library
from tests.e2e.conftest import ROOT, Process
from tests.encoder import WordEncoder
from tests.tools.site import TOPICS, Site

NAMES = [f"{topic}-{number}" for number in range(6) for topic in TOPICS]
BEFORE, AFTER = NAMES[:60], NAMES[10:]
QUESTION = "From whom did Ada Brandt buy the museum-3?"

REINDEX = """
import asyncio, sys
from index import Library, Web, make_change, read_all, read_source
from tests.encoder import WordEncoder
from tests.parser import PARSER

folder, url, port = sys.argv[1], sys.argv[2], int(sys.argv[3])

async def read(library):
    async with Web(allow={("127.0.0.1", port)}) as web:
        known = library.sources()
        return await (read_all(library, web, PARSER) if known else read_source(library, url, web, PARSER))

with Library.open(folder, load_encoder=WordEncoder) as library:
    print("begins", flush=True)
    make_change(library, asyncio.run(read(library)))
    print("ended", flush=True)
"""


def start_reindex(folder: Path, site: Site) -> Process:
    """A reindex that is about to begin, in a process of its own."""
    process = Process(
        [sys.executable, "-c", REINDEX, str(folder), f"{site.url}/feed", str(site.endpoint[1])],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "begins\n"
    return process


@pytest.fixture(scope="module")
def post() -> Iterator[Site]:
    """A site with sixty stories in its feed."""
    with Site() as site:
        for name in BEFORE:
            site.put_story(name)
        site.put_feed(BEFORE)
        yield site


@pytest.fixture(scope="module")
def before(post: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of those sixty; the site then has ten others in place of the first ten, and all are edited."""
    folder = tmp_path_factory.mktemp("crash") / "before"
    assert start_reindex(folder, post).outcome().code == 0
    post.pages.clear()
    for name in AFTER:
        post.put_story(name, 2018)
    post.put_feed(AFTER)
    return folder


@pytest.fixture(scope="module")
def seconds(before: Path, post: Site, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long the reindex takes that is going to be killed."""
    folder = tmp_path_factory.mktemp("crash") / "timed"
    shutil.copytree(before, folder)
    process = start_reindex(folder, post)
    started = time.monotonic()
    assert process.outcome().code == 0
    return time.monotonic() - started


def edition_of(folder: Path) -> str:
    """Which edition the library holds. Fails unless its answers and its sources belong to the same edition."""
    with Library.open(folder, load_encoder=WordEncoder, threshold=0.0) as library:
        answer = library.ask(QUESTION, limit=1)
        assert library.check() == ()
        held = {article.id.rpartition("/")[2]: article for article in library.articles()}
        pages = {page.article_id for page in library.source_pages()}
        assert [source.kind for source in library.sources()] == ["feed"]
    year = "2018" if "2018" in held["museum-3"].text else "2019"
    assert sorted(held) == sorted(BEFORE if year == "2019" else AFTER)
    assert all(f"in {year}" in article.text for article in held.values())
    assert pages == {article.id for article in held.values()}
    assert answer.quotes[0].text.startswith(f"Ada Brandt bought the museum-3 from a lighthouse keeper in {year}.")
    return year


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_a_kill_at_a_random_moment_of_a_reindex_leaves_the_library_as_before_or_as_after(
    number: int, before: Path, post: Site, seconds: float, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    shutil.copytree(before, folder)
    process = start_reindex(folder, post)
    try:
        process.wait(timeout=random.Random(number).uniform(0, 1.1 * seconds))
    except subprocess.TimeoutExpired:
        process.kill()
    ended = "ended" in process.communicate()[0]
    year = edition_of(folder)
    assert year == "2018" or not ended
    assert start_reindex(folder, post).outcome().code == 0
    assert edition_of(folder) == "2018"
