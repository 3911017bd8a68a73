"""What a server may hold: told before it is used up, and never taken from what is there."""

from dataclasses import replace

import discord
import pytest

from tests.e2e.test_articles_command import add, own_titles, pasted, removal
from tests.e2e.test_refreshing import HOUR, with_log
from tests.e2e.test_reindex_command import ANSWER, ask, reindexed, with_feed
from tests.e2e.world import World, text, unescaped
from tests.tools.site import Site, story

REMEDY = "remove some that are of no more use, or ask the bot's operator for more room."
NO_ROOM = "“{} opens” was left out, as there is room for 3 articles here; " + REMEDY
NEARLY = (
    "This server has {} that there is room for: remove some with `/articles remove`, or ask the bot's operator for "
    "more room."
)
FULL = NEARLY.format("3 of 3 articles")

three = pytest.mark.settings(max_server_articles=3)


@three
async def test_a_source_brings_as_many_as_there_is_room_for_and_names_the_others(world: World, site: Site) -> None:
    said = unescaped(await with_feed(world, site, "ferry", "bakery", "bridge", "school", "harbour"))
    assert "**3 new**\n- The ferry opens\n- The bakery opens\n- The bridge opens\n" in said
    assert FULL in said
    assert f"**2 problems**\n- {NO_ROOM.format('The school')}\n- {NO_ROOM.format('The harbour')}\n" in said
    planned = unescaped(await reindexed(world, dry_run=True))
    assert NO_ROOM.format("The school") in planned and "Nothing was changed" in planned
    assert sorted(own_titles(world)) == ["The bakery opens", "The bridge opens", "The ferry opens"]


@three
async def test_a_single_article_that_does_not_fit_is_refused_and_comes_in_when_there_is_room(
    world: World, site: Site
) -> None:
    for topic in ("ferry", "bakery"):
        site.put_story(topic)
    assert "room" not in await add(world, url=f"{site.url}/ferry")
    assert "room" not in await add(world, url=f"{site.url}/bakery")
    assert (await add(world, file=("bridge.txt", story("bridge").encode()))).endswith(f"\n-# {FULL}")
    site.put_story("school")
    refused = unescaped(await add(world, url=f"{site.url}/school"))
    assert refused == NO_ROOM.format("The school")
    result = await pasted(world, text=story("harbour"), title="The harbour opens")
    assert unescaped(text(result.response)) == f"### Not taken in\n{NO_ROOM.format('The harbour')}"
    assert len(world.bot.services.libraries.own_or_create(world.guild.id).sources()) == 2, (
        "what is refused is no source"
    )
    assert (await add(world, file=("bridge.txt", story("bridge", 1999).encode()))).startswith("### Changed")
    await world.admin.click(await removal(world, "The bakery opens"), label="Remove it")
    assert (await add(world, url=f"{site.url}/school")).endswith(f"\n-# {FULL}")
    world.refused()


@three
async def test_a_removal_is_taken_back_where_its_place_was_taken_since(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery", "bridge")
    removed = (await world.admin.click(await removal(world), label="Remove it")).response
    await add(world, file=("school.txt", story("school").encode()))
    await world.admin.click(removed, label="Undo")
    assert len(own_titles(world)) == 4
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2019)
    pressed = await world.admin.click(await removal(world), label="Remove it")
    assert text(pressed.response).endswith(f"\n{FULL}\n-# *Undo* brings it back, for an hour.")


@pytest.mark.settings(max_server_bytes=680)
async def test_the_bytes_of_texts_are_counted_too_and_corrections_always_land(world: World, site: Site) -> None:
    said = unescaped(await with_feed(world, site, "ferry", "bakery", "bridge"))
    assert "**2 new**" in said
    assert (
        "“The bridge opens” was left out, as it does not fit into the 680 bytes of text that there is room for here; "
        f"{REMEDY}" in said
    )
    used = sum(len(story(topic).encode()) for topic in ("ferry", "bakery"))
    assert NEARLY.format(f"{used} of 680 bytes of text") in said
    site.put_story("ferry", 20_190_000)
    site.put_story("bakery", 20_190_000 * 10**20)
    assert "**2 changed**" in await reindexed(world)
    listed = await world.admin.slash(world.channel, "articles list")
    assert f"-# Used: 2 of 5,000 articles, {used + 4 + 24} of 680 bytes of text\n" in text(listed.response)


@three
@pytest.mark.minutes
async def test_a_refresh_names_what_found_no_room_once(world: World, site: Site) -> None:
    log = await with_log(world)
    await world.admin.slash(world.channel, "settings refresh", hours=1)
    await with_feed(world, site, "ferry", "bakery")
    for topic in ("bridge", "school"):
        site.put_story(topic)
    site.put_feed(["bridge", "school", "ferry", "bakery"])
    await world.env.advance_time(1.5 * HOUR)
    said = unescaped(text(log.last_message))
    assert said.startswith(f"### Refreshed\nI have read the sources again.\n{FULL}\n**1 new**\n- The bridge opens\n")
    assert f"**1 problem**\n- {NO_ROOM.format('The school')}" in said
    await world.env.advance_time(3 * HOUR)
    assert len(log.history()) == 1
    assert len(own_titles(world)) == 3


@pytest.mark.settings(max_server_articles=1)
async def test_the_quota_is_each_servers_own_and_not_the_base_librarys(world: World) -> None:
    assert len(world.bot.services.libraries.base.articles()) == 8
    await add(world, file=("ferry.txt", story("ferry").encode()))
    other = world.env.create_guild("The Quay Post")
    role = other.create_role("Editors", permissions=discord.Permissions(manage_guild=True))
    editor = other.add_member(world.env.create_user("ida"), roles=[role])
    result = await editor.slash(other.create_text_channel("desk"), "articles add", file=("a.txt", b"It rained."))
    assert text(result.response).startswith("### Added")


async def test_a_source_too_many_is_refused_before_anything_is_indexed(world: World, site: Site) -> None:
    world.bot.services.editor.quota = replace(world.bot.services.editor.quota, sources=1)
    await with_feed(world, site, "ferry")
    site.put_story("bakery")
    said = await add(world, url=f"{site.url}/bakery")
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/bakery")
    sentence = "There is room for 1 source here; remove one that is of no more use first."
    assert said == sentence
    assert text(world.last) == f"### New source\nIt could not be done, and nothing was changed. {sentence}"
    assert own_titles(world) == ["The ferry opens"]
    world.refused()
