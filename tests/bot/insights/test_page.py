"""What editors are shown: whole questions within Discord's limits."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.insights.page import insights_reply
from bot.insights.summary import Disliked, Group, Quoted, Summary, Wording
from bot.markdown import escape
from bot.storage.answers import Votes
from bot.ui.reply import MESSAGE_CHARACTERS, Reply
from tests.bot.insights.summaries import DAY, FERRY, HOSTILE, NOTHING, SOME


def lines(reply: Reply) -> list[str]:
    return [line for block in reply.blocks for text in block.texts for line in text.splitlines()]


def test_the_page_says_what_was_not_found_what_is_quoted_and_what_was_disliked() -> None:
    assert lines(insights_reply(SOME)) == [
        "### What readers asked in the last 30 days",
        "12 questions · 8 answered (67%) · 👍 5 · 👎 3",
        "### Asked and not found",
        "**When does the ferry leave?**",
        "-# Asked 3 times, in 2 wordings · last on 31 January 2026",
        "**Who owns the \\*mill\\*?**",
        "-# Asked once · last on 31 January 2026",
        "**Who built the lock?**",
        "-# Asked 4 times, in 2 wordings · last on 31 January 2026 · perhaps answered 2 times",
        "### Most quoted",
        "**The bridge**",
        "-# In 7 answers · 👍 5 · 👎 1",
        "**gone, which is no longer there**",
        "-# In 1 answer · 👍 0 · 👎 2",
        "### Voted down",
        "**Who built the bridge?**",
        "-# 👍 0 · 👎 2",
    ]


def test_where_nothing_was_asked_it_says_so() -> None:
    assert lines(insights_reply(NOTHING)) == ["**Nothing was asked in this server in the last 30 days.**"]
    assert lines(insights_reply(replace(NOTHING, days=1))) == ["**Nothing was asked in this server in the last day.**"]


def test_where_all_was_found_it_says_so_and_lists_nothing_empty() -> None:
    reply = insights_reply(replace(SOME, not_found=(), quoted=(), disliked=()))
    assert lines(reply)[2:] == ["### Asked and not found", "Nothing: all that was asked was answered."]


def test_what_is_not_shown_is_counted_and_what_was_not_compared_is_said() -> None:
    many = tuple(Group((Wording(f"Who is number {n}?", 1, DAY),)) for n in range(1234))
    shown = lines(insights_reply(replace(SOME, not_found=many, uncompared=234)))
    assert "**Who is number 9?**" in shown and "**Who is number 10?**" not in shown
    assert "-# and 1,224 more" in shown
    assert shown[-1] == "-# More than 1,000 wordings: the 234 rarest are not compared with the others."


def test_a_question_too_long_for_the_page_is_not_cut() -> None:
    long = Group((Wording("why " * 100, 1, DAY),))
    shown = lines(insights_reply(replace(SOME, not_found=(long, FERRY))))
    assert shown[3] == "**A question of 400 characters, which stands in the table**"
    assert shown[5] == "**When does the ferry leave?**"


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
    reply = insights_reply(summary)
    assert reply.size <= MESSAGE_CHARACTERS
    assert all(text.strip() for block in reply.blocks for text in block.texts)
    shown = lines(reply)
    for line in shown:
        assert not re.search(r"(?<!\\)(?:\\\\)*(?:<@|@everyone|\]\(|\|\|)", line), line
    wanted = [f"**{escape(group.question)}**" for group in summary.not_found if len(group.question) <= 300]
    if wanted and len(summary.not_found[0].question) <= 300:
        assert wanted[0] in shown
