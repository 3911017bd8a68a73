"""Two editors who change one library at once."""

import asyncio
from dataclasses import replace

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.desk import articles as desk
from tests.e2e.test_articles_command import add, own_titles, removal
from tests.e2e.test_reindex_command import ANSWER, ask, held, with_feed
from tests.e2e.world import World, command_meanwhile, text, unescaped, until
from tests.tools.site import Site, page, story

FERRY = ("story.txt", story("ferry").encode())
MILL = ("story.txt", b"The mill closed in May. It made paper for a hundred years.")


def another_editor(world: World) -> MemberActor:
    role = world.guild.create_role("More editors", permissions=discord.Permissions(manage_guild=True))
    return world.guild.add_member(world.env.create_user("ida", global_name="Ida"), roles=[role])


def told_last(result: InteractionResult) -> str:
    """The last message to the person who gave a command. Before it there may be one that another change is running."""
    return unescaped(text(result.followups[-1] if result.followups else result.response))


async def test_of_two_different_stories_in_files_of_one_name_one_comes_in_and_the_other_editor_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_read, read_upload = asyncio.Barrier(2), desk.read_upload

    async def read_and_meet(*arguments, **options):  # noqa: ANN002, ANN003, ANN202 - as read_upload
        change = await read_upload(*arguments, **options)
        async with asyncio.timeout(60), both_read:
            return change

    with monkeypatch.context() as patch:
        patch.setattr(desk, "read_upload", read_and_meet)
        other = command_meanwhile(world, another_editor(world), "articles add", file=MILL)
        results = await world.admin.slash(world.channel, "articles add", file=FERRY), other
    said = sorted(told_last(result) for result in results)
    (title,) = own_titles(world)
    assert said[0].startswith(f"### Added: *{title}*")
    assert said[1] == (
        f"“{title}” (id 'story') was brought in or changed by somebody else meanwhile, and stays as it is; look at it "
        "in the list of articles, and try again."
    )
    assert all(result.ephemeral for result in results)
    world.refused()
    assert "and this is another story; give this one another file name" in await add(
        world, file=MILL if "ferry" in title else FERRY
    )
    world.refused()


async def test_an_upload_that_takes_the_id_of_a_page_while_it_is_read_stands_and_the_job_says_so(
    world: World, site: Site
) -> None:
    await with_feed(world, site, "bakery")
    site.put_story("ferry")
    site.put_feed(["bakery", "ferry"])
    ferry = f"127.0.0.1:{site.endpoint[1]}/ferry"
    with held(site, "/ferry", page("ferry")) as go:
        command_meanwhile(world, world.admin, "reindex")
        await until(lambda: ("/ferry", 200) in site.requests)
        ours = f"---\nid: {ferry}\ntitle: Our ferry\n---\nOur own ferry never sails."
        adding = asyncio.create_task(add(world, file=("ours.md", ours.encode())))
        await until(lambda: own_titles(world).count("Our ferry"))
        go.set()
    await adding
    await world.env.settle()
    said = unescaped(text(world.last))
    assert "**1 problem**" in said
    assert (
        f"“Our ferry” (id '{ferry}') was brought in or changed by somebody else meanwhile, and stays as it is" in said
    )
    assert sorted(own_titles(world)) == ["Our ferry", "The bakery opens"]


async def test_an_article_that_is_corrected_while_another_editor_removes_it_stays(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put_story("ferry")
    await add(world, url=f"{site.url}/ferry")
    question, remove = await removal(world), desk.article_removal

    def remove_what_is_corrected(library, article_id):  # noqa: ANN001, ANN202 - as removal
        change = remove(library, article_id)
        (article,) = library.articles()
        library.update([replace(article, text=story("ferry", 2018))])
        return change

    monkeypatch.setattr(desk, "article_removal", remove_what_is_corrected)
    pressed = await world.admin.click(question, label="Remove it")
    assert "was brought in or changed by somebody else meanwhile" in text(pressed.followups[-1])
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2018)
    world.refused()
