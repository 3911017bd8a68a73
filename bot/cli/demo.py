"""`pullquote demo`: the real bot in a page on this machine that looks like Discord; no token, no account."""

import asyncio
import contextlib
import gc
import logging
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import discord
import simcord
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE
from simcord.builders import ChannelHandle
from simcord.preview import Preview

from bot.cli.terminal import Terminal
from bot.client import Pullquote
from bot.markdown import md
from bot.run import serve
from bot.services.opened import opened
from bot.settings import Settings
from bot.ui.reply import Block, Reply
from bot.ui.sending import layout
from index import Encoder, Library, Parser, PullquoteError, sample_articles

QUESTION = "What did Lee ask Xi to do about North Korea?"
"""The question that is asked first. The bundled story answers it."""

TICK = 1.0
"""Seconds from one step of the simulated clock to the next."""

STEP = 60.0
"""The longest step of the simulated clock, in seconds. After a machine has slept, it catches up in many of these."""

SETTLE_SECONDS = 20.0
"""How long the page waits for what somebody does in it to be finished, such as an answer on a slow machine."""

DONE_TO_THE_BOT = {"send_message", "run_command", "autocomplete_command", "click", "select", "modal_submit"}
"""The kinds of what people do in SimCord's page that the bot reacts to."""

AVATAR = "avatar.png"
"""The file with the bot's picture, in the package `bot`."""

WELCOME = Reply(
    (
        Block((md("**What to try**"),)),
        Block(
            (
                md(
                    "**1.** Ask. In this channel every message is a question, such as *How long have the restrictions "
                    "been in place?*"
                ),
                md(
                    "**2.** Choose Nora under *Viewing as*. Type `/articles add`, press Enter, then the arrow at the "
                    "right. Give the form a title, and a text: *The ferry to Elm Island leaves at nine. A ticket costs "
                    "four pounds.*"
                ),
                md("**3.** As Ada, ask *What does a ticket for the ferry cost?*"),
                md(
                    "**4.** As Nora, add it again with the same title and *five pounds*. Within a minute the answer is "
                    "struck through."
                ),
                md("**5.** As Nora, try `/articles remove` and *Undo*; `/insights` says what readers asked."),
                md(
                    "-# In Discord, *Apps* in a message's menu has *Ask about this* and *Delete this answer*. This "
                    "page has no such menu."
                ),
            )
        ),
    )
)
"""The card on top of the channel: what to try, and as whom."""


logger = logging.getLogger(__name__)


class DemoBot(Pullquote):
    """The bot, but for this: it does not wait for the model, so that the page opens before that is loaded."""

    async def warm(self) -> None:
        """Load nothing; `demo` does it while the page is open."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A server with a channel where every message is a question, a reader, an admin, and who asks the first question.

    That is somebody else: one person has to wait a little from one question to the next.
    """

    channel: ChannelHandle
    reader: MemberActor
    admin: MemberActor
    first: MemberActor


@dataclass(slots=True)
class Show:
    """The page with the bot in it. What is done there waits until the bot is `ready`, and for its `turn`.

    `published` is how much of what the bot has sent to Discord the page shows.
    """

    env: simcord.Env
    stage: Stage
    page: Preview
    ready: asyncio.Event
    turn: asyncio.Lock
    published: int = 0

    async def welcome(self) -> None:
        """Have the bot say what to try."""
        channel = self.env.bot.get_partial_messageable(self.stage.channel.id)
        async with self.turn:
            await channel.send(view=layout(WELCOME))
            await self.page.refresh()

    async def begin(self) -> None:
        """Have somebody ask a first question, now that the bot can answer."""
        async with self.turn:
            await self.stage.first.send(self.stage.channel, QUESTION)
            await self.page.refresh()
        self.ready.set()

    def take_turns(self) -> None:
        """Let what people do in the page wait for its turn. SimCord refuses what overlaps, and then the page hangs.

        It is done to the page as it is by then. Else SimCord would refuse what was sent while a correction came in.
        """
        act = self.page._action

        async def act_in_turn(page: str | None, body: dict[str, Any]) -> dict[str, Any]:
            if body.get("kind") in DONE_TO_THE_BOT:
                await self.ready.wait()
            async with self.turn:
                try:
                    return await act(page, body | {"published_revision": self.page._get_page(page).revision})
                finally:
                    self.published = len(self.env.http_requests)

        vars(self.page)["_action"] = act_in_turn  # SimCord has no hook for it

    async def keep_time(self) -> None:
        """Let the simulated clock go as the real one does, and show in the page what the bot does by itself.

        The clock stands still while something is done, and catches up after that.
        """
        while True:
            await asyncio.sleep(TICK)
            async with self.turn:
                self.env.settle_timeout = TICK  # the bot may be at something long, such as a job; the page goes on
                try:
                    await self._step()
                except Exception:
                    logger.exception("The clock of the demo missed a step.")
                finally:
                    self.env.settle_timeout = SETTLE_SECONDS

    async def _step(self) -> None:
        behind = (datetime.now(UTC) - self.env.now()).total_seconds()
        with contextlib.suppress(TimeoutError):
            await self.env.advance_time(min(max(behind, 0.0), STEP))
        if len(self.env.http_requests) == self.published:
            return
        self.published = len(self.env.http_requests)
        try:
            await self.page.refresh()
        except TimeoutError:
            self.page._publish_message_pages(reason="refresh")


