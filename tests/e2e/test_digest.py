"""The weekly digest in the log channel, with the real model: what it tells, to whom, and when."""

import discord
import pytest
import simcord
from discord import app_commands

from tests.e2e.conftest import LEE_QUESTION
from tests.e2e.test_insights import MAYOR, PARKING, STORY
from tests.e2e.test_reindex_command import with_feed
from tests.e2e.world import World, buttons, text
from tests.tools.site import Site

DAY = 24 * 3600


async def with_log(world: World) -> discord.abc.Messageable:
    log = world.guild.create_text_channel("desk-log")
    await world.admin.slash(world.channel, "settings log-channel", channel=log)
    return log


async def readers_ask(world: World) -> None:
    for question in (*MAYOR, PARKING):
        await world.reader.slash(world.channel, "ask", question=question)
    answer = await world.mention(LEE_QUESTION)
    await world.reader.click(answer, custom_id=buttons(answer)["down"])


async def test_the_log_channel_gets_a_digest_a_week_after_it_was_named_also_over_a_restart(world: World) -> None:
    log = await with_log(world)
    await world.env.advance_time(DAY)
    await readers_ask(world)
    await world.env.advance_time(4 * DAY)
    assert log.history() == []
    await world.restart()
    await world.env.advance_time(3 * DAY)
    (digest,) = log.history()
    said = text(digest).splitlines()
    assert said[0] == "### The week with readers"
    assert said[2] == "**5 questions**"
    assert any(line.startswith("**3×** ") and line[7:] in MAYOR for line in said)
    assert f"**1×** {PARKING}" in said
    assert f"**1×** {STORY}" in said
    assert said[said.index("### Voted down") + 1] == LEE_QUESTION
    assert said[-1] == "-# `/insights` tells more; `/settings digest` switches this message off."
    assert not digest.mentions and "Ada" not in text(digest)
    await world.env.advance_time(7 * DAY)
    assert len(log.history()) == 1, "nothing was asked in that week"


async def test_a_source_that_fails_is_in_the_digest(world: World, site: Site) -> None:
    log = await with_log(world)
    await with_feed(world, site, "ferry")
    site.pages.pop("/feed")
    await world.env.advance_time(8 * DAY)
    (digest,) = [message for message in log.history() if "The week with readers" in text(message)]
    said = text(digest).splitlines()
    assert said[2:4] == ["Nothing was asked in this server.", "### Sources that cannot be read"]
    assert f"{site.url}/feed" in said[4] and "answers 404" in said[5]


async def test_admins_switch_it_off_and_others_may_not(world: World) -> None:
    log = await with_log(world)
    with pytest.raises(simcord.SetupError, match="not visible to this user"):
        await world.reader.slash(world.channel, "settings digest", weekly=False)
    world.guild.set_command_permissions(world.bot.command_ids["settings"], {world.reader: True})
    refused = await world.reader.slash(world.channel, "settings digest", weekly=False)
    assert refused.ephemeral and "Manage Server" in text(refused.response)
    world.refused(app_commands.CheckFailure)
    off = await world.admin.slash(world.channel, "settings digest", weekly=False)
    assert "From now on: The log channel gets no digest." in text(off.response)
    await readers_ask(world)
    await world.env.advance_time(15 * DAY)
    assert log.history() == []
    await world.admin.slash(world.channel, "settings digest", weekly=True)
    await world.env.advance_time(DAY)
    await readers_ask(world)
    await world.env.advance_time(7 * DAY)
    assert [text(message).splitlines()[2] for message in log.history()] == ["**5 questions**"]


async def test_one_that_cannot_be_sent_is_tried_again_a_day_later(world: World) -> None:
    log = world.guild.create_text_channel("desk-log")
    await world.admin.slash(world.channel, "settings log-channel", channel=log)
    await world.env.advance_time(5 * DAY)
    await readers_ask(world)
    path = f"/channels/{log.id}/messages"
    world.env.inject_error("POST", path, status=403, code=50013, message="Missing Permissions")
    await world.env.advance_time(2.5 * DAY)
    assert log.history() == []
    await world.env.advance_time(DAY)
    assert [text(message).splitlines()[2] for message in log.history()] == ["**5 questions**"]
