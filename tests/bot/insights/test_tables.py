"""Tables for editors: every wording and article, and nothing that a spreadsheet runs."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insights import tables
from bot.insights.summary import Group, Quoted, Wording
from bot.insights.tables import articles_table, questions_table
from bot.storage.answers import Votes
from tests.bot.insights.summaries import DAY, HOSTILE, NOTHING, SOME


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_tables_hold_every_wording_and_every_article() -> None:
    content = questions_table(SOME)
    assert content.startswith(b"\xef\xbb\xbfgroup,")
    assert table(content) == [
        ["group", "question", "wording", "times", "last asked (UTC)", "found", "waiting"],
        ["1", "When does the ferry leave?", "When does the ferry leave?", "2", "2026-01-31 12:05", "no", "2"],
        ["1", "When does the ferry leave?", "ferry times", "1", "2026-01-31 12:05", "no", "1"],
        ["2", "Who owns the *mill*?", "Who owns the *mill*?", "1", "2026-01-31 12:05", "no", "0"],
        ["3", "Who built the lock?", "Who built the lock?", "3", "2026-01-31 12:05", "perhaps", "0"],
        ["3", "Who built the lock?", "lock builder", "1", "2026-01-31 12:05", "no", "0"],
        ["4", "When did the bridge open?", "When did the bridge open?", "8", "2026-01-31 12:05", "yes", "0"],
    ]
    assert table(articles_table(SOME)) == [
        ["id", "title", "quoted in answers", "votes up", "votes down"],
        ["bridge", "The bridge", "7", "5", "1"],
        ["gone", "", "1", "0", "2"],
    ]


@pytest.mark.parametrize("opening", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_what_a_spreadsheet_would_run_is_neutralised(opening: str) -> None:
    formula = f'{opening}HYPERLINK("https://evil.example";"a, b")'
    summary = replace(
        SOME, not_found=(Group((Wording(formula, 1, DAY),)),), quoted=(Quoted(formula, formula, 1, Votes(0, 0)),)
    )
    assert table(questions_table(summary))[1][1:3] == [f"'{formula}"] * 2
    assert table(articles_table(summary))[1][:2] == [f"'{formula}"] * 2


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
