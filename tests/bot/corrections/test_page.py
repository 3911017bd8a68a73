"""How corrections are written: what differs is marked, what articles say is escaped, and everything fits."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.corrections.page import ROOM, corrections_page, corrections_post
from bot.corrections.posting import PATIENCE, QUIET, is_time
from bot.storage.answers import Fate
from bot.storage.corrections import Correction
from bot.ui.reply import MESSAGE_CHARACTERS, Reply
from index import Rewording

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANGE = Rewording("It opened in 1904.", "It opened in 1905.")


def corrected(title: str = "The bridge", *rewordings: Rewording, edited: int = 0, further: int = 0) -> Correction:
    return Correction("a", None, "bridge", Fate.CORRECTED, AT, title, None, rewordings or (CHANGE,), further, edited)


def said(reply: Reply) -> str:
    return "\n".join(text for block in reply.blocks for text in block.texts)


def test_an_entry_shows_what_stood_and_what_stands() -> None:
    reply, page, pages = corrections_page([corrected(edited=2)], 0, 30)
    assert (page, pages) == (0, 1)
    assert said(reply) == (
        "### Corrections\n-# of the last 30 days, the newest first\n"
        f"**Corrected:** The bridge\n-# <t:{int(AT.timestamp())}:D>\n"
        "> It said: It opened in ~~1904~~.\n> Now it says: It opened in **1905**.\n-# 2 answers were edited."
    )


def test_what_articles_say_is_escaped() -> None:
    bad = Rewording("# <@1> **is** ~~here~~ [x](https://evil.example)", "@everyone look")
    text = said(corrections_post([corrected("<@&2> `x`", bad)]))
    assert "<@1" not in text.replace("\\<\\@1", "") and "[x](" not in text and "\\@everyone" in text


def test_articles_that_were_removed_by_hand_are_counted_and_nothing_else() -> None:
    gone = Correction("b", None, "", Fate.WITHDRAWN, AT, edited=1)
    text = said(corrections_post([gone, gone, gone]))
    assert "**3 articles were withdrawn**" in text and "-# 3 answers were edited." in text


def test_a_correction_of_an_article_that_was_withdrawn_since_has_no_words() -> None:
    bare = Correction("c", None, "", Fate.CORRECTED, AT)
    assert "**Corrected:** an article that was withdrawn since" in said(corrections_post([bare]))


def test_more_places_than_fit_are_counted() -> None:
    text = said(corrections_post([corrected("The bridge", *[CHANGE] * 5, further=2)]))
    assert text.count("It said:") == 3 and "-# and 4 more places · No answer had quoted it." in text


@pytest.mark.parametrize("word", ["so ", "~~** ", "字"])
def test_the_longest_sentences_fit_into_a_message(word: str) -> None:
    long = Rewording((word * 2000)[:2000], (word[::-1] * 2000)[:2000])
    many = [corrected("A title " * 40, long, long, long) for _ in range(9)]
    assert corrections_post(many).size <= MESSAGE_CHARACTERS
    for page in range(9):
        reply, _, _ = corrections_page(many, page, 30)
        assert reply.size <= MESSAGE_CHARACTERS and ROOM < MESSAGE_CHARACTERS


def test_they_are_told_when_no_more_come_or_the_first_has_waited_long_enough() -> None:
    assert not is_time([AT], AT + QUIET / 2)
    assert is_time([AT], AT + QUIET)
    coming = [AT + timedelta(seconds=30 * number) for number in range(20)]
    assert not is_time(coming, coming[-1]) and is_time(coming, AT + PATIENCE)
