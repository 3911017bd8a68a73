"""Discord failing: in every call, in every way, for an hour, and twice over. No answer is lost, none is given twice.

Time is simulated. `PULLQUOTE_TORTURE=20 pytest -m slow tests/torture/test_discord_failing.py` lets twenty times as many
storms pass.
"""

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from pathlib import Path

import discord
import discord.gateway
import discord.http
import pytest
from simcord.results import InteractionResult, ResponseMessage

from bot.asking.courtesy import WELCOME
from bot.asking.reply import Action
from bot.corrections import cog as corrections
from bot.storage.database import DATABASE
from bot.ui.sending import FAILURES
from tests.e2e.world import World, buttons, command_meanwhile, in_bold, press_meanwhile, text
from tests.limits import torture
from tests.torture.gazette import WARES, answers, gazette, question, story, use_menu
from tests.torture.wire import TROUBLES, Trouble, Wire

pytestmark = pytest.mark.slow

CALM = 300.0
"""Seconds after which all is over that could be done."""


def said_in(world: World) -> list[discord.Message]:
    """What the bot said in the channel."""
    return [message for message in world.channel.history() if message.author == world.bot.user]


def replies_to(world: World, asked: int) -> list[discord.Message]:
    """The replies to a message."""
    return [one for one in said_in(world) if one.reference and one.reference.message_id == asked]


def kept(world: World) -> list[tuple[str, int | None]]:
    """The answers on record: their ids, and the messages that they became."""
    with contextlib.closing(sqlite3.connect(world.bot.services.settings.data_dir / DATABASE)) as connection:
        return connection.execute("SELECT id, message FROM answers").fetchall()


def ask(world: World, ware: str) -> int:
    """Have the reader ask about a ware, and do not wait for the answer. Returns the message's id."""
    asked = f"{world.me} {question(ware)}"
    return world.env.backend.create_message(world.channel.id, world.reader.id, asked).id


def bring_again(world: World, *events: str) -> None:
    """Have Discord bring the last of such events once more."""
    brought = [one for one in world.env.backend.transcript if one[0] == "GATEWAY" and one[1] in events]
    for _, event, payload in brought[-1:]:
        world.env.backend.emit(event, payload)


def check_at_rest(world: World, *excused: type[Exception]) -> None:
    """Nothing is under way, nothing was raised, nobody was shown an error, and records and messages are the same."""
    services = world.bot.services
    assert (services.queue.waiting, services.queue.working) == (0, 0)
    assert services.shutdown._idle.is_set()
    assert [error for error in world.env.errors if not isinstance(error.__cause__, excused)] == []
    shown = [text(message) for message in said_in(world)]
    assert not [said for said in shown if "Traceback" in said or "went wrong" in said]
    messages = [message for _, message in kept(world)]
    assert len(set(messages)) == len(messages), "a message has two records"
    assert set(messages) <= {message.id for message in said_in(world)}, "a record has no message"


