"""Where people ask: posts, threads, among talk, with edits, in places that are deleted, and where the bot is not."""

import asyncio
import contextlib
import sqlite3
import threading

import discord
import pytest
from simcord import interactions
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.asking.reply import Action
from bot.services.opened import THREADS
from bot.storage.database import DATABASE
from index import Article
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.world import World, buttons, quotes, text, texts, until

SHANGHAI_QUESTION = "Where did Lee speak to reporters?"
AND_XI = "and what was Xi's reply?"
XI_URGED = "Xi is reported to have urged patience in any talks that concern North Korea, which has nuclear weapons."


def kept(world: World, table: str = "answers") -> int:
    """How many answers, or rows of another table, are on record."""
    with contextlib.closing(sqlite3.connect(world.bot.services.settings.data_dir / DATABASE)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def said_by_bot(world: World, channel: ChannelHandle) -> list[discord.Message]:
    """The bot's messages in a channel."""
    written = (discord.MessageType.default, discord.MessageType.reply)
    return [one for one in channel.history() if one.author == world.bot.user and one.type in written]


@pytest.fixture
def forum(world: World) -> ChannelHandle:
    """A forum where every post is a question."""
    forum = world.guild.create_forum_channel("ask-us")
    world.bot.services.server_settings.add_ask_channel(world.guild.id, forum.id)
    return forum


async def post(world: World, by: MemberActor, forum: ChannelHandle, title: str, said: str) -> ChannelHandle:
    """A person's new post. SimCord makes posts for bots alone, so Discord's two events are sent here."""
    backend = world.env.backend
    thread = backend.create_thread(forum.id, title, by.id, broadcast=False)
    picture = [] if said else backend.store_attachments(thread.id, [("quay.png", b"a picture")])
    first = backend.prepare_message(thread.id, by.id, said, attachments=picture)
    first.id = thread.id
    backend.commit_message(first, broadcast=False)
    backend.announce_thread_create(thread)
    backend.announce_message_create(first)
    await world.env.settle()
    return ChannelHandle(world.env, world.guild, thread)


async def deny(world: World, forum: ChannelHandle, permission: str) -> None:
    """Take a permission from the bot in a forum."""
    found = world.bot.get_channel(forum.id)
    assert isinstance(found, discord.ForumChannel)
    await found.set_permissions(found.guild.me, **{permission: False})


# Posts


async def test_an_admin_adds_a_forum_and_a_post_is_answered_in_it_before_and_after_a_restart(world: World) -> None:
    forum = world.guild.create_forum_channel("ask-us")
    result = await world.admin.slash(world.channel, "settings ask-channel add", channel=forum)
    assert text(result.response) == (
        f"### Ask channels\nEvery post in {forum.mention} is a question from now on, and so is every question below it."
    )
    thread = await post(world, world.reader, forum, "Lee and North Korea", "What did Lee ask Xi to do?")
    (answer,) = said_by_bot(world, thread)
    assert quotes(answer)[0] == LEE_ASKED
    await world.restart()
    await world.reader.send(thread, AND_XI)
    assert quotes(thread.last_message)[0] == XI_URGED
    again = await post(world, world.admin, forum, LEE_QUESTION, "Thanks in advance!")
    assert quotes(again.last_message)[0] == LEE_ASKED


async def test_channels_forums_media_channels_and_threads_can_be_chosen(world: World) -> None:
    settings = world.env.backend.commands[None]["settings", discord.AppCommandType.chat_input.value]
    (group,) = [option for option in settings["options"] if option["name"] == "ask-channel"]
    kinds = discord.ChannelType
    for name in ("add", "remove"):
        (command,) = [option for option in group["options"] if option["name"] == name]
        assert {kinds(kind) for kind in command["options"][0]["channel_types"]} == {
            kinds.text, kinds.news, kinds.forum, kinds.media, kinds.public_thread, kinds.private_thread,
            kinds.news_thread,
        }  # fmt: skip


async def test_the_title_is_the_question_where_the_message_adds_nothing(world: World, forum: ChannelHandle) -> None:
    for said in ("see title", "thanks all 🎉", "What did Lee ask Xi?"):
        thread = await post(world, world.reader, forum, LEE_QUESTION, said)
        (answer,) = said_by_bot(world, thread)
        assert quotes(answer)[0] == LEE_ASKED
        record = world.bot.services.answers.answer_in(answer.id)
        assert record and record.question == LEE_QUESTION


async def test_a_reader_follows_up_in_the_post_of_another(world: World, forum: ChannelHandle) -> None:
    thread = await post(world, world.admin, forum, LEE_QUESTION, "")
    await world.reader.send(thread, AND_XI)
    assert quotes(thread.last_message)[0] == XI_URGED
    await world.reader.send(thread, "I think that was a good answer")
    await world.reader.send(thread, "ok cool")
    assert thread.last_message and thread.last_message.author.name == "ada"
    assert len(said_by_bot(world, thread)) == 2


async def test_a_locked_post_is_left_alone_and_an_archived_one_is_answered(world: World, forum: ChannelHandle) -> None:
    backend = world.env.backend
    thread = await post(world, world.reader, forum, LEE_QUESTION, "")
    backend.edit_channel(thread.id, {}, thread_metadata={"archived": True})
    backend.edit_channel(thread.id, {}, thread_metadata={"archived": False})  # as a person's message does
    await world.env.settle()
    await world.reader.send(thread, AND_XI)
    assert quotes(thread.last_message)[0] == XI_URGED
    await deny(world, forum, "manage_threads")
    backend.edit_channel(thread.id, {}, thread_metadata={"locked": True})
    await world.env.settle()
    backend.create_message(thread.id, world.admin.id, "and who spoke in Shanghai?")
    await world.env.settle()
    assert len(said_by_bot(world, thread)) == 2 and world.env.errors == []


async def test_what_the_bot_lacks_in_a_forum_is_said_in_a_sentence(world: World) -> None:
    forum = world.guild.create_forum_channel("closed")
    await deny(world, forum, "send_messages_in_threads")
    result = await world.admin.slash(world.channel, "settings ask-channel add", channel=forum)
    assert text(result.response).endswith(
        "But I may not answer there: give me View Channel and Send Messages in Threads in it."
    )
    thread = await post(world, world.reader, forum, LEE_QUESTION, "")
    assert said_by_bot(world, thread) == [] and world.env.errors == []


async def test_a_thread_can_be_an_ask_channel_while_its_channel_is_none(world: World) -> None:
    start = await world.admin.send(world.channel, "Ask us here")
    await start.create_thread(name="Ask us")
    (thread,) = world.channel.threads
    await world.admin.slash(world.channel, "settings ask-channel add", channel=thread)
    await world.reader.send(thread, LEE_QUESTION)
    assert quotes(thread.last_message)[0] == LEE_ASKED
    await world.reader.send(world.channel, LEE_QUESTION)
    assert said_by_bot(world, world.channel) == []
    world.env.backend.delete_channel(thread.id)
    await world.env.settle()
    assert world.bot.services.server_settings.ask_channels() == [] and kept(world) == 0


async def test_another_servers_forum_is_no_ask_channel_and_its_editor_cannot_make_this_one_none(
    world: World, forum: ChannelHandle
) -> None:
    other = world.env.create_guild("The Quillport Post")
    theirs = other.create_forum_channel("ask-us")
    managers = other.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    stranger = other.add_member(world.env.create_user("otto"), roles=[managers])
    thread = await post(world, stranger, theirs, LEE_QUESTION, "")
    assert said_by_bot(world, thread) == []
    with pytest.raises(Exception, match="belong to this guild"):
        await stranger.slash(other.create_text_channel("lobby"), "settings ask-channel remove", channel=forum)
    assert world.bot.services.server_settings.is_ask_channel(forum.id)


# What asks nothing


@pytest.mark.parametrize(
    "said",
    ["thanks all", "lol", "https://example.org/a", "🎉", "ok cool", "I think the ferry was late again", "Cold today!"],
)
async def test_an_ask_channel_keeps_quiet_for_what_is_no_question(world: World, said: str) -> None:
    world.bot.services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
    await world.reader.send(world.channel, said)
    await world.reader.send(world.channel, "", attachments=[("quay.png", b"a picture")])
    assert said_by_bot(world, world.channel) == [] and kept(world) == 0


async def test_a_bare_phrase_is_answered_only_where_the_articles_have_it(world: World) -> None:
    world.bot.services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
    await world.reader.send(world.channel, "marmalade prices in Oslo")
    assert said_by_bot(world, world.channel) == [] and kept(world) == 0
    await world.reader.send(world.channel, "marmalade prices in Oslo?")
    assert text(world.last).startswith("**")
    await world.reader.send(world.channel, "Lee mediator request to Xi about North Korea")
    assert LEE_ASKED in text(world.last).replace("\\", "")


# Edits


async def test_an_edited_question_is_answered_anew_in_the_same_message(world: World) -> None:
    first = await world.mention(SHANGHAI_QUESTION)
    question = world.channel.history()[0]
    world.bot.services.answers.vote(old_id(world, first), world.admin.id, up=True)
    await world.reader.edit(question, f"{world.me} {LEE_QUESTION}")
    (answer,) = said_by_bot(world, world.channel)
    assert answer.id == first.id and quotes(answer)[0] == LEE_ASKED
    assert kept(world) == 1
    record = world.bot.services.answers.answer_in(answer.id)
    assert record and record.question == LEE_QUESTION and record.asked == question.id
    votes = world.bot.services.answers.votes(record.id)
    assert (votes.up, votes.down) == (0, 0)
    await world.restart()
    result = await world.reader.click(answer, custom_id=buttons(answer)["context"])
    assert LEE_ASKED in text(result.response).replace("\\", "")


def old_id(world: World, message: discord.Message) -> str:
    record = world.bot.services.answers.answer_in(message.id)
    assert record
    return record.id


CHESS, CHESS_MISSPELT = "Who won the chess final in Oslo?", "Who won the chess finale in Olso?"


async def waited_for(world: World, asked: str) -> discord.Message:
    """The reply to a question that finds nothing, for whose answer the reader waits."""
    reply = await world.mention(asked)
    await world.reader.click(reply, custom_id=buttons(reply)[Action.WAIT])
    assert kept(world, "waiting") == 1
    return reply


async def test_who_waited_is_not_told_again_what_answers_the_edited_question_at_once(world: World) -> None:
    await waited_for(world, CHESS)
    await world.reader.edit(world.channel.history()[0], f"{world.me} {LEE_QUESTION}")
    assert quotes(world.last)[0] == LEE_ASKED
    assert texts(world.last)[-1] == (
        "-# The question was edited and this answers it, so whoever waited for an answer waits no more."
    )
    assert kept(world) == 1 and kept(world, "waiting") == 0


async def test_an_edit_says_nothing_of_waiting_where_nobody_waits(world: World) -> None:
    await world.mention(CHESS_MISSPELT)
    await world.reader.edit(world.channel.history()[0], f"{world.me} {CHESS}")
    assert "edited" not in text(world.last) and Action.WAIT in buttons(world.last)


async def test_a_wait_stays_where_the_question_becomes_a_bare_phrase_and_where_the_reply_is_gone(world: World) -> None:
    world.bot.services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
    question = await world.reader.send(world.channel, "marmalade prices in Oslo?")
    first = world.last
    await world.reader.click(first, custom_id=buttons(first)[Action.WAIT])
    await world.reader.edit(question, "marmalade prices in Bergen")
    assert world.last.id == first.id and kept(world) == 1 and kept(world, "waiting") == 1
    world.env.inject_error("PATCH", f"/channels/*/messages/{first.id}", status=404, code=10008)
    await world.reader.edit(question, "marmalade prices in Bergen now?")
    assert world.last.id != first.id and kept(world) == 1 and kept(world, "waiting") == 1


async def test_a_question_that_is_edited_into_none_is_waited_for_no_more(world: World) -> None:
    await waited_for(world, CHESS)
    await world.reader.edit(world.channel.history()[0], f"{world.me} thanks")
    assert said_by_bot(world, world.channel) == [] and kept(world, "waiting") == 0


async def test_an_edit_after_a_restart_is_answered_in_the_same_message(world: World) -> None:
    first = await world.mention(SHANGHAI_QUESTION)
    question = world.channel.history()[0]
    await world.restart()
    await world.reader.edit(question, f"{world.me} {LEE_QUESTION}")
    (answer,) = said_by_bot(world, world.channel)
    assert answer.id == first.id and quotes(answer)[0] == LEE_ASKED and kept(world) == 1


async def test_talk_that_is_edited_into_a_question_is_answered_and_back_is_taken_back(world: World) -> None:
    world.bot.services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
    message = await world.reader.send(world.channel, "I think Lee was in China again")
    assert said_by_bot(world, world.channel) == []
    await world.reader.edit(message, LEE_QUESTION)
    assert quotes(world.last)[0] == LEE_ASKED
    await world.reader.edit(message, "never mind")
    assert said_by_bot(world, world.channel) == [] and kept(world) == 0


async def test_late_edits_previews_and_pins_change_nothing(world: World) -> None:
    first = await world.mention(LEE_QUESTION)
    question = world.channel.history()[0]
    before = len(world.env.http_requests)
    world.env.backend.edit_message(world.channel.id, question.id, {"embeds": [{"title": "A preview", "type": "link"}]})
    world.env.backend.set_pinned(world.channel.id, question.id, True, actor_id=world.admin.id)
    await world.env.settle()
    assert len(world.env.http_requests) == before
    await world.env.advance_time(121)
    before = len(world.env.http_requests)
    await world.reader.edit(question, f"{world.me} {SHANGHAI_QUESTION}")
    assert len(world.env.http_requests) == before
    record = world.bot.services.answers.answer_in(first.id)
    assert record and record.question == LEE_QUESTION


async def test_of_edits_while_the_answer_is_worked_on_the_last_one_wins(world: World) -> None:
    queue, gate = world.bot.services.queue, threading.Event()
    held = [asyncio.create_task(queue.run(lambda: gate.wait(30))) for _ in range(THREADS)]
    backend = world.env.backend
    question = backend.create_message(world.channel.id, world.reader.id, f"{world.me} {SHANGHAI_QUESTION}")
    await until(lambda: queue.waiting)
    for said in ("Who is the mayor of Quillport?", LEE_QUESTION):
        backend.edit_message(world.channel.id, question.id, {"content": f"{world.me} {said}"})
        await asyncio.sleep(0.05)
    gate.set()
    await asyncio.gather(*held)
    await world.env.settle()
    (answer,) = said_by_bot(world, world.channel)
    assert quotes(answer)[0] == LEE_ASKED and kept(world) == 1


async def test_a_question_deleted_while_its_edit_is_worked_on_leaves_nothing(world: World) -> None:
    await world.mention(SHANGHAI_QUESTION)
    question = world.channel.history()[0]
    queue, gate = world.bot.services.queue, threading.Event()
    held = [asyncio.create_task(queue.run(lambda: gate.wait(30))) for _ in range(THREADS)]
    backend = world.env.backend
    backend.edit_message(world.channel.id, question.id, {"content": f"{world.me} {LEE_QUESTION}"})
    await until(lambda: queue.waiting)
    backend.delete_message(world.channel.id, question.id)
    gate.set()
    await asyncio.gather(*held)
    await world.env.settle()
    assert world.channel.history() == [] and kept(world) == 0


async def test_an_edit_whose_answer_is_gone_is_answered_anew(world: World) -> None:
    first = await world.mention(SHANGHAI_QUESTION)
    question = world.channel.history()[0]
    world.env.inject_error("PATCH", f"/channels/*/messages/{first.id}", status=404, code=10008)
    await world.reader.edit(question, f"{world.me} {LEE_QUESTION}")
    assert quotes(world.last)[0] == LEE_ASKED and world.last.id != first.id and kept(world) == 1


async def test_an_edit_of_what_a_webhook_wrote_asks_nothing(world: World) -> None:
    message = await world.guild.create_webhook(world.channel).send(f"{world.me} {SHANGHAI_QUESTION}")
    world.env.backend.edit_message(world.channel.id, message.id, {"content": f"{world.me} {LEE_QUESTION}"})
    await world.env.settle()
    assert kept(world) == 0


@pytest.mark.settings(cooldown_seconds=20)
async def test_an_edit_waits_for_the_cooldown_of_the_one_who_asks(world: World) -> None:
    first = await world.mention(SHANGHAI_QUESTION)
    question = world.channel.history()[0]
    world.env.backend.edit_message(world.channel.id, question.id, {"content": f"{world.me} {LEE_QUESTION}"})
    await world.env.advance_time(10)
    record = world.bot.services.answers.answer_in(first.id)
    assert record and record.question == SHANGHAI_QUESTION
    await world.env.advance_time(11)
    await world.env.settle()
    (answer,) = said_by_bot(world, world.channel)
    assert answer.id == first.id and quotes(answer)[0] == LEE_ASKED and kept(world) == 1


async def test_a_direct_message_that_is_edited_is_answered_anew_and_its_channel_stays_sealed(world: World) -> None:
    user = world.reader.user
    message = await user.send_dm(SHANGHAI_QUESTION)
    await user.edit(message, LEE_QUESTION)
    answer = user.dm_channel.last_message
    assert quotes(answer)[0] == LEE_ASKED and kept(world) == 1 and answer
    record = world.bot.services.answers.answer_in(answer.id)
    assert record and record.channel is None and record.sealed_channel


async def test_a_posts_edited_title_is_answered_anew(world: World, forum: ChannelHandle) -> None:
    thread = await post(world, world.reader, forum, "Where did Lee speak to reporters?", "")
    (first,) = said_by_bot(world, thread)
    world.env.backend.edit_channel(thread.id, {"name": LEE_QUESTION})
    await world.env.settle()
    (answer,) = said_by_bot(world, thread)
    assert answer.id == first.id and quotes(answer)[0] == LEE_ASKED and kept(world) == 1


# Deleted


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_deleted_post_takes_the_records_of_its_answers_with_it(
    world: World, forum: ChannelHandle, restarted: bool
) -> None:
    thread = await post(world, world.reader, forum, LEE_QUESTION, "")
    await world.reader.send(thread, AND_XI)
    await world.mention(LEE_QUESTION)
    assert kept(world) == 3
    if restarted:
        await world.restart()
    world.env.backend.delete_channel(thread.id)
    await world.env.settle()
    assert kept(world) == 1


async def test_a_deleted_channel_takes_the_answers_in_its_threads_with_it(world: World, forum: ChannelHandle) -> None:
    thread = await post(world, world.reader, forum, LEE_QUESTION, "")
    world.env.backend.edit_channel(thread.id, {}, thread_metadata={"archived": True})
    await world.mention(LEE_QUESTION)
    await world.restart()
    world.env.backend.delete_channel(thread.id)  # as Discord does with the threads of a channel
    world.env.backend.delete_channel(forum.id)
    await world.env.settle()
    assert kept(world) == 1


async def test_what_was_deleted_while_the_bot_was_away_is_forgotten_at_its_start(
    world: World, forum: ChannelHandle
) -> None:
    thread = await post(world, world.reader, forum, LEE_QUESTION, "")
    await world.mention(LEE_QUESTION)
    backend = world.env.backend
    del backend.channels[thread.id]
    backend.get_guild(world.guild.id).thread_ids.remove(thread.id)
    await world.restart()
    await world.env.settle()
    assert kept(world) == 1


async def test_a_post_deleted_while_it_is_being_answered_leaves_nothing(world: World, forum: ChannelHandle) -> None:
    queue, gate = world.bot.services.queue, threading.Event()
    held = [asyncio.create_task(queue.run(lambda: gate.wait(30))) for _ in range(THREADS)]
    posting = asyncio.create_task(post(world, world.reader, forum, LEE_QUESTION, "Please tell me"))
    await until(lambda: queue.waiting)
    world.env.backend.delete_channel(forum.threads[0].id)
    gate.set()
    await asyncio.gather(*held, posting)
    await world.env.settle()
    assert kept(world) == 0 and world.env.errors == []


# Elsewhere


async def elsewhere(
    world: World,
    person: MemberActor,
    channel: ChannelHandle,
    data: dict[str, object],
    *,
    message: ResponseMessage | None = None,
    private_chat: bool = False,
) -> InteractionResult:
    """A command, or a button, of a person who has the bot installed for themselves, where it was not taken in."""
    backend, kinds = world.env.backend, discord.InteractionType
    record, payload = interactions.base_payload(
        backend,
        type=(kinds.component if message else kinds.application_command).value,
        channel_id=channel.id,
        guild_id=None if private_chat else channel.guild.id if channel.guild else None,
        user_id=person.id,
        data=data,
    )
    payload["authorizing_integration_owners"] = {"1": str(person.id)}
    payload["context"] = 2 if private_chat else 0
    if message:
        stored = backend.get_message(channel.id, message.id)
        payload["message"], record.source_message_id = dict(serializers.message_payload(backend, stored)), message.id
    backend.emit("INTERACTION_CREATE", payload)
    await world.env.settle()
    return InteractionResult(world.env, record)


def ask_data(world: World, **options: object) -> dict[str, object]:
    """What Discord sends for `/ask`."""
    command = world.env.backend.commands[None]["ask", discord.AppCommandType.chat_input.value]
    kinds = {option["name"]: option["type"] for option in command["options"]}
    given = [{"name": name, "type": kinds[name], "value": value} for name, value in options.items()]
    return {"id": command["id"], "name": "ask", "type": 1, "options": given}


async def test_ask_and_the_message_menu_can_be_installed_by_people_and_nothing_else(world: World) -> None:
    commands = world.env.backend.commands[None].values()
    for_people = {command["name"] for command in commands if 1 in command["integration_types"]}
    assert for_people == {"ask", "Ask about this"}
    assert all(command["integration_types"] for command in commands)
    (ask,) = [command for command in commands if command["name"] == "ask"]
    assert sorted(ask["integration_types"]) == [0, 1] and sorted(ask["contexts"]) == [0, 1, 2]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_person_who_installed_the_bot_is_answered_alone_from_the_base_library(
    world: World, restarted: bool
) -> None:

    own = world.bot.services.libraries.own_or_create(world.guild.id)
    own.update([Article("tides", "The bakery", "Ada Brandt bought the oven from a lighthouse keeper in 2019.")])
    if restarted:
        await world.restart()
    result = await elsewhere(world, world.reader, world.channel, ask_data(world, question=LEE_QUESTION))
    assert result.ephemeral and quotes(result.response)[0] == LEE_ASKED
    shown = await elsewhere(
        world,
        world.reader,
        world.channel,
        {"custom_id": buttons(result.response)["context"], "component_type": 2},
        message=result.response,
    )
    assert LEE_ASKED in text(shown.response).replace("\\", "")
    about = await elsewhere(
        world, world.reader, world.channel, ask_data(world, question="Who sold Ada Brandt the oven?")
    )
    assert "lighthouse" not in text(about.response)
    public = await elsewhere(world, world.reader, world.channel, ask_data(world, question=LEE_QUESTION, private=False))
    assert not public.ephemeral and texts(public.response)[0] == f"-# {LEE_QUESTION}"


async def test_in_a_chat_between_people_the_answer_is_for_the_one_who_asks(world: World) -> None:
    await world.reader.send_dm("hi")
    chat = world.reader.user.dm_channel
    result = await elsewhere(world, world.reader, chat, ask_data(world, question=LEE_QUESTION), private_chat=True)
    assert result.ephemeral and quotes(result.response)[0] == LEE_ASKED
    direct = await world.reader.user.slash("ask", question=LEE_QUESTION)
    assert not direct.ephemeral and quotes(direct.response)[0] == LEE_ASKED
