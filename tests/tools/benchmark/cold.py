"""How long `pullquote ask` takes as a process that has nothing loaded, with the bundled story indexed.

Beside it, in turn, what it takes to import the command line, and to start Python at all. The files of the packages are
in the machine's cache after the first round, which is not counted.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.tools.benchmark.measuring import Clock, Spread, machine

ROUNDS = 10

QUESTION = "What did Lee ask Xi to do about North Korea?"


def commands(data: Path) -> dict[str, list[str]]:
    """What is measured, by name."""
    return {
        "pullquote ask": [sys.executable, "-m", "bot", "ask", QUESTION, "--data", str(data)],
        "import bot.cli.app": [sys.executable, "-c", "import bot.cli.app"],
        "import index": [sys.executable, "-c", "import index"],
        "python": [sys.executable, "-c", "pass"],
    }


def run(command: Sequence[str]) -> None:
    """Run a command to its end. Raises CalledProcessError if it fails."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(
    commands: Mapping[str, Sequence[str]],
    rounds: int,
    run: Callable[[Sequence[str]], object] = run,
    clock: Clock = time.perf_counter,
) -> dict[str, list[float]]:
    """The seconds that each command takes in each round, but for a first one."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            began = clock()
            run(command)
            seconds[name].append(clock() - began)
    return {name: taken[1:] for name, taken in seconds.items()}


def report(seconds: Mapping[str, Sequence[float]]) -> Iterator[str]:
    for name, taken in seconds.items():
        yield f"{name:<20}{Spread.of(taken)}"


def main(rounds: int = ROUNDS) -> None:
    """Measure, and print the figures. The first `ask` indexes the story."""
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as data:
        print("\n".join(report(measure(commands(Path(data)), rounds))))
