"""A stop in order: what is under way is finished, and no more is taken on."""

import asyncio

import pytest

from bot.errors import Stopping
from bot.services.shutdown import Shutdown


async def test_a_stop_waits_for_what_is_under_way_and_takes_on_no_more() -> None:
    shutdown = Shutdown()
    with shutdown.one():
        finishing = asyncio.create_task(shutdown.finish(5))
        await asyncio.sleep(0)
        with pytest.raises(Stopping), shutdown.one():
            pass
        assert not finishing.done()
    assert await finishing


async def test_a_stop_does_not_wait_for_ever() -> None:
    shutdown = Shutdown()
    with shutdown.one():
        assert not await shutdown.finish(0.01)


async def test_with_nothing_under_way_a_stop_is_at_once() -> None:
    assert await Shutdown().finish(0)
