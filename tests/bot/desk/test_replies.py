"""The desk's messages: within Discord's limits whatever articles and sites call themselves, and nothing of it alive."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.jobs import PAGES
from bot.desk.replies import (
    ChangeSummary,
    Row,
    Stage,
    address_of,
    article_page,
    article_reply,
    articles_page,
    changes_block,
    every,
    notes_on,
    outcome_reply,
    progress_reply,
    seconds_in_words,
    sources_page,
    taken_back_reply,
)
from bot.markdown import md, shortened
from bot.services.catalog import ListedSource
from bot.services.editor import AppliedChange, TakenBack
from bot.services.quota import used
from bot.ui.reply import AMBER, GREY, INK, MESSAGE_CHARACTERS, Reply
from bot.ui.sending import layout
from index import (
    Article,
    Change,
    Library,
    Problem,
    Progress,
    Quota,
    Refusal,
    RefusedKind,
    Size,
    Source,
    SourceResult,
    UpdateReport,
)

nasty = st.text(
    st.one_of(st.sampled_from("\\*_~`|<>@[]():/#-\n\u202e\u200b ."), st.characters(codec="utf-8")), max_size=3000
) | st.builds(
    lambda part, times: part * times, st.sampled_from(["x", "*", "ü", "😀", "a ", "<@&1> "]), st.integers(1, 3000)
)
addresses = st.builds("https://news.example.org/{}".format, nasty)
NOW = datetime(2026, 1, 31, tzinfo=UTC)
DONE = md("Done.")


def said(reply: Reply) -> str:
    return "\n".join(text for block in reply.blocks for text in block.texts)


def fits(reply: Reply) -> bool:
    texts = [text for block in reply.blocks for text in block.texts]
    row_of_buttons = 1 + 5
    components = len(list(layout(reply).walk_children())) + row_of_buttons
    return reply.size <= MESSAGE_CHARACTERS and all(texts) and components <= 40


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
    assert fits(outcome_reply("Full reindex, dry run", md("{}", "x" * 600), found, sources, planned=True))
    stage = Stage("Reading the sources", PAGES, 12.0, Progress(done, 5000))
    assert fits(progress_reply("Reindex", stage, found))


@given(st.lists(st.builds(Row, nasty, st.none() | st.just(NOW), nasty, addresses | nasty), max_size=40), nasty)
def test_every_page_of_a_list_fits_and_all_articles_are_on_one(rows: list[Row], wanted: str) -> None:
    room = used(Size(4_990, 49_900_000), Quota(5_000, 50_000_000, 500))
    _, pages = articles_page(rows, 0, wanted, room, 8)
    shown = [articles_page(rows, page, wanted, room, 8)[0] for page in range(pages)]
    assert all(map(fits, shown))
    lines = [line for reply in shown for line in said(reply).splitlines()]
    assert sum(line.startswith(("-# no date", "-# 31 January 2026")) for line in lines) == len(rows)


SOURCES = st.builds(
    ListedSource,
    st.builds(Source, st.just("feed"), addresses, st.just(NOW), checked=st.sampled_from((None, NOW)), result=nasty),
    st.just(0),
    st.sampled_from((None, NOW)),
    st.sampled_from((None, NOW - timedelta(days=3))),
)


@given(st.lists(SOURCES, max_size=30))
def test_every_page_of_the_sources_fits(sources: list[ListedSource]) -> None:
    _, pages = sources_page(sources, 0)
    shown = [sources_page(sources, page)[0] for page in range(pages)]
    assert all(map(fits, shown))
    assert sum(said(reply).count("\n-# feed · 0 articles · ") for reply in shown) == len(sources)


def listed(result: str, **known: datetime) -> str:
    """What stands of a feed in the list of sources, if that is the result of its reading on 5 March."""
    feed = Source("feed", "https://a.example/feed", NOW, checked=datetime(2026, 3, 5, tzinfo=UTC), result=result)
    _, line = said(sources_page([ListedSource(feed, 2, **known)], 0)[0]).split("\n", 1)
    return line.removeprefix("<https://a.example/feed>\n-# feed · 2 articles · ")


def test_of_a_source_that_fails_it_is_said_since_when_and_when_it_was_read_well() -> None:
    first, third, fifth = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 3, 5))
    on_first, on_third, on_fifth = (int(day.timestamp()) for day in (first, third, fifth))
    assert listed("ok", read_well=fifth) == f"read <t:{on_fifth}:R>"
    assert listed("It is away.", read_well=first, failing_since=third) == (
        f"last read well <t:{on_first}:R>\n"
        f"-# ⚠️ The last reading failed <t:{on_fifth}:R>, as did all others since <t:{on_third}:f>: It is away."
    )
    assert listed("It is away.", read_well=first, failing_since=fifth) == (
        f"last read well <t:{on_first}:R>\n-# ⚠️ The last reading failed <t:{on_fifth}:R>: It is away."
    )
    assert listed("It is away.", failing_since=fifth) == (
        f"never read well\n-# ⚠️ The last reading failed <t:{on_fifth}:R>: It is away."
    )


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
    text = said(outcome_reply("Reindex", DONE, found, []))
    assert text.count("\\@everyone \\*\\*bold\\*\\* \\[click\\](https\\://evil.example) \\<\\@1\\>") == 2
    assert "\u202e" not in text and not re.search(r"(?<!\\)[@<\[]", text)


def test_the_operators_folders_are_not_named() -> None:
    folder = Source("folder", "/home/operator/secret", NOW, checked=NOW, result="/home/operator/secret cannot be read.")
    result = SourceResult(folder, 3, problem=Problem(folder.result.removesuffix(".")))
    refused = (Refusal("/home/operator/secret/a.md", "/home/operator/secret/a.md is empty.", RefusedKind.FILE),)
    for reply in (
        outcome_reply("Reindex", DONE, ChangeSummary((), (), (), 3, refused), [result]),
        sources_page([ListedSource(folder)], 0)[0],
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


def test_a_list_links_titles_and_says_who_wrote_them_and_when() -> None:
    rows = [
        Row("Ferry crews to strike", NOW, "Nora Quill", "https://news.example.org/ferry"),
        Row("Notes from the *lock*", None, None, None),
    ]
    reply, _ = articles_page(rows, 0, "", "Used: 2 of 10 articles", 8)
    assert said(reply).splitlines() == [
        "### 2 articles",
        "[Ferry crews to strike](https://news.example.org/ferry)",
        "-# 31 January 2026 · Nora Quill",
        "Notes from the \\*lock\\*",
        "-# no date",
        "-# Used: 2 of 10 articles",
        "-# Beside these, 8 articles of the bot's operator can be asked everywhere.",
    ]


def test_what_an_article_lacks_is_said_with_what_that_means() -> None:
    bare = Article("lock", "Notes from the lock", "It was built in 1911.")
    assert notes_on(bare, NOW, read_again=False) == [
        "No date: it is left out where a period is asked for.",
        "No address: quotes from it have no link.",
    ]
    page = Article("lock", "Notes", "It was built in 1911.", url="https://news.example.org/lock")
    assert notes_on(page, NOW, read_again=True) == [
        "No date: it is left out where a period is asked for. Its page is read again, so a date belongs there."
    ]
    later = Article("lock", "Notes", "It was built.", published="2026-02-03", url="https://news.example.org/lock")
    held = "Held until {}: no reader is answered from it before."
    assert notes_on(later, NOW, read_again=False) == [held.format("3 February 2026, 00:00 UTC")]
    embargoed = replace(later, embargo="2026-02-03T09:30:00+01:00")
    assert notes_on(embargoed, NOW, read_again=False) == [held.format("3 February 2026, 08:30 UTC")]
    members = replace(later, private=True)
    assert notes_on(members, NOW, read_again=False) == ["Private: no reader is answered from it."]
    assert notes_on(later, datetime(2026, 3, 1, tzinfo=UTC), read_again=False) == []


@pytest.mark.parametrize(
    ("about", "report", "expected"),
    [
        (
            "Ferry crews to strike",
            UpdateReport(removed=("f",)),
            "Taken back: *Ferry crews to strike*\nIt is out again.",
        ),
        ("The *lock*", UpdateReport(added=("l",)), "Taken back: *The \\*lock\\**\nIt is back, and quoted again."),
        ("The lock", UpdateReport(changed=("l",)), "Taken back: *The lock*\nWhat stood there before is back."),
        ("The lock", UpdateReport(), "Taken back: *The lock*\nThat address is no source any more."),
        (
            "https://news.example.org/feed",
            UpdateReport(added=("a", "b")),
            "Taken back: <https://news.example.org/feed>\nIt is a source again, and 2 articles came back with it.",
        ),
        ("https://a.example/feed", UpdateReport(), "Taken back: <https://a.example/feed>\nIt is a source again."),
        ("", UpdateReport(added=("l",)), "Taken back\nIt is back, and quoted again."),  # kept by an earlier version
    ],
)
def test_what_was_taken_back_is_named(about: str, report: UpdateReport, expected: str) -> None:
    assert said(taken_back_reply(TakenBack(about, report))) == f"### {expected}"


def test_cards_have_the_colour_of_what_they_say() -> None:
    nothing = ChangeSummary((), (), (), 3, ())
    something = ChangeSummary(("Ferry",), (), (), 3, ())
    refused = ChangeSummary((), (), (), 3, (Refusal("a", "a is empty."),))
    assert [outcome_reply("Reindex", DONE, one, []).colour for one in (nothing, something, refused)] == [
        GREY, INK, AMBER,
    ]  # fmt: skip
    assert [articles_page(rows, 0, "", "", 0)[0].colour for rows in ([], [Row("A", None, None, None)])] == [GREY, INK]


def test_a_job_says_at_its_foot_what_stayed_and_how_much_was_embedded() -> None:
    found = ChangeSummary(("Ferry crews to strike",), (), (), 3, ())
    feed = SourceResult(Source("feed", "https://news.example.org/feed", NOW), 4)
    gone = SourceResult(Source("page", "https://a.example/b", NOW), 1, problem=Problem("It answers 410"))
    assert said(outcome_reply("Reindex", DONE, found, [feed, gone], embedded=2)).splitlines() == [
        "### Reindex",
        "Done.",
        "**1 new**",
        "- Ferry crews to strike",
        "**1 problem**",
        "- It answers 410.",
        "-# ✓ <https://news.example.org/feed> · 4 articles",
        "-# ⚠️ <https://a.example/b> · 1 article · with a problem",
        "-# 3 articles as before · 2 passages embedded",
    ]


def test_what_readers_do_not_see_is_counted_and_not_named() -> None:
    library, at = cast("Library", None), datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    report = UpdateReport(added=("a", "b", "c", "d"), changed=("e",), removed=("f",))
    titles = {name: f"Title {name}" for name in "abcdef"}
    hidden = {"a": at, "b": at, "c": None, "f": None}
    summary = ChangeSummary.of(AppliedChange(library, Change(), report, titles, 9, hidden=hidden))
    block = changes_block(summary, planned=False)
    assert block is not None
    assert "\n".join(block.texts) == (
        "**4 new**\n- Title d\n**1 changed**\n- Title e\n**1 gone**\n"
        "**Not for readers**\n- 2 articles held until 1 May 2026, 09:30 UTC\n- 1 private article"
    )
