"""What readers see where there is no sure answer: a sentence that may be it, the topic alone, or nothing.

The encoder is the deterministic one, so that it is known how sure each answer is.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot.asking.delivery import give
from bot.asking.reply import Action
from bot.corrections import cog as corrections
from bot.corrections.cog import SECONDS
from bot.services.questions import GivenAnswer
from bot.storage.answers import AnswerRecord, Votes
from bot.ui.reply import AMBER, GREEN, GREY
from index import Article, Library, Outcome
from tests.e2e.world import World, buttons, colour, further, labels, quotes, text, texts
from tests.encoder import WordEncoder

PATCH = Article(
    "patch",
    "The last fighting Tommy",
    "Harry Patch fought at Passchendaele in 1917. He became a plumber in Bath after the war.\n\n"
    "The queen sent a letter to his family.",
    author="Jane Doe",
    url="https://example.org/patch",
)
FERRY = Article(
    "ferry", "Ferry crews to strike", "Ferry crews will walk out for three days. The harbour expects long queues."
)
FOUGHT = "Harry Patch fought at Passchendaele in 1917."
PLUMBER = "He became a plumber in Bath after the war."
LETTER = "The queen sent a letter to his family."

SURE, UNSURE = "Where did Harry Patch fight in 1917?", "What did the queen send?"
NAVY = "When did Harry Patch join the navy at Portsmouth?"
BREAD = "how long will crews of the harbour walk out for bread"
NOTHING_NEAR = "Who is the lead singer of the K-pop band?"

PERHAPS_THIS = [
    "-# **Perhaps this** · it may not be the answer: read it in context",
    f"> “{LETTER}”",
    "[The last fighting Tommy](https://example.org/patch#:~:text=The%20queen%20sent%20a%20letter%20to%20his%20family.)\n"
    "-# Jane Doe",
    f"-# Before: {PLUMBER}",
]


@pytest.fixture(scope="module")
def real_encoder() -> WordEncoder:
    """The deterministic encoder, in place of the real model."""
    return WordEncoder()


@pytest.fixture(scope="module")
def _sample_folder(real_encoder: WordEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The articles above, in place of the bundled sample."""
    folder = tmp_path_factory.mktemp("outcomes") / "library"
    with Library.open(folder, load_encoder=lambda: real_encoder) as library:
        library.update([PATCH, FERRY])
    return folder


@pytest.fixture
def _corrections_looked_for(monkeypatch: pytest.MonkeyPatch, _corrections_looked_for_seldom: None) -> Iterator[None]:
    """Look for corrections as often as in reality."""
    with monkeypatch.context() as patch:
        patch.setattr(corrections, "SECONDS", SECONDS)
        yield


def record_of(world: World, message: discord.Message) -> AnswerRecord:
    record = world.bot.services.answers.answer_in(message.id)
    assert record
    return record


async def related(world: World, question: str = NAVY) -> discord.Message:
    """The reply where the articles tell of what was asked about, but not that."""
    services = world.bot.services
    answer = services.libraries.base.ask(question)
    assert answer.outcome is Outcome.RELATED
    record = services.answers.keep(world.guild.id, world.reader.id, answer)
    channel = world.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)

    async def ask() -> GivenAnswer:
        return GivenAnswer(answer, record)

    await give(ask, services, channel.send)
    return world.last


# Perhaps this


async def test_a_sentence_that_may_answer_is_shown_as_perhaps_and_a_sure_one_is_not(world: World) -> None:
    perhaps = await world.mention(UNSURE)
    assert texts(perhaps) == PERHAPS_THIS
    assert quotes(perhaps) == []  # those stand out
    assert list(buttons(perhaps)) == [Action.CONTEXT, Action.MORE, Action.UP, Action.DOWN]
    sure = await world.mention(SURE)
    assert quotes(sure)[0] == FOUGHT and "Perhaps" not in text(sure)
    assert (colour(perhaps), colour(sure)) == (AMBER, GREEN)


