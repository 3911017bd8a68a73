"""How messages put things."""

import pytest

from bot.wording import bar, counted


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 articles"), (1, "1 article"), (2, "2 articles"), (2000, "2,000 articles")]
)
def test_one_is_not_many(number: int, expected: str) -> None:
    assert counted(number, "article") == expected


def test_a_bar_is_full_only_for_all_and_empty_only_for_nothing() -> None:
    assert [bar(share, 4) for share in (0, 0.001, 0.3, 0.5, 0.999, 1)] == [
        "▱▱▱▱", "▰▱▱▱", "▰▱▱▱", "▰▰▱▱", "▰▰▰▱", "▰▰▰▰",
    ]  # fmt: skip