@pytest.mark.parametrize("times", [1, 9])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_whichever_calls_fail_all_is_done_in_the_end_and_once(
    tmp_path: Path, trouble: Trouble, times: int
) -> None:
    """At each step the first requests of each kind fail: twice at most, but for answers and corrections.

    An interaction waits for its response for three seconds; discord.py tries again after one, and then after three.
    """
    async with gazette(tmp_path / "data") as world:
        wire, env, services = Wire(world.env), world.env, world.bot.services

        async def some_fail(*patient: str) -> None:
            most = {"defer": 1} | dict.fromkeys(patient, times)
            wire.fail(trouble, lambda call: min(times, most.get(call.name, 2)))
            await env.advance_time(CALM)

        # Asked, by message and by command
        asked = ask(world, "figs")
        await some_fail("reply")
        (answer,) = replies_to(world, asked)
        assert answers(text(answer), "figs")
        command = command_meanwhile(world, world.reader, "ask", question=question("figs"))
        await some_fail("answer to a command")
        assert answers(text(command.response), "figs")
        assert len(said_in(world)) == len(kept(world)) == 2
        check_at_rest(world)

        # Its buttons
        looked = press_meanwhile(world, world.reader, answer, buttons(answer)[Action.CONTEXT])
        await some_fail()
        assert in_bold(looked.response) == ["Ada Brandt bought the first figs from a lighthouse keeper in 2019."]
        voted = press_meanwhile(world, world.reader, answer, buttons(answer)[Action.UP])
        await some_fail()
        assert "noted that it helped" in text(voted.response)
        record = services.answers.answer_in(answer.id)
        assert record and services.answers.votes(record.id).up == 1

        # Thanked in an ask channel, which gets a reaction
        services.server_settings.add_ask_channel(world.guild.id, world.channel.id)
        thanks = env.backend.create_message(
            world.channel.id, world.reader.id, "thanks!", reference={"message_id": str(answer.id)}
        )
        await some_fail()
        assert len(said_in(world)) == 2
        (thanked,) = [message for message in world.channel.history() if message.id == thanks.id]
        assert [str(reaction.emoji) for reaction in thanked.reactions] == [WELCOME]

        # Corrected
        await asyncio.to_thread(services.libraries.base.update, [story("figs", year=2021)])
        await some_fail("fetch", "edit")
        assert len(said_in(world)) == len(kept(world)) == 2
        assert all("Corrected since" in text(message) for message in said_in(world))

        # Deleted, by its button and by the menu
        assert isinstance(looked.response, ResponseMessage)
        press_meanwhile(world, world.reader, looked.response.message, buttons(looked.response)[Action.DELETE])
        await some_fail()
        (left,) = said_in(world)
        assert [message for _, message in kept(world)] == [left.id]
        stored = env.backend.get_message(world.channel.id, left.id)
        use_menu(world, world.reader, world.channel, "Delete this answer", stored)
        await some_fail()
        assert said_in(world) == [] and kept(world) == []
        check_at_rest(world)


# An hour of it


class Outage:
    """Everything fails in one way, from now on."""

    def __init__(self, wire: Wire, trouble: Trouble) -> None:
        self._wire = wire
        wire.trouble = lambda method, path: trouble

    def end(self) -> None:
        """Discord is back."""
        self._wire.trouble = lambda method, path: None


LONG = (
    "429 for all", "429 of Cloudflare", "500", "502, but done", "503", "timeout", "reset, but done", "no name",
)  # fmt: skip
"""One trouble of each kind that discord.py tells apart."""


@pytest.mark.parametrize("trouble", [one for one in TROUBLES if one.name in LONG], ids=lambda trouble: trouble.name)
async def test_after_an_hour_of_outage_every_answer_is_given_once_and_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    monkeypatch.setattr(corrections, "SECONDS", 600.0)
    async with gazette(tmp_path / "data") as world:
        wire, shard = Wire(world.env), world.bot.get_shard(0)
        assert shard
        outage = Outage(wire, trouble)
        asked = {ware: ask(world, ware) for ware in WARES[:10]}
        await world.env.advance_time(60)
        world.env.backend.delete_message(world.channel.id, asked[WARES[1]])
        await shard.disconnect()
        await asyncio.to_thread(world.bot.services.libraries.base.update, [story(WARES[0], "Nora Quill")])
        await world.env.advance_time(3300)
        assert trouble.arrives or said_in(world) == []
        outage.end()
        await shard.reconnect()
        await world.env.advance_time(3 * CALM)
        for ware in WARES[2:10]:
            (answer,) = replies_to(world, asked[ware])
            assert answers(text(answer), ware)
        assert replies_to(world, asked[WARES[1]]) == [], "that question was withdrawn"
        (late,) = replies_to(world, asked[WARES[0]])
        assert "Nora Quill bought" in text(late) or "Corrected since" in text(late)
        asked_after = ask(world, WARES[12])
        await world.env.advance_time(CALM)
        (answer,) = replies_to(world, asked_after)
        assert answers(text(answer), WARES[12])
        check_at_rest(world)


