"""Whose library may be read where the bot is used, and where it is not a member."""

from types import SimpleNamespace
from typing import cast

import pytest
from discord.app_commands import AppCommandContext

from bot.ui.service_bot import Interaction
from bot.ui.whereabouts import is_elsewhere, server_of_library

SERVER = 10


def used(
    server: int | None = SERVER,
    *,
    by_server: bool = False,
    by_person: bool = False,
    member: bool = True,
    chat: bool = False,
) -> Interaction:
    """An interaction, as far as it is looked at."""
    return cast(
        Interaction,
        SimpleNamespace(
            guild_id=server,
            is_guild_integration=lambda: by_server,
            is_user_integration=lambda: by_person,
            client=SimpleNamespace(get_guild=lambda _: object() if member else None),
            context=AppCommandContext(guild=server is not None, dm_channel=not chat, private_channel=chat),
        ),
    )


@pytest.mark.parametrize(
    ("interaction", "server", "elsewhere"),
    [
        (used(by_server=True), SERVER, False),
        (used(by_server=True, by_person=True), SERVER, False),
        (used(by_person=True), None, True),
        (used(by_person=True, member=False), None, True),
        (used(), SERVER, False),
        (used(member=False), None, True),
        (used(None), None, False),
        (used(None, by_person=True), None, False),
        (used(None, by_person=True, chat=True), None, True),
    ],
)
def test_a_servers_library_is_read_only_where_the_server_took_the_bot_in(
    interaction: Interaction, server: int | None, elsewhere: bool
) -> None:
    assert server_of_library(interaction) == server
    assert is_elsewhere(interaction) is elsewhere
