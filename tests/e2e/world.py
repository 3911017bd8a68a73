"""The real bot in a simulated Discord, and what its readers see there."""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import discord
import simcord
from simcord import interactions
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.builders import ChannelHandle, GuildHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.asking.reply import Action
from bot.client import Pullquote
from bot.errors import Refused
from bot.run import opened_bot
from index import ArticleError, Encoder, QuestionError, SourceError, Web
from tests.parser import PARSER

REFUSALS = (Refused, QuestionError, ArticleError, SourceError)

Message = discord.Message | ResponseMessage


@dataclass(slots=True)
class World:
    """A server with a reader, an admin and a channel, and the bot in it."""

    env: simcord.Env
    encoder: Encoder
    stack: ExitStack
    open_web: Callable[[], Web]
    guild: GuildHandle
    channel: ChannelHandle
    reader: MemberActor
    admin: MemberActor

    @property
    def bot(self) -> Pullquote:
        """The bot of the present start."""
        bot = self.env.bot
        assert isinstance(bot, Pullquote)
        return bot

    @property
    def me(self) -> str:
        """What mentions the bot."""
        assert self.bot.user
        return self.bot.user.mention

    @property
    def last(self) -> discord.Message:
        """The last message in the channel, which must be the bot's."""
        message = self.channel.last_message
        assert message and message.author == self.bot.user
        return message

    async def mention(self, question: str, **options: Any) -> discord.Message:  # noqa: ANN401 - as `send` takes them
        """The bot's reply to a mention of the reader's."""
        await self.reader.send(self.channel, f"{self.me} {question}", **options)
        return self.last

    async def restart(self, **changed: Any) -> None:  # noqa: ANN401 - settings
        """Close all that the bot stands on, and start another one on the same data folder."""
        settings, base = self.bot.services.settings.model_copy(update=changed), self.bot.services.libraries.base
        self.stack.close()
        await self.env.restart_bot(
            self.stack.enter_context(opened_bot(settings, base, lambda: self.encoder, PARSER, self.open_web))
        )

    def refused(self, *kinds: type[Exception]) -> None:
        """Take note of the errors that commands raised so far: each must be one that readers are told."""
        for error in self.env.errors:
            expected = kinds or REFUSALS
            assert isinstance(error, expected) or isinstance(error.__cause__, expected), repr(error)


def make_world(
    env: simcord.Env,
    encoder: Encoder,
    stack: ExitStack,
    open_web: Callable[[], Web] = Web,
    shard: int | None = None,
) -> World:
    """The world around the bot in `env`, with a server in that `shard`. `stack` closes its services at the end."""
    guild = env.create_guild("The Elmouth Gazette", shard_id=shard)
    channel = guild.create_text_channel("ask-the-archive")
    editors = guild.create_role("Editors", permissions=discord.Permissions(manage_guild=True))
    reader = guild.add_member(env.create_user("ada", global_name="Ada"))
    admin = guild.add_member(env.create_user("nora", global_name="Nora"), roles=[editors])
    return World(env, encoder, stack, open_web, guild, channel, reader, admin)


def texts(message: Message | None) -> list[str]:
    """The texts of a message's components, in their order; its content if it has no components.

    When the articles were read, which every answer says at its end, is left out; `foot` has it.
    """
    return [said for said in _all_texts(message) if not _FOOT.fullmatch(said)]


def foot(message: Message | None) -> str:
    """What an answer says at its end: when the articles were read."""
    return next((said for said in _all_texts(message) if _FOOT.fullmatch(said)), "")


_FOOT = re.compile(r"-# .*<t:\d+:R>[^\n]*")


def _all_texts(message: Message | None) -> list[str]:
    assert message is not None, "there is no message"
    shown = message.message if isinstance(message, ResponseMessage) else message
    view = discord.ui.LayoutView.from_message(shown)
    return [item.content for item in view.walk_children() if isinstance(item, discord.ui.TextDisplay)] or [
        shown.content
    ]


def text(message: Message | None) -> str:
    """All that a message says."""
    return "\n".join(texts(message))


