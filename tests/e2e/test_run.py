"""`pullquote run` and `pullquote demo` as processes: what is said at the door, and how they stop."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from tests.bot.test_token import SHAPED
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, Outcome, Process, Run, Start

PORTAL = "https://discord.com/developers/applications"


def test_run_without_a_token_says_where_to_get_one(pullquote: Run) -> None:
    assert pullquote("run").complaint == (
        f"DISCORD_TOKEN is not set; make a bot at {PORTAL}, copy its token under Bot, Reset Token, "
        "and put it into .env."
    )
    assert list(Path().iterdir()) == []


def test_run_with_a_malformed_token_says_what_is_wrong_with_it(pullquote: Run) -> None:
    assert pullquote("run", env={"DISCORD_TOKEN": "my-secret"}).complaint == (
        "DISCORD_TOKEN is no bot token: one has three parts with a dot between them; copy the token at "
        f"{PORTAL} under Bot, Reset Token, and put it into .env."
    )


# discord.py itself, against a server on this machine that answers as Discord does.
PROGRAM = """
import sys
import discord.gateway, discord.http, yarl
address = sys.argv.pop(1)
discord.http.Route.BASE = address
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address.replace("http", "ws") + "/gateway")
from bot.cli.app import main
main()
"""

USER = {"id": "123456789012345678", "username": "pullquote", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION = {
    "id": "123456789012345678", "name": "Pullquote", "icon": None, "description": "", "bot_public": True,
    "bot_require_code_grant": False, "verify_key": "", "flags": 0, "owner": USER, "team": None,
}  # fmt: skip


class Discord:
    """Discord as far as signing in goes: it takes the token or not; its gateway says READY, or closes with a code."""

    def __init__(
        self,
        *,
        takes_token: bool = True,
        close_code: int | None = None,
        asks: str | None = None,
        shards: int = 1,
        heartbeat_ms: int = 45_000,
    ) -> None:
        """`asks` is a question that it brings in a direct message as soon as the bot is ready."""
        self._takes_token, self._close_code, self._asks = takes_token, close_code, asks
        self._shards, self._heartbeat_ms = shards, heartbeat_ms
        self.is_silent = False
        """Whether the gateway says nothing more on the connections that there are; it talks on new ones."""
        self.identified: list[list[int]] = []
        """For each session the number of its shard, and how many there are."""
        self.address = ""
        self.typing = asyncio.Event()
        self.posted: list[dict[str, Any]] = []

    async def __aenter__(self) -> "Discord":
        app = web.Application()
        app.router.add_get("/gateway", self._gateway)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        if not self._takes_token:
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        if request.path.endswith("/typing"):
            self.typing.set()
            return web.Response(status=204)
        if request.path.endswith("/messages"):
            self.posted.append(await request.json())
            return _json(direct_message("", USER))
        answers: dict[str, Any] = {
            "/users/@me": USER,
            "/oauth2/applications/@me": APPLICATION,
            "/applications/123456789012345678/commands": [],
            "/gateway/bot": {
                "url": self.address.replace("http", "ws") + "/gateway",
                "shards": self._shards,
                "session_start_limit": {"total": 9, "remaining": 9, "reset_after": 0, "max_concurrency": 1},
            },
        }
        return _json(answers[request.path])

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": self._heartbeat_ms}, "s": None, "t": None})
        self.is_silent = False
        async for message in socket:
            if message.json()["op"] == 1 and not self.is_silent:  # heartbeat
                await socket.send_json({"op": 11})
            if message.json()["op"] != 2:  # identify
                continue
            self.identified.append(message.json()["d"]["shard"])
            if self._close_code:
                await socket.close(code=self._close_code)
            else:
                ready = {
                    "v": 10, "user": USER, "guilds": [], "session_id": "s",
                    "shard": message.json()["d"]["shard"],
                    "application": {"id": USER["id"], "flags": 0},
                    "resume_gateway_url": self.address.replace("http", "ws") + "/gateway",
                }  # fmt: skip
                await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})
                if self._asks:
                    asked = direct_message(self._asks, USER | {"id": "5", "bot": False})
                    await socket.send_json({"op": 0, "t": "MESSAGE_CREATE", "s": 2, "d": asked})
        return socket


def direct_message(content: str, author: dict[str, Any]) -> dict[str, Any]:
    """A direct message."""
    return {
        "id": "7", "channel_id": "6", "author": author, "content": content, "timestamp": "2026-01-07T00:00:00+00:00",
        "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "pinned": False, "type": 0, "components": [],
    }  # fmt: skip


def _json(content: object, status: int = 200) -> web.Response:
    """As Discord sends it: discord.py takes no other type for JSON, not even one with a charset."""
    return web.Response(body=json.dumps(content), status=status, headers={"Content-Type": "application/json"})


async def started(start: Start, discord: Discord, **env: str) -> Process:
    """`pullquote run` against that Discord, with a token of the right shape."""
    return start("run", program=("-c", PROGRAM, discord.address), DISCORD_TOKEN=SHAPED, **env)


async def outcome(process: Process) -> Outcome:
    return await asyncio.to_thread(process.outcome)


async def test_a_refused_token_is_explained_with_where_to_get_another(pullquote_process: Start, sample: None) -> None:
    async with Discord(takes_token=False) as discord:
        said = await outcome(await started(pullquote_process, discord))
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[-1] == (
        f"Discord refuses DISCORD_TOKEN; make a new one at {PORTAL} under Bot, Reset Token, and put it into .env."
    )
    assert "Traceback" not in said.err and SHAPED not in said.err


async def test_refused_intents_are_explained_with_where_to_switch_them_on(
    pullquote_process: Start, sample: None
) -> None:
    async with Discord(close_code=4014) as discord:
        said = await outcome(await started(pullquote_process, discord))
    assert said.code == 2
    assert said.err.splitlines()[-1] == (
        f"Discord refuses the Message Content Intent; switch it on at {PORTAL} under Bot, Privileged Gateway Intents, "
        "or set MESSAGE_CONTENT=false to go without ask channels."
    )
    assert "Traceback" not in said.err


async def test_a_discord_that_cannot_be_reached_is_named(pullquote_process: Start, sample: None) -> None:
    async with Discord() as discord:
        pass
    said = await outcome(await started(pullquote_process, discord))
    assert said.code == 2
    assert said.err.splitlines()[-1].startswith("Discord cannot be reached (")
    assert "Traceback" not in said.err


async def test_run_gets_ready_and_sigterm_stops_it_at_once(pullquote_process: Start, sample: None) -> None:
    async with Discord() as discord:
        process = await started(pullquote_process, discord)
        assert process.stderr
        lines: list[str] = []
        while "Ready as pullquote" not in "".join(lines):
            lines.append(await asyncio.to_thread(process.stderr.readline))
            assert lines[-1], "the bot ended before it was ready"
        told = [line.partition(": ")[2].strip() for line in lines if " INFO bot." in line]
        assert told[:3] == ["Signing in to Discord.", "Loading the model.", "Telling Discord the commands."]
        assert told[-1] == "Ready as pullquote in 0 servers."
        assert not any(" sentence_transformers" in line for line in lines)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        said = await outcome(process)
    assert time.monotonic() - asked < 10
    assert said.code == 0
    assert "Stopping; answers under way are finished first." in said.err
    assert "Traceback" not in said.err
    assert not [name for name in os.listdir("pullquote-data") if name.endswith("-wal")], "a database was left open"


async def test_sigterm_while_a_question_is_answered_lets_the_answer_out_first(
    pullquote_process: Start, sample: None
) -> None:
    async with Discord(asks=LEE_QUESTION) as discord:
        process = await started(pullquote_process, discord)
        await asyncio.wait_for(discord.typing.wait(), 60)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        said = await outcome(process)
    assert time.monotonic() - asked < 10
    assert (said.code, "Traceback" in said.err) == (0, False), said.err
    (posted,) = discord.posted
    assert f"## “{LEE_ASKED}”" in [item.get("content") for item in posted["components"][0]["components"]]
    assert not [name for name in os.listdir("pullquote-data") if name.endswith("-wal")], "a database was left open"


async def test_demo_prints_its_address_serves_the_page_and_sigterm_ends_it(pullquote_process: Start) -> None:
    process = pullquote_process("demo", "--no-browser")
    assert process.stdout
    address = (await asyncio.to_thread(process.stdout.readline)).strip()
    assert address.startswith("http://127.0.0.1:")
    async with ClientSession() as session, session.get(address) as page:
        assert page.status == 200
        assert "<title>SimCord Preview</title>" in await page.text()
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said = await outcome(process)
    assert time.monotonic() - asked < 10
    assert said.code == 0, said
    assert "Traceback" not in said.err
    assert os.listdir() == []


def test_demo_without_its_extra_says_how_to_install_it(pullquote: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simcord", None)
    monkeypatch.delitem(sys.modules, "bot.cli.demo", raising=False)
    assert pullquote("demo").complaint == 'The demo is not installed; run: pip install ".[demo]".'
