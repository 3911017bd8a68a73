"""The summary as tables for a spreadsheet."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from bot.insights.summary import Summary, Wording

TABLE_BYTES = 4_000_000
"""The size of the largest table. Discord takes 10 MB with a message; https://discord.com/developers/docs/reference#uploading-files"""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet read a cell as a formula, also in full width.
https://owasp.org/www-community/attacks/CSV_Injection"""


def questions_table(summary: Summary) -> bytes:
    """Every wording, with the number and the most typical wording of its group; first the questions not found.

    Of these, wordings for which a sentence was shown that may answer are found "perhaps". The last column has how many
    readers wait for an answer.
    """
    rows = (
        (
            number,
            group.question,
            wording.text,
            wording.times,
            f"{wording.last:%Y-%m-%d %H:%M}",
            _found(wording, found),
            wording.waiting,
        )
        for number, (group, found) in enumerate(
            [*((group, False) for group in summary.not_found), *((group, True) for group in summary.found)], 1
        )
        for wording in group.wordings
    )
    return _table(("group", "question", "wording", "times", "last asked (UTC)", "found", "waiting"), rows)


def articles_table(summary: Summary) -> bytes:
    """Every article that was quoted, the most often quoted first."""
    rows = ((one.article_id, one.title or "", one.answers, one.votes.up, one.votes.down) for one in summary.quoted)
    return _table(("id", "title", "quoted in answers", "votes up", "votes down"), rows)


def _found(wording: Wording, found: bool) -> str:
    if found:
        return "yes"
    return "perhaps" if wording.perhaps else "no"


def _table(names: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """The rows as CSV in UTF-8, after the mark by which spreadsheets recognize UTF-8; at most TABLE_BYTES of them."""
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
    """The cell, quoted if a spreadsheet would run it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
