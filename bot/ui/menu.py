"""Entries of a message's menu, under *Apps*."""

from collections.abc import Callable, Coroutine

from discord import Message, Permissions, app_commands

from bot.ui.service_bot import Interaction


def message_menu(
    name: str,
    callback: Callable[[Interaction, Message], Coroutine[object, object, None]],
    *,
    for_editors: bool = False,
    everywhere: bool = False,
) -> app_commands.ContextMenu:
    """An entry for servers and direct messages. discord.py has no decorator for one in a cog, which adds it itself.

    One `for_editors` is for servers alone, and Discord shows it at first only to those with Manage Server. With
    `everywhere`, whoever installs the bot for themselves has it also where the bot is not.
    """
    menu = app_commands.ContextMenu(
        name=name,
        callback=callback,
        allowed_contexts=app_commands.AppCommandContext(
            guild=True, dm_channel=not for_editors, private_channel=everywhere
        ),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=everywhere),
    )
    if for_editors:
        menu.default_permissions = Permissions(manage_guild=True)
    return menu
