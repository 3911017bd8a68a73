"""Answers that quote what was corrected or withdrawn since say so, as the reader sees them; with the real model."""

import logging
import re
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from simcord.builders import ChannelHandle

from bot.asking.reply import Action
from bot.corrections import cog as corrections
from bot.corrections.cog import PAUSE, SECONDS
from bot.ui.reply import GREY, MESSAGE_CHARACTERS
from index import Article, Library
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.world import World, buttons, colour, further, in_bold, quotes, text, texts, unescaped
from tests.tools.site import Site

BROKER = LEE_ASKED.replace("mediator", "broker")

TIDES = Article(
    "tides",
    "The bakery that opens with the tide",
    "Ada Brandt bought the oven from a lighthouse keeper in 2019.",
    author="Nora Quill",
    url="https://example.org/tides",
)
OVEN, KEEPER = TIDES.text, "a lighthouse keeper"
OVEN_QUESTION = "Who sold Ada Brandt the oven?"

LOOKED = SECONDS + 1
"""By then the libraries were looked at again."""


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often as in reality. This replaces the fixture of the same name."""


def base(world: World) -> Library:
    return world.bot.services.libraries.base


def rewrite(library: Library, article_id: str, old: str, new: str) -> None:
    """Put other words into an article."""
    article = library.article(article_id)
    assert old in article.text
    library.update([replace(article, text=article.text.replace(old, new))])


async def oven(world: World) -> discord.Message:
    """An answer that quotes one sentence, OVEN."""
    base(world).update([TIDES])
    answer = await world.mention(OVEN_QUESTION)
    assert quotes(answer) == [OVEN]
    return answer


def seen(world: World, answer: discord.Message, channel: ChannelHandle | None = None) -> discord.Message:
    """The answer as its reader sees it now."""
    found = [one for one in (channel or world.channel).history(viewer=world.reader) if one.id == answer.id]
    assert found, "the answer is gone"
    return found[0]


def struck(message: discord.Message) -> list[str]:
    """The quoted sentences that are struck through."""
    return [unescaped(found) for found in re.findall(r"^##+ ~~(?:\d · )?“(.+)”~~$", text(message), re.MULTILINE)]


def asked_of_discord(world: World, answer: discord.Message) -> list[str]:
    """The methods of the requests that concerned the answer's message itself."""
    return [entry.method for entry in world.env.http_requests if entry.path.endswith(f"/messages/{answer.id}")]


async def test_a_corrected_sentence_is_struck_through_within_a_minute_and_nobody_is_pinged(world: World) -> None:
    answer = await oven(world)
    before, names = texts(answer), [mentioned.id for mentioned in answer.mentions]
    rewrite(base(world), "tides", KEEPER, "a harbour pilot")
    await world.env.advance_time(LOOKED)
    now = seen(world, answer)
    at = int((world.env.now()).timestamp())
    since = re.search(r"<t:(\d+):D>", text(now))
    assert since and 0 <= at - int(since[1]) <= LOOKED
    assert texts(now) == [
        f"-# ~~{before[0].removeprefix('-# ')}~~ · nothing of it stands any more: ask again",
        f"## ~~“{OVEN}”~~\n**Corrected since**, {since[0]} · [The article as it is now](https://example.org/tides)",
        *before[2:],
    ]
    assert "](https://example.org/tides#:~:text=Ada%20Brandt" in text(now)
    assert buttons(now) == buttons(answer)
    assert colour(now) == GREY
    assert [part.to_dict()["type"] for part in now.components] == [part.to_dict()["type"] for part in answer.components]
    (edit,) = [entry for entry in world.env.http_requests if entry.path.endswith(f"/{answer.id}") and entry.json]
    assert edit.json and edit.json["allowed_mentions"] == {"parse": []}
    assert {mentioned.id for mentioned in now.mentions} <= set(names)
    await world.env.advance_time(600)
    assert asked_of_discord(world, answer) == ["GET", "PATCH"]


