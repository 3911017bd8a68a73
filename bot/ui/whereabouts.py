"""Where a command or a button is used: in a server that the bot is in, in a chat with the bot, or anywhere else.

People may install the bot for themselves and use it in servers and chats that it is not in. There it sees nothing but
what they give it, and knows no library but the base library.
"""

from bot.ui.service_bot import Interaction


def server_of_library(interaction: Interaction) -> int | None:
    """The server whose own library may be read here; None where there is none, as in a server without the bot.

    Discord says by whom the bot was installed for this use. Where it does not, it counts whether the bot is a member.
    """
    server = interaction.guild_id
    if server is None or interaction.is_guild_integration():
        return server
    is_own = not interaction.is_user_integration() and interaction.client.get_guild(server) is not None
    return server if is_own else None


def is_elsewhere(interaction: Interaction) -> bool:
    """Whether this is a place that the bot is not in: a server without it, or a chat between people."""
    return server_of_library(interaction) != interaction.guild_id or interaction.context.private_channel
