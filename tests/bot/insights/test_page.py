"""What editors are shown: whole questions within Discord's limits."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.insights.page import digest_reply, insights_reply
from bot.insights.suiting import Suiting, Sureness
from bot.insights.summary import Disliked, Group, Quoted, Summary, Wording
from bot.markdown import escape, isolated
from bot.storage.answers import Votes
from bot.ui.reply import AMBER, GREY, INK, MESSAGE_CHARACTERS, Reply
from bot.wording import Certainty
from index import Source
from tests.bot.insights.summaries import DAY, FERRY, HOSTILE, NOTHING, SOME


def lines(reply: Reply) -> list[str]:
    return [line for block in reply.blocks for text in block.texts for line in text.splitlines()]


def page(summary: Summary) -> Reply:
    return insights_reply(summary, DAY)


def test_the_page_says_what_was_not_found_what_is_quoted_and_what_was_disliked() -> None:
    assert lines(page(SOME)) == [
        "### What readers asked",
        "-# The last 30 days, 1 January 2026 to 31 January 2026",
        "**12 questions**",
        "▰▰▰▰▱▱ 8 answered · 67%",
        "▰▱▱▱▱▱ 2 perhaps · 17%",
        "▰▱▱▱▱▱ 2 not found · 17%",
        "5 of 8 votes say that it helped",
        "### Not found, or only perhaps",
        "**3×** When does the ferry leave?",
        "-# in 2 wordings · 3 readers wait for it",
        "**1×** Who owns the \\*mill\\*?",
        "**4×** Who built the lock?",
        "-# in 2 wordings · 2 times with a sentence that may answer it",
        "### Most quoted",
        "**7×** The bridge",
        "-# 5 of 6 votes say that it helped",
        "**1×** gone, which is no longer there",
        "-# 0 of 2 votes say that it helped",
        "### Voted down",
        "Who built the bridge?",
        "-# 2 of 2 votes say that it did not help",
        "-# The option csv adds tables, with every wording and when it was last asked.",
    ]


def test_of_an_article_that_readers_do_not_see_only_the_reason_is_told() -> None:
    held = Quoted("", None, 2, Votes(0, 0), is_hidden=True, held_until=DAY)
    said = lines(page(replace(SOME, quoted=(held, replace(held, answers=1, held_until=None)))))
    assert "**2×** The article · held until 31 January 2026, 12:05 UTC" in said
    assert "**1×** The article · private" in said


def test_the_period_has_both_of_its_days() -> None:
    def period(days: int, until: datetime) -> str:
        return lines(insights_reply(replace(SOME, days=days), until))[1]

    assert period(1, DAY) == "-# The last day, 30 January 2026 to 31 January 2026"
    assert period(30, datetime(2026, 3, 15, tzinfo=UTC)) == "-# The last 30 days, 13 February 2026 to 15 March 2026"


def test_where_nobody_voted_nothing_is_said_of_votes() -> None:
    quiet = replace(SOME, votes=Votes(0, 0), quoted=(Quoted("bridge", "The bridge", 7, Votes(0, 0)),), disliked=())
    assert not [line for line in lines(page(quiet)) if "vote" in line]
    assert "1 of 1 votes says that it helped" in lines(page(replace(quiet, votes=Votes(1, 0))))


def test_where_nothing_was_asked_it_says_so() -> None:
    assert lines(page(NOTHING)) == [
        "### What readers asked",
        "-# The last 30 days, 1 January 2026 to 31 January 2026",
        "Nothing was asked in this server.",
    ]
    assert (page(NOTHING).colour, page(SOME).colour) == (GREY, INK)


def test_where_all_was_found_it_says_so_and_lists_nothing_empty() -> None:
    reply = page(replace(SOME, questions=8, not_found=(), quoted=(), disliked=()))
    assert lines(reply)[3:] == [
        "▰▰▰▰▰▰ 8 answered · 100%",
        "▱▱▱▱▱▱ 0 perhaps · 0%",
        "▱▱▱▱▱▱ 0 not found · 0%",
        "5 of 8 votes say that it helped",
        "-# All that was asked was answered.",
        "-# The option csv adds tables, with every wording and when it was last asked.",
    ]


VOTED = (Sureness(Certainty.SURE, 1, 0), Sureness(Certainty.FAIRLY_SURE, 9, 3))


def sure_and_right(suiting: Suiting | None) -> list[str]:
    shown = lines(page(replace(SOME, sureness=VOTED, suiting=suiting)))
    return shown[shown.index("### How sure, and how often right") + 1 : -1]


def test_how_often_each_certainty_was_voted_right_is_said_with_the_threshold_that_suits() -> None:
    rates = ["Sure: voted right 1 of 1 times", "Fairly sure: voted right 9 of 12 times"]
    assert sure_and_right(None) == [*rates, "-# Once 20 answers have votes, I say here which threshold suits them."]
    assert sure_and_right(Suiting(0.3, 0.3))[2:] == ["-# The threshold here, 30%, suits these votes."]
    assert sure_and_right(Suiting(0.45, 0.3, right=1, wrong=7))[2:] == [
        "-# A threshold of 45% would suit these votes better than 30%. It would leave out 7 that were voted wrong, and "
        "1 that were voted right."
    ]
    assert sure_and_right(Suiting(0.2, 0.3, right=8, wrong=2))[2:] == [
        "-# A threshold of 20% would suit these votes better than 30%. It would let in 8 that were voted right, and 2 "
        "that were voted wrong."
    ]


FEED = Source("feed", "https://example.org/feed", DAY, checked=DAY, result="https://example.org/feed answers 503.")
FOLDER = Source("folder", "/srv/private/news", DAY, checked=DAY, result="/srv/private/news cannot be read.")


def test_the_digest_tells_of_the_week_and_of_sources_that_fail() -> None:
    reply = digest_reply(replace(SOME, days=7), [FEED, FOLDER], DAY)
    shown = lines(reply)
    assert shown[:3] == [
        "### The week with readers", "-# The last 7 days, 24 January 2026 to 31 January 2026", "**12 questions**"
    ]  # fmt: skip
    assert shown[-6:] == [
        "### Sources that cannot be read",
        "<https://example.org/feed>",
        "-# ⚠️ https\\://example.org/feed answers 503.",
        "a folder of the bot's operator",
        "-# ⚠️ A folder of the bot's operator could not be read as it should; they find out why with "
        "`pullquote reindex`.",
        "-# `/insights` tells more; `/settings digest` switches this message off.",
    ]
    assert reply.colour == AMBER


def test_the_digest_of_a_week_without_questions_tells_of_the_sources_alone() -> None:
    shown = lines(digest_reply(replace(NOTHING, days=7), [FEED], DAY))
    assert shown[2:4] == ["Nothing was asked in this server.", "### Sources that cannot be read"]


def test_what_is_not_shown_is_counted_and_what_was_not_compared_is_said() -> None:
    many = tuple(Group((Wording(f"Who is number {n}?", 1, DAY),)) for n in range(1234))
    shown = lines(page(replace(SOME, questions=1242, not_found=many, uncompared=234)))
    assert "**1×** Who is number 9?" in shown and "**1×** Who is number 10?" not in shown
    assert "-# and 1,224 more" in shown
    assert shown[-2] == "-# More than 1,000 wordings: the 234 rarest are not compared with the others."


def test_a_question_too_long_for_the_page_is_not_cut() -> None:
    long = Group((Wording("why " * 100, 1, DAY),))
    shown = lines(page(replace(SOME, not_found=(long, FERRY))))
    assert "**1×** A question of 400 characters, which stands in the table" in shown
    assert "**3×** When does the ferry leave?" in shown


COUNTS = st.integers(0, 10**9)
VOTES = st.builds(Votes, COUNTS, COUNTS)
GROUPS = st.lists(
    st.lists(st.builds(Wording, HOSTILE, COUNTS, st.just(DAY), COUNTS), min_size=1, max_size=3).map(
        lambda wordings: Group(tuple(wordings))
    ),
    max_size=15,
).map(tuple)
SUMMARIES = st.builds(
    Summary,
    days=st.integers(1, 3650),
    questions=st.integers(1, 10**9),
    answered=st.just(1),
    votes=VOTES,
    not_found=GROUPS,
    found=GROUPS,
    quoted=st.lists(st.builds(Quoted, HOSTILE, st.none() | HOSTILE, COUNTS, VOTES), max_size=8).map(tuple),
    disliked=st.lists(st.builds(Disliked, HOSTILE, VOTES), max_size=8).map(tuple),
    uncompared=COUNTS,
    sureness=st.lists(st.builds(Sureness, st.sampled_from(Certainty), COUNTS, COUNTS), max_size=4).map(tuple),
    suiting=st.none() | st.builds(Suiting, st.floats(0, 1), st.floats(0, 1), COUNTS, COUNTS),
)
SOURCES = st.lists(
    st.builds(Source, st.sampled_from(["feed", "page", "folder"]), HOSTILE, st.just(DAY), result=HOSTILE)
)


@given(summary=SUMMARIES, failing=SOURCES)
def test_whatever_was_asked_the_digest_fits_and_lets_none_of_it_act(summary: Summary, failing: list[Source]) -> None:
    reply = digest_reply(summary, failing, DAY)
    assert reply.size <= MESSAGE_CHARACTERS
    for line in lines(reply):
        assert not re.search(r"(?<!\\)(?:\\\\)*(?:<@|@everyone|\|\|)", line), line


@given(summary=SUMMARIES)
def test_whatever_was_asked_the_page_fits_shows_it_whole_and_lets_none_of_it_act(summary: Summary) -> None:
    reply = page(summary)
    assert reply.size <= MESSAGE_CHARACTERS
    assert all(text.strip() for block in reply.blocks for text in block.texts)
    shown = lines(reply)
    for line in shown:
        assert not re.search(r"(?<!\\)(?:\\\\)*(?:<@|@everyone|\]\(|\|\|)", line), line
    wanted = [
        f"**{group.times:,}×** {isolated(escape(group.question))}"
        for group in summary.not_found
        if len(group.question) <= 300
    ]
    if wanted and len(summary.not_found[0].question) <= 300:
        assert wanted[0] in shown
