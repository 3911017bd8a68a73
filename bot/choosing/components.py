"""The menus, buttons and form with which editors choose. They work after a restart, and check at each use who acts."""

import asyncio
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Self

import discord
from discord import ui

from bot.choosing.replies import banned_reply, bans_page, choice_label, pinned_reply, pins_page, said_reply
from bot.errors import Refused
from bot.languages import later, say
from bot.markdown import md
from bot.storage.choices import KeptPin
from bot.ui.buttons import Once, answering_for
from bot.ui.permissions import check_editor, server_of
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction
from index import Quote, short_key

MOST_CHOICES = 25
"""How many choices a menu may have.
https://discord.com/developers/docs/components/reference#string-select"""


class Choosing(StrEnum):
    """What is done with the sentence that an editor chooses. The value is part of a custom id."""

    PIN = "pin"
    BAN = "ban"


_ASKING = {
    Choosing.PIN: later("Pin an answer: which sentence answers this question?"),
    Choosing.BAN: later("Never quote this: which sentence?"),
}


class SentenceMenu(
    Once,
    ui.DynamicItem[ui.Select[ui.LayoutView]],
    template=r"pullquote:choose:(?P<choosing>pin|ban):(?P<answer>[0-9a-f]{16})",
):
    """A menu of the sentences that were quoted for a question, and nearly were."""

    def __init__(self, choosing: Choosing, answer_id: str, quotes: Sequence[Quote] = ()) -> None:
        self._choosing, self._answer_id = choosing, answer_id
        options = {
            f"{short_key(quote.article.id)}:{quote.key.digest}": discord.SelectOption(
                label=choice_label(quote),
                value=f"{short_key(quote.article.id)}:{quote.key.digest}",
                description=quote.article.title[:100] or None,
            )
            for quote in quotes[:MOST_CHOICES]
        }
        super().__init__(
            ui.Select(
                custom_id=f"pullquote:choose:{choosing}:{answer_id}",
                placeholder=_ASKING[choosing](),
                options=list(options.values()),
            )
        )

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The menu that was used."""
        return cls(Choosing(match["choosing"]), match["answer"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Pin or ban the sentence, for an editor."""
        async with answering_for(interaction):
            check_editor(interaction)
            server = server_of(interaction)
            await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
            services = interaction.client.services
            record = await services.questions.record(self._answer_id, server)
            article_key, _, digest = (self.item.values or [""])[0].partition(":")
            quote = await asyncio.to_thread(services.choices.by_key, server, article_key, digest)
            if quote is None:
                raise Refused(md("That sentence stands in its article no more; look at the answer anew."))
            if self._choosing is Choosing.PIN:
                await pin_sentence(interaction, record.question, quote)
            else:
                await ban_sentence(interaction, quote)


async def pin_sentence(interaction: Interaction, question: str, quote: Quote) -> None:
    """Pin a sentence, and say so in the response. Raises Refused."""
    services, server = interaction.client.services, server_of(interaction)
    if quote.key in (await asyncio.to_thread(services.choices.of, server)).never:
        raise Refused(md("That sentence is never to be quoted here; `/never-quote remove` lets it be quoted first."))
    kept: KeptPin = await asyncio.to_thread(services.choices.pin, server, question, quote.key)
    view = layout(pinned_reply(question, quote), ChoiceButton(ChoiceAction.UNPIN, str(kept.number)))
    await deliver(lambda: interaction.edit_original_response(view=view))


async def ban_sentence(interaction: Interaction, quote: Quote) -> None:
    """Have a sentence never be quoted, and say so in the response. Raises Refused."""
    services, server = interaction.client.services, server_of(interaction)
    kept = await asyncio.to_thread(services.choices.ban, server, quote)
    view = layout(banned_reply(quote), ChoiceButton(ChoiceAction.UNBAN, str(kept.number)))
    await deliver(lambda: interaction.edit_original_response(view=view))


async def named(interaction: Interaction, said: str, article_id: str | None = None) -> Quote:
    """The sentence that somebody named by its words or a link. Raises Refused where it names none, or several."""
    services, server = interaction.client.services, server_of(interaction)
    found = await services.queue.run(lambda: services.choices.named(server, said, article_id), server)
    if found is None:
        raise Refused(
            md(
                "These words or that link name no sentence of the articles, or several: paste one whole sentence, or "
                "the link below a quote."
            )
        )
    return found


def number_in(chosen: str) -> int:
    """The number of a pin or a ban that was chosen. Raises Refused for anything else."""
    if not (chosen.isdecimal() and len(chosen) < 16):
        raise Refused(md("Choose one of those that show while you type, or give its number in the list."))
    return int(chosen)


class ChoiceAction(StrEnum):
    """What the buttons do; each has an argument: a number, a page, or an answer."""

    UNPIN = "unpin"
    REPIN = "repin"
    UNBAN = "unban"
    REBAN = "reban"
    PINS = "pins"
    BANS = "bans"
    OTHER = "other"


