"""What was corrected is told to everybody: by /corrections, in a channel, in a feed; and nowhere else."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import feedparser
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.corrections import cog as corrections
from bot.corrections import posting
from bot.corrections.cog import SECONDS
from bot.storage.corrections import Correction
from index import Article, Change, Library, article_removal, seen_in
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, TIDES, Run
from tests.e2e.test_articles_command import allow_everybody
from tests.e2e.test_reindex_command import with_feed
from tests.e2e.world import World, desk_button, labels, quotes, text
from tests.tools.site import Site

STORY = TIDES.replace("2026-02-03", "2025-02-03")
NEW = STORY.replace("lighthouse\nkeeper", "harbour\npilot")

LOOKED, TOLD = SECONDS + 1, 100.0
"""By then answers were edited, and what was corrected was told."""

STOOD = "> It said: Its owner, Ada Brandt, bought the oven from a ~~lighthouse keeper~~ in 2019."
STANDS = "> Now it says: Its owner, Ada Brandt, bought the oven from a **harbour pilot** in 2019."


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often as in reality. This replaces the fixture of the same name."""


async def upload(world: World, content: str, name: str = "tides.md") -> Any:  # noqa: ANN401
    return await world.admin.slash(world.channel, "articles add", file=(name, content.encode()))


async def shown(world: World, who: MemberActor, channel: ChannelHandle | None = None) -> str:
    """What somebody is shown by /corrections, alone."""
    result = await who.slash(channel or world.channel, "corrections")
    assert result.ephemeral
    return text(result.response)


async def with_channel(world: World) -> ChannelHandle:
    """A channel for corrections, named by the admin."""
    channel = world.guild.create_text_channel("corrections")
    result = await world.admin.slash(world.channel, "settings corrections-channel", channel=channel)
    assert text(result.response).endswith(f"I tell in <#{channel.id}> what is corrected or withdrawn in the articles.")
    return channel


