"""Tells editors in the log channel, once, of a pinned answer that does not hold any more, and when it holds again."""

import asyncio
import logging
from datetime import datetime, timedelta

from discord.ext import commands, tasks
from discord.utils import utcnow

from bot.choosing.replies import lapsed_reply
from bot.errors import Stopping
from bot.languages import speak
from bot.remedies import operator_sentence
from bot.services.choices import PinnedAnswer
from bot.ui.reporting import report
from bot.ui.sending import layout
from bot.ui.service_bot import ServiceBot
from index import PullquoteError

MINUTES = 1
"""Minutes between two looks at the pins of libraries that have changed."""

AGAIN = timedelta(hours=1)
"""How long a report that could not be sent waits."""

logger = logging.getLogger(__name__)


class LapsesCog(commands.Cog):
    """Looks after the pins of this process's servers and, if it leads, the operator's."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._choices = bot.services.choices
        self._keeps = bot.services.duties.keeps
        self._untold: dict[int, datetime] = {}  # when a report could not be sent, by the number of the pin

    async def cog_load(self) -> None:
        """Begin."""
        self._check.start()

    async def cog_unload(self) -> None:
        """End."""
        self._check.cancel()

    @tasks.loop(minutes=MINUTES)
    async def _check(self) -> None:
        await self._bot.wait_until_ready()
        try:
            with self._bot.services.shutdown.one():
                for answer in await asyncio.to_thread(self._choices.lapses, utcnow(), self._keeps):
                    await self._tell(answer)
        except Stopping:
            return
        except PullquoteError as error:
            logger.warning("Pinned answers could not be looked at; that is tried again: %s", operator_sentence(error))
        except Exception:
            logger.exception("Pinned answers could not be looked at; that is tried again.")

    async def _tell(self, answer: PinnedAnswer) -> None:
        """Report how a pin is, unless its server is away; after a report that failed, an hour later."""
        number, server = answer.kept.number, answer.kept.server
        is_away = server is not None and self._bot.get_guild(server) is None
        if is_away or utcnow() - self._untold.get(number, utcnow() - AGAIN) < AGAIN:
            return
        speak(self._bot.language_of(server))
        if await report(self._bot, server, layout(lapsed_reply(answer))):
            await asyncio.to_thread(self._choices.note_lapse, answer)
            self._untold.pop(number, None)
        else:
            self._untold[number] = utcnow()
