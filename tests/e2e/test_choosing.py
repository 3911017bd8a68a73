"""What editors choose, as they and readers see it: why an answer, pinned answers, what is never quoted."""

import re
from dataclasses import replace

import discord
import pytest
from discord import app_commands

from bot.choosing.replies import PAGE
from bot.corrections import cog as corrections
from bot.errors import Refused
from index import Article, Library, SentenceKey, short_key
from tests.e2e.world import World, buttons, desk_button, further, in_bold, labels, quotes, text, unescaped

OPENS = "The harbour bakery in Elmouth opens two hours before high tide."
OVEN = "Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019."
LOAVES = "She sells four hundred rye loaves on a Saturday."
QUAY = "The council wants to move the shop to the new quay next spring."

TIDES = Article(
    "tides",
    "The bakery that opens with the tide",
    f"{OPENS} {OVEN}\n\n{LOAVES} {QUAY}",
    author="Nora Quill",
    published="2026-02-03",  # type: ignore[arg-type]
    url="https://example.org/tides",
)

WHEN = "When does the harbour bakery in Elmouth open?"
WHEN_AGAIN = "When does Elmouth's harbour bakery open its doors?"
WHO = "Who sold Ada Brandt the oven?"

WHY = "Why this answer?"
MINUTE = 61

minutes = pytest.mark.minutes
"""The bot looks after pins every minute, as it does in reality."""


def base(world: World) -> Library:
    return world.bot.services.libraries.base


def rewrite(world: World, old: str, new: str) -> None:
    article = base(world).article("tides")
    assert old in article.text
    base(world).update([replace(article, text=article.text.replace(old, new))])


def value_of(sentence: str) -> str:
    """The value of a sentence in a menu."""
    return f"{short_key('tides')}:{SentenceKey.of('tides', sentence).digest}"


def menus(message: discord.Message) -> dict[str, discord.ui.Select]:  # type: ignore[type-arg]
    """The menus below a message, by what is chosen with them."""
    view = discord.ui.LayoutView.from_message(message)
    found = [item for item in view.walk_children() if isinstance(item, discord.ui.Select)]
    return {str(item.custom_id).split(":")[2]: item for item in found}


async def why(world: World, answer: discord.Message, person: object = None) -> discord.Message:
    result = await (person or world.admin).context_menu(world.channel, WHY, answer)  # type: ignore[attr-defined]
    assert result.ephemeral
    return result.response


async def choose(world: World, answer: discord.Message, what: str, sentence: str) -> str:
    """Have the editor choose a sentence below the explanation of an answer; what they are told."""
    explained = await why(world, answer)
    menu = menus(explained.message)[what]  # type: ignore[attr-defined]
    result = await world.admin.select(explained, [value_of(sentence)], custom_id=menu.custom_id)
    assert result.ephemeral
    return text(result.response)


async def log_channel(world: World) -> object:
    log = world.guild.create_text_channel("log")
    await world.admin.slash(world.channel, "settings log-channel", channel=log)
    return log


@minutes
async def test_a_pinned_sentence_answers_in_other_words_until_it_is_corrected_and_again_when_it_is_back(
    world: World,
) -> None:
    base(world).update([TIDES])
    log = await log_channel(world)
    answer = await world.mention(WHEN)
    assert quotes(answer) == [OPENS]
    said = await choose(world, answer, "pin", LOAVES)
    assert f"Whoever asks “{WHEN}”, or the same in other words, gets this first:" in said
    again = await world.mention(WHEN_AGAIN)
    assert quotes(again)[0] == LOAVES
    assert "**Chosen by the editors**" in text(again)
    assert quotes(await world.mention(WHO))[0] == OVEN
    record = world.bot.services.answers.answer_in(again.id)
    assert record and record.chosen

    await world.restart()
    asked = await world.reader.slash(world.channel, "ask", question=WHEN_AGAIN)
    assert quotes(asked.response)[0] == LOAVES
    shown = await world.reader.click(again, custom_id=next(iter(buttons(again).values())))
    assert LOAVES in in_bold(shown.response)

    rewrite(world, "four hundred", "five hundred")
    await world.env.advance_time(MINUTE)
    assert quotes(await world.mention(WHEN_AGAIN)) == [OPENS]
    (told,) = log.history()
    assert text(told) == (
        f"### A pinned answer does not hold any more\n“{WHEN}” is answered as other questions are: its sentence no "
        "longer stands in its article, word for word.\n-# It holds again by itself if that changes. `/pins list` "
        "shows it, `/pins remove` removes it."
    )
    assert not told.mentions
    await world.env.advance_time(3 * MINUTE)
    assert len(log.history()) == 1, "it is said once"
    listed = await world.admin.slash(world.channel, "pins list")
    assert "Its sentence stands no longer in its article, so it does not hold now." in text(listed.response)

    rewrite(world, "five hundred", "four hundred")
    await world.env.advance_time(MINUTE)
    assert quotes(await world.mention(WHEN_AGAIN))[0] == LOAVES
    assert text(log.history()[-1]).startswith("### A pinned answer holds again")