async def test_a_withdrawn_article_is_said_to_be_withdrawn(world: World) -> None:
    answer = await oven(world)
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    now = seen(world, answer)
    assert struck(now) == [OVEN] and quotes(now) == []
    said = r"\n\*\*Withdrawn since\*\*, <t:\d+:D> · \[The page it stood on\]\(https://example\.org/tides\)\n"
    assert re.search(said, text(now))


async def test_what_the_desk_withdraws_corrects_and_brings_back_shows_in_the_answers(world: World, site: Site) -> None:
    site.put_story("ferry")
    await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    question, sentence = (
        "Who sold Ada Brandt the ferry?",
        "Ada Brandt bought the ferry from a lighthouse keeper in 2019.",
    )
    answer = await world.mention(question)
    assert quotes(answer)[0] == sentence
    before = texts(answer)
    asked = await world.admin.slash(world.channel, "articles remove", article="The ferry opens")
    removed = await world.admin.click(asked.response, label="Remove it")
    await world.env.advance_time(LOOKED)
    assert sentence in struck(seen(world, answer)) and "**Withdrawn since**" in text(seen(world, answer))
    await world.admin.click(removed.response, label="Undo")
    await world.env.advance_time(LOOKED)
    assert texts(seen(world, answer)) == before
    site.put_story("ferry", year=2021)
    await world.admin.slash(world.channel, "reindex")
    await world.env.advance_time(LOOKED)
    now = text(seen(world, answer))
    assert struck(seen(world, answer)) == [sentence]
    assert f"[The article as it is now]({site.url}/ferry)" in now and "**Corrected since**" in now


async def test_a_sentence_that_moved_still_stands_and_nothing_is_asked_of_discord(world: World) -> None:
    answer = await oven(world)
    text_now = f"This story was corrected on Monday.\n\n{OVEN}\n\nShe sells rye loaves."
    base(world).update([replace(TIDES, title="Renamed", text=text_now)])
    await world.env.advance_time(600)
    assert asked_of_discord(world, answer) == []
    assert texts(seen(world, answer)) == texts(answer)
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert in_bold(result.response) == [OVEN]
    assert "She sells rye loaves." in text(result.response)


async def test_an_article_that_comes_back_has_its_answers_as_they_were(world: World) -> None:
    answer = await oven(world)
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    assert struck(seen(world, answer)) == [OVEN]
    base(world).update([replace(TIDES, text=TIDES.text.replace(KEEPER, "a pilot"))])
    await world.env.advance_time(LOOKED)
    assert "**Corrected since**" in text(seen(world, answer)) and "Withdrawn" not in text(seen(world, answer))
    base(world).update([TIDES])
    await world.env.advance_time(LOOKED)
    now = seen(world, answer)
    assert texts(now) == texts(answer) and buttons(now) == buttons(answer)
    assert asked_of_discord(world, answer) == ["GET", "PATCH"] * 3


async def test_a_change_that_comes_and_goes_between_two_looks_is_not_seen(world: World) -> None:
    answer = await oven(world)
    base(world).remove("tides")
    base(world).update([TIDES])
    await world.env.advance_time(LOOKED)
    assert asked_of_discord(world, answer) == []


async def test_of_two_quotes_the_one_that_stands_is_left_as_it_is(world: World) -> None:
    answer = await world.mention("What does mediation mean?")
    first, second, *_ = quotes(answer)
    home = next(article for article in base(world).articles() if second in article.text)
    rewrite(base(world), home.id, second, "This paragraph was taken out.")
    await world.env.advance_time(LOOKED)
    now = seen(world, answer)
    assert first in quotes(now) and struck(now) == [second]
    assert texts(now)[1] == texts(answer)[1]
    count = len(quotes(answer))
    left = "1 of 2 still stands" if count == 2 else f"{count - 1} of {count} still stand"
    assert texts(now)[0] == f"-# ~~{texts(answer)[0].removeprefix('-# ')}~~ · {left}"
    result = await world.reader.click(now, custom_id=buttons(now)[Action.CONTEXT])
    assert first in in_bold(result.response) and second not in in_bold(result.response)


