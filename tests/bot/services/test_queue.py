"""The bounded queue, and what is under way."""

import asyncio
import threading

import pytest

from bot.errors import Busy, Stopping
from bot.services.queue import WorkQueue
from bot.services.shutdown import Shutdown


async def test_what_fits_is_done_and_the_next_is_told_when_to_come_back() -> None:
    workers, gate = WorkQueue(threads=2, queue=1), threading.Event()
    try:
        running = [asyncio.create_task(workers.run(lambda: gate.wait(10))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match=r"^Many questions are being answered right now; try again in 1 second\.$"):
            await workers.run(lambda: True)
        gate.set()
        assert await asyncio.gather(*running) == [True] * 3
        assert await workers.run(lambda: "room again") == "room again"
    finally:
        workers.close()


async def test_the_wait_grows_with_what_is_ahead() -> None:
    workers, gate = WorkQueue(threads=1, queue=9), threading.Event()
    try:
        running = [asyncio.create_task(workers.run(lambda: gate.wait(10))) for _ in range(10)]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match=r"try again in 10 seconds\.$"):
            workers.check_room()
        gate.set()
        await asyncio.gather(*running)
    finally:
        workers.close()


async def test_an_error_is_passed_on_and_makes_room() -> None:
    workers = WorkQueue(threads=1, queue=0)
    try:
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        assert await workers.run(lambda: 1) == 1
    finally:
        workers.close()


async def test_a_stop_waits_for_what_is_under_way_and_takes_on_no_more() -> None:
    underway = Shutdown()
    with underway.one():
        finishing = asyncio.create_task(underway.finish(5))
        await asyncio.sleep(0)
        with pytest.raises(Stopping), underway.one():
            pass
        assert not finishing.done()
    assert await finishing


async def test_a_stop_does_not_wait_for_ever() -> None:
    underway = Shutdown()
    with underway.one():
        assert not await underway.finish(0.01)


async def test_with_nothing_under_way_a_stop_is_at_once() -> None:
    assert await Shutdown().finish(0)
