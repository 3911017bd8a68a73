"""Articles that no reader sees, by every way in Discord, before their time and after it; with the real model."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.asking.reply import Action
from bot.client import Pullquote
from bot.run import opened_bot
from bot.settings import Settings
from index import Article, Library, SentenceTransformerEncoder
from tests.e2e.conftest import STACK, Run, open_web
from tests.e2e.test_corrections import LOOKED, seen, struck
from tests.e2e.world import World, buttons, quotes, text
from tests.parser import PARSER
from tests.tools.site import Site

MINUTE = 60.0

SECRET = "Kestrel"
"""A name that is in hidden stories alone."""

STORY = f"""---
title: The {SECRET} merger
author: Nora Quill
{{facts}}
---

The {SECRET} shipyard will merge with the Elmouth docks. Its owner, Ada Brandt, sells it for nine million pounds.

The {SECRET} shipyard has four hundred workers. They keep their jobs until the spring.
"""
QUESTION = f"For how much does Ada Brandt sell the {SECRET} shipyard?"
ANSWER = "Its owner, Ada Brandt, sells it for nine million pounds."


@pytest.fixture
def simcord_bot(
    tmp_path: Path, real_encoder: SentenceTransformerEncoder, request: pytest.FixtureRequest
) -> Iterator[Pullquote]:
    """The bot over a base library with one public article; its clock is that of the simulated Discord."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", cooldown_seconds=0, refresh_hours=0)
    with (
        Library.open(settings.data_dir, load_encoder=lambda: real_encoder, clock=discord.utils.utcnow) as base,
        ExitStack() as stack,
    ):
        base.update([Article("docks", "The docks", "The Elmouth docks have six cranes. They were built in 1904.")])
        bot = stack.enter_context(opened_bot(settings, base, lambda: real_encoder, PARSER, open_web))
        request.node.stash[STACK] = stack
        yield bot
    shutil.rmtree(settings.data_dir)


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often as in reality. This replaces the fixture of the same name."""


def soon(world: World, minutes: float) -> str:
    """That many minutes from now, as front matter has it."""
    return (world.env.now() + timedelta(minutes=minutes)).isoformat(timespec="seconds")


async def add(world: World, facts: str, name: str = "merger.md") -> InteractionResult:
    """The editor's command that brings the story in, with those lines of front matter."""
    return await world.admin.slash(world.channel, "articles add", file=(name, STORY.format(facts=facts).encode()))


async def every_way(world: World, who: MemberActor) -> list[str]:
    """All that a person gets to read by each way to ask about the story, each as one text."""
    said: list[str] = []
    for question in (QUESTION, f"What is the latest on the {SECRET} shipyard?", "How many cranes do the docks have?"):
        await who.send(world.channel, f"{world.me} {question}")
        said.append(text(answer := world.last))
        for action in (Action.CONTEXT, Action.MORE, Action.NEAR):
            if action in buttons(answer):
                said.append(text((await who.click(answer, custom_id=buttons(answer)[action])).response))
        await who.send(world.channel, "And how many workers does it have?", reply_to=answer)
        said.append(text(world.last))
        said.append(text((await who.slash(world.channel, "ask", question=question, since="2020-01-01")).response))
    about = await who.slash(world.channel, "about")
    said.append(text(about.response))
    greeted = await who.slash(world.channel, "ask", question="hello")
    said.append(text(greeted.response))
    for typed in ("", SECRET, "merger"):
        choices = await who.autocomplete(world.channel, "ask", "article", typed, question="x")
        said += [choice["name"] for choice in choices]
    return said


def leaked(said: list[str], *words: str) -> list[str]:
    """What was said that is only in the hidden story. The questions themselves name the shipyard."""
    return [one for one in said for word in words if word in one]


ONLY_THERE = ("nine million", "four hundred workers", "keep their jobs", f"The {SECRET} merger", "merger")


