"""Edits the messages of answers whose quotes were corrected or withdrawn since, and again if they are restored."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

import discord
from discord import ui
from discord.ext import commands, tasks

from bot.corrections.strike import colour_of, marked
from bot.corrections.watch import PendingEdit, Watch, WatchResult
from bot.errors import Stopping
from bot.languages import speak
from bot.markdown import from_message
from bot.remedies import operator_sentence
from bot.storage.answers import Fate, Marks
from bot.ui.sending import FAILURES
from bot.ui.service_bot import ServiceBot
from bot.ui.threads import in_open_thread
from bot.wording import counted
from index import Article, PullquoteError

SECONDS = 15.0
"""Seconds between two checks whether a library has changed, in this process or in another."""

PAUSE = 1.2
"""Seconds from one edit in a channel to the next; Discord allows about five in five seconds."""

CHANNELS = 10
"""In how many channels messages are edited at once. That makes about 16 requests a second; a bot may make 50 in all."""

logger = logging.getLogger(__name__)


class CorrectionsCog(commands.Cog):
    """Watches the libraries and edits the messages of answers. Nobody is notified: edits notify nobody."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._shutdown = bot.services.shutdown
        self._answers = bot.services.answers
        choices, duties = bot.services.choices, bot.services.duties
        self._watch = Watch(bot.services.libraries, self._answers, choices.banned, choices.stamp, duties.has)
        self._pending: dict[int, dict[str, PendingEdit]] = {}  # by channel and answer
        self._editing: dict[int, asyncio.Task[None]] = {}  # by channel
        self._slots = asyncio.Semaphore(CHANNELS)
        self._reported: set[int] = set()  # channels whose failure is in the log
        bot.services.metrics.corrections_pending.set_function(lambda: sum(map(len, self._pending.values())))

    async def cog_load(self) -> None:
        """Begin to watch."""
        self._check.change_interval(seconds=SECONDS)
        self._check.start()

    async def cog_unload(self) -> None:
        """Stop. The edits that are left are found again at the next start."""
        self._check.cancel()
        for task in self._editing.values():
            task.cancel()

    @tasks.loop(seconds=SECONDS)
    async def _check(self) -> None:
        await self._bot.wait_until_ready()
        try:
            with self._shutdown.one():
                result = await asyncio.to_thread(self._watch.check, discord.utils.utcnow())
        except Stopping:
            return
        except Exception:
            logger.exception("Answers could not be checked for corrections; that is tried again.")
        else:
            if result:
                self._queue(result)
        self._start_editing()

    def _queue(self, result: WatchResult) -> None:
        """Queue the edits of the servers that were checked, in place of those that were queued for them before."""
        elsewhere = [edit for edit in self._all_pending() if edit.server not in result.servers]
        self._pending = {}
        for edit in (*result.edits, *elsewhere):
            self._pending.setdefault(edit.channel, {})[edit.answer_id] = edit
        if result.edits:
            logger.info("%s to be corrected.", counted(len(result.edits), "answer"))

    def _all_pending(self) -> Iterable[PendingEdit]:
        return [edit for channel in self._pending.values() for edit in channel.values()]

    def _start_editing(self) -> None:
        """Start a task for each channel that has edits and no task. A server that is unavailable is left for later."""
        for channel, waiting in self._pending.items():
            server = next(iter(waiting.values())).server
            if channel not in self._editing and (server is None or self._bot.get_guild(server)):
                self._editing[channel] = asyncio.create_task(self._edit_in(channel))

    async def _edit_in(self, channel: int) -> None:
        """Make the edits of a channel, the newest first, until all are made or one must be tried again later."""
        try:
            while waiting := self._pending.get(channel):
                edit = next(iter(waiting.values()))
                async with self._slots:
                    with self._shutdown.one():
                        if not await self._edit(edit):
                            return
                    self._drop(edit)
                    await asyncio.sleep(PAUSE)
        except Stopping:
            return
        finally:
            del self._editing[channel]

    def _drop(self, edit: PendingEdit) -> None:
        """Take an edit off the queue, unless another one of that answer has taken its place meanwhile."""
        waiting = self._pending.get(edit.channel, {})
        if waiting.get(edit.answer_id) is edit:
            del waiting[edit.answer_id]
        if not waiting:
            self._pending.pop(edit.channel, None)

    async def _edit(self, edit: PendingEdit) -> bool:
        """Make an edit, unless its marks are on the message already. False if it must be tried again later."""
        record = await asyncio.to_thread(self._answers.answer, edit.answer_id)
        if record is None or record.message is None or _fates(record.marks) == _fates(edit.marks):
            return True
        speak(self._bot.language_of(record.server))
        message = self._bot.get_partial_messageable(edit.channel).get_partial_message(record.message)
        try:
            articles = await asyncio.to_thread(self._watch.articles, record)
            await in_open_thread(self._bot, edit.channel, lambda: _mark(message, edit.marks, articles))
        except discord.NotFound:
            await asyncio.to_thread(self._answers.forget, edit.answer_id)
        except FAILURES as error:
            if not isinstance(error, discord.HTTPException) or error.status >= 500 or error.status == 429:
                logger.warning("An answer could not be corrected; that is tried again: %s", error)
                return False
            self._give_up(edit, error)
        except PullquoteError as error:
            logger.warning("An answer could not be corrected; that is tried again: %s", operator_sentence(error))
            return False
        except Exception:
            logger.exception("An answer in %s could not be corrected.", _place(edit))
        else:
            await asyncio.to_thread(self._answers.mark, edit.answer_id, edit.marks)
        return True

    def _give_up(self, edit: PendingEdit, error: discord.HTTPException) -> None:
        """Log an edit that Discord refuses. Where the bot lacks a permission, drop all edits of the channel, too.

        They are found again when an article changes.
        """
        if isinstance(error, discord.Forbidden):
            self._pending.pop(edit.channel, None)
        if edit.channel not in self._reported:
            self._reported.add(edit.channel)
            logger.warning("Answers in %s cannot be corrected: %s", _place(edit), error)


async def _mark(message: discord.PartialMessage, marks: Marks, articles: Sequence[Article | None]) -> None:
    """Show the marks in the texts of a message, unless they show them already. Everything else in it stays."""
    view = ui.LayoutView.from_message(await message.fetch(), timeout=None)
    displays = [item for item in view.walk_children() if isinstance(item, ui.TextDisplay)]
    before = [from_message(display.content) for display in displays]
    after = marked(before, marks, articles)
    if list(after) == before:
        return
    for display, text in zip(displays, after, strict=True):
        display.content = text
    for box in view.children:
        if isinstance(box, ui.Container) and (colour := colour_of(after)) is not None:
            box.accent_colour = colour
    view.stop()  # discord.py need not keep the view: buttons are recognized by their custom ids
    await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())


def _place(edit: PendingEdit) -> str:
    """Where the answer is, for the log. The channel of a direct message is left out, as it tells who the person is."""
    return "a direct message" if edit.direct or edit.server is None else f"channel {edit.channel}"


def _fates(marks: Marks) -> list[Fate | None]:
    return [mark.fate if mark else None for mark in marks]
