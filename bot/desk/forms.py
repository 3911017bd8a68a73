"""The forms of the desk: one to paste an article into, and one to edit what is stated of an article."""

from collections.abc import Awaitable, Callable
from typing import Self

import discord
from discord import ui

from bot.languages import later, say
from bot.storage.pending import PendingPaste
from bot.ui.buttons import Once, answering_for
from bot.ui.service_bot import Interaction
from index import Facts

Pasted = Callable[[Interaction, PendingPaste], Awaitable[None]]
Stated = Callable[[Interaction, Facts], Awaitable[None]]

DATE_HINT = later("Such as 2026-01-31, or 2026-01-31 09:30 (UTC).")
LINK_HINT = later("What quotes link to.")

LONGEST = {"title": 1000, "author": 1000, "published": 40, "section": 1000, "url": 2500}
"""How long each of an article's facts may be: as long as the library allows, so that the form cuts none of them."""


class PasteForm(Once, ui.Modal):
    """A form for an article that is nowhere on the web."""

    def __init__(self, take: Pasted, filled: PendingPaste | None = None) -> None:
        """`take` gets what was sent; `filled` is what its fields hold at first."""
        super().__init__(title=say("Paste an article"))
        self._take = take
        self._text: ui.TextInput[Self] = ui.TextInput(
            style=discord.TextStyle.paragraph, max_length=4000, default=filled.text if filled else None
        )
        self._facts: dict[str, ui.TextInput[Self]] = {
            name: ui.TextInput(required=False, max_length=longest, default=getattr(filled, name, None))
            for name, longest in (("title", 300), ("author", 200), ("published", 40), ("url", 1000))
        }
        labels = (
            (say("Text"), say("Up to 4,000 characters; a longer story goes in as a file."), self._text),
            (say("Title"), say("Else its first sentence."), self._facts["title"]),
            (say("Byline"), None, self._facts["author"]),
            (say("Date"), DATE_HINT(), self._facts["published"]),
            (say("Address"), LINK_HINT(), self._facts["url"]),
        )
        for text, description, component in labels:
            self.add_item(ui.Label(text=text, description=description, component=component))

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Hand on what was sent."""
        facts = {name: field.value.strip() or None for name, field in self._facts.items()}
        async with answering_for(interaction):
            await self._take(interaction, PendingPaste(self._text.value, **facts))


class EditForm(Once, ui.Modal):
    """A form for what is stated of an article. Its text is not edited here."""

    def __init__(self, take: Stated, filled: Facts) -> None:
        """`take` gets what was sent; `filled` is what its fields hold at first."""
        super().__init__(title=say("Edit an article"))
        self._take = take
        self._fields: dict[str, ui.TextInput[Self]] = {
            name: ui.TextInput(
                required=name == "title", max_length=longest, default=getattr(filled, name)[:longest] or None
            )
            for name, longest in LONGEST.items()
        }
        labels = (
            (say("Title"), None, "title"),
            (say("Byline"), None, "author"),
            (say("Date"), DATE_HINT(), "published"),
            (say("Section"), None, "section"),
            (say("Address"), LINK_HINT(), "url"),
        )
        for text, description, name in labels:
            self.add_item(ui.Label(text=text, description=description, component=self._fields[name]))

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Hand on what was sent."""
        facts = Facts(**{name: " ".join(field.value.split()) for name, field in self._fields.items()})
        async with answering_for(interaction):
            await self._take(interaction, facts)
