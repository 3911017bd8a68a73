"""Writes what a site's message has changed, for the log channel. Pure functions."""

from bot.languages import as_number, later, say
from bot.markdown import Markdown, heading, joined, md, shortened
from bot.services.editor import AppliedChange
from bot.ui.reply import INK, TITLE_CHARACTERS, Block, Reply

NAMED = 5
"""How many titles are named of each kind."""


def report_of(applied: AppliedChange) -> Reply:
    """What changed, with the titles of some of the articles."""
    report = applied.report
    kinds = ((report.added, later("{} new")), (report.changed, later("{} changed")), (report.removed, later("{} gone")))
    texts = [md("{}\n{}", heading(say("Read at once")), md("A site has told me that pages of it have changed."))]
    for ids, count in kinds:
        if ids:
            titles = [shortened(applied.titles.get(one, one), TITLE_CHARACTERS) for one in ids[:NAMED]]
            texts.append(md("**{}**\n{}", count(as_number(len(ids))), joined("\n", map(_item, titles))))
    return Reply((Block(tuple(texts)),), INK)


def _item(title: str) -> Markdown:
    return md("- {}", title)
