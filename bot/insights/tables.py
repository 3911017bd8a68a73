"""The summary as tables for a spreadsheet."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from bot.insights.summary import Summary

TABLE_BYTES = 4_000_000
"""The largest table. Discord takes 10 MB with a message; https://discord.com/developers/docs/reference#uploading-files"""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet read a cell as a formula, also in full width.
https://owasp.org/www-community/attacks/CSV_Injection"""


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
