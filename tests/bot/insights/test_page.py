"""What editors are shown: whole questions within Discord's limits."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.insights.page import insights_reply
from bot.insights.summary import Disliked, Group, Quoted, Summary, Wording
from bot.markdown import escape
from bot.storage.answers import Votes
from bot.ui.reply import GREY, INK, MESSAGE_CHARACTERS, Reply
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
        "▰▰▰▰▰▱▱▱ 8 answered · 67%",
        "▰▱▱▱▱▱▱▱ 2 perhaps · 17%",
        "▰▱▱▱▱▱▱▱ 2 not found · 17%",
        "5 of 8 votes say that it helped",
        "### Not found, or only perhaps",
        "**3×** When does the ferry leave?",
        "-# in 2 wordings",
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
        "▰▰▰▰▰▰▰▰ 8 answered · 100%",
        "▱▱▱▱▱▱▱▱ 0 perhaps · 0%",
        "▱▱▱▱▱▱▱▱ 0 not found · 0%",
        "5 of 8 votes say that it helped",
        "-# All that was asked was answered.",
        "-# The option csv adds tables, with every wording and when it was last asked.",
    ]


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
)


@given(summary=SUMMARIES)
def test_whatever_was_asked_the_page_fits_shows_it_whole_and_lets_none_of_it_act(summary: Summary) -> None:
    reply = page(summary)
    assert reply.size <= MESSAGE_CHARACTERS
    assert all(text.strip() for block in reply.blocks for text in block.texts)
    shown = lines(reply)
    for line in shown:
        assert not re.search(r"(?<!\\)(?:\\\\)*(?:<@|@everyone|\]\(|\|\|)", line), line
    wanted = [
        f"**{group.times:,}×** {escape(group.question)}" for group in summary.not_found if len(group.question) <= 300
    ]
    if wanted and len(summary.not_found[0].question) <= 300:
        assert wanted[0] in shown
