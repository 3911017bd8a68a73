"""What editors are shown: whole questions within Discord's limits, and tables that no spreadsheet runs."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insights import tables
from bot.insights.page import insights_reply
from bot.insights.summary import Disliked, Group, Quoted, Summary, Wording
from bot.insights.tables import articles_table, questions_table
from bot.markdown import escape
from bot.storage.answers import Votes
from bot.ui.reply import MESSAGE_CHARACTERS, Reply

DAY = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
NOTHING = Summary(30, 0, 0, Votes(0, 0), (), (), (), (), 0)
FERRY = Group((Wording("When does the ferry leave?", 2, DAY), Wording("ferry times", 1, DAY)))
SOME = Summary(
    days=30,
    questions=12,
    answered=8,
    votes=Votes(5, 3),
    not_found=(FERRY, Group((Wording("Who owns the *mill*?", 1, DAY),))),
    found=(Group((Wording("When did the bridge open?", 8, DAY),)),),
    quoted=(Quoted("bridge", "The bridge", 7, Votes(5, 1)), Quoted("gone", None, 1, Votes(0, 2))),
    disliked=(Disliked("Who built the bridge?", Votes(0, 2)),),
    uncompared=0,
)


def lines(reply: Reply) -> list[str]:
    return [line for block in reply.blocks for text in block.texts for line in text.splitlines()]


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_page_says_what_was_not_found_what_is_quoted_and_what_was_disliked() -> None:
    assert lines(insights_reply(SOME)) == [
        "### What readers asked in the last 30 days",
        "12 questions · 8 answered (67%) · 👍 5 · 👎 3",
        "### Asked and not found",
        "**When does the ferry leave?**",
        "-# Asked 3 times, in 2 wordings · last on 31 January 2026",
        "**Who owns the \\*mill\\*?**",
        "-# Asked once · last on 31 January 2026",
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


HOSTILE = st.one_of(
    st.sampled_from(["*" * 300, "\\" * 1000, "@everyone <@1> [x](https://evil.example) ||a||", "\U0001f600" * 300]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=1000),
)
COUNTS = st.integers(0, 10**9)
VOTES = st.builds(Votes, COUNTS, COUNTS)
GROUPS = st.lists(
    st.lists(st.builds(Wording, HOSTILE, st.integers(1, 10**9), st.just(DAY)), min_size=1, max_size=3).map(
        lambda wordings: Group(tuple(wordings))
    ),
    max_size=15,
).map(tuple)
FINDINGS = st.builds(
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


@given(findings=FINDINGS)
def test_whatever_was_asked_the_page_fits_shows_it_whole_and_lets_none_of_it_act(findings: Summary) -> None:
    reply = insights_reply(findings)
    assert reply.size <= MESSAGE_CHARACTERS
    assert all(text.strip() for block in reply.blocks for text in block.texts)
    shown = lines(reply)
    for line in shown:
        assert not re.search(r"(?<!\\)(?:\\\\)*(?:<@|@everyone|\]\(|\|\|)", line), line
    wanted = [f"**{escape(group.question)}**" for group in findings.not_found if len(group.question) <= 300]
    if wanted and len(findings.not_found[0].question) <= 300:
        assert wanted[0] in shown


# Tables


def test_the_tables_hold_every_wording_and_every_article() -> None:
    content = questions_table(SOME)
    assert content.startswith(b"\xef\xbb\xbfgroup,")
    assert table(content) == [
        ["group", "question", "wording", "times", "last asked (UTC)", "found"],
        ["1", "When does the ferry leave?", "When does the ferry leave?", "2", "2026-01-31 12:05", "no"],
        ["1", "When does the ferry leave?", "ferry times", "1", "2026-01-31 12:05", "no"],
        ["2", "Who owns the *mill*?", "Who owns the *mill*?", "1", "2026-01-31 12:05", "no"],
        ["3", "When did the bridge open?", "When did the bridge open?", "8", "2026-01-31 12:05", "yes"],
    ]
    assert table(articles_table(SOME)) == [
        ["id", "title", "quoted in answers", "votes up", "votes down"],
        ["bridge", "The bridge", "7", "5", "1"],
        ["gone", "", "1", "0", "2"],
    ]


@pytest.mark.parametrize("opening", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_what_a_spreadsheet_would_run_is_neutralised(opening: str) -> None:
    formula = f'{opening}HYPERLINK("https://evil.example";"a, b")'
    findings = replace(
        SOME, not_found=(Group((Wording(formula, 1, DAY),)),), quoted=(Quoted(formula, formula, 1, Votes(0, 0)),)
    )
    assert table(questions_table(findings))[1][1:3] == [f"'{formula}"] * 2
    assert table(articles_table(findings))[1][:2] == [f"'{formula}"] * 2


@given(texts=st.lists(HOSTILE, min_size=1, max_size=5))
def test_the_tables_give_back_what_they_were_given(texts: list[str]) -> None:
    group = Group(tuple(Wording(text, 1, DAY) for text in texts))
    rows = table(questions_table(replace(NOTHING, not_found=(group,))))
    assert [row[2] for row in rows[1:]] == [f"'{text}" if text[0] in "=+-@\t\r＝＋－＠" else text for text in texts]


def test_a_table_too_large_to_send_ends_with_a_whole_row_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "TABLE_BYTES", 200)
    many = tuple(Group((Wording(f"Who is number {n}?", 1, DAY),)) for n in range(20))
    rows = table(questions_table(replace(SOME, not_found=many)))
    assert [row[0] for row in rows[1:-1]] == ["1", "2", "3"]
    assert rows[-1] == ["(There are more, but the file would be too large.)"]
