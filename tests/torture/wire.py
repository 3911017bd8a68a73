"""The wire between discord.py and the simulated Discord, which can be cut, slow or rate-limited.

SimCord takes the place of discord.py's HTTP clients, and can only make them raise. Here discord.py's own ones are put
back, with their retries and rate limits, over a session that hands requests to SimCord, or fails as aiohttp does.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
import simcord
from discord.http import HTTPClient
from discord.webhook.async_ import AsyncWebhookAdapter
from simcord.backend.errors import BackendError
from simcord.http.router import dispatch

NONCE_SECONDS = 180
"""For how long Discord recognizes a message that it is sent twice: "the past few minutes"."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to a request in place of its answer, or before it."""

    name: str
    status: int = 0
    """What it is answered with; 0 if the connection fails with `error`."""
    body: dict[str, Any] | str = ""
    headers: dict[str, str] = field(default_factory=dict)
    error: Callable[[], Exception] | None = None
    arrives: bool = False
    """Whether Discord does what the request says, although nobody hears of it."""
    seconds: float = 0.0
    """How long it takes to get there; others may overtake it."""


def _limited(name: str, seconds: float, *, is_global: bool = False) -> Trouble:
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": is_global}
    headers = {"Content-Type": "application/json", "Via": "1.1 google", "Retry-After": str(seconds)}
    return Trouble(name, 429, body, headers)


def _reset() -> Exception:
    return aiohttp.ClientOSError(104, "Connection reset by peer")


