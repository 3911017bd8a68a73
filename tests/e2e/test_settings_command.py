"""/settings: a command shows its setting, a value changes it, and only *clear* takes it back."""

import pytest

from bot.storage.server_settings import ServerSettings
from tests.e2e.world import World, text

CLEAR = "Back to the default"


async def said(world: World, command: str, **options: object) -> str:
    """What the admin is told, alone."""
    result = await world.admin.slash(world.channel, f"settings {command}", **options)
    assert result.ephemeral
    return text(result.response)


def chosen(world: World) -> ServerSettings:
    return world.bot.services.server_settings.of(world.guild.id)


async def test_a_command_without_a_value_shows_the_default_and_sets_nothing(world: World) -> None:
    assert await said(world, "admin-role") == (
        "### Who may change articles and sources\nAt present: Everybody with Manage Server may change articles and "
        "sources.\n-# `role` changes it."
    )
    assert await said(world, "threshold") == (
        "### How sure an answer must be\nAt present: I answer here where I am at least 30% sure.\n"
        "-# `percent` changes it."
    )
    assert await said(world, "refresh") == (
        "### When sources are read again\nAt present: Sources are read again every 6 hours; `/reindex` does it at "
        "once.\n-# `hours` changes it."
    )
    assert await said(world, "log-channel") == (
        "### Where refreshes are reported\nAt present: I report nowhere.\n-# `channel` changes it."
    )
    assert chosen(world) == ServerSettings()


async def test_what_was_set_is_shown_and_stays(world: World) -> None:
    desk, log = world.guild.create_role("Desk"), world.guild.create_text_channel("log")
    assert await said(world, "admin-role", role=desk) == (
        f"### Who may change articles and sources\nFrom now on: <@&{desk.id}> may change articles and sources, and "
        "administrators. Discord shows the commands only to those with Manage Server until you let the role use them, "
        "under Server Settings, Integrations."
    )
    assert await said(world, "threshold", percent=45) == (
        "### How sure an answer must be\nFrom now on: I answer here where I am at least 45% sure."
    )
    assert await said(world, "refresh", hours=0) == (
        "### When sources are read again\nFrom now on: Sources are read again only by `/reindex`."
    )
    assert await said(world, "log-channel", channel=log) == (
        f"### Where refreshes are reported\nFrom now on: I report in <#{log.id}> what a refresh changes or fails at."
    )
    everything = ServerSettings(desk.id, 0.45, 0, log.id)
    assert chosen(world) == everything
    assert (await said(world, "admin-role")).splitlines()[1:] == [
        f"At present: <@&{desk.id}> may change articles and sources, and administrators.",
        "-# `role` changes it; `clear` goes back to the default, everybody with Manage Server.",
    ]
    assert (await said(world, "threshold")).splitlines()[1:] == [
        "At present: I answer here where I am at least 45% sure.",
        "-# `percent` changes it; `clear` goes back to the default, 30%.",
    ]
    assert (await said(world, "refresh")).splitlines()[1:] == [
        "At present: Sources are read again only by `/reindex`.",
        "-# `hours` changes it; `clear` goes back to the default, every 6 hours.",
    ]
    assert (await said(world, "log-channel")).splitlines()[1:] == [
        f"At present: I report in <#{log.id}> what a refresh changes or fails at.",
        "-# `channel` changes it; `clear` goes back to the default, no reports.",
    ]
    assert chosen(world) == everything


async def test_only_clear_takes_a_setting_back_and_only_that_one(world: World) -> None:
    desk, log = world.guild.create_role("Desk"), world.guild.create_text_channel("log")
    everything = ServerSettings(desk.id, 0.45, 24, log.id)
    world.bot.services.server_settings.choose(
        world.guild.id, admin_role=desk.id, threshold=0.45, refresh_hours=24, log_channel=log.id
    )
    assert (await said(world, "admin-role", clear=CLEAR)).endswith(
        "\nFrom now on: Everybody with Manage Server may change articles and sources."
    )
    assert chosen(world) == ServerSettings(None, 0.45, 24, log.id)
    assert (await said(world, "threshold", clear=CLEAR)).endswith(
        "\nFrom now on: I answer here where I am at least 30% sure."
    )
    assert (await said(world, "refresh", clear=CLEAR)).endswith("every 6 hours; `/reindex` does it at once.")
    assert (await said(world, "log-channel", clear=CLEAR)).endswith("\nFrom now on: I report nowhere.")
    assert chosen(world) == ServerSettings() != everything


@pytest.mark.parametrize(("command", "option", "value"), [("threshold", "percent", 45), ("refresh", "hours", 24)])
async def test_a_value_and_clear_at_once_change_nothing(world: World, command: str, option: str, value: int) -> None:
    assert await said(world, command, **{option: value, "clear": CLEAR}) == "Give a value or `clear`, one of the two."
    assert chosen(world) == ServerSettings()
    world.refused()


async def test_ask_channels_are_named_under_one_heading(world: World) -> None:
    assert await said(world, "ask-channel list") == (
        "### Ask channels\nNone yet: `/settings ask-channel add` names one."
    )
    assert await said(world, "ask-channel add", channel=world.channel) == (
        f"### Ask channels\nEvery message in <#{world.channel.id}> is a question from now on."
    )
    assert await said(world, "ask-channel list") == f"### Ask channels\n<#{world.channel.id}>."
    assert await said(world, "ask-channel remove", channel=world.channel) == (
        f"### Ask channels\nIn <#{world.channel.id}> I answer only where I am mentioned."
    )
