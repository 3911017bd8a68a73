"""What is counted, under which names, and that nothing in it tells who asked what."""

import asyncio
from contextlib import closing

import pytest
from prometheus_client import generate_latest

from bot.errors import Busy, NotKept, Stopping, TooSoon
from bot.services.metrics import Metrics
from bot.services.queue import WorkQueue
from index import Answer, ArticleError, LibraryDamaged, Outcome, QuestionError, Timing


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"pullquote_{name}", labels)


async def test_answers_are_counted_by_way_and_outcome_and_their_stages_are_timed() -> None:
    with closing(WorkQueue(1, 1)) as queue:
        metrics = Metrics(queue)
        timing = Timing(encode=20, search=30, rerank=4, total=174, read=120)
        for outcome in (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.ABSENT):
            metrics.count_answer("ask channel", Answer("Who is Ada?", True, 0.9, timing=timing, outcome=outcome))
        metrics.time_stage("wait", 0.5)
        assert sample(metrics, "questions_total", way="ask channel", outcome="answered") == 2
        assert sample(metrics, "questions_total", way="ask channel", outcome="absent") == 1
        assert sample(metrics, "answer_seconds_sum", stage="read") == pytest.approx(0.36)
        assert sample(metrics, "answer_seconds_sum", stage="total") == pytest.approx(0.522)
        assert sample(metrics, "answer_seconds_count", stage="encode") == 3
        assert sample(metrics, "answer_seconds_bucket", stage="wait", le="0.5") == 1
        assert sample(metrics, "answer_seconds_bucket", stage="wait", le="0.25") == 0
        assert b"Ada" not in generate_latest(metrics.registry)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Busy(1), "busy"),
        (TooSoon(1), "too soon"),
        (Stopping(), "stopping"),
        (NotKept(), "refused"),
        (QuestionError("It is empty."), "refused"),
        (ArticleError("There is none."), "refused"),
        (LibraryDamaged("It is damaged."), "failed"),
        (TimeoutError(), "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_what_is_refused_or_fails_is_counted_and_goes_on(error: Exception, outcome: str) -> None:
    with closing(WorkQueue(1, 1)) as queue:
        metrics = Metrics(queue)
        with pytest.raises(type(error)), metrics.counting_refusals("menu"):
            raise error
        assert sample(metrics, "questions_total", way="menu", outcome=outcome) == 1


async def test_the_queue_is_shown_as_it_is() -> None:
    with closing(WorkQueue(1, 5)) as queue:
        metrics, held = Metrics(queue), asyncio.Event()
        loop = asyncio.get_running_loop()
        calls = [
            asyncio.create_task(queue.run(lambda: asyncio.run_coroutine_threadsafe(held.wait(), loop).result()))
            for _ in range(4)
        ]
        await asyncio.sleep(0)
        assert (sample(metrics, "queue_working"), sample(metrics, "queue_waiting")) == (1, 3)
        held.set()
        await asyncio.gather(*calls)
        assert (sample(metrics, "queue_working"), sample(metrics, "queue_waiting")) == (0, 0)
