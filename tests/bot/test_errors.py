"""The errors: one tree, as the top of its file draws it."""

import inspect

from bot import errors
from tests.trees import drawn_in


def test_the_tree_is_the_one_that_is_drawn() -> None:
    drawn = drawn_in(errors)
    del drawn["PullquoteError"]  # of index.errors
    own = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == "bot.errors"}
    assert drawn == {name: kind.__base__.__name__ for name, kind in own.items()}