@pytest.mark.parametrize("how", ["published: {}", "embargo: {}\npublished: 2025-12-01"])
async def test_a_held_story_is_seen_by_editors_and_answers_nobody_until_its_time(world: World, how: str) -> None:
    added = text((await add(world, how.format(soon(world, 5)))).response)
    assert added.startswith(f"### Added: *The {SECRET} merger*")
    assert "-# Held until 1 January 2026, 00:" in added
    assert leaked(await every_way(world, world.admin), *ONLY_THERE) == []
    await world.restart()
    assert leaked(await every_way(world, world.reader), *ONLY_THERE) == []
    about = text((await world.reader.slash(world.channel, "about")).response)
    assert "This server: 0 articles" in about
    listed = text((await world.admin.slash(world.channel, "articles list")).response)
    assert f"The {SECRET} merger" in listed and "**held until 1 January 2026, 00:" in listed
    refused = await world.reader.slash(world.channel, "ask", question=QUESTION, article=f"The {SECRET} merger")
    assert "There is no article" in text(refused.followups[-1])
    await world.env.advance_time(5 * MINUTE)
    said = await every_way(world, world.reader)
    assert leaked(said, ANSWER) and leaked(said, f"The {SECRET} merger")
    listed = text((await world.admin.slash(world.channel, "articles list")).response)
    assert "held until" not in listed
    world.refused()


async def test_a_story_that_becomes_held_is_struck_through_and_comes_back_at_its_time(world: World) -> None:
    await add(world, "published: 2025-12-01")
    answer = await world.mention(QUESTION)
    assert ANSWER in quotes(answer)
    before = text(answer)
    await add(world, f"published: 2025-12-01\nembargo: {soon(world, 5)}")
    await world.env.advance_time(LOOKED)
    assert ANSWER in struck(seen(world, answer)) and "**Withdrawn since**" in text(seen(world, answer))
    pressed = await world.reader.click(seen(world, answer), custom_id=buttons(answer)[Action.CONTEXT])
    assert leaked([text(pressed.response)], *ONLY_THERE) == []
    await world.restart()
    await world.env.advance_time(LOOKED)
    assert ANSWER in struck(seen(world, answer))
    await world.env.advance_time(5 * MINUTE)
    await world.env.advance_time(LOOKED)
    assert text(seen(world, answer)) == before
    world.refused()


async def test_a_private_story_answers_nobody_also_in_another_server_and_by_direct_message(world: World) -> None:
    await add(world, "private: true")
    base = world.bot.services.libraries.base
    base.update([Article("b", f"The {SECRET} merger in full", f"The {SECRET} yard costs nine million.", private=True)])
    await world.env.advance_time(5 * MINUTE)
    assert leaked(await every_way(world, world.reader), *ONLY_THERE) == []
    ask_channel = world.guild.create_text_channel("ask-here")
    await world.admin.slash(world.channel, "settings ask-channel add", channel=ask_channel)
    await world.reader.send(ask_channel, QUESTION)
    assert leaked([text(ask_channel.last_message)], *ONLY_THERE) == []
    user = world.env.create_user("otto")
    await user.send_dm(QUESTION)
    assert leaked([text(user.dm_channel.last_message)], *ONLY_THERE) == []
    elsewhere = world.env.create_guild("Another Gazette")
    channel, stranger = elsewhere.create_text_channel("ask"), elsewhere.add_member(user)
    await stranger.send(channel, f"{world.me} {QUESTION}")
    assert leaked([text(channel.last_message)], *ONLY_THERE) == []
    assert [c["name"] for c in await stranger.autocomplete(channel, "ask", "article", "", question="x")] == [
        "The docks"
    ]
    listed = text((await world.admin.slash(world.channel, "articles list")).response)
    assert "**private**" in listed
    shown = text((await world.admin.slash(world.channel, "articles show", article=f"The {SECRET} merger")).response)
    assert ANSWER in shown and "Private: no reader is answered from it." in shown
    assert "articles" not in world.reader.available_commands(world.channel)
    verified = await world.reader.slash(world.channel, "verify quote", text=ANSWER)
    assert "Not found in our articles" in text(verified.response) and SECRET not in text(verified.response)
    corrected = await world.reader.slash(world.channel, "corrections")
    assert SECRET not in text(corrected.response)
    insights = await world.admin.slash(world.channel, "insights", csv=True)
    assert leaked([text(insights.response)], "nine million", "merger in full") == []
    world.refused()