async def test_a_sentence_that_may_answer_is_struck_through_too(world: World) -> None:
    base(world).update([TIDES])
    world.bot.services.server_settings.choose(world.guild.id, threshold=1.0)
    answer = await world.mention(OVEN_QUESTION)
    assert further(answer) == [f"“{OVEN}”"] and texts(answer)[0].startswith("-# **Perhaps this**")
    rewrite(base(world), "tides", KEEPER, "a harbour pilot")
    await world.env.advance_time(LOOKED)
    said = texts(seen(world, answer))
    assert said[1].startswith(f"> ~~“{OVEN}”~~\n**Corrected since**")
    assert said[0].endswith(" · nothing of it stands any more: ask again")


async def test_a_direct_message_is_corrected_too_also_after_a_restart(world: World) -> None:
    base(world).update([TIDES])
    user = world.reader.user
    await user.send_dm(OVEN_QUESTION)
    assert quotes(user.dm_channel.last_message) == [OVEN]
    await world.restart()
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    assert struck(user.dm_channel.last_message) == [OVEN]


async def test_an_answer_to_a_command_and_one_in_a_thread_are_corrected(world: World) -> None:
    base(world).update([TIDES])
    result = await world.reader.slash(world.channel, "ask", question=OVEN_QUESTION)
    assert quotes(result.response) == [OVEN]
    answer = world.last
    await answer.create_thread(name="The oven")
    (thread,) = world.channel.threads
    await world.reader.send(thread, f"{world.me} {OVEN_QUESTION}")
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    assert struck(seen(world, answer)) == [OVEN] and "-# Who sold Ada Brandt the oven?" in text(seen(world, answer))
    assert thread.last_message and struck(thread.last_message) == [OVEN]


async def test_a_thread_that_was_archived_is_opened_for_the_edit_alone(world: World) -> None:
    base(world).update([TIDES])
    answer = await world.mention(OVEN_QUESTION)
    await answer.create_thread(name="The oven")
    (thread,) = world.channel.threads
    await world.reader.send(thread, f"{world.me} {OVEN_QUESTION}")
    found = world.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.edit(archived=True)
    world.env.inject_error(
        "PATCH", f"/channels/{thread.id}/messages/*", status=400, code=50083, message="Thread is archived"
    )
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    assert thread.last_message and struck(thread.last_message) == [OVEN]
    changes = [r.json for r in world.env.http_requests if r.method == "PATCH" and r.path == f"/channels/{thread.id}"]
    assert changes == [{"archived": True}, {"archived": False}, {"archived": True}]


async def test_a_private_answer_stays_as_it_is_and_breaks_nothing(world: World) -> None:
    base(world).update([TIDES])
    private = (await world.reader.slash(world.channel, "ask", question=OVEN_QUESTION, private=True)).response
    answer = await world.mention(OVEN_QUESTION)
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    assert struck(seen(world, answer)) == [OVEN]
    result = await world.reader.click(private, custom_id=buttons(private)[Action.CONTEXT])
    assert text(result.response) == "What this answer quoted was withdrawn since; ask the question again."


@pytest.mark.parametrize("while_off", ["changed while it is off", "changed just before it stops"])
async def test_what_was_changed_before_a_start_is_found_at_the_start(world: World, while_off: str) -> None:
    answer = await oven(world)
    rewrite(base(world), "tides", KEEPER, "a pilot")  # as by the command line, in another process
    await world.restart()
    await world.env.advance_time(LOOKED)
    assert struck(seen(world, answer)) == [OVEN]
    await world.restart()
    await world.env.advance_time(600)
    assert asked_of_discord(world, answer) == ["GET", "PATCH"]


async def test_another_process_changes_the_library(world: World) -> None:
    answer = await oven(world)
    with Library.open(world.bot.services.settings.data_dir, load_encoder=lambda: world.encoder) as elsewhere:
        elsewhere.remove("tides")
    await world.env.advance_time(LOOKED)
    assert struck(seen(world, answer)) == [OVEN]