async def test_an_editor_is_told_why_and_what_nearly_was(world: World) -> None:
    base(world).update([TIDES])
    answer = await world.mention(WHO)
    said = text(await why(world, answer))
    assert said.startswith(f"### Why this answer?\n-# {WHO}")
    assert re.search(r"Confidence: \d+%\. By the search it was \d+%, and \d+% once the reader had read", said)
    assert "The threshold here is 30%, as the operator chose, so it is answered." in said
    assert "Asked anew, it is answered as it was then." in said
    assert f"**Quoted** · “{OVEN}”" in unescaped(said)
    assert said.count("**Nearly**") == 3
    assert "its words: 3 of 4 of the question’s · its meaning: the closest of all" in said
    assert re.search(r"the reader: (a little|much|far) better than no answer · place: sentence 2 of 4", said)
    assert "nats" not in said


async def test_why_by_a_link_says_what_the_server_chose_and_that_the_articles_have_changed(world: World) -> None:
    base(world).update([TIDES])
    answer = await world.mention(WHO)
    await world.admin.slash(world.channel, "settings threshold", percent=40)
    rewrite(world, "lighthouse keeper", "sea captain")
    result = await world.admin.slash(world.channel, "why", answer=answer.jump_url)
    assert result.ephemeral
    said = text(result.response)
    assert "The threshold here is 40%, as this server chose, so it is answered." in said
    assert "The articles have changed since: a sentence of this answer stands in them no more." in said


async def test_a_reader_a_stranger_and_another_servers_editor_are_refused_in_a_sentence(world: World) -> None:
    base(world).update([TIDES])
    answer = await world.mention(WHO)
    for name in (WHY, "why", "pins", "never-quote"):
        world.guild.set_command_permissions(world.bot.command_ids[name], {world.guild.default_role: True})
    explained = await why(world, answer)
    refused = "That takes the permission Manage Server."
    assert text(await why(world, answer, world.reader)) == refused
    assert text((await world.reader.slash(world.channel, "why", answer=answer.jump_url)).response) == refused
    assert text((await world.reader.slash(world.channel, "pins list")).response) == refused
    assert text((await world.reader.slash(world.channel, "never-quote list")).response) == refused
    other = world.env.create_guild("Elsewhere")
    hall = other.create_text_channel("hall")
    editors = other.create_role("Editors", permissions=discord.Permissions(manage_guild=True))
    stranger = other.add_member(world.env.create_user("eve"), roles=[editors])
    result = await stranger.slash(hall, "why", answer=answer.jump_url)
    assert text(result.response) == "That message is none of my answers in this server, or it is too old."
    await world.admin.slash(world.channel, "pins add", question=WHO, sentence=LOAVES)
    listed = await stranger.slash(hall, "pins list")
    assert "None yet" in text(listed.response)
    removed = await stranger.slash(hall, "pins remove", pin="1")
    assert text(removed.response) == "There is nothing of that number here any more."
    await stranger.send(hall, f"{world.me} {WHO}")
    assert quotes(hall.last_message)[0] == OVEN, "pins of one server hold in no other"
    desk = world.guild.create_role("Desk")
    await world.admin.slash(world.channel, "settings admin-role", role=desk)
    menu = menus(explained.message)["pin"]  # type: ignore[attr-defined]
    late = await world.admin.select(explained, [value_of(LOAVES)], custom_id=menu.custom_id)
    assert "That takes the role" in text(late.response), "who is no editor any more cannot use what is still shown"
    world.refused(app_commands.CheckFailure, Refused)


