"""Sources that are read again by themselves, and what is said of it where."""

import sqlite3
from dataclasses import replace

import discord
import pytest

from index import Article, Library, SourceUpdate
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, TIDES
from tests.e2e.test_articles_command import give, own_titles
from tests.e2e.test_reindex_command import ANSWER, ask, with_feed
from tests.e2e.world import World, quotes, text, texts
from tests.tools.site import Site

pytestmark = pytest.mark.minutes

HOUR = 3600

HINT = "-# Each has a command of its own under `/settings`, which shows it, changes it or clears it."


async def with_log(world: World) -> discord.abc.Messageable:
    log = world.guild.create_text_channel("desk-log")
    result = await world.admin.slash(world.channel, "settings log-channel", channel=log)
    assert text(result.response).endswith(f"\nFrom now on: I report in <#{log.id}> what a refresh changes or fails at.")
    return log


async def test_a_refresh_comes_in_its_time_and_reports_what_changed(world: World, site: Site) -> None:
    log = await with_log(world)
    await world.admin.slash(world.channel, "settings refresh", hours=2)
    await with_feed(world, site, "ferry", "bakery")
    site.put_story("ferry", year=2024)
    await world.env.advance_time(1.7 * HOUR)
    assert site.requests == []
    await world.env.advance_time(0.9 * HOUR)
    assert site.fetched == ["/ferry"]
    assert text(log.last_message).startswith(
        "### Refreshed\nI have read the sources again.\n**1 changed**\n- The ferry opens\n-# ✓ <"
    )
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)
    await world.env.advance_time(2.6 * HOUR)
    assert site.requests and site.fetched == []
    assert len(log.history()) == 1, "nothing changed, so nothing is said"


async def test_a_source_that_fails_is_reported_once_asked_less_often_and_reported_when_it_is_back(
    world: World, site: Site
) -> None:
    log = await with_log(world)
    await world.admin.slash(world.channel, "settings refresh", hours=1)
    await with_feed(world, site, "ferry")
    feed = site.pages.pop("/feed")
    await world.env.advance_time(10 * HOUR)
    assert 3 <= len(site.requests) <= 4, "after 1, 2, 4 hours"
    assert len(log.history()) == 1
    assert "**1 problem**" in text(log.last_message) and "answers 404" in text(log.last_message)
    assert own_titles(world) == ["The ferry opens"]
    site.pages["/feed"] = feed
    site.put_story("ferry", year=2024)
    await world.env.advance_time(17 * HOUR)
    assert "**1 changed**" in text(log.last_message)


async def test_zero_hours_are_never(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    result = await world.admin.slash(world.channel, "settings refresh", hours=0)
    assert text(result.response).endswith("\nFrom now on: Sources are read again only by `/reindex`.")
    await world.env.advance_time(10 * HOUR)
    assert site.requests == []


async def test_the_base_library_is_refreshed_from_articles_dir(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "tides.md").write_text(TIDES)
    await world.restart(articles_dir=folder, refresh_hours=1)
    await world.env.advance_time(1.5 * HOUR)
    assert (quotes(await world.mention(BAKERY_QUESTION)))[0] == BAKERY_ANSWER
    assert LEE_ASKED not in quotes(await world.mention(LEE_QUESTION)), "the sample makes way"
    base: Library = world.bot.services.libraries.base
    (folder / "tides.md").write_text(TIDES.replace("2019", "1999"))
    await world.env.advance_time(1.5 * HOUR)
    assert "1999" in base.article("tides").text


async def test_a_log_channel_that_is_gone_or_shut_stops_nothing(world: World, site: Site) -> None:
    await with_log(world)
    await world.admin.slash(world.channel, "settings refresh", hours=1)
    await with_feed(world, site, "ferry")
    site.put_story("ferry", year=2024)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50001, message="Missing Access", times=1)
    await world.env.advance_time(1.5 * HOUR)
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)


async def test_a_restart_begins_no_pause_anew(world: World, site: Site) -> None:
    await world.admin.slash(world.channel, "settings refresh", hours=2)
    await with_feed(world, site, "ferry")
    library = world.bot.services.libraries.own_or_create(world.guild.id)
    source, pages = library.sources()[0], library.source_pages()
    with world.env.time_context():
        read = replace(source, checked=discord.utils.utcnow())
    library.update([], source_update=SourceUpdate((read,), tuple(pages)))
    await world.env.advance_time(1.5 * HOUR)
    await world.restart()
    site.requests.clear()
    await world.env.advance_time(0.9 * HOUR)
    assert site.requests