def demo(
    settings: Settings,
    base: Library,
    load_encoder: Callable[[], Encoder],
    parser: Parser,
    terminal: Terminal,
    *,
    port: int,
    open_browser: bool,
) -> bool:
    """Show the bot over `base`, which is empty, until Ctrl-C or SIGTERM, or until the page's session is ended.

    Returns whether the model was loaded by then. If not, a thread is at it still.
    """
    settings = settings.model_copy(update={"articles_dir": None})  # the sample story is all there is
    logging.getLogger("aiohttp").setLevel(logging.ERROR)

    def load() -> None:
        if not terminal.err.is_terminal:  # where it is one, a spinner says so
            terminal.say("Loading the model …", "dim")
        load_encoder()
        terminal.say("Reading the sample story …", "dim")
        base.update(sample_articles())
        base.warm()

    with opened(settings, base, load_encoder, parser, clock=discord.utils.utcnow) as services:
        bot, loading = DemoBot(services), Future[None]()

        async def live() -> None:
            async with staged(bot, port) as show:
                await show.welcome()
                terminal.write(show.page.url)
                threading.Thread(target=_fulfil, args=(loading, load), daemon=True).start()
                if open_browser:
                    await asyncio.to_thread(webbrowser.open, show.page.url)
                await asyncio.gather(asyncio.wrap_future(loading), asyncio.to_thread(parser.warm))
                await show.begin()
                terminal.say("Ready: ask in plain words, or type / for commands. Ctrl-C ends it.", "dim")
                await show.page.wait_closed()

        with _few_collections():
            asyncio.run(serve(bot, live))
    return loading.done()


@contextlib.asynccontextmanager
async def shown(bot: Pullquote, port: int = 0) -> AsyncIterator[Preview]:
    """The page with the bot in it, and a first question answered."""
    async with staged(bot, port) as show:
        await show.begin()
        yield show.page


@contextlib.asynccontextmanager
async def staged(bot: Pullquote, port: int = 0) -> AsyncIterator[Show]:
    """The page with the bot in it, and a clock that goes; nobody has said anything yet."""
    env = simcord.Env(bot, settle_timeout=SETTLE_SECONDS, shard_count=1)
    env.backend.advance_clock((discord.utils.utcnow() - env.now()).total_seconds())
    await env.start()
    try:
        with env.time_context():
            stage = await arrange(env, bot)
            async with contextlib.AsyncExitStack() as stack:
                preview = env.preview(
                    stage.channel, viewers=(stage.reader, stage.admin), layout="channel", assets=_avatar(env), port=port
                )
                try:
                    page = await stack.enter_async_context(preview)
                except simcord.SetupError as error:
                    raise PullquoteError(
                        f"The page cannot be shown at port {port}; name another one with --port, or none at all."
                    ) from error
                show = Show(env, stage, page, asyncio.Event(), asyncio.Lock())
                show.take_turns()
                clock = asyncio.create_task(show.keep_time())
                try:
                    yield show
                finally:
                    clock.cancel()
                    await asyncio.wait({clock})
    finally:
        await env.shutdown()


async def arrange(env: simcord.Env, bot: Pullquote) -> Stage:
    """Set the stage."""
    assert bot.user
    await bot.user.edit(username="Pullquote")
    guild = env.create_guild("The Elmouth Gazette")
    channel = guild.create_text_channel("ask-the-archive")
    editors = guild.create_role("Editors", permissions=discord.Permissions(manage_guild=True, manage_messages=True))
    reader = guild.add_member(env.create_user("ada", global_name="Ada, a reader"))
    admin = guild.add_member(env.create_user("nora", global_name="Nora, an editor"), roles=[editors])
    first = guild.add_member(env.create_user("theo", global_name="Theo, a reader"))
    bot.services.server_settings.add_ask_channel(guild.id, channel.id)
    return Stage(channel, reader, admin, first)


def _avatar(env: simcord.Env) -> dict[str, tuple[str, bytes]]:
    """Give the bot its picture: what the page shows at the address of its avatar."""
    user = env.backend.bot_user
    user.avatar = "pullquote"
    content = resources.files("bot").joinpath(AVATAR).read_bytes()
    return {f"{CDN_BASE}/avatars/{user.id}/{user.avatar}.png": (AVATAR, content)}


def _fulfil(promise: Future[None], work: Callable[[], None]) -> None:
    promise.set_running_or_notify_cancel()
    try:
        work()
    except BaseException as error:
        promise.set_exception(error)
    else:
        promise.set_result(None)


@contextlib.contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python collect garbage seldom while so much is loaded, none of which is any: that saves a second in ten."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