async def test_it_looks_the_same_for_a_command_and_in_a_direct_message(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=UNSURE)
    assert texts(result.response) == [f"-# {UNSURE}", *PERHAPS_THIS]
    await world.reader.user.send_dm(UNSURE)
    assert texts(world.reader.user.dm_channel.last_message) == PERHAPS_THIS


async def test_a_threshold_that_nothing_reaches_leaves_perhaps_of_the_first_quote(world: World) -> None:
    sure = await world.mention(SURE)
    await world.admin.slash(world.channel, "settings threshold", percent=100)
    perhaps = await world.mention(SURE)
    assert texts(perhaps)[0] == PERHAPS_THIS[0]
    assert further(perhaps) == [f"“{FOUGHT}”"]
    assert quotes(sure)[0] == FOUGHT


@pytest.mark.parametrize("restarted", [False, True])
async def test_its_buttons_work(world: World, restarted: bool) -> None:
    perhaps = await world.mention(UNSURE)
    if restarted:
        await world.restart()
    context = await world.admin.click(perhaps, custom_id=buttons(perhaps)[Action.CONTEXT])
    assert texts(context.response)[:2] == [PERHAPS_THIS[0], f"{FOUGHT} {PLUMBER}\n\n**{LETTER}**"]
    more = await world.admin.click(perhaps, custom_id=buttons(perhaps)[Action.MORE])
    assert texts(more.response)[0].startswith(
        "-# Further passages, each less close to the question than the one before · page 1 of "
    )
    assert [quoted[:4] for quoted in further(more.response)] == ["2 · ", "3 · ", "4 · "]
    assert LETTER not in text(more.response)
    await world.reader.click(perhaps, custom_id=buttons(perhaps)[Action.DOWN])
    assert world.bot.services.answers.votes(record_of(world, perhaps).id) == Votes(0, 1)


@pytest.mark.usefixtures("_corrections_looked_for")
@pytest.mark.parametrize("restarted", [False, True])
async def test_it_is_struck_through_when_its_article_changes(world: World, restarted: bool) -> None:
    await world.mention(UNSURE)
    if restarted:
        await world.restart()
    base = world.bot.services.libraries.base
    base.update([replace(PATCH, text=PATCH.text.replace("letter", "wreath"))])
    await world.env.advance_time(SECONDS + 1)
    said = texts(world.last)
    assert said[0] == f"-# ~~{PERHAPS_THIS[0][3:]}~~ · nothing of it stands any more: ask again"
    assert re.fullmatch(
        rf"> ~~“{LETTER}”~~\n\*\*Corrected since\*\*, <t:\d+:D> · \[The article as it is now\]"
        r"\(https://example\.org/patch\)",
        said[1],
    )
    base.update([PATCH])
    await world.env.advance_time(SECONDS + 1)
    assert texts(world.last) == PERHAPS_THIS


async def test_once_it_is_withdrawn_in_context_says_so_and_more_shows_no_other_as_perhaps(world: World) -> None:
    perhaps = await world.mention(UNSURE)
    world.bot.services.libraries.base.remove("patch")
    context = await world.reader.click(perhaps, custom_id=buttons(perhaps)[Action.CONTEXT])
    assert text(context.response) == "What this answer quoted was withdrawn since; ask the question again."
    more = await world.reader.click(perhaps, custom_id=buttons(perhaps)[Action.MORE])
    assert texts(more.response)[0] == "-# What is near the topic; it does not answer the question"
    assert "Perhaps" not in text(more.response)
    world.refused()


