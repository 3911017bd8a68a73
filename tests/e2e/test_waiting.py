"""Readers who wait are told when articles answer their question: the story of each, in a simulated Discord."""

import csv
import io
import re
from dataclasses import replace

import discord
import pytest

from bot.asking.reply import Action
from bot.storage.waiting import Wait, WaitStore
from bot.waiting import cog as waiting
from index import Article, Library
from tests.e2e.conftest import LEE_QUESTION
from tests.e2e.world import World, buttons, desk_button, labels, quotes, text, texts
from tests.tools.site import Site

QUESTION = "Who sold Ada Brandt the ferry?"
SENTENCE = "Ada Brandt bought the ferry from a lighthouse keeper in 2019."
FERRY = Article("ferry", "The ferry", SENTENCE, author="Nora Quill", url="https://example.org/ferry")
LOOKED = waiting.SECONDS + 1
"""By then it was looked whether anything is new."""


@pytest.fixture(autouse=True)
def _answers_looked_for_seldom() -> None:
    """Look for answers as often as in reality. This replaces the fixture of the same name."""


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often, too."""


def base(world: World) -> Library:
    return world.bot.services.libraries.base


def waits(world: World) -> WaitStore:
    return world.bot.services.waits


def of_reader(world: World) -> list[Wait]:
    return waits(world).of_person(world.reader.id)


async def not_found(world: World) -> discord.Message:
    """The reply to a question of the reader's that nothing answers yet."""
    reply = await world.mention(QUESTION)
    assert quotes(reply) == [] and Action.WAIT in buttons(reply)
    return reply


async def wait_for(world: World, reply: discord.Message, who: object = None) -> object:
    """Press *Tell me when you have it*; returns what the person sees."""
    return await (who or world.reader).click(reply, custom_id=buttons(reply)[Action.WAIT])  # type: ignore[attr-defined]


def sent(world: World) -> list[discord.Message]:
    return [message for message in world.channel.history() if message.author == world.bot.user]


async def test_a_reader_who_waits_is_told_after_a_restart_and_sees_the_correction(world: World, site: Site) -> None:
    reply = await not_found(world)
    pressed = await wait_for(world, reply)
    assert pressed.ephemeral
    assert texts(pressed.response) == [
        "**I will tell you here when an article answers that, and ping nobody but you.**\n"
        "-# I look at all that comes in until 31 January 2026. `/waiting` shows what you wait for."
    ]
    assert labels(pressed.response) == ["By direct message instead", "Stop waiting"]
    await world.restart()
    await world.env.advance_time(LOOKED)
    assert sent(world) == [reply], "nothing has come in yet"
    site.put_story("ferry")
    await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    await world.env.advance_time(LOOKED)
    told = world.last
    assert texts(told)[0] == f"<@{world.reader.id}>, you asked me to tell you; you have waited since 1 January 2026."
    assert texts(told)[1] == f"-# {QUESTION}"
    assert quotes(told)[0] == SENTENCE
    assert told.reference and told.reference.message_id == reply.id
    assert [mentioned.id for mentioned in told.mentions] == [world.reader.id]
    posted = [request.json for request in world.env.http_requests if request.path.endswith("/messages")][-1]
    assert posted["allowed_mentions"] == {"parse": [], "users": [world.reader.id], "replied_user": False}
    assert labels(told)[-1] == "Keep waiting"
    assert of_reader(world) == []
    await world.env.advance_time(3 * LOOKED)
    assert len([message for message in sent(world) if quotes(message)]) == 1, "told once"
    site.put_story("ferry", 2021)
    await world.admin.slash(world.channel, "reindex")
    await world.env.advance_time(3 * LOOKED)
    (now,) = [message for message in sent(world) if message.id == told.id]
    assert f"## ~~“{SENTENCE}”~~\n**Corrected since**" in text(now)
    assert texts(now)[0] == texts(told)[0]


