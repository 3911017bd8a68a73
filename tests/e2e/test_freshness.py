"""Every answer says from when the articles are; and its operator hears when the base library is refreshed no more."""

import re
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.watching.facts import Gatherer
from bot.watching.health import Report
from tests.e2e.conftest import BAKERY_QUESTION, TIDES, Run
from tests.e2e.test_reindex_command import QUESTION, with_feed
from tests.e2e.world import World, foot, quotes, text
from tests.tools.site import Site

pytestmark = pytest.mark.minutes

HOUR, DAY = 3600, 24 * 3600


def now(world: World) -> float:
    with world.env.time_context():
        return discord.utils.utcnow().timestamp()


def read_at(message: Any) -> int:  # noqa: ANN401
    """When an answer says that the articles were read."""
    found = re.match(r"-# Articles read <t:(\d+):R>", foot(message))
    assert found, text(message)
    return int(found[1])


async def test_an_answer_says_when_its_sources_were_read_and_since_when_one_is_silent(world: World, site: Site) -> None:
    await world.admin.slash(world.channel, "settings refresh", hours=12)
    await with_feed(world, site, "ferry")
    await world.env.advance_time(14 * HOUR)
    answer = await world.mention(QUESTION.format("ferry"))
    assert quotes(answer) and 0 <= now(world) - read_at(answer) <= 12 * HOUR * 1.1 + 600
    assert "source" not in foot(answer)
    before = read_at(answer)
    await world.env.advance_time(12 * HOUR)
    again = await world.mention(QUESTION.format("ferry"))
    assert read_at(again) > before
    last = read_at(again)
    site.pages.pop("/feed")
    await world.env.advance_time(3 * DAY)
    late = await world.mention(QUESTION.format("ferry"))
    assert quotes(late)
    assert foot(late) == (
        f"-# Articles read <t:{read_at(late)}:R> · what is quoted has not been found at its source since "
        f"<t:{read_at(late)}:R>"
    )
    assert read_at(late) >= last and now(world) - read_at(late) > 2 * DAY
    direct = await world.reader.slash(world.channel, "ask", question=QUESTION.format("ferry"), private=True)
    assert foot(direct.response) == foot(late)
    nothing = await world.mention("Who won the chess tournament on Mars?")
    assert not quotes(nothing) and read_at(nothing)


def test_the_terminal_and_json_say_it_too(pullquote: Run, place: Path) -> None:
    (place / "tides.md").write_text(TIDES.replace("2026", "2025"))
    assert pullquote("articles", "add", "tides.md").code == 0
    assert re.fullmatch(r"Articles read \d+ seconds? ago\.\n", pullquote("ask", BAKERY_QUESTION).read)
    assert pullquote("ask", BAKERY_QUESTION, "--json").json["read"].endswith("+00:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """ARTICLES_DIR, with a story in it."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "tides.md").write_text(TIDES.replace("2026", "2025"))
    return folder


async def with_articles_dir(world: World, folder: Path) -> Any:  # noqa: ANN401
    """The base library over a folder, refreshed every hour, with a log channel for the operator."""
    log = world.guild.create_text_channel("operator")
    await world.restart(articles_dir=folder, refresh_hours=1, log_channel=log.id)
    await world.env.advance_time(1.5 * HOUR)
    return log


async def test_the_operator_hears_once_when_refreshing_dies_and_once_when_it_recovers(
    world: World, folder: Path
) -> None:
    log = await with_articles_dir(world, folder)
    said = len(log.history())
    story = (folder / "tides.md").read_text()
    (folder / "tides.md").unlink()
    await world.env.advance_time(5 * HOUR)
    assert len(log.history()) == said + 1 and "### Not refreshed" in text(log.last_message)
    await world.restart()
    await world.env.advance_time(5 * HOUR)
    assert len(log.history()) == said + 1, "a restart says it no second time"
    with world.env.time_context():
        report = Report.of(await Gatherer(world.bot).gather())
    assert any("could not be refreshed" in problem.sentence for problem in report.problems)
    (folder / "tides.md").write_text(story)
    await world.env.advance_time(30 * HOUR)
    assert len(log.history()) == said + 2 and "### Refreshed again" in text(log.last_message)
    await world.restart()
    await world.env.advance_time(5 * HOUR)
    assert len(log.history()) == said + 2


async def test_refreshes_that_end_with_the_process_are_told_before_the_next(world: World, folder: Path) -> None:
    log = await with_articles_dir(world, folder)
    said = len(log.history())
    store = world.bot.services.refresh_state
    for _ in range(2):
        with world.env.time_context():
            store.begin(discord.utils.utcnow())
        await world.restart()
        store = world.bot.services.refresh_state
    await world.env.advance_time(1.5 * HOUR)
    told = [text(message) for message in log.history()[said:]]
    assert len(told) == 2, told
    assert "ended with the bot" in told[0] and "### Refreshed again" in told[1]
