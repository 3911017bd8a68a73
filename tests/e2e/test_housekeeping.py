"""What is kept goes in time: old answers, and the data of servers that were left, but not of those that are away."""

import discord
import pytest
from simcord.backend import serializers

from index import Article, Library
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_QUESTION, TIDES
from tests.e2e.world import World, quotes, text

DAY = 24 * 3600


def give_own_library(world: World) -> None:
    """An article of the server's own."""
    place = world.bot.services.settings.data_dir / "servers" / str(world.guild.id)
    with Library.open(place, load_encoder=lambda: world.encoder) as own:
        own.update([Article("tides", "The bakery", TIDES.split("---")[2])])


async def answers_from_its_own(world: World) -> bool:
    return BAKERY_ANSWER in quotes(await world.mention(BAKERY_QUESTION))


async def test_a_server_that_was_left_keeps_its_data_for_its_days_and_loses_it_then(world: World) -> None:
    give_own_library(world)
    assert await answers_from_its_own(world)
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    guild, questions = world.bot.get_guild(world.guild.id), world.bot.questions
    assert guild
    await guild.leave()
    await world.env.settle()
    await world.env.advance_time(29.5 * DAY)
    assert questions.libraries.servers() == [guild.id]
    assert questions.preferences.ask_channels() == [world.channel.id]
    await world.env.advance_time(1 * DAY)
    assert questions.libraries.servers() == []
    assert questions.preferences.ask_channels() == []


async def test_a_server_that_takes_the_bot_in_again_has_its_data(world: World) -> None:
    give_own_library(world)
    guild, backend = world.bot.get_guild(world.guild.id), world.env.backend
    assert guild
    as_joined = dict(serializers.guild_create_payload(backend, backend.guilds[guild.id]))
    del as_joined["unavailable"]  # how Discord tells a server that was joined from one that is back
    await guild.leave()
    await world.env.advance_time(20 * DAY)
    backend.emit("GUILD_CREATE", as_joined)
    await world.env.advance_time(20 * DAY)
    assert world.bot.services.libraries.servers() == [guild.id]


async def test_a_server_that_took_the_bot_in_again_while_it_was_away_has_its_data(world: World) -> None:
    give_own_library(world)
    left = world.env.backend.guilds[world.guild.id]
    world.env.backend.guilds.pop(left.id)
    await world.restart()  # it notices that the server is gone
    await world.env.advance_time(20 * DAY)
    world.env.backend.guilds[left.id] = left
    await world.env.advance_time(9.9 * DAY)
    await world.restart()
    await world.env.advance_time(20 * DAY)
    assert world.bot.services.libraries.servers() == [world.guild.id]


async def test_an_unavailable_server_is_not_a_left_one(world: World) -> None:
    give_own_library(world)
    await world.mention(LEE_QUESTION)
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id), "unavailable": True})
    await world.env.advance_time(90 * DAY)
    assert world.bot.services.libraries.servers() == [world.guild.id]


async def test_a_server_that_was_left_while_the_bot_was_away_is_noticed(world: World) -> None:
    give_own_library(world)
    await world.mention(LEE_QUESTION)
    world.env.backend.guilds.pop(world.guild.id)
    await world.restart()
    await world.env.advance_time(31 * DAY)
    assert world.bot.services.libraries.servers() == []


@pytest.mark.settings(records_days=3)
async def test_answers_go_after_their_days_without_a_restart(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    await world.env.advance_time(2.9 * DAY)
    assert world.bot.services.answers.answer_in(answer.id)
    await world.env.advance_time(0.5 * DAY)
    assert world.bot.services.answers.answer_in(answer.id) is None


async def test_a_servers_own_articles_answer_there_and_neither_elsewhere_nor_in_direct_messages(world: World) -> None:
    give_own_library(world)
    assert await answers_from_its_own(world)
    other = world.env.create_guild("Elsewhere")
    channel = other.create_text_channel("general")
    stranger = other.add_member(world.env.create_user("eve"))
    await stranger.send(channel, f"{world.me} {BAKERY_QUESTION}")
    assert channel.last_message and BAKERY_ANSWER not in quotes(channel.last_message)
    await world.reader.user.send_dm(BAKERY_QUESTION)
    assert BAKERY_ANSWER not in quotes(world.reader.user.dm_channel.last_message)
    titles = await stranger.autocomplete(channel, "ask", "article", "bakery", question="x")
    assert titles == []
    result = await stranger.slash(channel, "ask", question=BAKERY_QUESTION, article="tides")
    assert text(result.followups[-1]).startswith("There is no article “tides”")
    world.refused()
    await world.restart()  # nothing of the server's own has been read by now
    result = await world.reader.slash(world.channel, "ask", question=BAKERY_QUESTION, article="tides")
    assert quotes(result.response)[0] == BAKERY_ANSWER


async def test_an_ask_channel_that_is_deleted_is_one_no_more(world: World) -> None:
    channel = world.guild.create_text_channel("questions")
    await world.admin.slash(world.channel, "settings ask-channel add", channel=channel)
    assert world.bot.services.server_settings.ask_channels() == [channel.id]
    found = world.bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    await found.delete()
    await world.env.settle()
    assert world.bot.services.server_settings.ask_channels() == []


async def test_no_direct_message_leaves_the_channel_that_stands_for_its_person(world: World) -> None:
    user = world.reader.user
    await user.send_dm(LEE_QUESTION)
    answer = user.dm_channel.last_message
    assert answer
    record = world.bot.services.answers.answer_in(answer.id)
    assert record and (record.server, record.channel, record.message) == (None, None, answer.id)
    assert world.bot.services.answers.channel_of(record) == user.dm_channel.id
    await world.env.settle()
    for path in world.bot.services.settings.data_dir.glob("records.sqlite3*"):
        held = path.read_bytes()
        for number in (user.id, user.dm_channel.id):
            assert str(number).encode() not in held and number.to_bytes(8, "big") not in held
