"""The HTTP side against those who mean harm: open connections, heads that never end, and what is no HTTP."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.inbox import server
from bot.inbox.server import Doors, served
from bot.services.inbox import Access
from bot.storage.inbox import Told
from tests.bot.watching.test_page import free_port

HOST = "127.0.0.1"


async def _access(name: str) -> Access | None:
    return None


async def _yes(signature: bytes) -> bool:
    return True


async def _taken(library: int | None, told: Sequence[Told]) -> int | None:
    return 0


async def _confirmed(subscription: str, fields: dict[str, str]) -> str | None:
    return None


async def _pushed(subscription: str, header: str, body: bytes) -> bool:
    return False


DOORS = Doors(_access, _yes, _taken, _confirmed, _pushed, lambda: datetime.now(UTC))

Open = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connections(port: int, number: int) -> AsyncIterator[list[Open]]:
    opened = [await asyncio.open_connection(HOST, port) for _ in range(number)]
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.close()


async def test_a_connection_on_which_no_whole_head_comes_in_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.3)
    port = free_port()
    async with served(HOST, port, "", DOORS), connections(port, 2) as ((silent, _), (trickling, writer)):

        async def trickle() -> None:
            writer.write(b"POST /hook HTTP/1.1\r\n")
            with contextlib.suppress(ConnectionError):
                for number in range(1000):
                    writer.write(f"X-{number}: a\r\n".encode())
                    await writer.drain()
                    await asyncio.sleep(0.02)

        more = asyncio.create_task(trickle())
        async with asyncio.timeout(10):
            assert await silent.read() == b""
            with contextlib.suppress(ConnectionError):
                assert await trickling.read() == b""
        more.cancel()


async def test_no_more_than_so_many_connections_are_open_and_one_that_ends_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)
    port = free_port()
    async with served(HOST, port, "", DOORS), asyncio.timeout(10):
        async with connections(port, 3), connections(port, 1) as ((refused, _),):
            assert await refused.read() == b""
        answer = b""
        while not answer:
            async with connections(port, 1) as ((reader, writer),):
                with contextlib.suppress(ConnectionError):
                    writer.write(b"POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 401")


async def test_what_is_no_http_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    rubbish = (
        b"\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n",
        b"GET /hook HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nA" * 2 + b"\r\n\r\n",
    )
    with caplog.at_level(logging.INFO):
        async with served(HOST, port, "", DOORS), asyncio.timeout(10):
            for said in rubbish:
                async with connections(port, 1) as ((reader, writer),):
                    writer.write(said)
                    assert b" 400 " in await reader.readline()
    assert not caplog.records
