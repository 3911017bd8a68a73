"""The HTTP side: takes what sites and hubs send, and answers in JSON. It changes no library itself."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.inbox.limits import Limiter, client_address
from bot.inbox.payloads import told_in
from bot.inbox.signatures import Rejected, check
from bot.services.inbox import HOOK, HUB, Access
from bot.storage.inbox import SIGNATURES_KEPT, Told

MAX_BODY = 256_000
"""Bytes of one message. A long post with its HTML has some tens of thousands."""

MAX_FEED = 4_000_000
"""Bytes of what a hub sends: the feed itself."""

BODY_SECONDS = 10.0
"""For how long the body of a message is waited for."""

IDLE_SECONDS = 10.0
"""For how long a connection may stay open on which no whole head of a message comes in, however it trickles."""

MOST_CONNECTIONS = 200
"""How many connections may be open. Each takes a file from the process, which the libraries need, too."""

logger = logging.getLogger(__name__)

_unheard = logging.getLogger(f"{__name__}.unheard")
_unheard.setLevel(logging.CRITICAL)
"""Where aiohttp logs what is no HTTP, with a traceback. Anybody can send that, and it must not fill the log."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What the server asks of the rest of the bot.

    `taken` queues what was said and returns how much concerns the library; None if too much waits there. `confirmed`
    and `pushed` are told what hubs send.
    """

    access: Callable[[str], Awaitable[Access | None]]
    is_new: Callable[[bytes], Awaitable[bool]]
    taken: Callable[[int | None, Sequence[Told]], Awaitable[int | None]]
    confirmed: Callable[[str, "dict[str, str]"], Awaitable[str | None]]
    pushed: Callable[[str, str, bytes], Awaitable[bool]]
    now: Callable[[], datetime]
    count: Callable[[int], None] = lambda status: None


@contextlib.asynccontextmanager
async def served(host: str, port: int, prefix: str, doors: Doors) -> AsyncIterator[None]:
    """Serve while the body runs. `prefix` is the path that the public address has. Raises OSError."""
    runner = web.AppRunner(
        application(doors, prefix),
        access_log=None,
        handle_signals=False,
        shutdown_timeout=2.0,
        keepalive_timeout=IDLE_SECONDS,
        logger=_unheard,
    )
    await runner.setup()
    server = runner.server
    assert server
    try:
        listening = await asyncio.get_running_loop().create_server(lambda: _accepted(server), host, port)
        try:
            yield
        finally:
            listening.close()
    finally:
        await runner.cleanup()


class _Refusal(asyncio.Protocol):
    """Closes a connection at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _accepted(server: web.Server) -> asyncio.BaseProtocol:
    """What serves a connection that comes in, or closes it if too many are open."""
    return server() if len(server.connections) < MOST_CONNECTIONS else _Refusal()


def application(doors: Doors, prefix: str = "", limiter: Limiter | None = None) -> web.Application:
    """The application, with each address also below the `prefix`, as a proxy may leave it there."""
    limiter = limiter or Limiter()
    app = web.Application(client_max_size=MAX_FEED, middlewares=[_guarded(limiter, doors)])
    for start in dict.fromkeys(("", urlsplit(prefix).path.rstrip("/"))):
        for path in (HOOK, f"{HOOK}/{{name}}"):
            app.router.add_post(start + path, _hook(doors))
        app.router.add_get(f"{start}{HUB}/{{id}}", _confirmation(doors))
        app.router.add_post(f"{start}{HUB}/{{id}}", _push(doors))
    return app


def _guarded(limiter: Limiter, doors: Doors) -> Middleware:
    """Bounds how much comes in, counts it, and makes a sentence of every error."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await answer(request, handler)
        doors.count(response.status)
        return response

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        seconds = doors.now().timestamp()
        address = client_address(request.remote or "", request.headers.get("X-Forwarded-For", ""))
        try:
            if not limiter.allows(address, seconds):
                left = limiter.seconds_left(seconds)
                said = f"Too many messages: try again in {left} seconds."
                return _error(429, said, {"Retry-After": str(left)})
            return await handler(request)
        except Rejected as error:
            return _error(error.status, error.sentence)
        except web.HTTPException as error:
            return _error(error.status, _SAID.get(error.status, "That cannot be done here."))
        except TimeoutError:
            return _error(408, "The body did not come in time: send it again.")
        except Exception:
            logger.exception("A message to the webhook could not be taken.")
            return _error(500, "Something went wrong here, and nothing was done: try again later.")

    return guarded


_SAID = {
    404: "Nothing is here: check the address.",
    405: "That is not how this address is used: post to it.",
    413: "The message is too large: send the address of the page alone.",
}


def _error(status: int, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": sentence}, status=status, headers=headers)


def _hook(doors: Doors) -> Handler:
    async def hook(request: web.Request) -> web.StreamResponse:
        body = await _body(request, MAX_BODY)
        access = await doors.access(request.match_info.get("name", ""))
        signature = check(access.secret if access else None, request.headers, body, doors.now())
        assert access  # or nothing would have been signed by its secret
        if not await doors.is_new(signature):
            minutes = int(SIGNATURES_KEPT.total_seconds() // 60)
            raise Rejected(409, f"This message came before in the last {minutes} minutes: sign a new one.")
        told = told_in(body, request.content_type)
        taken = await doors.taken(access.server, told)
        if taken is None:
            raise Rejected(503, "Too many pages wait to be read already: try again in some minutes.")
        if not taken and not all(one.gone for one in told):
            raise Rejected(
                422,
                "None of the pages is at the host of a feed or sitemap of this library, nor a page that it reads: add "
                "its source first.",
            )
        return web.json_response({"accepted": taken}, status=202)

    return hook


def _confirmation(doors: Doors) -> Handler:
    async def confirmation(request: web.Request) -> web.StreamResponse:
        challenge = await doors.confirmed(request.match_info["id"], dict(request.query))
        if challenge is None:
            raise web.HTTPNotFound
        return web.Response(text=challenge, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    return confirmation


def _push(doors: Doors) -> Handler:
    async def push(request: web.Request) -> web.StreamResponse:
        body = await _body(request, MAX_FEED)
        if not await doors.pushed(request.match_info["id"], request.headers.get("X-Hub-Signature", ""), body):
            return _error(410, "There is no such subscription any more.")
        return web.Response(status=202)

    return push


async def _body(request: web.Request, most: int) -> bytes:
    """The body, if it has at most so many bytes. Raises Rejected, and TimeoutError."""
    body = bytearray()
    if (request.content_length or 0) <= most:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > most:
                    break
            else:
                return bytes(body)
    raise Rejected(413, f"The message has more than {most:,} bytes: send the address of the page alone.")
