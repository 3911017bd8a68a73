"""The buttons below an answer. They work after a restart: the custom id names the answer, the rest is on record."""

import asyncio
import contextlib
import re
from typing import Any, Self

import discord
from discord import ui

from bot.asking.deleting import check_may_delete, delete_answer, may_delete
from bot.asking.in_context import context_reply
from bot.asking.reply import Action, further_quotes, more_reply
from bot.errors import Refused
from bot.languages import later, say
from bot.markdown import md
from bot.ui.buttons import Once, answering_for
from bot.ui.reply import Reply
from bot.ui.sending import deliver, layout, respond, tell
from bot.ui.service_bot import Interaction
from bot.ui.whereabouts import server_of_library

LABELS = {
    Action.CONTEXT: later("In context"),
    Action.MORE: later("More"),
    Action.NEAR: later("What is near"),
    Action.DELETE: later("Delete this answer"),
    Action.WAIT: later("Tell me when you have it"),
    Action.AGAIN: later("Keep waiting"),
}
EMOJI = {Action.UP: "👍", Action.DOWN: "👎"}

TEMPLATE = rf"pullquote:(?P<action>{'|'.join(Action)}):(?P<answer>[0-9a-f]{{16}})"


class AnswerButton(Once, ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """A button below an answer. At each press the answer, its server and the person are checked again."""

    def __init__(self, action: Action, answer_id: str) -> None:
        self._action = action
        self._answer_id = answer_id
        custom_id = f"pullquote:{action}:{answer_id}"
        label = LABELS[action]() if action in LABELS else None
        super().__init__(ui.Button(label=label, emoji=EMOJI.get(action), custom_id=custom_id))

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(Action(match["action"]), match["answer"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what the button says."""
        shows_something = self._action is not Action.DELETE
        async with answering_for(interaction):
            await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=shows_something))
            await self._act(interaction)

    async def _act(self, interaction: Interaction) -> None:
        services = interaction.client.services
        questions, answers = services.questions, services.answers
        person, server, answer_id = interaction.user.id, server_of_library(interaction), self._answer_id
        match self._action:
            case Action.CONTEXT:
                given = await questions.recall(answer_id, server, shown=True)
                delete = AnswerButton(Action.DELETE, answer_id)
                buttons = (delete,) if may_delete(interaction, given.record) else ()
                await _show(interaction, context_reply(given.answer), *buttons)
            case Action.MORE | Action.NEAR:
                await show_page(interaction, answer_id, 0)
            case Action.UP | Action.DOWN:
                await questions.recall(answer_id, server)
                await asyncio.to_thread(answers.vote, answer_id, person, up=self._action is Action.UP)
                await tell(
                    interaction,
                    md("Thanks, noted that it helped. The other button changes it, {} or {}.", *EMOJI.values())
                    if self._action is Action.UP
                    else md(
                        "Thanks, noted that it did not help. The other button changes it, {} or {}.", *EMOJI.values()
                    ),
                )
            case Action.WAIT | Action.AGAIN:
                await interaction.client.button_handlers[Action.WAIT](interaction, answer_id)
            case Action.DELETE:
                record = await questions.record(answer_id, server)  # also if the quotes no longer stand
                check_may_delete(interaction, record)
                with contextlib.suppress(discord.NotFound):
                    await deliver(interaction.delete_original_response)
                await delete_answer(interaction.client, record.id)


class PageButton(
    Once,
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=r"pullquote:page:(?P<answer>[0-9a-f]{16}):(?P<page>\d{1,3})",
):
    """A button that turns to another page of the further quotes."""

    def __init__(self, answer_id: str, page: int, label: str = "") -> None:
        self._answer_id, self._page = answer_id, page
        super().__init__(ui.Button(label=label, custom_id=f"pullquote:page:{answer_id}:{page}"))

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(match["answer"], int(match["page"]))

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Turn to the page, in the same message."""
        async with answering_for(interaction):
            await respond(interaction, interaction.response.defer)
            await show_page(interaction, self._answer_id, self._page)


async def show_page(interaction: Interaction, answer_id: str, page: int) -> None:
    """Show a page of an answer's further quotes in the response. Raises Refused, NotKept, Outdated."""
    server = server_of_library(interaction)
    answer = (await interaction.client.services.questions.recall(answer_id, server)).answer
    if not further_quotes(answer):
        raise Refused(md("Its further passages were corrected or withdrawn since; ask the question again."))
    reply, page, pages = more_reply(answer, page)
    back = (PageButton(answer_id, page - 1, say("Back")),) if page else ()
    on = (PageButton(answer_id, page + 1, say("More")),) if page + 1 < pages else ()
    await _show(interaction, reply, *back, *on)


async def _show(interaction: Interaction, reply: Reply, *buttons: ui.Item[Any]) -> None:
    await deliver(lambda: interaction.edit_original_response(view=layout(reply, *buttons)))
