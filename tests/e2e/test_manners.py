"""How the bot behaves when there is too much, when it is not allowed, when Discord fails and when it must stop."""

import asyncio
import contextlib
import re
import sqlite3
import threading
from datetime import UTC, datetime

import discord
import pytest
from simcord.backend.models.message import MessageSticker
from simcord.builders import ChannelHandle

from bot.asking import delivery
from bot.asking.messages import FOLLOW_UP_MINUTES
from bot.services.opened import THREADS
from bot.storage.database import DATABASE
from bot.ui import sending as messages
from index import Article, Library
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.world import Message, World, buttons, in_bold, quotes, text, texts, until


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "PAUSES", (0.01, 0.01))
    monkeypatch.setattr(delivery, "PATIENCE", (0.01,))


def sent(world: World) -> list[discord.Message]:
    """What the bot said in the channel, as the reader sees it."""
    seen = world.channel.history(viewer=world.reader)
    return [message for message in seen if message.author == world.bot.user]


# What asks nothing


@pytest.fixture
def ask_channel(world: World) -> ChannelHandle:
    """The channel, where every message is a question."""
    world.bot.services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
    return world.channel


def reactions(channel: ChannelHandle) -> list[list[str]]:
    """The reactions to each message in the channel."""
    return [[str(one.emoji) for one in message.reactions] for message in channel.history()]


NOTEBOOK = "for example about “From the notebook: what we know so far, in order”. `/about` says what I am."
HELLO = f"Hello! Ask me a question about our articles, {NOTEBOOK}"
HINT = f"Ask me a question about our articles, in plain words, {NOTEBOOK}"
WELCOME = "You are welcome! Ask me more about our articles at any time."
QUOTING = f"I answer with sentences of our articles, word for word. Ask me a question, {NOTEBOOK}"

SMALL_TALK = [
    "thanks all", "thank you!", "hello", "hi", "Good morning", "lol", "haha", "ok", "👍", "🎉🎉", "https://example.org/quay",
    "brb", "same here", "nice one", "loooool 😂", "Danke euch!", "hola a todos", "merci", "günaydın", "안녕하세요",
    "谢谢", "こんにちは", "???", "hi anna", "<:gazette:1456074443980800010>",
]  # fmt: skip


async def test_in_an_ask_channel_small_talk_gets_no_answer_at_all(world: World, ask_channel: ChannelHandle) -> None:
    for said in SMALL_TALK:
        await world.reader.send(ask_channel, said)
    await world.reader.send(ask_channel, attachments=[("quay.png", b"a picture")])
    await world.reader.send(ask_channel, "lol", attachments=[("quay.png", b"a picture")])
    await world.reader.forward(ask_channel.history()[0], ask_channel)
    backend = world.env.backend
    backend.create_message(ask_channel.id, world.reader.id, "", stickers=[MessageSticker(1, "wave", 1, world.guild.id)])
    await world.env.settle()
    assert [message.author.name for message in ask_channel.history()] == ["ada"] * (len(SMALL_TALK) + 4)
    assert not any(reactions(ask_channel))
    assert not [request for request in world.env.http_requests if request.path.startswith("/channels/")]
    assert kept(world) == 0


@pytest.mark.parametrize(
    "said",
    [
        f"lol {LEE_QUESTION}",
        f"hi, {LEE_QUESTION}",
        f"https://example.org/quay {LEE_QUESTION}",
        f"Good morning all 🙂 {LEE_QUESTION} thanks!",
    ],
)
async def test_a_question_among_small_talk_is_answered(world: World, ask_channel: ChannelHandle, said: str) -> None:
    await world.reader.send(ask_channel, said)
    assert quotes(world.last)[0] == LEE_ASKED


@pytest.mark.settings(cooldown_seconds=10)
async def test_thanks_for_an_answer_get_a_reaction_and_no_words(world: World, ask_channel: ChannelHandle) -> None:
    await world.reader.send(ask_channel, LEE_QUESTION)
    await world.admin.send(ask_channel, "thanks all")  # who asked nothing
    await world.reader.send(ask_channel, "lol")
    await world.reader.send(ask_channel, "Thank you so much! 🎉")
    assert reactions(ask_channel) == [[], [], [], [], ["🙏"]]
    await world.reader.send(ask_channel, "and thanks again")
    await world.reader.send(ask_channel, "thanks")  # once in a cooldown
    assert len(sent(world)) == 1 and kept(world) == 1


