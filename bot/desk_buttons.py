"""The buttons of the desk's messages. They outlive a restart, and ask at every press who presses."""

import contextlib
import hashlib
import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import ui

from bot.errors import explain
from bot.messages import FAILURES, tell
from bot.permissions import check_editor

if TYPE_CHECKING:
    from bot.client import Pullquote


class JobAction(StrEnum):
    """What can be done with a job from its message."""

    CANCEL = "cancel"
    APPLY = "apply"
    APPLY_FULL = "apply-full"
    REMOVE_MISSING = "remove-missing"


class DeskAction(StrEnum):
    """What can be done from other messages of the desk; most of them say with what."""

    REMOVE = "remove"
    REMOVE_SOURCE = "remove-source"
    REMOVE_SOURCE_WITH_ARTICLES = "remove-source-with"
    KEEP = "keep"
    UNDO = "undo"
    ARTICLES = "articles"
    SOURCES = "sources"
    SHOW = "show"


_LABELS = {
    JobAction.CANCEL: "Cancel",
    JobAction.APPLY: "Reindex now",
    JobAction.APPLY_FULL: "Reindex now",
    JobAction.REMOVE_MISSING: "Remove the missing articles",
    DeskAction.REMOVE: "Remove it",
    DeskAction.REMOVE_SOURCE: "Remove it, keep its articles",
    DeskAction.REMOVE_SOURCE_WITH_ARTICLES: "Remove it with its articles",
    DeskAction.KEEP: "Keep it",
    DeskAction.UNDO: "Undo",
}
_DANGEROUS = (
    JobAction.CANCEL,
    JobAction.REMOVE_MISSING,
    DeskAction.REMOVE,
    DeskAction.REMOVE_SOURCE,
    DeskAction.REMOVE_SOURCE_WITH_ARTICLES,
)


def key_of(text: str) -> str:
    """What stands for an article's id or a source's address in a custom id, which holds 100 characters."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


class JobButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=rf"pullquote:job:(?P<action>{'|'.join(JobAction)})"):
    """A button of a job's message."""

    def __init__(self, action: JobAction) -> None:
        self._action = action
        super().__init__(_button(action, f"pullquote:job:{action}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(JobAction(match["action"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says, for an editor."""
        bot: Pullquote = interaction.client
        await _for_editors(interaction, lambda: bot.reindexing.act(interaction, self._action))


class DeskButton(
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=rf"pullquote:desk:(?P<action>{'|'.join(DeskAction)}):(?P<argument>.*)",
):
    """A button of another message of the desk; the argument is the key of an article, a page or the like."""

    def __init__(self, action: DeskAction, argument: str = "", label: str | None = None, *, off: bool = False) -> None:
        self._action = action
        self._argument = argument
        button = _button(action, f"pullquote:desk:{action}:{argument}", label)
        button.disabled = off
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(DeskAction(match["action"]), match["argument"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says, for an editor."""
        bot: Pullquote = interaction.client
        await _for_editors(interaction, lambda: bot.desk_actions[self._action](interaction, self._argument))


async def _for_editors(interaction: discord.Interaction[Any], act: Callable[[], Awaitable[None]]) -> None:
    """Do it for an editor; whoever pressed is told what went wrong, and nobody else is."""
    bot: Pullquote = interaction.client
    try:
        with bot.underway.one():
            check_editor(interaction, bot.questions.preferences)
            await act()
    except discord.NotFound:
        return  # the message or the interaction is gone, so there is nobody to tell
    except Exception as error:
        with contextlib.suppress(*FAILURES):
            await tell(interaction, explain(error))


def _button(action: JobAction | DeskAction, custom_id: str, label: str | None = None) -> ui.Button[ui.LayoutView]:
    style = discord.ButtonStyle.danger if action in _DANGEROUS else discord.ButtonStyle.secondary
    return ui.Button(label=label or _LABELS.get(action), style=style, custom_id=custom_id)