_LABELS = {action: later("Undo") for action in (ChoiceAction.UNPIN, ChoiceAction.REPIN, ChoiceAction.UNBAN)} | {
    ChoiceAction.REBAN: later("Undo"),
    ChoiceAction.OTHER: later("Pin another sentence …"),
}


class ChoiceButton(
    Once,
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=r"pullquote:choice:(?P<action>unpin|repin|unban|reban|pins|bans|other):(?P<argument>[0-9a-f]{1,16})",
):
    """A button below a message about what was chosen."""

    def __init__(self, action: ChoiceAction, argument: str, label: str | None = None, *, off: bool = False) -> None:
        self._action, self._argument = action, argument
        label = label or (_LABELS[action]() if action in _LABELS else None)
        custom_id = f"pullquote:choice:{action}:{argument}"
        super().__init__(ui.Button(label=label, custom_id=custom_id, disabled=off))

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(ChoiceAction(match["action"]), match["argument"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what the button says, for an editor."""
        async with answering_for(interaction):
            check_editor(interaction)
            if self._action is ChoiceAction.OTHER:
                await self._open_form(interaction)
                return
            await respond(interaction, interaction.response.defer)
            if self._action in (ChoiceAction.PINS, ChoiceAction.BANS):
                await show_list(interaction, self._action, int(self._argument[:4], 16))
            else:
                await take_back(interaction, self._action, int(self._argument))

    async def _open_form(self, interaction: Interaction) -> None:
        record = await interaction.client.services.questions.record(self._argument, server_of(interaction))
        form = PinForm(record.question)
        await respond(interaction, lambda: interaction.response.send_modal(form))


async def take_back(interaction: Interaction, action: ChoiceAction, number: int) -> None:
    """Take a choice back, or the taking back, and offer the opposite. Raises Refused."""
    choices, server = interaction.client.services.choices, server_of(interaction)
    do = {
        ChoiceAction.UNPIN: choices.unpin,
        ChoiceAction.REPIN: choices.restore_pin,
        ChoiceAction.UNBAN: choices.unban,
        ChoiceAction.REBAN: choices.restore_ban,
    }[action]
    said = {
        ChoiceAction.UNPIN: md("The question is answered as others are."),
        ChoiceAction.REPIN: md("The question is answered with its sentence again."),
        ChoiceAction.UNBAN: md("It may be quoted again, and answers that quote it are restored within a minute."),
        ChoiceAction.REBAN: md("It is never quoted again."),
    }[action]
    opposite = {
        ChoiceAction.UNPIN: ChoiceAction.REPIN,
        ChoiceAction.REPIN: ChoiceAction.UNPIN,
        ChoiceAction.UNBAN: ChoiceAction.REBAN,
        ChoiceAction.REBAN: ChoiceAction.UNBAN,
    }[action]
    if not await asyncio.to_thread(do, server, number):
        raise Refused(md("There is nothing of that number here any more."))
    removed = action in (ChoiceAction.UNPIN, ChoiceAction.UNBAN)
    title = say("Removed") if removed else say("Taken back")
    view = layout(said_reply(title, said), ChoiceButton(opposite, str(number)))
    await deliver(lambda: interaction.edit_original_response(view=view))


async def show_list(interaction: Interaction, action: ChoiceAction, page: int) -> None:
    """Show a page of the pins or of what is never quoted in the response."""
    choices, server = interaction.client.services.choices, server_of(interaction)
    if action is ChoiceAction.PINS:
        reply, page, pages = pins_page(await asyncio.to_thread(choices.pins, server), page)
    else:
        reply, page, pages = bans_page(await asyncio.to_thread(choices.bans, server), page)
    turns = [
        ChoiceButton(action, f"{max(page - 1, 0):x}", "◀", off=page == 0),
        ChoiceButton(action, f"{page + 1:x}", "▶", off=page >= pages - 1),
    ]
    view = layout(reply, *(turns if pages > 1 else ()))
    await deliver(lambda: interaction.edit_original_response(view=view))


class PinForm(Once, ui.Modal):
    """A form for a question and the sentence that answers it, by its words or a link."""

    def __init__(self, question: str) -> None:
        super().__init__(title=say("Pin another sentence"))
        self._question: ui.TextInput[Self] = ui.TextInput(max_length=1000, default=question[:1000])
        self._sentence: ui.TextInput[Self] = ui.TextInput(style=discord.TextStyle.paragraph, max_length=4000)
        for text, description, component in (
            (say("Question"), say("Who asks the same in other words gets it, too."), self._question),
            (say("Sentence"), say("Its words, or the link below a quote of it."), self._sentence),
        ):
            self.add_item(ui.Label(text=text, description=description, component=component))

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Pin what was named, if whoever sent it is an editor still."""
        async with answering_for(interaction):
            check_editor(interaction)
            await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
            quote = await named(interaction, self._sentence.value)
            await pin_sentence(interaction, " ".join(self._question.value.split()), quote)