async def test_after_some_minutes_thanks_are_for_somebody_else(world: World, ask_channel: ChannelHandle) -> None:
    await world.reader.send(ask_channel, LEE_QUESTION)
    await world.env.advance_time(FOLLOW_UP_MINUTES * 60 + 5)
    await world.reader.send(ask_channel, "thanks")
    assert reactions(ask_channel) == [[], [], []]


async def test_thanks_in_reply_to_an_answer_or_in_its_thread_get_a_reaction_in_any_channel(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    await world.admin.send(world.channel, "Thanks, bot!", reply_to=answer)
    await world.admin.send(world.channel, "haha", reply_to=answer)
    assert reactions(world.channel) == [[], [], ["🙏"], []]
    assert len(sent(world)) == 1
    await answer.create_thread(name="Lee and Xi")
    (thread,) = world.channel.threads
    for said in ("hi all", "merci !"):
        await world.reader.send(thread, said)
    assert reactions(thread)[-2:] == [[], ["🙏"]]
    assert [message.author.name for message in thread.history()][-2:] == ["ada", "ada"]


@pytest.mark.parametrize("denied", ["add_reactions", "read_message_history"])
async def test_where_the_bot_may_not_react_thanks_get_silence(world: World, denied: str) -> None:
    channel = await _channel_without(world, denied)
    world.bot.services.server_settings.add_ask_channel(world.guild.id, channel.id)
    await world.reader.send(channel, LEE_QUESTION)
    await world.reader.send(channel, "thanks!")
    assert [message.author.name for message in channel.history()] == ["ada", "TestBot", "ada"]
    assert not [request for request in world.env.http_requests if "/reactions/" in request.path]


@pytest.mark.parametrize(("status", "code"), [(403, 90001), (403, 50013), (404, 10008), (500, 0)])
async def test_a_reaction_that_fails_is_not_spoken_of(
    world: World, ask_channel: ChannelHandle, caplog: pytest.LogCaptureFixture, status: int, code: int
) -> None:
    await world.reader.send(ask_channel, LEE_QUESTION)
    world.env.inject_error("PUT", "/channels/*/messages/*/reactions/*/@me", status=status, code=code, times=None)
    await world.reader.send(ask_channel, "thanks!")  # 90001: this person has blocked the bot
    assert len(sent(world)) == 1 and not any(reactions(ask_channel))
    assert world.env.errors == []
    assert [record for record in caplog.records if record.name.startswith("bot")] == []


@pytest.mark.settings(cooldown_seconds=10)
@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("hello", HELLO),
        ("Guten Morgen!", HELLO),
        ("thanks all", WELCOME),
        ("lol", HINT),
        ("👍", HINT),
        ("https://example.org/quay", HINT),
        ("who are you?", QUOTING),
        ("write a poem about Lee", QUOTING),
    ],
)
async def test_who_asks_the_bot_nothing_is_told_how_to_ask_in_a_line(world: World, said: str, answered: str) -> None:
    assert text(await world.mention(said)) == answered
    await world.reader.user.send_dm(said)
    assert text(world.reader.user.dm_channel.last_message) == answered
    result = await world.reader.slash(world.channel, "ask", question=said)
    assert result.ephemeral and text(result.response) == answered
    assert kept(world) == 0
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED, "that started no cooldown"


async def test_an_order_in_an_ask_channel_is_for_the_bot(world: World, ask_channel: ChannelHandle) -> None:
    await world.reader.send(ask_channel, "can you write a poem about Lee?")
    assert text(world.last) == QUOTING
    assert kept(world) == 0


async def test_the_example_is_the_newest_article_of_the_server_and_shows_to_the_letter(world: World) -> None:
    own = world.bot.services.libraries.own_or_create(world.guild.id)
    own.update(
        [
            Article(
                "quay",
                "The *new* quay <@1> " + "and what it costs " * 9,
                "It is dear.",
                published=datetime(2026, 6, 1, tzinfo=UTC),
            )
        ]
    )
    assert text(await world.mention("hi")).startswith(
        "Hello! Ask me a question about our articles, for example about “The \\*new\\* quay \\<\\@1\\> and what it"
    )
    await world.reader.user.send_dm("hi")
    assert text(world.reader.user.dm_channel.last_message) == HELLO


