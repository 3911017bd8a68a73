"""The errors: one tree, as the top of its file draws it."""

import inspect
import re

from index import errors


def test_the_tree_is_the_one_that_is_drawn() -> None:
    assert errors.__doc__ is not None
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in errors.__doc__.splitlines():
        if match := re.match(r"([│├└─\s]*)(\w+)(?:\s{2,}.*)?$", line):
            depth = len(match[1]) // 4
            above[depth:] = [match[2]]
            drawn[match[2]] = above[depth - 1] if depth else "Exception"
    classes = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass)}
    assert drawn == {name: kind.__base__.__name__ for name, kind in classes.items()}


def test_every_error_is_caught_as_the_one_at_the_root() -> None:
    assert issubclass(errors.LibraryBusy, errors.LibraryError)
    assert all(issubclass(k, errors.PullquoteError) for _, k in inspect.getmembers(errors, inspect.isclass))
    assert not issubclass(errors.PullquoteError, (OSError, ValueError))
