"""The bot: what it stands on, in what order it starts, and how it stops."""

import asyncio
import contextlib
import gc
import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.asking.about import AboutCog
from bot.asking.buttons import AnswerButton
from bot.asking.commands import AskCog
from bot.asking.messages import MessageCog
from bot.corrections.cog import CorrectionsCog
from bot.desk.articles import ArticlesCog
from bot.desk.buttons import DeskAction, DeskButton, Handler
from bot.desk.jobs import Jobs
from bot.desk.reindex import ReindexCog
from bot.desk.schedule import ScheduleCog
from bot.desk.server_settings import ServerSettingsCog
from bot.desk.sources import SourcesCog
from bot.errors import TooSoon, explain
from bot.housekeeping import HousekeepingCog
from bot.insights.cog import InsightsCog
from bot.remedies import operator_sentence
from bot.services.catalog import Catalog
from bot.services.editor import Editor
from bot.services.questions import Questions
from bot.services.queue import Shutdown
from bot.services.quota import quota_of
from bot.settings import Settings
from bot.storage.jobs import JobStore
from bot.ui.sending import FAILURES, tell
from bot.wording import counted
from index import Parser, PullquoteError, Web

COMMANDS = "commands.json"
"""The file in the data folder with the digest of the commands that Discord has, and their ids."""

logger = logging.getLogger(__name__)


class Pullquote(commands.Bot):
    """The Discord side of Pullquote, on top of questions that are opened and closed by whoever makes it."""

    def __init__(
        self,
        questions: Questions,
        desk_records: JobStore,
        settings: Settings,
        open_web: Callable[[], Web],
        parser: Parser,
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = settings.message_content
        super().__init__(
            command_prefix=commands.when_mentioned,  # required, and never used: on_message below reads no commands
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions(everyone=False, users=False, roles=False, replied_user=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            tree_cls=Tree,
        )
        self.questions = questions
        self.settings = settings
        self.catalog = Catalog()
        self.underway = Shutdown()
        self.open_web = open_web
        self.parser = parser
        self.writers = Editor(questions.libraries, desk_records, self.underway, quota_of(settings))
        self.jobs = Jobs(self, desk_records, self.writers)
        self.desk_actions: dict[DeskAction, Handler] = {}
        """What the buttons of the desk do, as the cogs that show them have it."""
        self.command_ids: dict[str, int] = {}
        seconds = settings.cooldown_seconds
        self._cooldown = commands.CooldownMapping[int].from_cooldown(1, seconds, _by_person)
        self._notices = commands.CooldownMapping[int].from_cooldown(1, seconds, _by_person)
        self._refreshing: set[asyncio.Task[None]] = set()

    async def setup_hook(self) -> None:
        """Get all ready before Discord sends anything: the model is warm, the commands are known."""
        self.add_dynamic_items(AnswerButton, DeskButton)
        readers: list[commands.Cog] = [AskCog(self), MessageCog(self), AboutCog(self)]
        editors = [ArticlesCog(self), SourcesCog(self), ReindexCog(self), InsightsCog(self), ServerSettingsCog(self)]
        for cog in (*readers, *editors, ScheduleCog(self), CorrectionsCog(self), HousekeepingCog(self)):
            await self.add_cog(cog)
        await asyncio.gather(asyncio.to_thread(self.questions.libraries.base.warm), asyncio.to_thread(self.parser.warm))
        await self.refresh_catalog(None)
        await self._sync_commands()
        _freeze_what_is_loaded()

    async def on_message(self, message: discord.Message, /) -> None:
        """Read no commands in messages; what they ask is heard by the cog for it."""

    async def on_ready(self) -> None:
        """Say that it works, and what does not."""
        logger.info("Ready as %s in %s.", self.user, counted(len(self.guilds), "server"))
        if channels := not self.intents.message_content and self.questions.preferences.ask_channels():
            logger.warning(
                "MESSAGE_CONTENT is off, so messages in %s are read only where they mention the bot.",
                counted(len(channels), "ask channel"),
            )

    @contextlib.contextmanager
    def admitted(self, person: int) -> Iterator[None]:
        """Take on a person's question while the body answers it. Raises Stopping, Busy and TooSoon."""
        with self.underway.one():
            self.questions.workers.check_room()
            if wait := self._cooldown.update_rate_limit(person, _now()):
                raise TooSoon(wait)
            yield

    def may_notify(self, person: int) -> bool:
        """Whether a person may be told once more, in a channel, to wait; true once in a cooldown."""
        return not self._notices.update_rate_limit(person, _now())

    async def refresh_catalog(self, server: int | None) -> None:
        """Bring the catalog up to date with the articles that a server may ask."""
        try:
            libraries = await asyncio.to_thread(self.questions.libraries.of, server)
            await asyncio.to_thread(self.catalog.refresh, libraries)
        except PullquoteError as error:
            logger.error("The articles cannot be listed: %s", operator_sentence(error))

    def refresh_catalog_soon(self, server: int | None) -> None:
        """The same in the background, unless that is being done."""
        if not self._refreshing:
            task = asyncio.create_task(self.refresh_catalog(server))
            self._refreshing.add(task)
            task.add_done_callback(self._refreshing.discard)

    async def wind_down(self, seconds: float) -> None:
        """Take on nothing more, and wait until what is under way is done, at most that long; jobs are cut off."""
        self.writers.stop()
        jobs = asyncio.create_task(self.jobs.stop())
        finished, _ = await asyncio.gather(self.underway.finish(seconds), asyncio.wait({jobs}, timeout=seconds))
        if not finished:
            logger.warning("Stopping before all questions were answered: it took more than %g seconds.", seconds)

    async def _sync_commands(self) -> None:
        """Tell Discord the commands, if they are not those that it was told last."""
        file = self.settings.data_dir / COMMANDS
        definition = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps([self.application_id, definition], sort_keys=True).encode()).hexdigest()
        known = await asyncio.to_thread(_read_json, file)
        if known.get("digest") != digest:
            try:
                synced = await self.tree.sync()
            except FAILURES as error:
                logger.error("Discord did not take the commands, so they stay as they were: %s", error)
            else:
                known = {"digest": digest, "ids": {command.name: command.id for command in synced}}
                await asyncio.to_thread(file.write_text, json.dumps(known))
                logger.info("Told Discord the commands: %s.", ", ".join(known["ids"]))
        self.command_ids = known.get("ids", {})


class Tree(app_commands.CommandTree[Pullquote]):
    """The commands, and the one place where their errors become sentences."""

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Tell the one who gave the command, in a sentence; no traceback reaches a channel."""
        with contextlib.suppress(*FAILURES):
            await tell(interaction, explain(error.__cause__ or error))  # discord.py wraps what a command raises


def _freeze_what_is_loaded() -> None:
    """Keep the garbage collector from walking through all that torch is made of, again and again.

    One such walk stops every thread, and so the event loop, for a quarter of a second.
    """
    gc.collect()
    gc.freeze()


def _by_person(person: int) -> int:
    return person


def _now() -> float:
    return discord.utils.utcnow().timestamp()


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
