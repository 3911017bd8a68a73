"""Opinion is marked where it is quoted, as readers see it; with the real model."""

from dataclasses import replace
from pathlib import Path

import pytest
from simcord.backend.errors import SetupError

from bot.asking.reply import Action
from index import Article
from tests.e2e.conftest import Run
from tests.e2e.world import World, buttons, quotes, text

QUESTION = "What should the council do with the Calder footbridge?"
PIECE = Article(
    "piece",
    "Pull it down",
    "The council should pull down the Calder footbridge and bring back the ferry. Nobody needs a bridge to a meadow.",
    author="Nora Quill",
    published="2026-03-02",  # type: ignore[arg-type]
    section="Opinion",
)
SAID = "The council should pull down the Calder footbridge and bring back the ferry."


async def test_a_reader_sees_that_a_quote_is_opinion_beside_its_byline(world: World) -> None:
    world.bot.services.libraries.base.update([PIECE])
    answer = await world.mention(QUESTION)
    assert quotes(answer)[0] == SAID
    assert "-# Opinion · Nora Quill · 2 March 2026" in text(answer).splitlines()
    shown = await world.reader.click(answer, custom_id=buttons(answer)[Action.CONTEXT])
    assert "-# Opinion · Nora Quill · 2 March 2026" in text(shown.response).splitlines()


async def test_an_editor_names_a_section_and_it_is_marked_in_that_server_alone_after_a_restart_too(
    world: World,
) -> None:
    world.bot.services.libraries.base.update([replace(PIECE, section="The Soapbox")])
    plain, marked = (f"-# {said}Nora Quill · 2 March 2026 · The Soapbox" for said in ("", "Opinion · "))
    before = await world.mention(QUESTION)
    assert plain in text(before).splitlines()
    set_to = await world.admin.slash(world.channel, "settings opinion-sections", names="The Soapbox, Rants")
    assert set_to.ephemeral and "The Soapbox, Rants" in text(set_to.response)
    assert marked in text(await world.mention(QUESTION)).splitlines()
    await world.restart()
    shown = await world.reader.click(before, custom_id=buttons(before)[Action.CONTEXT])
    assert marked in text(shown.response).splitlines()

    elsewhere = world.env.create_guild("Another paper")
    channel = elsewhere.create_text_channel("ask")
    stranger = elsewhere.add_member(world.env.create_user("eve"))
    await stranger.send(channel, f"{world.me} {QUESTION}")
    assert plain in text(channel.last_message).splitlines()

    cleared = await world.admin.slash(world.channel, "settings opinion-sections", clear="Back to the default")
    assert "The Soapbox" not in text(cleared.response)
    assert plain in text(await world.mention(QUESTION)).splitlines()


async def test_a_reader_may_not_name_sections(world: World) -> None:
    with pytest.raises(SetupError, match="not visible to this user"):
        await world.reader.slash(world.channel, "settings opinion-sections", names="News")


def test_the_command_line_marks_opinion_by_the_setting_and_in_json(pullquote: Run, place: Path) -> None:
    head = "---\ntitle: Pull it down\nauthor: Nora Quill\nsection: The Soapbox\n---\n\n"
    (place / "piece.md").write_text(head + PIECE.text)
    assert pullquote("articles", "add", "piece.md").code == 0
    assert [one["opinion"] for one in pullquote("ask", QUESTION, "--json").json["quotes"]] == [False]
    env: dict[str, str | Path] = {"OPINION_SECTIONS": "Rants, The Soapbox"}
    assert [one["opinion"] for one in pullquote("ask", QUESTION, "--json", env=env).json["quotes"]] == [True]
    assert "Opinion · Nora Quill · The Soapbox" in pullquote("ask", QUESTION, env=env).out
