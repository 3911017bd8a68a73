"""The edge to Discord: what a message asks, and getting through when Discord falters."""

import aiohttp
import discord
import pytest

from bot.ui import sending as messages
from bot.ui.sending import deliver, question_in


@pytest.mark.parametrize(
    ("content", "question"),
    [
        ("<@123> When did it open?", "When did it open?"),
        ("When did <@!123> open <:bridge:45> it <a:tram:6>?", "When did open it ?"),
        ("<@&7> <#8>", ""),
        ("Is 3 < 4 and a > b?", "Is 3 < 4 and a > b?"),
        ("  two\n lines ", "two lines"),
    ],
)
def test_a_question_is_the_words_without_mentions_and_custom_emoji(content: str, question: str) -> None:
    assert question_in(content) == question


class Response:
    """The part of a response that discord.py reads to make an error of it."""

    reason = "for the test"

    def __init__(self, status: int) -> None:
        self.status = status


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "PAUSES", (0, 0))


@pytest.mark.parametrize(
    "error",
    [
        discord.DiscordServerError(Response(503), "down"),
        discord.HTTPException(Response(429), "too many"),
        aiohttp.ServerDisconnectedError(),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_failure_on_the_way_is_tried_again(error: Exception) -> None:
    outcomes: list[Exception | str] = [error, error, "sent"]

    async def send() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert await deliver(send) == "sent"


async def test_after_three_tries_the_failure_is_passed_on() -> None:
    tries = []

    async def send() -> None:
        tries.append(1)
        raise discord.DiscordServerError(Response(500), "down")

    with pytest.raises(discord.DiscordServerError):
        await deliver(send)
    assert len(tries) == 3


async def test_what_discord_refuses_is_not_asked_again() -> None:
    tries = []

    async def send() -> None:
        tries.append(1)
        raise discord.NotFound(Response(404), "gone")

    with pytest.raises(discord.NotFound):
        await deliver(send)
    assert len(tries) == 1