async def test_a_private_source_is_read_for_nobody_and_its_titles_are_not_shown_to_the_channel(
    world: World, site: Site
) -> None:
    for topic in ("ferry", "bakery"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery"])
    result = await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed", private=True)
    await world.env.settle()
    said = text(result.response)
    assert "**2 new**" in said and "2 private articles" in said and "The ferry opens" not in said
    question, sentence = (
        "Who sold the ferry to Ada Brandt?",
        "Ada Brandt bought the ferry from a lighthouse keeper in 2019.",
    )
    assert sentence not in text(await world.mention(question))
    listed = text((await world.admin.slash(world.channel, "sources list")).response)
    assert "**private**" in listed
    opened = await world.admin.slash(world.channel, "sources private", source=f"{site.url}/feed", private=False)
    assert text(opened.response).startswith("### Public: ")
    answer = await world.mention(question)
    assert sentence in quotes(answer)
    closed = await world.admin.slash(world.channel, "sources private", source=f"{site.url}/feed")
    assert "2 articles are kept back" in text(closed.response)
    await world.env.advance_time(LOOKED)
    assert sentence in struck(seen(world, answer))
    site.put_story("ferry", year=2021)
    site.put_story("market")
    site.put_feed(["ferry", "bakery", "market"])
    await world.admin.slash(world.channel, "reindex")
    await world.restart()
    assert "2021" not in text(await world.mention(question))
    assert "sources" not in world.reader.available_commands(world.channel)
    world.refused()


def test_on_the_command_line_editors_see_what_is_hidden_and_no_question_is_answered_from_it(pullquote: Run) -> None:
    Path("held.md").write_text(STORY.format(facts="embargo: 2999-01-01 09:30"))
    Path("news").mkdir()
    Path("news/open.md").write_text("---\ntitle: The docks\n---\nThe Elmouth docks have six cranes, which are blue.")
    assert "held: held until 1 January 2999, 09:30 UTC\n" in pullquote("articles", "add", "held.md").out
    assert "open: private\n" in pullquote("sources", "add", "news", "--private").out
    for question in (QUESTION, "How many cranes do the Elmouth docks have?"):
        asked = pullquote("ask", question, "--json")
        assert (asked.code, asked.json["quotes"], asked.json["perhaps"]) == (1, [], None)
    assert pullquote("ask", QUESTION, "--article", "held").complaint.startswith("There is no article 'held' here")
    assert pullquote("chat", stdin=f"{QUESTION}\n").err.startswith("0 articles. ")
    listed = {line.split("\t")[0]: line.split("\t")[4] for line in pullquote("articles", "list").out.splitlines()}
    assert listed == {"held": "held until 1 January 2999, 09:30 UTC", "open": "private"}
    assert pullquote("sources", "list").out.endswith("\tprivate\n")
    assert pullquote("export", "all.jsonl").code == pullquote("backup", "all.zip").code == 0
    assert pullquote("restore", "all.zip", "--data", "restored").code == 0
    assert pullquote("import", "all.jsonl", "--data", "imported").code == 0
    for data in ("restored", "imported"):
        assert pullquote("ask", QUESTION, "--data", data).code == 1
        kept = {
            a["id"]: (a["embargo"], a["private"]) for a in pullquote("articles", "list", "--json", "--data", data).json
        }
        assert kept == {"held": ("2999-01-01T09:30:00+00:00", False), "open": (None, True)}
    assert "open: private" not in pullquote("sources", "private", "news", "--public").out
    assert pullquote("reindex").out.startswith("changed: open\n")
    assert pullquote("ask", "How many cranes do the Elmouth docks have?", "--json").code == 0