@pytest.mark.settings(cooldown_seconds=10)
async def test_nobody_fills_a_channel_with_greetings(world: World) -> None:
    for _ in range(3):
        await world.reader.send(world.channel, f"{world.me} hello")
    assert [text(message) for message in sent(world)] == [HELLO]
    await world.env.advance_time(11)
    assert text(await world.mention("thanks")) == WELCOME


# Too much


@pytest.mark.settings(cooldown_seconds=10)
async def test_who_asks_again_too_soon_is_told_when_once_and_then_answered(world: World) -> None:
    assert quotes(await world.mention(LEE_QUESTION))
    await world.env.advance_time(4)
    assert text(await world.mention(LEE_QUESTION)) == "One question at a time, please: ask again in 6 seconds."
    await world.reader.send(world.channel, f"{world.me} {LEE_QUESTION}")
    assert len(sent(world)) == 2
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert result.ephemeral and text(result.response) == "One question at a time, please: ask again in 6 seconds."
    world.refused()
    await world.admin.send(world.channel, f"{world.me} {LEE_QUESTION}")
    assert quotes(world.last)[0] == LEE_ASKED
    await world.env.advance_time(7)
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED


@pytest.mark.settings(queue_size=1)
async def test_when_the_queue_is_full_everybody_is_told_when_to_come_back(world: World) -> None:
    queue, gate = world.bot.services.queue, threading.Event()
    running = [asyncio.create_task(queue.run(lambda: gate.wait(30))) for _ in range(THREADS + 1)]
    await asyncio.sleep(0)
    busy = r"Many questions are being answered right now; try again in \d seconds?\."
    assert re.fullmatch(busy, text(await world.mention(LEE_QUESTION)))
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert result.ephemeral and re.fullmatch(busy, text(result.response))
    gate.set()
    await asyncio.gather(*running)
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    world.refused()


async def test_a_question_of_4000_characters_is_refused_in_a_sentence(world: World) -> None:
    said = "The question has 3,999 characters, and at most 1,000 are read; ask it in fewer words."
    result = await world.reader.slash(world.channel, "ask", question="why " * 1000)
    assert text(result.response) == said
    await world.reader.user.send_dm("why " * 500)  # as much as a message may hold without Nitro
    assert text(world.reader.user.dm_channel.last_message) == said.replace("3,999", "1,999")
    world.refused()


async def test_an_answer_too_long_for_a_message_is_given_in_whole_sentences(world: World) -> None:
    sentences = [f"Gate {n} of the harbour opens at dawn, {'and a boat leaves, ' * 45}as it does." for n in range(8)]
    world.bot.services.libraries.base.update([Article("gates", "The gates", "\n\n".join(sentences))])
    answer = await world.mention("Which gate opens at dawn?")
    shown = quotes(answer)
    assert shown[0] in sentences and all(quote in sentences or not quote.startswith("Gate") for quote in shown)
    assert sum(map(len, texts(answer))) <= 4000
    small = [line for line in text(answer).splitlines() if line.startswith(("-# Before: ", "-# After: "))]
    assert all(line.endswith("as it does.") for line in small if "Gate" in line)


HOSTILE = (
    "The mayor of Quillport @everyone said <@1> that [a free gift](https://evil.example) waits `here` ||now||. "
    "\u202eHe said\u2066 it twice **loudly**\u200b, and # left <#5> at ~~ten~~ noon.\n\n"
    "```\nThe mayor of Quillport is Odd Nansen.\n```\n> -# The mayor of Quillport <t:0:R> was born in @here 1950."
)