TROUBLES = (
    _limited("429", 1.5),
    _limited("429 for all", 1.0, is_global=True),
    Trouble("429 of Cloudflare", 429, "error code: 1015", {"Content-Type": "text/plain"}),
    Trouble("500", 500, {"message": "500: Internal Server Error", "code": 0}, {"Content-Type": "application/json"}),
    Trouble("502", 502, "<html>502 Bad Gateway</html>", {"Content-Type": "text/html"}),
    Trouble("502, but done", 502, "<html>502 Bad Gateway</html>", {"Content-Type": "text/html"}, arrives=True),
    Trouble("503", 503, "upstream connect error", {"Content-Type": "text/plain"}),
    Trouble("504", 504, "<html>504</html>", {"Content-Type": "text/html"}),
    Trouble("timeout", error=lambda: aiohttp.ServerTimeoutError("Timeout on reading data from socket")),
    Trouble("timeout, but done", error=lambda: aiohttp.ServerTimeoutError("Timeout"), arrives=True),
    Trouble("reset", error=_reset),
    Trouble("reset, but done", error=_reset, arrives=True),
    Trouble("disconnected", error=aiohttp.ServerDisconnectedError),
    Trouble("no name", error=lambda: OSError(-3, "Temporary failure in name resolution")),
    Trouble("slow", seconds=2.0),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A kind of request: its method, and what its path looks like."""

    name: str
    method: str
    path: str

    def is_of(self, method: str, path: str) -> bool:
        """Whether a request is of this kind."""
        return method == self.method and re.fullmatch(self.path, path) is not None


CALLS = (
    Call("typing", "POST", r"/channels/\d+/typing"),
    Call("reply", "POST", r"/channels/\d+/messages"),
    Call("fetch", "GET", r"/channels/\d+/messages/\d+"),
    Call("edit", "PATCH", r"/channels/\d+/messages/\d+"),
    Call("delete", "DELETE", r"/channels/\d+/messages/\d+"),
    Call("reaction", "PUT", r"/channels/\d+/messages/\d+/reactions/.+/@me"),
    Call("defer", "POST", r"/interactions/\d+/[^/]+/callback"),
    Call("answer to a command", "PATCH", r"/webhooks/\d+/[^/]+/messages/@original"),
    Call("followup", "POST", r"/webhooks/\d+/[^/]+"),
    Call("deletion of a response", "DELETE", r"/webhooks/\d+/[^/]+/messages/@original"),
)


class Wire:
    """The session of discord.py's HTTP clients. `trouble` says what happens to a request: None lets it pass."""

    def __init__(self, env: simcord.Env) -> None:
        self._env = env
        self._nonces: dict[tuple[str, str], tuple[float, Any]] = {}
        self.trouble: Callable[[str, str], Trouble | None] = lambda method, path: None
        self.requests: list[tuple[str, str, str]] = []
        """The method and path of each request, and the name of its trouble, or "fine"."""
        http, webhooks = env.bot.http, AsyncWebhookAdapter()
        http._HTTPClient__session, http._global_over = self, asyncio.Event()  # type: ignore[attr-defined]
        http._global_over.set()
        http.request = partial(self._sent, partial(HTTPClient.request, http))  # type: ignore[method-assign]
        env._webhook_adapter.request = partial(self._sent, webhooks.request)

    async def _sent(self, request: Callable[..., Awaitable[Any]], *route: Any, **options: Any) -> Any:  # noqa: ANN401
        """Send a request. One that waits for another, as for a rate limit, does not keep SimCord's clock from going."""
        return await self._env.external_wait(request(*route, **options), reason="discord.py waits for Discord")

    def fail(self, trouble: Trouble, times: Callable[[Call], int]) -> None:
        """Have the next requests of each kind fail, so often."""
        left = {call: times(call) for call in CALLS}

        def of_request(method: str, path: str) -> Trouble | None:
            for call, number in left.items():
                if number and call.is_of(method, path):
                    left[call] -= 1
                    return trouble
            return None

        self.trouble = of_request

    def request(self, method: str, url: Any, **options: Any) -> AbstractAsyncContextManager["Response"]:  # noqa: ANN401
        """Send a request, as aiohttp's session does."""
        path = re.sub(r"^https://discord\.com/api/v\d+", "", str(url)).partition("?")[0]
        return _Request(self, method, path, options)

    async def answer(self, method: str, path: str, options: dict[str, Any]) -> "Response":
        """What Discord answers, or the trouble that comes of it."""
        trouble = self.trouble(method, path)
        self.requests.append((method, path, trouble.name if trouble else "fine"))
        if trouble is None:
            return self._passed(method, path, options)
        if trouble.seconds:
            await asyncio.sleep(trouble.seconds)
            return self._passed(method, path, options)
        if trouble.arrives:
            self._passed(method, path, options)
        if trouble.error:
            raise trouble.error()
        return Response(trouble.status, trouble.body, trouble.headers)

    def _passed(self, method: str, path: str, options: dict[str, Any]) -> "Response":
        """What SimCord answers; a message that is sent twice in a short time is made once."""
        data = options.get("data")
        assert data is None or isinstance(data, str), "no files are sent over this wire"
        body = json.loads(data) if data else None
        nonce = body.get("nonce") if body and body.get("enforce_nonce") else None
        key, now = (path, str(nonce)), asyncio.get_running_loop().time()
        if nonce and key in self._nonces and now < self._nonces[key][0] + NONCE_SECONDS:
            return _as_json(200, self._nonces[key][1])
        try:
            answer = dispatch(self._env.backend, method, path, json=body, params=options.get("params"))
        except BackendError as error:
            return _as_json(error.status, error.to_json())
        if nonce:
            self._nonces[key] = now, answer
        return Response(204, "", {}) if answer is None else _as_json(200, answer)


class _Request(AbstractAsyncContextManager["Response"]):
    """A request that is sent when it is entered."""

    def __init__(self, wire: Wire, method: str, path: str, options: dict[str, Any]) -> None:
        self._wire, self._method, self._path, self._options = wire, method, path, options

    async def __aenter__(self) -> "Response":
        return await self._wire.answer(self._method, self._path, self._options)

    async def __aexit__(self, *_: object) -> None:
        pass


class Response:
    """An answer, as far as discord.py looks at one."""

    def __init__(self, status: int, body: dict[str, Any] | str, headers: dict[str, str]) -> None:
        self.status, self.reason = status, ""
        self.headers = {name: value for name, value in headers.items()}
        self.headers.setdefault("content-type", headers.get("Content-Type", "text/plain"))
        self._body = body if isinstance(body, str) else json.dumps(body)

    async def text(self, encoding: str = "utf-8") -> str:
        """Its body."""
        return self._body


def _as_json(status: int, body: Any) -> Response:  # noqa: ANN401 - what JSON holds
    return Response(status, json.dumps(body), {"Content-Type": "application/json"})
