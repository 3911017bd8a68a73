"""Checks who may change a server's library. Every command, button and modal checks, whatever Discord shows to whom."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NotAllowed
from bot.markdown import md
from bot.ui.service_bot import Interaction, ServiceBot


class EditorsCog(commands.GroupCog):
    """A group of commands for the editors of a server."""

    def __init__(self, bot: ServiceBot) -> None:
        self._services = bot.services

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        """Let only editors in."""
        try:
            check_editor(interaction)
        except NotAllowed as error:
            raise app_commands.CheckFailure from error
        return True


def server_of(interaction: Interaction) -> int:
    """The server that somebody acts in. Raises NotAllowed for a direct message."""
    if interaction.guild_id is None:
        raise NotAllowed(md("That works in a server alone."))
    return interaction.guild_id


def check_manager(interaction: Interaction) -> None:
    """Raise NotAllowed unless the person may manage the server."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise NotAllowed(md("That takes the permission Manage Server."))


def check_editor(interaction: Interaction) -> None:
    """Raise NotAllowed unless the person has the admin role, or, if none is set, may manage the server.

    Administrators may do everything, as everywhere in Discord, so that a deleted role locks nobody out.
    """
    role = interaction.client.services.server_settings.of(interaction.guild_id).admin_role
    if role is None or interaction.guild_id is None:
        check_manager(interaction)
    elif not interaction.permissions.administrator and not _has_role(interaction.user, role):
        raise NotAllowed(md("That takes the role <@&{}>, which the admins of this server have named for it.", role))


def is_editor(interaction: Interaction) -> bool:
    """Whether the person may change the library of the server that they act in; nobody may in a direct message."""
    try:
        check_editor(interaction)
    except NotAllowed:
        return False
    return True


def _has_role(person: discord.User | discord.Member, role: int) -> bool:
    return isinstance(person, discord.Member) and person.get_role(role) is not None
