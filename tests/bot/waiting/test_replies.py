"""What is said to those who wait."""

from datetime import UTC, datetime

from bot.storage.waiting import Full, Wait
from bot.ui.reply import Reply
from bot.waiting.replies import Listed, begun_reply, list_entry, list_head, refusal, told

ASKED = datetime(2026, 1, 31, 12, tzinfo=UTC)
UNTIL = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = Wait("0a", "0b", 5, ASKED, ASKED, 111_222_333, "en", direct=False, has_place=True)
DIRECT = Wait("0a", "0b", 5, ASKED, ASKED, 111_222_333, "en", direct=True, has_place=True)


def lines(reply: Reply) -> list[str]:
    return [line for block in reply.blocks for text in block.texts for line in text.splitlines()]


def test_whoever_waits_is_told_where_and_until_when() -> None:
    assert lines(begun_reply(HERE, UNTIL)) == [
        "**I will tell you here when an article answers that, and ping nobody but you.**",
        "-# I look at all that comes in until 2 March 2026. `/waiting` shows what you wait for.",
    ]
    assert lines(begun_reply(DIRECT, UNTIL))[0] == (
        "**I will send you a direct message when an article answers that.**"
    )


def test_only_a_message_in_a_channel_mentions_who_is_told() -> None:
    said = "ou asked me to tell you; you have waited since 31 January 2026."
    assert told(HERE.person, ASKED, mention=True) == f"<@111222333>, y{said}"
    assert told(HERE.person, ASKED, mention=False) == f"Y{said}"


def test_the_list_shows_questions_escaped_and_shortened() -> None:
    assert lines(list_head([])) == ["You wait for no question."]
    one = Listed(HERE, "Who is <@1>? " + "Really? " * 100, UNTIL)
    assert lines(list_head([one, one]))[1] == "You wait for 2 questions. Only you see them."
    question, how = list_entry(one).splitlines()
    assert question.startswith("Who is \\<\\@1\\>? Really?") and question.endswith(" …") and len(question) < 320
    assert how == "-# where you asked, until 2 March 2026"
    assert list_entry(Listed(DIRECT, "Who?", UNTIL)) == "Who?\n-# by direct message, until 2 March 2026"


def test_why_somebody_cannot_wait_is_said_with_what_they_can_do() -> None:
    assert refusal(Full.PERSON).said == (
        "You wait for 10 questions already, which is as much as I can keep; `/waiting` shows and ends them."
    )
    assert refusal(Full.SERVER).said.startswith("Too many questions are waited for in this server already; ask again")
    assert refusal(Full.ALL).said.startswith("Too many questions are waited for already; ask again")
