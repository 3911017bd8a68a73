"""Editing what is stated of an article: title, byline, date, section, address. Its id and its text stay the same."""

import asyncio
from functools import partial

from discord import ui

from bot.desk.article_card import changed_article
from bot.desk.buttons import DeskAction, DeskButton
from bot.desk.forms import EditForm
from bot.desk.jobs import Jobs
from bot.desk.own_articles import OwnArticles
from bot.desk.replies import cited, note_reply
from bot.errors import Refused
from bot.markdown import md
from bot.services.editor import AppliedChange
from bot.storage.pending import PendingEdit
from bot.ui.explaining import explain
from bot.ui.permissions import check_editor, server_of
from bot.ui.reply import AMBER
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot
from index import Change, Facts, Library, PullquoteError, article_edit, sources_of


class Editing:
    """The button below an article that opens a form, and what happens with what is sent."""

    def __init__(self, bot: ServiceBot, jobs: Jobs) -> None:
        self._services = bot.services
        self._own = OwnArticles(bot.services)
        self._jobs = jobs
        bot.button_handlers |= {DeskAction.EDIT: self._open, DeskAction.EDIT_AGAIN: self._open_again}

    async def _open(self, interaction: Interaction, key: str) -> None:
        shown = await asyncio.to_thread(self._facts, *await self._found(interaction, key))
        form = EditForm(partial(self._take, key=key, shown=shown), shown)
        await respond(interaction, lambda: interaction.response.send_modal(form))

    async def _open_again(self, interaction: Interaction, pending_id: str) -> None:
        kept = await asyncio.to_thread(self._services.pending.find, pending_id, server_of(interaction), PendingEdit)
        if kept is None:
            raise Refused(md("What was typed is kept for an hour; *Edit* below `/articles show` opens a new form."))
        form = EditForm(partial(self._take, key=kept.key, shown=kept.shown), kept.stated)
        await respond(interaction, lambda: interaction.response.send_modal(form))

    async def _found(self, interaction: Interaction, key: str) -> tuple[Library, str]:
        """The server's own library, and the id of the article. Raises Refused if it is gone."""
        entry = await self._own.of_button(interaction.guild_id, key)
        (library,) = self._own.library(interaction.guild_id)
        return library, entry.id

    @staticmethod
    def _facts(library: Library, article_id: str) -> Facts:
        """What is stated of the article. Raises Refused if it is read again from a source."""
        article = library.article(article_id)
        if sources_of(library, article):
            raise Refused(md("It is read again from a source now, and what stands there counts: change it there."))
        return Facts.of(article)

    async def _take(self, interaction: Interaction, stated: Facts, *, key: str, shown: Facts) -> None:
        """Make the change that was sent, if whoever sent it is an editor still."""
        check_editor(interaction)
        server = server_of(interaction)
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        entry = await self._own.of_button(server, key)

        async def read(library: Library) -> Change:
            return await asyncio.to_thread(article_edit, library, entry.id, stated, shown)

        try:
            made = await self._services.editor.edit(server, read, self._jobs.says_what_comes_first(interaction))
        except PullquoteError as error:
            pending = PendingEdit(key, stated, shown)
            pending_id = await asyncio.to_thread(self._services.pending.keep, server, pending)
            refused = note_reply(md("Not changed: {}", cited(entry.title)), explain(error), AMBER)
            view = layout(refused, DeskButton(DeskAction.EDIT_AGAIN, pending_id))
        else:
            view = await asyncio.to_thread(_shown, made, entry.title)
        await deliver(lambda: interaction.edit_original_response(view=view))


def _shown(made: AppliedChange, title: str) -> ui.LayoutView:
    """The article after the edit. For worker threads."""
    if not made.report.changed:
        return layout(note_reply(md("Not changed: {}", cited(title)), md("What you sent is what was there.")))
    reply, buttons = changed_article(made)
    return layout(reply, *buttons)
