"""A bot over a small library with the word encoder, in a simulated Discord."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import simcord
from simcord import interactions
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.backend.models import Message
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.client import Pullquote
from bot.run import opened_bot
from bot.settings import Settings
from index import Article, Library, Web
from tests.e2e.world import World, make_world
from tests.encoder import WordEncoder
from tests.parser import PARSER

WARES = (
    "almonds barley candles dates eels figs ginger hops ivory juniper kelp lemons mussels nutmeg olives pears".split()
)


def story(ware: str, keeper: str = "Ada Brandt", year: int = 2019) -> Article:
    """A story on a ware, which `question` asks about."""
    text = (
        f"{keeper} bought the first {ware} from a lighthouse keeper in {year}. The shop on the quay opens at dawn.\n\n"
        f"On Saturdays four hundred bags of {ware} are sold. The council wants a new market hall next spring."
    )
    return Article(ware, f"The {ware} of Elmouth", text)


def question(ware: str) -> str:
    """A question that a story answers."""
    return f"Who bought the first {ware} from a lighthouse keeper?"


def answers(said: str, ware: str) -> bool:
    """Whether a message says what answers the question about a ware."""
    return f"bought the first {ware} from a lighthouse keeper" in said


def open_gazette(
    stack: ExitStack,
    folder: Path,
    wares: list[str],
    *,
    allow: set[tuple[str, int]] | None = None,
    **settings: Any,  # noqa: ANN401
) -> Pullquote:
    """The unmodified bot on real storage in `folder`, whose base library holds a story for each ware.

    It may read the endpoints on this machine that are in `allow`.
    """
    encoder = WordEncoder()
    chosen = Settings(_env_file=None, **({"data_dir": folder, "cooldown_seconds": 0} | settings))
    base = stack.enter_context(Library.open(folder, load_encoder=lambda: encoder))
    base.update([story(ware) for ware in wares])
    return stack.enter_context(opened_bot(chosen, base, lambda: encoder, PARSER, lambda: Web(allow=allow or set())))


@asynccontextmanager
async def gazette(folder: Path, *, wares: list[str] = WARES, **settings: Any) -> AsyncIterator[World]:  # noqa: ANN401
    """That bot in a simulated Discord."""
    with ExitStack() as stack:
        bot = open_gazette(stack, folder, wares, **settings)
        async with simcord.run(bot, shard_count=1, settle_timeout=120) as env:
            yield make_world(env, WordEncoder(), stack)


def use_command(
    world: World, person: MemberActor, channel: ChannelHandle, name: str, data: dict[str, Any]
) -> InteractionResult:
    """Have a person use a command or a menu, also one that Discord would not offer them, and wait for nothing.

    `data` is the rest of what Discord sends about the interaction.
    """
    backend = world.env.backend
    record, payload = interactions.base_payload(
        backend,
        type=discord.InteractionType.application_command.value,
        channel_id=channel.id,
        guild_id=person.guild.id,
        user_id=person.id,
        data={"id": backend.commands[None][name, data["type"]]["id"], "name": name} | data,
    )
    backend.emit("INTERACTION_CREATE", payload)
    return InteractionResult(world.env, record)


def use_menu(world: World, person: MemberActor, channel: ChannelHandle, name: str, message: Message) -> None:
    """Have a person use an entry of a message's menu, also of a message that they do not see, and wait for nothing."""
    shown = dict(serializers.message_payload(world.env.backend, message))
    data = {"type": 3, "target_id": str(message.id), "resolved": {"messages": {str(message.id): shown}}}
    use_command(world, person, channel, name, data)
