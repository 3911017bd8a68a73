"""What `from index import evaluate` gives."""

from collections.abc import Callable

from index import evaluate
from index.evaluate.asking import fill, run
from index.evaluate.dataset import load
from index.evaluate.measures import measure


def test_the_public_names_are_those_of_the_modules() -> None:
    functions: list[Callable[..., object]] = [evaluate.load, evaluate.fill, evaluate.run, evaluate.measure]
    assert functions == [load, fill, run, measure]
