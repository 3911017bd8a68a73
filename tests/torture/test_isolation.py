"""Nothing of one server is ever seen in another, or in a direct message; and nobody changes what they may not.

A machine of hypothesis does what people in three servers can do, and forgers besides. It looks at all that the bot
sends to Discord. `PULLQUOTE_TORTURE=20 pytest -m slow tests/torture/test_isolation.py` plays twenty times as long.
"""

import asyncio
import json
import random
import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from simcord import interactions
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle
from simcord.results import InteractionResult

from tests.e2e.world import World
from tests.limits import torture
from tests.torture.gazette import WARES, gazette, question, use_command, use_menu

pytestmark = pytest.mark.slow

SERVERS = ("north", "south", "east")
ROLES = ("admin", "editor", "reader")

COMPONENTS_V2 = 1 << 15
"""The flag of a message that is made of components."""

SECRET = re.compile(r"\bq[bcdfghjkmnpqrtvwxyz]{9}\b")
"""What the secret words of the articles look like; no other word does."""

KEY = re.compile(r'"custom_id": "([^"]+)"')

FORGED = (
    "pullquote:context:{answer}",
    "pullquote:more:{answer}",
    "pullquote:near:{answer}",
    "pullquote:up:{answer}",
    "pullquote:delete:{answer}",
    "pullquote:page:{answer}:1",
    "pullquote:desk:remove:{key}",
    "pullquote:desk:edit:{key}",
    "pullquote:desk:undo:{answer}",
    "pullquote:desk:remove-missing:{answer}",
    "pullquote:desk:apply:",
    "pullquote:desk:articles:1:",
)
"""Custom ids that the bot never gave out; those of another server's answers and articles are put into them."""


@dataclass(slots=True)
class Server:
    """A server with its people, and what it should hold."""

    guild: GuildHandle
    channel: ChannelHandle
    people: dict[str, MemberActor]
    editors: RoleHandle
    secrets: dict[str, str] = field(default_factory=dict)
    """The secret words of the articles that it has, by the wares they are about."""


Act = Callable[[], Awaitable[Any]]


