"""The buttons below an answer, with the real model: before and after a restart, and pressed by whoever may not."""

import contextlib
import sqlite3
from dataclasses import replace

import discord
import pytest
from simcord import interactions
from simcord.backend import serializers
from simcord.enums import ComponentType, InteractionType

from bot.asking.reply import Action
from bot.storage.answers import Votes
from bot.storage.database import DATABASE
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.world import Message, World, buttons, further, in_bold, labels, quotes, text

NOT_KEPT = "This answer is no longer kept; ask the question again."

BELOW_AN_ANSWER = (Action.CONTEXT, Action.MORE, Action.UP, Action.DOWN)

DELETE = "Delete this answer"

restarts = pytest.mark.parametrize("restarted", [False, True], ids=["at once", "after a restart"])


async def asked(world: World, restarted: bool = False) -> discord.Message:
    """An answer, and perhaps a restart after it."""
    answer = await world.mention(LEE_QUESTION)
    if restarted:
        await world.restart()
    return answer


@restarts
async def test_in_context_shows_the_paragraphs_around_the_quote_to_whoever_pressed(
    world: World, restarted: bool
) -> None:
    answer = await asked(world, restarted)
    result = await world.admin.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert result.ephemeral
    shown = text(result.response)
    assert in_bold(result.response) == [LEE_ASKED]
    assert f"in a constructive spirit. **{LEE_ASKED}** Xi is reported" in shown or f"\n**{LEE_ASKED}** Xi is" in shown
    assert "Lee also voiced unease about the structures that China is building" in shown
    assert "Fans of Korean pop culture, above all, are watching the planned consultations closely." in shown
    assert world.channel.history(viewer=world.reader)[-1].id == answer.id


@restarts
async def test_more_shows_further_quotes_numbered_on(world: World, restarted: bool) -> None:
    answer = await asked(world, restarted)
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.MORE])
    assert result.ephemeral
    page, before = further(result.response), quotes(answer)
    assert [int(quoted.split(" · ")[0]) for quoted in page] == [len(before) + n for n in (1, 2, 3)]
    assert not {quoted.partition("“")[2][:-1] for quoted in page} & set(before)


@restarts
async def test_more_turns_its_pages_in_the_same_message(world: World, restarted: bool) -> None:
    answer = await asked(world)
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.MORE])
    assert labels(result.response) == ["More"] and "page 1 of" in text(result.response)
    first = further(result.response)
    if restarted:
        await world.restart()
    turned = await world.reader.click(result.response, label="More")
    (second,) = [one for one in world.channel.history(viewer=world.reader) if one.id == result.response.id]
    assert labels(second)[0] == "Back" and "page 2 of" in text(second)
    assert further(second) and not set(further(second)) & set(first)
    assert not turned.followups
    await world.reader.click(second, label="Back")
    (again,) = [one for one in world.channel.history(viewer=world.reader) if one.id == result.response.id]
    assert further(again) == first


@restarts
async def test_a_vote_is_counted_once_a_person_and_can_be_changed(world: World, restarted: bool) -> None:
    answer = await asked(world, restarted)
    up, down = buttons(answer)[Action.UP], buttons(answer)[Action.DOWN]
    record = world.bot.services.answers.answer_in(answer.id)
    assert record
    result = await world.reader.click(answer, custom_id=up)
    assert result.ephemeral and text(result.response) == (
        "Thanks, noted that it helped. The other button changes it, 👍 or 👎."
    )
    await world.reader.click(answer, custom_id=up)
    await world.admin.click(answer, custom_id=up)
    assert world.bot.services.answers.votes(record.id) == Votes(up=2, down=0)
    await world.reader.click(answer, custom_id=down)
    assert world.bot.services.answers.votes(record.id) == Votes(up=1, down=1)


