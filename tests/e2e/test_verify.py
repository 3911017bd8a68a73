"""Whether a quotation is ours, asked in Discord and on the command line, with the real model."""

from datetime import timedelta

import pytest

from bot.ui.reply import AMBER, GREEN, GREY
from index import Article, SentenceKey
from tests.e2e.conftest import LEE_ASKED, Run
from tests.e2e.world import World, colour, text, unescaped

IS_OURS = "Is this quote ours?"
XI_ASKED = LEE_ASKED.replace("Lee asked Xi", "Xi asked Lee")


def struck(said: str) -> list[str]:
    """What is struck through."""
    return [unescaped(part) for part in said.split("~~")[1::2]]


async def test_a_true_quotation_is_ours_word_for_word_with_article_day_and_link(world: World) -> None:
    result = await world.reader.slash(world.channel, "verify quote", text=LEE_ASKED)
    said = text(result.response)
    assert not result.ephemeral
    assert said.startswith("**Ours, word for word**\n")
    assert "[Seoul and Beijing to hold talks on curbs on Korean pop culture](https://example.org/" in said
    assert "#:~:text=On%20North%20Korea" in said
    assert "The Pullquote sample desk · 7 January 2026 · Diplomacy" in said
    assert colour(result.response.message) == GREEN


async def test_an_altered_quotation_shows_both_and_names_what_counts(world: World) -> None:
    result = await world.reader.slash(world.channel, "verify quote", text=XI_ASKED, private=True)
    said = text(result.response)
    assert result.ephemeral
    assert said.startswith("**Altered** · a name was changed\n")
    assert struck(said) == ["Xi", "Lee"]
    assert "**Lee** asked **Xi** to act" in said
    assert colour(result.response.message) == AMBER


async def test_what_is_in_no_article_is_not_found(world: World) -> None:
    result = await world.reader.slash(
        world.channel, "verify quote", text="The moon landing was filmed in a bakery by two tired lighthouse keepers."
    )
    assert text(result.response).startswith("**Not found in our articles**\n")
    assert colour(result.response.message) == GREY


async def test_a_message_with_who_said_it_is_verified_for_the_one_who_asks_alone(world: World) -> None:
    typed = f"did you see this? The Gazette says:\n“{LEE_ASKED[:50]}\n{LEE_ASKED[50:].upper()}”\nis that true?"
    message = await world.admin.send(world.channel, typed)
    result = await world.reader.context_menu(world.channel, IS_OURS, message)
    said = text(result.response)
    assert result.ephemeral
    assert said.startswith("**Ours, word for word**\n")
    assert "Not checked, as it stands around the quotation: did you see this" in said
    assert world.channel.history(viewer=world.admin)[-1].id == message.id


async def test_several_sentences_have_one_verdict_each_and_the_seam_is_named(world: World) -> None:
    base = world.bot.services.libraries.base
    article = next(one for one in base.articles() if LEE_ASKED in one.text)
    spans = base.sentences(article.id)
    own = next(number for number, span in enumerate(spans) if article.text[span.start : span.end] == LEE_ASKED)
    other = article.text[spans[own - 3].start : spans[own - 3].end]
    result = await world.reader.slash(world.channel, "verify quote", text=f"{LEE_ASKED} {other}")
    said = text(result.response)
    assert said.startswith("**Ours, but joined** · each sentence is word for word, but what stands between")
    assert "**1 · Ours, word for word**" in said and "**2 · Ours, word for word**" in said
    assert "Before this, something was left out without a mark." in said


async def test_what_cannot_be_verified_is_refused_in_a_sentence_to_the_asker_alone(world: World) -> None:
    answer = await world.mention("What did Lee ask Xi to do about North Korea?")
    result = await world.reader.context_menu(world.channel, IS_OURS, answer)
    assert result.ephemeral
    assert text(result.response) == (
        "A bot has written that message; paste the words into `/verify quote` to verify them."
    )
    result = await world.reader.slash(world.channel, "verify quote", text="word " * 500)
    assert result.ephemeral and text(result.response) == (
        "The text has 2,499 characters, and at most 2,000 are verified; paste a part of it."
    )
    result = await world.reader.slash(world.channel, "verify quote", text="Hm.")
    assert text(result.response) == "The text is too short to be found; paste at least three words of it."
    world.refused()


