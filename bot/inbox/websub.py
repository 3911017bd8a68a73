"""Subscribes to the changes of feeds that name a hub (WebSub), renews the leases, and leaves when a source is gone.

https://www.w3.org/TR/websub/
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.inbox.signatures import is_signed_by_hub
from bot.remedies import operator_sentence
from bot.services.inbox import HUB
from bot.services.opened import Services
from bot.storage.inbox import State, Subscription, new_id, new_secret
from index import PullquoteError, SourceError, Web, read_hub

LEASE = timedelta(days=10)
"""How long we ask a hub to tell of changes; it may choose another time."""

LONGEST_LEASE = timedelta(days=60)

LOOK_AGAIN = timedelta(days=3)
"""After that a feed without a hub is looked at again."""

PATIENCE = timedelta(hours=1)
"""How long a hub may take to come back."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=10), timedelta(days=1)
"""When a hub that failed is asked again; each failure doubles it."""

AT_ONCE = 20
"""How many subscriptions are tended in one turn."""

logger = logging.getLogger(__name__)

Feed = tuple[int | None, str]
"""A feed of a library: the server, None for the base library, and its address."""


def next_renewal(now: datetime, lease: timedelta) -> datetime:
    """When to renew a lease: after four fifths of it."""
    return now + lease * 0.8


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return min(FIRST_PAUSE * (1 << min(failures, 20)), LONGEST_PAUSE)


def lease_in(fields: Mapping[str, str]) -> timedelta:
    """The lease that a hub grants; the one that we asked for, if it says nothing that can be read."""
    said = fields.get("hub.lease_seconds", "")
    seconds = int(said) if said.isdecimal() and len(said) < 12 else 0
    return min(timedelta(seconds=seconds), LONGEST_LEASE) if seconds else LEASE


