"""Decides which questions are taken on: none while the bot stops, not too many at once or from one person."""

import contextlib
from collections.abc import Iterator

import discord
from discord.ext import commands

from bot.errors import TooSoon
from bot.services.opened import Services
from bot.services.questions import AskedQuestion


class Admission:
    """Takes questions on."""

    def __init__(self, services: Services) -> None:
        self._queue = services.queue
        self._metrics = services.metrics
        self._shutdown = services.shutdown
        seconds = services.settings.cooldown_seconds
        self._cooldown = commands.CooldownMapping[int].from_cooldown(1, seconds, _by_person)
        self._notices = commands.CooldownMapping[int].from_cooldown(1, seconds, _by_person)
        self._courtesies = commands.CooldownMapping[int].from_cooldown(1, seconds, _by_person)

    @contextlib.contextmanager
    def admitted(self, asked: AskedQuestion) -> Iterator[None]:
        """Take on a question while the body answers it. Raises Stopping, Busy and TooSoon."""
        with contextlib.ExitStack() as stack:
            with self._metrics.counting_refusals(asked.way):
                stack.enter_context(self._shutdown.one())
                self._queue.check_room(asked.server)
                if wait := self._cooldown.update_rate_limit(asked.person, _now()):
                    raise TooSoon(wait)
            yield

    def seconds_until(self, person: int) -> float:
        """How long that person must still wait until a question of theirs is taken on."""
        bucket = self._cooldown.get_bucket(person, _now())
        return bucket.get_retry_after(_now()) if bucket else 0.0

    def may_notify(self, person: int) -> bool:
        """Whether a person may be told in a channel to wait; once in a cooldown, so that nobody fills the channel."""
        return not self._notices.update_rate_limit(person, _now())

    def may_greet(self, person: int) -> bool:
        """Whether a person who asked nothing may be answered in a channel; once in a cooldown, as well.

        It starts no cooldown for questions, and none keeps anybody from it.
        """
        return not self._courtesies.update_rate_limit(person, _now())


def _by_person(person: int) -> int:
    return person


def _now() -> float:
    return discord.utils.utcnow().timestamp()
