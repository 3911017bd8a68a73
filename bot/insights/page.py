"""The summary as a message within Discord's limits."""

from collections.abc import Iterator, Sequence

from bot.insights.summary import COMPARED, Group, Summary
from bot.markdown import Markdown, heading, joined, md, shortened
from bot.storage.answers import Votes
from bot.ui.reply import QUESTION_CHARACTERS, TITLE_CHARACTERS, Block, Reply
from bot.wording import as_day, counted

NOT_FOUND_ROOM, OTHER_ROOM = 1900, 800
"""How much of a message the questions not found, and each of the other two lists, may take, in UTF-16 units."""

NOT_FOUND_MOST, OTHER_MOST = 10, 5
"""How many entries these lists show at most."""


def insights_reply(summary: Summary) -> Reply:
    """The message. Questions are shown whole or not at all: those that do not fit are counted, and are in the table."""
    if not summary.questions:
        return Reply((Block((md("**Nothing was asked in this server in {}.**", _span(summary.days)),)),))
    answered = f"{summary.answered:,} answered ({summary.answered / summary.questions:.0%})"
    head = md(
        "### What readers asked in {}\n{} · {} · {}",
        _span(summary.days),
        counted(summary.questions, "question"),
        answered,
        _votes(summary.votes),
    )
    not_found = [
        md("**{}**\n-# {}", _question(group.question), " · ".join(_asked(group)))
        for group in summary.not_found[:NOT_FOUND_MOST]
    ]
    quoted = [
        md(
            "**{}**\n-# In {} · {}",
            _title(one.title, one.article_id),
            counted(one.answers, "answer"),
            _votes(one.votes),
        )
        for one in summary.quoted[:OTHER_MOST]
    ]
    disliked = [
        md("**{}**\n-# {}", _question(one.question), _votes(one.votes)) for one in summary.disliked[:OTHER_MOST]
    ]
    texts = [
        head,
        _list("Asked and not found", not_found, len(summary.not_found), NOT_FOUND_ROOM)
        or md("### Asked and not found\nNothing: all that was asked was answered."),
        _list("Most quoted", quoted, len(summary.quoted), OTHER_ROOM),
        _list("Voted down", disliked, len(summary.disliked), OTHER_ROOM),
        md(
            "-# More than {} wordings: the {} rarest are not compared with the others.",
            f"{COMPARED:,}",
            f"{summary.uncompared:,}",
        )
        if summary.uncompared
        else md(""),
    ]
    return Reply(tuple(Block((text,)) for text in texts if text))


def _list(title: str, entries: Sequence[Markdown], total: int, room: int) -> Markdown:
    """As many entries under their title as there is room for, and how many more there are; nothing without entries."""
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


def _asked(group: Group) -> Iterator[str]:
    """How often it was asked, when last, and how often with a sentence shown that may answer it."""
    wordings = f", in {len(group.wordings):,} wordings" if len(group.wordings) > 1 else ""
    yield f"Asked {_times(group.times)}{wordings}"
    yield f"last on {as_day(group.last)}"
    if group.perhaps:
        yield f"perhaps answered {_times(group.perhaps)}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _question(question: str) -> str:
    if len(question) > QUESTION_CHARACTERS:
        return f"A question of {len(question):,} characters, which stands in the table"
    return question


def _title(title: str | None, article_id: str) -> str:
    return shortened(title or f"{article_id}, which is no longer there", TITLE_CHARACTERS)