async def test_only_the_libraries_that_a_server_sees_matter_to_its_answers(world: World) -> None:
    libraries = world.bot.services.libraries
    other = world.env.create_guild("Elsewhere")
    channel = other.create_text_channel("general")
    stranger = other.add_member(world.env.create_user("eve"))
    for server in (world.guild.id, other.id):
        libraries.own_or_create(server).update([TIDES])
    answer = await world.mention(OVEN_QUESTION)
    await stranger.send(channel, f"{world.me} {OVEN_QUESTION}")
    theirs = channel.last_message
    assert theirs and quotes(answer) == quotes(theirs) == [OVEN]
    libraries.own_or_create(other.id).remove("tides")
    await world.env.advance_time(LOOKED)
    assert asked_of_discord(world, answer) == [] and quotes(seen(world, answer)) == [OVEN]
    assert channel.last_message and struck(channel.last_message) == [OVEN]
    base(world).update([TIDES])  # so that it stands in what that server sees, after all
    await world.env.advance_time(LOOKED)
    assert channel.last_message and quotes(channel.last_message) == [OVEN]


async def test_a_long_answer_keeps_to_discords_limit_and_its_sentences_whole(world: World) -> None:
    far = f"https://example.org/{'tides/' * 90}"
    beside = "The harbour bakery in Elmouth opens two hours before high tide.", "She sells four hundred loaves."
    base(world).update([replace(TIDES, text=f"{beside[0]} {OVEN} {beside[1]}", url=far)])
    answer = await world.mention(OVEN_QUESTION)
    shown = quotes(answer)
    assert OVEN in shown and set(shown) <= {OVEN, *beside}
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    now = seen(world, answer)
    assert struck(now) == shown and text(now).count("**Withdrawn since**") == len(shown)
    assert sum(map(len, texts(now))) <= MESSAGE_CHARACTERS
    assert text(now).count(f"]({far}") >= len(shown)


# When Discord does not let it


async def test_of_a_message_that_is_gone_the_answer_is_forgotten(world: World) -> None:
    answer = await oven(world)
    answers = world.bot.services.answers
    world.env.inject_error(
        "GET", f"/channels/*/messages/{answer.id}", status=404, code=10008, message="Unknown Message"
    )
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    assert answers.answer_in(answer.id) is None
    await world.env.advance_time(600)
    assert asked_of_discord(world, answer) == ["GET"]


