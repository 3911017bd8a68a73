"""Reports in the log channel of a library: a server's own, or the operator's for the base library."""

import logging
from functools import partial

import discord
from discord import ui

from bot.ui.sending import FAILURES, deliver
from bot.ui.service_bot import ServiceBot

logger = logging.getLogger(__name__)


def log_channel_of(bot: ServiceBot, server: int | None) -> int | None:
    """The log channel of a server's library; of the base library if `server` is None; None where none is set."""
    services = bot.services
    return services.settings.log_channel if server is None else services.server_settings.of(server).log_channel


async def report(bot: ServiceBot, server: int | None, view: ui.LayoutView) -> bool:
    """Send it to the log channel of a library, if there is one, and ping nobody. False if it could not be sent."""
    channel = log_channel_of(bot, server)
    if channel is None:
        return True
    place = bot.get_partial_messageable(channel, guild_id=server)
    try:
        await deliver(partial(place.send, view=view, allowed_mentions=discord.AllowedMentions.none()))
    except FAILURES as error:
        logger.warning("Nothing can be reported in the log channel of %s: %s", server or "the operator", error)
        return False
    finally:
        view.stop()
    return True
