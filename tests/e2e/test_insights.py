"""/insights, with the real model: what editors see after readers asked, and that nobody else sees it."""

import asyncio
import csv
import io
import re
import time

import discord
import pytest
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, RoleHandle
from simcord.results import InteractionResult

from index import Answer, Article, Library
from tests.e2e.conftest import BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, TIDES
from tests.e2e.test_loop import Turns
from tests.e2e.world import World, buttons, quotes, text

DAY = 24 * 3600

STORY = "Seoul and Beijing to hold talks on curbs on Korean pop culture"
"""The title of the bundled sample's story."""

MAYOR = ("Who is the mayor of Elmouth?", "What is the name of Elmouth's mayor?", "who's the mayor of Elmouth")
PARKING = "Where can I park at the harbour?"

NOTHING = [
    "### What readers asked",
    "-# The last 30 days, 2 December 2025 to 1 January 2026",
    "Nothing was asked in this server.",
]


async def insights(world: World, who: MemberActor | None = None, **options: object) -> InteractionResult:
    return await (who or world.admin).slash(world.channel, "insights", **options)


async def page(world: World, **options: object) -> list[str]:
    """The lines that the admin sees."""
    result = await insights(world, **options)
    assert result.ephemeral
    return text(result.response).splitlines()


async def table(result: InteractionResult, name: str) -> list[list[str]]:
    assert result.response
    (file,) = [file for file in result.response.attachments if file.filename == name]
    content = await file.read()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def readers_ask(world: World) -> None:
    """Two readers ask three things, say thanks and vote.

    No article answers the first, which they ask in three wordings, nor the second. The third is answered, and one of
    the readers votes for the answer.
    """
    other = world.guild.add_member(world.env.create_user("otto"))
    for reader, question in zip((world.reader, other, world.reader), MAYOR, strict=True):
        await reader.slash(world.channel, "ask", question=question)
    await other.send(world.channel, f"{world.me} {PARKING}")
    await other.send(world.channel, f"{world.me} thanks!")
    answer = await world.mention(LEE_QUESTION)
    await other.click(answer, custom_id=buttons(answer)["up"])


async def test_an_admin_sees_what_was_not_found_in_groups_and_what_is_quoted_with_its_votes(world: World) -> None:
    await readers_ask(world)
    shown = await page(world)
    assert shown[:8] == [
        "### What readers asked",
        "-# The last 30 days, 2 December 2025 to 1 January 2026",
        "**5 questions**",
        "▰▱▱▱▱▱ 1 answered · 20%",
        "▱▱▱▱▱▱ 0 perhaps · 0%",
        "▰▰▰▰▰▱ 4 not found · 80%",
        "1 of 1 votes says that it helped",
        "### Not found, or only perhaps",
    ]
    assert shown[8] in [f"**3×** {wording}" for wording in MAYOR]
    assert shown[9:] == [
        "-# in 3 wordings",
        f"**1×** {PARKING}",
        "### Most quoted",
        f"**1×** {STORY}",
        "-# 1 of 1 votes says that it helped",
        "### How sure, and how often right",
        "Sure: voted right 1 of 1 times",
        "-# Once 20 answers have votes, I say here which threshold suits them.",
        "-# The option csv adds tables, with every wording and when it was last asked.",
    ]


