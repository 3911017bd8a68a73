"""The bot in other languages than English: a reader's own, a server's, and Discord's names of the commands."""

import discord
import pytest

from bot.asking.reply import Action
from bot.corrections.cog import SECONDS
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, TIDES, Speaks
from tests.e2e.world import World, buttons, desk_button, labels, quotes, text, texts

ABSENT = "What does a kilogram of flour cost in Reykjavik?"


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often as in reality. This replaces the fixture of the same name."""


@pytest.mark.settings(cooldown_seconds=10)
async def test_a_korean_reader_asks_in_korean_throughout(world: World, speaks: Speaks) -> None:
    speaks(world.reader, "ko")
    answer = (await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)).response
    assert LEE_ASKED in quotes(answer)
    assert text(answer).splitlines()[1].startswith("-# **확실함**")
    assert labels(answer)[:2] == ["앞뒤 글 보기", "더 보기"]

    message = world.last
    voted = await world.reader.click(message, custom_id=buttons(message)[Action.UP])
    assert (
        text(voted.response) == "감사합니다. 도움이 되었다고 기록했습니다. 다른 버튼(👍 또는 👎)으로 바꿀 수 있습니다."
    )
    voted = await world.admin.click(message, custom_id=buttons(message)[Action.DOWN])
    assert text(voted.response).startswith("Thanks, noted that it did not help.")
    more = await world.reader.click(message, custom_id=buttons(message)[Action.MORE])
    assert text(more.response).startswith("-# 추가 구절. 뒤로 갈수록 질문과의 관련이 적습니다")

    too_soon = await world.reader.slash(world.channel, "ask", question=ABSENT)
    assert text(too_soon.response).startswith("한 번에 하나씩 질문해 주세요.")
    await world.env.advance_time(10)
    refused = await world.reader.slash(world.channel, "ask", question=ABSENT)
    assert texts(refused.response)[-1].endswith("그 답이 없습니다.**")
    wrong = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, since="tomorrow")
    assert text(wrong.response) == "'since' 값 'tomorrow'은(는) 날짜가 아닙니다. 2026-01-31처럼 쓰세요."

    await world.env.advance_time(10)
    await world.reader.user.send_dm(LEE_QUESTION)
    direct = world.reader.user.dm_channel.last_message
    assert texts(direct)[0].startswith("-# **확실함**")
    world.refused()


async def test_a_servers_language_is_that_of_its_messages_and_an_answer_keeps_its_own(
    world: World, speaks: Speaks
) -> None:
    speaks(world.admin, "de")
    shown = await world.admin.slash(world.channel, "settings language")
    assert text(shown.response) == (
        "### Welche Sprache ich spreche\nZurzeit: Hier schreibe ich in der Sprache English; auf Befehle antworte ich "
        "allen in ihrer eigenen.\n-# `sprache` ändert es."
    )
    await world.admin.slash(world.channel, "settings language", language="ko")
    added = await world.admin.slash(world.channel, "articles add", file=("tides.md", TIDES.encode()))
    assert texts(added.response)[0].startswith("### Hinzugefügt: *The bakery that opens with the tide*")
    assert "Sätze können zitiert werden." in text(added.response)
    assert labels(added.response) == ["Rückgängig", "Bearbeiten"]

    answer = await world.mention(BAKERY_QUESTION)
    assert BAKERY_ANSWER in quotes(answer)
    assert texts(answer)[0].startswith("-# **확실함**")

    await world.admin.slash(world.channel, "settings language", language="fr")
    await world.admin.slash(world.channel, "reindex", dry_run=True)
    assert text(world.last).startswith("### Réindexation, simulation\nRien n’a été modifié")
    assert labels(world.last) == ["Réindexer maintenant"]

    removal = await world.admin.slash(world.channel, "articles remove", article="The bakery that opens with the tide")
    assert texts(removal.response)[0].startswith("### *The bakery that opens with the tide* entfernen?")
    await world.admin.click(removal.response, custom_id=desk_button(removal.response, "Entfernen"))
    await world.env.advance_time(SECONDS + 1)
    (struck,) = (one for one in world.channel.history() if one.id == answer.id)
    assert "**이후 철회됨**" in text(struck)
    assert texts(struck)[0].endswith("남아 있는 인용문이 없습니다. 다시 질문하세요")


async def test_discord_is_told_the_names_of_the_commands_in_all_languages(world: World) -> None:
    known = world.env.backend.commands[None]
    ask = known["ask", discord.AppCommandType.chat_input.value]
    assert ask["name_localizations"] | {"ko": "질문", "de": "fragen", "es-ES": "preguntar"} == ask["name_localizations"]
    assert ask["description_localizations"]["ja"] == "記事に質問すると、原文をそのまま引用して答えます。"
    assert set(ask["name_localizations"]) == {"de", "es-ES", "es-419", "fr", "ja", "ko", "tr", "zh-CN"}
    settings = known["settings", discord.AppCommandType.chat_input.value]
    (language,) = (one for one in settings["options"] if one["name"] == "language")
    choices, clear = (option["choices"] for option in language["options"])
    assert [choice["name"] for choice in choices][:3] == ["English", "Deutsch", "Español"]
    assert clear[0]["name_localizations"]["tr"] == "Varsayılana dön"