async def test_editors_find_it_among_the_questions_not_found_with_a_mark_and_its_votes(world: World) -> None:
    perhaps = await world.mention(UNSURE)
    await world.reader.click(perhaps, custom_id=buttons(perhaps)[Action.DOWN])
    await world.mention(NOTHING_NEAR)
    await world.mention(SURE)
    result = await world.admin.slash(world.channel, "insights", csv=True)
    assert text(result.response).splitlines() == [
        "### What readers asked",
        "-# The last 30 days, 2 December 2025 to 1 January 2026",
        "**3 questions**",
        "▰▰▱▱▱▱ 1 answered · 33%",
        "▰▰▱▱▱▱ 1 perhaps · 33%",
        "▰▰▱▱▱▱ 1 not found · 33%",
        "0 of 1 votes say that it helped",
        "### Not found, or only perhaps",
        f"**1×** {UNSURE}",
        "-# 1 time with a sentence that may answer it",
        f"**1×** {NOTHING_NEAR}",
        "### Most quoted",
        "**1×** The last fighting Tommy",
        "### Voted down",
        UNSURE,
        "-# 1 of 1 votes says that it did not help",
        "### How sure, and how often right",
        "Perhaps this: voted right 0 of 1 times",
        "-# Once 20 answers have votes, I say here which threshold suits them.",
        "-# The option csv adds tables, with every wording and when it was last asked.",
    ]
    assert result.response
    (table,) = [file for file in result.response.attachments if file.filename == "questions.csv"]
    rows = (await table.read()).decode("utf-8-sig").splitlines()
    assert [row.split(",")[-2] for row in rows[1:]] == ["perhaps", "no", "yes"]


async def test_a_question_in_the_thread_on_it_follows_it_up(world: World) -> None:
    perhaps = await world.mention(UNSURE)
    await perhaps.create_thread(name="The letter")
    found = world.bot.services.answers.latest_in_thread(perhaps.id)
    assert found and (found.question, found.outcome) == (UNSURE, Outcome.PERHAPS)
    (thread,) = world.channel.threads
    await world.reader.send(thread, SURE)
    assert thread.last_message and quotes(thread.last_message)[0] == FOUGHT


# The topic, but not that


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (NAVY, "**The articles tell of Harry Patch, but not of that.**"),
        (BREAD, "**The articles are near that topic, but none of them says that.**"),
    ],
)
async def test_where_the_articles_tell_of_it_but_not_that_nothing_is_quoted(
    world: World, question: str, said: str
) -> None:
    answer = await related(world, question)
    assert texts(answer) == [said]
    assert colour(answer) == GREY
    assert labels(answer) == ["What is near", "Tell me when you have it"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_is_near_is_shown_on_request_to_whoever_asks(world: World, restarted: bool) -> None:
    answer = await related(world)
    if restarted:
        await world.restart()
    result = await world.admin.click(answer, custom_id=buttons(answer)[Action.NEAR])
    assert result.ephemeral
    shown = texts(result.response)
    assert shown[0].startswith("-# What is near the topic; it does not answer the question · page 1 of ")
    assert shown[1] == f"> 1 · “{FOUGHT}”"
    assert shown[2].startswith("[The last fighting Tommy](https://example.org/patch")
    assert quotes(result.response) == []


@pytest.mark.usefixtures("_corrections_looked_for")
async def test_it_needs_no_correction_as_it_quotes_nothing(world: World) -> None:
    answer = await related(world)
    world.bot.services.libraries.base.remove("patch")
    await world.env.advance_time(SECONDS + 1)
    assert texts(world.last) == ["**The articles tell of Harry Patch, but not of that.**"]
    requests = [entry.method for entry in world.env.http_requests if entry.path.endswith(f"/messages/{answer.id}")]
    assert requests == []


# Nothing


async def test_where_nothing_is_near_nothing_is_shown_and_one_can_only_wait(world: World) -> None:
    answer = await world.mention(NOTHING_NEAR)
    assert texts(answer) == ["**The articles do not hold an answer to that.**"]
    assert list(buttons(answer)) == ["wait"]
    assert colour(answer) == GREY
    record = record_of(world, answer)
    assert (record.answered, record.outcome, record.shown) == (False, Outcome.ABSENT, ())
