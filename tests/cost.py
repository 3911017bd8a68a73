"""What work costs, told so that it does not matter what else the machine does: computing alone counts, and ratios."""

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Iterator

STEEPEST = 8
"""How many times as long four times as much may take: linear work takes 4 times, quadratic work 16."""


def seconds(action: Callable[[], object], tries: int = 1) -> float:
    """Of computing in this thread, the least of several tries: all that disturbs only adds to it."""
    spent = []
    for _ in range(tries):
        began = time.thread_time()
        action()
        spent.append(time.thread_time() - began)
    return min(spent)


def grows_faster(action: Callable[[int], object], fewer: int) -> bool:
    """Whether the action takes over STEEPEST times as long on four times `fewer`; asked again before it is said."""
    return all(
        seconds(lambda: action(4 * fewer), tries) >= STEEPEST * seconds(lambda: action(fewer), tries)
        for tries in (1, 3, 6)
    )


class Holds:
    """Measures the longest time that a thread was kept from running by another that computes."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._ended = threading.Event()

    def watch(self) -> None:
        """Run every millisecond until it is over."""
        last = time.process_time()
        while not self._ended.wait(0.001):
            now = time.process_time()  # stands still while the machine does something else
            self.longest, last = max(self.longest, now - last), now

    def end(self) -> None:
        """Let the watch end."""
        self._ended.set()


@contextlib.contextmanager
def watched() -> Iterator[Holds]:
    """Watch how long the interpreter is blocked. As in the bot, the garbage collector skips what was loaded before."""
    gc.collect()
    gc.freeze()
    holds = Holds()
    watch = threading.Thread(target=holds.watch)
    watch.start()
    try:
        yield holds
    finally:
        holds.end()
        watch.join()
        gc.unfreeze()


def longest_hold(action: Callable[[], object], enough: float, tries: int = 5) -> float:
    """The longest time that the action blocks the interpreter, in seconds of processor time: the least of the tries.

    After a try that stays under `enough` there are no more.
    """
    found = []
    for _ in range(tries):
        with watched() as holds:
            action()
        found.append(holds.longest)
        if holds.longest < enough:
            break
    return min(found)