async def test_whoever_ends_the_wait_is_not_told(world: World) -> None:
    reply = await not_found(world)
    pressed = await wait_for(world, reply)
    await world.reader.click(pressed.response, custom_id=desk_button(pressed.response, "Stop waiting"))
    assert text(pressed.response) == "I wait no longer, and have forgotten that you asked me to."
    base(world).update([FERRY])
    await world.env.advance_time(LOOKED)
    assert sent(world) == [reply] and waits(world).count() == 0


async def test_a_reader_can_choose_a_direct_message_whose_buttons_work_there(world: World) -> None:
    reply = await not_found(world)
    pressed = await wait_for(world, reply)
    await world.reader.click(pressed.response, custom_id=desk_button(pressed.response, "By direct message instead"))
    assert "I will send you a direct message" in text(pressed.response)
    assert labels(pressed.response) == ["Here instead", "Stop waiting"]
    base(world).update([FERRY])
    await world.env.advance_time(LOOKED)
    assert sent(world) == [reply]
    told = world.reader.user.dm_channel.last_message
    assert told and quotes(told) == [SENTENCE]
    assert texts(told)[0] == "You asked me to tell you; you have waited since 1 January 2026."
    assert told.mentions == []
    up = await world.reader.user.click(told, custom_id=buttons(told)[Action.UP])
    assert text(up.response).startswith("Thanks")
    base(world).update([replace(FERRY, text=SENTENCE.replace("lighthouse keeper", "harbour pilot"))])
    await world.env.advance_time(LOOKED)
    (now,) = [message for message in world.reader.user.dm_channel.history() if message.id == told.id]
    assert "**Corrected since**" in text(now)


async def test_a_private_answer_and_one_in_a_direct_message_are_told_directly(world: World) -> None:
    private = await world.reader.slash(world.channel, "ask", question=QUESTION, private=True)
    pressed = await wait_for(world, private.response)
    assert "direct message" in text(pressed.response) and labels(pressed.response) == ["Stop waiting"]
    await world.admin.user.send_dm(QUESTION)
    asked = world.admin.user.dm_channel.last_message
    await world.admin.user.click(asked, custom_id=buttons(asked)[Action.WAIT])
    base(world).update([FERRY])
    await world.env.advance_time(LOOKED)
    assert sent(world) == []
    for person in (world.reader, world.admin):
        assert quotes(person.user.dm_channel.last_message) == [SENTENCE]


async def test_closed_direct_messages_a_lost_channel_and_a_reader_who_left_end_the_wait(world: World) -> None:
    reply = await not_found(world)
    pressed = await wait_for(world, reply)
    await world.reader.click(pressed.response, custom_id=desk_button(pressed.response, "By direct message instead"))
    other = world.guild.add_member(world.env.create_user("bea"))
    await wait_for(world, reply, other)
    hidden = world.guild.create_text_channel("hidden")
    await world.admin.send(hidden, f"{world.me} {QUESTION}")
    await wait_for(world, hidden.last_message, world.admin)
    world.guild.remove_member(other)
    dm = world.reader.user.dm_channel.id
    world.env.inject_error("POST", f"/channels/{dm}/messages", status=403, code=50007, message="No", times=None)
    world.env.inject_error("POST", f"/channels/{hidden.id}/messages", status=404, code=10003, message="No", times=None)
    base(world).update([FERRY])
    await world.env.advance_time(LOOKED)
    assert waits(world).count() == 0 and sent(world) == [reply]
    assert world.bot.services.answers.given_to(other.id) == [], "nothing is kept of an answer that nobody got"


async def test_a_stop_between_telling_and_forgetting_tells_nobody_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wait_for(world, await not_found(world))
    base(world).update([FERRY])
    with monkeypatch.context() as patch:
        patch.setattr(waiting.WaitingCog, "_note_told", _killed)
        await world.env.advance_time(LOOKED)
        assert quotes(world.last) == [SENTENCE] and len(of_reader(world)) == 1
        await world.restart()
    told = world.last
    await world.env.advance_time(LOOKED)
    assert world.last.id == told.id and of_reader(world) == []
    record = world.bot.services.answers.answer_in(told.id)
    assert record and record.answered, "it is on record, so that it can be corrected"