async def test_a_servers_settings_are_shown_as_they_are(world: World) -> None:
    desk, log = world.guild.create_role("Desk"), world.guild.create_text_channel("log")
    assert text((await world.admin.slash(world.channel, "settings show")).response) == (
        "### Settings of this server\n**Ask channels**\nnone\n**Who may change articles and sources**\neverybody with "
        "Manage Server\n**How sure an answer must be**\n30% (the default)\n**When sources are read again**\nevery 6 "
        f"hours (the default)\n**Where refreshes are reported**\nnowhere\n**Where corrections are told**\nnowhere\n"
        "**Sections of opinion**\nthe usual names\n**Digest of what readers asked**\nweekly, in the log channel\n"
        f"**Which language I speak**\nEnglish (the default)\n{HINT}"
    )
    await world.admin.slash(world.channel, "settings admin-role", role=desk)
    await world.admin.slash(world.channel, "settings threshold", percent=45)
    await world.admin.slash(world.channel, "settings refresh", hours=24)
    await world.admin.slash(world.channel, "settings log-channel", channel=log)
    await world.admin.slash(world.channel, "settings language", language="ko")
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    await world.restart()
    assert text((await world.admin.slash(world.channel, "settings show")).response) == (
        f"### Settings of this server\n**Ask channels**\n<#{world.channel.id}>\n"
        f"**Who may change articles and sources**\n<@&{desk.id}>\n"
        "**How sure an answer must be**\n45%\n**When sources are read again**\nevery 24 hours\n"
        f"**Where refreshes are reported**\n<#{log.id}>\n**Where corrections are told**\nnowhere\n"
        "**Sections of opinion**\nthe usual names\n"
        f"**Digest of what readers asked**\nweekly, in the log channel\n**Which language I speak**\n한국어\n{HINT}"
    )


async def test_the_threshold_of_a_server_decides_there_alone(world: World) -> None:
    result = await world.admin.slash(world.channel, "settings threshold", percent=100)
    assert text(result.response).endswith("\nFrom now on: I answer here where I am at least 100% sure.")
    assert texts(await world.mention(LEE_QUESTION))[0].startswith("-# **Perhaps this**")
    await world.reader.user.send_dm(LEE_QUESTION)
    assert LEE_ASKED in quotes(world.reader.user.dm_channel.last_message)
    await world.admin.slash(world.channel, "settings threshold", clear="Back to the default")
    assert LEE_ASKED in quotes(await world.mention(LEE_QUESTION))


async def test_a_servers_library_of_another_version_is_indexed_afresh_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(world, Article("tides", "The bakery", TIDES.split("---")[2]))
    assert (quotes(await world.mention(BAKERY_QUESTION)))[0] == BAKERY_ANSWER
    own = world.bot.services.libraries.own_or_create(world.guild.id)
    with sqlite3.connect(own.folder / "library.sqlite3") as connection:
        connection.execute("UPDATE manifest SET value = replace(value, '\"cutting\": 3', '\"cutting\": 1')")
    connection.close()
    said = text(await world.mention(BAKERY_QUESTION))
    assert (
        said == "I was updated, and the articles of this server are being indexed afresh; ask again in a few minutes."
    )
    await world.restart()
    await world.env.settle()
    assert (quotes(await world.mention(BAKERY_QUESTION)))[0] == BAKERY_ANSWER


async def test_a_report_of_missing_articles_has_the_button_that_removes_them(world: World, site: Site) -> None:
    log = await with_log(world)
    await world.admin.slash(world.channel, "settings refresh", hours=1)
    await with_feed(world, site, "ferry", "bakery", "bridge")
    for topic in ("ferry", "bakery"):
        del site.pages[f"/{topic}"]
    await world.env.advance_time(1.5 * HOUR)
    assert "has lost 2 of its 3 articles at once" in text(log.last_message)
    await world.admin.click(log.last_message, label="Remove the missing articles")
    assert own_titles(world) == ["The bridge opens"]
