"""How messages put things."""

import pytest

from bot.wording import counted


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 articles"), (1, "1 article"), (2, "2 articles"), (2000, "2,000 articles")]
)
def test_one_is_not_many(number: int, expected: str) -> None:
    assert counted(number, "article") == expected
