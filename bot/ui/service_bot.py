"""A bot on top of services, as the features see it: it knows none of them."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from bot.services.opened import Services


class ServiceBot(commands.Bot):
    """A bot that holds the services, the ids of its commands, and what its buttons do."""

    def __init__(self, services: Services, **options: Any) -> None:  # noqa: ANN401 - discord.py's own
        super().__init__(**options)
        self.services = services
        self.command_ids: dict[str, int] = {}
        """The ids of the commands by name, as Discord knows them."""
        self.button_handlers: dict[str, ButtonHandler] = {}
        """What the buttons of the desk do, as the cogs that show them have it."""


Interaction = discord.Interaction[ServiceBot]
"""What somebody did, in this bot."""

ButtonHandler = Callable[[Interaction, str], Awaitable[None]]
"""Does what a button says, given the button's argument."""
