"""Counts and times what the bot does, for Prometheus. Nothing names a person, a server, an article or a question."""

import contextlib
from collections.abc import Iterator
from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from bot.errors import Busy, Refused, Stopping, TooSoon
from bot.services.queue import WorkQueue
from index import Answer, ArticleError, QuestionError

STAGES = ("wait", "encode", "search", "rerank", "read", "total")
"""The stages of an answer: waiting for a thread, the parts of `index.Timing`, and the sum of these parts."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The bounds of the histograms."""


class Metrics:
    """The metrics of one bot, in a registry of their own. Safe to use from many threads."""

    def __init__(self, queue: WorkQueue) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)  # memory, processor time, open files; only on Linux
        self._questions = Counter(
            "pullquote_questions",
            "Questions, by the way in which they were asked and by their outcome.",
            ("way", "outcome"),
            registry=registry,
        )
        self._stages = Histogram(
            "pullquote_answer_seconds",
            "How long the stages of an answer took.",
            ("stage",),
            buckets=SECONDS,
            registry=registry,
        )
        for stage in STAGES:
            self._stages.labels(stage)
        self.refreshes = Counter(
            "pullquote_refreshes",
            "Refreshes of the base library and of the servers' own, by how they ended.",
            ("library", "result"),
            registry=registry,
        )
        self.discord_requests = Counter(
            "pullquote_discord_requests",
            "Requests to Discord, by method and status. 429 is a rate limit, 0 a connection that failed.",
            ("method", "status"),
            registry=registry,
        )
        self.restarts = Counter(
            "pullquote_restarts",
            "Parts of the bot that stood still and were restarted.",
            ("part",),
            registry=registry,
        )
        self.webhook_messages = Counter(
            "pullquote_webhook_messages",
            "Messages of sites and hubs, by status. 202 is taken, 401 a wrong signature, 429 too many.",
            ("status",),
            registry=registry,
        )
        self.corrections_pending = Gauge(
            "pullquote_corrections_pending", "Messages of answers that are still to be corrected.", registry=registry
        )
        waiting = Gauge("pullquote_queue_waiting", "Questions that wait for a thread.", registry=registry)
        waiting.set_function(lambda: queue.waiting)
        working = Gauge("pullquote_queue_working", "Questions that are being worked on.", registry=registry)
        working.set_function(lambda: queue.working)

    def count_answer(self, way: str, answer: Answer) -> None:
        """Count an answer, and note how long its stages took."""
        self._questions.labels(way, answer.outcome).inc()
        for stage, milliseconds in asdict(answer.timing).items():
            self.time_stage(stage, milliseconds / 1000)

    def time_stage(self, stage: str, seconds: float) -> None:
        """Note how long one of STAGES took."""
        self._stages.labels(stage).observe(seconds)

    @contextlib.contextmanager
    def counting_refusals(self, way: str) -> Iterator[None]:
        """Count a question that is refused, or fails, in the body."""
        try:
            yield
        except Exception as error:
            self._questions.labels(way, _outcome_of(error)).inc()
            raise


def _outcome_of(error: Exception) -> str:
    """What to call a question that ended on an error."""
    match error:
        case Busy():
            return "busy"
        case TooSoon():
            return "too soon"
        case Stopping():
            return "stopping"
        case Refused() | QuestionError() | ArticleError():
            return "refused"
        case _:
            return "failed"
