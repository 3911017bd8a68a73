"""The errors: one tree, as the top of its file draws it."""

import inspect

from index import PullquoteError, Remedy, errors
from tests.trees import drawn_in


def is_error(member: object) -> bool:
    return inspect.isclass(member) and issubclass(member, BaseException)


def test_the_tree_is_the_one_that_is_drawn() -> None:
    classes = {name: kind for name, kind in inspect.getmembers(errors, is_error)}
    assert drawn_in(errors) == {name: kind.__base__.__name__ for name, kind in classes.items()}


def test_every_error_is_caught_as_the_one_at_the_root() -> None:
    assert issubclass(errors.LibraryBusy, errors.LibraryError)
    assert all(issubclass(k, errors.PullquoteError) for _, k in inspect.getmembers(errors, is_error))
    assert not issubclass(errors.PullquoteError, (OSError, ValueError))


def test_an_error_with_a_remedy_is_a_whole_sentence_that_keeps_its_parts() -> None:
    error = PullquoteError("The model 'a{b}' cannot be loaded", Remedy.CHOOSE_EMBEDDING_MODEL, default="c")
    assert str(error) == "The model 'a{b}' cannot be loaded; name another, or use c."
    assert (error.cause, error.remedy) == ("The model 'a{b}' cannot be loaded", Remedy.CHOOSE_EMBEDDING_MODEL)
    assert (error.facts, PullquoteError("It is so.").remedy) == ({"default": "c"}, None)
