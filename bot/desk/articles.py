"""/articles: bring single articles of a server in, look at them, take them out, and take that back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import app_commands, ui

from bot.asking.commands import CHOICES, Title
from bot.asking.reply import Reply
from bot.desk.buttons import DeskAction, DeskButton, key_of, page_in, turns
from bot.desk.replies import AMBER, Row, article_page, article_reply, articles_page, note_reply
from bot.errors import NotAllowed, Refused, explain
from bot.markdown import joined, md, shortened
from bot.services.catalog import Entry
from bot.services.editor import AppliedChange
from bot.services.quota import used
from bot.ui.permissions import EditorsCog, check_editor
from bot.ui.sending import deliver, layout, tell
from bot.wording import counted
from index import (
    Article,
    Change,
    Library,
    Parser,
    PullquoteError,
    Size,
    Web,
    article_removal,
    read_address,
    read_pasted,
    read_upload,
)

if TYPE_CHECKING:
    from bot.client import Pullquote

Address = app_commands.Range[str, 1, 2000]
Wanted = app_commands.Range[str, 1, 60]
"""What is looked for goes into a button's custom id, which holds 100 characters."""

Read = Callable[[Library, Web, Parser], Awaitable[Change]]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ArticlesCog(EditorsCog, name="articles"):
    """The articles of one server, for its editors: checked at every command, button and modal."""

    def __init__(self, bot: "Pullquote") -> None:
        super().__init__(bot)
        bot.desk_actions |= {
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
        interaction: discord.Interaction[Any],
        url: Address | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        """Bring one article in: from its page, from a file, or pasted."""
        if url and file:
            raise Refused(md("Give a url or a file, one article at a time."))
        if url is None and file is None:
            await interaction.response.send_modal(Paste(self))
            return
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        if url is not None:
            address = url

            async def read(library: Library, web: Web, parser: Parser) -> Change:
                return await read_address(library, address, web, parser)
        else:
            assert file
            data, name = await self._download(file), file.filename

            async def read(library: Library, web: Web, parser: Parser) -> Change:
                return await read_upload(library, data, name, parser)

        await self.take_in(interaction, read)

    @app_commands.command(name="list")
    @app_commands.describe(search="Only those with these words in the title.")
    async def show_list(self, interaction: discord.Interaction[Any], search: Wanted | None = None) -> None:
        """List the articles of this server, newest first."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._list(interaction.guild_id, 0, search or "")
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(article="Titles show while you type.")
    async def show(self, interaction: discord.Interaction[Any], article: Title) -> None:
        """Show one article, whole."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._page_of(interaction.guild_id, await self._entry(interaction.guild_id, article), 0)
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(article="Titles show while you type.")
    async def remove(self, interaction: discord.Interaction[Any], article: Title) -> None:
        """Take one article out, after a confirmation."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        entry = await self._entry(interaction.guild_id, article)
        said = md(
            "**{}** will no longer be quoted, and answers that quote it are marked as withdrawn. You can take that "
            "back for an hour.",
            shortened(entry.title, 150),
        )
        buttons = DeskButton(DeskAction.REMOVE, key_of(entry.id)), DeskButton(DeskAction.KEEP)
        await deliver(lambda: interaction.edit_original_response(view=layout(note_reply("Remove it?", said), *buttons)))

    @show.autocomplete("article")
    @remove.autocomplete("article")
    async def _complete(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """Titles of this server's own articles, from memory, for those alone who may see them all."""
        try:
            check_editor(interaction, self._bot.questions.preferences)
        except NotAllowed:
            return []
        self._bot.refresh_catalog_soon(interaction.guild_id)
        own = self._bot.questions.libraries.opened(interaction.guild_id)[1:]
        found = self._bot.catalog.matching(own, typed, CHOICES)
        return [app_commands.Choice(name=entry.label, value=entry.key) for entry in found]

    async def take_in_pasted(
        self, interaction: discord.Interaction[Any], text: str, facts: dict[str, str | None]
    ) -> None:
        """Take in what was pasted into the form, if whoever sent it is an editor still."""
        check_editor(interaction, self._bot.questions.preferences)
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))

        async def read(library: Library, _: Web, parser: Parser) -> Change:
            return await read_pasted(library, text, parser, **facts)

        try:
            await self.take_in(interaction, read)
        except PullquoteError as error:
            assert interaction.guild_id
            values = {"paste": {"text": text, **facts}}
            kept = await asyncio.to_thread(self._bot.jobs.records.keep, interaction.guild_id, values)
            refused = note_reply("Not taken in", explain(error), AMBER)
            view = layout(refused, DeskButton(DeskAction.PASTE, kept))
            await deliver(lambda: interaction.edit_original_response(view=view))

    async def _paste_again(self, interaction: discord.Interaction[Any], kept: str) -> None:
        assert interaction.guild_id
        work = await asyncio.to_thread(self._bot.jobs.records.kept, kept, interaction.guild_id)
        if work is None or "paste" not in work:
            raise Refused(md("What was pasted is kept for an hour; `/articles add` opens a new form."))
        await interaction.response.send_modal(Paste(self, work["paste"]))

    async def take_in(self, interaction: discord.Interaction[Any], read: Read) -> None:
        """Read an article, take it in, and show what was made of it, with what takes it back."""
        assert interaction.guild_id

        async def read_it(library: Library) -> Change:
            async with self._bot.open_web() as web:
                return await read(library, web, self._bot.parser)

        made = await self._bot.writers.make(
            interaction.guild_id, read_it, self._bot.jobs.says_what_comes_first(interaction)
        )
        await self._bot.refresh_catalog(interaction.guild_id)
        reply = await asyncio.to_thread(_taken_in, made)
        buttons = [DeskButton(DeskAction.UNDO, made.undo)] if made.undo else []
        await deliver(lambda: interaction.edit_original_response(view=layout(reply, *buttons)))

    async def _download(self, file: discord.Attachment) -> bytes:
        limit = self._bot.settings.max_article_bytes
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

    async def _entry(self, server: int | None, chosen: str) -> Entry:
        """The entry of the server's own article that was chosen. Raises Refused where there is none."""
        await self._bot.refresh_catalog(server)
        entry = self._bot.catalog.find(self._bot.questions.libraries.opened(server)[1:], chosen)
        if entry is None:
            raise Refused(
                md(
                    "This server has no article “{}” of its own; choose one of the titles that show while you type.",
                    shortened(chosen, 100),
                )
            )
        return entry

    async def _article(self, server: int | None, key: str) -> tuple[Library, Article]:
        """The server's own article that a button stands for. Raises Refused where it is gone."""

        def find() -> tuple[Library, Article] | None:
            for library in self._bot.questions.libraries.of(server)[1:]:
                for article in library.articles():
                    if key_of(article.id) == key:
                        return library, article
            return None

        if found := await asyncio.to_thread(find):
            return found
        raise Refused(md("That article is here no more."))

    async def _remove_now(self, interaction: discord.Interaction[Any], key: str) -> None:
        assert interaction.guild_id
        server = interaction.guild_id
        await deliver(interaction.response.defer)
        _, article = await self._article(server, key)
        remove = partial(article_removal, article_id=article.id)
        first = self._bot.jobs.says_what_comes_first(interaction)
        made = await self._bot.writers.make(server, lambda library: asyncio.to_thread(remove, library), first)
        await self._bot.refresh_catalog(server)
        said = md("**{}** is no longer quoted. *Undo* brings it back, for an hour.", shortened(article.title, 150))
        said = joined("\n", (said, made.warning))
        buttons = [DeskButton(DeskAction.UNDO, made.undo)] if made.undo else []
        view = layout(note_reply("Removed", said), *buttons)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _keep(self, interaction: discord.Interaction[Any], _: str) -> None:
        view = layout(note_reply("Nothing was changed", md("It stays as it is.")))
        await deliver(lambda: interaction.response.edit_message(view=view))

    async def _undo(self, interaction: discord.Interaction[Any], undo: str) -> None:
        assert interaction.guild_id
        await deliver(interaction.response.defer)
        await self._bot.writers.take_back(interaction.guild_id, undo)
        await self._bot.refresh_catalog(interaction.guild_id)
        view = layout(note_reply("Taken back", md("It is as it was before.")))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _turn_list(self, interaction: discord.Interaction[Any], argument: str) -> None:
        page, wanted = page_in(argument)
        await deliver(interaction.response.defer)
        view = await self._list(interaction.guild_id, page, wanted)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _turn_article(self, interaction: discord.Interaction[Any], argument: str) -> None:
        page, key = page_in(argument)
        await deliver(interaction.response.defer)
        _, article = await self._article(interaction.guild_id, key)
        view = await self._page_of(interaction.guild_id, article, page)
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _list(self, server: int | None, page: int, wanted: str) -> ui.LayoutView:
        await self._bot.refresh_catalog(server)
        base, *own = self._bot.questions.libraries.opened(server)
        catalog = self._bot.catalog
        found = catalog.matching(own, wanted, None)
        rows = [Row(entry.title, entry.published, entry.author, entry.url) for entry in found]
        size = await asyncio.to_thread(own[0].size) if own else Size()
        room = used(size, self._bot.writers.quota)
        reply, pages = articles_page(rows, page, wanted, room, catalog.holdings(base).articles)
        return layout(reply, *turns(DeskAction.LIST_ARTICLES, min(page, pages - 1), pages, wanted))

    async def _page_of(self, server: int | None, chosen: Entry | Article, page: int) -> ui.LayoutView:
        def find() -> tuple[Article, list[str]]:
            _, library, *_rest = self._bot.questions.libraries.of(server)
            pages = library.source_pages()
            return library.article(chosen.id), [one.address for one in pages if one.article_id == chosen.id]

        article, addresses = await asyncio.to_thread(find)
        reply, pages = article_page(article, page, addresses)
        return layout(reply, *turns(DeskAction.SHOW, min(page, pages - 1), pages, key_of(article.id)))


class Paste(ui.Modal, title="Paste an article"):
    """A form for an article that is nowhere on the web."""

    def __init__(self, articles: ArticlesCog, filled: Mapping[str, str | None] | None = None) -> None:
        """`filled` is what its fields hold at first, by the names of `read_pasted`."""
        super().__init__()
        filled = filled or {}
        self._articles = articles
        self._text: ui.TextInput[Self] = ui.TextInput(
            style=discord.TextStyle.paragraph, max_length=4000, default=filled.get("text")
        )
        self._facts: dict[str, ui.TextInput[Self]] = {
            name: ui.TextInput(required=False, max_length=longest, default=filled.get(name))
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

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Take it in, if whoever sent it is an editor still."""
        await self._articles.take_in_pasted(
            interaction, self._text.value, {name: field.value.strip() or None for name, field in self._facts.items()}
        )

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:  # type: ignore[override]
        """Tell the one who sent it."""
        await tell(interaction, explain(error))


def _taken_in(made: AppliedChange) -> Reply:
    """What was made of an article: how it reads here, and what an editor may want to look at."""
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