@pytest.mark.settings(cooldown_seconds=60)
async def test_a_second_quotation_within_the_cooldown_has_to_wait(world: World) -> None:
    await world.reader.slash(world.channel, "verify quote", text=LEE_ASKED)
    result = await world.reader.slash(world.channel, "verify quote", text=LEE_ASKED)
    assert result.ephemeral and text(result.response).startswith("One question at a time, please")
    world.refused()


async def test_nothing_of_a_verification_is_kept(world: World) -> None:
    await world.reader.slash(world.channel, "verify quote", text=XI_ASKED)

    rows = world.bot.services.answers.asked_in(world.guild.id, 30)
    assert rows == []
    said = (await world.reader.slash(world.channel, "privacy")).response
    assert "Nothing." in text(said)


FERRY = Article(
    "ferry", "The ferry stops", "The ferry to Elmouth stops on Sunday. It has carried 4,000 people a day since June."
)


async def test_a_servers_own_articles_are_verified_there_and_nowhere_else(world: World) -> None:
    own = world.bot.services.libraries.own_or_create(world.guild.id)
    own.update([FERRY])
    altered = "It has carried 9,000 people a day since June."
    said = text((await world.reader.slash(world.channel, "verify quote", text=altered)).response)
    assert said.startswith("**Altered** · a number or a date was changed\n")
    elsewhere = world.env.create_guild("Another paper")
    room = elsewhere.create_text_channel("room")
    stranger = elsewhere.add_member(world.env.create_user("sam"))
    said = text((await stranger.slash(room, "verify quote", text=altered)).response)
    assert said.startswith("**Not found in our articles**\n") and "4,000" not in said
    await world.restart()
    said = text((await world.reader.slash(world.channel, "verify quote", text=altered)).response)
    assert struck(said) == ["9,000"] and "**4,000**" in said


@pytest.mark.parametrize("kept", [timedelta(days=3), None])
@pytest.mark.parametrize("withdrawn", [False, True])
async def test_a_sentence_that_was_corrected_or_withdrawn_is_known_and_not_shown(
    world: World, kept: timedelta | None, withdrawn: bool
) -> None:
    own = world.bot.services.libraries.own_or_create(world.guild.id)
    sentence = "It has carried 4,000 people a day since June."
    own.update([FERRY])
    await world.mention("How many people has the ferry carried a day since June?")
    if withdrawn:
        own.update([], remove=["ferry"], keep_for=kept)
    else:
        text_now = FERRY.text.replace("4,000", "3,000")
        own.update([Article("ferry", "The ferry stops", text_now)], keep_for=kept)
    await world.restart()
    said = text((await world.reader.slash(world.channel, "verify quote", text=sentence)).response)
    if kept and withdrawn:
        assert "It was in an article of ours until " in said
        assert "The ferry stops" not in said
    elif kept:
        assert said.startswith("**No longer in our articles** · It was in our article until ")
        assert struck(said) == ["4,000"] and "**3,000**" in said
    elif withdrawn:
        assert "I have quoted this very sentence here; the article that it was in was withdrawn since." in said
        assert "The ferry stops" not in said
    else:
        assert "I have quoted this very sentence here; the article that it was in was corrected since." in said
        assert "**3,000**" in said


CROWD = "It has carried 4,000 people a day since June."


async def test_what_is_never_to_be_quoted_is_shown_to_an_editor_alone_and_never_called_unknown(world: World) -> None:
    services = world.bot.services
    own = services.libraries.own_or_create(world.guild.id)
    own.update([FERRY])
    banned = own.sentence(SentenceKey.of("ferry", CROWD))
    assert banned
    services.choices.ban(world.guild.id, banned)
    altered = CROWD.replace("4,000", "9,000")
    for who, options in ((world.reader, {}), (world.reader, {"private": True}), (world.admin, {})):
        said = text((await who.slash(world.channel, "verify quote", text=CROWD, **options)).response)
        assert said.startswith("**Ours, word for word**\n-# Our editors never want this sentence quoted, so ")
        assert "4,000" not in said and "carried" not in said and "The ferry stops" in said
        assert ("An editor sees what is not shown here" in said) == (who is world.admin)
        said = text((await who.slash(world.channel, "verify quote", text=altered, **options)).response)
        assert said.startswith("**Altered** · a number or a date was changed\n-# Our editors never want this")
        assert "4,000" not in said and "9,000" not in said
    alone = await world.admin.slash(world.channel, "verify quote", text=altered, private=True)
    said = text(alone.response)
    assert alone.ephemeral and struck(said) == ["9,000"] and "**4,000**" in said
    assert "This is never to be quoted; readers who verify it do not see its words." in said
    message = await world.reader.send(world.channel, CROWD)
    by_menu = text((await world.admin.context_menu(world.channel, IS_OURS, message)).response)
    assert "> It has carried 4,000 people" in by_menu
    by_menu = text((await world.reader.context_menu(world.channel, IS_OURS, message)).response)
    assert "4,000" not in by_menu and by_menu.startswith("**Ours, word for word**\n")


