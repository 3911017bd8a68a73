"""The summary as a message within Discord's limits, laid out as a page of a report."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.insights.summary import COMPARED, Group, Summary
from bot.markdown import Markdown, heading, joined, md, shortened
from bot.storage.answers import Votes
from bot.ui.reply import GREY, INK, QUESTION_CHARACTERS, TITLE_CHARACTERS, Block, Reply
from bot.wording import as_day, bar, counted

NOT_FOUND_ROOM, OTHER_ROOM = 1900, 700
"""How much of a message the questions not found, and each of the other two lists, may take, in UTF-16 units."""

NOT_FOUND_MOST, OTHER_MOST = 10, 5
"""How many entries these lists show at most."""

TITLE = "What readers asked"

BAR = 8
"""How many marks a bar has. They fit beside a count on a phone."""


def insights_reply(summary: Summary, until: datetime) -> Reply:
    """The message, of the days up to `until`.

    Questions are shown whole or not at all: those that do not fit are counted, and are in the table.
    """
    head = Block((md("{}\n-# {}", heading(TITLE), _period(summary.days, until)),))
    if not summary.questions:
        return Reply((head, Block((md("Nothing was asked in this server."),))), GREY)
    not_found = [_entry(group.times, _question(group.question), _notes(group)) for group in summary.not_found]
    quoted = [
        _entry(one.answers, _title(one.title, one.article_id), [_helped(one.votes)] if _cast(one.votes) else [])
        for one in summary.quoted
    ]
    disliked = [
        md("{}\n-# {}", _question(one.question), _did_not_help(one.votes)) for one in summary.disliked[:OTHER_MOST]
    ]
    blocks = [
        head,
        Block((_shares(summary),)),
        _list("Not found, or only perhaps", not_found[:NOT_FOUND_MOST], len(not_found), NOT_FOUND_ROOM),
        _list("Most quoted", quoted[:OTHER_MOST], len(quoted), OTHER_ROOM),
        _list("Voted down", disliked, len(summary.disliked), OTHER_ROOM),
        Block((joined("\n", _foot(summary)),)),
    ]
    return Reply(tuple(block for block in blocks if block.texts), INK)


def _shares(summary: Summary) -> Markdown:
    """How many questions were answered, perhaps and not at all, each with a bar; and what readers voted."""
    perhaps = sum(group.perhaps for group in summary.not_found)
    missing = summary.questions - summary.answered - perhaps
    counts = (("answered", summary.answered), ("perhaps", perhaps), ("not found", missing))
    return joined(
        "\n",
        (
            md("**{}**", counted(summary.questions, "question")),
            *(_share(what, number, summary.questions) for what, number in counts),
            md("{}.", _helped(summary.votes)) if _cast(summary.votes) else md(""),
        ),
    )


def _share(what: str, number: int, total: int) -> Markdown:
    """A count beside its bar, and its share."""
    share = min(max(number / total, 0), 1)
    return md("{} {} {} · {}", bar(share, BAR), f"{number:,}", what, f"{share:.0%}")


def _list(title: str, entries: Sequence[Markdown], total: int, room: int) -> Block:
    """As many entries under their title as there is room for, and how many more there are; empty without entries."""
    shown: list[Markdown] = []
    for entry in entries:
        if Block((*shown, entry)).size + len(shown) > room:
            break
        shown.append(entry)
    left = [md("-# and {} more", f"{total - len(shown):,}")] if total > len(shown) else []
    return Block((joined("\n", [heading(title), *shown, *left]),) if total else ())


def _entry(times: int, what: str, notes: Sequence[str]) -> Markdown:
    """A line with its count, and a small one with notes if there are some."""
    line = md("**{}×** {}", f"{times:,}", what)
    return md("{}\n-# {}", line, " · ".join(notes)) if notes else line


def _foot(summary: Summary) -> Iterable[Markdown]:
    if not summary.not_found:
        yield md("-# All that was asked was answered.")
    if summary.uncompared:
        yield md(
            "-# More than {} wordings: the {} rarest are not compared with the others.",
            f"{COMPARED:,}",
            f"{summary.uncompared:,}",
        )
    yield md("-# The option csv adds tables, with every wording and when it was last asked.")


def _period(days: int, until: datetime) -> str:
    """The days of which it tells, with the year once where that is enough."""
    since = until - timedelta(days=days)
    same_year, same_month = since.year == until.year, (since.year, since.month) == (until.year, until.month)
    begins = f"{since.day}" if same_month else f"{since.day} {since:%B}" if same_year else as_day(since)
    last = "The last day" if days == 1 else f"The last {days:,} days"
    return f"{last}, {begins} to {as_day(until)}"


def _cast(votes: Votes) -> int:
    return votes.up + votes.down


def _helped(votes: Votes) -> str:
    """How many of the votes are for the answers."""
    return f"{votes.up:,} of {counted(_cast(votes), 'vote')} {_say(votes.up, _cast(votes))} that it helped"


def _did_not_help(votes: Votes) -> str:
    """How many of the votes are against the answers."""
    return f"{votes.down:,} of {counted(_cast(votes), 'vote')} {_say(votes.down, _cast(votes))} that it did not help"


def _say(number: int, cast: int) -> str:
    return "says" if 1 in (number, cast) else "say"


def _notes(group: Group) -> list[str]:
    """In how many wordings it was asked, and how often with a sentence shown that may answer it."""
    wordings = [f"in {len(group.wordings):,} wordings"] if len(group.wordings) > 1 else []
    perhaps = [f"{_times(group.perhaps)} with a sentence that may answer it"] if group.perhaps else []
    return wordings + perhaps


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _question(question: str) -> str:
    if len(question) > QUESTION_CHARACTERS:
        return f"A question of {len(question):,} characters, which stands in the table"
    return question


def _title(title: str | None, article_id: str) -> str:
    return shortened(title or f"{article_id}, which is no longer there", TITLE_CHARACTERS)