def elsewhere(world: World) -> tuple[MemberActor, ChannelHandle]:
    """Another server's editor, and a channel there."""
    guild = world.env.create_guild("Elsewhere")
    role = guild.create_role("Editors", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(world.env.create_user("eve"), roles=[role]), guild.create_text_channel("general")


async def change_base(world: World, *articles: Article, remove: tuple[str, ...] = ()) -> None:
    """Bring the base library up to date, as a refresh does."""

    async def read(library: Library) -> Change:
        return seen_in(library.articles(), Change(articles, remove=remove))

    await world.bot.services.editor.update(None, read)


def on_record(world: World) -> str:
    """All that is kept of corrections. (What *Undo* brings back is kept elsewhere, for an hour.)"""
    return str([tuple(row) for row in world.bot.services.corrections.store._database.rows("SELECT * FROM corrections")])


def listed(world: World) -> list[Correction]:
    return world.bot.services.corrections.store.listed([None, world.guild.id])


async def test_an_editors_correction_is_listed_and_told_once_and_to_nobody_else(world: World) -> None:
    stranger, their_channel = elsewhere(world)
    theirs = their_channel
    await stranger.slash(their_channel, "settings corrections-channel", channel=theirs)
    channel = await with_channel(world)
    assert "Nothing was corrected or withdrawn." in await shown(world, world.reader)
    await upload(world, STORY)
    answer = await world.mention(BAKERY_QUESTION)
    assert BAKERY_ANSWER in quotes(answer)
    await upload(world, NEW)
    said = await shown(world, world.reader)
    assert f"{STOOD}\n{STANDS}" in said and "No answer had quoted it." in said
    assert "**Corrected:** [The bakery that opens with the tide](https://example.org/tides)" in said
    await world.env.advance_time(LOOKED)
    assert "-# 1 answer was edited." in await shown(world, world.reader)
    assert channel.history() == []
    await world.env.advance_time(TOLD)
    (post,) = channel.history()
    assert text(post).startswith("### Corrected\n**Corrected:** [The bakery") and f"{STOOD}\n{STANDS}" in text(post)
    assert not post.mentions and not post.mention_everyone and "1 answer was edited." in text(post)
    await world.restart()
    await world.env.advance_time(3600)
    assert len(channel.history()) == 1
    assert "-# 1 answer was edited." in await shown(world, world.reader)
    assert "Nothing was corrected" in await shown(world, stranger, their_channel)
    assert not [m for m in theirs.history() if "oven" in text(m)]


async def test_what_a_source_corrects_is_listed_with_what_nobody_had_quoted(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    site.put_story("ferry", year=2024)
    await world.admin.slash(world.channel, "reindex")
    said = await shown(world, world.reader)
    assert "from a lighthouse keeper in ~~2019~~." in said and "from a lighthouse keeper in **2024**." in said
    assert "No answer had quoted it." in said and "bakery" not in said
    await world.admin.slash(world.channel, "reindex", full=True)
    assert await shown(world, world.reader) == said


async def test_a_correction_of_the_base_library_is_told_where_an_answer_had_quoted_it(world: World) -> None:
    stranger, their_channel = elsewhere(world)
    await stranger.slash(their_channel, "settings corrections-channel", channel=their_channel)
    channel = await with_channel(world)
    old = Article("tides", "The tide bakery", STORY.split("---")[2].strip(), url="https://example.org/tides")
    await change_base(world, old)
    await world.mention(BAKERY_QUESTION)
    await change_base(world, replace(old, text=old.text.replace("lighthouse\nkeeper", "harbour\npilot")))
    await world.env.advance_time(LOOKED)
    await world.env.advance_time(TOLD)
    (post,) = channel.history()
    assert f"{STOOD}\n{STANDS}" in text(post)
    assert not [m for m in their_channel.history() if "oven" in text(m)], "no answer there had quoted it"
    assert STOOD in await shown(world, stranger, their_channel), "it stands in what they are answered from"
    assert "No answer had quoted it." in await shown(world, stranger, their_channel)
    assert "1 answer was edited." in await shown(world, world.reader)


async def test_many_at_once_are_told_in_one_message(world: World) -> None:
    channel = await with_channel(world)
    for number in range(8):
        await upload(world, f"# Story {number}\n\nThe bridge number {number} opened in 1904.", f"story-{number}.md")
    for number in range(8):
        await upload(world, f"# Story {number}\n\nThe bridge number {number} opened in 1905.", f"story-{number}.md")
    await world.env.advance_time(TOLD)
    (post,) = channel.history()
    assert text(post).count("~~1904~~") == 5 and "And 3 more: `/corrections` shows them." in text(post)
    result = await world.reader.slash(world.channel, "corrections")
    assert "page 1 of 2" in text(result.response) and labels(result.response) == ["More"]
    await world.restart()
    result = await world.reader.click(result.response, custom_id=desk_button(result.response, "More"))
    assert "page 2 of 2" in text(result.response) and text(result.response).count("~~1904~~") == 3


async def test_an_undo_takes_the_correction_back_also_where_it_was_told(world: World) -> None:
    channel = await with_channel(world)
    await upload(world, STORY)
    changed = await upload(world, NEW)
    await world.env.advance_time(TOLD)
    assert STOOD in text(channel.last_message)
    await world.admin.click(changed.response, custom_id=desk_button(changed.response, "Undo"))
    assert "Nothing was corrected or withdrawn." in await shown(world, world.reader)
    await world.env.advance_time(TOLD)
    (post,) = channel.history()
    assert text(post) == "What was corrected here was taken back: the articles are as they were before."
    assert world.bot.services.corrections.store.posts_to_mend() == []


async def test_of_what_is_removed_by_hand_no_word_is_told_and_none_is_kept(world: World) -> None:
    channel = await with_channel(world)
    await upload(world, STORY)
    await world.mention(BAKERY_QUESTION)
    await upload(world, NEW)
    own = world.bot.services.libraries.own(world.guild.id)
    assert own

    async def remove(library: Library) -> Change:
        return await asyncio.to_thread(article_removal, library, "tides")

    async def nobody() -> None:
        return None

    await world.bot.services.editor.edit(world.guild.id, remove, nobody)
    await world.env.advance_time(LOOKED)
    said = await shown(world, world.reader)
    assert "**1 article was withdrawn**" in said and "bakery" not in said and "oven" not in said
    await world.env.advance_time(TOLD)
    assert "**1 article was withdrawn**" in text(channel.last_message) and "oven" not in text(channel.last_message)
    kept = on_record(world)
    assert "lighthouse" not in kept and "opens with the tide" not in kept and "'tides'" not in kept


async def test_what_is_held_or_private_is_no_correction_and_what_becomes_so_is_shown_no_more(world: World) -> None:
    channel = await with_channel(world)
    for facts in ("private: true", "embargo: 2090-01-01"):
        for year in (1904, 1905):
            hidden = f"---\ntitle: The {facts[:3]}\n{facts}\n---\n\nThe {facts[:3]} bridge opened in {year}."
            await upload(world, hidden, f"{facts[:3]}.md")
    assert listed(world) == []
    await upload(world, STORY)
    await upload(world, NEW)
    assert STOOD in await shown(world, world.reader)
    await upload(world, NEW.replace("author: Nora", "private: true\nauthor: Nora"))
    assert "Nothing was corrected" in await shown(world, world.reader)
    await world.env.advance_time(TOLD)
    assert channel.history() == []


async def test_what_a_source_dropped_is_named_by_its_title_alone(world: World) -> None:
    old = Article("tides", "The tide bakery", STORY.split("---")[2].strip(), url="https://example.org/tides")
    await change_base(world, old)
    await change_base(world, remove=("tides",))
    said = await shown(world, world.reader)
    assert "**Withdrawn:** [The tide bakery](https://example.org/tides)" in said and "oven" not in said


async def test_a_message_that_may_have_been_sent_before_a_crash_is_not_sent_again(world: World) -> None:
    channel = await with_channel(world)
    await upload(world, STORY)
    await upload(world, NEW)
    world.env.inject_error("POST", f"/channels/{channel.id}/messages", status=500, times=5)
    await world.env.advance_time(TOLD)
    await world.env.advance_time(TOLD)
    assert len(channel.history()) == 1, "it came through at last, once"
    store = world.bot.services.corrections.store
    with store._database.writing() as connection:  # as if the bot had ended just before it could note that
        connection.execute("UPDATE correction_posts SET message = NULL")
    await world.restart()
    await world.env.advance_time(TOLD)
    assert len(channel.history()) == 1 and store is not world.bot.services.corrections.store
    assert world.bot.services.corrections.store.unsettled_post(world.guild.id) is None


async def test_only_who_may_manage_the_server_names_the_channel(world: World) -> None:
    allow_everybody(world, "settings")
    result = await world.reader.slash(world.channel, "settings corrections-channel", channel=world.channel)
    assert result.ephemeral and text(result.response) == "That takes the permission Manage Server."
    assert world.bot.services.corrections.store.channels() == []
    world.refused()


def test_the_command_line_lists_corrections_and_writes_the_feed(pullquote: Run, place: Path) -> None:
    (place / "tides.md").write_text(STORY)
    feed = place / "corrections.atom"
    env = {"CORRECTIONS_FEED": feed}
    assert pullquote("articles", "add", "tides.md", env=env).code == 0
    assert pullquote("corrections").out == "Nothing was corrected or withdrawn.\n"
    (place / "tides.md").write_text(NEW.replace("Ada Brandt", "Ada & co"))
    assert pullquote("articles", "add", "tides.md", env=env).code == 0
    said = pullquote("corrections").out
    assert said.startswith("Corrected: The bakery that opens with the tide\n")
    assert "bought the oven from a [-lighthouse keeper-] in 2019." in said and "{+harbour pilot+}" in said
    (found,) = pullquote("corrections", "--json").json
    assert found["fate"] == "corrected" and found["article"] == "tides" and found["answers_edited"] == 0
    assert found["changes"][0]["stood"] == BAKERY_ANSWER
    parsed = feedparser.parse(feed.read_bytes())
    assert not parsed.bozo and parsed.version == "atom10"
    (entry,) = parsed.entries
    assert entry.link == "https://example.org/tides" and entry.id.startswith("urn:uuid:")
    assert entry.title == "Corrected: The bakery that opens with the tide"
    assert "<del>lighthouse keeper</del>" in entry.content[0].value
    assert b"&lt;ins&gt;&amp;amp; co&lt;/ins&gt;" in feed.read_bytes(), "escaped twice"
    before = feed.read_bytes()
    assert pullquote("rollback", env=env).code == 0
    assert pullquote("corrections", "--json").json == []
    assert feedparser.parse(feed.read_bytes()).entries == [] and feed.read_bytes() != before
    lost = pullquote("articles", "add", "tides.md", env={"CORRECTIONS_FEED": place / "nowhere" / "feed.atom"})
    assert lost.code == 0


async def test_the_bot_keeps_the_feed_up_to_date(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    feed = tmp_path / "public.atom"
    await world.restart(corrections_feed=feed)
    await world.env.advance_time(posting.SECONDS + 1)
    assert feedparser.parse(feed.read_bytes()).entries == []
    old = Article("tides", "The tide bakery", STORY.split("---")[2].strip(), url="https://example.org/tides")
    await change_base(world, old)
    await world.mention(BAKERY_QUESTION)
    await change_base(world, replace(old, text=old.text.replace("lighthouse\nkeeper", "harbour\npilot")))
    await upload(world, "# Ours\n\nThe bridge opened in 1904.", "ours.md")
    await upload(world, "# Ours\n\nThe bridge opened in 1905.", "ours.md")
    await world.env.advance_time(LOOKED + 2 * corrections.PAUSE)
    await world.env.advance_time(posting.SECONDS + 1)
    (entry,) = feedparser.parse(feed.read_bytes()).entries
    assert "1 answer was edited." in entry.content[0].value and "bridge" not in str(entry), "a server's own is not told"
