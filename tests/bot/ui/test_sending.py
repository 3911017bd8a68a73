"""The edge to Discord: what a message asks, and getting through when Discord falters."""

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.ui import sending as messages
from bot.ui.sending import ACKNOWLEDGED, Typing, deliver, has_response, question_in, respond
from bot.ui.service_bot import Heard


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


def interaction() -> Any:  # noqa: ANN401 - as much of one as is looked at
    return SimpleNamespace(extras={}, response=SimpleNamespace(is_done=lambda: False))


def refused(code: int) -> discord.HTTPException:
    return discord.HTTPException(Response(400), {"code": code, "message": "no"})  # type: ignore[arg-type]


async def test_a_response_that_discord_took_and_could_not_say_so_counts_as_given() -> None:
    errors = [aiohttp.ServerDisconnectedError(), refused(ACKNOWLEDGED)]

    async def send() -> str:
        raise errors.pop(0)

    asked = interaction()
    assert not has_response(asked)
    assert await respond(asked, send) is None
    assert has_response(asked) and errors == []


async def test_any_other_refusal_of_a_response_is_raised() -> None:
    async def send() -> str:
        raise refused(50035)

    asked = interaction()
    with pytest.raises(discord.HTTPException):
        await respond(asked, send)
    assert not has_response(asked)


async def test_a_slow_sign_of_typing_keeps_no_answer_waiting_and_is_not_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "TYPING_SECONDS", 0.01)
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Channel:
        async def typing(self) -> None:
            begun.set()
            await go_on.wait()
            ended.set()

    async with Typing(Channel()):  # type: ignore[arg-type]
        await begun.wait()
    assert not ended.is_set()
    go_on.set()
    await asyncio.wait_for(ended.wait(), 60)


def test_what_was_heard_is_recognized_as_long_as_it_is_remembered() -> None:
    heard = Heard(most=2)
    assert [heard.is_new(one) for one in (1, 1, 2, 1, 3, 2, 1)] == [True, False, True, False, True, False, True]
