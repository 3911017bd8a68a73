"""Documents are read in processes of their own: what comes of them, and what a hostile one takes down."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from index.errors import ArticleError, ParserError, SourceError, SourceGone, TooCostly
from index.sources.document import read_document, read_text
from index.sources.feed import article_of, is_feed, read_feed
from index.sources.page import read_page
from index.sources.parser import Limits, Parser
from index.sources.parser_child import Failure, Kind, Reply, failure_of
from index.sources.web import Response
from index.types import Article
from tests.parser import PARSER
from tests.tools.site import rss

STORY = "The ferry to Elmouth opened in 2019. It carries forty cars."
PAGE = f"<html><head><title>The ferry</title></head><body><article><p>{STORY}</p><p>{STORY}</p></article></body></html>"
ADDRESS = "https://news.example.org/ferry"

SLOW = b"[" * 300_000
"""Markdown of which every bracket may open a link; the time for it grows with its square."""

LARGE = b"**a" * 500_000
"""Markdown of which every pair of marks may open bold type; each is kept."""

only_linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks into /proc")


@pytest.fixture
def hurried() -> Iterator[Parser]:
    """A parser of one process that gives a document half a second."""
    with Parser(limits=Limits(seconds=0.5), processes=1) as parser:
        yield parser


def document(data: bytes, name: str = "ferry.txt") -> "partial[Article]":
    return partial(read_document, data, name, article_id="ferry")


def processes(parent: int) -> list[int]:
    """The process ids of the children of a process, and theirs."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_name[1]) == parent and after_name[0] != "Z":
                found += [int(entry.name), *processes(int(entry.name))]
    return found


def children() -> set[int]:
    return set(processes(os.getpid()))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


# ---- what comes of a document


@pytest.mark.parametrize(
    "task",
    [
        partial(read_document, STORY.encode(), "ferry.txt", article_id="ferry", source="here"),
        partial(read_document, f"---\npublished: 2026-02-03\n---\n{STORY}".encode(), "ferry.md", article_id="f"),
        partial(read_text, STORY, source="pasted", title="Ferry", published="2026-02-03T10:00:00+09:00"),
        partial(read_page, Response(ADDRESS, PAGE.encode(), "text/html", "utf-8")),
        partial(is_feed, Response(ADDRESS, PAGE.encode(), "text/html")),
        partial(read_feed, Response(ADDRESS, rss([ADDRESS]).encode(), "application/rss+xml")),
    ],
    ids=["text", "front matter", "pasted", "page", "no feed", "feed"],
)
def test_a_task_comes_to_the_same_as_here(task: "partial[object]") -> None:
    assert PARSER.run(task, "it") == task()


def test_an_item_of_a_feed_comes_to_the_same_as_here() -> None:
    story = escape(f"<p>{STORY}</p>" * 20)
    whole = f"<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>{story}</content:encoded>"
    item = f"<item><title>Ferry</title><link>{ADDRESS}</link>{whole}</item>"
    feed = read_feed(Response(ADDRESS, rss([], items=item).encode(), "text/xml"))
    task = partial(article_of, feed.items[0], "https://news.example.org/feed")
    assert PARSER.run(task, "it") == task()
    assert PARSER.run(task, "it").text.startswith(STORY)


def test_times_keep_their_instant() -> None:
    article = PARSER.run(partial(read_text, STORY, source="pasted", published="2026-02-03T10:00:00+09:00"), "it")
    assert article.published == datetime(2026, 2, 3, 1, tzinfo=UTC)


async def test_a_task_can_be_awaited() -> None:
    assert (await PARSER.run_apart(document(STORY.encode()), "ferry.txt")).text == STORY


@pytest.mark.parametrize(
    ("task", "kind", "sentence"),
    [
        (document(b""), ArticleError, "ferry.txt is empty: put the text of an article in it, or remove it."),
        (partial(read_feed, Response(ADDRESS, b"no feed", "text/plain")), SourceError, f"{ADDRESS} is not a feed: "),
        (
            partial(read_page, Response("https://news.example.org/", PAGE.encode(), "text/html"), asked=ADDRESS),
            SourceGone,
            f"{ADDRESS} leads to the front page",
        ),
    ],
)
def test_what_is_wrong_with_a_document_is_said_as_here(
    task: "partial[object]", kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind) as caught:
        PARSER.run(task, "it")
    assert type(caught.value) is kind
    assert str(caught.value).startswith(sentence)


def test_the_parts_of_what_is_gone_arrive_apart() -> None:
    front = Response("https://news.example.org/", PAGE.encode(), "text/html")
    with pytest.raises(SourceGone) as caught:
        PARSER.run(partial(read_page, front, asked=ADDRESS), "it")
    assert caught.value.cause == f"{ADDRESS} leads to the front page, the story is no longer there"
    assert caught.value.advice == "check the address"


def test_what_breaks_a_reader_is_a_sentence() -> None:
    with pytest.raises(ArticleError) as caught:
        PARSER.run(partial(len, b""), "odd.html")
    assert str(caught.value) == (
        "odd.html cannot be read, something in it is broken (KeyError): save the text of the article as .txt."
    )


def test_many_threads_each_get_the_result_of_their_own_document() -> None:
    def read(number: int) -> str:
        return PARSER.run(document(f"Ferry {number} opened in 2019.".encode()), "ferry.txt").text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(100))) == [f"Ferry {number} opened in 2019." for number in range(100)]


