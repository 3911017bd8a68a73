"""Corrections: answers that were given are edited when what they quote was corrected or withdrawn since."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Sequence

import discord
from discord import ui
from discord.ext import commands, tasks

from bot.corrections.strike import marked
from bot.corrections.watch import PendingEdit, Watch, WatchResult
from bot.errors import Stopping
from bot.markdown import from_message
from bot.remedies import operator_sentence
from bot.storage.answers import Fate, Marks
from bot.ui.sending import FAILURES
from bot.ui.service_bot import ServiceBot
from bot.wording import counted
from index import Article, PullquoteError

SECONDS = 15.0
"""How often it is looked whether a library has changed, in this process or in another."""

PAUSE = 1.2
"""Seconds from one edit in a channel to the next; Discord allows about five in five seconds."""

CHANNELS = 10
"""In how many channels messages are edited at once: about 16 requests a second. Discord allows a bot 50 for all."""

THREAD_ARCHIVED = 50083
"""Discord's error code for a change in an archived thread.
https://discord.com/developers/docs/topics/opcodes-and-status-codes#json"""

logger = logging.getLogger(__name__)


class CorrectionsCog(commands.Cog):
    """Watches the libraries, and edits answers. Nobody is pinged: an edit never does that."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._shutdown = bot.services.shutdown
        self._answers = bot.services.answers
        self._watch = Watch(bot.services.libraries, self._answers)
        self._due: dict[int, dict[str, PendingEdit]] = {}
        self._editing: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(CHANNELS)
        self._told: set[int] = set()

    async def cog_load(self) -> None:
        """Begin."""
        self._look.change_interval(seconds=SECONDS)
        self._look.start()

    async def cog_unload(self) -> None:
        """End. What is left to edit is found again at the next start."""
        self._look.cancel()
        for task in self._editing.values():
            task.cancel()

    @tasks.loop(seconds=SECONDS)
    async def _look(self) -> None:
        await self._bot.wait_until_ready()
        try:
            with self._shutdown.one():
                look = await asyncio.to_thread(self._watch.look, discord.utils.utcnow())
        except Stopping:
            return
        except Exception:
            logger.exception("Answers could not be checked for corrections; that is tried again.")
        else:
            if look:
                self._put_down(look)
        self._edit_soon()

    def _put_down(self, look: WatchResult) -> None:
        """Put down what is due in the servers that were looked through, in place of what was due there before."""
        left = [due for due in self._all_due() if due.server not in look.servers]
        self._due = {}
        for due in (*look.due, *left):
            self._due.setdefault(due.channel, {})[due.answer_id] = due
        if look.due:
            logger.info("%s to be corrected.", counted(len(look.due), "answer"))

    def _all_due(self) -> Iterable[PendingEdit]:
        return [due for channel in self._due.values() for due in channel.values()]

    def _edit_soon(self) -> None:
        """Begin with the channels in which nothing is being edited. A server that is away for now is left for later."""
        for channel, waiting in self._due.items():
            server = next(iter(waiting.values())).server
            if channel not in self._editing and (server is None or self._bot.get_guild(server)):
                self._editing[channel] = asyncio.create_task(self._edit_in(channel))

    async def _edit_in(self, channel: int) -> None:
        """Edit what is due in a channel, the newest first, until all is done or Discord fails."""
        try:
            while waiting := self._due.get(channel):
                due = next(iter(waiting.values()))
                async with self._slots:
                    with self._shutdown.one():
                        if not await self._edit(due):
                            return
                    self._drop(due)
                    await asyncio.sleep(PAUSE)
        except Stopping:
            return
        finally:
            del self._editing[channel]

    def _drop(self, due: PendingEdit) -> None:
        """Take it off what is due, unless something else has become due there meanwhile."""
        waiting = self._due.get(due.channel, {})
        if waiting.get(due.answer_id) is due:
            del waiting[due.answer_id]
        if not waiting:
            self._due.pop(due.channel, None)

    async def _edit(self, due: PendingEdit) -> bool:
        """Have the message say what it must, if it does not yet; whether that is done with, or must be tried again."""
        record = await asyncio.to_thread(self._answers.answer, due.answer_id)
        if record is None or record.message is None or _fates(record.marks) == _fates(due.marks):
            return True
        message = self._bot.get_partial_messageable(due.channel).get_partial_message(record.message)
        try:
            articles = await asyncio.to_thread(self._watch.articles, record)
            try:
                await _mark(message, due.marks, articles)
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED:
                    raise
                async with self._unarchived(due.channel):
                    await _mark(message, due.marks, articles)
        except discord.NotFound:
            await asyncio.to_thread(self._answers.forget, due.answer_id)
        except FAILURES as error:
            if not isinstance(error, discord.HTTPException) or error.status >= 500 or error.status == 429:
                logger.warning("An answer could not be corrected; that is tried again: %s", error)
                return False
            self._give_up(due, error)
        except PullquoteError as error:
            logger.warning("An answer could not be corrected; that is tried again: %s", operator_sentence(error))
            return False
        except Exception:
            logger.exception("An answer in %s could not be corrected.", _place(due))
        else:
            await asyncio.to_thread(self._answers.mark, due.answer_id, due.marks)
        return True

    def _give_up(self, due: PendingEdit, error: discord.HTTPException) -> None:
        """Leave what Discord refuses until an article changes again; where the bot may not read, the whole channel."""
        if isinstance(error, discord.Forbidden):
            self._due.pop(due.channel, None)
        if due.channel not in self._told:
            self._told.add(due.channel)
            logger.warning("Answers in %s cannot be corrected: %s", _place(due), error)

    @contextlib.asynccontextmanager
    async def _unarchived(self, channel: int) -> AsyncIterator[None]:
        """Have a thread that was archived be open while the body edits in it. Raises discord.HTTPException."""
        thread = self._bot.get_channel(channel) or await self._bot.fetch_channel(channel)
        if not isinstance(thread, discord.Thread):
            yield
            return
        await thread.edit(archived=False)
        try:
            yield
        finally:
            await thread.edit(archived=True)


async def _mark(message: discord.PartialMessage, marks: Marks, articles: Sequence[Article | None]) -> None:
    """Change the texts of a message, if they do not say yet what they must; all else in it stays."""
    view = ui.LayoutView.from_message(await message.fetch(), timeout=None)
    displays = [item for item in view.walk_children() if isinstance(item, ui.TextDisplay)]
    said = [from_message(display.content) for display in displays]
    to_say = marked(said, marks, articles)
    if list(to_say) == said:
        return
    for display, text in zip(displays, to_say, strict=True):
        display.content = text
    view.stop()  # discord.py need not keep it: the buttons are known by their custom ids
    await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())


def _place(due: PendingEdit) -> str:
    """Where the answer is, for the log: the channel of a direct message stands for a person."""
    return "a direct message" if due.server is None else f"channel {due.channel}"


def _fates(marks: Marks) -> list[Fate | None]:
    return [mark.fate if mark else None for mark in marks]
