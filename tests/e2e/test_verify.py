"""Whether a quotation is ours, asked in Discord and on the command line, with the real model."""

from datetime import timedelta
from pathlib import Path

import pytest
import simcord

from index import Article
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, Run
from tests.e2e.world import World, colour, text, texts, unescaped
from bot.ui.reply import AMBER, GREEN, GREY

IS_OURS = "Is this quote ours?"
XI_ASKED = LEE_ASKED.replace("Lee asked Xi", "Xi asked Lee")


def struck(said: str) -> list[str]:
    """What is struck through."""
    return [unescaped(part) for part in said.split("~~")[1::2]]


async def test_a_true_quotation_is_ours_word_for_word_with_article_day_and_link(world: World) -> None:
    result = await world.reader.slash(world.channel, "verify quote", text=LEE_ASKED)
    said = text(result.response)
    assert not result.ephemeral
    assert said.startswith("**Ours, word for word**\n")
    assert "[Seoul and Beijing to hold talks on curbs on Korean pop culture](https://example.org/" in said
    assert "#:~:text=On%20North%20Korea" in said
    assert "The Pullquote sample desk · 7 January 2026 · Diplomacy" in said
    assert colour(result.response.message) == GREEN
