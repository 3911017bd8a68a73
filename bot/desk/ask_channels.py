"""The places that can be ask channels, and what the bot lacks there."""

import discord
from discord import app_commands

from bot.errors import Refused
from bot.markdown import Markdown, mark, md, md_later
from bot.ui.sending import FAILURES
from bot.ui.service_bot import Interaction

Place = discord.TextChannel | discord.ForumChannel | discord.Thread

ACCESS_MISSING = md_later("But I may not write there: give me View Channel and Send Messages in it.")
IN_THREADS_MISSING = md_later("But I may not answer there: give me View Channel and Send Messages in Threads in it.")
OUTSIDE = md_later("But it is a private thread that I am not in: mention me in it once.")
LOCKED = md_later("But it is locked: unlock it, or give me Manage Threads.")


def access_missing(place: Place) -> Markdown:
    """What the bot lacks to answer there, and what helps; empty if it lacks nothing."""
    if isinstance(place, discord.Thread) and place.parent is None:  # its channel is hidden from the bot
        return IN_THREADS_MISSING()
    mine = place.permissions_for(place.guild.me)
    if isinstance(place, discord.TextChannel):
        return mark("") if mine.view_channel and mine.send_messages else ACCESS_MISSING()
    if not (mine.view_channel and mine.send_messages_in_threads):
        return IN_THREADS_MISSING()
    if isinstance(place, discord.Thread) and not mine.manage_threads:
        if place.locked:
            return LOCKED()
        if place.is_private() and place.me is None:
            return OUTSIDE()
    return mark("")


class _AskPlaceTransformer(app_commands.Transformer):
    """Takes a channel, forum or thread, also an archived one, which discord.py does not know."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """The type of the option."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """What Discord lets people choose."""
        kinds = discord.ChannelType
        return [
            kinds.text, kinds.news, kinds.forum, kinds.media, kinds.public_thread, kinds.private_thread,
            kinds.news_thread,
        ]  # fmt: skip

    async def transform(  # type: ignore[override]
        self, interaction: Interaction, value: app_commands.AppCommandChannel | app_commands.AppCommandThread, /
    ) -> Place:
        """The place as the bot sees it. Raises Refused if it does not see it."""
        place = value.resolve()
        if place is None:
            try:
                place = await value.fetch()
            except FAILURES as error:
                raise Refused(md("I do not see <#{}>: give me View Channel in it.", value.id)) from error
        if not isinstance(place, Place) or place.guild.id != interaction.guild_id:
            raise Refused(md("<#{}> is no channel, forum or thread that people ask in.", value.id))
        return place


AskPlace = app_commands.Transform[Place, _AskPlaceTransformer]
