"""Articles that say different things of the same: both are shown, as readers see it; with the real model."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.asking.reply import Action
from bot.corrections.cog import SECONDS
from bot.ui.reply import AMBER
from index import Article, Library
from tests.e2e.conftest import Run
from tests.e2e.world import World, buttons, colour, in_bold, quotes, text, texts, unescaped

QUESTION = "How many people died in the Harwick hotel fire?"

FIRST = Article(
    "first",
    "Blaze guts Harwick hotel",
    "Fire tore through the Majestic Hotel in Harwick early on Sunday. Twelve people died, police said, and the "
    "building was left a shell. The cause is not known.",
    author="Nora Quill",
    published="2026-03-02",  # type: ignore[arg-type]
    url="https://example.org/first",
)
LATER = Article(
    "later",
    "Questions after Harwick hotel fire",
    "Guests at the Majestic Hotel in Harwick heard no alarm, survivors say. The fire on Sunday killed 15 people and "
    "destroyed three floors. The owner has promised to help investigators.",
    author="Ada Brandt",
    published="2026-03-04",  # type: ignore[arg-type]
    url="https://example.org/later",
)
TWELVE = "Twelve people died, police said, and the building was left a shell."
FIFTEEN = "The fire on Sunday killed 15 people and destroyed three floors."


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often as in reality. This replaces the fixture of the same name."""


def base(world: World) -> Library:
    return world.bot.services.libraries.base


async def test_a_reader_sees_both_numbers_the_newer_first_and_that_they_differ(world: World) -> None:
    base(world).update([FIRST, LATER])
    answer = await world.mention(QUESTION)
    assert quotes(answer) == [FIFTEEN, TWELVE]
    assert texts(answer)[0] == "-# **These differ** · 2 quotes from 2 articles · the newest first"
    assert colour(answer) == AMBER and "Sure" not in text(answer)
    assert text(answer).index("4 March 2026") < text(answer).index("2 March 2026")
    shown = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert in_bold(shown.response) == [FIFTEEN, TWELVE]


async def test_when_the_wrong_number_is_corrected_it_is_struck_through_and_nothing_differs_any_more(
    world: World,
) -> None:
    base(world).update([FIRST, LATER])
    answer = await world.mention(QUESTION)
    base(world).update([replace(FIRST, text=FIRST.text.replace("Twelve people", "Fifteen people"))])
    await world.env.advance_time(SECONDS + 1)
    (seen,) = [one for one in world.channel.history(viewer=world.reader) if one.id == answer.id]
    assert texts(seen)[0] == (
        "-# ~~**These differ** · 2 quotes from 2 articles · the newest first~~ · 1 of 2 still stands"
    )
    assert f"~~2 · “{TWELVE}”~~" in unescaped(text(seen)) and f"## 1 · “{FIFTEEN}”" in unescaped(text(seen))
    assert colour(seen) == AMBER
    again = await world.mention(QUESTION)
    assert "These differ" not in text(again)
    assert quotes(again)[0] in (FIFTEEN, TWELVE.replace("Twelve", "Fifteen"))


async def test_after_a_restart_both_are_shown_in_context_and_a_new_question_shows_them_again(world: World) -> None:
    base(world).update([FIRST, LATER])
    answer = await world.mention(QUESTION)
    await world.restart()
    shown = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert in_bold(shown.response) == [FIFTEEN, TWELVE]
    assert quotes(await world.mention(QUESTION)) == [FIFTEEN, TWELVE]


async def test_a_question_about_one_article_is_answered_from_it_alone(world: World) -> None:
    base(world).update([FIRST, LATER])
    given = await world.reader.slash(world.channel, "ask", question=QUESTION, article="first")
    assert quotes(given.response) == [TWELVE] and "These differ" not in text(given.response)


async def test_since_a_day_only_what_was_published_since_is_compared(world: World) -> None:
    base(world).update([FIRST, LATER])
    given = await world.reader.slash(world.channel, "ask", question=QUESTION, since="2026-03-03")
    assert quotes(given.response)[0] == FIFTEEN and "These differ" not in text(given.response)


async def test_an_editors_own_article_differs_from_the_base_in_that_server_alone(world: World) -> None:
    base(world).update([FIRST])
    world.bot.services.libraries.own_or_create(world.guild.id).update([LATER])
    elsewhere = world.env.create_guild("Another paper")
    channel = elsewhere.create_text_channel("ask")
    stranger = elsewhere.add_member(world.env.create_user("eve"))
    assert quotes(await world.mention(QUESTION)) == [FIFTEEN, TWELVE]
    await world.admin.send(world.channel, f"{world.me} {QUESTION}")
    assert quotes(world.last) == [FIFTEEN, TWELVE]
    await stranger.send(channel, f"{world.me} {QUESTION}")
    assert quotes(channel.last_message) == [TWELVE] and "These differ" not in text(channel.last_message)


def test_on_the_terminal_they_differ_and_json_says_in_what(pullquote: Run, place: Path) -> None:
    for article in (FIRST, LATER):
        head = f"---\nid: {article.id}\ntitle: {article.title}\npublished: {article.published:%Y-%m-%d}\n---\n\n"
        (place / f"{article.id}.md").write_text(head + article.text)
    assert pullquote("articles", "add", "first.md", "later.md").code == 0
    said = pullquote("ask", QUESTION).out
    assert said.startswith("These differ, the newest first\n")
    assert said.index(FIFTEEN) < said.index(TWELVE)
    found = pullquote("ask", QUESTION, "--json")
    assert (found.json["disagreement"], found.quotes) == ("number", [FIFTEEN, TWELVE])
    assert pullquote("ask", "Where was the fire on Sunday?", "--json").json["disagreement"] is None
