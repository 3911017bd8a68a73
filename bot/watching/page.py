"""The page for machines: `/health` in JSON and `/metrics` in the text format of Prometheus. Nobody can change anything.

It shows no names, no articles and no questions. By default it is not served; if it is, then to this machine alone.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

import discord
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.errors import SettingsError
from bot.services.metrics import Metrics
from bot.settings import Settings
from bot.watching.health import Report, Status
from bot.watching.status_file import as_json

LastReport = Callable[[], Report | None]
"""Gives the last report on the bot; None before the first."""


@contextlib.asynccontextmanager
async def served(settings: Settings, metrics: Metrics, last_report: LastReport) -> AsyncIterator[None]:
    """Serve the page at HEALTH_HOST and HEALTH_PORT while the body runs; not at all if there is no port.

    Raises SettingsError.
    """
    if settings.health_port is None:
        yield
        return

    async def health(_: web.Request) -> web.Response:
        report = last_report()
        if report is None:
            return web.json_response({"status": Status.STARTING}, status=503)
        status = 200 if _answers(report) else 503
        return web.Response(body=as_json(report), status=status, content_type="application/json")

    async def in_numbers(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_get("/metrics", in_numbers)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.health_host, settings.health_port).start()
        except OSError as error:
            place = f"{settings.health_host}:{settings.health_port}"
            raise SettingsError(
                f"The health page cannot be served at {place} ({error.strerror or error}); set HEALTH_PORT and "
                "HEALTH_HOST right, or remove HEALTH_PORT."
            ) from error
        yield
    finally:
        await runner.cleanup()


class ReportMetrics(Collector):
    """What the last report says, as metrics."""

    def __init__(self, last_report: LastReport) -> None:
        self._last_report = last_report

    def collect(self) -> Iterator[Metric]:
        """The metrics, by what was found out."""
        if (report := self._last_report()) is None:
            return
        facts = report.facts
        yield _gauge("healthy", "Whether the bot answers.", float(_answers(report)))
        yield _gauge("ready", "Whether it is signed in.", float(facts.ready))
        yield _gauge("start_time_seconds", "When it was started, in Unix time.", facts.started.timestamp())
        yield _gauge("servers", "The Discord servers that it is in.", facts.servers)
        yield _gauge("leads", "Whether it leads, as it does if it is the only process.", float(_leads(report)))
        yield _gauge("shards", "The shards that it runs.", len(facts.shards))
        yield _gauge("event_loop_lag_seconds", "How late the event loop was at the last look.", facts.loop_lag)
        for name, help_text, values in (
            ("silent_seconds", "For how long nothing was heard from Discord.", [s.silent for s in facts.shards]),
            ("latency_seconds", "How long Discord takes to confirm a heartbeat.", [s.latency for s in facts.shards]),
        ):
            family = GaugeMetricFamily(f"pullquote_gateway_{name}", help_text, labels=["shard"])
            for shard, value in zip(facts.shards, values, strict=True):
                if value is not None:
                    family.add_metric([str(shard.id)], value)
            yield family
        storage = facts.storage
        up = GaugeMetricFamily("pullquote_storage_up", "Whether the libraries can be reached.", labels=["engine"])
        up.add_metric(["postgresql" if storage.on_server else "files"], float(not storage.problem))
        yield up
        if storage.on_server and storage.reach is not None:
            yield _gauge("database_seconds", "How long the database takes to answer.", storage.reach)
        if facts.disk_free is not None:
            yield _gauge("disk_free_bytes", "What is left on the disk of the data folder.", facts.disk_free)
        if base := facts.base:
            yield _gauge("library_generation", "The generation of the base library.", base.generation)
            yield _gauge("library_sources", "The sources of the base library.", base.sources)
            yield _gauge("library_sources_failing", "Those that could not be read the last time.", base.failing)
            if base.made:
                yield _gauge(
                    "library_made_seconds", "When that generation was made, in Unix time.", base.made.timestamp()
                )
            yield _gauge("refresh_deaths", "How many refreshes in a row ended with the process.", base.deaths)
            if base.read:
                said = "When its sources were read last, in Unix time."
                yield _gauge("library_read_seconds", said, base.read.timestamp())
        refreshing = facts.refreshing
        yield _gauge(
            "refresh_failures", "How often in a row the base library could not be refreshed.", refreshing.failures
        )
        for name, moment in (("last", refreshing.last), ("next", refreshing.next)):
            if moment:
                said = f"When its {name} refresh was or is due, in Unix time."
                yield _gauge(f"refresh_{name}_seconds", said, moment.timestamp())


def _answers(report: Report) -> bool:
    return report.is_well and report.is_current(discord.utils.utcnow())


def _leads(report: Report) -> bool:
    process = report.facts.process
    return process is None or process.leads


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pullquote_{name}", help_text, value=value)
