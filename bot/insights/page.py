"""The summary as a message within Discord's limits, laid out as a page of a report."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from bot.insights.suiting import VOTED, Suiting, Sureness
from bot.insights.summary import COMPARED, Group, Quoted, Summary
from bot.languages import as_number, as_percent, later, say, say_many
from bot.markdown import Markdown, heading, joined, mark, md, shortened
from bot.storage.answers import Votes
from bot.ui.reply import AMBER, GREY, INK, QUESTION_CHARACTERS, TITLE_CHARACTERS, Block, Reply
from bot.ui.sources import last_problem, place_of
from bot.wording import as_day, bar, until_open
from index import Source

NOT_FOUND_ROOM, OTHER_ROOM = 1500, 550
"""How much of a message the questions not found, and each of the other two lists, may take, in UTF-16 units."""

NOT_FOUND_MOST, OTHER_MOST = 10, 5
"""How many entries these lists show at most."""

BAR = 6
"""How many marks a bar has. They fit beside a count on a phone."""


def insights_reply(summary: Summary, until: datetime) -> Reply:
    """The message, of the days up to `until`.

    Questions are shown whole or not at all: those that do not fit are counted, and are in the table.
    """
    head = _head(say("What readers asked"), summary, until)
    if not summary.questions:
        return Reply((head, Block((md("Nothing was asked in this server."),))), GREY)
    blocks = [head, *_asked(summary), _sure_and_right(summary), Block((joined("\n", _foot(summary)),))]
    return Reply(tuple(block for block in blocks if block.texts), INK)


def digest_reply(summary: Summary, failing: Sequence[Source], until: datetime) -> Reply:
    """The weekly message to the log channel: what was asked, and the sources whose last reading went wrong."""
    head = _head(say("The week with readers"), summary, until)
    sources = [md("{}\n-# ⚠️ {}", place_of(source), last_problem(source)) for source in failing]
    blocks = [
        head,
        *(_asked(summary) if summary.questions else [Block((md("Nothing was asked in this server."),))]),
        _list(say("Sources that cannot be read"), sources[:OTHER_MOST], len(sources), OTHER_ROOM),
        Block((md("-# `/insights` tells more; `/settings digest` switches this message off."),)),
    ]
    return Reply(tuple(block for block in blocks if block.texts), AMBER if failing else INK)


def _head(title: str, summary: Summary, until: datetime) -> Block:
    return Block((md("{}\n-# {}", heading(title), _period(summary.days, until)),))


def _asked(summary: Summary) -> list[Block]:
    """What was asked, and what came of it."""
    not_found = [_entry(group.times, _question(group.question), _notes(group)) for group in summary.not_found]
    quoted = [
        _entry(one.answers, _title(one), [_helped(one.votes)] if _cast(one.votes) else []) for one in summary.quoted
    ]
    disliked = [
        md("{}\n-# {}", _question(one.question), _did_not_help(one.votes)) for one in summary.disliked[:OTHER_MOST]
    ]
    return [
        Block((_shares(summary),)),
        _list(say("Not found, or only perhaps"), not_found[:NOT_FOUND_MOST], len(not_found), NOT_FOUND_ROOM),
        _list(say("Most quoted"), quoted[:OTHER_MOST], len(quoted), OTHER_ROOM),
        _list(say("Voted down"), disliked, len(summary.disliked), OTHER_ROOM),
    ]


def _sure_and_right(summary: Summary) -> Block:
    """How often readers voted right what was called sure, fairly sure and so on; empty without votes."""
    if not summary.sureness:
        return Block(())
    lines = (md("{}", _voted_right(one)) for one in summary.sureness)
    title = heading(say("How sure, and how often right"))
    return Block((joined("\n", (title, *lines, md("-# {}", _suiting(summary.suiting)))),))


def _voted_right(one: Sureness) -> str:
    voted = one.right + one.wrong
    return say("{}: voted right {} of {} times", one.certainty.words, as_number(one.right), as_number(voted))


def _suiting(suiting: Suiting | None) -> str:
    """Which threshold suits these votes, and what it would change."""
    if suiting is None:
        return say("Once {} answers have votes, I say here which threshold suits them.", as_number(VOTED))
    now, other = as_percent(suiting.present), as_percent(suiting.threshold)
    if suiting.is_present:
        return say("The threshold here, {}, suits these votes.", now)
    right, wrong = as_number(suiting.right), as_number(suiting.wrong)
    if suiting.threshold > suiting.present:
        said = say("It would leave out {} that were voted wrong, and {} that were voted right.", wrong, right)
    else:
        said = say("It would let in {} that were voted right, and {} that were voted wrong.", right, wrong)
    return say("A threshold of {} would suit these votes better than {}.", other, now) + " " + said


def _shares(summary: Summary) -> Markdown:
    """How many questions were answered, perhaps and not at all, each with a bar; and what readers voted."""
    perhaps = sum(group.perhaps for group in summary.not_found)
    missing = summary.questions - summary.answered - perhaps
    counts = (
        (later("{} answered"), summary.answered),
        (later("{} perhaps"), perhaps),
        (later("{} not found"), missing),
    )
    return joined(
        "\n",
        (
            md("**{}**", say_many("{} question", "{} questions", summary.questions)),
            *(_share(what, number, summary.questions) for what, number in counts),
            md("{}", _helped(summary.votes)) if _cast(summary.votes) else mark(""),
        ),
    )


def _share(what: Callable[..., str], number: int, total: int) -> Markdown:
    """A count beside its bar, and its share."""
    share = min(max(number / total, 0), 1)
    return md("{} {} · {}", bar(share, BAR), what(as_number(number)), as_percent(share))


def _list(title: str, entries: Sequence[Markdown], total: int, room: int) -> Block:
    """As many entries under their title as there is room for, and how many more there are; empty without entries."""
    shown: list[Markdown] = []
    for entry in entries:
        if Block((*shown, entry)).size + len(shown) > room:
            break
        shown.append(entry)
    left = [md("-# and {} more", as_number(total - len(shown)))] if total > len(shown) else []
    return Block((joined("\n", [heading(title), *shown, *left]),) if total else ())


def _entry(times: int, what: str, notes: Sequence[str]) -> Markdown:
    """A line with its count, and a small one with notes if there are some."""
    line = md("**{}×** {}", as_number(times), what)
    return md("{}\n-# {}", line, " · ".join(notes)) if notes else line


def _foot(summary: Summary) -> Iterable[Markdown]:
    if not summary.not_found:
        yield md("-# All that was asked was answered.")
    if summary.uncompared:
        yield md(
            "-# More than {} wordings: the {} rarest are not compared with the others.",
            as_number(COMPARED),
            as_number(summary.uncompared),
        )
    yield md("-# The option csv adds tables, with every wording and when it was last asked.")


def _period(days: int, until: datetime) -> str:
    """The days of which it tells."""
    since = until - timedelta(days=days)
    if days == 1:
        return say("The last day, {} to {}", as_day(since), as_day(until))
    return say("The last {} days, {} to {}", as_number(days), as_day(since), as_day(until))


def _cast(votes: Votes) -> int:
    return votes.up + votes.down


def _helped(votes: Votes) -> str:
    """How many of the votes are for the answers."""
    return say_many(
        "{} of {} votes says that it helped",
        "{} of {} votes say that it helped",
        votes.up,
        as_number(_cast(votes)),
    )


def _did_not_help(votes: Votes) -> str:
    """How many of the votes are against the answers."""
    return say_many(
        "{} of {} votes says that it did not help",
        "{} of {} votes say that it did not help",
        votes.down,
        as_number(_cast(votes)),
    )


def _notes(group: Group) -> list[str]:
    """In how many wordings it was asked, how often with a sentence shown that may answer it, and how many wait."""
    notes = []
    if len(group.wordings) > 1:
        notes.append(say("in {} wordings", as_number(len(group.wordings))))
    if group.perhaps:
        notes.append(
            say_many(
                "{} time with a sentence that may answer it",
                "{} times with a sentence that may answer it",
                group.perhaps,
            )
        )
    if group.waiting:
        notes.append(say_many("{} reader waits for it", "{} readers wait for it", group.waiting))
    return notes


def _question(question: str) -> str:
    if len(question) > QUESTION_CHARACTERS:
        return say("A question of {} characters, which stands in the table", as_number(len(question)))
    return question


def _title(one: Quoted) -> str:
    if one.is_hidden:
        return f"{say('The article')} · {until_open(one.held_until, private=one.held_until is None)}"
    return shortened(one.title or say("{}, which is no longer there", one.article_id), TITLE_CHARACTERS)
