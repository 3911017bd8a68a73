"""Requests to Discord, counted as aiohttp tells of them."""

from contextlib import closing

import aiohttp
import pytest
from aiohttp import web

from bot.services.metrics import Metrics
from bot.services.queue import WorkQueue
from bot.watching.requests import counting_requests


async def test_each_request_is_counted_by_method_and_status_and_lost_ones_as_0() -> None:
    statuses = iter([429, 429, 503, 200])

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=next(statuses))

    app = web.Application()
    app.router.add_route("*", "/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    with closing(WorkQueue(1, 1)) as queue:
        metrics = Metrics(queue)
        async with aiohttp.ClientSession(trace_configs=[counting_requests(metrics)]) as session:
            for method in ("POST", "POST", "PATCH", "GET"):
                async with session.request(method, address):
                    pass
            await runner.cleanup()
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get(address)

    def counted(method: str, status: str) -> float | None:
        labels = {"method": method, "status": status}
        return metrics.registry.get_sample_value("pullquote_discord_requests_total", labels)

    assert [counted("POST", "429"), counted("PATCH", "503"), counted("GET", "200"), counted("GET", "0")] == [2, 1, 1, 1]