async def test_article_text_full_of_markup_pings_nobody_links_nowhere_and_shows_to_the_letter(world: World) -> None:
    title = "Mayor [x](https://evil.example) @everyone"
    world.bot.services.libraries.base.update([Article("mayor", title, HOSTILE, author="<@2> `root`")])
    answer = await world.mention("What did the mayor of Quillport say about a free gift?")
    said = text(answer)
    assert quotes(answer)[0] == HOSTILE.split(". ")[0] + "."
    for mark in ("@everyone", "<@", "[a free", "`here", "||now", "~~ten", "<#5", "<t:0"):
        assert not re.search(r"(?<!\\)" + re.escape(mark), said), mark
    assert "](https://evil" not in said and "\u202e" not in said and "\u2066" not in said
    assert answer.mentions == [world.reader.member or answer.mentions[0]] and not answer.mention_everyone


# Not allowed


@pytest.mark.parametrize("denied", ["send_messages", "view_channel"])
async def test_where_the_bot_may_not_write_it_does_nothing_and_nothing_breaks(world: World, denied: str) -> None:
    channel = await _channel_without(world, denied)
    await world.reader.send(channel, f"{world.me} {LEE_QUESTION}")
    assert [message.author.name for message in channel.history()] == ["ada"]
    assert world.env.errors == []


async def test_without_the_history_it_answers_without_a_reference(world: World) -> None:
    channel = await _channel_without(world, "read_message_history")
    await world.reader.send(channel, f"{world.me} {LEE_QUESTION}")
    answer = channel.last_message
    assert quotes(answer)[0] == LEE_ASKED
    assert answer and answer.reference is None


async def _channel_without(world: World, permission: str) -> ChannelHandle:
    channel = world.guild.create_text_channel("quiet")
    found = world.bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    await found.set_permissions(found.guild.me, **{permission: False})
    return channel


@pytest.mark.parametrize("command", ["add", "remove", "list"])
async def test_settings_are_for_those_who_manage_the_server(world: World, command: str) -> None:
    options = {} if command == "list" else {"channel": world.channel}
    with pytest.raises(Exception, match="settings"):  # Discord does not even offer it
        await world.reader.slash(world.channel, f"settings ask-channel {command}", **options)
    # An admin of Discord's may allow it to everyone; the bot checks for itself.
    settings = {c.name: c for c in await world.bot.tree.fetch_commands()}["settings"]
    world.guild.set_command_permissions(settings.id, {world.reader: True})
    result = await world.reader.slash(world.channel, f"settings ask-channel {command}", **options)
    assert result.ephemeral and text(result.response) == "That takes the permission Manage Server."
    assert world.bot.services.server_settings.ask_channels() == []
    world.refused()


async def test_readers_are_offered_what_is_for_them_in_a_server_and_in_direct_messages(world: World) -> None:
    everywhere = {"about", "ask", "corrections", "privacy", "verify quote", "waiting"}
    assert set(world.reader.available_commands(world.channel)) == everywhere
    assert set(world.reader.user.available_commands()) == everywhere
    assert "settings ask-channel add" in world.admin.available_commands(world.channel)


async def test_ask_channels_are_added_listed_and_removed(world: World) -> None:
    async def say(command: str, **options: object) -> str:
        result = await world.admin.slash(world.channel, f"settings ask-channel {command}", **options)
        assert result.ephemeral
        return text(result.response)

    here = world.channel
    assert await say("list") == "### Ask channels\nNone yet: `/settings ask-channel add` names one."
    assert await say("add", channel=here) == (
        f"### Ask channels\nEvery message in {here.mention} is a question from now on."
    )
    assert await say("list") == f"### Ask channels\n{here.mention}."
    closed = await _channel_without(world, "send_messages")
    assert await say("add", channel=closed) == (
        f"### Ask channels\nEvery message in {closed.mention} is a question from now on. But I may not write there: "
        "give me View Channel and Send Messages in it."
    )
    await say("remove", channel=closed)
    said = await say("remove", channel=here)
    assert said == f"### Ask channels\nIn {here.mention} I answer only where I am mentioned."
    assert await say("list") == "### Ask channels\nNone yet: `/settings ask-channel add` names one."


# Discord fails


POSTED = "/channels/*/messages"
CALLBACK = "/interactions/*/callback"
ORIGINAL = "/webhooks/*/messages/@original"


