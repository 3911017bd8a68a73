"""What is kept of a person can be seen and deleted, and what is deleted in Discord is deleted here."""

from pathlib import Path

import discord
import pytest

from bot.asking.reply import Action
from bot.storage.answers import AnswerStore, Votes
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, Run
from tests.e2e.world import World, buttons, labels, quotes, text

FORGET_ME = "pullquote:forget-me"


def answers_of(world: World) -> AnswerStore:
    return world.bot.services.answers


def kept(world: World) -> int:
    (row,) = answers_of(world)._database.rows("SELECT count(*) FROM answers")
    return int(row[0])


def bytes_in(folder: Path) -> bytes:
    """All that the files hold."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_privacy_says_what_is_kept_and_forget_me_deletes_it_everywhere(world: World) -> None:
    other = world.env.create_guild("The Harbour Post")
    elsewhere = other.create_text_channel("questions")
    ada = other.add_member(world.reader.user)
    mine = await world.mention(LEE_QUESTION)
    await ada.send(elsewhere, f"{world.me} {LEE_QUESTION}")
    await world.reader.user.send_dm(LEE_QUESTION)
    await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, private=True)
    await world.admin.send(world.channel, f"{world.me} {LEE_QUESTION}")
    noras = world.last
    await world.reader.click(noras, custom_id=buttons(noras)[Action.UP])
    await world.admin.click(mine, custom_id=buttons(mine)[Action.DOWN])
    page = await world.reader.slash(world.channel, "privacy")
    assert page.ephemeral
    assert "4 questions of yours with the answers, the oldest from " in text(page.response)
    assert "\n- 1 vote\n" in text(page.response) and labels(page.response) == ["Forget me"]
    await world.reader.click(page.response, custom_id=FORGET_ME)
    assert text(page.response) == "Done. Deleted: 4 answers, 1 vote."
    (record,) = answers_of(world).given_to(world.admin.id)
    assert kept(world) == 1 and answers_of(world).votes(record.id) == Votes(0, 0)
    shown = [world.channel.history(), elsewhere.history(), world.reader.user.dm_channel.history()]
    assert [m.id for place in shown for m in place if m.author == world.bot.user] == [noras.id]
    nothing = await world.reader.slash(world.channel, "privacy")
    assert text(nothing.response).startswith("### What I keep of you\nNothing.") and labels(nothing.response) == []


async def test_forget_me_goes_on_where_a_message_cannot_be_deleted_and_says_so(world: World) -> None:
    await world.mention(LEE_QUESTION)
    hidden = world.guild.create_text_channel("hidden")
    await world.reader.send(hidden, f"{world.me} {LEE_QUESTION}")
    assert kept(world) == 2
    page = await world.reader.slash(world.channel, "privacy")
    world.env.inject_error("DELETE", f"/channels/{hidden.id}/messages/*", status=403, code=50001)
    await world.reader.click(page.response, custom_id=FORGET_ME)
    assert text(page.response).startswith("Done. Deleted: 2 answers, 0 votes. 1 message could not be deleted")
    assert kept(world) == 0


async def test_a_question_that_is_deleted_takes_its_answer_and_record_with_it(world: World) -> None:
    await world.mention(LEE_QUESTION)
    question, answer = world.channel.history()[-2:]
    assert answers_of(world).answer_in(answer.id)
    await world.reader.delete(question)
    await world.env.settle()
    assert world.channel.history() == [] and kept(world) == 0


async def test_a_deleted_message_takes_only_the_answers_to_it(world: World) -> None:
    await world.reader.send(world.channel, "Good morning, all.")
    other = world.channel.history()[-1]
    answer = await world.mention(LEE_QUESTION)
    await world.reader.delete(other)
    await world.env.settle()
    assert answers_of(world).answer_in(answer.id) and world.last.id == answer.id


async def test_moderators_who_delete_many_questions_take_their_answers_with_them(world: World) -> None:
    for _ in range(2):
        await world.mention(LEE_QUESTION)
    questions = [message.id for message in world.channel.history() if message.author != world.bot.user]
    world.env.backend.bulk_delete_messages(world.channel.id, questions)
    await world.env.settle()
    assert world.channel.history() == [] and kept(world) == 0


async def test_what_was_asked_about_a_message_goes_with_the_message(world: World) -> None:
    await world.admin.send(world.channel, LEE_QUESTION)
    message = world.channel.history()[-1]
    await world.reader.context_menu(world.channel, "Ask about this", message)
    assert kept(world) == 1
    await world.admin.delete(message)
    await world.env.settle()
    assert kept(world) == 0


@pytest.mark.simcord(approved_intents=discord.Intents.none(), shard_count=1)
@pytest.mark.settings(message_content=False)
async def test_without_the_intent_a_reply_that_cannot_be_read_says_what_to_do(world: World) -> None:
    answered = await world.mention(LEE_QUESTION)
    await world.reader.send(world.channel, "and what was Xi's reply?", reply_to=answered)  # it pings, so it can be read
    assert quotes(world.last) and world.last.id != answered.id
    answer = (await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)).response
    await world.reader.send(world.channel, "and what was Xi's reply?", reply_to=answer.message)
    assert text(world.last).startswith("I cannot read this reply, since Discord shows me replies to answers of `/ask`")
    await world.reader.send(world.channel, f"{world.me} and what was Xi's reply?", reply_to=answer.message)
    assert quotes(world.last)


@pytest.mark.settings(operator_contact="The Elmouth Gazette, post@example.org", privacy_url="https://example.org/p")
async def test_about_and_privacy_name_the_operator_and_link_the_text(world: World) -> None:
    about, privacy = [await world.reader.slash(world.channel, name) for name in ("about", "privacy")]
    ids = {command.name: command.id for command in await world.bot.tree.fetch_commands()}
    assert f"</privacy:{ids['privacy']}> says what I keep of you." in text(about.response)
    for page in (about, privacy):
        assert "[All about privacy](https://example.org/p)" in text(page.response)
    assert "I am run by The Elmouth Gazette, post@example.org" in text(privacy.response).replace("\\", "")


async def test_no_file_holds_what_was_asked(world: World) -> None:
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    held = bytes_in(world.bot.services.settings.data_dir)
    assert LEE_ASKED.encode() in held and LEE_QUESTION.encode() not in held


def test_the_text_to_publish_says_what_is_set(pullquote: Run) -> None:
    said = pullquote("privacy", env={"RECORDS_DAYS": "7", "ROLLBACK_DAYS": "0.5", "MESSAGE_CONTENT": "false"})
    assert said.code == 0
    words = " ".join(said.out.split())
    assert "For 7 days after a question" in words and "up to 12 hours after" in words
    assert "Discord sends it no words of other messages." in words
    assert "[who runs this bot, and where to write: set OPERATOR_CONTACT]" in words
    said = pullquote("privacy", env={"OPERATOR_CONTACT": "The Gazette, post@example.org", "ROLLBACK_DAYS": "0"})
    words = " ".join(said.out.split())
    assert "run by The Gazette, post@example.org, who" in words
    assert "erased when it is replaced or removed" in words and "In ask channels it answers those that ask" in words
