"""The bot as its features see it: it holds the services, and knows no feature."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from bot.services.opened import Services


class Heard:
    """Recognizes what Discord sends again, as it may after a connection was lost, by the ids of the last `most`."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._ids: dict[int, None] = {}

    def is_new(self, snowflake: int) -> bool:
        """Whether a message or an interaction is heard for the first time."""
        if snowflake in self._ids:
            return False
        self._ids[snowflake] = None
        if len(self._ids) > self._most:
            del self._ids[next(iter(self._ids))]
        return True


class ServiceBot(commands.AutoShardedBot):
    """A bot that holds the services, the ids of its commands, and what its buttons do. Discord says how many shards."""

    def __init__(self, services: Services, **options: Any) -> None:  # noqa: ANN401 - discord.py's own
        super().__init__(**options)
        self.services = services
        self.is_warm = False
        """Whether the model is loaded."""
        self.heard = Heard()
        self.command_ids: dict[str, int] = {}
        """The ids of the commands by name, as Discord knows them."""
        self.button_handlers: dict[str, ButtonHandler] = {}
        """What the buttons of the desk do, by their actions. The cogs that show them put it here."""


Interaction = discord.Interaction[ServiceBot]
"""A command, button or form that somebody used, in this bot."""

ButtonHandler = Callable[[Interaction, str], Awaitable[None]]
"""Does what a button says, given the button's argument."""