def colour(message: discord.Message) -> int | None:
    """The colour of the box around what a message says."""
    view = discord.ui.LayoutView.from_message(message)
    (box,) = [item for item in view.children if isinstance(item, discord.ui.Container)]
    return box.accent_colour.value if isinstance(box.accent_colour, discord.Colour) else box.accent_colour


def quotes(message: Message | None) -> list[str]:
    """The quoted sentences of an answer, as a reader sees them, without the marks around them."""
    found = re.findall(r"^##+ (?:\d · )?“\u2009?(.+?)\u2009?”$", text(message), re.MULTILINE)
    return [unescaped(sentence) for sentence in found]


def further(message: Message | None) -> list[str]:
    """The sentences that are quoted small, with their numbers: further ones, and one that may answer."""
    found = re.findall(r"^> (.*“.+”)$", text(message), re.MULTILINE)
    return [unescaped(sentence) for sentence in found]


def in_bold(message: Message | None) -> list[str]:
    """The sentences that stand out in what is shown in context."""
    return [unescaped(found) for found in re.findall(r"(?<!# )\*\*(.+?)\*\*", text(message))]


def unescaped(markdown: str) -> str:
    """What Discord shows of escaped text."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", markdown)


def buttons(message: Message | None) -> dict[Action, str]:
    """The custom ids of an answer's buttons."""
    assert message is not None, "there is no message"
    shown = message.message if isinstance(message, ResponseMessage) else message
    view = discord.ui.LayoutView.from_message(shown)
    ids = [str(item.custom_id) for item in view.walk_children() if isinstance(item, discord.ui.Button)]
    return {Action(custom_id.split(":")[1]): custom_id for custom_id in ids}


def desk_button(message: Message | None, label: str) -> str:
    """The custom id of the button of that label below a message of the desk."""
    assert message is not None, "there is no message"
    shown = message.message if isinstance(message, ResponseMessage) else message
    view = discord.ui.LayoutView.from_message(shown)
    found = {item.label: str(item.custom_id) for item in view.walk_children() if isinstance(item, discord.ui.Button)}
    return found[label]


def labels(message: Message | None) -> list[str]:
    """The labels of the buttons below a message."""
    assert message is not None, "there is no message"
    shown = message.message if isinstance(message, ResponseMessage) else message
    view = discord.ui.LayoutView.from_message(shown)
    return [str(item.label) for item in view.walk_children() if isinstance(item, discord.ui.Button)]


def press_meanwhile(world: World, person: MemberActor, message: discord.Message, custom_id: str) -> InteractionResult:
    """Have a person press a button while something else goes on, which `click` would first wait for."""
    backend = world.env.backend
    data = {"custom_id": custom_id, "component_type": int(discord.ComponentType.button.value)}
    record, payload = interactions.base_payload(
        backend,
        type=discord.InteractionType.component.value,
        channel_id=message.channel.id,
        guild_id=world.guild.id,
        user_id=person.id,
        data=data,
    )
    payload["message"] = dict(serializers.message_payload(backend, backend.get_message(message.channel.id, message.id)))
    record.source_message_id = message.id
    backend.emit("INTERACTION_CREATE", payload)
    return InteractionResult(world.env, record)


def command_meanwhile(
    world: World, person: MemberActor, name: str, **options: str | tuple[str, bytes]
) -> InteractionResult:
    """Have a person give a command, with options that are texts or files, while something else goes on."""
    backend = world.env.backend
    root, *subcommand = name.split()
    command = backend.commands[None][root, discord.AppCommandType.chat_input.value]
    leaf, nesting = interactions.walk_to_subcommand(command, subcommand)
    given, resolved = interactions.build_options(person, name, leaf, options, channel_id=world.channel.id)
    record, payload = interactions.base_payload(
        backend,
        type=discord.InteractionType.application_command.value,
        channel_id=world.channel.id,
        guild_id=world.guild.id,
        user_id=person.id,
        data={
            "id": command["id"],
            "name": root,
            "type": 1,
            "options": interactions.nest_options(command, nesting, given),
            "resolved": resolved,
        },
    )
    backend.emit("INTERACTION_CREATE", payload)
    return InteractionResult(world.env, record)


async def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until the condition holds, at most that long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.01)
