"""/articles: what an editor brings in and takes out, and that nobody else can."""

import discord
import pytest

from index import Library
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, TIDES
from tests.e2e.world import World, desk_button, quotes, text
from tests.site import Site

FERRY_ANSWER = "Ada Brandt bought the ferry from a lighthouse keeper in 2019."
FERRY_QUESTION = "Who sold Ada Brandt the ferry?"


async def test_a_page_is_added_asked_removed_and_brought_back(world: World, site: Site) -> None:
    site.put_story("ferry")
    result = await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    assert result.ephemeral
    said = text(result.response)
    assert said.startswith("### Added\n**The ferry opens**"), said
    assert "5 sentences can be quoted" in said
    assert FERRY_ANSWER in quotes(await world.mention(FERRY_QUESTION))


async def test_a_pasted_article(world: World) -> None:
    shown = await world.admin.slash(world.channel, "articles add")
    assert shown.modal
    fields = {row["component"]["custom_id"]: row["label"] for row in shown.modal["components"]}
    print(fields)
    body = TIDES.split("---")[2]
    values = dict.fromkeys(fields, "")
    for custom_id, label in fields.items():
        if label == "Text":
            values[custom_id] = body
    result = await world.admin.submit_modal(shown, values)
    print(text(result.response))
    assert BAKERY_ANSWER in quotes(await world.mention(BAKERY_QUESTION))


async def test_reindex(world: World, site: Site) -> None:
    for topic in ("ferry", "bakery", "bridge"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge"])
    result = await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed")
    await world.env.settle()
    print(text(world.last))
    result = await world.admin.slash(world.channel, "reindex")
    await world.env.settle()
    print(text(world.last))
    result = await world.admin.slash(world.channel, "sources list")
    print(text(result.response))
    result = await world.admin.slash(world.channel, "articles list")
    print(text(result.response))
    result = await world.admin.slash(world.channel, "settings show")
    print(text(result.response))
