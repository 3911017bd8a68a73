"""The desk's messages: within Discord's limits whatever articles and sites call themselves, and nothing of it alive."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.replies import (
    ChangeSummary,
    Row,
    Stage,
    address_of,
    article_page,
    article_reply,
    articles_page,
    every,
    outcome_reply,
    progress_reply,
    seconds_in_words,
    sources_page,
)
from bot.markdown import shortened
from bot.services.quota import used
from bot.ui.reply import MESSAGE_CHARACTERS, Reply
from index import Article, Problem, Progress, Quota, Refusal, RefusedKind, Size, Source, SourceResult

nasty = st.text(
    st.one_of(st.sampled_from("\\*_~`|<>@[]():/#-\n\u202e\u200b ."), st.characters(codec="utf-8")), max_size=3000
) | st.builds(
    lambda part, times: part * times, st.sampled_from(["x", "*", "ü", "😀", "a ", "<@&1> "]), st.integers(1, 3000)
)
addresses = st.builds("https://news.example.org/{}".format, nasty)
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def said(reply: Reply) -> str:
    return "\n".join(text for block in reply.blocks for text in block.texts)


def fits(reply: Reply) -> bool:
    texts = [text for block in reply.blocks for text in block.texts]
    return reply.size <= MESSAGE_CHARACTERS and all(texts) and len(texts) + 2 * len(reply.blocks) < 40


def has_words(text: str) -> bool:
    return any(mark.isalnum() for mark in text)


results = st.builds(
    SourceResult,
    st.builds(Source, st.sampled_from(["page", "feed", "folder"]), addresses, st.just(NOW)),
    st.integers(0, 9999),
    problem=st.none() | st.builds(Problem, nasty),
)
changes = st.builds(
    ChangeSummary,
    *[st.lists(nasty, max_size=30).map(tuple)] * 3,
    st.integers(0, 10**6),
    st.lists(st.builds(Refusal, nasty, nasty, st.sampled_from(RefusedKind)), max_size=30).map(tuple),
)


@given(changes, st.lists(results, max_size=30), st.integers(0, 5000))
def test_a_job_fits_into_a_message_however_it_goes(
    found: ChangeSummary, sources: list[SourceResult], done: int
) -> None:
    assert fits(outcome_reply("Full reindex, dry run", "x" * 600, found, sources, planned=True))
    stage = Stage("Reading the sources", "pages", 12.0, Progress(done, 5000))
    assert fits(progress_reply("Reindex", stage, found))


@given(st.lists(st.builds(Row, nasty, st.none() | st.just(NOW), nasty, addresses | nasty), max_size=40), nasty)
def test_every_page_of_a_list_fits_and_all_articles_are_on_one(rows: list[Row], wanted: str) -> None:
    room = used(Size(4_990, 49_900_000), Quota(5_000, 50_000_000, 500))
    _, pages = articles_page(rows, 0, wanted, room, 8)
    shown = [articles_page(rows, page, wanted, room, 8)[0] for page in range(pages)]
    assert all(map(fits, shown))
    assert sum(said(reply).count("\n- **") for reply in shown) == len(rows)


@given(st.lists(st.builds(Source, st.just("feed"), addresses, st.just(NOW), result=nasty), max_size=30))
def test_every_page_of_the_sources_fits(sources: list[Source]) -> None:
    _, pages = sources_page(sources, {}, 0)
    shown = [sources_page(sources, {}, page)[0] for page in range(pages)]
    assert all(map(fits, shown))
    assert sum(said(reply).count("**feed** ") for reply in shown) == len(sources)


@given(nasty, nasty, nasty, addresses, st.lists(addresses, max_size=5), nasty.filter(has_words))
def test_every_page_of_an_article_fits(
    article_id: str, title: str, author: str, url: str, others: list[str], text: str
) -> None:
    article = Article(article_id, title, text, author, url=url)
    assert fits(article_reply("Added", article, "5 sentences can be quoted.", ["It has no date."] * 3))
    _, pages = article_page(article, 0, others)
    assert all(fits(article_page(article, page, others)[0]) for page in range(pages))


def test_nothing_of_a_title_or_a_problem_is_alive() -> None:
    hostile = "@everyone **bold** [click](https://evil.example) <@1> \u202e"
    found = ChangeSummary((hostile,), (), (), 3, (Refusal("a", hostile),))
    text = said(outcome_reply("Reindex", "Done.", found, []))
    assert text.count("\\@everyone \\*\\*bold\\*\\* \\[click\\](https\\://evil.example) \\<\\@1\\>") == 2
    assert "\u202e" not in text and not re.search(r"(?<!\\)[@<\[]", text)


def test_the_operators_folders_are_not_named() -> None:
    folder = Source("folder", "/home/operator/secret", NOW, checked=NOW, result="/home/operator/secret cannot be read.")
    result = SourceResult(folder, 3, problem=Problem(folder.result.removesuffix(".")))
    refused = (Refusal("/home/operator/secret/a.md", "/home/operator/secret/a.md is empty.", RefusedKind.FILE),)
    for reply in (
        outcome_reply("Reindex", "Done.", ChangeSummary((), (), (), 3, refused), [result]),
        sources_page([folder], {}, 0)[0],
    ):
        assert "secret" not in said(reply) and "a folder of the bot's operator" in said(reply)


def test_an_address_that_is_too_long_for_a_link_shows_its_ends() -> None:
    assert address_of("https://example.org/feed") == "<https://example.org/feed>"
    assert address_of("https://example.org/a>b") == "<https://example.org/a%3Eb>"
    long = f"https://example.org/{'x' * 500}/end"
    assert re.fullmatch(r"https\\://example\.org/x+ … x+/end", address_of(long)) and len(address_of(long)) < 200


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("The ferry sails", 20, "The ferry sails"),
        ("The ferry sails at noon", 20, "The ferry sails …"),
        ("x" * 30, 20, "x" * 18 + " …"),
        ("A " + "x" * 30, 20, "A " + "x" * 16 + " …"),
        ("日本語" * 10, 10, "日本語日本語日本 …"),
    ],
)
def test_shortened_keeps_whole_words_where_there_are_some(text: str, limit: int, expected: str) -> None:
    assert shortened(text, limit) == expected
    assert len(expected) <= limit


def test_lengths_of_time_in_words() -> None:
    assert [seconds_in_words(s) for s in (0.2, 1, 89, 90, 600)] == [
        "less than a second", "1 second", "89 seconds", "2 minutes", "10 minutes",
    ]  # fmt: skip
    assert [every(hours) for hours in (0, 0.5, 1, 24)] == [
        "only by `/reindex`", "every 0.5 hours", "every hour", "every 24 hours",
    ]  # fmt: skip
