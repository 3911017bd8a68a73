"""Tells Discord the commands of the bot, and learns their ids. Of several processes, the one that leads tells them."""

import asyncio
import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from bot.ui.sending import FAILURES
from bot.ui.service_bot import ServiceBot
from bot.ui.speaking import CommandTranslator

COMMANDS = "commands.json"
"""The file in the data folder with the digest of the commands that Discord has, and their ids."""

logger = logging.getLogger(__name__)


class Registration:
    """Keeps the commands that Discord knows in line with those of the bot."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._file = bot.services.settings.data_dir / COMMANDS
        self._is_shared = not bot.services.duties.shards.are_all
        self._is_told = False
        self._telling: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Tell Discord the commands, or learn their ids where another process tells them, until it leads itself."""
        leadership = self._bot.services.duties.leadership
        leadership.on_change(self._go_on)
        if leadership.is_leader:
            await self._tell()
        else:
            await self._learn()

    def _go_on(self, leads: bool) -> None:
        """Tell the commands from now on: the process that led may have been of another version."""
        if leads and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        """Tell Discord the commands, if they are not those that it was told last.

        Of several processes, another one may have told it others since. So this one tells it once after its start.
        """
        tree = self._bot.tree
        in_all = (command.get_translated_payload(tree, CommandTranslator()) for command in tree.get_commands())
        definition = [self._bot.application_id, await asyncio.gather(*in_all)]
        digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
        known = await asyncio.to_thread(_read_json, self._file)
        if known.get("digest") != digest or (self._is_shared and not self._is_told):
            logger.info("Telling Discord the commands.")
            try:
                synced = await tree.sync()
            except FAILURES as error:
                logger.error("Discord did not take the commands, so they stay as they were: %s", error)
            else:
                self._is_told = True
                known = {"digest": digest, "ids": {command.name: command.id for command in synced}}
                await asyncio.to_thread(self._file.write_text, json.dumps(known))
                logger.info("Told Discord the commands: %s.", ", ".join(known["ids"]))
        self._bot.command_ids = known.get("ids", {})

    async def _learn(self) -> None:
        try:
            self._bot.command_ids = {command.name: command.id for command in await self._bot.tree.fetch_commands()}
        except FAILURES as error:
            logger.warning("The ids of the commands are not known, so they are not linked: %s", error)


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
