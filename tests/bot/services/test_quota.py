"""How much of a server's room is used, in words."""

import pytest

from bot.services.quota import quota_of, used, warning
from bot.settings import Settings
from index import Quota, Size

QUOTA = Quota(5_000, 50_000_000, 500)


def test_what_is_used_is_said_in_articles_and_in_megabytes() -> None:
    assert used(Size(13, 61_000), QUOTA) == "Used: 13 of 5,000 articles, 0.1 of 50.0 MB of text"
    assert used(Size(), Quota(10, 2_000, 5)) == "Used: 0 of 10 articles, 0 of 2,000 bytes of text"


@pytest.mark.parametrize(
    ("size", "what"),
    [
        (Size(4_499, 44_999_999), None),
        (Size(4_500, 1), "4,500 of 5,000 articles"),
        (Size(1, 45_000_000), "45.0 of 50.0 MB of text"),
        (Size(5_200, 61_234_567), "5,200 of 5,000 articles and 61.2 of 50.0 MB of text"),
    ],
)
def test_from_nine_tenths_on_it_is_said_what_is_to_be_done(size: Size, what: str | None) -> None:
    assert warning(size, QUOTA) == (
        f"This server has {what} that there is room for: remove some with `/articles remove`, or ask the bot's "
        "operator for more room."
        if what
        else ""
    )


def test_the_quota_is_as_the_settings_have_it() -> None:
    quota = quota_of(Settings(_env_file=None, max_server_articles=7, max_server_bytes=8))
    assert (quota.articles, quota.text_bytes, quota.sources) == (7, 8, 500)
