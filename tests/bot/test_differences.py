"""What differs between two wordings, in parts."""

import pytest

from bot.differences import differences


def marked(stood: str, stands: str) -> tuple[str, str]:
    """Both wordings, with what differs in brackets."""
    before, after = (
        "".join(f"[{part.text}]" if part.differs else part.text for part in parts)
        for parts in differences(stood, stands)
    )
    return before, after


@pytest.mark.parametrize(
    ("stood", "stands", "expected"),
    [
        ("It opened in 1904.", "It opened in 1905.", ("It opened in [1904].", "It opened in [1905].")),
        ("Ada Brandt sold it.", "Nora Quill sold it.", ("[Ada Brandt] sold it.", "[Nora Quill] sold it.")),
        ("It will open.", "It will not open.", ("It will open.", "It will [not ]open.")),
        ("橋は1904年に開通した。", "橋は1905年に開通した。", ("橋は[1904]年に開通した。", "橋は[1905]年に開通した。")),
        ("It opened.", "", ("[It opened.]", "")),
    ],
)
def test_words_that_differ_are_told_apart(stood: str, stands: str, expected: tuple[str, str]) -> None:
    assert marked(stood, stands) == expected


def test_what_is_far_from_a_difference_is_left_out_of_long_sentences() -> None:
    far = "and so on " * 100
    before, after = marked(f"In 1904 {far}it opened.", f"In 1905 {far}it opened.")
    assert before.startswith("In [1904]") and after.startswith("In [1905]")
    assert len(before) < 100 and " … " in f"{before} "


def test_the_parts_are_the_whole_wording() -> None:
    stood, stands = "The bridge, which is old, carries two lanes.", "A bridge carries two old lanes."
    before, after = differences(stood, stands)
    assert "".join(part.text for part in before) == stood and "".join(part.text for part in after) == stands
