"""/articles: bring single articles of a server in, look at them, take them out, and take that back."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from functools import partial

import discord
from discord import app_commands, ui

from bot.desk.article_card import changed_article, edit_buttons
from bot.desk.buttons import DeskAction, DeskButton, page_in, turns, undo_buttons
from bot.desk.editing import Editing
from bot.desk.forms import PasteForm
from bot.desk.jobs import Jobs
from bot.desk.own_articles import OwnArticles
from bot.desk.replies import (
    UNDO_HINT,
    Row,
    article_page,
    articles_page,
    cited,
    note_reply,
    notes_on,
    taken_back_reply,
)
from bot.errors import NotAllowed, Refused
from bot.languages import as_number, say
from bot.markdown import joined, md, shortened
from bot.services.catalog import Entry, matching
from bot.services.editor import Read
from bot.services.quota import used
from bot.storage.pending import PendingPaste
from bot.ui.explaining import explain
from bot.ui.options import Address, Title, titles
from bot.ui.permissions import EditorsCog, check_editor, server_of
from bot.ui.reply import AMBER, INK
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot
from bot.wording import until_open
from index import (
    Article,
    Change,
    Library,
    PullquoteError,
    Size,
    article_removal,
    read_address,
    read_pasted,
    read_upload,
)

Wanted = app_commands.Range[str, 1, 60]
"""Words to search for. They go into a button's custom id, which holds 100 characters."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ArticlesCog(EditorsCog, name="articles", group_description="The articles of this server."):
    """The articles of one server, for its editors: checked at every command, button and modal."""

    def __init__(self, bot: ServiceBot, jobs: Jobs) -> None:
        super().__init__(bot)
        self._jobs = jobs
        self._own = OwnArticles(bot.services)
        Editing(bot, jobs)
        bot.button_handlers |= {
            DeskAction.REMOVE: self._remove_now,
            DeskAction.KEEP: self._keep,
            DeskAction.UNDO: self._undo,
            DeskAction.PASTE: self._paste_again,
            DeskAction.LIST_ARTICLES: self._turn_list,
            DeskAction.SHOW: self._turn_article,
        }

    @app_commands.command()
    @app_commands.describe(
        url="The address of the story's page.", file="A .md, .txt, .html or .pdf file. With neither you can paste it."
    )
    async def add(
        self,
        interaction: Interaction,
        url: Address | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        """Bring one article in: from its page, from a file, or pasted."""
        if url and file:
            raise Refused(md("Give a url or a file, one article at a time."))
        if url is None and file is None:
            form = PasteForm(self.take_in_pasted)
            await respond(interaction, lambda: interaction.response.send_modal(form))
            return
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        parser = self._services.parser
        if url is not None:
            async with self._services.open_web() as web:
                await self.take_in(interaction, partial(read_address, address=url, web=web, parser=parser))
        if file is not None:
            data = await self._download(file)
            await self.take_in(interaction, partial(read_upload, data=data, name=file.filename, parser=parser))

    @app_commands.command(name="list")
    @app_commands.describe(search="Only those with these words in the title.")
    async def show_list(self, interaction: Interaction, search: Wanted | None = None) -> None:
        """List the articles of this server, newest first."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._list(interaction.guild_id, 0, search or "")
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(article="Titles show while you type.")
    async def show(self, interaction: Interaction, article: Title) -> None:
        """Show one article, whole."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._page_of(interaction.guild_id, await self._own.chosen(interaction.guild_id, article), 0)
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(article="Titles show while you type.")
    async def remove(self, interaction: Interaction, article: Title) -> None:
        """Take one article out, after a confirmation."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        entry = await self._own.chosen(interaction.guild_id, article)
        asked = note_reply(
            md("Remove {}?", cited(entry.title)),
            md("It will no longer be quoted, and answers that quote it are marked as withdrawn."),
            AMBER,
            md("You can take that back for an hour."),
        )
        buttons = DeskButton(DeskAction.REMOVE, entry.key), DeskButton(DeskAction.KEEP, entry.key)
        await deliver(lambda: interaction.edit_original_response(view=layout(asked, *buttons)))

    @show.autocomplete("article")
    @remove.autocomplete("article")
    async def _complete(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Titles of this server's own articles. Only editors get them."""
        try:
            check_editor(interaction)
        except NotAllowed:
            return []
        return await titles(lambda: self._own.library(interaction.guild_id), typed)

    async def take_in_pasted(self, interaction: Interaction, pasted: PendingPaste) -> None:
        """Take in what was pasted into the form, if whoever sent it is an editor still."""
        check_editor(interaction)
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        try:
            await self.take_in(interaction, partial(read_pasted, **asdict(pasted), parser=self._services.parser))
        except PullquoteError as error:
            pending_id = await asyncio.to_thread(self._services.pending.keep, server_of(interaction), pasted)
            refused = note_reply(say("Not taken in"), explain(error), AMBER)
            view = layout(refused, DeskButton(DeskAction.PASTE, pending_id))
            await deliver(lambda: interaction.edit_original_response(view=view))

    async def _paste_again(self, interaction: Interaction, pending_id: str) -> None:
        pasted = await asyncio.to_thread(self._services.pending.find, pending_id, server_of(interaction), PendingPaste)
        if pasted is None:
            raise Refused(md("What was pasted is kept for an hour; `/articles add` opens a new form."))
        form = PasteForm(self.take_in_pasted, pasted)
        await respond(interaction, lambda: interaction.response.send_modal(form))

    async def take_in(self, interaction: Interaction, read: Read) -> None:
        """Read an article, take it in, and show the result with a button that takes it back."""
        first = self._jobs.says_what_comes_first(interaction)
        made = await self._services.editor.edit(server_of(interaction), read, first)
        reply, buttons = await asyncio.to_thread(changed_article, made)
        view = layout(reply, *buttons)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _download(self, file: discord.Attachment) -> bytes:
        limit = self._services.settings.max_article_bytes
        if file.size > limit:
            raise Refused(
                md(
                    "{} has {} bytes, and {} are allowed: split it.",
                    shortened(file.filename, 100),
                    as_number(file.size),
                    as_number(limit),
                )
            )
        return await deliver(file.read)

    async def _remove_now(self, interaction: Interaction, key: str) -> None:
        server = server_of(interaction)
        await respond(interaction, interaction.response.defer)
        entry = await self._own.of_button(server, key)

        async def read(library: Library) -> Change:
            return await asyncio.to_thread(article_removal, library, entry.id)

        made = await self._services.editor.edit(server, read, self._jobs.says_what_comes_first(interaction))
        said = joined("\n", (md("It is no longer quoted."), made.warning))
        removed = note_reply(md("Removed: {}", cited(entry.title)), said, INK, UNDO_HINT())
        view = layout(removed, *undo_buttons(made.undo))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _keep(self, interaction: Interaction, key: str) -> None:
        await respond(interaction, interaction.response.defer)
        entry = await self._own.find(server_of(interaction), key)
        heading = md("Kept: {}", cited(entry.title)) if entry else md("Kept")
        view = layout(note_reply(heading, md("Nothing was changed.")))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _undo(self, interaction: Interaction, undo: str) -> None:
        await respond(interaction, interaction.response.defer)
        taken_back = await self._services.editor.take_back(server_of(interaction), undo)
        view = layout(taken_back_reply(taken_back))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _turn_list(self, interaction: Interaction, argument: str) -> None:
        page, wanted = page_in(argument)
        await respond(interaction, interaction.response.defer)
        view = await self._list(interaction.guild_id, page, wanted)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _turn_article(self, interaction: Interaction, argument: str) -> None:
        page, key = page_in(argument)
        await respond(interaction, interaction.response.defer)
        entry = await self._own.of_button(interaction.guild_id, key)
        view = await self._page_of(interaction.guild_id, entry, page)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _list(self, server: int | None, page: int, wanted: str) -> ui.LayoutView:
        base = self._services.libraries.base

        def read() -> tuple[list[Entry], Size, Size]:
            own = self._own.library(server)
            return matching(own, wanted, None), own[0].size() if own else Size(), base.for_readers().size()

        found, size, base_size = await asyncio.to_thread(read)
        rows = [_row(entry, base.now()) for entry in found]
        room = used(size, self._services.editor.quota)
        reply, pages = articles_page(rows, page, wanted, room, base_size.articles)
        return layout(reply, *turns(DeskAction.LIST_ARTICLES, min(page, pages - 1), pages, wanted))

    async def _page_of(self, server: int | None, entry: Entry, page: int) -> ui.LayoutView:
        def find() -> tuple[Article, list[str], list[DeskButton]]:
            (library,) = self._own.library(server)
            pages = library.source_pages()
            addresses = [one.address for one in pages if one.article_id == entry.id]
            article = library.article(entry.id)
            return article, addresses, edit_buttons(library, article)

        article, addresses, buttons = await asyncio.to_thread(find)
        notes = notes_on(article, self._services.libraries.base.now(), read_again=not buttons)
        reply, pages = article_page(article, page, addresses, notes)
        return layout(reply, *turns(DeskAction.SHOW, min(page, pages - 1), pages, entry.key), *buttons)


def _row(entry: Entry, now: datetime) -> Row:
    """An article in the list, with why readers do not see it, if they do not."""
    hidden = "" if entry.is_open(now) else until_open(entry.held_until, private=entry.private)
    return Row(entry.title, entry.published, entry.author, entry.url, hidden)