async def test_where_the_bot_has_no_access_it_says_so_once_and_asks_no_more(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    closed = world.guild.create_text_channel("closed")
    base(world).update([TIDES])
    for _ in range(3):
        await world.reader.send(closed, f"{world.me} {OVEN_QUESTION}")
    answer = await world.mention(OVEN_QUESTION)
    path = f"/channels/{closed.id}/messages/*"
    world.env.inject_error("GET", path, status=403, code=50001, message="Missing Access", times=None)
    base(world).remove("tides")
    await world.env.advance_time(600)
    assert struck(seen(world, answer)) == [OVEN]
    asked = [entry for entry in world.env.http_requests if entry.path.startswith(f"/channels/{closed.id}/messages/")]
    assert [entry.method for entry in asked] == ["GET"] * 2  # for a change is looked for twice
    warnings = [entry.getMessage() for entry in caplog.records if entry.name == corrections.logger.name]
    assert sum("cannot be corrected" in warning for warning in warnings) == 1
    world.env.backend.faults.clear()
    base(world).update([Article("other", "Another", "Another article came in.")])
    await world.env.advance_time(LOOKED + 3 * PAUSE)
    assert [struck(message) for message in closed.history() if message.author == world.bot.user] == [[OVEN]] * 3


async def test_when_discord_fails_it_is_tried_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    answer = await oven(world)
    world.env.inject_error("PATCH", f"/channels/*/messages/{answer.id}", status=500, times=6)
    base(world).remove("tides")
    await world.env.advance_time(120)
    assert struck(seen(world, answer)) == [OVEN]
    assert world.env.errors == []


async def test_thirty_answers_in_a_channel_are_edited_one_after_the_other_the_newest_first(world: World) -> None:
    base(world).update([TIDES])
    answers = [await world.mention(OVEN_QUESTION) for _ in range(30)]
    elsewhere = world.guild.create_text_channel("elsewhere")
    await world.reader.send(elsewhere, f"{world.me} {OVEN_QUESTION}")
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    done = [struck(seen(world, answer)) == [OVEN] for answer in answers]
    assert 1 <= sum(done) <= LOOKED / PAUSE and done == sorted(done)
    assert elsewhere.last_message and struck(elsewhere.last_message) == [OVEN]
    before = len(world.env.http_requests)
    await world.env.advance_time(6)
    patches = [entry for entry in world.env.http_requests[before:] if entry.method == "PATCH"]
    assert 4 <= len(patches) <= 6
    await world.env.advance_time(30)
    assert all(struck(seen(world, answer)) == [OVEN] for answer in answers)
    assert all(asked_of_discord(world, answer) == ["GET", "PATCH"] for answer in answers)


async def test_a_stop_waits_for_the_edit_under_way_and_the_rest_follows_at_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SimCord gives a start five seconds to settle, and waits out what is shorter in real time
    monkeypatch.setattr(corrections, "PAUSE", 6.0)
    base(world).update([TIDES])
    answers = [await world.mention(OVEN_QUESTION) for _ in range(6)]
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    await world.bot.wind_down(8)
    done = sum(struck(seen(world, answer)) == [OVEN] for answer in answers)
    await world.env.advance_time(60)
    assert sum(struck(seen(world, answer)) == [OVEN] for answer in answers) == done < 6
    await world.restart()
    await world.env.advance_time(60)
    assert all(struck(seen(world, answer)) == [OVEN] for answer in answers)


async def test_a_library_that_cannot_be_read_withdraws_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.bot.services.libraries.own_or_create(world.guild.id).update([TIDES])
    answer = await world.mention(OVEN_QUESTION)
    assert quotes(answer) == [OVEN]
    world.bot.services.libraries.close()
    place = Path(world.bot.services.settings.data_dir) / "servers" / str(world.guild.id)
    for file in place.glob("library.sqlite3*"):
        file.write_bytes(b"no database at all" * 500)
    await world.env.advance_time(120)
    assert asked_of_discord(world, answer) == []
    said = [entry for entry in caplog.records if "cannot be checked for corrections" in entry.getMessage()]
    assert len(said) == 1


# The buttons


@pytest.mark.parametrize(("fate", "new"), [("corrected", "a pilot"), ("withdrawn", None)])
@pytest.mark.parametrize("edited", [False, True], ids=["before the edit", "after it"])
async def test_a_press_says_what_became_of_the_quote(world: World, fate: str, new: str | None, edited: bool) -> None:
    answer = await oven(world)
    if new:
        rewrite(base(world), "tides", KEEPER, new)
    else:
        base(world).remove("tides")
    if edited:
        await world.env.advance_time(LOOKED)
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert result.ephemeral
    assert text(result.response) == f"What this answer quoted was {fate} since; ask the question again."


async def test_more_shows_what_still_stands_after_the_quote_was_corrected(world: World) -> None:
    answer = await world.mention(LEE_QUESTION)
    rewrite(base(world), "consultations", LEE_ASKED, BROKER)
    await world.env.advance_time(LOOKED)
    assert LEE_ASKED in struck(seen(world, answer))
    assert "-# Before: Lee and Xi agreed to go on talking" in text(seen(world, answer))  # as it still stands there
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.MORE])
    assert further(result.response)
    assert LEE_ASKED not in text(result.response) and BROKER not in text(result.response)
    base(world).update([], remove=[article.id for article in base(world).articles()])
    result = await world.reader.click(answer, custom_id=buttons(answer)[Action.MORE])
    assert text(result.response) == "What this answer quoted was withdrawn since; ask the question again."


async def test_a_corrected_answer_can_still_be_deleted(world: World) -> None:
    answer = await oven(world)
    base(world).remove("tides")
    await world.env.advance_time(LOOKED)
    await world.reader.context_menu(world.channel, "Delete this answer", seen(world, answer))
    assert [message.author.name for message in world.channel.history()] == ["ada"]
    assert world.bot.services.answers.answer_in(answer.id) is None
