"""The bounded queue."""

import asyncio
import threading

import pytest

from bot.errors import Busy
from bot.services.queue import WorkQueue


async def test_what_fits_is_done_and_the_next_is_told_when_to_come_back() -> None:
    queue, gate = WorkQueue(threads=2, queue=1), threading.Event()
    try:
        running = [asyncio.create_task(queue.run(lambda: gate.wait(10))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match=r"^Many questions are being answered right now; try again in 1 second\.$"):
            await queue.run(lambda: True)
        gate.set()
        assert await asyncio.gather(*running) == [True] * 3
        assert await queue.run(lambda: "room again") == "room again"
    finally:
        queue.close()


async def test_the_wait_grows_with_what_is_ahead() -> None:
    queue, gate = WorkQueue(threads=1, queue=9), threading.Event()
    try:
        running = [asyncio.create_task(queue.run(lambda: gate.wait(10))) for _ in range(10)]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match=r"try again in 10 seconds\.$"):
            queue.check_room()
        gate.set()
        await asyncio.gather(*running)
    finally:
        queue.close()


async def test_an_error_is_passed_on_and_makes_room() -> None:
    queue = WorkQueue(threads=1, queue=0)
    try:
        with pytest.raises(ZeroDivisionError):
            await queue.run(lambda: 1 // 0)
        assert await queue.run(lambda: 1) == 1
    finally:
        queue.close()
