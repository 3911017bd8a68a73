"""What is kept about people, for how long and how, as a text that whoever runs the bot can publish."""

from bot.markdown import Markdown, link, md
from bot.settings import Settings
from bot.wording import counted


def privacy_text(settings: Settings) -> str:
    """The text, in Markdown, as the settings are now."""
    contact = settings.operator_contact or "[who runs this bot, and where to write: set OPERATOR_CONTACT]"
    reading = (
        "It also receives the other messages of the channels that it can see. In ask channels it answers those that "
        "ask something; elsewhere they are looked at for a reply to an answer, and dropped at once."
        if settings.message_content
        else "Discord sends it no words of other messages."
    )
    back = (
        f"An article's text is kept for up to {_days(settings.rollback_days)} after a refresh has replaced or removed "
        "it, so that a mistake can be undone; then it is erased. What is taken out by hand is erased at once."
        if settings.rollback_days
        else "An article's text is erased when it is replaced or removed."
    )
    back += (
        f" Of a correction, the sentences that stood before are kept for {_days(settings.records_days)} and shown to "
        "everybody."
    )
    place = "on the operator's machine, in the files of the bot"
    if settings.database_url:
        place = "in the operator's database"
    return f"""# Privacy

This bot answers questions about articles by quoting them. It is run by {contact}, who also answers questions about
this text.

## What it reads

Commands, messages that mention it, replies to it and direct messages. {reading} It asks Discord neither for lists of
members nor for who is online.

## What it keeps

For {_days(settings.records_days)} after a question: its words and their language, when and in which server and
channel it was asked, which sentences answered it, the numbers of the two messages, and the votes on the answer. This is
kept so that an answer can be followed up, corrected when an article is, and deleted by the one who asked, and so that
the newsroom learns what it was asked and could not answer. The newsroom sees questions and votes, and nobody's name;
a weekly digest in a channel of its own repeats the most frequent questions, and stays there.

No name and no picture of a person is kept, and no number but of those who wait. Who asked and who voted is recognized
by a keyed hash that is another one for every answer. The words of a question, and the channel of a direct message, are
encrypted (AES-256-GCM; a keyed pad) under a key that only the operator can read. Question and person are in no log.

Who presses *Tell me when you have it* is told when articles answer the question. For that alone the person's number and
language are kept, encrypted, until they are told or wait no longer, and at most as long as the question.

A question that editors pin an answer to is kept, encrypted as well, until they remove the pin; it may be one that a
reader asked, and nothing says who.

Of a text that somebody has verified (`/verify quote`) nothing is kept.

What editors bring in, and what takes a change of theirs back, which is kept for an hour, names none of them. A server's
articles and settings are deleted {_days(settings.left_server_days)} after the bot was removed from it. {back}

## Who gets it

Nobody. All of it stays {place} and in the backups that the operator makes,
where the questions are encrypted, too. No answer is written by a language model, no service of anybody else's is asked,
and nothing is used to train one. What is posted on Discord is there under Discord's own terms.

## What you can do

- `/privacy` shows how much is kept of you. Its button *Forget me* deletes all of it at once: the answers to you, in
  Discord and on record, your votes, and what you wait for.
- `/waiting` shows you what you wait for, and ends it.
- Delete your question, and its answer and record go with it. *Delete this answer* in an answer's menu, under *Apps*,
  does the same.
- A backup that was made before still holds the encrypted record, until the operator deletes it.
"""


def privacy_link(settings: Settings) -> Markdown:
    """A link to where the text is published, if the operator has said where that is."""
    return link(md("All about privacy"), settings.privacy_url)


def _days(days: float) -> str:
    return counted(round(days), "day") if days >= 1 else counted(round(days * 24), "hour")