async def test_an_answer_that_was_voted_down_is_listed(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    for member in (world.reader, world.admin):
        await member.click(answer, custom_id=buttons(answer)["down"])
    assert (await page(world))[-8:-3] == [
        "### Voted down", LEE_QUESTION, "-# 2 of 2 votes say that it did not help",
        "### How sure, and how often right", "Sure: voted right 0 of 1 times",
    ]  # fmt: skip


async def test_nothing_yet_is_said_in_a_sentence_and_direct_messages_count_for_no_server(world: World) -> None:
    assert await page(world) == NOTHING
    await world.reader.user.send_dm(MAYOR[0])
    await world.reader.user.send_dm(LEE_QUESTION)
    await world.mention("hello there")
    assert await page(world) == NOTHING


async def test_nobody_who_asked_or_voted_is_named(world: World) -> None:
    await readers_ask(world)
    result = await insights(world, csv=True)
    assert result.response
    said = text(result.response)
    for name in ("questions.csv", "articles.csv"):
        said += str(await table(result, name))
    for name in ("ada", "otto", "Ada", str(world.reader.id)):
        assert name not in said


async def test_the_days_are_counted_back_from_now(world: World) -> None:
    await world.mention(PARKING)
    await world.env.advance_time(3 * DAY)
    await world.mention(MAYOR[0])
    one = await page(world, days=1)
    assert one[1] == "-# The last day, 3 January 2026 to 4 January 2026"
    assert f"**1×** {MAYOR[0]}" in one and f"**1×** {PARKING}" not in one
    assert f"**1×** {PARKING}" in await page(world, days=4)
    assert f"**1×** {PARKING}" in await page(world)


@pytest.mark.settings(records_days=7)
async def test_no_more_days_can_be_named_than_are_kept(world: World) -> None:
    await world.mention(PARKING)
    period = "-# The last 7 days, 25 December 2025 to 1 January 2026"
    assert (await page(world, days=7))[1] == (await page(world))[1] == period
    with pytest.raises(simcord.OptionError, match="days"):
        await insights(world, days=8)


# Tables


async def test_the_tables_hold_all_of_it(world: World) -> None:
    await readers_ask(world)
    result = await insights(world, csv=True)
    assert result.ephemeral
    assert result.response and [file.filename for file in result.response.attachments] == [
        "questions.csv",
        "articles.csv",
    ]
    view = discord.ui.LayoutView.from_message(result.response.message)
    files = [item.media.url for item in view.walk_children() if isinstance(item, discord.ui.File)]
    assert [url.rsplit("/", 1)[-1] for url in files] == ["questions.csv", "articles.csv"]
    names, *rows = await table(result, "questions.csv")
    assert names == ["group", "question", "wording", "times", "last asked (UTC)", "found", "waiting"]
    assert [row[0] for row in rows] == ["1", "1", "1", "2", "3"]
    assert {row[2] for row in rows[:3]} == set(MAYOR)
    assert [row[2] for row in rows[3:]] == [PARKING, LEE_QUESTION]
    assert [(row[3], row[5]) for row in rows] == [("1", "no")] * 4 + [("1", "yes")]
    assert (await table(result, "articles.csv"))[1][1:] == [STORY, "1", "1", "0"]


async def test_a_formula_that_somebody_asked_is_no_formula_in_the_table(world: World) -> None:
    await world.mention('=HYPERLINK("https://evil.example", "who is the mayor?")')
    result = await insights(world, csv=True)
    (_, row) = await table(result, "questions.csv")
    assert row[1] == row[2] == '\'=HYPERLINK("https://evil.example", "who is the mayor?")'


async def test_without_anything_asked_the_tables_hold_their_names_alone(world: World) -> None:
    result = await insights(world, csv=True)
    assert text(result.response).splitlines() == NOTHING
    assert len(await table(result, "questions.csv")) == len(await table(result, "articles.csv")) == 1


async def test_a_500_on_the_way_loses_neither_page_nor_tables(world: World) -> None:
    await world.mention(MAYOR[0])
    world.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=500)
    result = await insights(world, csv=True)
    assert len(await table(result, "questions.csv")) == 2


# For whom


async def offer_to(world: World, *whom: MemberActor | RoleHandle) -> None:
    """Let Discord offer the command to members or roles without Manage Server, as an admin may."""
    commands = {command.name: command for command in await world.bot.tree.fetch_commands()}
    world.guild.set_command_permissions(commands["insights"].id, dict.fromkeys(whom, True))


async def test_a_member_is_not_offered_it_and_is_refused_by_the_bot_as_well(world: World) -> None:
    await readers_ask(world)
    assert "insights" not in world.reader.available_commands(world.channel)
    with pytest.raises(Exception, match="insights"):
        await insights(world, world.reader)
    await offer_to(world, world.reader)
    result = await insights(world, world.reader, csv=True)
    assert result.ephemeral and text(result.response) == "That takes the permission Manage Server."
    assert result.response and not result.response.attachments
    world.refused()


