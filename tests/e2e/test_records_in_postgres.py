"""The bot with its records in PostgreSQL, and what becomes of it when that server is away for a while."""

import logging
from collections.abc import Iterator

import pytest

from bot.client import Pullquote
from bot.logs import TextFormatter
from bot.services import opening
from bot.settings import Settings
from bot.storage.answers import Votes
from bot.storage.database import Database
from bot.storage.records import open_database
from bot.watching.health import Report, Status
from bot.watching.watcher import Watcher
from tests import gate
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.world import World, buttons, quotes, text
from tests.gate import Gate
from tests.postgres import Place


@pytest.fixture
def way(postgres_place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The way to the records, which are in PostgreSQL."""
    with gate.before(postgres_place.url) as (way, url):

        def open_records(settings: Settings, *, renew_seal: bool = False) -> Database:
            return open_database(settings.data_dir, url, schema=postgres_place.schema, renew_seal=renew_seal)

        monkeypatch.setattr(opening, "open_records", open_records)
        yield way


@pytest.fixture
def simcord_bot(way: Gate, simcord_bot: Pullquote) -> Pullquote:
    """The bot as in all tests, after the way to its records is there."""
    return simcord_bot


def problems(report: Report) -> dict[str, str]:
    return {problem.part: problem.sentence for problem in report.problems}


async def test_votes_and_settings_are_there_after_a_restart(world: World, way: Gate) -> None:
    answer = await world.mention(LEE_QUESTION)
    assert quotes(answer)[0] == LEE_ASKED
    up = next(custom_id for action, custom_id in buttons(answer).items() if action.name == "UP")
    await world.reader.click(answer, custom_id=up)
    await world.admin.slash(world.channel, "settings ask-channel add", channel=world.channel)
    await world.restart()
    answers = world.bot.services.answers
    record = answers.answer_in(answer.id)
    assert record and record.question.endswith(LEE_QUESTION) and answers.votes(record.id) == Votes(1, 0)
    assert world.bot.services.server_settings.is_ask_channel(world.channel.id)
    assert not list(world.bot.services.settings.data_dir.glob("records.*"))


async def test_while_the_server_is_away_readers_and_the_operator_are_told_and_then_the_bot_goes_on(
    world: World, way: Gate, postgres_place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watcher = Watcher(world.bot)
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    assert (await watcher.look()).status is Status.OK
    way.shut()
    assert "My database cannot be reached just now; try again" in text(await world.mention(LEE_QUESTION))
    report = await watcher.look()
    assert report.status is Status.UNHEALTHY and set(problems(report)) == {"records"}
    assert "cannot be reached (Connection refused); see whether its server runs" in problems(report)["records"]
    assert report.facts.base and report.facts.base.generation == 1, "the library can be read"
    way.open()
    assert quotes(await world.mention(LEE_QUESTION))[0] == LEE_ASKED
    report = await watcher.look()
    assert (report.status, problems(report)) == (Status.OK, {})
    logged = "\n".join(map(TextFormatter().format, caplog.records))
    assert "No longer so: The database " in logged
    assert postgres_place.url.split(":")[2].split("@")[0] not in logged
    world.refused(Exception)
