"""Writes what was corrected and withdrawn, for /corrections and for the channel of corrections. All pure.

Text from an article is escaped. What differs is struck through in what stood, and bold in what stands.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from bot.differences import Part, differences
from bot.languages import say, say_many
from bot.markdown import (
    Markdown,
    escape,
    isolated,
    joined,
    label,
    link,
    mark,
    md,
    md_later,
    md_many,
    plain,
    shortened,
)
from bot.storage.answers import Fate
from bot.storage.corrections import Correction
from bot.ui.reply import AMBER, GREY, INK, TITLE_CHARACTERS, Block, Reply
from bot.wording import ITS_ARTICLE_WENT, NOTHING_STANDS, STANDS, STOOD, edited_answers, further_rewordings
from index import Rewording

ENTRIES = 5
"""How many entries a page or a post has at most."""

ROOM = 3000
"""How many UTF-16 units they may take."""

HEADING = md_later("### Corrected")
"""What a post begins with, which tells it from other messages."""

PLACES = 3
"""How many changed places of an article an entry shows."""


def corrections_page(corrections: Sequence[Correction], page: int, days: int) -> tuple[Reply, int, int]:
    """One page, from page 0 on, of what was corrected in the last `days`; which it is, and how many there are."""
    pages = _paged(list(_entries(corrections)))
    page = min(max(page, 0), len(pages) - 1)
    said = say("of the last {} days, the newest first", days) if days > 1 else say("of the last day, the newest first")
    place = [say("page {} of {}", page + 1, len(pages))] if len(pages) > 1 else []
    head = Block((md("### Corrections\n-# {}", " · ".join((said, *place))),))
    if not corrections:
        return Reply((head, Block((md("Nothing was corrected or withdrawn."),))), GREY), 0, 1
    return Reply((head, *pages[page]), INK), page, len(pages)


def corrections_post(corrections: Sequence[Correction]) -> Reply:
    """What was corrected just now, the newest first, for a channel; what does not fit is counted."""
    entries = list(_entries(corrections))
    shown = _paged(entries)[0]
    blocks = [Block((HEADING(),)), *shown]
    if left := len(entries) - len(shown):
        more = md_many("And {} more: `/corrections` shows it.", "And {} more: `/corrections` shows them.", left)
        blocks.append(Block((md("-# {}", more),)))
    return Reply(tuple(blocks), AMBER)


def taken_back_post() -> Reply:
    """What stands in the place of a post when all that it told of was taken back."""
    return Reply((Block((md("What was corrected here was taken back: the articles are as they were before."),)),), GREY)


def _paged(entries: Sequence[Block]) -> list[list[Block]]:
    pages: list[list[Block]] = [[]]
    for entry in entries:
        if pages[-1] and (len(pages[-1]) == ENTRIES or sum(b.size for b in pages[-1]) + entry.size > ROOM):
            pages.append([])
        pages[-1].append(entry)
    return pages


def _entries(corrections: Iterable[Correction]) -> Iterable[Block]:
    """An entry for each; one for all articles that were removed by hand in a row on one day."""
    for key, group in groupby(corrections, lambda one: one.at.date() if _is_untold(one) else one.id):
        one, *more = group
        if isinstance(key, str):
            yield _entry(one)
        else:
            yield _untold([one, *more])


def _is_untold(one: Correction) -> bool:
    """Whether nothing but the fact is told of it."""
    return one.fate is Fate.WITHDRAWN and not one.title


def _untold(gone: Sequence[Correction]) -> Block:
    said = say_many("{} article was withdrawn", "{} articles were withdrawn", len(gone))
    return Block((_head(md("**{}**", said), gone[0].at), _foot(sum(one.edited for one in gone))))


def _entry(one: Correction) -> Block:
    title = shortened(plain(one.title), TITLE_CHARACTERS)
    headline = link(label(title), one.url) or isolated(escape(title))
    if one.fate is Fate.WITHDRAWN:
        return Block((_head(md("**Withdrawn:** {}", headline), one.at), _foot(one.edited)))
    if not title:
        headline = md("an article that was withdrawn since")
    head = _head(md("**Corrected:** {}", headline), one.at)
    for places in range(min(PLACES, len(one.rewordings)), 0, -1):
        entry = Block((head, *map(_rewording, one.rewordings[:places]), _foot(one.edited, _left(one, places))))
        if entry.size <= ROOM:
            return entry
    said = md("The sentences are too long for a message.") if one.rewordings else md("{}", ITS_ARTICLE_WENT())
    return Block((head, md("> {}", said), _foot(one.edited)))


def _left(one: Correction, shown: int) -> int:
    return len(one.rewordings) - shown + one.further


def _head(said: Markdown, at: datetime) -> Markdown:
    return md("{}\n-# <t:{}:D>", said, int(at.timestamp()))


def _foot(edited: int, left: int = 0) -> Markdown:
    return md("-# {}", " · ".join((*([further_rewordings(left)] if left else []), edited_answers(edited))))


def _rewording(one: Rewording) -> Markdown:
    stood, stands = differences(one.stood, one.stands)
    was = md("> {} {}", STOOD(), _marked(stood, mark("~~")))
    if not stands:
        return md("{}\n> *{}*", was, NOTHING_STANDS())
    return md("{}\n> {} {}", was, STANDS(), _marked(stands, mark("**")))


def _marked(parts: Iterable[Part], around: Markdown) -> Markdown:
    """The parts, escaped, each that differs between marks. Spaces stay outside of these."""
    return isolated(joined("", (_one(part, around) for part in parts)))


def _one(part: Part, around: Markdown) -> Markdown:
    core = escape(f"x{part.text.strip()}").removeprefix("x")  # it begins no line
    before, after = (mark(" ") if end.isspace() else mark("") for end in (part.text[:1], part.text[-1:]))
    if not core:
        return before
    return md("{}{}{}{}{}", before, around, core, around, after) if part.differs else md("{}{}{}", before, core, after)
