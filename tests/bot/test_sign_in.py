"""What the operator is told when Discord closes the connection for good."""

from types import SimpleNamespace

import discord
import pytest

from bot.errors import SignInError
from bot.run import explained_sign_in


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4004, "Discord refuses DISCORD_TOKEN; make a new one at "),
        (4010, "Discord has no such shard (code 4010); set SHARD_IDS and SHARD_COUNT right, and start again."),
        (
            4011,
            "Discord wants more connections than there are (code 4011); start again, to open as many as it asks for",
        ),
        (4012, "(code 4012); upgrade it, and start again."),
        (4013, "(code 4013); upgrade it, and start again."),
    ],
)
def test_a_connection_that_is_closed_for_good_is_explained(code: int, words: str) -> None:
    closed = discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=0)  # type: ignore[arg-type]
    with pytest.raises(SignInError) as refused, explained_sign_in():
        raise closed
    assert words in str(refused.value)
