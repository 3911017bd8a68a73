"""What a token's shape tells."""

import base64

import pytest
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.settings import Settings
from bot.token import token_of

SHAPED = ".".join([base64.b64encode(b"123456789012345678").decode(), "GabcDE", "no-token_" * 4])
"""No token of any bot: made up, in the shape of one."""


def settings(token: str | None) -> Settings:
    return Settings(_env_file=None, discord_token=token and SecretStr(token))


def test_a_token_of_the_right_shape_is_taken_without_white_space_around_it() -> None:
    assert token_of(settings(f" {SHAPED}\n")) == SHAPED


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        (None, "is not set; make a bot at https://discord.com/developers/applications"),
        ("secret", "is no bot token: one has three parts with a dot between them; copy the token at https://"),
        (f"Bot {SHAPED}", "begins with “Bot”, which is no part of it; copy the token at "),
        ("a b.c.d", "is no bot token: one has three parts"),
        ("..", "is no bot token: one has three parts"),
        ("bm9wZQ.GabcDE.abcdefghijk", "is no bot token: its first part does not name a bot"),
        ("é.é.é", "is no bot token: one has three parts"),
        ("_____.GabcDE.abcdefghijk", "is no bot token: its first part does not name a bot"),
    ],
)
def test_any_other_is_named_with_where_to_get_one(token: str | None, fault: str) -> None:
    with pytest.raises(SettingsError) as raised:
        token_of(settings(token))
    assert str(raised.value).startswith(f"DISCORD_TOKEN {fault}")
    assert str(raised.value).endswith("put it into .env.")
    assert token is None or token not in str(raised.value)
