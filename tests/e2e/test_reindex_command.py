"""/reindex and /sources: a newsroom's site that changes, jobs that are stopped, and what an editor sees of it."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import discord
import pytest

from bot.services import editor
from bot.storage.jobs import JobRecord, Work
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.test_articles_command import allow_everybody, demote, own_titles
from tests.e2e.world import (
    World,
    command_meanwhile,
    desk_button,
    labels,
    press_meanwhile,
    quotes,
    text,
    unescaped,
    until,
)
from tests.tools.site import Answer, Site, page

QUESTION = "Who sold Ada Brandt the {}?"
ANSWER = "Ada Brandt bought the {} from a lighthouse keeper in {}."


@contextmanager
def held(site: Site, path: str, body: str) -> Iterator[threading.Event]:
    """Have the site wait with that page until the event is set."""
    go = threading.Event()

    def send(handler: BaseHTTPRequestHandler) -> None:
        go.wait(30)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())

    site.pages[path] = Answer(body.encode(), send=send)
    try:
        yield go
    finally:
        go.set()


async def reindexed(world: World, **options: bool) -> str:
    """What the message of a reindex says at its end."""
    await world.admin.slash(world.channel, "reindex", **options)
    return text(world.last)


async def with_feed(world: World, site: Site, *topics: str) -> str:
    for topic in topics:
        site.put_story(topic)
    site.put_feed(topics)
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed")
    site.requests.clear()
    return text(world.last)


async def ask(world: World, topic: str) -> list[str]:
    return quotes(await world.mention(QUESTION.format(topic)))


def edits(world: World, message: discord.Message) -> list[str]:
    """The texts that a message was edited to, in order."""
    path = f"/channels/{message.channel.id}/messages/{message.id}"
    found = []
    for request in world.env.http_requests:
        if request.method == "PATCH" and request.path == path:
            found.append(str(request.json))
    return found


# A site that changes


async def test_a_feed_is_added_and_followed_as_its_site_changes(world: World, site: Site) -> None:
    said = await with_feed(world, site, "ferry", "bakery", "bridge", "school")
    assert re.fullmatch(
        r"### New source\nDone in [^.]+\.\n\*\*4 new\*\*\n- The ferry opens\n- The bakery opens"
        r"\n- The bridge opens\n- The school opens\n"
        rf"-# ✓ <{site.url}/feed> · 4 articles\n-# 0 articles as before · 4 passages embedded",
        said,
    ), said
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2019)

    site.put_story("ferry", year=2024)
    site.put_story("market")
    site.put_feed(["ferry", "bakery", "bridge", "market"])  # of which the school fell off the end
    del site.pages["/bridge"]
    said = await reindexed(world)
    assert "**1 new**\n- The market opens\n**1 changed**\n- The ferry opens\n**1 gone**\n- The bridge opens\n" in said
    assert "-# 2 articles as before" in said
    assert f"-# ✓ <{site.url}/feed> · 4 articles · 1 gone" in said
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)
    assert ANSWER.format("bridge", 2019) not in await ask(world, "bridge")
    assert (await ask(world, "school"))[0] == ANSWER.format("school", 2019)


async def test_a_second_reindex_fetches_nothing_in_full_and_embeds_nothing(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery", "bridge")
    library = world.bot.services.libraries.own_or_create(world.guild.id)
    generation = library.read_generation()
    said = await reindexed(world)
    assert site.fetched == []
    assert " Nothing has changed.\n" in said and said.endswith("\n-# 3 articles as before · 0 passages embedded")
    assert library.read_generation() == generation


async def test_a_feed_that_fails_is_empty_or_lost_most_removes_nothing_until_that_is_confirmed(
    world: World, site: Site
) -> None:
    await with_feed(world, site, "ferry", "bakery", "bridge")
    feed = site.pages.pop("/feed")
    said = await reindexed(world)
    assert "**1 problem**\n- " in said and "answers 404" in said and "⚠️" in said and labels(world.last) == []
    site.put_feed([])
    said = await reindexed(world)
    assert "lists no article" in said and len(own_titles(world)) == 3
    site.pages["/feed"] = feed
    for topic in ("ferry", "bakery"):
        del site.pages[f"/{topic}"]
    said = await reindexed(world)
    assert "Articles of a source seem to be gone, and were kept for you to confirm it" in said
    assert "has lost 2 of its 3 articles at once" in said and "pullquote" not in said
    assert len(own_titles(world)) == 3
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2019)
    message = world.channel.history()[-3]
    assert labels(message) == ["Remove the missing articles"]
    await world.admin.click(message, label="Remove the missing articles")
    assert own_titles(world) == ["The bridge opens"]


async def test_a_removal_is_confirmed_for_what_was_shown_and_for_an_hour(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery", "bridge")
    for topic in ("ferry", "bakery"):
        del site.pages[f"/{topic}"]
    await reindexed(world)
    message = world.last
    del site.pages["/bridge"]
    await world.admin.click(message, label="Remove the missing articles")
    assert len(own_titles(world)) == 3, "one more is missing than was shown"
    assert "has lost 3 of its 3 articles at once" in text(world.last)
    await world.env.advance_time(61 * 60)
    pressed = await world.admin.click(world.last, label="Remove the missing articles")
    assert text(pressed.response) == ("That was shown more than an hour ago; `/reindex` shows what is missing now.")
    assert len(own_titles(world)) == 3


async def test_a_single_page_that_is_gone_is_removed_once_that_is_confirmed(world: World, site: Site) -> None:
    site.put_story("ferry")
    await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    site.pages["/ferry"] = Answer(b"", 410)
    said = unescaped(await reindexed(world))
    assert f"{site.url}/ferry answers 410, nothing is there, and its article was kept until that is confirmed." in said
    assert own_titles(world) == ["The ferry opens"]
    await world.admin.click(world.last, label="Remove the missing articles")
    assert own_titles(world) == []
    assert (await reindexed(world)).endswith("\n-# 0 articles as before · 0 passages embedded")


async def test_a_header_that_is_no_text_stops_nothing(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    site.put("/ferry", page("ferry", 2024), ETag="caf\xe9")
    site.pages["/ferry"].etag = False
    assert "**1 changed**\n- The ferry opens" in await reindexed(world)


async def test_a_dry_run_changes_nothing_and_can_be_carried_out(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    site.put_story("ferry", year=2024)
    said = await reindexed(world, dry_run=True)
    assert said.startswith(
        "### Reindex, dry run\nNothing was changed: this is what a reindex would do.\n**1 changed**\n- The ferry opens"
    )
    assert labels(world.last) == ["Reindex now"]
    message = world.last
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2019)
    await world.admin.click(message, label="Reindex now")
    shown = world.channel.history()[-3]
    assert shown.id == message.id and text(shown).startswith("### Reindex\nDone in ")
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)


async def test_full_embeds_all_afresh(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    assert re.search(
        r"### Full reindex\nDone in [^.]+\. Nothing has changed\.\n.*\n-# 2 articles as before · 2 passages embedded",
        await reindexed(world, full=True),
    )


async def test_without_sources_there_is_nothing_to_do(world: World) -> None:
    assert (await reindexed(world)).endswith(" Nothing has changed.\n-# 0 articles as before · 0 passages embedded")


# Sources


async def test_a_source_whose_last_reading_failed_says_so_with_when_it_was_read_well(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    await reindexed(world)
    own = world.bot.services.libraries.own_or_create(world.guild.id)
    (well,) = own.sources()
    site.pages.pop("/feed")
    for _ in range(2):
        await world.env.advance_time(60)
        await reindexed(world)
    (failed,) = own.sources()
    first = own.failing_since()[failed.address]
    assert well.checked and failed.checked and well.checked < first < failed.checked
    listed = text((await world.admin.slash(world.channel, "sources list")).response)
    assert listed.startswith(
        f"### 1 source\n<{site.url}/feed>\n-# feed · 1 article · last read well <t:{int(well.checked.timestamp())}:R>\n"
        f"-# ⚠️ The last reading failed <t:{int(failed.checked.timestamp())}:R>, as did all others since "
        f"<t:{int(first.timestamp())}:f>: "
    ), listed


async def test_sources_are_listed_and_removed_with_their_articles_or_without(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    listed = (await world.admin.slash(world.channel, "sources list")).response
    assert re.fullmatch(
        rf"### 2 sources\n<{site.url}/feed>\n-# feed · 2 articles · read <t:\d+:R>\n"
        rf"<{site.url}/ferry>\n-# page · 1 article · read <t:\d+:R>",
        text(listed),
    ), text(listed)
    (offered,) = await world.admin.autocomplete(world.channel, "sources remove", "source", "/feed")
    assert offered["name"] == f"{site.url}/feed"
    asked = (await world.admin.slash(world.channel, "sources remove", source=offered["value"])).response
    assert text(asked) == (
        f"### Remove <{site.url}/feed>?\nIt will not be read again. 1 article came from it and from nowhere else.\n"
        "-# You can take that back for an hour."
    )
    assert labels(asked) == ["Remove it, keep its articles", "Remove it with its articles", "Keep it"]
    kept = await world.admin.click(asked, label="Keep it")
    assert text(kept.response) == f"### Kept: <{site.url}/feed>\nNothing was changed."
    asked = (await world.admin.slash(world.channel, "sources remove", source=offered["value"])).response
    removed = (await world.admin.click(asked, label="Remove it with its articles")).response
    assert text(removed) == (
        f"### Removed: <{site.url}/feed>\nIt is read no more, and 1 article went with it.\n"
        "-# *Undo* brings it back, for an hour."
    )
    assert own_titles(world) == ["The ferry opens"]
    undone = await world.admin.click(removed, label="Undo")
    assert text(undone.response) == (
        f"### Taken back: <{site.url}/feed>\nIt is a source again, and 1 article came back with it."
    )
    assert sorted(own_titles(world)) == ["The bakery opens", "The ferry opens"]
    assert "### 2 sources" in text((await world.admin.slash(world.channel, "sources list")).response)
    asked = (await world.admin.slash(world.channel, "sources remove", source=f"{site.url}/feed")).response
    await world.admin.click(asked, label="Remove it, keep its articles")
    assert sorted(own_titles(world)) == ["The bakery opens", "The ferry opens"]
    await reindexed(world)
    assert "/feed" not in [path for path, _ in site.requests]


async def test_a_source_that_is_one_already_or_none(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed")
    assert unescaped(text(world.last)) == (
        "### New source\nIt could not be done, and nothing was changed. "
        f"{site.url}/feed is a source already: every reindex reads it again."
    )
    result = await world.admin.slash(world.channel, "sources remove", source="https://example.org/feed")
    assert unescaped(text(result.response)) == (
        "https://example.org/feed is no source of this server; `/sources list` shows those that are."
    )
    site.put("/broken", "<rss><channel>", "application/rss+xml")
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/broken")
    assert text(world.last).startswith("### New source\nIt could not be done, and nothing was changed. ")
    world.refused()


# While it goes on


async def test_a_reader_is_answered_and_a_second_asker_shown_the_job_while_it_reads(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    with held(site, "/ferry", page("ferry", 2024)) as go:
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and job.place and job.reply.blocks)
        job = world.bot.jobs.running(world.guild.id)
        assert job
        second = command_meanwhile(world, world.admin, "reindex")
        await until(lambda: second.response)
        assert second.ephemeral
        assert text(second.response) == f"A reindex is under way here: {job.link}"
        world.env.backend.create_message(world.channel.id, world.reader.id, f"{world.me} {LEE_QUESTION}")
        await until(lambda: len(world.channel.history()) == 4)
        assert LEE_ASKED in quotes(world.last)
        go.set()
        await reindexing
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)
    world.refused()


async def test_progress_is_shown_in_one_message_edited_every_two_seconds_at_most(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery", "bridge", "school")
    before = len(world.channel.history())
    with held(site, "/ferry", page("ferry", 2024)) as go:
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and "3 of 4 pages" in str(job.reply))
        counts = []
        for seconds, expected in ((1.9, 0), (0.2, 1), (1.7, 1)):  # of the simulated clock
            world.env.backend.advance_clock(seconds)
            await until(lambda expected=expected: len(edits(world, world.last)) >= expected)
            await asyncio.sleep(0.3)
            counts.append(len(edits(world, world.last)))
        shown = text(world.last)
        go.set()
        await reindexing
    assert counts == [0, 1, 1]
    assert re.match(r"### Reindex\nReading the sources …\n▰{12}▱{4} 75%\n-# 3 of 4 pages", shown), shown
    assert len(world.channel.history()) == before + 1


async def test_a_cancel_while_sources_are_read_changes_nothing(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    with held(site, "/ferry", page("ferry", 2024)):
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and job.place)
        pressed = press_meanwhile(world, world.reader, world.last, "pullquote:desk:cancel:")
        await until(lambda: pressed.response or pressed.followups)
        assert text(pressed.response) == "That takes the permission Manage Server."
        assert world.bot.jobs.running(world.guild.id)
        press_meanwhile(world, world.admin, world.last, "pullquote:desk:cancel:")
        await reindexing
    assert text(world.last) == "### Reindex\nCancelled. Nothing was changed."
    assert labels(world.last) == []
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2019)


class Indexing:
    """Holds an update at the given passage until it is let go on."""

    def __init__(self, world: World, at: int) -> None:
        self.reached, self._go, self._at = threading.Event(), threading.Event(), at
        carry_out = editor.make_change

        def held_back(library, change, *, on_progress=None, **options):  # noqa: ANN001, ANN003, ANN202
            def slowly(step):  # noqa: ANN001, ANN202
                if step.done == self._at:
                    self.reached.set()
                    self._go.wait(30)
                if on_progress:
                    on_progress(step)

            report = carry_out(library, change, on_progress=slowly, **options)
            if self._at < 0:
                self.reached.set()
                self._go.wait(30)
            return report

        self.carry_out = held_back

    def go_on(self) -> None:
        self._go.set()


@pytest.mark.parametrize(("at", "landed"), [(2, False), (-1, True)], ids=["in the middle", "at the last moment"])
async def test_a_cancel_while_articles_are_indexed(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch, at: int, landed: bool
) -> None:
    for topic in ("ferry", "bakery", "bridge"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge"])
    indexing = Indexing(world, at)
    monkeypatch.setattr(editor, "make_change", indexing.carry_out)
    adding = asyncio.create_task(world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed"))
    await until(indexing.reached.is_set)
    job = world.bot.jobs.running(world.guild.id)
    assert job
    assert "**3 new**\n- The ferry opens" in "\n".join(text for block in job.reply.blocks for text in block.texts)
    press_meanwhile(world, world.admin, world.last, "pullquote:desk:cancel:")
    await until(lambda: job.reason)
    indexing.go_on()
    await adding
    if landed:
        assert ". *Cancel* came too late: it was done by then." in text(world.last)
        assert text(world.last).endswith("\n-# 0 articles as before · 3 passages embedded")
        assert len(own_titles(world)) == 3
    else:
        assert text(world.last) == "### New source\nCancelled. Nothing was changed."
        assert own_titles(world) == [] and world.bot.services.libraries.own_or_create(world.guild.id).sources() == []


async def test_a_cancel_while_it_waits_for_another_servers_indexing_is_heard_at_once(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery", "bridge", "school")
    site.put_story("ferry", year=2024)
    async with world.bot.services.editor._indexing:
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and "Indexing" in str(job.reply))
        press_meanwhile(world, world.admin, world.last, "pullquote:desk:cancel:")
        await reindexing
        assert text(world.last) == "### Reindex\nCancelled. Nothing was changed."
    assert len(own_titles(world)) == 4


async def test_a_stop_ends_what_is_being_indexed_within_its_time(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for topic in ("ferry", "bakery", "bridge"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge"])
    indexing = Indexing(world, 2)
    monkeypatch.setattr(editor, "make_change", indexing.carry_out)
    adding = asyncio.create_task(world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed"))
    await until(indexing.reached.is_set)
    stopping = asyncio.create_task(world.bot.wind_down(60))
    await until(lambda: world.bot.services.shutdown.has_begun)
    indexing.go_on()
    await stopping
    await adding
    assert text(world.last) == (
        "### New source\nI am being restarted. Nothing of it has landed; I start over when I am back."
    )
    assert own_titles(world) == []
    monkeypatch.undo()
    await world.restart()
    await world.env.settle()
    assert "I was restarted in the middle of it, and started over. Done in" in text(world.last)
    assert len(own_titles(world)) == 3


async def test_it_outlives_the_fifteen_minutes_of_an_interactions_token(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_feed(world, site, "ferry", "bakery")
    for topic in ("ferry", "bakery"):
        site.put_story(topic, year=2024)
    indexing = Indexing(world, 1)
    monkeypatch.setattr(editor, "make_change", indexing.carry_out)
    reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
    await until(indexing.reached.is_set)
    world.env.backend.advance_clock(20 * 60)
    indexing.go_on()
    await reindexing
    assert "**2 changed**\n- The ferry opens" in text(world.last)


async def test_where_the_bot_sees_no_channel_the_interaction_shows_it(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    world.env.inject_error(
        "PATCH", "/channels/*/messages/*", status=403, code=50001, message="Missing Access", times=None
    )
    site.put_story("ferry", year=2024)
    result = await world.admin.slash(world.channel, "reindex")
    assert "**1 changed**" in text(result.response)


async def test_the_bot_restarted_in_the_middle_starts_over_and_says_so(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    site.put_story("bakery", year=2024)
    with held(site, "/ferry", page("ferry", 2024)) as go:
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and job.place)
        await world.bot.wind_down(5)
        await reindexing
        said = "I am being restarted. Nothing of it has landed; I start over when I am back."
        assert text(world.last) == f"### Reindex\n{said}"
        message = world.last
        go.set()
    await world.restart()
    await world.env.settle()
    assert world.last.id == message.id
    assert text(world.last).startswith("### Reindex\nI was restarted in the middle of it, and started over. Done in ")
    assert "**2 changed**" in text(world.last)
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)
    assert world.bot.services.jobs.begun() == []


async def test_a_bot_that_was_killed_in_the_middle_starts_over(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    site.put_story("ferry", year=2024)
    message = world.last
    record = JobRecord(world.guild.id, discord.utils.utcnow(), world.channel.id, message.id, Work())
    world.bot.services.jobs.begin(record)
    await world.restart()
    await world.env.settle()
    assert text(world.last).startswith("### Reindex\nI was restarted in the middle of it, and started over. Done in ")
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)


async def test_a_job_that_was_killed_twice_is_given_up(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    site.put_story("ferry", year=2024)
    message = world.last
    again = JobRecord(world.guild.id, discord.utils.utcnow(), world.channel.id, message.id, Work(again=True))
    world.bot.services.jobs.begin(again)
    await world.restart()
    await world.env.settle()
    assert text(world.last) == (
        "### Reindex\nI was stopped in the middle of it twice, so I do not start over. Nothing of it has landed."
    )
    assert world.bot.services.jobs.begun() == [] and site.requests == []


async def test_a_job_whose_message_was_deleted_is_done_all_the_same(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    with held(site, "/ferry", page("ferry", 2024)) as go:
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and job.place)
        await world.last.delete()
        go.set()
        await reindexing
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2024)


async def test_two_admins_adding_one_address_at_once(world: World, site: Site) -> None:
    with held(site, "/ferry", page("ferry")) as go:
        adding = asyncio.create_task(world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry"))
        await until(lambda: site.requests)
        second = command_meanwhile(world, world.admin, "articles add", url=f"{site.url}/ferry")
        await until(lambda: len(site.requests) == 2)
        go.set()
        first = await adding
    said = sorted(text(result.response).partition("\n-#")[0] for result in (first, second))
    assert said == ["### Added: *The ferry opens*", "### Here already: *The ferry opens*"]
    assert own_titles(world) == ["The ferry opens"]


async def test_what_is_taken_out_waits_for_no_site(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry", "bakery")
    question = (await world.admin.slash(world.channel, "articles remove", article="The bakery opens")).response
    assert question
    with held(site, "/ferry", page("ferry", 2024)) as go:
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and job.place)
        pressed = press_meanwhile(world, world.admin, question.message, desk_button(question, "Remove it"))
        await until(lambda: own_titles(world) == ["The ferry opens"])
        go.set()
        await reindexing
    assert pressed.acknowledged
    assert own_titles(world) == ["The ferry opens"], "the reindex that had read it does not bring it back"


async def test_an_article_that_is_added_while_others_are_indexed_follows_them(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for topic in ("ferry", "bakery", "market"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery"])
    indexing = Indexing(world, 1)
    monkeypatch.setattr(editor, "make_change", indexing.carry_out)
    reindexing = asyncio.create_task(world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed"))
    await until(indexing.reached.is_set)
    job = world.bot.jobs.running(world.guild.id)
    assert job
    adding = command_meanwhile(world, world.admin, "articles add", url=f"{site.url}/market")
    await until(lambda: adding.response and text(adding.response))
    assert text(adding.response) == f"### One moment\nA new source is under way here: {job.link}\nThis comes next."
    indexing.go_on()
    await reindexing
    assert text(adding.response).startswith("### Added: *The market opens*")
    assert sorted(own_titles(world)) == ["The bakery opens", "The ferry opens", "The market opens"]


async def test_a_job_can_be_seen_by_all_but_pressed_by_editors_alone(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    site.put_story("ferry", year=2024)
    await reindexed(world, dry_run=True)
    pressed = await world.reader.click(world.last, label="Reindex now")
    assert text(pressed.response) == "That takes the permission Manage Server."
    demote(world, world.admin)
    pressed = await world.admin.click(world.last, label="Reindex now")
    assert text(pressed.response) == "That takes the permission Manage Server."
    assert (await ask(world, "ferry"))[0] == ANSWER.format("ferry", 2019)
    allow_everybody(world, "reindex")
    result = await world.reader.slash(world.channel, "reindex")
    assert result.ephemeral and text(result.response) == "That takes the permission Manage Server."
    world.refused()


async def test_one_servers_job_is_not_anothers(world: World, site: Site) -> None:
    await with_feed(world, site, "ferry")
    other = world.env.create_guild("Elsewhere")
    channel = other.create_text_channel("desk")
    admins = other.create_role("Admins", permissions=discord.Permissions(manage_guild=True))
    eve = other.add_member(world.env.create_user("eve"), roles=[admins])
    with held(site, "/ferry", page("ferry", 2024)) as go:
        reindexing = asyncio.create_task(world.admin.slash(world.channel, "reindex"))
        await until(lambda: (job := world.bot.jobs.running(world.guild.id)) and job.place)
        assert world.bot.jobs.running(other.id) is None
        go.set()
        await reindexing
    await eve.slash(channel, "reindex")
    assert channel.last_message
    assert "-# 0 articles as before" in text(channel.last_message)
    assert "http" not in text(channel.last_message)