async def test_a_stop_before_the_message_is_sent_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await wait_for(world, await not_found(world))
    base(world).update([FERRY])
    with monkeypatch.context() as patch:
        patch.setattr(waiting.WaitingCog, "_send", _killed)
        await world.env.advance_time(LOOKED)
        assert of_reader(world)[0].telling
        await world.restart()
    await world.env.advance_time(LOOKED)
    assert quotes(world.last) == [SENTENCE] and of_reader(world) == []
    assert len(world.bot.services.answers.given_to(world.reader.id)) == 2


async def _killed(*_: object) -> None:
    raise RuntimeError("the machine lost power")


async def test_the_list_shows_ones_own_waits_alone_and_ends_them(world: World) -> None:
    reply = await not_found(world)
    await wait_for(world, reply)
    mine = await world.reader.slash(world.channel, "waiting")
    assert mine.ephemeral
    assert texts(mine.response) == [
        "### What you wait for\nYou wait for 1 question. Only you see it.",
        f"{QUESTION}\n-# where you asked, until 31 January 2026",
    ]
    theirs = await world.admin.slash(world.channel, "waiting")
    assert texts(theirs.response) == ["You wait for no question."]
    privacy = await world.reader.slash(world.channel, "privacy")
    assert "\n- 1 question that you wait for" in text(privacy.response)
    await world.reader.click(mine.response, custom_id=desk_button(mine.response, "Stop waiting"))
    assert texts(mine.response) == ["You wait for no question."] and of_reader(world) == []


async def test_forget_me_and_a_deleted_question_end_the_wait(world: World) -> None:
    reply = await not_found(world)
    await wait_for(world, reply)
    await wait_for(world, reply, world.admin)
    page = await world.admin.slash(world.channel, "privacy")
    await world.admin.click(page.response, custom_id="pullquote:forget-me")
    assert text(page.response) == "Done. Deleted: 0 answers, 0 votes. You wait for 1 question less."
    assert waits(world).count() == 1
    (asked,) = [message for message in world.channel.history() if message.author.id == world.reader.id]
    await world.reader.delete(asked)
    assert waits(world).count() == 0


async def test_a_strangers_press_is_their_own_and_nobody_ends_anothers_wait(world: World) -> None:
    reply = await not_found(world)
    mine = await wait_for(world, reply)
    theirs = await wait_for(world, reply, world.admin)
    (wait,) = of_reader(world)
    assert waits(world).find(wait.id, world.admin.id) is None
    await world.admin.click(theirs.response, custom_id=desk_button(theirs.response, "Stop waiting"))
    assert [one.id for one in of_reader(world)] == [wait.id]
    again = await wait_for(world, reply)
    assert text(again.response) == text(mine.response) and len(of_reader(world)) == 1


async def test_editors_see_how_many_wait_for_what_and_those_of_another_server_do_not(world: World) -> None:
    reply = await not_found(world)
    await wait_for(world, reply)
    await wait_for(world, reply, world.admin)
    page = await world.admin.slash(world.channel, "insights", csv=True)
    assert f"**1×** {QUESTION}\n-# 2 readers wait for it" in text(page.response)
    assert str(world.reader.id) not in text(page.response)
    (file,) = [one for one in page.response.attachments if one.filename == "questions.csv"]
    rows = list(csv.reader(io.StringIO((await file.read()).decode("utf-8-sig"), newline="")))
    assert rows[0][-1] == "waiting" and rows[1][2] == QUESTION and rows[1][-1] == "2"
    other = world.env.create_guild("The Harbour Post")
    desk = other.create_text_channel("desk")
    role = other.create_role("Editors", permissions=discord.Permissions(manage_guild=True))
    editor = other.add_member(world.env.create_user("otto"), roles=[role])
    elsewhere = await editor.slash(desk, "insights")
    assert "wait for it" not in text(elsewhere.response)