async def test_a_sentence_that_is_never_to_be_quoted_gives_way_everywhere_and_comes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    base(world).update([TIDES])
    answer = await world.mention(WHO)
    assert quotes(answer) == [OVEN]
    said = await choose(world, answer, "ban", OVEN)
    assert said.startswith("### Never quoted from now on")
    for asked in (await world.mention(WHO), (await world.reader.slash(world.channel, "ask", question=WHO)).response):
        shown = [*quotes(asked), *further(asked)]
        assert not any("lighthouse" in one for one in shown), shown
        assert "lighthouse" not in text(asked)
    await world.env.advance_time(corrections.SECONDS + 1)
    struck = text(world.channel.history(viewer=world.reader)[1])
    assert "~~" in struck and "**No longer quoted**" in struck
    more = await world.reader.click(answer, custom_id=next(iter(buttons(answer).values())))
    assert text(more.response) == "What this answer quoted is no longer quoted; ask the question again."
    explained = text(await why(world, answer))
    assert f"**Left out, as it is never to be quoted**\n> ~~{OVEN}~~" in unescaped(explained)

    await world.restart()
    assert "lighthouse" not in text(await world.mention(WHO))
    removed = await world.admin.slash(world.channel, "never-quote remove", sentence="1")
    assert text(removed.response).startswith("### Removed\nIt may be quoted again")
    assert quotes(await world.mention(WHO)) == [OVEN]
    back = await world.admin.click(removed.response, custom_id=desk_button(removed.response, "Undo"))
    assert "It is never quoted again." in text(back.response or removed.response)
    assert "lighthouse" not in text(await world.mention(WHO))
    world.refused()


async def test_an_editor_pins_by_words_and_by_a_link_and_takes_it_back(world: World) -> None:
    base(world).update([TIDES])
    by_words = await world.admin.slash(world.channel, "pins add", question=WHEN, sentence="four hundred rye loaves")
    assert f"> “{LOAVES}”" in unescaped(text(by_words.response))
    link = "https://example.org/tides#:~:text=" + OVEN.replace(" ", "%20").replace(",", "%2C")
    by_link = await world.admin.slash(world.channel, "pins add", question=WHEN, sentence=link)
    assert f"> “{OVEN}”" in unescaped(text(by_link.response))
    listed = text((await world.admin.slash(world.channel, "pins list")).response)
    assert LOAVES not in unescaped(listed) and OVEN in unescaped(listed), "the later takes the place of the earlier"
    assert quotes(await world.mention(WHEN))[0] == OVEN
    shown = await world.admin.autocomplete(world.channel, "pins remove", "pin", "bakery")
    assert [choice["name"] for choice in shown] == [f"2 · {WHEN}"]
    removed = await world.admin.slash(world.channel, "pins remove", pin=shown[0]["value"])
    assert quotes(await world.mention(WHEN)) == [OPENS]
    await world.admin.click(removed.response, custom_id=desk_button(removed.response, "Undo"))
    assert quotes(await world.mention(WHEN))[0] == OVEN
    nothing = await world.admin.slash(world.channel, "pins add", question=WHEN, sentence="Nobody ever wrote that here.")
    assert "name no sentence of the articles, or several" in text(nothing.response)
    world.refused()


async def test_another_sentence_is_pinned_through_the_form(world: World) -> None:
    base(world).update([TIDES])
    answer = await world.mention(WHEN)
    explained = await why(world, answer)
    form = await world.admin.click(explained, label="Pin another sentence …")
    view = form.modal
    names = [component["component"]["custom_id"] for component in view["components"]]
    result = await world.admin.submit_modal(form, dict(zip(names, (WHEN, QUAY), strict=True)))
    assert text(result.response).startswith("### Pinned")
    assert quotes(await world.mention(WHEN_AGAIN))[0] == QUAY


async def test_long_lists_have_pages(world: World) -> None:
    base(world).update([TIDES])
    quote = base(world).sentence(SentenceKey.of("tides", LOAVES))
    assert quote
    for number in range(PAGE + 1):
        world.bot.services.choices.pin(world.guild.id, f"How many loaves in year {number}?", quote.key)
    listed = await world.admin.slash(world.channel, "pins list")
    assert "6 of 500 · page 1 of 2" in text(listed.response)
    assert labels(listed.response) == ["◀", "▶"]
    turned = await world.admin.click(listed.response, label="▶")
    assert "How many loaves in year 0?" in text(turned.response or listed.response)


async def test_a_follow_up_and_a_question_about_one_article_are_explained_as_they_were_asked(world: World) -> None:
    base(world).update([TIDES])
    first = await world.mention(WHO)
    followed = await world.mention("and when?", reply_to=first)
    assert f"It was read as a follow-up to “{WHO}”." in text(await why(world, followed))
    await world.reader.slash(world.channel, "ask", question=WHO, article="tides")
    assert f"Only the article “{TIDES.title}” was asked." in text(await why(world, world.last))
