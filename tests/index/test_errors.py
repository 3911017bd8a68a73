"""The errors: one tree, as the top of its file draws it."""

import inspect

from index import errors
from tests.trees import drawn_in


def test_the_tree_is_the_one_that_is_drawn() -> None:
    classes = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass)}
    assert drawn_in(errors) == {name: kind.__base__.__name__ for name, kind in classes.items()}


def test_every_error_is_caught_as_the_one_at_the_root() -> None:
    assert issubclass(errors.LibraryBusy, errors.LibraryError)
    assert all(issubclass(k, errors.PullquoteError) for _, k in inspect.getmembers(errors, inspect.isclass))
    assert not issubclass(errors.PullquoteError, (OSError, ValueError))
