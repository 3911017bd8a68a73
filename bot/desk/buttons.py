"""The buttons of the desk's messages. They work after a restart, and check at every press who presses them."""

import re
from enum import StrEnum
from typing import Any, Self

import discord
from discord import ui

from bot.languages import later
from bot.ui.buttons import Once, answering_for
from bot.ui.permissions import check_editor
from bot.ui.service_bot import Interaction


class DeskAction(StrEnum):
    """What the buttons of the desk's messages do. Most have an argument that says with what."""

    CANCEL = "cancel"
    APPLY = "apply"
    APPLY_FULL = "apply-full"
    REMOVE_MISSING = "remove-missing"
    REMOVE = "remove"
    REMOVE_SOURCE = "remove-source"
    REMOVE_SOURCE_WITH_ARTICLES = "remove-source-with"
    KEEP = "keep"
    KEEP_SOURCE = "keep-source"
    UNDO = "undo"
    PASTE = "paste"
    EDIT = "edit"
    EDIT_AGAIN = "edit-again"
    LIST_ARTICLES = "articles"
    LIST_SOURCES = "sources"
    SHOW = "show"


_LABELS = {
    DeskAction.CANCEL: later("Cancel"),
    DeskAction.APPLY: later("Reindex now"),
    DeskAction.APPLY_FULL: later("Reindex now"),
    DeskAction.REMOVE_MISSING: later("Remove the missing articles"),
    DeskAction.REMOVE: later("Remove it"),
    DeskAction.REMOVE_SOURCE: later("Remove it, keep its articles"),
    DeskAction.REMOVE_SOURCE_WITH_ARTICLES: later("Remove it with its articles"),
    DeskAction.KEEP: later("Keep it"),
    DeskAction.KEEP_SOURCE: later("Keep it"),
    DeskAction.UNDO: later("Undo"),
    DeskAction.PASTE: later("Mend it"),
    DeskAction.EDIT: later("Edit"),
    DeskAction.EDIT_AGAIN: later("Mend it"),
}

_DANGEROUS = (
    DeskAction.CANCEL,
    DeskAction.REMOVE_MISSING,
    DeskAction.REMOVE,
    DeskAction.REMOVE_SOURCE,
    DeskAction.REMOVE_SOURCE_WITH_ARTICLES,
)

TEMPLATE = rf"pullquote:desk:(?P<action>{'|'.join(sorted(DeskAction, key=len, reverse=True))}):(?P<argument>.*)"


def page_in(argument: str) -> tuple[int, str]:
    """The page that a button of `turns` turns to, and `what` it is of. A forged number counts as the first page."""
    page, _, what = argument.partition(":")
    return (int(page) if page.isdecimal() and len(page) < 6 else 0), what


class DeskButton(Once, ui.DynamicItem[ui.Button[ui.LayoutView]], template=TEMPLATE):
    """A button of a message of the desk; the argument is the key of an article, a page or the like."""

    def __init__(self, action: DeskAction, argument: str = "", label: str | None = None, *, off: bool = False) -> None:
        self._action = action
        self._argument = argument
        style = discord.ButtonStyle.danger if action in _DANGEROUS else discord.ButtonStyle.secondary
        custom_id = f"pullquote:desk:{action}:{argument}"
        label = label or (_LABELS[action]() if action in _LABELS else None)
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id, disabled=off))

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(DeskAction(match["action"]), match["argument"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what the button says, for an editor."""
        async with answering_for(interaction):
            check_editor(interaction)
            await interaction.client.button_handlers[self._action](interaction, self._argument)


def undo_buttons(pending_id: str | None) -> list[DeskButton]:
    """The button that takes a change back; none where nothing is kept that would."""
    return [DeskButton(DeskAction.UNDO, pending_id)] if pending_id else []


def turns(action: DeskAction, page: int, pages: int, what: str = "") -> list[DeskButton]:
    """The buttons to the page before and the one after, where there are several."""
    if pages == 1:
        return []
    before = DeskButton(action, f"{max(page - 1, 0)}:{what}", "◀", off=page == 0)
    after = DeskButton(action, f"{page + 1}:{what}", "▶", off=page >= pages - 1)
    return [before, after]
