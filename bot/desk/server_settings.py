"""/settings: what the admins of a server set for it."""

import asyncio
from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.desk.replies import every, settings_reply
from bot.errors import NotAllowed, Refused
from bot.markdown import Markdown, joined, md
from bot.ui.permissions import check_manager, server_of
from bot.ui.sending import deliver, layout, tell
from bot.ui.service_bot import Interaction, ServiceBot

ACCESS_MISSING = md("But I may not write there: give me View Channel and Send Messages in it.")
INTENT_MISSING = md("For now I read only messages there that mention me: the bot's operator has MESSAGE_CONTENT off.")
ROLE_UNSEEN = md(
    "Discord shows the commands only to those with Manage Server until you let the role use them, under Server "
    "Settings, Integrations."
)

MIN_HOURS, MAX_HOURS = 0.5, 168
"""Between two refreshes. Sites need not be asked more often."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ServerSettingsCog(commands.GroupCog, name="settings"):
    """Settings of one server, for those who may manage it: checked at each use, whatever Discord shows to whom."""

    ask_channel = app_commands.Group(name="ask-channel", description="Channels where every message is a question.")

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._settings = bot.services.settings
        self._chosen = bot.services.server_settings

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        """Let only those in who may manage the server."""
        try:
            check_manager(interaction)
        except NotAllowed as error:
            raise app_commands.CheckFailure from error
        return True

    @app_commands.command(name="show")
    async def show_all(self, interaction: Interaction) -> None:
        """Show all settings of this server."""
        server, settings = interaction.guild_id, self._settings
        reply = settings_reply(
            self._chosen.of(server),
            self._chosen.ask_channels(server),
            threshold=settings.answer_threshold,
            refresh_hours=settings.refresh_hours,
        )
        await deliver(lambda: interaction.response.send_message(view=layout(reply), ephemeral=True))

    @app_commands.command(name="admin-role")
    @app_commands.describe(
        role="Its members alone may change articles and sources; without one, who has Manage Server."
    )
    async def admin_role(self, interaction: Interaction, role: discord.Role | None = None) -> None:
        """Name the role that may change articles and sources."""
        if role and role.is_default():
            raise Refused(md("{} is no role to run the desk; name another one.", "@everyone"))
        await self._choose(interaction, admin_role=role.id if role else None)
        said = (
            md("<@&{}> may change articles and sources from now on, and administrators. {}", role.id, ROLE_UNSEEN)
            if role
            else md("Who has Manage Server may change articles and sources.")
        )
        await tell(interaction, said)

    @app_commands.command()
    @app_commands.describe(percent="How sure an answer must be to be given, from 0 to 100; without one the default.")
    async def threshold(
        self, interaction: Interaction, percent: app_commands.Range[float, 0, 100] | None = None
    ) -> None:
        """Say how sure an answer must be."""
        await self._choose(interaction, threshold=None if percent is None else percent / 100)
        sure = self._settings.answer_threshold if percent is None else percent / 100
        await tell(interaction, md("From now on I answer here where I am at least {} sure.", f"{sure:.0%}"))

    @app_commands.command()
    @app_commands.describe(hours="From one reading of the sources to the next; 0 for never, without one the default.")
    async def refresh(
        self, interaction: Interaction, hours: app_commands.Range[float, 0, MAX_HOURS] | None = None
    ) -> None:
        """Say how often sources are read again by themselves."""
        if hours and hours < MIN_HOURS:
            raise Refused(md("Half an hour is the least; 0 is for never."))
        await self._choose(interaction, refresh_hours=hours)
        chosen = self._settings.refresh_hours if hours is None else hours
        at_once = md("; `/reindex` does it at once") if chosen else md("")
        await tell(interaction, md("Sources are read again {}{}.", every(chosen), at_once))

    @app_commands.command(name="log-channel")
    @app_commands.describe(channel="Where I report what a refresh changed, or failed at; without one, nowhere.")
    async def log_channel(self, interaction: Interaction, channel: discord.TextChannel | None = None) -> None:
        """Name the channel for reports."""
        await self._choose(interaction, log_channel=channel.id if channel else None)
        if channel is None:
            await tell(interaction, md("I report nowhere."))
            return
        said = md("I report in <#{}> what a refresh changes or fails at.", channel.id)
        await tell(interaction, joined(" ", (said, _access(channel))))

    @ask_channel.command()
    @app_commands.describe(channel="Every message in it will be answered.")
    async def add(self, interaction: Interaction, channel: discord.TextChannel) -> None:
        """Answer every message in a channel."""
        await asyncio.to_thread(self._chosen.add_ask_channel, channel.guild.id, channel.id)
        said = md("Every message in <#{}> is a question from now on.", channel.id)
        await tell(interaction, joined(" ", (said, _access(channel), self._intent())))

    @ask_channel.command()
    @app_commands.describe(channel="It will be a channel like any other.")
    async def remove(self, interaction: Interaction, channel: discord.TextChannel) -> None:
        """Answer in a channel only where the bot is mentioned."""
        await asyncio.to_thread(self._chosen.remove_ask_channel, channel.id)
        await tell(interaction, md("In <#{}> I answer only where I am mentioned.", channel.id))

    @ask_channel.command(name="list")
    async def show(self, interaction: Interaction) -> None:
        """List the channels where every message is a question."""
        channels = [md("<#{}>", channel) for channel in self._chosen.ask_channels(interaction.guild_id)]
        said = md("Ask channels: {}.", joined(", ", channels))
        await tell(interaction, joined(" ", (said, self._intent())) if channels else md("No ask channels yet."))

    def _intent(self) -> Markdown:
        """The note that the bot reads only messages that mention it; empty if the intent is on."""
        return md("") if self._bot.intents.message_content else INTENT_MISSING

    async def _choose(self, interaction: Interaction, **changed: float | None) -> None:
        """Set the named settings of the server, and leave the others as they are."""
        await asyncio.to_thread(partial(self._chosen.choose, server_of(interaction), **changed))


def _access(channel: discord.TextChannel) -> Markdown:
    mine = channel.permissions_for(channel.guild.me)
    return md("") if mine.view_channel and mine.send_messages else ACCESS_MISSING