async def test_a_500_on_typing_or_on_the_reply_loses_no_answer(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/typing", status=500)
    world.env.inject_error("POST", POSTED, status=503)
    answer = await world.mention(LEE_QUESTION)
    assert quotes(answer)[0] == LEE_ASKED
    assert len(sent(world)) == 1
    assert world.bot.services.answers.answer_in(answer.id)


@pytest.mark.parametrize(("method", "path"), [("POST", CALLBACK), ("PATCH", ORIGINAL)])
async def test_a_500_on_any_call_of_slash_ask_loses_no_answer(world: World, method: str, path: str) -> None:
    world.env.inject_error(method, path, status=500)
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert quotes(result.response)[0] == LEE_ASKED


@pytest.mark.parametrize(("method", "path"), [("POST", CALLBACK), ("PATCH", ORIGINAL)])
async def test_a_500_on_any_call_of_a_button_loses_nothing(world: World, method: str, path: str) -> None:
    answer = await world.mention(LEE_QUESTION)
    world.env.inject_error(method, path, status=500)
    result = await world.reader.click(answer, custom_id=buttons(answer)["context"])
    assert in_bold(result.response) == [LEE_ASKED]


async def test_a_500_on_what_a_vote_is_answered_with_is_tried_again(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    world.env.inject_error("POST", "/webhooks/*/*", status=500)
    result = await world.reader.click(answer, custom_id=buttons(answer)["up"])
    assert text(result.response) == "Thanks, noted that it helped. The other button changes it, 👍 or 👎."


async def test_a_500_on_delete_is_tried_again(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=500)
    await world.reader.context_menu(world.channel, "Delete this answer", answer)
    assert answer.id not in [message.id for message in sent(world)]


async def test_where_discord_stays_down_the_answer_is_forgotten_and_the_next_is_given(world: World) -> None:
    world.env.inject_error("POST", POSTED, status=500, times=9)
    await world.reader.send(world.channel, f"{world.me} {LEE_QUESTION}")
    assert sent(world) == []
    assert world.env.errors == []
    assert kept(world) == 0
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED


async def test_where_discord_is_down_for_longer_the_answer_is_sent_later_and_once(world: World) -> None:
    world.env.inject_error("POST", POSTED, status=503, times=4)
    await world.reader.send(world.channel, f"{world.me} {LEE_QUESTION}")
    (answer,) = sent(world)
    assert quotes(answer)[0] == LEE_ASKED
    assert world.bot.services.answers.answer_in(answer.id) and kept(world) == 1


@pytest.mark.settings(cooldown_seconds=10)
async def test_a_message_that_discord_brings_twice_is_answered_once(world: World) -> None:
    backend = world.env.backend
    backend.create_message(world.channel.id, world.reader.id, f"{world.me} {LEE_QUESTION}")
    *_, brought = (payload for _, event, payload in backend.transcript if event == "MESSAGE_CREATE")
    backend.emit("MESSAGE_CREATE", brought)
    await world.env.settle()
    (answer,) = sent(world)
    assert quotes(answer)[0] == LEE_ASKED and kept(world) == 1


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("POST", CALLBACK, 10062), ("PATCH", ORIGINAL, 10008), ("PATCH", ORIGINAL, 10015)],
    ids=["unknown interaction", "unknown message", "unknown webhook"],
)
async def test_a_404_on_slash_ask_leaves_nothing_behind_and_no_traceback(
    world: World, method: str, path: str, code: int
) -> None:
    world.env.inject_error(method, path, status=404, code=code, times=None)
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    world.refused(discord.NotFound)
    said = [text(message) for message in sent(world)]
    assert all("went wrong" in words and "Traceback" not in words for words in said)
    assert kept(world) == 0
    assert result.response is None or not quotes(result.response)


@pytest.mark.parametrize(("method", "path"), [("POST", CALLBACK), ("PATCH", ORIGINAL), ("DELETE", ORIGINAL)])
@pytest.mark.parametrize("action", ["context", "up", "delete"])
async def test_a_404_on_a_button_breaks_nothing(world: World, method: str, path: str, action: str) -> None:
    answer: Message | None = await world.mention(LEE_QUESTION)
    if action == "delete":
        answer = (await world.reader.click(answer, custom_id=buttons(answer)["context"])).response
    assert answer
    world.env.inject_error(method, path, status=404, code=10008)
    await world.reader.click(answer, custom_id=buttons(answer)[action])
    assert world.env.errors == []
    await world.env.settle()
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED


