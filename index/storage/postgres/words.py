"""Terms as words of ASCII letters, which every parser of texts in PostgreSQL takes as they are."""

from collections.abc import Iterable

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def as_words(numbers: Iterable[int]) -> str:
    """The terms with those numbers (`index.words.term_number`), in order and with repeats, joined by spaces."""
    return " ".join(f"{number:08x}" for number in numbers).translate(_LETTERS)
