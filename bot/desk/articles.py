"""/articles: bring single articles of a server in, look at them, take them out, and take that back."""

import asyncio
from dataclasses import asdict
from functools import partial
from typing import Self

import discord
from discord import app_commands, ui

from bot.desk.buttons import DeskAction, DeskButton, page_in, turns, undo_buttons
from bot.desk.jobs import Jobs
from bot.desk.replies import Row, article_page, article_reply, articles_page, note_reply
from bot.errors import NotAllowed, Refused
from bot.markdown import joined, md, shortened
from bot.services.catalog import Entry
from bot.services.editor import AppliedChange, Read
from bot.services.quota import used
from bot.storage.pending import PendingPaste
from bot.ui.buttons import answering_for
from bot.ui.explaining import explain
from bot.ui.options import CHOICES, Address, Title
from bot.ui.permissions import EditorsCog, check_editor, server_of
from bot.ui.reply import AMBER, Reply
from bot.ui.sending import deliver, layout
from bot.ui.service_bot import Interaction, ServiceBot
from bot.wording import counted
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
class ArticlesCog(EditorsCog, name="articles"):
    """The articles of one server, for its editors: checked at every command, button and modal."""

    def __init__(self, bot: ServiceBot, jobs: Jobs) -> None:
        super().__init__(bot)
        self._jobs = jobs
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
            await interaction.response.send_modal(PasteForm(self))
            return
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
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
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._list(interaction.guild_id, 0, search or "")
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(article="Titles show while you type.")
    async def show(self, interaction: Interaction, article: Title) -> None:
        """Show one article, whole."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._page_of(interaction.guild_id, await self._entry(interaction.guild_id, article), 0)
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(article="Titles show while you type.")
    async def remove(self, interaction: Interaction, article: Title) -> None:
        """Take one article out, after a confirmation."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        entry = await self._entry(interaction.guild_id, article)
        said = md(
            "**{}** will no longer be quoted, and answers that quote it are marked as withdrawn. You can take that "
            "back for an hour.",
            shortened(entry.title, 150),
        )
        buttons = DeskButton(DeskAction.REMOVE, entry.key), DeskButton(DeskAction.KEEP)
        await deliver(lambda: interaction.edit_original_response(view=layout(note_reply("Remove it?", said), *buttons)))

    @show.autocomplete("article")
    @remove.autocomplete("article")
    async def _complete(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Titles of this server's own articles, from memory. Only editors get them."""
        try:
            check_editor(interaction)
        except NotAllowed:
            return []
        catalog, server = self._services.catalog, interaction.guild_id
        catalog.refresh_soon(server)
        found = catalog.matching(self._own(server), typed, CHOICES)
        return [app_commands.Choice(name=entry.label, value=entry.key) for entry in found]

    async def take_in_pasted(self, interaction: Interaction, pasted: PendingPaste) -> None:
        """Take in what was pasted into the form, if whoever sent it is an editor still."""
        check_editor(interaction)
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        try:
            await self.take_in(interaction, partial(read_pasted, **asdict(pasted), parser=self._services.parser))
        except PullquoteError as error:
            pending_id = await asyncio.to_thread(self._services.pending.keep, server_of(interaction), pasted)
            refused = note_reply("Not taken in", explain(error), AMBER)
            view = layout(refused, DeskButton(DeskAction.PASTE, pending_id))
            await deliver(lambda: interaction.edit_original_response(view=view))

    async def _paste_again(self, interaction: Interaction, pending_id: str) -> None:
        pasted = await asyncio.to_thread(self._services.pending.find, pending_id, server_of(interaction), PendingPaste)
        if pasted is None:
            raise Refused(md("What was pasted is kept for an hour; `/articles add` opens a new form."))
        await interaction.response.send_modal(PasteForm(self, pasted))

    async def take_in(self, interaction: Interaction, read: Read) -> None:
        """Read an article, take it in, and show the result with a button that takes it back."""
        first = self._jobs.says_what_comes_first(interaction)
        made = await self._services.editor.edit(server_of(interaction), read, first)
        reply = await asyncio.to_thread(_taken_in, made)
        view = layout(reply, *undo_buttons(made.undo))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _download(self, file: discord.Attachment) -> bytes:
        limit = self._services.settings.max_article_bytes
        if file.size > limit:
            raise Refused(
                md(
                    "{} has {} bytes, and {} are allowed: split it.",
                    shortened(file.filename, 100),
                    f"{file.size:,}",
                    f"{limit:,}",
                )
            )
        return await deliver(file.read)

    def _own(self, server: int | None) -> tuple[Library, ...]:
        """The server's own library, if there is one that is open. From memory."""
        return self._services.libraries.readable_without_opening(server)[1:]

    async def _entry(self, server: int | None, chosen: str) -> Entry:
        """The entry of the server's own article that was chosen. Raises Refused where there is none."""
        if entry := await self._find(server, chosen):
            return entry
        raise Refused(
            md(
                "This server has no article “{}” of its own; choose one of the titles that show while you type.",
                shortened(chosen, 100),
            )
        )

    async def _entry_of_button(self, server: int | None, key: str) -> Entry:
        """The entry of the server's own article that a button stands for. Raises Refused where it is gone."""
        if entry := await self._find(server, key):
            return entry
        raise Refused(md("That article is here no more."))

    async def _find(self, server: int | None, chosen: str) -> Entry | None:
        await self._services.catalog.refresh(server)
        return self._services.catalog.find(self._own(server), chosen)

    async def _remove_now(self, interaction: Interaction, key: str) -> None:
        server = server_of(interaction)
        await deliver(interaction.response.defer)
        entry = await self._entry_of_button(server, key)

        async def read(library: Library) -> Change:
            return await asyncio.to_thread(article_removal, library, entry.id)

        made = await self._services.editor.edit(server, read, self._jobs.says_what_comes_first(interaction))
        said = md("**{}** is no longer quoted. *Undo* brings it back, for an hour.", shortened(entry.title, 150))
        said = joined("\n", (said, made.warning))
        view = layout(note_reply("Removed", said), *undo_buttons(made.undo))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _keep(self, interaction: Interaction, _: str) -> None:
        view = layout(note_reply("Nothing was changed", md("It stays as it is.")))
        await deliver(lambda: interaction.response.edit_message(view=view))

    async def _undo(self, interaction: Interaction, undo: str) -> None:
        await deliver(interaction.response.defer)
        await self._services.editor.take_back(server_of(interaction), undo)
        view = layout(note_reply("Taken back", md("It is as it was before.")))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _turn_list(self, interaction: Interaction, argument: str) -> None:
        page, wanted = page_in(argument)
        await deliver(interaction.response.defer)
        view = await self._list(interaction.guild_id, page, wanted)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _turn_article(self, interaction: Interaction, argument: str) -> None:
        page, key = page_in(argument)
        await deliver(interaction.response.defer)
        entry = await self._entry_of_button(interaction.guild_id, key)
        view = await self._page_of(interaction.guild_id, entry, page)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _list(self, server: int | None, page: int, wanted: str) -> ui.LayoutView:
        catalog, libraries = self._services.catalog, self._services.libraries
        await catalog.refresh(server)
        base, *own = libraries.readable_without_opening(server)
        found = catalog.matching(own, wanted, None)
        rows = [Row(entry.title, entry.published, entry.author, entry.url) for entry in found]
        size = await asyncio.to_thread(own[0].size) if own else Size()
        room = used(size, self._services.editor.quota)
        reply, pages = articles_page(rows, page, wanted, room, catalog.holdings(base).articles)
        return layout(reply, *turns(DeskAction.LIST_ARTICLES, min(page, pages - 1), pages, wanted))

    async def _page_of(self, server: int | None, entry: Entry, page: int) -> ui.LayoutView:
        def find() -> tuple[Article, list[str]]:
            _, library, *_rest = self._services.libraries.readable_by(server)
            pages = library.source_pages()
            return library.article(entry.id), [one.address for one in pages if one.article_id == entry.id]

        article, addresses = await asyncio.to_thread(find)
        reply, pages = article_page(article, page, addresses)
        return layout(reply, *turns(DeskAction.SHOW, min(page, pages - 1), pages, entry.key))


class PasteForm(ui.Modal, title="Paste an article"):
    """A form for an article that is nowhere on the web."""

    def __init__(self, articles: ArticlesCog, filled: PendingPaste | None = None) -> None:
        """`filled` is what its fields hold at first."""
        super().__init__()
        self._articles = articles
        self._text: ui.TextInput[Self] = ui.TextInput(
            style=discord.TextStyle.paragraph, max_length=4000, default=filled.text if filled else None
        )
        self._facts: dict[str, ui.TextInput[Self]] = {
            name: ui.TextInput(required=False, max_length=longest, default=getattr(filled, name, None))
            for name, longest in (("title", 300), ("author", 200), ("published", 40), ("url", 1000))
        }
        labels = (
            ("Text", "Up to 4,000 characters; a longer story goes in as a file.", self._text),
            ("Title", "Else its first sentence.", self._facts["title"]),
            ("Byline", None, self._facts["author"]),
            ("Date", "Such as 2026-01-31.", self._facts["published"]),
            ("Address", "What quotes link to.", self._facts["url"]),
        )
        for text, description, component in labels:
            self.add_item(ui.Label(text=text, description=description, component=component))

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Take it in, if whoever sent it is an editor still."""
        facts = {name: field.value.strip() or None for name, field in self._facts.items()}
        async with answering_for(interaction):
            await self._articles.take_in_pasted(interaction, PendingPaste(self._text.value, **facts))


def _taken_in(made: AppliedChange) -> Reply:
    """The article as it was taken in, with notes on what an editor may want to correct."""
    library, report = made.library, made.report
    (article_id,) = (*report.added, *report.changed, *report.unchanged)
    article = library.article(article_id)
    if report.unchanged:
        elsewhere = any(source.address != article.url for source in made.change.source_update.sources)
        same = (
            "It is the same story, which has this address as well now."
            if elsewhere
            else "It is word for word as it was."
        )
        return article_reply("Here already", article, same, [made.warning] if made.warning else [])
    notes = []
    if article.published is None:
        notes.append("It has no date, so questions about a time do not find it.")
    elif article.published > discord.utils.utcnow():
        notes.append("Its date is in the future: check it.")
    if not article.url:
        notes.append("It has no address, so quotes from it have no link.")
    if made.warning:
        notes.append(made.warning)
    count = counted(len(library.sentences(article.id)), "sentence")
    heading = "Added" if report.added else "Changed"
    return article_reply(heading, article, f"{count} can be quoted.", notes)
