"""Counts the requests to Discord, with what they came to."""

from types import SimpleNamespace

import aiohttp

from bot.services.metrics import Metrics

FAILED = 0
"""What stands for a status where there was no answer."""


def counting_requests(metrics: Metrics) -> aiohttp.TraceConfig:
    """What discord.py has to be given so that each of its requests is counted, those that it repeats as well."""

    async def on_end(_: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams) -> None:
        metrics.discord_requests.labels(ended.method, ended.response.status).inc()

    async def on_exception(
        _: aiohttp.ClientSession, __: SimpleNamespace, failed: aiohttp.TraceRequestExceptionParams
    ) -> None:
        metrics.discord_requests.labels(failed.method, FAILED).inc()

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(on_end)
    trace.on_request_exception.append(on_exception)
    return trace