async def test_it_is_not_there_in_direct_messages(world: World) -> None:
    assert "insights" not in world.admin.user.available_commands()


async def test_a_named_role_lets_its_members_in_and_losing_it_shuts_them_out(world: World) -> None:
    await world.mention(MAYOR[0])
    desk = world.guild.create_role("Desk")
    editor = world.guild.add_member(world.env.create_user("ivo"), roles=[desk])
    world.bot.services.server_settings.choose(world.guild.id, admin_role=desk.id)
    await offer_to(world, desk)
    assert f"**1×** {MAYOR[0]}" in text((await insights(world, editor)).response)
    refused = f"That takes the role <@&{desk.id}>, which the admins of this server have named for it."
    assert text((await insights(world)).response) == refused  # Nora manages the server, and has not that role
    world.env.backend.guilds[world.guild.id].members[editor.id].role_ids.remove(desk.id)
    await offer_to(world, editor)
    assert text((await insights(world, editor)).response) == refused
    world.refused()


async def another_server(world: World) -> tuple[MemberActor, ChannelHandle]:
    """An admin of another server, and its channel."""
    guild = world.env.create_guild("The Pell Courier")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    admin = guild.add_member(world.env.create_user("lena"), roles=[managers])
    return admin, guild.create_text_channel("questions")


async def test_an_admin_of_another_server_sees_that_servers_own(world: World) -> None:
    admin, channel = await another_server(world)
    await readers_ask(world)
    assert text((await admin.slash(channel, "insights")).response).splitlines() == NOTHING
    await admin.slash(channel, "ask", question=BAKERY_QUESTION)
    seen = await admin.slash(channel, "insights", csv=True)
    assert f"**1×** {BAKERY_QUESTION}" in text(seen.response) and MAYOR[0] not in text(seen.response)
    assert [row[2] for row in await table(seen, "questions.csv")] == ["wording", BAKERY_QUESTION]
    assert BAKERY_QUESTION not in "\n".join(await page(world))


async def test_a_servers_own_articles_are_counted_by_their_titles(world: World) -> None:
    place = world.bot.services.settings.data_dir / "servers" / str(world.guild.id)
    with Library.open(place, load_encoder=lambda: world.encoder) as own:
        own.update([Article("tides", "The bakery", TIDES.split("---")[2])])
    await world.mention(BAKERY_QUESTION)
    assert "**1×** The bakery" in await page(world)
    world.bot.services.libraries.own_or_create(world.guild.id).remove("tides")
    assert "**1×** tides, which is no longer there" in await page(world)


# Beside everything else


@pytest.mark.alone
async def test_a_question_is_answered_and_the_loop_turns_while_a_thousand_are_grouped(world: World) -> None:
    nouns = "mayor tram ferry school museum harbour library bridge festival council".split()
    verbs = "open close rise start move sing pay vote march dance".split()
    for number in range(1000):
        noun, verb, year = nouns[number % 10], verbs[number // 10 % 10], 2000 + number // 100
        question = f"Did the {noun} of Quillport {verb} in {year}?"
        world.bot.services.answers.keep(world.guild.id, world.reader.id, Answer(question, False, 0.1))
    async with Turns() as turns:
        started = time.monotonic()
        grouping = asyncio.create_task(insights(world))
        await asyncio.sleep(0.1)
        world.env.backend.create_message(world.channel.id, world.reader.id, f"{world.me} {LEE_QUESTION}")
        result = await grouping
        seconds = time.monotonic() - started
    assert re.search(r"^\*\*1,00[01] questions\*\*\n[▰▱]{6} [01] answered · 0%$", text(result.response), re.MULTILINE)
    assert re.search(r"^-# and \d+ more$", text(result.response), re.MULTILINE)
    assert quotes(world.last)[0] == LEE_ASKED
    assert turns.longest < seconds / 4, f"{turns.longest:.2f} of {seconds:.2f} s"  # grouping takes most of them
