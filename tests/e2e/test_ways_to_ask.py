"""Every way to ask in Discord, with the real model: what the reader sees."""

from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.world import World, quotes, text, texts


async def test_a_mention_is_answered_with_the_sentence_its_article_and_a_link_to_it(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    assert quotes(answer)[0] == LEE_ASKED
    assert texts(answer)[1].startswith(
        "**1 · Seoul and Beijing to hold talks on curbs on Korean pop culture**\n"
        "-# The Pullquote sample desk · 7 January 2026 · Diplomacy · [Read it in the article]("
        "https://example.org/pullquote-sample/consultations#:~:text=On%20North%20Korea%2C%20Lee%20asked%20Xi"
    )
    assert text(answer).splitlines()[-1].startswith("-# ")


async def test_slash_ask_repeats_the_question_and_answers(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert result.acknowledged and not result.ephemeral
    assert texts(result.response)[0] == f"### {LEE_QUESTION}"
    assert quotes(result.response)[0] == LEE_ASKED
