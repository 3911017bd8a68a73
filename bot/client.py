"""The bot: which features it has, in what order it starts, and how it stops."""

import asyncio
import contextlib
import gc
import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.asking.about import AboutCog
from bot.asking.admission import Admission
from bot.asking.buttons import AnswerButton, PageButton
from bot.asking.commands import AskCog
from bot.asking.menu import DeletingCog
from bot.asking.messages import MessageCog
from bot.asking.privacy import ForgetMeButton, PrivacyCog
from bot.asking.verify import VerifyCog
from bot.asking.withdrawn import WithdrawnQuestions
from bot.choosing.components import ChoiceButton, SentenceMenu
from bot.choosing.lapses import LapsesCog
from bot.choosing.never_quote import NeverQuoteCog
from bot.choosing.pins import PinsCog
from bot.choosing.why import WhyCog
from bot.corrections.cog import CorrectionsCog
from bot.corrections.commands import CorrectionsPageButton, PublicCorrectionsCog
from bot.corrections.posting import CorrectionPostsCog
from bot.desk.articles import ArticlesCog
from bot.desk.buttons import DeskButton
from bot.desk.jobs import Jobs
from bot.desk.reindex import ReindexCog
from bot.desk.schedule import ScheduleCog
from bot.desk.server_settings import ServerSettingsCog
from bot.desk.sources import SourcesCog
from bot.housekeeping import HousekeepingCog
from bot.inbox.cog import InboxCog
from bot.insights.cog import InsightsCog
from bot.insights.digest import DigestCog
from bot.languages import LANGUAGES, catalogue
from bot.services.opened import Services
from bot.shards import Shards
from bot.ui.explaining import explain
from bot.ui.registering import Registration
from bot.ui.reply import AMBER
from bot.ui.sending import FAILURES, tell
from bot.ui.service_bot import Interaction, ServiceBot
from bot.ui.speaking import CommandTranslator, speak_with
from bot.waiting.buttons import WaitingButton
from bot.waiting.cog import WaitingCog
from bot.watching.requests import counting_requests
from bot.wording import counted

COMPONENTS = (
    AnswerButton,
    PageButton,
    ForgetMeButton,
    WaitingButton,
    CorrectionsPageButton,
    DeskButton,
    SentenceMenu,
    ChoiceButton,
)
"""The buttons and menus that work after a restart, which are recognized by their custom ids."""

logger = logging.getLogger(__name__)


class Pullquote(ServiceBot):
    """The Discord side of Pullquote, on top of services that are opened and closed by whoever makes it."""

    def __init__(self, services: Services) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = services.settings.message_content
        super().__init__(
            services,
            command_prefix=commands.when_mentioned,  # required, and never used: on_message below reads no commands
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions(everyone=False, users=False, roles=False, replied_user=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=counting_requests(services.metrics),
            tree_cls=Tree,
            **_share(services.duties.shards),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),  # what says nothing else
        )
        self.jobs = Jobs(self)
        self._registration = Registration(self)

    async def setup_hook(self) -> None:
        """Get all ready before Discord sends anything: the model is warm, the commands are known."""
        self.add_dynamic_items(*COMPONENTS)
        for cog in self._features():
            await self.add_cog(cog)
        await self.warm()
        await self.tree.set_translator(CommandTranslator())
        await self._registration.begin()
        _freeze_what_is_loaded()

    def _features(self) -> tuple[commands.Cog, ...]:
        """All features, by who uses them."""
        jobs, admission, withdrawn = self.jobs, Admission(self.services), WithdrawnQuestions()
        readers = (
            AskCog(self, admission, withdrawn),
            MessageCog(self, admission, withdrawn),
            DeletingCog(self, withdrawn),
            VerifyCog(self, admission),
            WaitingCog(self),
            PublicCorrectionsCog(self),
            AboutCog(self),
            PrivacyCog(self),
        )
        editors = (
            ArticlesCog(self, jobs),
            SourcesCog(self, jobs),
            ReindexCog(self, jobs),
            WhyCog(self),
            PinsCog(self),
            NeverQuoteCog(self),
            InsightsCog(self),
            ServerSettingsCog(self),
        )
        by_itself = (
            ScheduleCog(self, jobs),
            InboxCog(self),
            CorrectionsCog(self),
            CorrectionPostsCog(self),
            LapsesCog(self),
            DigestCog(self),
            HousekeepingCog(self),
        )
        return (*readers, *editors, *by_itself)

    async def warm(self) -> None:
        """Load the model and the languages and start a parser, so that nobody waits for them later."""
        services = self.services
        await asyncio.gather(
            asyncio.to_thread(services.libraries.base.warm),
            asyncio.to_thread(services.parser.warm),
            *(asyncio.to_thread(catalogue, language) for language in LANGUAGES),
        )
        self.is_warm = True

    async def on_message(self, message: discord.Message, /) -> None:
        """Read no commands in messages; what they ask is heard by the cog for it."""

    async def on_ready(self) -> None:
        """Say that it works, and what does not."""
        logger.info("Ready as %s in %s.", self.user, counted(len(self.guilds), "server"))
        if channels := not self.intents.message_content and self.services.server_settings.ask_channels():
            logger.warning(
                "MESSAGE_CONTENT is off, so messages in %s are read only where they mention the bot.",
                counted(len(channels), "ask channel"),
            )

    async def wind_down(self, seconds: float) -> None:
        """Take on nothing more, and wait until what is under way is done, at most that long; jobs are cut off."""
        self.services.editor.stop()
        jobs = asyncio.create_task(self.jobs.stop())
        finishing = self.services.shutdown.finish(seconds)
        finished, _ = await asyncio.gather(finishing, asyncio.wait({jobs}, timeout=seconds))
        if not finished:
            logger.warning("Stopping before all questions were answered: it took more than %g seconds.", seconds)


class Tree(app_commands.CommandTree[ServiceBot]):
    """The commands, and the one place where their errors become sentences."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let each use of a command in once. What follows is in the language of the person who acts."""
        speak_with(interaction)
        return interaction.client.heard.is_new(interaction.id)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the one who gave the command, in a sentence; no traceback reaches a channel."""
        with contextlib.suppress(*FAILURES):
            await tell(interaction, explain(error.__cause__ or error), AMBER)  # discord.py wraps what a command raises


def _share(shards: Shards) -> dict[str, Any]:
    """The options of a bot that has some of the shards; none for all of them, as Discord then says how many."""
    return {} if shards == Shards() else {"shard_ids": list(shards.ids), "shard_count": shards.count}


def _freeze_what_is_loaded() -> None:
    """Keep the garbage collector from walking through all that torch is made of, again and again.

    One such walk stops every thread, and so the event loop, for a quarter of a second.
    """
    gc.collect()
    gc.freeze()
