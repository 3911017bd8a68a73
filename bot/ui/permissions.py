"""Who may change a server's library: asked anew at every command, button and modal, whatever Discord shows to whom."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NotAllowed
from bot.markdown import md
from bot.storage.server_settings import ServerSettingsStore

if TYPE_CHECKING:
    from bot.client import Pullquote


class EditorsCog(commands.GroupCog):
    """A group of commands for the editors of a server."""

    def __init__(self, bot: "Pullquote") -> None:
        self._bot = bot

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let only editors in."""
        try:
            check_editor(interaction, self._bot.questions.preferences)
        except NotAllowed as error:
            raise app_commands.CheckFailure from error
        return True


def check_manager(interaction: discord.Interaction[Any]) -> None:
    """Let only those on who may manage the server. Raises NotAllowed."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise NotAllowed(md("That takes the permission Manage Server."))


def check_editor(interaction: discord.Interaction[Any], preferences: ServerSettingsStore) -> None:
    """Let only those on who have the admin role; where none is named, who may manage the server. Raises NotAllowed.

    Administrators may do everything, as everywhere in Discord: a role that is gone locks nobody out.
    """
    role = preferences.of(interaction.guild_id).admin_role
    if role is None or interaction.guild_id is None:
        check_manager(interaction)
    elif not interaction.permissions.administrator and not _has_role(interaction.user, role):
        raise NotAllowed(md("That takes the role <@&{}>, which the admins of this server have named for it.", role))


def _has_role(person: discord.User | discord.Member, role: int) -> bool:
    return isinstance(person, discord.Member) and person.get_role(role) is not None
