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
from bot.ui.permissions import check_editor
from bot.ui.sending import FAILURES, tell

if TYPE_CHECKING:
    from bot.client import Pullquote

Handler = Callable[[discord.Interaction[Any], str], Awaitable[None]]
"""Does what a button says, given the button's argument."""


class DeskAction(StrEnum):
    """What can be done from a message of the desk; most say with what."""

    CANCEL = "cancel"
    APPLY = "apply"
    APPLY_FULL = "apply-full"
    REMOVE_MISSING = "remove-missing"
    REMOVE = "remove"
    REMOVE_SOURCE = "remove-source"
    REMOVE_SOURCE_WITH_ARTICLES = "remove-source-with"
    KEEP = "keep"
    UNDO = "undo"
    PASTE = "paste"
    LIST_ARTICLES = "articles"
    LIST_SOURCES = "sources"
    SHOW = "show"


_LABELS = {
    DeskAction.CANCEL: "Cancel",
    DeskAction.APPLY: "Reindex now",
    DeskAction.APPLY_FULL: "Reindex now",
    DeskAction.REMOVE_MISSING: "Remove the missing articles",
    DeskAction.REMOVE: "Remove it",
    DeskAction.REMOVE_SOURCE: "Remove it, keep its articles",
    DeskAction.REMOVE_SOURCE_WITH_ARTICLES: "Remove it with its articles",
    DeskAction.KEEP: "Keep it",
    DeskAction.UNDO: "Undo",
    DeskAction.PASTE: "Mend it",
}

_DANGEROUS = (
    DeskAction.CANCEL,
    DeskAction.REMOVE_MISSING,
    DeskAction.REMOVE,
    DeskAction.REMOVE_SOURCE,
    DeskAction.REMOVE_SOURCE_WITH_ARTICLES,
)

TEMPLATE = rf"pullquote:desk:(?P<action>{'|'.join(sorted(DeskAction, key=len, reverse=True))}):(?P<argument>.*)"


def key_of(text: str) -> str:
    """What stands for an article's id or a source's address in a custom id, which holds 100 characters."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


def page_in(argument: str) -> tuple[int, str]:
    """The page that a button turns to, and of what: the argument of `turns`. What is forged is the first page."""
    page, _, what = argument.partition(":")
    return (int(page) if page.isdecimal() and len(page) < 6 else 0), what


class DeskButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """A button of a message of the desk; the argument is the key of an article, a page or the like."""

    def __init__(self, action: DeskAction, argument: str = "", label: str | None = None, *, off: bool = False) -> None:
        self._action = action
        self._argument = argument
        style = discord.ButtonStyle.danger if action in _DANGEROUS else discord.ButtonStyle.secondary
        custom_id = f"pullquote:desk:{action}:{argument}"
        label = label or _LABELS.get(action)
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id, disabled=off))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(DeskAction(match["action"]), match["argument"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says, for an editor; whoever pressed is told why not, and nobody else is."""
        bot: Pullquote = interaction.client
        try:
            with bot.underway.one():
                check_editor(interaction, bot.questions.preferences)
                await bot.desk_actions[self._action](interaction, self._argument)
        except discord.NotFound:
            return  # the message or the interaction is gone, so there is nobody to tell
        except Exception as error:
            with contextlib.suppress(*FAILURES):
                await tell(interaction, explain(error))


def turns(action: DeskAction, page: int, pages: int, what: str = "") -> list[DeskButton]:
    """The buttons to the page before and the one after, where there are several."""
    if pages == 1:
        return []
    before = DeskButton(action, f"{max(page - 1, 0)}:{what}", "◀", off=page == 0)
    after = DeskButton(action, f"{page + 1}:{what}", "▶", off=page >= pages - 1)
    return [before, after]