async def test_articles_of_another_server_and_articles_about_something_else_tell_nobody(world: World) -> None:
    reply = await not_found(world)
    await wait_for(world, reply)
    await world.env.advance_time(LOOKED)
    other = world.env.create_guild("The Harbour Post")
    world.bot.services.libraries.own_or_create(other.id).update([FERRY])
    base(world).update([Article("school", "The school", "The school in Elmouth got a new roof in 1998.")])
    await world.env.advance_time(LOOKED)
    assert sent(world) == [reply] and len(of_reader(world)) == 1
    world.bot.services.libraries.own_or_create(world.guild.id).update([FERRY])
    await world.env.advance_time(LOOKED)
    assert quotes(world.last) == [SENTENCE]


async def test_whoever_keeps_waiting_is_told_of_other_articles_only(world: World) -> None:
    await wait_for(world, await not_found(world))
    base(world).update([FERRY])
    await world.env.advance_time(LOOKED)
    told = world.last
    await world.reader.click(told, custom_id=buttons(told)[Action.AGAIN])
    assert len(of_reader(world)) == 1
    base(world).update([Article("inn", "The inn", "The inn has a new sign.")])
    await world.env.advance_time(LOOKED)
    assert world.last.id == told.id
    better = "The ferry was sold to Ada Brandt by Tom Harrow, who sold it for nine pounds."
    base(world).update([Article("harrow", "Who sold the ferry", better)])
    base(world).remove("ferry")
    await world.env.advance_time(LOOKED)
    assert quotes(world.last)[0] == better and world.last.id != told.id


async def test_who_waits_is_told_the_answer_to_the_question_as_it_was_edited(world: World) -> None:
    first = await world.mention("Who selled Ada Brandt the fery?")
    await wait_for(world, first)
    other = await wait_for(world, first, world.admin)
    await world.reader.edit(world.channel.history()[0], f"{world.me} {QUESTION}")
    assert world.last.id == first.id and texts(world.last)[-1] == (
        "-# The question was edited. Whoever waits for an answer is told when articles answer it as it is now."
    )
    listed = text((await world.reader.slash(world.channel, "waiting")).response)
    assert QUESTION in listed and "fery" not in listed
    await world.restart()
    stopped = await world.admin.click(other.response, label="Stop waiting")  # type: ignore[attr-defined]
    assert text(stopped.response) == "I wait no longer, and have forgotten that you asked me to."
    base(world).update([FERRY])
    await world.env.advance_time(LOOKED)
    told = world.last
    assert told.id != first.id and quotes(told) == [SENTENCE]
    assert texts(told)[0].startswith(f"<@{world.reader.id}>, you asked me to tell you")
    assert texts(told)[1] == f"-# {QUESTION}" and waits(world).count() == 0


async def test_many_who_wait_in_one_channel_are_told_directly_from_the_fourth_on(world: World) -> None:
    reply = await not_found(world)
    for number in range(4):
        person = world.guild.add_member(world.env.create_user(f"reader{number}"))
        pressed = await wait_for(world, reply, person)
        assert ("direct message" in text(pressed.response).splitlines()[0]) == (number == 3)
    refused = await person.click(pressed.response, custom_id=desk_button(pressed.response, "Here instead"))
    assert "3 others are told about this question here already" in text(refused.followups[0])
    base(world).update([FERRY])
    await world.env.advance_time(LOOKED)
    assert len([one for one in sent(world) if quotes(one)]) == 3
    assert quotes(person.user.dm_channel.last_message) == [SENTENCE]


async def test_an_answered_question_has_no_such_button(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    assert Action.WAIT not in buttons(answer)
    limited = await world.reader.slash(world.channel, "ask", question=QUESTION, until="2020-01-01")
    assert Action.WAIT not in buttons(limited.response)


async def test_no_name_or_number_of_who_waits_stands_in_the_files(world: World) -> None:
    await wait_for(world, await not_found(world))
    folder = world.bot.services.settings.data_dir
    held = b"".join(file.read_bytes() for file in folder.glob("records.*"))
    assert str(world.reader.id).encode() not in held and world.reader.id.to_bytes(8) not in held
    assert QUESTION.encode() not in held
    assert re.search(rb"waiting", held)