async def test_commands_that_discord_does_not_take_are_told_again_at_the_next_start(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    file = world.bot.services.settings.data_dir / "commands.json"
    file.unlink()
    world.env.inject_error("PUT", "/applications/*/commands", status=500)
    await world.restart()
    assert "Discord did not take the commands" in caplog.text
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    assert not file.exists()
    await world.restart()
    assert file.exists()


async def test_a_404_on_the_reply_breaks_nothing(world: World) -> None:
    world.env.inject_error("POST", POSTED, status=404, code=10003, times=None)
    await world.reader.send(world.channel, f"{world.me} {LEE_QUESTION}")
    assert world.env.errors == []
    assert kept(world) == 0


async def test_a_question_that_is_deleted_meanwhile_gets_no_answer_and_leaves_no_record(world: World) -> None:
    queue, gate = world.bot.services.queue, threading.Event()
    held = [asyncio.create_task(queue.run(lambda: gate.wait(30))) for _ in range(THREADS)]
    backend = world.env.backend
    question = backend.create_message(world.channel.id, world.reader.id, f"{world.me} {LEE_QUESTION}")
    await until(lambda: queue.waiting)
    backend.delete_message(world.channel.id, question.id)
    gate.set()
    await asyncio.gather(*held)
    await world.env.settle()
    assert world.channel.history() == [] and kept(world) == 0


def kept(world: World) -> int:
    """How many answers are on record."""
    with contextlib.closing(sqlite3.connect(world.bot.services.settings.data_dir / DATABASE)) as connection:
        return int(connection.execute("SELECT count(*) FROM answers").fetchone()[0])


# What nobody expected


async def test_an_unexpected_error_gives_the_reader_a_reference_that_stands_in_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(Library, "ask", broken)
    said = [text(await world.mention(LEE_QUESTION))]
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert result.response is None and result.followups[-1].ephemeral
    said.append(text(result.followups[-1]))
    for words in said:
        found = re.fullmatch(
            r"Something went wrong on my side\. The bot's operator finds it in the log as (\w{8})\.",
            words,
        )
        assert found, words
        assert f"Reference {found[1]}: the secret inside" in caplog.text
    world.refused(RuntimeError)


async def test_a_damaged_library_of_a_server_names_no_folder_to_its_readers(world: World) -> None:
    own = world.bot.services.settings.data_dir / "servers" / str(world.guild.id)
    own.mkdir(parents=True)
    (own / "library.sqlite3").write_bytes(b"no database" * 1000)
    said = text(await world.mention(LEE_QUESTION))
    assert said.startswith("Something went wrong") and str(own) not in said
    await world.reader.user.send_dm(LEE_QUESTION)
    assert quotes(world.reader.user.dm_channel.last_message)[0] == LEE_ASKED


# The end


async def test_a_stop_finishes_what_is_under_way_and_takes_on_nothing_more(world: World) -> None:
    queue, gate = world.bot.services.queue, threading.Event()
    held = [asyncio.create_task(queue.run(lambda: gate.wait(30))) for _ in range(THREADS)]
    world.env.backend.create_message(world.channel.id, world.reader.id, f"{world.me} {LEE_QUESTION}")
    await until(lambda: queue.waiting)
    stopping = asyncio.create_task(world.bot.wind_down(60))
    await until(lambda: world.bot.services.shutdown.has_begun)
    world.env.backend.create_message(world.channel.id, world.admin.id, f"{world.me} {LEE_QUESTION}")
    await until(lambda: sent(world))
    assert text(world.last) == "I am being restarted; ask again in a minute."
    assert not stopping.done()
    gate.set()
    await asyncio.gather(*held, stopping)
    await world.env.settle()
    assert quotes(world.last)[0] == LEE_ASKED


async def test_an_answer_under_way_does_not_hold_up_a_stop_for_ever(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with world.bot.services.shutdown.one():
        await world.bot.wind_down(0.05)
    assert "Stopping before all questions were answered: it took more than 0.05 seconds." in caplog.text
