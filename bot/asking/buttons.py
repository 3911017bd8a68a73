"""The buttons below an answer. They work after a restart: the custom id names the answer, the rest is on record."""

import asyncio
import re
from typing import Any, Self

from discord import ui

from bot.asking.reply import Action, context_reply, further_quotes, more_reply
from bot.errors import NotAllowed, Refused
from bot.markdown import md
from bot.ui.buttons import answering_for
from bot.ui.reply import Reply
from bot.ui.sending import deliver, layout, tell
from bot.ui.service_bot import Interaction

LABELS = {Action.CONTEXT: "In context", Action.MORE: "More", Action.NEAR: "What is near"}
EMOJI = {Action.UP: "👍", Action.DOWN: "👎", Action.DELETE: "🗑️"}

TEMPLATE = rf"pullquote:(?P<action>{'|'.join(Action)}):(?P<answer>[0-9a-f]{{16}})"


class AnswerButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """A button below an answer. At each press the answer, its server and the person are checked again."""

    def __init__(self, action: Action, answer_id: str) -> None:
        self._action = action
        self._answer_id = answer_id
        custom_id = f"pullquote:{action}:{answer_id}"
        super().__init__(ui.Button(label=LABELS.get(action), emoji=EMOJI.get(action), custom_id=custom_id))

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
            await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=shows_something))
            await self._act(interaction)

    async def _act(self, interaction: Interaction) -> None:
        services = interaction.client.services
        questions, answers = services.questions, services.answers
        person, server, answer_id = interaction.user.id, interaction.guild_id, self._answer_id
        match self._action:
            case Action.CONTEXT:
                await _show(interaction, context_reply((await questions.recall(answer_id, server, shown=True)).answer))
            case Action.MORE | Action.NEAR:
                answer = (await questions.recall(answer_id, server)).answer
                if not further_quotes(answer):
                    raise Refused(md("Its further passages were corrected or withdrawn since; ask the question again."))
                await _show(interaction, more_reply(answer))
            case Action.UP | Action.DOWN:
                await questions.recall(answer_id, server)
                await asyncio.to_thread(answers.vote, answer_id, person, up=self._action is Action.UP)
                await tell(interaction, md("Thanks, noted: {}. The other one changes it.", EMOJI[self._action]))
            case Action.DELETE:
                record = await questions.record(answer_id, server)  # also if the quotes no longer stand
                if not (interaction.permissions.manage_messages or answers.is_asker(record, person)):
                    raise NotAllowed(md("Only the one who asked, or a moderator, can delete this answer."))
                await deliver(interaction.delete_original_response)
                await asyncio.to_thread(answers.forget, answer_id)


async def _show(interaction: Interaction, reply: Reply) -> None:
    await deliver(lambda: interaction.edit_original_response(view=layout(reply)))