@restarts
async def test_the_menu_deletes_the_message_and_what_is_kept_of_it(world: World, restarted: bool) -> None:
    answer = await asked(world, restarted)
    result = await world.reader.context_menu(world.channel, DELETE, answer)
    assert result.ephemeral and text(result.response) == "The answer is deleted, and what I had kept of it."
    assert [message.author.name for message in world.channel.history()] == ["ada"]
    assert world.bot.services.answers.answer_in(answer.id) is None


@restarts
async def test_who_asked_and_nobody_else_may_delete_it_from_what_is_shown_in_context(
    world: World, restarted: bool
) -> None:
    answer = await asked(world, restarted)
    others = await world.admin.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert labels(others.response) == []
    own = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert labels(own.response) == [DELETE]
    await world.reader.click(own.response, label=DELETE)
    assert [message.author.name for message in world.channel.history()] == ["ada"]
    assert world.bot.services.answers.answer_in(answer.id) is None


async def test_a_moderator_deletes_an_answer_too(world: World) -> None:
    moderators = world.guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
    moderator = world.guild.add_member(world.env.create_user("mo"), roles=[moderators])
    answer = await asked(world)
    await moderator.context_menu(world.channel, DELETE, answer)
    assert [message.author.name for message in world.channel.history()] == ["ada"]


@restarts
async def test_somebody_else_cannot_delete_it_and_is_told_so_alone(world: World, restarted: bool) -> None:
    answer = await asked(world, restarted)
    result = await world.admin.context_menu(world.channel, DELETE, answer)
    assert (
        result.ephemeral and text(result.response) == "Only the one who asked, or a moderator, can delete this answer."
    )
    world.refused()
    assert world.channel.history(viewer=world.reader)[-1].id == answer.id


@pytest.mark.parametrize("action", BELOW_AN_ANSWER)
async def test_a_private_answer_and_one_in_a_direct_message_have_working_buttons(world: World, action: Action) -> None:
    user = world.reader.user
    private = (await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, private=True)).response
    await user.send_dm(LEE_QUESTION)
    direct = user.dm_channel.last_message
    for presser, answer in ((world.reader, private), (user, direct)):
        result = await presser.click(answer, custom_id=buttons(answer)[action])
        if action is Action.CONTEXT:
            assert in_bold(result.response) == quotes(answer)
        elif action is Action.MORE:
            assert further(result.response)
        elif action in (Action.UP, Action.DOWN):
            assert text(result.response).startswith("Thanks, noted that it ")


async def test_an_answer_can_be_deleted_when_what_it_quotes_is_there_no_more(world: World) -> None:
    answer = await asked(world)
    record = world.bot.services.answers.answer_in(answer.id)
    assert record
    base = world.bot.services.libraries.base
    base.update([], remove=[article.id for article in base.articles()])
    await world.reader.context_menu(world.channel, DELETE, answer)
    assert answer.id not in [message.id for message in world.channel.history(viewer=world.reader)]
    assert world.bot.services.answers.answer(record.id) is None


async def test_of_a_deleted_answer_nothing_is_left_on_disk(world: World) -> None:
    answer = await asked(world)
    folder, record = world.bot.services.settings.data_dir, world.bot.services.answers.answer_in(answer.id)
    assert record
    assert any(record.id.encode() in file.read_bytes() for file in folder.glob(f"{DATABASE}*"))
    await world.reader.context_menu(world.channel, DELETE, answer)
    held = b"".join(file.read_bytes() for file in folder.glob(f"{DATABASE}*"))
    assert record.id.encode() not in held and record.asker not in held


@pytest.mark.parametrize("action", [Action.CONTEXT, Action.MORE, Action.UP])
@pytest.mark.settings(records_days=1)
async def test_a_press_on_an_answer_that_is_no_longer_kept_says_so(world: World, action: Action) -> None:
    answer = await asked(world)
    await world.env.advance_time(2 * 24 * 3600)
    result = await world.reader.click(answer, custom_id=buttons(answer)[action])
    (told,) = result.followups or [result.response]
    assert told and text(told) == NOT_KEPT
    assert world.channel.history(viewer=world.reader)[-1].id in (answer.id, told.id)


