"""What editors are shown of the findings: a page within Discord's limits, and tables for a spreadsheet."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from bot.asking.reply import QUESTION_CHARACTERS, TITLE_CHARACTERS, Block, Reply
from bot.credits import as_day
from bot.insights.summary import COMPARED, Group, Summary
from bot.markdown import Markdown, heading, joined, md, shortened
from bot.storage.answers import Votes
from bot.wording import counted

NOT_FOUND_ROOM, OTHER_ROOM = 1900, 800
"""UTF-16 units that the questions not found, and each of the other two lists, may take of a message."""

NOT_FOUND_MOST, OTHER_MOST = 10, 5
"""How many entries these lists show at the most."""

TABLE_BYTES = 4_000_000
"""The largest table. Discord takes 10 MB with a message; https://discord.com/developers/docs/reference#uploading-files"""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet read a cell as a formula, also in full width.
https://owasp.org/www-community/attacks/CSV_Injection"""


# The page


def insights_reply(findings: Summary) -> Reply:
    """The page. No question is cut: what does not fit is counted, and one that is too long is left to the table."""
    if not findings.questions:
        return Reply((Block((md("**Nothing was asked in this server in {}.**", _span(findings.days)),)),))
    answered = f"{findings.answered:,} answered ({findings.answered / findings.questions:.0%})"
    head = md(
        "### What readers asked in {}\n{} · {} · {}",
        _span(findings.days),
        counted(findings.questions, "question"),
        answered,
        _votes(findings.votes),
    )
    not_found = [
        md("**{}**\n-# Asked {} · last on {}", _question(group.question), _times(group), as_day(group.last))
        for group in findings.not_found[:NOT_FOUND_MOST]
    ]
    quoted = [
        md(
            "**{}**\n-# In {} · {}",
            _title(one.title, one.article_id),
            counted(one.answers, "answer"),
            _votes(one.votes),
        )
        for one in findings.quoted[:OTHER_MOST]
    ]
    disliked = [
        md("**{}**\n-# {}", _question(one.question), _votes(one.votes)) for one in findings.disliked[:OTHER_MOST]
    ]
    texts = [
        head,
        _list("Asked and not found", not_found, len(findings.not_found), NOT_FOUND_ROOM)
        or md("### Asked and not found\nNothing: all that was asked was answered."),
        _list("Most quoted", quoted, len(findings.quoted), OTHER_ROOM),
        _list("Voted down", disliked, len(findings.disliked), OTHER_ROOM),
        md(
            "-# More than {} wordings: the {} rarest are not compared with the others.",
            f"{COMPARED:,}",
            f"{findings.uncompared:,}",
        )
        if findings.uncompared
        else md(""),
    ]
    return Reply(tuple(Block((text,)) for text in texts if text))


def _list(title: str, entries: Sequence[Markdown], total: int, room: int) -> Markdown:
    """The entries under their title as far as there is room, and how many more there are; nothing where none are."""
    shown: list[Markdown] = []
    for entry in entries:
        if Block((*shown, entry)).size + len(shown) > room:
            break
        shown.append(entry)
    left = [md("-# and {} more", f"{total - len(shown):,}")] if total > len(shown) else []
    return joined("\n", [heading(title), *shown, *left]) if total else md("")


def _span(days: int) -> str:
    return "the last day" if days == 1 else f"the last {days:,} days"


def _votes(votes: Votes) -> str:
    return f"👍 {votes.up:,} · 👎 {votes.down:,}"


def _times(group: Group) -> str:
    times = "once" if group.times == 1 else f"{group.times:,} times"
    return times if len(group.wordings) == 1 else f"{times}, in {len(group.wordings):,} wordings"


def _question(question: str) -> str:
    if len(question) > QUESTION_CHARACTERS:
        return f"A question of {len(question):,} characters, which stands in the table"
    return question


def _title(title: str | None, article_id: str) -> str:
    return shortened(title or f"{article_id}, which is no longer there", TITLE_CHARACTERS)


# The tables


def questions_table(findings: Summary) -> bytes:
    """Every wording with the number and the most typical wording of its group; first those that were not found."""
    rows = (
        (number, group.question, wording.text, wording.times, f"{wording.last:%Y-%m-%d %H:%M}", found)
        for number, (group, found) in enumerate(
            [*((group, "no") for group in findings.not_found), *((group, "yes") for group in findings.found)], 1
        )
        for wording in group.wordings
    )
    return _table(("group", "question", "wording", "times", "last asked (UTC)", "found"), rows)


def articles_table(findings: Summary) -> bytes:
    """Every article that was quoted, the most often quoted first."""
    rows = ((one.article_id, one.title or "", one.answers, one.votes.up, one.votes.down) for one in findings.quoted)
    return _table(("id", "title", "quoted in answers", "votes up", "votes down"), rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Comma-separated values in UTF-8, with the mark by which spreadsheets tell it; as many rows as may be sent."""
    lines, size = [codecs.BOM_UTF8, _line(names)], 0
    for row in rows:
        line = _line(row)
        size += len(line)
        if size > TABLE_BYTES:
            lines.append(_line(["(There are more, but the file would be too large.)"]))
            break
        lines.append(line)
    return b"".join(lines)


def _line(cells: Sequence[str | int]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    """The cell, so that no spreadsheet runs it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
