"""The queue for slow work: bounded, and fair by server."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Busy
from bot.services.queue import WorkQueue


@contextmanager
def opened(threads: int, queue: int) -> Iterator[tuple[WorkQueue, threading.Event]]:
    """A queue, and the gate that what is held in it waits for."""
    gate = threading.Event()
    with closing(WorkQueue(threads, queue)) as work:
        try:
            yield work, gate
        finally:
            gate.set()


async def begun(queue: WorkQueue, work: Callable[[], object], server: int | None = None) -> asyncio.Task[object]:
    task = asyncio.create_task(queue.run(work, server))
    await asyncio.sleep(0)
    return task


async def test_what_fits_is_done_and_the_next_is_told_when_to_come_back() -> None:
    with opened(threads=2, queue=1) as (queue, gate):
        running = [await begun(queue, lambda: gate.wait(10)) for _ in range(3)]
        assert (queue.working, queue.waiting) == (2, 1)
        with pytest.raises(Busy, match=r"^Many questions are being answered right now; try again in 1 second\.$"):
            await queue.run(lambda: True)
        gate.set()
        assert await asyncio.gather(*running) == [True] * 3
        assert await queue.run(lambda: "room again") == "room again"
        assert (queue.working, queue.waiting, queue.longest_seconds) == (0, 0, 0)


async def test_the_wait_grows_with_what_is_ahead() -> None:
    with opened(threads=1, queue=9) as (queue, gate):
        running = [await begun(queue, lambda: gate.wait(10)) for _ in range(10)]
        with pytest.raises(Busy, match=r"try again in 10 seconds\.$"):
            queue.check_room()
        gate.set()
        await asyncio.gather(*running)


async def test_an_error_is_passed_on_and_makes_room() -> None:
    with opened(threads=1, queue=0) as (queue, _):
        with pytest.raises(ZeroDivisionError):
            await queue.run(lambda: 1 // 0)
        assert await queue.run(lambda: 1) == 1


async def order_of(asked: list[int], *, queue: int) -> tuple[list[int], list[int]]:
    """The servers in the order in which their questions are answered, and those whose questions are refused.

    All questions arrive while the only thread works on another one.
    """
    answered: list[int] = []
    with opened(threads=1, queue=queue) as (work, gate):
        first = await begun(work, lambda: gate.wait(10))
        tasks = [await begun(work, lambda server=server: answered.append(server), server) for server in asked]
        gate.set()
        results = await asyncio.gather(first, *tasks, return_exceptions=True)
    refused = [server for server, result in zip(asked, results[1:], strict=True) if isinstance(result, Busy)]
    assert sum(result is None for result in results) == len(answered)
    return answered, refused


async def test_servers_take_turns_and_each_keeps_its_own_order() -> None:
    assert await order_of([1, 1, 1, 1, 2, 2, 3], queue=20) == ([1, 2, 3, 1, 2, 1, 1], [])


async def test_a_server_that_comes_late_waits_for_one_question_of_each_other() -> None:
    answered, _ = await order_of([1] * 9 + [2] * 9 + [3], queue=20)
    assert answered.index(3) == 2


async def test_a_full_queue_makes_room_for_a_server_that_has_less_of_it() -> None:
    answered, refused = await order_of([1] * 6 + [2, 2, 2, 2], queue=6)
    assert (answered, refused) == ([1, 2, 1, 2, 1, 2], [1, 1, 1, 2])


async def test_a_server_alone_may_fill_the_queue_and_is_refused_beyond_it() -> None:
    assert await order_of([1] * 8, queue=6) == ([1] * 6, [1, 1])


@given(asked=st.lists(st.integers(1, 5), max_size=30), queue=st.integers(1, 8))
def test_no_server_waits_for_two_questions_of_another_between_its_own(asked: list[int], queue: int) -> None:
    answered, refused = asyncio.run(order_of(asked, queue=queue))
    assert sorted(answered + refused) == sorted(asked)
    assert len(answered) == min(len(asked), queue), "the room is used"
    for server in set(asked):
        for other in set(answered) - {server}:
            left = "".join(str(one) for one in answered if one in (server, other))
            assert f"{other}{other}" not in left[: left.rfind(str(server))]
        if server in refused:
            assert answered.count(server) >= max(answered.count(other) for other in answered) - 1


async def test_work_is_done_in_the_context_of_whoever_asked_for_it_also_after_waiting() -> None:
    person = ContextVar[str]("person")

    async def ask(queue: WorkQueue, name: str) -> str:
        person.set(name)
        return await queue.run(person.get)

    with opened(threads=1, queue=2) as (queue, gate):
        first = await begun(queue, lambda: gate.wait(10))
        waiting = [asyncio.create_task(ask(queue, name)) for name in ("ada", "nora")]
        await asyncio.sleep(0)
        gate.set()
        await first
        assert await asyncio.gather(*waiting) == ["ada", "nora"]


async def test_who_no_longer_waits_leaves_the_queue() -> None:
    done: list[str] = []
    with opened(threads=1, queue=1) as (queue, gate):
        first = await begun(queue, lambda: gate.wait(10))
        gone = await begun(queue, lambda: done.append("gone"))
        gone.cancel()
        await asyncio.wait({gone})
        stays = await begun(queue, lambda: done.append("stays"))
        gate.set()
        await asyncio.gather(first, stays)
    assert done == ["stays"]


async def test_a_thread_whose_caller_has_gone_takes_nothing_else_on_until_it_is_done() -> None:
    with opened(threads=1, queue=1) as (queue, gate):
        gone = await begun(queue, lambda: gate.wait(10))
        gone.cancel()
        await asyncio.wait({gone})
        waits = await begun(queue, lambda: "done")
        assert (queue.working, queue.waiting) == (1, 1)
        gate.set()
        assert await waits == "done"


async def test_a_stuck_thread_is_replaced_and_its_caller_is_told() -> None:
    with opened(threads=1, queue=1) as (queue, gate):
        inside = threading.Event()
        stuck = await begun(queue, lambda: (inside.set(), gate.wait(10)))
        waits = await begun(queue, lambda: "done")
        assert await asyncio.to_thread(inside.wait, 10)
        assert queue.longest_seconds > 0
        assert queue.replace_stuck(60) == []
        (place,) = queue.replace_stuck(0)
        assert "gate.wait(10)" in place
        with pytest.raises(TimeoutError):
            await stuck
        assert await waits == "done"
        assert (queue.replaced, queue.working) == (1, 0)
        gate.set()
        assert await queue.run(lambda: "goes on") == "goes on"


async def test_what_is_not_urgent_begins_when_nothing_else_is_done_and_then_delays_nobody() -> None:
    with opened(threads=1, queue=9) as (queue, gate):
        done: list[str] = []
        urgent = await begun(queue, lambda: gate.wait(10))
        slow = threading.Event()
        unhurried = [
            asyncio.create_task(queue.run_unhurried(lambda: slow.wait(10))),
            asyncio.create_task(queue.run_unhurried(lambda: done.append("last"))),
        ]
        waiting = await begun(queue, lambda: done.append("urgent"))
        gate.set()
        await asyncio.gather(urgent, waiting)
        assert done == ["urgent"]
        await queue.run(lambda: done.append("meanwhile"))
        assert done == ["urgent", "meanwhile"] and not unhurried[0].done()
        slow.set()
        await asyncio.gather(*unhurried)
        assert done == ["urgent", "meanwhile", "last"]


async def test_what_is_not_urgent_and_is_stuck_is_given_up_and_the_next_goes_on() -> None:
    with opened(threads=1, queue=1) as (queue, gate):
        stuck = asyncio.create_task(queue.run_unhurried(lambda: gate.wait(10)))
        await asyncio.sleep(0)
        assert (queue.working, queue.longest_seconds > 0) == (0, True), "or nobody would notice"
        assert len(queue.replace_stuck(0)) == 1
        with pytest.raises(TimeoutError):
            await stuck
        assert await queue.run_unhurried(lambda: 1) == 1
        with pytest.raises(ZeroDivisionError):
            await queue.run_unhurried(lambda: 1 // 0)