async def test_a_press_after_a_quoted_article_was_taken_out_says_so(world: World) -> None:
    answer = await asked(world)
    base = world.bot.services.libraries.base
    base.update([], remove=[article.id for article in base.articles()])
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert text(result.response) == "What this answer quoted was withdrawn since; ask the question again."


async def test_a_quote_whose_article_was_rewritten_is_not_shown_from_the_new_text(world: World) -> None:
    answer = await asked(world)
    base = world.bot.services.libraries.base
    article = base.article("consultations")
    base.update([replace(article, text=f"A new first sentence. {article.text.replace('mediator', 'broker')}")])
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert LEE_ASKED not in quotes(result.response)


async def test_a_press_in_another_server_than_the_answers_finds_nothing(world: World) -> None:
    answer = await asked(world)
    record = world.bot.services.answers.answer_in(answer.id)
    assert record
    other = world.env.create_guild("Elsewhere")
    channel = other.create_text_channel("general")
    stranger = other.add_member(world.env.create_user("eve"))
    await stranger.send(channel, f"{world.me} {LEE_QUESTION}")
    forged = channel.last_message
    assert forged
    # The button in the other server is made to name the answer of this one.
    theirs = buttons(forged)[Action.CONTEXT].rpartition(":")[2]
    with contextlib.closing(sqlite3.connect(world.bot.services.settings.data_dir / DATABASE)) as connection, connection:
        connection.execute("DELETE FROM answers WHERE id = ?", (theirs,))
        connection.execute("UPDATE answers SET id = ? WHERE id = ?", (theirs, record.id))
    result = await stranger.click(forged, custom_id=buttons(forged)[Action.CONTEXT])
    assert text(result.response) == NOT_KEPT


async def test_a_double_click_on_delete_and_on_a_vote_does_no_harm(world: World) -> None:
    answer = await asked(world)
    for action in (Action.UP, Action.UP, Action.CONTEXT):
        press(world, answer, action)
    await world.env.settle()
    assert world.env.errors == []
    shown = (await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])).response
    assert shown
    for _ in range(2):
        press(world, shown, Action.DELETE)
    await world.env.settle()
    assert [message.author.name for message in world.channel.history()] == ["ada"]
    assert world.env.errors == []


@pytest.mark.parametrize("action", BELOW_AN_ANSWER)
async def test_a_press_on_an_answer_that_is_being_deleted_does_no_harm(world: World, action: Action) -> None:
    answer = await asked(world)
    press(world, answer, action)
    world.env.backend.delete_message(answer.channel.id, answer.id)
    await world.env.settle()
    assert world.env.errors == []
    assert world.bot.services.answers.answer_in(answer.id) is None
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED


def press(world: World, answer: Message, action: Action) -> None:
    """Press a button without waiting for the result, so that another press can follow at once."""
    backend = world.env.backend
    stored = backend.get_message(world.channel.id, answer.id)
    record, payload = interactions.base_payload(
        backend,
        type=InteractionType.MESSAGE_COMPONENT,
        channel_id=stored.channel_id,
        guild_id=world.guild.id,
        user_id=world.reader.id,
        data={"custom_id": buttons(answer)[action], "component_type": ComponentType.BUTTON},
    )
    record.source_message_id = stored.id
    backend.emit("INTERACTION_CREATE", payload | {"message": dict(serializers.message_payload(backend, stored))})


async def test_an_answer_that_a_moderator_deletes_by_hand_is_forgotten(world: World) -> None:
    answer = await asked(world)
    moderators = world.guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
    moderator = world.guild.add_member(world.env.create_user("mo"), roles=[moderators])
    await moderator.delete(answer)
    assert world.bot.services.answers.answer_in(answer.id) is None