# Twice over, and in any order


async def test_what_discord_brings_twice_is_done_once(tmp_path: Path) -> None:
    async with gazette(tmp_path / "data", cooldown_seconds=5) as world:
        Wire(world.env)
        asked = ask(world, "figs")
        bring_again(world, "MESSAGE_CREATE")
        await world.env.advance_time(CALM)
        bring_again(world, "MESSAGE_CREATE")
        await world.env.advance_time(CALM)
        (answer,) = said_in(world)
        assert answers(text(answer), "figs") and replies_to(world, asked) == [answer]
        record = world.bot.services.answers.answer_in(answer.id)
        assert record and len(kept(world)) == 1

        votes_after = {Action.UP: Counter(up=1), Action.DOWN: Counter(down=1), Action.CONTEXT: Counter(down=1)}
        for name, expected in votes_after.items():
            press_meanwhile(world, world.reader, answer, buttons(answer)[name])
            bring_again(world, "INTERACTION_CREATE")
            await world.env.advance_time(CALM)
            votes = world.bot.services.answers.votes(record.id)
            assert Counter(up=votes.up, down=votes.down) == expected
        command = command_meanwhile(world, world.reader, "ask", question=question("eels"))
        bring_again(world, "INTERACTION_CREATE")
        bring_again(world, "INTERACTION_CREATE")
        await world.env.advance_time(CALM)
        assert answers(text(command.response), "eels") and len(kept(world)) == 2
        check_at_rest(world)


STORMS = torture(12)


@pytest.mark.parametrize("seed", range(STORMS))
async def test_in_a_storm_no_answer_is_lost_and_none_is_given_twice(tmp_path: Path, seed: int) -> None:
    """Every third request fails in some way, slow ones are overtaken, and Discord brings much of it twice."""
    chance = random.Random(seed)
    async with gazette(tmp_path / "data") as world:
        wire = Wire(world.env)
        wire.trouble = lambda method, path: chance.choice(TROUBLES) if chance.random() < 0.3 else None
        messages: dict[int, str] = {}
        commands: list[tuple[InteractionResult, str]] = []
        for _ in range(30):
            ware, event = chance.choice(WARES), chance.choice(["message", "message", "command", "vote", "look", "pass"])
            if event == "message":
                messages[ask(world, ware)] = ware
            elif event == "command":
                result = command_meanwhile(world, world.reader, "ask", question=question(ware))
                commands.append((result, ware))
            elif event in ("vote", "look") and said_in(world):
                answer = chance.choice(said_in(world))
                name = Action.CONTEXT if event == "look" else chance.choice([Action.UP, Action.DOWN])
                if name in buttons(answer):
                    press_meanwhile(world, world.reader, answer, buttons(answer)[name])
            if chance.random() < 0.5 and event != "pass":
                bring_again(world, "MESSAGE_CREATE", "INTERACTION_CREATE")
            await world.env.advance_time(chance.choice([0, 0, 0.1, 1, 10]))
        await world.env.advance_time(CALM)
        wire.trouble = lambda method, path: None
        await world.env.advance_time(3600)
        for asked, ware in messages.items():
            (answer,) = replies_to(world, asked)
            assert answers(text(answer), ware)
        for result, ware in commands:
            assert result.response is None or answers(text(result.response), ware), "it came too late, or is right"
        assert len(said_in(world)) <= len(messages) + len(commands)
        for answer in said_in(world):
            record = world.bot.services.answers.answer_in(answer.id)
            votes = world.bot.services.answers.votes(record.id) if record else None
            assert votes is None or votes.up + votes.down <= 1, "a reader has one vote"
        check_at_rest(world, *FAILURES)  # of commands that could not be acknowledged in three seconds
