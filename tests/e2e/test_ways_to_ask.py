"""Every way to ask in Discord, with the real model: what the reader sees, before and after a restart."""

import re
import time
from dataclasses import dataclass, field

import discord
import pytest
import simcord
from simcord.builders import ChannelHandle

from bot.asking.messages import FOLLOW_UP_MINUTES
from index import Answer, Article, Library
from index.naming import short_key
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, TIDES
from tests.e2e.world import World, buttons, quotes, text, texts

XI_URGED = "Xi is reported to have urged patience in any talks that concern North Korea, which has nuclear weapons."


async def test_a_mention_is_answered_with_the_sentence_its_article_and_a_link_to_it(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    assert quotes(answer)[0] == LEE_ASKED
    assert texts(answer)[0] in ("-# **Sure**", "-# **Fairly sure**")
    headline, credits = texts(answer)[2].splitlines()
    assert headline.startswith(
        "[Seoul and Beijing to hold talks on curbs on Korean pop culture]("
        "https://example.org/pullquote-sample/consultations#:~:text=On%20North%20Korea%2C%20Lee%20asked%20Xi"
    )
    assert credits == "-# The Pullquote sample desk · 7 January 2026 · Diplomacy"
    assert list(buttons(answer)) == ["context", "more", "up", "down"]


async def test_the_reply_pings_the_one_who_asked_and_nobody_else(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    assert answer.reference and answer.reference.message_id == world.channel.history()[0].id
    sent = [request.json for request in world.env.http_requests if request.path.endswith("/messages")]
    assert sent[-1]["allowed_mentions"] == {"parse": [], "replied_user": True}


async def test_the_bot_types_while_it_works_on_a_mention(world: World) -> None:
    await world.mention(LEE_QUESTION)
    paths = [request.path.rsplit("/")[-1] for request in world.env.http_requests if request.method == "POST"]
    assert paths[-2:] == ["typing", "messages"]


async def test_slash_ask_is_deferred_repeats_the_question_and_answers(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert not result.ephemeral
    assert texts(result.response)[0] == f"-# {LEE_QUESTION}"
    assert quotes(result.response)[0] == LEE_ASKED
    first, second = [r for r in world.env.http_requests if "/interactions/" in r.path or "@original" in r.path]
    assert (first.json["type"], second.method) == (5, "PATCH")


async def test_a_private_answer_is_seen_by_its_asker_alone(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, private=True)
    assert result.ephemeral and quotes(result.response)[0] == LEE_ASKED
    assert world.channel.history(viewer=world.admin) == []


async def test_slash_ask_of_one_article_quotes_that_article_alone(world: World) -> None:
    (choice,) = await world.reader.autocomplete(world.channel, "ask", "article", "STRUCTURES fish", question="x")
    result = await world.reader.slash(
        world.channel, "ask", question="What does Beijing say the structures are for?", article=choice["value"]
    )
    titles = re.findall(r"^\[(.+)\]\(", text(result.response), re.MULTILINE)
    assert {choice["name"], "The same article"} >= set(titles) >= {choice["name"]}


async def test_a_title_that_was_typed_and_not_chosen_is_understood(world: World) -> None:
    (choice,) = await world.reader.autocomplete(world.channel, "ask", "article", "structures fish", question="x")
    typed = choice["name"].upper()
    result = await world.reader.slash(
        world.channel, "ask", question="What does Beijing say the structures are for?", article=typed
    )
    assert f"[{choice['name']}](" in text(result.response)


async def test_an_article_that_does_not_exist_is_refused_to_the_asker_alone(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, article="The moon landing")
    assert world.channel.history(viewer=world.admin) == []
    (alone,) = world.channel.history(viewer=world.reader)
    assert result.followups and alone.id == result.followups[0].id
    assert text(alone) == ("There is no article “The moon landing”; choose one of the titles that show while you type.")
    world.refused()


async def test_since_and_until_bound_the_articles(world: World) -> None:
    result = await world.reader.slash(
        world.channel, "ask", question="What does Beijing say?", since="2026-01-09", until="2026-01-12"
    )
    days = set(re.findall(r" · (\d+ \w+ \d{4})(?: · |$)", text(result.response)))
    assert days and days <= {f"{day} January 2026" for day in range(9, 13)}


async def test_what_one_article_does_not_hold_is_said_of_that_article(world: World) -> None:
    async def ask(question: str, **options: str) -> str:
        return texts((await world.reader.slash(world.channel, "ask", question=question, **options)).response)[1]

    world.bot.services.libraries.base.update(
        [Article("tides", "The bakery that opens with the tide", TIDES.split("---")[2])]
    )
    dated, undated = short_key("consultations"), short_key("tides")
    for article in (dated, undated):
        said = await ask("Who won the chess final in Oslo?", article=article)
        assert said == "**This article does not hold an answer to that.**"
    assert await ask(BAKERY_QUESTION, article=undated, since="2026-01-01") == (
        "**This article has no date, so it is left out where a period is asked for.**"
    )
    assert await ask(LEE_QUESTION, article=dated, since="2026-02-01") == (
        "**This article is of 7 January 2026, outside of that period.**"
    )


async def test_what_a_period_does_not_hold_is_said_of_that_period_and_what_was_left_out(world: World) -> None:
    async def ask(**options: str) -> str:
        result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, **options)
        assert quotes(result.response) == []
        return texts(result.response)[1]

    assert await ask(since="2027-01-01") == "**Nothing that was published since 1 January 2027 answers that.**"
    assert await ask(until="2025-12-31") == "**Nothing that was published until 31 December 2025 answers that.**"
    undated = [Article(name, f"The {name}", f"The {name} opens at dawn.") for name in ("gate", "quay")]
    world.bot.services.libraries.base.update(undated)
    assert await ask(since="2027-01-01", until="2027-01-01") == (
        "**Nothing that was published on 1 January 2027 answers that. 2 articles without a date were left out.**"
    )


async def test_a_date_that_is_none_is_explained(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, since="last week")
    assert result.ephemeral
    assert text(result.response) == "'last week' is no date for 'since'; write it as 2026-01-31."
    world.refused()


async def test_autocomplete_offers_the_titles_that_hold_every_word_and_at_most_25(world: World) -> None:
    choices = await world.reader.autocomplete(world.channel, "ask", "article", "korean CULTURE", question="x")
    assert choices[0]["name"] == "Seoul and Beijing to hold talks on curbs on Korean pop culture"
    everything = await world.reader.autocomplete(world.channel, "ask", "article", "", question="x")
    assert len(everything) == 8
    assert await world.reader.autocomplete(world.channel, "ask", "article", "volcano", question="x") == []


async def test_autocomplete_knows_an_article_that_was_added_meanwhile(world: World) -> None:
    world.bot.services.libraries.base.update([Article("tides", "The bakery that opens with the tide", TIDES)])
    await world.reader.autocomplete(world.channel, "ask", "article", "b", question="x")
    (choice,) = await world.reader.autocomplete(world.channel, "ask", "article", "bakery", question="x")
    assert choice == {"name": "The bakery that opens with the tide", "value": short_key("tides")}


@pytest.mark.alone
async def test_autocomplete_over_10000_articles_takes_less_than_100_ms(world: World) -> None:
    words = "Council Harbour Bridge Festival Election Storm Ferry Museum School Budget".split()
    names = [f"{words[n % 10]} {words[n // 10 % 10]} {words[n // 100 % 10]} {n}" for n in range(10_000)]
    base = world.bot.services.libraries.base
    base.update([Article(name, name, "The bridge opened in 1904.") for name in names])
    await world.restart()
    for typed, count in (("", 25), ("bridge fer", 25), ("ferry 9999", 0), ("Budget Budget Budget 9999", 1)):
        seconds = []
        for _ in range(5):
            started = time.perf_counter()
            choices = await world.reader.autocomplete(world.channel, "ask", "article", typed, question="x")
            seconds.append(time.perf_counter() - started)
            assert len(choices) == count
        assert min(seconds) < 0.1  # whatever else the machine does only adds to it


async def test_the_message_menu_asks_what_a_message_says_and_answers_its_user_alone(world: World) -> None:
    message = await world.admin.send(world.channel, LEE_QUESTION)
    result = await world.reader.context_menu(world.channel, "Ask about this", message)
    assert result.ephemeral
    assert quotes(result.response)[0] == LEE_ASKED


@pytest.mark.parametrize("said", ["", "thanks all 🎉"])
async def test_the_message_menu_on_a_message_that_asks_nothing_says_so(world: World, said: str) -> None:
    message = await world.admin.send(world.channel, said, attachments=[("quay.png", b"a picture")])
    result = await world.reader.context_menu(world.channel, "Ask about this", message)
    assert result.ephemeral
    assert text(result.response) == ("That message holds nothing to ask about; to follow up an answer, reply to it.")
    world.refused()


async def test_a_direct_message_is_answered_from_the_base_library(world: World) -> None:
    user = world.reader.user
    await user.send_dm(LEE_QUESTION)
    assert quotes(user.dm_channel.last_message)[0] == LEE_ASKED
    result = await user.slash("ask", question=LEE_QUESTION)
    assert quotes(result.response)[0] == LEE_ASKED


async def test_every_message_in_an_ask_channel_is_a_question_and_in_no_other_channel(world: World) -> None:
    other = world.guild.create_text_channel("lobby")
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    await world.reader.send(world.channel, LEE_QUESTION)
    assert quotes(world.last)[0] == LEE_ASKED
    await world.reader.send(other, LEE_QUESTION)
    assert [message.author.name for message in other.history()] == ["ada"]
    await world.restart()
    await world.reader.send(world.channel, LEE_QUESTION)
    assert quotes(world.last)[0] == LEE_ASKED


async def test_every_way_to_ask_works_after_a_restart(world: World) -> None:
    await world.restart()
    reader, user, here = world.reader, world.reader.user, world.channel
    said = await world.mention(LEE_QUESTION)
    assert quotes(said)[0] == LEE_ASKED
    assert quotes((await reader.slash(here, "ask", question=LEE_QUESTION)).response)[0] == LEE_ASKED
    assert len(await reader.autocomplete(here, "ask", "article", "", question="x")) == 8
    message = await world.admin.send(here, LEE_QUESTION)
    assert quotes((await reader.context_menu(here, "Ask about this", message)).response)[0] == LEE_ASKED
    await user.send_dm(LEE_QUESTION)
    assert quotes(user.dm_channel.last_message)[0] == LEE_ASKED
    assert "8 articles" in text((await reader.slash(here, "about")).response)


@dataclass(slots=True)
class Overheard:
    """What libraries were asked to follow up."""

    follows: list[Answer | None] = field(default_factory=list)


@pytest.fixture
def overheard(monkeypatch: pytest.MonkeyPatch) -> Overheard:
    """Listens in on `Library.ask`, which does as ever."""
    overheard, ask = Overheard(), Library.ask

    def listening(self: Library, question: str, *, follows: Answer | None = None, **options: object) -> Answer:
        overheard.follows.append(follows)
        return ask(self, question, follows=follows, **options)

    monkeypatch.setattr(Library, "ask", listening)
    return overheard


def assert_follows_lee(follows: Answer | None) -> None:
    """Check that the question was asked as a follow-up to the answer about Lee, as the library gave that."""
    assert follows is not None
    assert (follows.question, follows.answered) == (LEE_QUESTION, True)
    assert [quote.text for quote in follows.quotes][0] == LEE_ASKED
    assert follows.quotes[0].article.id == "consultations"


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_reply_to_an_answer_follows_it_up(world: World, overheard: Overheard, restarted: bool) -> None:
    answer = await world.mention(LEE_QUESTION)
    if restarted:
        await world.restart()
    await world.reader.send(world.channel, "and what was Xi's reply?", reply_to=answer)
    assert world.last.id != answer.id
    assert overheard.follows[0] is None
    assert_follows_lee(overheard.follows[1])


async def test_a_follow_up_is_answered_in_the_light_of_the_answer(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    await world.reader.send(world.channel, "and what was Xi's reply?", reply_to=answer)
    assert quotes(world.last)[0] == XI_URGED


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_question_in_the_thread_on_an_answer_follows_the_last_one_there(
    world: World, overheard: Overheard, restarted: bool
) -> None:
    answer = await world.mention(LEE_QUESTION)
    await answer.create_thread(name="Lee and Xi")
    (thread,) = world.channel.threads
    if restarted:
        await world.restart()
    await world.reader.send(thread, "and what was Xi's reply?")
    assert_follows_lee(overheard.follows[1])
    await world.reader.send(thread, "how long have the restrictions lasted?")
    assert overheard.follows[2] and overheard.follows[2].question == "and what was Xi's reply?"
    await world.reader.slash(thread, "ask", question="and who spoke in Shanghai?")
    assert overheard.follows[3] and overheard.follows[3].question == "how long have the restrictions lasted?"
    assert texts(thread.last_message)[0] == "-# and who spoke in Shanghai?"


AND_XI = "and what was Xi's reply?"


@pytest.fixture
def ask_channel(world: World) -> ChannelHandle:
    """The channel, where every message is a question."""
    world.bot.services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
    return world.channel


@pytest.mark.parametrize("restarted", [False, True])
async def test_in_an_ask_channel_the_next_message_of_the_same_person_follows_up(
    world: World, ask_channel: ChannelHandle, overheard: Overheard, restarted: bool
) -> None:
    await world.reader.send(ask_channel, LEE_QUESTION)
    if restarted:
        await world.restart()
    await world.reader.send(ask_channel, AND_XI)
    assert overheard.follows[0] is None
    assert_follows_lee(overheard.follows[1])
    assert quotes(world.last)[0] == XI_URGED


async def test_in_an_ask_channel_nobody_follows_up_an_answer_to_somebody_else(
    world: World, ask_channel: ChannelHandle, overheard: Overheard
) -> None:
    await world.reader.send(ask_channel, LEE_QUESTION)
    await world.admin.send(ask_channel, AND_XI)
    assert overheard.follows[1] is None
    await world.reader.send(ask_channel, AND_XI)
    assert_follows_lee(overheard.follows[2])
    await world.admin.send(ask_channel, AND_XI, reply_to=ask_channel.history()[1])  # unless by replying to it
    assert_follows_lee(overheard.follows[3])


async def test_in_an_ask_channel_a_question_of_its_own_is_answered_as_ever(
    world: World, ask_channel: ChannelHandle
) -> None:
    question = "Where did Lee speak to reporters?"
    await world.reader.send(ask_channel, LEE_QUESTION)
    await world.reader.send(ask_channel, question)
    after = texts(world.last)
    await world.admin.send(ask_channel, question)
    assert after == texts(world.last)


async def test_in_an_ask_channel_an_answer_is_followed_up_for_some_minutes_alone(
    world: World, ask_channel: ChannelHandle, overheard: Overheard
) -> None:
    await world.reader.send(ask_channel, LEE_QUESTION)
    await world.env.advance_time(FOLLOW_UP_MINUTES * 60 - 5)
    await world.reader.send(ask_channel, "thanks!")  # which asks nothing
    await world.reader.send(ask_channel, AND_XI)
    assert_follows_lee(overheard.follows[1])
    await world.env.advance_time(FOLLOW_UP_MINUTES * 60 + 5)
    await world.reader.send(ask_channel, AND_XI)
    assert overheard.follows[2] is None


async def test_in_an_ask_channel_what_was_deleted_or_is_for_one_person_is_not_followed_up(
    world: World, ask_channel: ChannelHandle, overheard: Overheard
) -> None:
    await world.reader.send(ask_channel, LEE_QUESTION)
    await world.reader.context_menu(world.channel, "Delete this answer", world.last)
    await world.reader.slash(ask_channel, "ask", question=LEE_QUESTION, private=True)
    await world.reader.send(ask_channel, AND_XI)
    assert overheard.follows == [None, None, None]


async def test_in_an_ask_channel_what_is_for_somebody_else_is_still_not_for_the_bot(
    world: World, ask_channel: ChannelHandle, overheard: Overheard
) -> None:
    message = await world.admin.send(ask_channel, LEE_QUESTION)
    await world.reader.send(ask_channel, LEE_QUESTION)
    await world.reader.send(ask_channel, f"{world.admin.mention} {AND_XI}")
    await world.reader.send(ask_channel, AND_XI, reply_to=message)
    assert overheard.follows == [None, None]
    await world.reader.send(ask_channel, f"{world.me} {AND_XI}", reply_to=message)
    assert overheard.follows == [None, None, None]


async def test_in_other_channels_no_answer_is_followed_up_by_itself(world: World, overheard: Overheard) -> None:
    await world.mention(LEE_QUESTION)
    await world.mention(AND_XI)
    assert overheard.follows == [None, None]


async def test_a_thread_on_any_other_message_is_not_listened_to(world: World) -> None:
    message = await world.reader.send(world.channel, "What a day.")
    await message.create_thread(name="Chatter")
    (thread,) = world.channel.threads
    await world.reader.send(thread, LEE_QUESTION)
    assert [message.author.name for message in thread.history()] == ["ada"]


async def test_a_reply_to_somebody_else_is_not_for_the_bot_not_even_in_an_ask_channel(world: World) -> None:
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    message = await world.admin.send(world.channel, "@everyone look here")
    await world.reader.send(world.channel, "Is that so?", reply_to=message)
    assert [message.author.name for message in world.channel.history(viewer=world.reader)] == ["nora", "ada"]


async def test_only_people_are_answered(world: World) -> None:
    role = world.guild.create_role("Readers")
    helper = world.guild.add_member(world.env.create_user("helper", bot=True))
    await helper.send(world.channel, f"{world.me} {LEE_QUESTION}")
    await world.guild.create_webhook(world.channel).send(f"{world.me} {LEE_QUESTION}")
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    await world.reader.send(world.channel, f"@everyone {LEE_QUESTION}")
    await world.reader.send(world.channel, f"<@&{role.id}> {LEE_QUESTION}")
    await world.reader.send(world.channel, f"{world.admin.mention} are you coming to lunch?")
    seen = world.channel.history(viewer=world.reader)
    assert not [message for message in seen if message.author == world.bot.user]


async def test_a_bare_mention_is_told_how_to_ask(world: World) -> None:
    assert text(await world.mention("")) == (
        "Ask me a question about our articles, in plain words, for example about “From the notebook: what we know so "
        "far, in order”. `/about` says what I am."
    )


async def test_who_is_mentioned_in_a_command_is_not_kept_beside_the_question(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=f"{LEE_QUESTION} {world.admin.mention}")
    assert texts(result.response)[0] == f"-# {LEE_QUESTION}"
    assert str(world.admin.id) not in "".join(world.bot.services.answers._database._connection.iterdump())


async def test_who_is_mentioned_in_a_question_is_not_kept_beside_it(world: World) -> None:
    await world.mention(f"What did Lee {world.admin.mention} ask Xi to do about North Korea?")
    record = world.bot.services.answers.answer_in(world.last.id)
    assert record and record.question == "What did Lee ask Xi to do about North Korea?"


async def test_what_the_articles_do_not_hold_is_said_plainly_and_nothing_else_is_shown(world: World) -> None:
    answer = await world.mention("How do I bake a chocolate cake?")
    assert texts(answer) == ["**The articles do not hold an answer to that.**"]
    assert list(buttons(answer)) == ["wait"]
    record = world.bot.services.answers.answer_in(answer.id)
    assert record and (record.question, record.answered) == ("How do I bake a chocolate cake?", False)


@pytest.mark.simcord(approved_intents=discord.Intents.none(), shard_count=1)
@pytest.mark.settings(message_content=False)
async def test_without_the_message_content_intent_all_but_ask_channels_works(world: World) -> None:
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    answer = await world.mention(LEE_QUESTION)
    assert quotes(answer)[0] == LEE_ASKED
    await world.reader.send(world.channel, f"{world.me} and what was Xi's reply?", reply_to=answer)
    assert quotes(world.last) and world.last.id != answer.id
    await world.reader.user.send_dm(LEE_QUESTION)
    assert quotes(world.reader.user.dm_channel.last_message)[0] == LEE_ASKED
    assert quotes((await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)).response)[0] == LEE_ASKED


@pytest.mark.simcord(approved_intents=discord.Intents.none(), shard_count=1)
@pytest.mark.settings(message_content=False)
async def test_an_ask_channel_says_what_is_missing_once_and_so_does_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    result = await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    assert "the bot's operator has MESSAGE_CONTENT off" in text(result.response)
    await world.reader.send(world.channel, LEE_QUESTION)
    assert text(world.last).startswith("I cannot read messages here unless they mention me: mention me, or use `/ask`.")
    await world.reader.send(world.channel, LEE_QUESTION)
    assert world.channel.history()[-1].author.name == "ada"
    await world.restart()
    assert "MESSAGE_CONTENT is off, so messages in 1 ask channel are" in caplog.text


async def test_the_bundled_story_makes_way_and_another_article_answers(world: World) -> None:
    world.bot.services.libraries.base.update([Article("tides", "The bakery", TIDES.split("---")[2])])
    assert quotes(await world.mention(BAKERY_QUESTION))[0] == BAKERY_ANSWER


async def test_about_says_what_it_answers_from_what_it_keeps_and_where_its_commands_are(world: World) -> None:
    result = await world.reader.slash(world.channel, "about")
    assert result.ephemeral
    said = text(result.response)
    assert "Everywhere: 8 articles, from 7 January 2026 to 12 January 2026" in said
    assert "For 30 days: the question, which sentences answered it, and the votes; nobody's name or id" in said
    assert "Model: all-MiniLM-L6-v2 · Languages: English" in said
    ids = {command.name: command.id for command in await world.bot.tree.fetch_commands()}
    assert f"</ask:{ids['ask']}>, </about:{ids['about']}>" in said


async def test_commands_are_told_to_discord_once_and_again_only_when_they_change(
    world: World, simcord_env: simcord.Env
) -> None:
    def syncs() -> int:
        return sum(r.method == "PUT" and r.path.endswith("/commands") for r in simcord_env.http_requests)

    assert syncs() == 1
    await world.restart()
    assert syncs() == 1
    (world.bot.services.settings.data_dir / "commands.json").write_text('{"digest": "of another version", "ids": {}}')
    await world.restart()
    assert syncs() == 2