class Servers(RuleBasedStateMachine):
    """Three servers of one bot, with admins, editors and readers."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._to_do: asyncio.Queue[tuple[Act, asyncio.Future[Any]] | None] = asyncio.Queue()
        self._chance = random.Random(0)
        self._owners: dict[str, str] = {}
        self._read = 0
        self._typed = ""
        self._custom_ids: list[str] = ["pullquote:unknown"]

    @initialize()
    def open(self) -> None:
        """Three servers, each with an article of its own and an answer that quotes it."""

        opened: asyncio.Future[World] = self._loop.create_future()
        self._living = self._loop.create_task(self._live(opened))
        self.world = self._loop.run_until_complete(opened)
        self.backend = self.world.env.backend
        self.servers = {name: self._server(self.world, name) for name in SERVERS}
        for name in SERVERS:
            self.add(name, "admin", WARES[5])
            self.ask(name, "reader", WARES[5], "mention", name)

    def teardown(self) -> None:
        """Close the bot."""
        self._to_do.put_nowait(None)
        self._loop.run_until_complete(self._living)
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _live(self, opened: asyncio.Future[World]) -> None:
        """Do all that is to do in one task, as SimCord has it."""
        with tempfile.TemporaryDirectory() as folder:
            async with gazette(Path(folder) / "data", wares=WARES[:4]) as world:
                opened.set_result(world)
                while task := await self._to_do.get():
                    act, done = task
                    try:
                        result = await act()
                        await world.env.settle()
                        done.set_result(result)
                    except Exception as error:
                        done.set_exception(error)

    @staticmethod
    def _server(world: World, name: str) -> Server:
        guild = world.env.create_guild(name)
        managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        editors = guild.create_role("Editors")
        roles = {"admin": [managers], "editor": [editors], "reader": []}
        people = {
            role: guild.add_member(world.env.create_user(f"{name}-{role}"), roles=held) for role, held in roles.items()
        }
        return Server(guild, guild.create_text_channel(f"{name}-room"), people, editors)

    # What people do

    @rule(server=st.sampled_from(SERVERS), role=st.sampled_from(ROLES), ware=st.sampled_from(WARES[5:10]))
    def add(self, server: str, role: str, ware: str) -> None:
        """Somebody uploads an article with a secret word in its title and in its text."""
        here = self.servers[server]
        secret = "q" + "".join(self._chance.choices("bcdfghjkmnpqrtvwxyz", k=9))
        self._owners[secret] = server
        text = (
            f"---\ntitle: The {secret} of {ware}\n---\nAda Brandt bought the first {ware} from a lighthouse keeper "
            f"near {secret} in 2019. The {secret} opens at dawn.\n"
        )
        self._command(here, role, "articles add", file=(f"{ware}.md", text.encode()))
        if self._may_edit(here, role):
            self._learn(here)
            assert here.secrets[ware] == secret

    @rule(
        server=st.sampled_from(SERVERS),
        role=st.sampled_from(ROLES),
        ware=st.sampled_from(WARES[:10]),
        way=st.sampled_from(["mention", "ask", "private", "direct message", "article"]),
        whose=st.sampled_from(SERVERS),
    )
    def ask(self, server: str, role: str, ware: str, way: str, whose: str) -> None:
        """Somebody asks about a ware, which other servers may have articles about."""
        here = self.servers[server]
        person = here.people[role]
        if way == "mention":
            self._do(lambda: person.send(here.channel, f"{self.world.me} {question(ware)}"))
        elif way == "direct message":
            self._do(lambda: person.user.send_dm(question(ware)))
        elif way == "article":
            self._command(here, role, "ask", question=question(ware), article=self._key(whose, ware))
        else:
            self._command(here, role, "ask", question=question(ware), private=way == "private")

    @rule(
        server=st.sampled_from(SERVERS),
        role=st.sampled_from(ROLES),
        command=st.sampled_from(["articles show", "articles remove"]),
        whose=st.sampled_from(SERVERS),
        ware=st.sampled_from(WARES[5:10]),
        by_title=st.booleans(),
    )
    def name(self, server: str, role: str, command: str, whose: str, ware: str, by_title: bool) -> None:
        """Somebody names an article, maybe one of another server, by its key, its id or its title."""
        secret = self.servers[whose].secrets.get(ware, "quay")
        title = f"The {secret} of {ware}"
        self._typed = title if by_title else ""
        self._command(self.servers[server], role, command, article=title if by_title else self._key(whose, ware))

    @rule(
        server=st.sampled_from(SERVERS),
        role=st.sampled_from(ROLES),
        command=st.sampled_from(["articles list", "sources list", "settings show", "about", "privacy", "insights"]),
    )
    def look(self, server: str, role: str, command: str) -> None:
        """Somebody looks at what there is."""
        here = self.servers[server]
        options = {"csv": True} if command == "insights" else {}
        result = self._command(here, role, command, **options)
        shown = _all_text(result)
        if command == "articles list" and self._may_edit(here, role):
            found = set(SECRET.findall(shown))
            assert found == set(here.secrets.values()), (found, here.secrets)
        if command == "insights" and self._may_edit(here, role):
            for name, data in _files(self.backend, result):
                assert name.endswith(".csv")
                self._check_words(SECRET.findall(data.decode()), server, f"{name} of {server}")

    @rule(
        server=st.sampled_from(SERVERS),
        role=st.sampled_from(ROLES),
        typed=st.sampled_from(["", "The", "q", *WARES[5:10]]),
        option=st.sampled_from(["ask", "articles show", "articles remove"]),
    )
    def type(self, server: str, role: str, typed: str, option: str) -> None:
        """Somebody types into an option that completes titles."""
        here, person = self.servers[server], self.servers[server].people[role]
        filled = {"question": "Who?"} if option == "ask" else {}
        if role != "admin" and option != "ask":
            return  # Discord shows them no such command
        choices = self._do(lambda: person.autocomplete(here.channel, option, "article", typed, **filled))
        self._check_words(SECRET.findall(json.dumps(choices)), server, f"choices in {server}")

    @rule(
        server=st.sampled_from(SERVERS),
        role=st.sampled_from(ROLES),
        number=st.integers(0, 10_000),
        direct=st.booleans(),
    )
    def press(self, server: str, role: str, number: int, direct: bool) -> None:
        """Somebody presses a button that the bot gave out once, maybe long ago and in another server."""
        self._pressed(server, role, self._custom_ids[number % len(self._custom_ids)], direct=direct)

    @rule(
        server=st.sampled_from(SERVERS),
        role=st.sampled_from(ROLES),
        custom_id=st.sampled_from(FORGED),
        whose=st.sampled_from(SERVERS),
        number=st.integers(0, 10_000),
        ware=st.sampled_from(WARES[5:10]),
        direct=st.booleans(),
    )
    def forge(self, server: str, role: str, custom_id: str, whose: str, number: int, ware: str, direct: bool) -> None:
        """Somebody presses a button that was never there, for an answer or an article of any server."""
        forged = custom_id.format(answer=self._answer(whose, number), key=self._key(whose, ware))
        self._pressed(server, role, forged, direct=direct)

    @rule(
        server=st.sampled_from(SERVERS),
        role=st.sampled_from(ROLES),
        whose=st.sampled_from(SERVERS),
        number=st.integers(0, 10_000),
        menu=st.sampled_from(["Ask about this", "Delete this answer"]),
    )
    def use_menu(self, server: str, role: str, whose: str, number: int, menu: str) -> None:
        """Somebody uses the menu of a message, maybe one of another server, as no client of Discord lets them."""
        messages = [*self.backend.messages.get(self.servers[whose].channel.id, {}).values()]
        if not messages:
            return
        message = messages[number % len(messages)]
        there = {one.id for one in messages}
        self._typed = json.dumps(dict(serializers.message_payload(self.backend, message)))
        here = self.servers[server]

        async def using() -> None:
            use_menu(self.world, here.people[role], here.channel, menu, message)

        self._do(using)
        left = {*self.backend.messages.get(self.servers[whose].channel.id, {})}
        if server != whose:
            assert there <= left, "a message of another server was deleted"

    @rule(server=st.sampled_from(SERVERS), by=st.sampled_from(["admin", "reader", "editor"]), on=st.booleans())
    def name_editors(self, server: str, by: str, on: bool) -> None:
        """Somebody sets the role of the editors, which takes Manage Server."""
        here = self.servers[server]
        before = self._admin_role(here)
        options = {"role": here.editors} if on else {"clear": "Back to the default"}
        self._command(here, by, "settings admin-role", **options)
        if by != "admin":
            assert self._admin_role(here) == before

    # What must hold

    @invariant()
    def nothing_is_seen_elsewhere(self) -> None:
        """Look through all that the bot has sent since the last time, and at whom it went to."""
        if not hasattr(self, "world"):
            return
        sent = self.backend.http_requests[self._read :]
        self._read = len(self.backend.http_requests)
        for request in sent:
            said = json.dumps(request.json, ensure_ascii=False) if request.json else ""
            self._custom_ids += KEY.findall(said)
            words = [word for word in SECRET.findall(said) if word not in self._typed]
            if words:
                self._check_words(words, self._place(request.path), f"{request.method} {request.path}: {said}")
        self._typed = ""

    @invariant()
    def every_server_holds_what_its_editors_put_there(self) -> None:
        """Compare the libraries with what was allowed."""
        if not hasattr(self, "world"):
            return
        libraries = self.world.bot.services.libraries
        base, *_ = libraries.readable_by(None)
        assert {headline.title for headline in base.headlines("", None)} == {
            f"The {ware} of Elmouth" for ware in WARES[:4]
        }
        for name, server in self.servers.items():
            held = {title for own in libraries.readable_by(server.guild.id)[1:] for title in _titles(own)}
            assert held == {f"The {secret} of {ware}" for ware, secret in server.secrets.items()}, name

    @invariant()
    def nothing_is_under_way_and_nothing_went_wrong(self) -> None:
        """No error that is none of a person's."""
        if hasattr(self, "world"):
            self.world.refused()

    # How it is done

    def _check_words(self, words: list[str], server: str | None, what: str) -> None:
        foreign = [word for word in words if word not in self._typed and self._owners[word] != server]
        assert not foreign, f"{foreign} of {[self._owners[word] for word in foreign]} seen: {what}"

    def _place(self, path: str) -> str | None:
        """The server that a request goes to; None for a direct message."""
        number = int(re.findall(r"\d+", path)[0])
        if path.startswith("/channels/"):
            guild = self.backend.get_channel(number).guild_id
        else:
            token = re.findall(r"simcord_interaction_(\d+)", path)
            guild = self.backend.interactions[int(token[0]) if token else number].guild_id
        return next((name for name, server in self.servers.items() if server.guild.id == guild), None)

    def _may_edit(self, here: Server, role: str) -> bool:
        if self._admin_role(here) is None:
            return role == "admin"
        return role == "editor"

    def _admin_role(self, here: Server) -> int | None:
        return self.world.bot.services.server_settings.of(here.guild.id).admin_role

    def _learn(self, here: Server) -> None:
        """Take what an editor has done by a button as done; no other server can have changed by it."""
        titles = {t for own in self.world.bot.services.libraries.readable_by(here.guild.id)[1:] for t in _titles(own)}
        here.secrets = {title.split(" of ")[1]: title.split()[1] for title in titles}
        assert {self._owners[secret] for secret in here.secrets.values()} <= {
            name for name, server in self.servers.items() if server is here
        }

    def _key(self, server: str, ware: str) -> str:
        """The key of a server's article on a ware; nonsense if it has none."""
        libraries = self.world.bot.services.libraries.readable_by(self.servers[server].guild.id)[1:]
        keys = [one.key for own in libraries for one in own.headlines("", None) if one.title.endswith(f" of {ware}")]
        return keys[0] if keys else "0123456789abcdef"

    def _answer(self, server: str, number: int) -> str:
        """The id of an answer that was given in a server."""
        answers = self.world.bot.services.answers
        channel = self.servers[server].channel.id
        found = [answers.answer_in(message) for message in self.backend.messages.get(channel, {})]
        ids = [record.id for record in found if record]
        return ids[number % len(ids)] if ids else "0" * 16

    def _pressed(self, server: str, role: str, custom_id: str, *, direct: bool) -> None:
        here = self.servers[server]
        allowed = self._may_edit(here, role) and not direct
        self._do(lambda: self._press(here, here.people[role], custom_id, direct=direct))
        if allowed and custom_id.startswith("pullquote:desk:"):
            self._learn(here)

    def _do(self, act: Act) -> Any:  # noqa: ANN401 - what `act` returns
        done: asyncio.Future[Any] = self._loop.create_future()
        self._to_do.put_nowait((act, done))
        return self._loop.run_until_complete(done)

    def _command(self, here: Server, role: str, name: str, /, **options: Any) -> InteractionResult:  # noqa: ANN401
        """Have a person give a command, also one that Discord does not show them."""
        result = self._do(lambda: self._given(here, here.people[role], name, options))
        assert isinstance(result, InteractionResult)
        return result

    async def _given(self, here: Server, person: MemberActor, name: str, options: dict[str, Any]) -> InteractionResult:
        root, *subcommand = name.split()
        command = self.backend.commands[None][root, discord.AppCommandType.chat_input.value]
        leaf, nesting = interactions.walk_to_subcommand(command, subcommand)
        given, resolved = interactions.build_options(person, name, leaf, options, channel_id=here.channel.id)
        nested = interactions.nest_options(command, nesting, given)
        data = {"options": nested, "resolved": resolved, "type": 1}
        return use_command(self.world, person, here.channel, root, data)

    async def _press(self, here: Server, person: MemberActor, custom_id: str, *, direct: bool) -> None:
        channel = person.user.dm_channel.id if direct else here.channel.id
        bot = self.world.bot.user
        assert bot
        button = {"type": 2, "style": 1, "label": "Press me", "custom_id": custom_id}
        row = {"type": 1, "components": [button]}
        message = self.backend.create_message(
            channel, bot.id, None, components=[row], flags=COMPONENTS_V2, broadcast=False
        )
        record, payload = interactions.base_payload(
            self.backend,
            type=discord.InteractionType.component.value,
            channel_id=channel,
            guild_id=None if direct else here.guild.id,
            user_id=person.id,
            data={"custom_id": custom_id, "component_type": int(discord.ComponentType.button.value)},
        )
        shown = dict(serializers.message_payload(self.backend, message))
        record.source_message_id = message.id
        self.backend.emit("INTERACTION_CREATE", payload | {"message": shown})


def _titles(library: Any) -> set[str]:  # noqa: ANN401
    return {headline.title for headline in library.headlines("", None)}


def _all_text(result: InteractionResult) -> str:
    response = result.response
    return json.dumps([part.to_dict() for part in response.message.components]) if response else ""


def _files(backend: Any, result: InteractionResult) -> list[tuple[str, bytes]]:  # noqa: ANN401
    response = result.response
    return [(one.filename, backend.cdn.get(one.url)) for one in response.message.attachments] if response else []


TestServers = Servers.TestCase
TestServers.settings = settings(max_examples=torture(25), stateful_step_count=40, derandomize=True, deadline=None)
