"""What is said to those who wait. All functions are pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import Refused
from bot.languages import say
from bot.markdown import Markdown, heading, md, md_later, md_many, shortened
from bot.storage.waiting import PERSON_MOST, Full, Wait
from bot.ui.reply import GREY, INK, QUESTION_CHARACTERS, Block, Reply
from bot.wording import as_day

_FULL = {
    Full.SERVER: md_later(
        "Too many questions are waited for in this server already; ask again when new articles have come in."
    ),
    Full.ALL: md_later("Too many questions are waited for already; ask again when new articles have come in."),
}

ENDED = md_later("I wait no longer, and have forgotten that you asked me to.")
"""What is said to somebody who ends a wait."""

GONE = md_later("You do not wait for that any more.")
"""What is said about a wait that has ended already."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that a person waits for, as it is listed to them alone: its question, and the last day of the wait."""

    wait: Wait
    question: str
    until: datetime


def refusal(full: Full) -> Refused:
    """Why somebody cannot wait."""
    if full is Full.PERSON:
        return Refused(
            lambda: md_many(
                "You wait for {} question already, which is as much as I can keep; `/waiting` shows it, and ends it.",
                "You wait for {} questions already, which is as much as I can keep; `/waiting` shows and ends them.",
                PERSON_MOST,
            )
        )
    return Refused(_FULL[full])


def begun_reply(wait: Wait, until: datetime) -> Reply:
    """What is said to somebody who waits now: where they are told, and until when."""
    how = (
        md("I will send you a direct message when an article answers that.")
        if wait.direct
        else md("I will tell you here when an article answers that, and ping nobody but you.")
    )
    return Reply((Block((md("**{}**\n{}", how, _until(until)),)),), INK)


def _until(until: datetime) -> Markdown:
    return md("-# I look at all that comes in until {}. `/waiting` shows what you wait for.", as_day(until))


def told(person: int, asked: datetime, *, mention: bool) -> Markdown:
    """What stands above an answer that somebody waited for since they asked; it pings them if `mention` is set."""
    if mention:
        return md("<@{}>, you asked me to tell you; you have waited since {}.", person, as_day(asked))
    return md("You asked me to tell you; you have waited since {}.", as_day(asked))


def list_head(listed: Sequence[Listed]) -> Reply:
    """What stands above the list of what a person waits for."""
    if not listed:
        return Reply((Block((md("You wait for no question."),)),), GREY)
    said = md_many(
        "You wait for {} question. Only you see it.", "You wait for {} questions. Only you see them.", len(listed)
    )
    return Reply((Block((md("{}\n{}", heading(say("What you wait for")), said),)),), INK)


def list_entry(one: Listed) -> Markdown:
    """An entry of that list."""
    if one.wait.direct:
        how = say("by direct message, until {}", as_day(one.until))
    else:
        how = say("where you asked, until {}", as_day(one.until))
    return md("{}\n-# {}", shortened(one.question, QUESTION_CHARACTERS), how)
