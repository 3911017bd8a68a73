"""The buttons of those who wait. They work after a restart, and only for whoever waits."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from discord import ui

from bot.errors import Refused
from bot.languages import later
from bot.markdown import md_many
from bot.services.opened import Services
from bot.storage.waiting import HERE_MOST, Wait
from bot.ui.buttons import Once, answering_for
from bot.ui.sending import deliver, layout, note, respond
from bot.ui.service_bot import Interaction
from bot.waiting.replies import ENDED, GONE, Listed, begun_reply, list_entry, list_head


class Step(StrEnum):
    """What somebody who waits can do. The value is part of the button's custom id. DROP is END in the list of all."""

    END = "end"
    DROP = "drop"
    DIRECT = "direct"
    HERE = "here"


LABELS = {
    Step.END: later("Stop waiting"),
    Step.DROP: later("Stop waiting"),
    Step.DIRECT: later("By direct message instead"),
    Step.HERE: later("Here instead"),
}


class WaitingButton(
    Once,
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=rf"pullquote:waiting:(?P<step>{'|'.join(Step)}):(?P<wait>[0-9a-f]{{16}})",
):
    """A button of somebody who waits. At each press it is checked again that it is they who press it."""

    def __init__(self, step: Step, wait_id: str) -> None:
        self._step, self._wait_id = step, wait_id
        super().__init__(ui.Button(label=LABELS[step](), custom_id=f"pullquote:waiting:{step}:{wait_id}"))

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(Step(match["step"]), match["wait"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what it says, and show that in the same message."""
        async with answering_for(interaction):
            await respond(interaction, interaction.response.defer)
            view = await self._taken(interaction)
            await deliver(lambda: interaction.edit_original_response(view=view))

    async def _taken(self, interaction: Interaction) -> ui.LayoutView:
        """Take the step; returns what the message shows then."""
        services, person = interaction.client.services, interaction.user.id
        wait = await asyncio.to_thread(services.waits.find, self._wait_id, person)
        if wait and self._step in (Step.END, Step.DROP):
            await asyncio.to_thread(services.waits.end, wait.id)
        if self._step is Step.DROP:
            return list_view(await asyncio.to_thread(listed, services, person))
        if wait is None:
            return note(GONE())
        if self._step is Step.END:
            return note(ENDED())
        direct = self._step is Step.DIRECT or not wait.has_place
        if not await asyncio.to_thread(services.waits.redirect, wait.id, direct=direct):
            raise Refused(
                lambda: md_many(
                    "{} other is told about this question here already; I tell you by direct message.",
                    "{} others are told about this question here already; I tell you by direct message.",
                    HERE_MOST,
                )
            )
        wait = await asyncio.to_thread(services.waits.find, self._wait_id, person)
        return begun_view(services, wait) if wait else note(GONE())


def begun_view(services: Services, wait: Wait) -> ui.LayoutView:
    """What somebody sees who waits now."""
    other = (WaitingButton(Step.HERE if wait.direct else Step.DIRECT, wait.id),) if wait.has_place else ()
    return layout(begun_reply(wait, until(services, wait.asked)), *other, WaitingButton(Step.END, wait.id))


def until(services: Services, asked: datetime) -> datetime:
    """When a wait ends by itself, by when its question was asked: the question is kept no longer than that."""
    return asked + timedelta(days=services.settings.records_days)


def listed(services: Services, person: int) -> list[Listed]:
    """All that a person waits for. For worker threads."""
    found = ((wait, services.answers.answer(wait.answer_id)) for wait in services.waits.of_person(person))
    return [Listed(wait, record.question, until(services, wait.asked)) for wait, record in found if record]


def list_view(entries: Sequence[Listed]) -> ui.LayoutView:
    """The list of what a person waits for, each with a button that ends it."""
    view = layout(list_head(entries))
    box = next(item for item in view.children if isinstance(item, ui.Container))
    for entry in entries:
        box.add_item(ui.Separator())
        box.add_item(ui.Section(list_entry(entry), accessory=WaitingButton(Step.DROP, entry.wait.id)))
    return view
