"""The gateway closed with each code that Discord documents: what can go on goes on, the rest ends with a sentence.

discord.py itself talks to a server on this machine.
https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import discord.gateway
import discord.http
import pytest
import yarl
from aiohttp import web

from bot.client import Pullquote
from bot.errors import SignInError
from bot.run import explained_sign_in
from tests.bot.test_token import SHAPED
from tests.e2e.test_run import PORTAL, USER, Discord, direct_message
from tests.e2e.world import until
from tests.torture.gazette import open_gazette, question

pytestmark = pytest.mark.slow

RESUMED = (1000, 1001, 1006, 4000, 4001, 4002, 4005, 4008)
"""The codes after which a session can be resumed, with those of the connection itself: it is closed, goes, is cut."""

BEGUN_ANEW = (4003, 4007, 4009)
"""The codes after which there must be a new session: not authenticated, invalid sequence, timed out."""

TOKEN = f"Discord refuses DISCORD_TOKEN; make a new one at {PORTAL} under Bot, Reset Token, and put it into .env."
UPGRADE = "Discord takes no connection of this version of Pullquote any more (code {}); upgrade it, and start again."
ENDED = {
    4004: TOKEN,
    4010: "Discord has no such shard (code 4010); set SHARD_IDS and SHARD_COUNT right, and start again.",
    4011: (
        "Discord wants more connections than there are (code 4011); start again, to open as many as it asks for, or "
        "raise SHARD_COUNT where that is set."
    ),
    4012: UPGRADE.format(4012),
    4013: UPGRADE.format(4013),
    4014: (
        f"Discord refuses the Message Content Intent; switch it on at {PORTAL} under Bot, Privileged Gateway Intents, "
        "or set MESSAGE_CONTENT=false to go without ask channels."
    ),
}
"""The codes after which no connection can be opened, and what the operator is told."""


class Gateway(Discord):
    """Discord whose gateway can be closed, and resumes sessions if `resumes`."""

    def __init__(self) -> None:
        super().__init__()
        self.resumes = True
        self.begun: list[str] = []
        """How each session was begun, or gone on with."""
        self._socket: web.WebSocketResponse | None = None
        self._sequence = 0

    async def close(self, code: int) -> None:
        """Close the connection. Without a word for 1006."""
        assert self._socket and self._socket._req and self._socket._req.transport
        if code == 1006:
            self._socket._req.transport.abort()
        else:
            await self._socket.close(code=code)

    async def ask(self, number: int) -> None:
        """Bring a question, which is the direct message of that number."""
        asked = direct_message(question("figs"), USER | {"id": "5", "bot": False}) | {"id": str(number)}
        await self._dispatch("MESSAGE_CREATE", asked)

    async def _answer(self, request: web.Request) -> web.Response:
        """Each message has a number of its own."""
        answer = await super()._answer(request)
        if request.path.endswith("/messages"):
            posted = direct_message("", USER) | {"id": str(1000 + len(self.posted))}
            return web.Response(body=json.dumps(posted), content_type="application/json")
        return answer

    async def _dispatch(self, event: str, content: object) -> None:
        assert self._socket
        self._sequence += 1
        await self._socket.send_json({"op": 0, "t": event, "s": self._sequence, "d": content})

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 45_000}, "s": None, "t": None})
        async for message in socket:
            match message.json()["op"]:
                case 1:
                    await socket.send_json({"op": 11})
                case 2:
                    self._socket, self._sequence = socket, 0
                    ready = {
                        "v": 10,
                        "user": USER,
                        "guilds": [],
                        "session_id": "s",
                        "shard": [0, 1],
                        "application": {"id": USER["id"], "flags": 0},
                        "resume_gateway_url": self.address.replace("http", "ws") + "/gateway",
                    }
                    await self._dispatch("READY", ready)
                    self.begun.append("identified")
                case 6 if self.resumes:
                    self._socket = socket
                    await self._dispatch("RESUMED", {})
                    self.begun.append("resumed")
                case 6:
                    await socket.send_json({"op": 9, "d": False})
        return socket


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pullquote]:
    """A bot that does not wait for five seconds before it begins a session anew."""
    with ExitStack() as stack:
        bot = open_gazette(stack, tmp_path / "data", ["figs"])

        async def at_once(shard_id: int | None, *, initial: bool = False) -> None:
            pass

        monkeypatch.setattr(bot, "before_identify_hook", at_once)
        yield bot


async def living(bot: Pullquote, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot live on that gateway, until it ends."""
    address = yarl.URL(gateway.address.replace("http", "ws") + "/gateway")
    monkeypatch.setattr(discord.http.Route, "BASE", gateway.address)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", address)
    with explained_sign_in():
        async with bot:
            await bot.start(SHAPED)


async def test_a_closed_gateway_is_opened_again_and_each_question_is_answered_once(
    bot: Pullquote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time Discord brings the last question again, and a new one."""
    async with Gateway() as gateway:
        life = asyncio.create_task(living(bot, gateway, monkeypatch))
        await until(lambda: gateway.begun, 120)
        await gateway.ask(100)
        await until(lambda: gateway.posted, 60)
        for number, code in enumerate((*RESUMED, *BEGUN_ANEW), start=101):
            gateway.resumes = code in RESUMED
            sessions = len(gateway.begun)
            await gateway.close(code)
            await until(lambda sessions=sessions: len(gateway.begun) > sessions, 60)
            assert gateway.begun[-1] == ("resumed" if gateway.resumes else "identified"), code
            await gateway.ask(number - 1)
            await gateway.ask(number)
            await until(lambda number=number: [str(number)] == [p["nonce"] for p in gateway.posted][-1:], 60)
        assert not life.done()
        await bot.close()
        await life
    times = Counter(posted["nonce"] for posted in gateway.posted)
    assert times == Counter(str(number) for number in range(100, 101 + len(RESUMED) + len(BEGUN_ANEW)))


@pytest.mark.parametrize("code", ENDED)
async def test_a_code_after_which_nothing_can_be_opened_ends_the_bot_with_the_remedy(
    bot: Pullquote, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    async with Gateway() as gateway:
        life = asyncio.create_task(living(bot, gateway, monkeypatch))
        await until(lambda: gateway.begun, 120)
        await gateway.close(code)
        with pytest.raises(SignInError) as refused:
            await asyncio.wait_for(life, 60)
    assert str(refused.value) == ENDED[code]
    assert gateway.begun == ["identified"]
