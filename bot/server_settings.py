"""/settings: what the admins of a server set for it."""

import asyncio
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NotAllowed
from bot.messages import tell
from bot.permissions import check_manager

if TYPE_CHECKING:
    from bot.client import Pullquote

ACCESS_MISSING = " But I may not write there: give me View Channel and Send Messages in it."
INTENT_MISSING = " For now I read only messages there that mention me: whoever runs me has MESSAGE_CONTENT off."


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ServerSettings(commands.GroupCog, name="settings"):
    """Settings of one server, for those who may manage it: checked at each use, whatever Discord shows to whom."""

    ask_channel = app_commands.Group(name="ask-channel", description="Channels where every message is a question.")

    def __init__(self, bot: "Pullquote") -> None:
        self._bot = bot
        self._preferences = bot.questions.preferences

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let only those in who may manage the server."""
        try:
            check_manager(interaction)
        except NotAllowed as error:
            raise app_commands.CheckFailure from error
        return True

    @ask_channel.command()
    @app_commands.describe(channel="Every message in it will be answered.")
    async def add(self, interaction: discord.Interaction[Any], channel: discord.TextChannel) -> None:
        """Answer every message in a channel."""
        await asyncio.to_thread(self._preferences.add_ask_channel, channel.guild.id, channel.id)
        mine = channel.permissions_for(channel.guild.me)
        access = "" if mine.view_channel and mine.send_messages else ACCESS_MISSING
        intent = "" if self._bot.intents.message_content else INTENT_MISSING
        await tell(interaction, f"Every message in {channel.mention} is a question from now on.{access}{intent}")

    @ask_channel.command()
    @app_commands.describe(channel="It will be a channel like any other.")
    async def remove(self, interaction: discord.Interaction[Any], channel: discord.TextChannel) -> None:
        """Answer in a channel only where the bot is mentioned."""
        await asyncio.to_thread(self._preferences.remove_ask_channel, channel.id)
        await tell(interaction, f"In {channel.mention} I answer only where I am mentioned.")

    @ask_channel.command(name="list")
    async def show(self, interaction: discord.Interaction[Any]) -> None:
        """List the channels where every message is a question."""
        channels = [f"<#{channel}>" for channel in self._preferences.ask_channels(interaction.guild_id)]
        intent = "" if self._bot.intents.message_content else INTENT_MISSING
        await tell(interaction, f"Ask channels: {', '.join(channels)}.{intent}" if channels else "No ask channels yet.")
