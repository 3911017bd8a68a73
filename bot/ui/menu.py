"""Entries of a message's menu, under *Apps*."""

from typing import Any

from discord import app_commands


def message_menu(name: str, callback: Any) -> app_commands.ContextMenu:  # noqa: ANN401 - discord.py's type is no public one
    """An entry for servers and direct messages. discord.py has no decorator for one in a cog, which adds it itself."""
    return app_commands.ContextMenu(
        name=name,
        callback=callback,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