# ---- what a hostile one takes down


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_read(hurried: Parser) -> None:
    with pytest.raises(TooCostly) as caught:
        hurried.run(document(SLOW, "slow.md"), "slow.md")
    assert str(caught.value) == (
        "slow.md takes more than 0.5 seconds to read: look at what is in it, or save the text of the article as .txt."
    )
    assert hurried.run(document(STORY.encode()), "ferry.txt").text == STORY


@only_linux
def test_a_document_that_takes_too_much_memory_is_given_up_and_the_next_one_is_read() -> None:
    with Parser(limits=Limits(seconds=30, megabytes=60), processes=1) as parser:
        with pytest.raises(TooCostly) as caught:
            parser.run(document(LARGE, "large.md"), "large.md")
        assert str(caught.value).startswith("large.md takes more than 60 MB of memory to read: ")
        assert parser.run(document(STORY.encode()), "ferry.txt").text == STORY


def test_a_document_that_waits_for_ever_is_given_up_by_the_clock() -> None:
    with Parser(limits=Limits(seconds=60, wait=2), processes=1) as parser:
        with pytest.raises(TooCostly, match="takes more than 2 seconds to read"):
            parser.run(document(b"[" * 2_000_000, "slow.md"), "slow.md")
        assert parser.run(document(STORY.encode()), "ferry.txt").text == STORY


@only_linux
@pytest.mark.parametrize("which", ["the one that loads", "its copy", "both"])
def test_processes_that_are_killed_while_they_wait_are_replaced(hurried: Parser, which: str) -> None:
    before = children()
    hurried.warm()
    until(lambda: len(children() - before) == 2)
    loader, copy = sorted(children() - before)
    for process in {"the one that loads": [loader], "its copy": [copy], "both": [loader, copy]}[which]:
        os.kill(process, signal.SIGKILL)
        until(lambda gone=process: gone not in children())
    assert hurried.run(document(STORY.encode()), "ferry.txt").text == STORY
    assert hurried.run(document(STORY.encode()), "ferry.txt").text == STORY


@only_linux
def test_a_process_that_is_killed_over_a_document_takes_that_document_alone(hurried: Parser) -> None:
    with Parser(limits=Limits(seconds=60), processes=1) as parser:
        before = children()
        parser.warm()
        until(lambda: len(children() - before) == 2)
        copy = max(children() - before)
        threading.Timer(0.3, os.kill, (copy, signal.SIGKILL)).start()
        with pytest.raises(TooCostly, match=r"slow\.md breaks the program that reads it"):
            parser.run(document(b"[" * 2_000_000, "slow.md"), "slow.md")
        assert parser.run(document(STORY.encode()), "ferry.txt").text == STORY


def test_what_is_being_read_when_all_ends_is_given_up() -> None:
    parser = Parser(limits=Limits(seconds=60), processes=1)
    parser.warm()
    threading.Timer(0.3, parser.close).start()
    with pytest.raises(ParserError, match="Pullquote is stopping"):
        parser.run(document(b"[" * 2_000_000, "slow.md"), "slow.md")
    with pytest.raises(ParserError, match="Pullquote is stopping"):
        parser.run(document(STORY.encode()), "ferry.txt")


@only_linux
def test_a_parser_that_is_closed_leaves_no_process() -> None:
    before = children()
    with Parser(processes=2) as parser:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: parser.run(document(STORY.encode()), "ferry.txt"), range(20)))
        assert len(children() - before) >= 2
    until(lambda: children() <= before)


@only_linux
def test_the_processes_end_with_the_program_that_is_killed() -> None:
    program = (
        "import sys, time; from tests.index.sources.test_parser import *\n"
        "parser = Parser(); parser.warm(); print(json.dumps(sorted(children())), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        started = json.loads(run.stdout.readline())
        assert started
        run.kill()
        until(lambda: not any(Path(f"/proc/{process}").exists() for process in started))


@only_linux
def test_the_processes_do_not_know_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a.secret.token")
    before = children()
    with Parser(processes=1) as parser:
        parser.warm()
        started = children() - before
        assert started
        for process in started:
            assert b"secret" not in Path(f"/proc/{process}/environ").read_bytes()


def test_ctrl_c_is_for_the_program_alone(hurried: Parser) -> None:
    program = (
        "import os, signal; from tests.index.sources.test_parser import *\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); parser = Parser(processes=1); parser.warm()\n"
        "os.killpg(0, signal.SIGINT); print(parser.run(document(STORY.encode()), 'ferry.txt').text); parser.close()"
    )
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=True)
    assert run.stdout == f"{STORY}\n"


@pytest.mark.parametrize("frame", [b"", b"x", b"\xff{}"])
def test_a_frame_that_is_no_reply_is_told(frame: bytes) -> None:
    with pytest.raises(ValueError, match="not a valid Kind|can't decode"):
        Reply.read(frame)


def test_a_reply_is_read_as_it_was_written() -> None:
    reply = Reply(Kind.COST, b"time")
    assert Reply.read(reply.write()) == reply


def test_an_error_is_read_as_it_was_sent_and_nothing_else_is_one() -> None:
    for error, failure in (
        (ArticleError("a\udcff is empty."), Failure("ArticleError", "a? is empty.")),
        (
            SourceGone("It is gone", "leave it out"),
            Failure("SourceGone", "It is gone: leave it out.", "It is gone", "leave it out"),
        ),
    ):
        assert Failure.of(error) == failure
    for payload in (b"", b"ArticleError:it is empty", b'{"kind": 1, "message": []}'):
        with pytest.raises(ValueError, match="validation error"):
            failure_of(Reply(Kind.ERROR, payload))