class Subscriptions:
    """All subscriptions of the bot."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._store = services.inbox.store

    async def tend(
        self,
        feeds: Iterable[Feed],
        now: datetime,
        unknown: Collection[int | None] = (),
        is_mine: Callable[[int], bool] = lambda _: True,
    ) -> None:
        """Do what is due: ask for new ones, renew, try again, and leave those whose source is gone.

        `unknown` has the libraries that cannot be read just now: what is subscribed to for them stays, as it does for
        servers that another process looks after.
        """
        wanted = set(feeds)
        kept = [
            one
            for one in await asyncio.to_thread(self._store.subscriptions)
            if one.server not in unknown and (one.server is None or is_mine(one.server))
        ]
        by_feed = {(one.server, one.source): one for one in kept}
        due = [one for one in kept if one.due <= now or ((one.server, one.source) not in wanted and _is_joined(one))]
        new = [feed for feed in wanted if feed not in by_feed]
        if not (due or new):
            return
        async with self._services.open_web() as web:
            for server, source in sorted(new, key=str)[:AT_ONCE]:
                await self._begin(web, server, source, now)
            for one in due[:AT_ONCE]:
                if (one.server, one.source) not in wanted:
                    await self._leave(web, one, now)
                else:
                    await self._go_on(web, one, now)

    async def _begin(self, web: Web, server: int | None, source: str, now: datetime) -> None:
        """Look for the hub of a feed, and ask it."""
        one = Subscription(new_id(), server, source, "", source, new_secret(), State.NONE, now + LOOK_AGAIN)
        await self._ask(web, one, now)

    async def _go_on(self, web: Web, one: Subscription, now: datetime) -> None:
        if one.state is State.ASKED:
            await self._failed(one, f"The hub {one.hub} did not come back to confirm the subscription.", now)
        elif one.state is State.LEAVING:
            await asyncio.to_thread(self._store.drop, one.id)
        else:
            await self._ask(web, one, now)

    async def _ask(self, web: Web, one: Subscription, now: datetime) -> None:
        """Look for the hub, and ask it to tell of changes; it comes back to confirm that."""
        try:
            hub = await read_hub(one.source, web, self._services.parser)
            if not hub.address:
                none = replace(one, hub="", state=State.NONE, due=now + LOOK_AGAIN, until=None, failures=0, problem="")
                await asyncio.to_thread(self._store.keep, none)
                return
            one = replace(one, hub=hub.address, topic=hub.topic)
            is_running = one.state is State.ACTIVE and one.until is not None and one.until > now
            asked = replace(one, state=State.ACTIVE if is_running else State.ASKED, due=now + PATIENCE)
            await asyncio.to_thread(self._store.keep, asked)  # before the hub can come back
            lease = str(int(LEASE.total_seconds()))
            more = {"hub.secret": one.secret, "hub.lease_seconds": lease}
            await web.send_form(hub.address, self._form(one, "subscribe") | more)
        except PullquoteError as error:
            await self._failed(one, operator_sentence(error), now)

    async def _leave(self, web: Web, one: Subscription, now: datetime) -> None:
        """Ask the hub to stop. Whatever it says, the subscription is forgotten in an hour."""
        if not _is_joined(one):
            if one.state is not State.LEAVING or one.due <= now:
                await asyncio.to_thread(self._store.drop, one.id)
            return
        await asyncio.to_thread(self._store.keep, replace(one, state=State.LEAVING, due=now + PATIENCE))
        try:
            await web.send_form(one.hub, self._form(one, "unsubscribe"))
        except SourceError as error:
            logger.info("A hub could not be told that a feed is read no more: %s", error)

    def _form(self, one: Subscription, mode: str) -> dict[str, str]:
        callback = f"{self._services.inbox.public_address}{HUB}/{one.id}"
        return {"hub.mode": mode, "hub.topic": one.topic, "hub.callback": callback}

    async def _failed(self, one: Subscription, problem: str, now: datetime) -> None:
        """Note a failure. A lease that still runs goes on."""
        due = now + pause_after(one.failures)
        failed = replace(one, state=State.FAILED, due=due, failures=one.failures + 1, problem=problem)
        await asyncio.to_thread(self._store.keep, failed)
        logger.warning("The changes of the feed %s cannot be subscribed to: %s", one.source, problem)

    async def confirmed(self, subscription_id: str, fields: Mapping[str, str], now: datetime) -> str | None:
        """What to answer a hub that asks whether we want to subscribe, or to leave; None if we do not."""
        one = await asyncio.to_thread(self._store.subscription, subscription_id)
        mode, topic, challenge = (fields.get(f"hub.{name}", "") for name in ("mode", "topic", "challenge"))
        if one is None or topic != one.topic or len(challenge) > 2000:
            return None
        if mode == "denied" and one.state is not State.LEAVING:
            reason = " ".join(fields.get("hub.reason", "").split())[:200]
            await self._failed(one, f"The hub {one.hub} refuses it ({reason or 'it gives no reason'}).", now)
            return ""
        if mode == "unsubscribe" and one.state is State.LEAVING and challenge:
            await asyncio.to_thread(self._store.drop, one.id)
            return challenge
        if mode != "subscribe" or not _is_joined(one) or not challenge:
            return None
        lease = lease_in(fields)
        active = replace(
            one, state=State.ACTIVE, until=now + lease, due=next_renewal(now, lease), failures=0, problem=""
        )
        await asyncio.to_thread(self._store.keep, active)
        return challenge

    async def pushed(self, subscription_id: str, header: str, body: bytes) -> Subscription | None | bool:
        """The subscription that a hub's message is about; False if there is none, None if the hub has not signed it."""
        one = await asyncio.to_thread(self._store.subscription, subscription_id)
        if one is None or one.state is State.LEAVING:
            return False
        return one if is_signed_by_hub(one.secret, header, body) else None


def _is_joined(one: Subscription) -> bool:
    """Whether a hub may tell of changes now."""
    return bool(one.hub) and one.state in (State.ASKED, State.ACTIVE, State.FAILED)