async def test_what_is_in_a_title_is_found_there(world: World) -> None:
    world.bot.services.libraries.own_or_create(world.guild.id).update(
        [Article("ferry", "Elmouth loses its only ferry to the storm", FERRY.text, url="https://example.org/ferry")]
    )
    said = text((await world.reader.slash(world.channel, "verify quote", text="“loses its only ferry”")).response)
    assert said.startswith(
        "**Ours, word for word** · in the title of an article\n> “loses its only ferry”\n\n[Elmouth loses"
    )
    said = text(
        (
            await world.reader.slash(world.channel, "verify quote", text="Elmouth loses its only bank to the storm")
        ).response
    )
    assert said.startswith("**Altered** · words were changed\n")
    assert "-# As it stands in the title of our article\n> Elmouth loses its only **ferry** to the storm" in said


async def test_what_an_editor_corrected_by_hand_is_known_while_the_correction_is_on_record(world: World) -> None:
    services = world.bot.services
    own = services.libraries.own_or_create(world.guild.id)
    own.update([FERRY])
    report = own.update([Article("ferry", "The ferry stops", FERRY.text.replace("4,000", "3,000"))])
    services.corrections.note(world.guild.id, own, report)
    await world.restart()
    quoted = "“It has carried 4,000 people a day since June”"
    said = text((await world.reader.slash(world.channel, "verify quote", text=quoted)).response)
    assert said.startswith("**No longer in our articles** · It was in our article until ")
    assert struck(said) == ["4,000"] and "**3,000**" in said


def test_the_command_line_says_the_same_and_ends_with_a_code(pullquote: Run, sample: None) -> None:
    true = pullquote("verify", LEE_ASKED)
    assert true.code == 0
    assert true.out.startswith("Ours, word for word\n")
    altered = pullquote("verify", XI_ASKED)
    assert altered.code == 1
    assert altered.out.startswith("Altered · a name was changed\n")
    assert "Pasted:    On North Korea, [Xi] asked [Lee] to act" in altered.out
    assert "Published: On North Korea, [Lee] asked [Xi] to act" in altered.out
    found = pullquote("verify", "--json", "-", stdin=XI_ASKED)
    assert (found.code, found.json["verdict"], found.json["gravest"]) == (
        1, "altered", {"matter": "name", "manner": "changed"}
    )  # fmt: skip
    (sentence,) = found.json["sentences"]
    differences = [(one["pasted"], one["published"]) for one in sentence["differences"]]
    assert differences == [("Xi", "Lee"), ("Lee", "Xi")]
    assert sentence["quote"]["text"] == LEE_ASKED
    title = pullquote("verify", "Seoul and Beijing to hold talks on curbs on Korean pop culture")
    assert title.code == 0 and title.out.startswith("Ours, word for word · in the title of an article\n")
    article = found.json["sentences"][0]["quote"]["article"]["id"]
    assert pullquote("never-quote", "add", "--article", article, "--sentence", LEE_ASKED).code == 0
    assert "never to be quoted; readers who verify it on Discord do not see" in pullquote("verify", XI_ASKED).out
    (sentence,) = pullquote("verify", "--json", XI_ASKED).json["sentences"]
    assert (sentence["never_quoted"], sentence["in_title"], sentence["quote"]["text"]) == (True, False, LEE_ASKED)
    assert pullquote("verify", "no").complaint == (
        "The text is too short to be found; paste at least three words of it."
    )
    assert "at most 20,000 are verified" in pullquote("verify", "word " * 5_000).complaint
